"""Lines of text that scroll by the commands for moving, and by nothing else. Only the lines in sight are drawn."""

from collections.abc import Callable, Sequence
from typing import Final

from rich.style import Style
from textual.content import Content
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

_NARROWEST: Final = 8

Writer = Callable[[int], Sequence[Content]]
"""Makes the lines for a width."""


class Scrolled(ScrollView, inherit_bindings=False):
    """Shows lines, made for its width and anew when that changes."""

    can_focus = True
    auto_links = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._writer: Writer = lambda _: ()
        self._lines: Sequence[Content] = ()
        self._plain = Style()

    def write(self, writer: Writer) -> None:
        """Show what `writer` makes."""
        self._writer = writer
        self._lines = writer(max(self.size.width - 1, _NARROWEST))
        # A size that does not change spares the screen a layout.
        self.virtual_size = Size(self.size.width, max(len(self._lines), self.size.height))
        self.refresh()

    def on_resize(self) -> None:
        """Fit the lines to the width."""
        self.write(self._writer)

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
        """The lines of a region; their common style is worked out once."""
        self._plain = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line."""
        index, width = self.scroll_offset.y + y, self.size.width
        if index < len(self._lines) and self._lines[index]:
            strips = Visual.to_strips(self, self._lines[index], width, 1, self.visual_style)
            return strips[0].adjust_cell_length(width, self._plain)
        return Strip.blank(width, self._plain)
