"""How bad an event is. The time strip and the log show it, and playing can stop at the next bad event."""

from typing import Final

from core.world import events
from core.world.events import Event
from core.world.model import EXPIRED, FROZEN, OVERDUE, RELEASED, STOPPED

PLAIN: Final = 0
TROUBLE: Final = 1
SERVICE_LOST: Final = 2
DATA_LOST: Final = 3

STATE_BADNESS: Final = {
    OVERDUE: TROUBLE,
    FROZEN: SERVICE_LOST,
    STOPPED: SERVICE_LOST,
    EXPIRED: SERVICE_LOST,
    RELEASED: DATA_LOST,
}
"""How bad it is to enter a state. The states not listed are PLAIN."""
LOSSES: Final = frozenset(state for state, bad in STATE_BADNESS.items() if bad >= SERVICE_LOST)
"""The states in which an instance has lost its service or its data."""
TROUBLING: Final = frozenset((events.AutoRenewalFailed, events.AccountOverdue, events.Refused))
"""The types of fact that always are TROUBLE."""
WARNINGS: Final = frozenset(("low_balance", "release_tomorrow"))
"""The notices that report trouble of their own."""
ECHOES: Final = frozenset(
    ("auto_renewal_failed", "account_overdue", "account_cleared", "stopped", "expired", "released", "frozen")
)
"""The notices that only repeat the event before them."""


def badness(event: Event) -> int:
    """How bad an event is: PLAIN, TROUBLE, SERVICE_LOST or DATA_LOST."""
    fact = event.fact
    if isinstance(fact, events.StateChanged):
        return STATE_BADNESS.get(fact.target, PLAIN)
    if isinstance(fact, events.NoticeSent):
        return TROUBLE if fact.notice in WARNINGS else PLAIN
    return TROUBLE if fact.__class__ in TROUBLING else PLAIN


def is_echo(event: Event) -> bool:
    """Whether an event is a notice that only repeats the event before it."""
    return isinstance(event.fact, events.NoticeSent) and event.fact.notice in ECHOES


def is_bad(event: Event) -> bool:
    """Whether service or data was lost, a payment failed or an account fell overdue; not for refusals and notices."""
    return badness(event) >= TROUBLE and not isinstance(event.fact, events.Refused | events.NoticeSent)
