"""Partial drawing: lines drawn before are cached, and only changed lines are drawn again."""

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
    """Draws the lines of a widget, and caches them until the look of the widget changes."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._strips: dict[tuple[object, ...], Strip] = {}
        self._plain: Style | None = None

    def forget(self) -> None:
        """Clear the cache: the look has changed."""
        self._strips.clear()
        self._plain = None

    @property
    def plain(self) -> Style:
        """The widget's own style."""
        if self._plain is None:
            self._plain = self._widget.rich_style
        return self._plain

    def strip(self, line: Content, width: int) -> Strip:
        """A line drawn in exactly `width` cells."""
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
    """Group ascending line numbers into runs: the first number and the length of each."""
    found: list[tuple[int, int]] = []
    for line in lines:
        if found and sum(found[-1]) == line:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((line, 1))
    return found


class Lined(Widget):
    """A widget of a few lines that redraws only the lines that changed."""

    auto_links = False
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._brush = Brush(self)
        self._written: Sequence[Content] | None = None
        """The lines as last built; None if they must be built again before drawing."""
        self._written_for = Size(0, 0)
        self._drawn: Sequence[Content] = ()

    def lines(self) -> Sequence[Content]:
        """The current lines for the widget's size."""
        return ()

    def rewrite(self) -> None:
        """Build the lines again, and redraw those that changed."""
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
        """Redraw these regions; without any, build and redraw all lines."""
        if not regions:
            self._written = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Redraw everything: the look has changed."""
        self._brush.forget()
        self._written = None
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region."""
        size = self.size
        if self._written is None or size != self._written_for:
            self._drawn, self._written_for = self.lines(), size
            # Textual caches the lines it drew before.
            forget_lines(self)
            # If only a part is drawn, the rest still shows the old lines.
            self._written = self._drawn if crop.size == self.outer_size else None
        else:
            self._drawn = self._written
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line."""
        return self._brush.strip(line_of(self._drawn, y), self._written_for.width)

    def render(self) -> Content:
        """All lines as one text."""
        return Content("\n").join(self.lines())


def lifted(strip: Strip) -> Strip:
    """A selected line, with every text in it at full reading contrast against its background. A terminal's own sixteen
    colours stay unchanged, because their contrast is unknown.
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
    """The line at an index; empty if there is none."""
    return lines[index] if index < len(lines) else _NOTHING


def entitle(widget: Widget, title: Content | str) -> None:
    """Set a widget's border title; redraw the widget only if the title changed."""
    before = widget.border_title
    if before is None or before != widget.render_str(title).markup:
        widget.border_title = title


def say(where: Static, words: Content | str) -> None:
    """Update the text; lay out again only if it changed."""
    before, after = where.content, Content(words) if isinstance(words, str) else words
    if not (isinstance(before, Content) and before.is_same(after)):
        where.update(after)
