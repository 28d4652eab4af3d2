"""How a state is shown: always its mark, its word and its colour together."""

from typing import Final

from textual.content import Content

from core.world.events import Event
from core.world.model import (
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
from core.world.severity import DATA_LOST, PLAIN, SERVICE_LOST, TROUBLE, told_badness

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
"""The kinds of instance in words."""

STYLE_OF: Final = {PLAIN: "quiet", TROUBLE: OVERDUE, SERVICE_LOST: EXPIRED, DATA_LOST: EXPIRED}
"""The style (see `STYLES`) of each badness."""

STYLES: Final = (*STATES, "quiet", "accent", "strong")
"""The styles of a cell: the colour of a state, quiet, the accent colour, or bold."""


def state_words(state: str) -> str:
    """Mark and word of a state: "x expired"."""
    return f"{MARKS[state]} {state}"


def state_content(state: str) -> Content:
    """Mark and word of a state in its colour."""
    return Content.styled(state_words(state), f"$state-{state}")


def content_style(style: str) -> str:
    """Converts one of `STYLES`, or an empty style, to a style for text outside a table."""
    return "bold" if style == "strong" else f"$state-{style}" if style in STATES else f"${style}" if style else ""


def cell_style_of(event: Event) -> str:
    """The style of an event by how bad it is, one of `STYLES`; empty if it is not bad."""
    bad = told_badness(event)
    return "" if bad == PLAIN else STYLE_OF[bad]


def style_of(event: Event) -> str:
    """The style of an event for text outside a table."""
    return content_style(cell_style_of(event))
