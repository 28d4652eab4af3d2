"""The bare Textual app that the dashboard is measured against: only a table of 50 rows and a footer."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import DataTable, Footer

ROWS = 50
FIRST = "iot-000000"
"""The text in the first row."""


class Bare(App[None]):
    """The smallest app with a table."""

    BINDINGS: ClassVar[list[BindingType]] = [("q", "quit", "quit"), ("p", "play", "play"), ("r", "renew", "renew")]

    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")
        yield Footer()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("Instance", "State", "Expires", "Auto-renewal", "Account")
        for number in range(ROWS):
            table.add_row(f"iot-{number:06d}", "running", "in 3 days", "manual", "account-0000")
        table.focus()


if __name__ == "__main__":
    Bare().run()
