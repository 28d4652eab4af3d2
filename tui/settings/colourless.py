"""What is drawn without colour: greys, or a terminal's own two colours. Bad news would be the faintest, as red is dark:
it is bold instead, and stands out from the ground.
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
"""How much nearer to the ground trouble is than what is lost."""


class Emphasis(LineFilter):
    """Draws what has a bad state's colour bold, and as far from the ground as can be; before colours become greys."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._styles: Final = _styles(theme)

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with what is bad emphasised."""
        return [
            segment
            if style is None or style.color not in self._styles
            else Segment(text, _emphasised(style, self._styles[style.color]), control)
            for segment in segments
            for text, style, control in (segment,)
        ]


@lru_cache(maxsize=256)
def _emphasised(style: Style, over: Style) -> Style:
    return style + over


def _styles(theme: Theme) -> Mapping[RichColor | None, Style]:
    """How each bad state's colour is drawn instead; the worst last, where two states have the same."""
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
    """What takes a theme's colours away. A terminal's own have no grey that could be known."""
    return [Emphasis(theme), NoColor() if theme.ansi else Monochrome()]
