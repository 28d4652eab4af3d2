"""A field that tells its screen about typed text and enter at once, so that the next key finds all of it processed."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from textual import events
from textual.suggester import SuggestFromList
from textual.widgets import Input
from textual.widgets.input import Selection

from core.base.errors import shown
from tui.framework.internals import paste, type_key


@runtime_checkable
class EntryScreen(Protocol):
    """A screen with fields."""

    def typed(self, text: str) -> None:
        """The text of a field changed."""

    def entered(self) -> None:
        """Enter was pressed in a field."""


class Entry(Input):
    """A one-line text field. With `selects`, the first typed character replaces the whole text; `options` are offered
    as completions.
    """

    def __init__(
        self, text: str = "", *, placeholder: str = "", selects: bool = False, options: Sequence[str] = ()
    ) -> None:
        self._told = False
        super().__init__(
            text, placeholder=placeholder, compact=True, select_on_focus=False,
            suggester=SuggestFromList(options) if options else None,
        )  # fmt: skip
        self.cursor_blink = False
        self._selects = selects
        self._begun = False
        """Whether the focus was handled. Textual sets the focus before it sends the event."""
        self._told = True

    def put(self, text: str) -> None:
        """Set the text without telling the screen, which knows it already."""
        self._told = False
        self.value = text
        self._told = True

    async def take(self, event: events.Key | events.Paste) -> None:
        """Insert a typed character or pasted text. Of several pasted lines, only the first is inserted, and a message
        says so.
        """
        self._begin()
        if isinstance(event, events.Key):
            await type_key(self, event)
            return
        lines = [line for line in event.text.splitlines() if line.strip()]
        paste(self, events.Paste(lines[0]) if lines else event)
        if len(lines) > 1:
            told = f"Pasted {len(lines):,} lines, but the field holds one: it took the first, {shown(lines[0])}."
            self.notify(told, severity="warning", markup=False)

    def watch_value(self, text: str) -> None:
        """Tell the screen the new text."""
        if self._told and self.is_attached and isinstance(self.screen, EntryScreen):
            self.screen.typed(text)

    async def action_submit(self) -> None:
        """Tell the screen that enter was pressed."""
        if isinstance(self.screen, EntryScreen):
            self.screen.entered()

    def on_focus(self, event: events.Focus) -> None:
        """Start editing, unless the terminal window only regained the focus."""
        self._begun |= event.from_app_focus
        self._begin()

    def on_blur(self) -> None:
        """Start editing afresh at the next focus."""
        self._begun = False

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            if self._selects:
                self.selection = Selection(0, len(self.value))
