"""Drawing no more than changed: lines that were drawn before, and which lines are to be drawn anew."""

from collections.abc import Iterable
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget

_KEPT_STRIPS: Final = 2_000


class Brush:
    """Draws lines of a widget. One that was drawn before in the same look is there at once."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._strips: dict[tuple[object, ...], Strip] = {}
        self._plain: Style | None = None

    def forget(self) -> None:
        """Draw anew: the look changed."""
        self._strips.clear()
        self._plain = None

    @property
    def plain(self) -> Style:
        """The widget's own style."""
        if self._plain is None:
            self._plain = self._widget.rich_style
        return self._plain

    def strip(self, line: Content, width: int) -> Strip:
        """A line in exactly `width` cells."""
        key = (width, line.plain, *line.spans)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) >= _KEPT_STRIPS:
                self._strips.clear()
            base, parse = self._widget.visual_style, self._widget._get_style
            segments = [
                Segment(text, (base + style).rich_style) for text, style in line.render(base, end="", parse_style=parse)
            ]
            strip = self._strips[key] = Strip(segments).adjust_cell_length(width, self.plain)
        return strip


def runs(lines: Iterable[int]) -> list[tuple[int, int]]:
    """Rising numbers of lines as runs: the first of each, and how many."""
    found: list[tuple[int, int]] = []
    for line in lines:
        if found and sum(found[-1]) == line:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((line, 1))
    return found
