"""Lines of text that scroll by the commands for moving, and by nothing else. Only what changes in sight is drawn."""

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
"""Makes the lines for a width."""


class Scrolled(ScrollView, inherit_bindings=False):
    """Shows lines, made for its width and anew when that changes."""

    can_focus = True
    auto_links = False
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._writer: Writer = lambda _: ()
        self._lines: Sequence[Content] = ()
        self._written_for: int | None = None
        """The width that the lines were made for; None: none were made yet."""
        self._brush = Brush(self)

    def write(self, writer: Writer) -> None:
        """Show what `writer` makes."""
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
        """Make the lines for the width. The last cell is the scrollbar's."""
        self._written_for = self.size.width
        self._lines = self._writer(max(self._written_for - 1, _NARROWEST))

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

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region. It may be drawn before it is told its size: the lines fit it all the same."""
        if self._written_for != self.size.width:
            self._make()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line."""
        return self._brush.strip(line_of(self._lines, self.scroll_offset.y + y), self.size.width)


def fit_content(view: ScrollView, size: Size) -> None:
    """Take over how much there is to scroll. It is laid out anew only where its height, or its scrollbar, depends on
    that.
    """
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
