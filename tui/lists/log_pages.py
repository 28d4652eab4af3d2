"""The event log as a list, newest first: the whole log, or the matches of a filter, which is searched in batches."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from core.base.lazy_keys import LazyKeys
from core.store.log_search import LogFilter
from core.workspace.workspace import Workspace
from core.world.events import Event

STRETCH: Final = 20_000
"""Events searched in one batch: few enough that a person does not notice the delay."""
_PAGE: Final = 128
_KEPT_PAGES: Final = 32


class Numbers(LazyKeys):
    """Event numbers as row keys, newest first. Does not change while the search finds more."""

    def __init__(self, newer: Sequence[int], newer_count: int, older: Sequence[int], older_count: int) -> None:
        self._newer, self._newer_count = newer, newer_count
        self._older, self._older_count = older, older_count

    @classmethod
    def whole(cls, count: int) -> "Numbers":
        """The numbers of a whole log of `count` events."""
        return cls((), 0, range(count, 0, -1), count)

    def __len__(self) -> int:
        return self._newer_count + self._older_count

    def key_at(self, place: int) -> str:
        """The event number in row `place`, as a string."""
        if place < self._newer_count:
            return str(self._newer[self._newer_count - 1 - place])
        return str(self._older[place - self._newer_count])

    def place(self, number: int) -> int:
        """The row of the first event that is not newer than `number`; the number of rows if all are newer."""
        if self._newer_count and self._newer[0] <= number:
            return self._newer_count - bisect_right(self._newer, number, hi=self._newer_count)
        return self._newer_count + bisect_left(self._older, -number, hi=self._older_count, key=lambda older: -older)

    def index_of(self, key: str) -> int | None:
        """The row of an event; None if it is not in the list."""
        place = self.place(int(key))
        return place if place < len(self) and self[place] == key else None


class Found:
    """The matches of a filter in the log, found so far. The search goes from the newest event back to the first."""

    def __init__(self, workspace: Workspace, wanted: LogFilter) -> None:
        self._workspace = workspace
        self._wanted = wanted
        self.failed = False
        """Whether the rest of the log could not be read. Earlier matches stay."""
        self._begin()

    def _begin(self) -> None:
        self._newer = array("q")
        self._older = array("q")
        self._seen = self._workspace.head.events
        self._below = self._seen + 1

    @property
    def done(self) -> bool:
        """Whether the whole log is searched."""
        return self._below <= 1

    @property
    def progress(self) -> int:
        """How much of the log is searched, in percent (0 to 100)."""
        return 100 if self.done else 100 * (self._seen + 1 - self._below) // self._seen

    def numbers(self) -> Numbers:
        """The matches found so far."""
        return Numbers(self._newer, len(self._newer), self._older, len(self._older))

    def step(self) -> int:
        """Search the next batch; returns the number of events searched. Raises StoreError."""
        after, below = max(self._below - 1 - self._reach(), 0), self._below
        if not self.done:
            self._older.extend(self._workspace.history.search(self._wanted, after, below))
            self._below = after + 1
        return below - self._below

    def _reach(self) -> int:
        """Events in the next batch: the whole log if an index finds all events of one instance at once."""
        return self._seen if self._wanted.of_instance and self._workspace.history.log_is_quick else STRETCH

    def catch_up(self) -> int:
        """Search the events that are new since the last search; if there are too many, start the search over. Returns
        the number of new events. Raises StoreError.
        """
        events, seen = self._workspace.head.events, self._seen
        if not 0 <= events - self._seen <= STRETCH:
            self._begin()
            self.step()
        elif events > self._seen:
            found = self._workspace.history.search(self._wanted, self._seen, events + 1)
            self._newer.extend(reversed(found))
            self._seen = events
        return events - seen


class EventReader:
    """Reads events by number, one page of rows at a time, and keeps the latest pages."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._pages: dict[int, dict[int, Event]] = {}

    def clear(self) -> None:
        """Drop all pages: the log may have been replaced."""
        self._pages.clear()

    def known(self, number: int) -> Event | None:
        """The event with a number if its page is loaded, else None."""
        return next((page[number] for page in self._pages.values() if number in page), None)

    def event(self, number: int, keys: Sequence[str], place: int) -> Event | None:
        """The event with a number, which is in row `place` of `keys`; None if it is missing. Reads the page of rows
        around it if it is not loaded. Raises StoreError.
        """
        event = self.known(number)
        if event is None:
            first = place - place % _PAGE
            numbers = [int(key) for key in keys[first : first + _PAGE]]
            page = {event.seq: event for event in self._workspace.history.numbered(numbers)}
            if len(self._pages) >= _KEPT_PAGES:
                del self._pages[next(iter(self._pages))]
            self._pages[number] = page
            event = page.get(number)
        return event
