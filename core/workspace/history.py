"""What a fleet's file holds of the past: the log, read as a whole or in part, and the days."""

from collections.abc import Iterator, Sequence

from core.store.days import DayCount, read_days
from core.store.file import MEMORY, sensible, sentences
from core.store.fleet_file import FleetFile
from core.store.journal import events_before_import
from core.store.log import Log
from core.store.log_index import SHORT, GivenUp, index_log, is_indexed, never
from core.store.log_search import LogFilter, search
from core.world.events import TYPES, Event


class History:
    """What one file holds of the past. All of it raises StoreError when the file can't be read."""

    def __init__(self, file: FleetFile, log: Log) -> None:
        self._file = file
        self._log = log
        self._indexed = False

    def events(
        self,
        *,
        instance: str | None = None,
        account: str | None = None,
        kinds: Sequence[str] | None = None,
        after: int = 0,
        before: int | None = None,
        last: int | None = None,
    ) -> Iterator[Event]:
        """The log in order, filtered: of an instance, an account, of some types, with numbers above `after` and below
        `before`; with `last` only that many of the newest.
        """
        with sentences(self._file.path), sensible(self._file.path):
            yield from self._log.read(
                self._file.reader,
                instance=instance,
                account=account,
                kinds=kinds,
                after=after,
                before=before,
                last=last,
            )

    def recent(
        self,
        *,
        last: int,
        instance: str | None = None,
        account: str | None = None,
        kinds: Sequence[str] | None = None,
    ) -> list[Event]:
        """The newest events of an instance, or of an account, oldest first, found in about a millisecond; where the log
        is long and not indexed yet, those among its newest.
        """
        with sentences(self._file.path), sensible(self._file.path):
            after = 0 if self.log_is_quick else self._count() - SHORT
            if account is None or instance is not None or not self._indexed:
                return list(self.events(instance=instance, account=account, kinds=kinds, after=after, last=last))
            # By the index each type is in order by number; of several at once SQLite would sort all there are.
            query = "SELECT seq FROM events WHERE account = ? AND type = ? ORDER BY seq DESC LIMIT ?"
            found: list[int] = []
            for kind in TYPES.values() if kinds is None else kinds:
                found += [seq for (seq,) in self._file.reader.execute(query, (account, kind, last))]
        return self.numbered(sorted(found)[max(len(found) - last, 0) :])

    def numbered(self, numbers: Sequence[int]) -> list[Event]:
        """The events with these numbers, in order; at most some hundreds at once."""
        with sentences(self._file.path), sensible(self._file.path):
            return list(self._log.read_numbers(self._file.reader, numbers))

    def search(self, wanted: LogFilter, after: int, before: int) -> list[int]:
        """The numbers of the events that fit, newest first, in a stretch of the log: above `after`, below `before`.

        Measured for a stretch of 20,000 events: 4 ms for a rule or a day, 10 to 15 ms for a word or two, and up to
        110 ms for several short words that most events hold.
        """
        with sentences(self._file.path), sensible(self._file.path):
            return search(self._file.reader, wanted, after, before)

    def days(self, first: int, last: int) -> dict[int, DayCount]:
        """What the local days from `first` to `last` were like, those that had events."""
        with sentences(self._file.path), sensible(self._file.path):
            return read_days(self._file.reader, first, last)

    def event_numbers(
        self, *, account: str, kinds: Sequence[str], after: int, before: int, most: int, newest: bool
    ) -> list[int]:
        """The numbers of an account's events of some types between two numbers and without them: at most so many, the
        newest or the oldest of them first.
        """
        with sentences(self._file.path), sensible(self._file.path):
            # By the index each type is in order by number; of several at once SQLite would sort all there are.
            found = [
                number
                for some in ([[kind] for kind in kinds] if self._indexed else [kinds])
                for number in self._log.numbers(
                    self._file.reader,
                    account=account, kinds=some, after=after, before=before, most=most, newest=newest,
                )
            ]  # fmt: skip
        return sorted(found, reverse=newest)[:most]

    def count_events(self, *, account: str, kinds: Sequence[str], after: int, before: int) -> int:
        """How many events of some types an account has with numbers between two and without them."""
        with sentences(self._file.path), sensible(self._file.path):
            return self._log.count(self._file.reader, account=account, kinds=kinds, after=after, before=before)

    def balance_at(self, account: str, number: int) -> int:
        """An account's balance after the event of a number, in minor units, if no import set it since. It is counted
        back from the file's: while a thread lives through a step, the world is ahead of what is committed.
        """
        with sentences(self._file.path), sensible(self._file.path):
            balance, events = self._log.balance(self._file.reader, account)
        return balance - sum(self.balance_moves(account, number + 1, events).values())

    def balance_moves(self, account: str, first: int, last: int) -> dict[int, int]:
        """By how much the events from `first` to `last` moved an account's balance, by their numbers."""
        with sentences(self._file.path), sensible(self._file.path):
            return dict(self._log.balance_moves(self._file.reader, account=account, first=first, last=last))

    def events_before_import(self) -> int:
        """How many events there were when a fleet was last imported; since then, only events move a balance."""
        with sentences(self._file.path), sensible(self._file.path):
            return events_before_import(self._file.reader)

    # The index of a long log

    def _count(self) -> int:
        """How many events the log holds, as far as they are committed."""
        return 0 if self._file.head is None else self._file.head.events

    @property
    def log_is_quick(self) -> bool:
        """Whether one instance's events are found in about a millisecond: the log is short, or indexed."""
        if self._count() <= SHORT:
            return True
        if not self._indexed:
            with sentences(self._file.path):
                self._indexed = is_indexed(self._file.reader)
        return self._indexed

    def index_log(self, given_up: GivenUp = never) -> bool:
        """Index the log, about a microsecond an event, unless it is given up; gives whether it was done. It uses
        nothing of the workspace's, so that a thread may do it; what is not saved is indexed from the beginning.
        """
        return self._file.path == MEMORY or index_log(self._file, given_up)
