"""A screen whose main table has a filter: typing it, keeping it, and leaving its field."""

from typing import Final

from textual import events
from textual.timer import Timer

from tui.live import limits
from tui.live.session import Session
from tui.screens.fleet_screen import FleetScreen
from tui.widgets.entry import Entry
from tui.widgets.filter_bar import FilterBar
from tui.widgets.key_bar import KEEP, KeyBar
from tui.widgets.rows import RowTable

_PAUSE: Final = 0.05
"""Real seconds without another letter after which a large fleet is filtered, which takes longer than a letter."""


class FilteredScreen(FleetScreen):
    """What is typed is shown at once; enter keeps it."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.typing = False
        """Whether the filter's field has the focus."""
        self._typed: str | None = None
        """What was typed and not looked for yet."""
        self._pause: Timer | None = None

    @property
    def table(self) -> RowTable:
        """The main table."""
        return self.query_one("#table", RowTable)

    def set_filter(self, text: str) -> None:
        """Show what fits a filter."""
        raise NotImplementedError

    def show_rows(self) -> object:
        """Show the rows, and how many of them fit."""
        raise NotImplementedError

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """In a field other keys work than in a table."""
        self._say_keys()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """The cursor left a field, or something else."""
        self._say_keys()

    def _say_keys(self) -> None:
        self.query_one(KeyBar).follow_typing(typing=isinstance(self.focused, Entry))

    def on_key_bar_pressed(self, message: KeyBar.Pressed) -> None:
        """A click on the key that keeps the filter; other keys are commands."""
        if message.command == KEEP:
            message.prevent_default()
            self.app.call_later(self.entered)

    def action_filter(self) -> None:
        """Type a filter."""
        self.typing = True
        self.show_rows()
        self.set_focus(self.query_one(FilterBar).field)

    def typed(self, text: str) -> None:
        """Show what fits, at once or in a moment."""
        self._typed = text
        if self._pause is not None:
            self._pause.stop()
        if len(self.session.workspace.world.instances) < limits.STEPPED_IN_THREAD:
            self._look_for_typed()
        else:
            self._pause = self.set_timer(_PAUSE, self._look_for_typed)

    def _look_for_typed(self) -> None:
        text, self._typed = self._typed, None
        if text is not None:
            self.set_filter(text)

    def forget_typed(self) -> None:
        """What was typed and not looked for yet is not wanted any more."""
        self._typed = None

    def entered(self) -> None:
        """Keep the filter."""
        self.leave_filter()

    def leave_filter(self) -> None:
        """Go back to the table, with what was typed."""
        self._look_for_typed()
        self.typing = False
        self.set_focus(self.table)
        self.show_rows()
        self.draw()
