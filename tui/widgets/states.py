"""How a state is shown: its mark, its word and its colour, always together; and how bad an event is."""

from typing import Final

from textual.content import Content

from core import events
from core.events import Event
from core.model import (
    ENTERPRISE,
    EXPIRED,
    FROZEN,
    LEGACY_PUBLIC,
    OVERDUE,
    PUBLIC,
    RELEASED,
    RESTORING,
    RUNNING,
    STATES,
    STOPPED,
)

MARKS: Final = {
    RUNNING: "+",
    FROZEN: "*",
    OVERDUE: "!",
    STOPPED: "#",
    EXPIRED: "x",
    RESTORING: "~",
    RELEASED: "-",
}
KINDS: Final = {ENTERPRISE: "Enterprise", PUBLIC: "Public", LEGACY_PUBLIC: "Legacy public"}
"""The kinds in words."""

PLAIN: Final = 0
TROUBLE: Final = 1
SERVICE_LOST: Final = 2
DATA_LOST: Final = 3
STYLE_OF: Final = {PLAIN: "quiet", TROUBLE: OVERDUE, SERVICE_LOST: EXPIRED, DATA_LOST: EXPIRED}
"""The style (see `STYLES`) of each badness."""

STYLES: Final = (*STATES, "quiet", "accent", "strong")
"""The styles a cell can have: a state's colour, a quiet or the accent colour, or bold."""

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


def state_words(state: str) -> str:
    """Mark and word of a state: "x expired"."""
    return f"{MARKS[state]} {state}"


def state_content(state: str) -> Content:
    """Mark and word of a state in its colour."""
    return Content.styled(state_words(state), f"$state-{state}")


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
