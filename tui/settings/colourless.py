"""Drawing without colour (`NO_COLOR`): in greys, or in the terminal's own two colours.

Turned into grey, the bad states would be the faintest, because red is dark. So they are drawn bold and with the highest
contrast to the background.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import BLACK, WHITE, Color
from textual.filter import LineFilter, Monochrome, NoColor
from textual.theme import Theme

from core.world.model import EXPIRED, OVERDUE, STOPPED
from tui.settings.themes import defaults, ground_of

_BAD: Final = (OVERDUE, STOPPED, EXPIRED)
_FAINTER: Final = 0.1
"""How far overdue is blended towards the background, 0 to 1, so that stopped and expired stand out more."""


class Emphasis(LineFilter):
    """Draws text in a bad state's colour bold and with high contrast. It must run before colours become greys."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._styles: Final = _styles(theme)

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, those in the colour of a bad state emphasised."""
        return [
            segment
            if style is None or style.color not in self._styles
            else Segment(text, _emphasised(style, self._styles[style.color]), control)
            for segment in segments
            for text, style, control in (segment,)
        ]


@lru_cache(maxsize=256)
def _emphasised(style: Style, emphasis: Style) -> Style:
    return style + emphasis


def _styles(theme: Theme) -> Mapping[RichColor | None, Style]:
    """The style that replaces each bad state's colour. If two states share a colour, the worse one counts."""
    colours = {state: Color.parse({**defaults(theme), **theme.variables}[f"state-{state}"]) for state in _BAD}
    if theme.ansi:
        return {colour.rich_color: Style(bold=True) for colour in colours.values()}
    ground = ground_of(theme)
    lost = WHITE if ground.brightness < 0.5 else BLACK
    trouble = lost.blend(ground, _FAINTER)
    return {
        colour.rich_color: Style(color=(trouble if state == OVERDUE else lost).rich_color, bold=True)
        for state, colour in colours.items()
    }


def without_colour(theme: Theme) -> list[LineFilter]:
    """The filters that remove a theme's colours. The terminal's own colours are unknown: they can't become greys."""
    return [Emphasis(theme), NoColor() if theme.ansi else Monochrome()]
