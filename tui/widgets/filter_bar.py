"""The filter's line: the typed text and the number of matches."""

from typing import Final

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from tui.commands.keymap import Keymap, keymap_of
from tui.lists.filtering import HINT
from tui.text.cells import cut
from tui.widgets.entry import Entry

_AROUND: Final = 9
"""Cells taken by the sign, by the cursor behind the text, and by the spaces around the count."""


class FilterBar(Horizontal):
    """A line above the table, shown while there is a filter or one is being typed."""

    def __init__(self, hint: str = HINT) -> None:
        super().__init__(id="filter-bar")
        self.field = Entry(placeholder=hint)
        self._count = Static(id="filter-count", markup=False)
        self._told = Content("")

    def compose(self) -> ComposeResult:
        """The sign, the field, the count."""
        yield Static("/", id="filter-sign", markup=False)
        yield self.field
        yield self._count

    def show(self, text: str, shown: int, total: int, *, typing: bool, note: str | None = None) -> None:
        """Show a filter and its number of matches; hide the line if there is no filter. A `note` replaces the hint
        about the keys. Text that is being typed is never overwritten: more keys may be on their way.
        """
        if not typing and self.field.value != text:
            self.field.put(text)
        shown_at_all = typing or bool(text)
        # A class, not `display`: a screen that is too small must still hide the line.
        self.set_class(shown_at_all, "-shown")
        if not shown_at_all:
            return
        keymap = keymap_of(self.app)
        count = f"{shown:,} of {total:,}"
        keys = f"{'enter keeps' if typing else through(keymap)}, {keymap.key('back')} clears"
        if note is not None:
            # Keep the typed text in sight.
            room = self.size.width - cell_len(text) - len(count) - _AROUND
            keys = cut(note, max(room, self.size.width // 2))
        told = Content.assemble((count, "bold" if shown else "$state-stopped"), (f"  {keys}", "$quiet"))
        if told != self._told:
            wider = told.cell_length != self._told.cell_length
            self._told = told
            self._count.update(told, layout=wider)


def through(keymap: Keymap) -> str:
    """Which keys move through the matches."""
    return f"{keymap.key('next-match')} {keymap.key('previous-match')} matches"
