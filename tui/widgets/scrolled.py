"""Lines of text that scroll only by the movement commands. Only lines that changed are redrawn."""

from collections.abc import Callable, Sequence
from typing import Final

from textual.content import Content
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from tui.widgets.drawing import Brush, line_of, runs

_NARROWEST: Final = 8

Writer = Callable[[int], Sequence[Content]]
"""Makes the lines for a width in cells."""


class Scrolled(ScrollView, inherit_bindings=False):
    """Shows lines that are built for its width, and built again when the width changes."""

    can_focus = True
    auto_links = False
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._writer: Writer = lambda _: ()
        self._lines: Sequence[Content] = ()
        self._written_for: int | None = None
        """The width for which the lines were built; None if they were not built yet."""
        self._brush = Brush(self)

    def write(self, writer: Writer) -> None:
        """Show the lines that `writer` makes."""
        self._writer = writer
        before = self._lines
        width, height = self.size
        self._make()
        fit_content(self, Size(width, max(len(self._lines), height)))
        top = self.scroll_offset.y
        for first, count in runs(
            y for y in range(height) if not line_of(before, top + y).is_same(line_of(self._lines, top + y))
        ):
            self.refresh(Region(0, first, width, count))

    def _make(self) -> None:
        """Build the lines for the width. The last cell belongs to the scrollbar."""
        self._written_for = self.size.width
        self._lines = self._writer(max(self._written_for - 1, _NARROWEST))

    def on_resize(self) -> None:
        """Fit the lines to the width."""
        self.write(self._writer)
        self.refresh()

    def notify_style_update(self) -> None:
        """Redraw everything: the look has changed."""
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

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region. Textual may ask for them before it sends the new size, so the width is checked here
        too.
        """
        if self._written_for != self.size.width:
            self._make()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line."""
        return self._brush.strip(line_of(self._lines, self.scroll_offset.y + y), self.size.width)


def fit_content(view: ScrollView, size: Size) -> None:
    """Set the size of the scrolled content. Lay out again only if the height or the scrollbar depends on it."""
    if size == view.virtual_size:
        return
    scrolls = view.styles.overflow_y == "scroll" or size.height > view.size.height
    if view.styles.is_auto_height or scrolls is not view.show_vertical_scrollbar:
        view.virtual_size = size
        return
    view.set_reactive(Widget.virtual_size, size)
    if scrolls:
        view.vertical_scrollbar.window_virtual_size = size.height
    view.scroll_y = view.validate_scroll_y(view.scroll_y)
