"""Lines of text that scroll by the commands for moving, and by nothing else. Only what changes in sight is drawn."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

_NARROWEST: Final = 8
_KEPT_STRIPS: Final = 2_000
_NOTHING: Final = Content("")

Writer = Callable[[int], Sequence[Content]]
"""Makes the lines for a width."""


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


class Scrolled(ScrollView, inherit_bindings=False):
    """Shows lines, made for its width and anew when that changes."""

    can_focus = True
    auto_links = False
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._writer: Writer = lambda _: ()
        self._lines: Sequence[Content] = ()
        self._brush = Brush(self)

    def write(self, writer: Writer) -> None:
        """Show what `writer` makes."""
        self._writer = writer
        before = self._lines
        width, height = self.size
        # The last cell is the scrollbar's.
        self._lines = writer(max(width - 1, _NARROWEST))
        self._fit(Size(width, max(len(self._lines), height)))
        top = self.scroll_offset.y
        for first, count in runs(
            y for y in range(height) if not _line(before, top + y).is_same(_line(self._lines, top + y))
        ):
            self.refresh(Region(0, first, width, count))

    def _fit(self, size: Size) -> None:
        """Take over the size of the lines. The scrollbar keeps its place, so that nothing is laid out anew."""
        if size == self.virtual_size:
            return
        if self.styles.auto_dimensions or not self.show_vertical_scrollbar:
            self.virtual_size = size
            return
        self.set_reactive(Widget.virtual_size, size)
        self.vertical_scrollbar.window_virtual_size = size.height
        self.scroll_y = self.validate_scroll_y(self.scroll_y)

    def on_resize(self) -> None:
        """Fit the lines to the width."""
        self.write(self._writer)
        self.refresh()

    def notify_style_update(self) -> None:
        """Draw all anew: the look changed."""
        self._brush.forget()
        super().notify_style_update()

    def move(self, rows: int) -> None:
        """Scroll by lines."""
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False)

    def page(self, pages: float) -> None:
        """Scroll by screens."""
        self.move(int(pages * self.size.height) or (1 if pages > 0 else -1))

    def end(self, direction: int) -> None:
        """Scroll to the top or the bottom."""
        self.scroll_to(y=0 if direction < 0 else self.max_scroll_y, animate=False)

    def render_line(self, y: int) -> Strip:
        """One line."""
        return self._brush.strip(_line(self._lines, self.scroll_offset.y + y), self.size.width)


def _line(lines: Sequence[Content], index: int) -> Content:
    return lines[index] if index < len(lines) else _NOTHING
