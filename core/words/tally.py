"""Counts events by type while the clock moves, and describes the counts: the result of an advance in a few words."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from core.base.instants import DAY, HOUR, MINUTE
from core.world.events import TYPES, Event, StateChanged
from core.world.model import EXPIRED, FROZEN, RELEASED, STOPPED

Counts = Mapping[str, int]
"""The number of events by the name of their type in the contract, such as "renewed". Changes of an instance's state
are counted by the new state, such as "released".
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
"""Losses and failures, worst first: name in `Counts`, singular, plural."""
_DONE: Final = (
    ("renewed", "renewed", "renewed"),
    ("account_cleared", "account clear again", "accounts clear again"),
    ("coupon_ended", "coupon ended", "coupons ended"),
)
"""Good news, described if there is room for it."""
_ROUTINE: Final = (("bill_settled", "bill settled", "bills settled"), ("notice_sent", "notice sent", "notices sent"))
"""Routine events, described only if there was nothing else."""
_MAX_KINDS: Final = 4
"""The most kinds of event in one description. Losses and failures are always described, even if there are more."""


class Tally:
    """Counts events as they happen."""

    def __init__(self) -> None:
        self._counts: dict[object, int] = {}

    def add(self, events: Iterable[Event]) -> None:
        """Add events to the counts."""
        counts = self._counts
        for event in events:
            fact = event[5]
            kind = fact.__class__
            key: object = fact.target if isinstance(fact, StateChanged) else kind
            counts[key] = counts.get(key, 0) + 1

    def counts(self) -> Counts:
        """The counts so far."""
        return {TYPES[key] if isinstance(key, type) else str(key): number for key, number in self._counts.items()}


def sum_counts(several: Iterable[Counts]) -> Counts:
    """The sum of several counts."""
    found: dict[str, int] = {}
    for counts in several:
        for name, number in counts.items():
            found[name] = found.get(name, 0) + number
    return found


def tell_counts(counts: Counts) -> str:
    """Describe counts in a few words, worst first: "3 released, 2 stopped, 5 payments failed"."""
    lost, done, routine = (_numbers(counts, kinds) for kinds in (_LOST, _DONE, _ROUTINE))
    if lost:
        return ", ".join([*lost, *done[: max(_MAX_KINDS - len(lost), 0)]])
    return ", ".join(["nothing lost", *(done or routine)]) if counts else "nothing happened"


def has_losses(counts: Counts) -> bool:
    """Whether the counts contain a loss or a failure."""
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
