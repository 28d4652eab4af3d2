"""What a change of a fleet did, and how one hears of it while it runs."""

from collections.abc import Callable
from typing import NamedTuple

from core.words.tally import NO_COUNTS, Counts
from core.world.events import Event
from core.world.events import Refused as RefusedFact


class Change(NamedTuple):
    """What an action or an advance of the clock did.

    The clock moved from `before` to `clock`. `happened` is the number of events, and `events` are the newest 1,000 of
    them. `accounts` and `instances` are the ids of those that changed.
    """

    before: int
    clock: int
    happened: int
    events: tuple[Event, ...]
    refused: RefusedFact | None
    accounts: frozenset[str]
    instances: frozenset[str]
    complete: bool
    """False if the advance was cancelled or stopped before its target; the clock stands where it stopped."""
    counted: Counts = NO_COUNTS
    """The number of all events by kind."""


Progress = Callable[[int, int], bool]
"""Called with the clock and the number of events so far, after each instant with events. True cancels the rest."""


Watch = Callable[[list[Event]], bool]
"""Called with the events of each instant. True stops the advance at that instant."""


class Touched(NamedTuple):
    """The ids of the accounts and instances that a change wrote."""

    accounts: frozenset[str]
    instances: frozenset[str]

    def with_more(self, other: "Touched") -> "Touched":
        """Both together."""
        return Touched(self.accounts | other.accounts, self.instances | other.instances)
