"""What a screen with a table of instances asks of what it shows."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from tui.lists.listing import Order


class Rows(Protocol):
    """The ids of the instances that a table shows, in order and under a filter, kept up as the fleet changes."""

    @property
    def keys(self) -> Sequence[str]:
        """The ids in the rows' order."""

    @property
    def total(self) -> int:
        """How many there are without the filter."""

    @property
    def filter_text(self) -> str:
        """The filter as it was typed."""

    @property
    def problem(self) -> str | None:
        """What in the filter can't be read, in one sentence."""

    @property
    def order(self) -> Order:
        """The order they are in."""

    @property
    def reverse(self) -> bool:
        """Whether it is turned round."""

    @property
    def hides_in_time(self) -> bool:
        """Whether the filter may hide a row though nothing happened to its instance."""

    def index_of(self, name: str) -> int | None:
        """The row of an instance; None when it isn't shown."""

    def near(self, name: str) -> int:
        """The row of an instance, or of the one that would come after it where it isn't shown."""

    def prepare(self) -> bool:
        """Get ready for words, a stretch at a time: a filter is about to be typed. Whether there is no more to do."""

    def set_filter(self, text: str) -> None:
        """Show only what matches a filter."""

    def set_order(self, order: Order, *, reverse: bool) -> None:
        """Show in another order."""

    def read_anew(self) -> None:
        """Read the whole fleet."""

    def update(self, changed: Iterable[str]) -> object:
        """Take over the instances that changed."""
