"""How bad an event is, for what tells it apart at a glance: the strip of time, the log, playing until something bad."""

from typing import Final

from core import events
from core.events import Event
from core.model import EXPIRED, FROZEN, OVERDUE, RELEASED, STOPPED

PLAIN: Final = 0
TROUBLE: Final = 1
SERVICE_LOST: Final = 2
DATA_LOST: Final = 3

_STATE_BADNESS: Final = {
    FROZEN: TROUBLE,
    OVERDUE: TROUBLE,
    STOPPED: SERVICE_LOST,
    EXPIRED: SERVICE_LOST,
    RELEASED: DATA_LOST,
}
_ECHOES: Final = frozenset(
    ("auto_renewal_failed", "account_overdue", "account_cleared", "stopped", "expired", "released", "frozen")
)


def badness(event: Event) -> int:
    """How bad an event is: PLAIN, TROUBLE, SERVICE_LOST or DATA_LOST."""
    match event.fact:
        case events.StateChanged(target=target):
            return _STATE_BADNESS.get(target, PLAIN)
        case events.AutoRenewalFailed() | events.AccountOverdue() | events.Refused():
            return TROUBLE
        case events.NoticeSent(notice="low_balance" | "release_tomorrow"):
            return TROUBLE
    return PLAIN


def is_echo(event: Event) -> bool:
    """Whether an event is a notice that only repeats the event before it."""
    return isinstance(event.fact, events.NoticeSent) and event.fact.notice in _ECHOES


def is_bad(event: Event) -> bool:
    """Whether something bad happened by itself: service or data is lost, a payment fails, or it falls overdue."""
    return badness(event) >= TROUBLE and not isinstance(event.fact, events.Refused | events.NoticeSent)
