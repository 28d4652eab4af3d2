"""The past of a fleet as its file holds it: the event log, in whole or in part, and the day counts."""

from collections.abc import Iterator, Sequence

from core.store.days import DayCount, read_days
from core.store.file import MEMORY, damage_errors, store_errors
from core.store.fleet_file import FleetFile
from core.store.journal import events_before_import
from core.store.log import Log
from core.store.log_index import SHORT, ShouldAbort, index_log, is_indexed, never_abort
from core.store.log_search import LogFilter, search
from core.world.events import TYPES, Event


class History:
    """Reads the past from one file. Every method raises StoreError if the file can't be read."""

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
        """The events in order that pass all filters: instance, account, event types, numbers above `after` and below
        `before`. With `last`, only that many of the newest.
        """
        with store_errors(self._file.path), damage_errors(self._file.path):
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
        """The newest `last` events of an instance or an account, oldest first, found in about a millisecond.

        In a long log that is not indexed yet, only the newest SHORT events are searched.
        """
        with store_errors(self._file.path), damage_errors(self._file.path):
            after = 0 if self.log_is_quick else self._count() - SHORT
            if account is None or instance is not None or not self._indexed:
                return list(self.events(instance=instance, account=account, kinds=kinds, after=after, last=last))
            # One query per type: the index orders the numbers within a type; for several, SQLite would sort all events.
            query = "SELECT seq FROM events WHERE account = ? AND type = ? ORDER BY seq DESC LIMIT ?"
            found: list[int] = []
            for kind in TYPES.values() if kinds is None else kinds:
                found += [seq for (seq,) in self._file.reader.execute(query, (account, kind, last))]
        return self.numbered(sorted(found)[max(len(found) - last, 0) :])

    def numbered(self, numbers: Sequence[int]) -> list[Event]:
        """The events with these numbers, in ascending order of number; for at most some hundreds at once."""
        with store_errors(self._file.path), damage_errors(self._file.path):
            return list(self._log.read_numbers(self._file.reader, numbers))

    def search(self, wanted: LogFilter, after: int, before: int) -> list[int]:
        """The numbers of the events that match, above `after` and below `before`, newest first.

        Measured for a range of 20,000 events: 4 ms for a rule or a day, 10 to 15 ms for one or two words, and up to
        110 ms for several short words that most events contain.
        """
        with store_errors(self._file.path), damage_errors(self._file.path):
            return search(self._file.reader, wanted, after, before)

    def days(self, first: int, last: int) -> dict[int, DayCount]:
        """The day counts of the local days from `first` to `last`, both included; days without events are left out."""
        with store_errors(self._file.path), damage_errors(self._file.path):
            return read_days(self._file.reader, first, last)

    def event_numbers(
        self, *, account: str, kinds: Sequence[str], after: int, before: int, most: int, newest: bool
    ) -> list[int]:
        """The numbers of an account's events of these types, above `after` and below `before`.

        At most `most` numbers: the newest, newest first, if `newest` is set; else the oldest, oldest first.
        """
        with store_errors(self._file.path), damage_errors(self._file.path):
            # One query per type: the index orders the numbers within a type; for several, SQLite would sort all events.
            found = [
                number
                for queried in ([[kind] for kind in kinds] if self._indexed else [kinds])
                for number in self._log.numbers(
                    self._file.reader,
                    account=account, kinds=queried, after=after, before=before, most=most, newest=newest,
                )
            ]  # fmt: skip
        return sorted(found, reverse=newest)[:most]

    def count_events(self, *, account: str, kinds: Sequence[str], after: int, before: int) -> int:
        """How many events of these types an account has, with numbers above `after` and below `before`."""
        with store_errors(self._file.path), damage_errors(self._file.path):
            return self._log.count(self._file.reader, account=account, kinds=kinds, after=after, before=before)

    def balance_at(self, account: str, number: int) -> int:
        """An account's balance after the event with this number, in minor units, if no import has set it since.

        It is computed backwards from the balance in the file, not in the world: while a thread runs a clock step, the
        world is ahead of what is committed.
        """
        with store_errors(self._file.path), damage_errors(self._file.path):
            balance, events = self._log.balance(self._file.reader, account)
        return balance - sum(self.balance_moves(account, number + 1, events).values())

    def balance_moves(self, account: str, first: int, last: int) -> dict[int, int]:
        """How the events from number `first` to `last` changed an account's balance: minor units by event number."""
        with store_errors(self._file.path), damage_errors(self._file.path):
            return dict(self._log.balance_moves(self._file.reader, account=account, first=first, last=last))

    def events_before_import(self) -> int:
        """How many events the log held at the last import. Since then, only events have changed a balance."""
        with store_errors(self._file.path), damage_errors(self._file.path):
            return events_before_import(self._file.reader)

    # The index of a long log

    def _count(self) -> int:
        """How many events of the log are committed."""
        return 0 if self._file.head is None else self._file.head.events

    @property
    def log_is_quick(self) -> bool:
        """Whether the log is short or indexed, so that one instance's events are found in about a millisecond."""
        if self._count() <= SHORT:
            return True
        if not self._indexed:
            with store_errors(self._file.path):
                self._indexed = is_indexed(self._file.reader)
        return self._indexed

    def index_log(self, should_abort: ShouldAbort = never_abort) -> bool:
        """Index the log, which takes about a microsecond per event and index. Returns whether all indexes exist.

        It stops as soon as `should_abort` returns true. It uses a connection of its own, so it may run in a thread. A
        fleet in memory is indexed from the beginning.
        """
        return self._file.path == MEMORY or index_log(self._file, should_abort)
