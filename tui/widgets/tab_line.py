"""The tabs of the Renewal screen, and beside them the windows of days to expiry, each with its count."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

_GAP: Final = 3
_APART: Final = 4
"""The minimum number of cells between the tabs and the windows on one line."""

Part = tuple[str, str]


class Choice(NamedTuple):
    """A tab or a window: its name and its label, as texts with their styles."""

    name: str
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        """Its width in cells."""
        return sum(cell_len(text) for text, _ in self.parts)


class TabLine(Widget, inherit_bindings=False):
    """Tabs on the left, windows on the right. The windows go to a second line if one is too narrow."""

    class Chosen(Message):
        """A tab or a window was clicked."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self) -> None:
        super().__init__(id="tabs")
        self._tabs: Sequence[Choice] = ()
        self._windows: Sequence[Choice] = ()

    def show(self, tabs: Sequence[Choice], windows: Sequence[Choice]) -> None:
        """Show these tabs and windows."""
        if (tabs, windows) == (self._tabs, self._windows):
            return
        lines = self._lines()
        self._tabs, self._windows = tabs, windows
        self.refresh(layout=lines != self._lines())

    def _lines(self, width: int | None = None) -> int:
        room = width or self.size.width or 80
        return 1 if _size(self._tabs) + _APART + _size(self._windows) <= room - 2 else 2

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line, or two."""
        return self._lines(width)

    def _laid_out(self) -> list[tuple[int, int, Choice]]:
        """Each choice with its line and its column."""
        width = self.size.width
        second = self._lines(width) - 1
        begin = 1 if second else width - 1 - _size(self._windows)
        placed: list[tuple[int, int, Choice]] = []
        for line, at, choices in ((0, 1, self._tabs), (second, begin, self._windows)):
            column = at
            for choice in choices:
                placed.append((line, column, choice))
                column += choice.size + _GAP
        return placed

    def render(self) -> Content:
        """One line or two."""
        lines: list[list[Part]] = [[] for _ in range(self._lines(self.size.width))]
        for line, column, choice in self._laid_out():
            there = sum(cell_len(text) for text, _ in lines[line])
            lines[line] += [(" " * (column - there), ""), *choice.parts]
        width = max(self.size.width, 1)
        return Content("\n").join([Content.assemble(*line).truncate(width) for line in lines])

    def on_click(self, event: events.Click) -> None:
        """Post the tab or window that was clicked."""
        for line, column, choice in self._laid_out():
            if event.y == line and column <= event.x < column + choice.size:
                self.post_message(self.Chosen(choice.name))


def _size(choices: Sequence[Choice]) -> int:
    return sum(choice.size for choice in choices) + _GAP * (len(choices) - 1) if choices else 0
