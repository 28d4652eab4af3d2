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
ECHOED: Final = {
    "auto_renewal_failed": TROUBLE,
    "account_overdue": TROUBLE,
    "account_cleared": PLAIN,
    "stopped": STATE_BADNESS[STOPPED],
    "expired": STATE_BADNESS[EXPIRED],
    "released": STATE_BADNESS[RELEASED],
    "frozen": STATE_BADNESS[FROZEN],
}
"""The notices that only repeat the event before them, and how bad that event is."""


def badness(event: Event) -> int:
    """How bad an event is: PLAIN, TROUBLE, SERVICE_LOST or DATA_LOST. A notice that only repeats another event is
    plain, so that nothing is counted twice.
    """
    fact = event.fact
    if isinstance(fact, events.StateChanged):
        return STATE_BADNESS.get(fact.target, PLAIN)
    if isinstance(fact, events.NoticeSent):
        return TROUBLE if fact.notice in WARNINGS else PLAIN
    return TROUBLE if fact.__class__ in TROUBLING else PLAIN


def told_badness(event: Event) -> int:
    """How bad what an event tells is: as `badness`, but of a notice that repeats another event as bad as that one."""
    fact = event.fact
    return ECHOED.get(fact.notice, badness(event)) if isinstance(fact, events.NoticeSent) else badness(event)


def is_echo(event: Event) -> bool:
    """Whether an event is a notice that only repeats the event before it."""
    return isinstance(event.fact, events.NoticeSent) and event.fact.notice in ECHOED


def is_bad(event: Event) -> bool:
    """Whether service or data was lost, a payment failed or an account fell overdue; not for refusals and notices."""
    return badness(event) >= TROUBLE and not isinstance(event.fact, events.Refused | events.NoticeSent)
