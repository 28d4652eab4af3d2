"""The interface between a screen with a table of instances and the source of the table's rows."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from tui.lists.listing import Order


class Rows(Protocol):
    """The ids of the instances in a table, sorted and filtered, and updated as the fleet changes."""

    @property
    def keys(self) -> Sequence[str]:
        """The ids of the rows, from top to bottom."""

    @property
    def total(self) -> int:
        """The number of rows without the filter."""

    @property
    def filter_text(self) -> str:
        """The filter as it was typed."""

    @property
    def problem(self) -> str | None:
        """What could not be read in the filter, in one sentence; None if all was read."""

    @property
    def order(self) -> Order:
        """The order of the rows."""

    @property
    def reverse(self) -> bool:
        """Whether the order is reversed."""

    @property
    def hides_in_time(self) -> bool:
        """Whether the filter may hide a row although its instance did not change."""

    def index_of(self, name: str) -> int | None:
        """The row of an instance; None if it is not shown."""

    def near(self, name: str) -> int:
        """The row of an instance, or, if it is hidden, of the one that would follow it."""

    def prepare(self) -> bool:
        """Build the next batch of search texts before a filter is typed. Returns whether all are built."""

    def set_filter(self, text: str) -> None:
        """Show only what matches a filter."""

    def set_order(self, order: Order, *, reverse: bool) -> None:
        """Show in another order."""

    def read_anew(self) -> None:
        """Reload the whole fleet."""

    def update(self, changed: Iterable[str]) -> object:
        """Follow changed instances and the moved clock."""
