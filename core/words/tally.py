"""How many events of each kind there were: what a jump of the clock came to, counted as they pass."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from core.base.instants import DAY, HOUR, MINUTE
from core.world.events import TYPES, Event, StateChanged
from core.world.model import EXPIRED, FROZEN, RELEASED, STOPPED

Counts = Mapping[str, int]
"""The number of events by the contract's name of their type, such as "renewed", or, of changes of an instance's state,
by the state it came to, such as "released".
"""
NO_COUNTS: Final[Counts] = MappingProxyType({})

_LOST: Final = (
    (RELEASED, "released", "released"),
    (EXPIRED, "expired", "expired"),
    (STOPPED, "stopped", "stopped"),
    (FROZEN, "frozen", "frozen"),
    ("account_overdue", "account overdue", "accounts overdue"),
    ("auto_renewal_failed", "payment failed", "payments failed"),
)
"""What is lost and what fails, the worst first, told of one and of several."""
_DONE: Final = (
    ("renewed", "renewed", "renewed"),
    ("account_cleared", "account clear again", "accounts clear again"),
    ("coupon_ended", "coupon ended", "coupons ended"),
)
"""What is told where there is room for it."""
_ROUTINE: Final = (("bill_settled", "bill settled", "bills settled"), ("notice_sent", "notice sent", "notices sent"))
"""What is told where there is nothing else."""
_MOST: Final = 4
"""So many kinds are told at most, or what is lost and what fails, whatever it is."""


class Tally:
    """Counts events as they pass."""

    def __init__(self) -> None:
        self._counts: dict[object, int] = {}

    def add(self, events: Iterable[Event]) -> None:
        """Count some events."""
        counts = self._counts
        for event in events:
            fact = event[5]
            kind = fact.__class__
            key: object = fact.target if isinstance(fact, StateChanged) else kind
            counts[key] = counts.get(key, 0) + 1

    def counts(self) -> Counts:
        """What was counted."""
        return {TYPES[key] if isinstance(key, type) else str(key): number for key, number in self._counts.items()}


def together(several: Iterable[Counts]) -> Counts:
    """Some counts as one."""
    found: dict[str, int] = {}
    for counts in several:
        for name, number in counts.items():
            found[name] = found.get(name, 0) + number
    return found


def tell_counts(counts: Counts) -> str:
    """What happened in a few words, the worst first: "3 released, 2 stopped, 5 payments failed"."""
    lost, done, routine = (_numbers(counts, kinds) for kinds in (_LOST, _DONE, _ROUTINE))
    if lost:
        return ", ".join([*lost, *done[: max(_MOST - len(lost), 0)]])
    return ", ".join(["nothing lost", *(done or routine)]) if counts else "nothing happened"


def loses(counts: Counts) -> bool:
    """Whether something was lost, or failed."""
    return any(counts.get(name) for name, _, _ in _LOST)


def _numbers(counts: Counts, kinds: Iterable[tuple[str, str, str]]) -> list[str]:
    return [_number(counts[name], one, several) for name, one, several in kinds if counts.get(name)]


def _number(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def tell_span(seconds: int) -> str:
    """A length of time in words: "34 days", "1 day 4 hours", "30 minutes"."""
    parts = (seconds // DAY, "day"), (seconds % DAY // HOUR, "hour"), (seconds % HOUR // MINUTE, "minute")
    told = [_number(number, unit, f"{unit}s") for number, unit in parts if number]
    return " ".join(told[:2]) or "less than a minute"
