"""Drawing no more than changed: lines that were drawn before, and which lines are to be drawn anew."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, Self

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from tui.framework.internals import forget_lines, style_parser
from tui.settings.legible import LEAST_CHOSEN, legible

_KEPT_STRIPS: Final = 2_000
_NOTHING: Final = Content("")


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
            base, parse = self._widget.visual_style, style_parser(self._widget)
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


class Lined(Widget):
    """A widget of a few lines, of which only those that changed are drawn anew."""

    auto_links = False
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._brush = Brush(self)
        self._written: Sequence[Content] | None = None
        """None: they are to be written before they are drawn."""
        self._written_for = Size(0, 0)
        self._drawn: Sequence[Content] = ()

    def lines(self) -> Sequence[Content]:
        """Its lines as they are now, for its size."""
        return ()

    def rewrite(self) -> None:
        """Write the lines anew, and draw those that say something else than before."""
        before = self._written
        if before is None or self.size != self._written_for:
            self.refresh()
            return
        self._written = self.lines()
        width, height = self._written_for
        after = self._written
        changed = (y for y in range(height) if not line_of(before, y).is_same(line_of(after, y)))
        for first, count in runs(changed):
            self.refresh(Region(0, first, width, count))

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Draw anew: only these regions, or everything, the lines being written again."""
        if not regions:
            self._written = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Draw all anew: the look changed."""
        self._brush.forget()
        self._written = None
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region."""
        size = self.size
        if self._written is None or size != self._written_for:
            self._drawn, self._written_for = self.lines(), size
            # Textual keeps what it drew of the lines before.
            forget_lines(self)
            # Drawn in part, the rest says something else still.
            self._written = self._drawn if crop.size == self.outer_size else None
        else:
            self._drawn = self._written
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line."""
        return self._brush.strip(line_of(self._drawn, y), self._written_for.width)

    def render(self) -> Content:
        """All of it as one text."""
        return Content("\n").join(self.lines())


def lifted(strip: Strip) -> Strip:
    """A line that is chosen: each text in it stands out from its ground as text that is read. Of a terminal's own
    sixteen colours nobody knows the contrast: they stay.
    """
    return Strip([Segment(text, style and _lifted(style), control) for text, style, control in strip])


@lru_cache(maxsize=256)
def _lifted(style: Style) -> Style:
    ink, ground = style.color, style.bgcolor
    if ink is None or ground is None or ink.triplet is None or ground.triplet is None:
        return style
    colour = legible(Color.from_rich_color(ink), [Color.from_rich_color(ground)], LEAST_CHOSEN)
    return style + Style(color=colour.rich_color)


def line_of(lines: Sequence[Content], index: int) -> Content:
    """A line, empty where there is none."""
    return lines[index] if index < len(lines) else _NOTHING


def entitle(widget: Widget, title: Content | str) -> None:
    """Give a widget a title above it; the widget is drawn anew only where that is another than before."""
    before = widget.border_title
    if before is None or before != widget.render_str(title).markup:
        widget.border_title = title


def say(where: Static, words: Content | str) -> None:
    """Let a text say something; it is laid out anew only where that is something else than before."""
    before, after = where.content, Content(words) if isinstance(words, str) else words
    if not (isinstance(before, Content) and before.is_same(after)):
        where.update(after)
