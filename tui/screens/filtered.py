"""A screen whose main table has a filter: typing it, keeping it, and leaving its field."""

from tui.screens.base import FleetScreen
from tui.session import Session
from tui.widgets.filterbar import FilterBar
from tui.widgets.rows import RowTable


class FilteredScreen(FleetScreen):
    """What is typed is shown at once; enter keeps it."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.typing = False
        """Whether the filter's field has the focus."""

    @property
    def table(self) -> RowTable:
        """The main table."""
        return self.query_one("#table", RowTable)

    def set_filter(self, text: str) -> None:
        """Show what fits a filter."""
        raise NotImplementedError

    def show_rows(self) -> None:
        """Show the rows, and how many of them fit."""
        raise NotImplementedError

    def action_filter(self) -> None:
        """Type a filter."""
        self.typing = True
        self.show_rows()
        self.set_focus(self.query_one(FilterBar).field)

    def typed(self, text: str) -> None:
        """Show what fits."""
        self.set_filter(text)

    def entered(self) -> None:
        """Keep the filter."""
        self.leave_filter()

    def leave_filter(self) -> None:
        """Go back to the table."""
        self.typing = False
        self.set_focus(self.table)
        self.show_rows()
        self.draw()
