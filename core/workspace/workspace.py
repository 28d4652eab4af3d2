"""The workspace: one fleet, its file and its clock, as the screens and the command line hold it.

The way of every change: the simulation gives events, the file appends them and takes over the new state in one
transaction, and the caller gets one frozen `Change`.
"""

import os
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from core.base.errors import BadInput, FleetLost, FleetMoved, Refused, StoreError
from core.base.instants import Calendar
from core.formats.merging import Merged, check_merge, merge
from core.rules.policy import Policy
from core.simulation.agenda import Timetable
from core.simulation.orders import Offence, RenewalAction, offences
from core.simulation.simulation import Simulation
from core.store.copying import copy_file
from core.store.file import MEMORY, damage_errors, store_errors
from core.store.fleet_file import FleetFile, Head
from core.store.imports import write_import
from core.store.journal import Entry, action_text, add_entry, extend_entry
from core.store.journal_rows import JournalRow, read_rows
from core.store.log import Log
from core.words.tally import NO_COUNTS, Counts, Tally
from core.workspace.history import History
from core.workspace.rebuilding import rebuilt
from core.workspace.verifying import differences
from core.world.actions import Action
from core.world.events import Event
from core.world.events import Refused as RefusedFact
from core.world.model import Account, Instance, World

CHUNK: Final = 100_000
"""Events of a long advance that are committed at once."""
_KEPT: Final = 1_000
_NOT_REMEMBERED: Final = "Its history can't be rebuilt, because memory doesn't hold all of it: restore a copy"


class Change(NamedTuple):
    """What one action or clock move did. `events` are the newest of the `happened` many."""

    before: int
    clock: int
    happened: int
    events: tuple[Event, ...]
    refused: RefusedFact | None
    accounts: frozenset[str]
    instances: frozenset[str]
    complete: bool
    """False when an advance was cancelled or stopped before its target; the clock stands where it had come to."""
    counted: Counts = NO_COUNTS
    """How many of all that happened were of which kind."""


Progress = Callable[[int, int], bool]
"""Told the clock and the number of events after each instant in which something happened; True cancels the rest."""


Watch = Callable[[list[Event]], bool]
"""Told the events of each instant; True stops an advance there."""


class _Touched(NamedTuple):
    accounts: frozenset[str]
    instances: frozenset[str]

    def with_more(self, other: "_Touched") -> "_Touched":
        return _Touched(self.accounts | other.accounts, self.instances | other.instances)


class Workspace:
    """One open fleet. What changes it is committed whole, or raises and leaves the file as it was."""

    def __init__(
        self, file: FleetFile, told: Callable[[int], None] | None = None, simulation: Simulation | None = None
    ) -> None:
        """`simulation` is the file's fleet, where it was read already."""
        self._file = file
        self._playing: int | None = None
        self._journal: list[JournalRow] | None = None
        """The whole journal, where it is remembered."""
        if simulation is None:
            self._load(told)
        else:
            self._take_over(simulation)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> "Workspace":
        """Open a fleet's file. Raises NoFleet where it holds none, StoreError when it can't be used."""
        return cls(FleetFile.holding_a_fleet(path, read_only=read_only))

    @classmethod
    def open_if_any(cls, path: Path) -> "Workspace | None":
        """Open a fleet's file; None where it holds no fleet yet. Raises StoreError when it can't be used."""
        file = FleetFile(path, create=True)
        if file.head is None:
            file.close()
            return None
        return cls(file)

    def wait_at_most(self, seconds: int) -> None:
        """Wait no longer than so while another process writes: what would change the fleet raises StoreError then."""
        self._file.wait_at_most(seconds)

    def close(self) -> None:
        """Close the file; what was committed stays."""
        self._file.close()

    # What may become of the file

    def check_file(self) -> None:
        """Raises FleetLost where the fleet is no longer kept in the file that was opened."""
        with store_errors(self.path):
            self._file.check()

    def check_place(self) -> None:
        """Raises FleetLost where the path no longer leads to the file that was opened, whatever it holds."""
        with store_errors(self.path):
            self._file.find()

    def is_behind(self) -> bool:
        """Whether another process changed the fleet since it was read. It takes some microseconds and waits for nobody.
        Raises FleetLost where the file was lost, StoreError where it can't be read.
        """
        return self._file.is_behind()

    @property
    def file_version(self) -> int:
        """A number that changes when others commit something to the file. Raises StoreError."""
        return self._file.version

    @property
    def pending(self) -> bool:
        """Whether something that was committed may lie beside the file still."""
        return self._file.pending

    def merge_file(self) -> None:
        """Merge what was committed into the file; a thread may do it. Where others use the file, nothing is done."""
        self._file.merge()

    def reload(self, told: Callable[[int], None] | None = None) -> None:
        """Read the fleet anew; `told` hears now and then how many instances were read. Raises StoreError."""
        self._playing = None
        self._load(told)

    def remember(self) -> None:
        """Keep the journal in memory as well from now on, so that the fleet can go on where its file is lost."""
        if self.path != MEMORY:
            self._journal = []
            self._journal = self._newer_rows()

    def _newer_rows(self) -> list[JournalRow] | None:
        """The last row that is remembered, as it is now, and those that came after it."""
        if self._journal is None:
            return None
        with store_errors(self.path):
            return read_rows(self._file.connection, self._journal[-1][0] if self._journal else 0)

    def _remember_rows(self, newer: list[JournalRow] | None) -> None:
        if self._journal is not None and newer is not None:
            self._journal[-1:] = newer

    def go_on_unkept(self) -> None:
        """Go on where the file was lost: the fleet as it was committed last, with its history, not saved. It takes as
        long as living through it did. Raises StoreError where that can't be rebuilt; then all is as before.
        """
        journal = self._journal
        if not journal:
            raise StoreError(_NOT_REMEMBERED)
        file = rebuilt(self.head, journal)
        try:
            head = file.head
            if head is None or (head.clock, head.events) != (self.head.clock, self.head.events):
                raise StoreError(_NOT_REMEMBERED)
            self._take(file)
        except BaseException:
            file.close()
            raise

    def keep_in(self, path: Path) -> None:
        """Keep what was not saved in a new file. Raises StoreError where there is one, or it can't be written."""
        with store_errors(path):
            if os.path.lexists(path):
                raise StoreError(f"{path}: already exists: give the name of a new file")
        copy_file(self._file, path)
        file = FleetFile.holding_a_fleet(path)
        try:
            assert file.head is not None
            with file.writing():
                # From here on it is a fleet of its own.
                file.set_head(file.head._replace(identity=""))
            self._take(file)
        except BaseException:
            file.close()
            raise
        self.remember()

    def _take(self, file: FleetFile) -> None:
        """Go on with the same fleet in another file, which waits as long, and close the one before. Raises StoreError
        where it can't be read; then all is as before.
        """
        before, journal = self._file, self._journal
        if before.patience is not None:
            file.wait_at_most(before.patience)
        self._file, self._journal = file, None
        try:
            self._load()
        except BaseException:
            self._file, self._journal = before, journal
            raise
        self._playing = None
        before.close()

    def _load(self, told: Callable[[int], None] | None = None) -> None:
        head, world = self._file.load(told)
        try:
            with damage_errors(self.path):
                simulation = Simulation.of_kept(world, head.policy)
        except StoreError:
            # Nothing is written over what wasn't taken over.
            self._file.outdate()
            raise
        self._take_over(simulation)

    def _take_over(self, simulation: Simulation) -> None:
        """Go on with the fleet as it was read."""
        self._simulation = simulation
        self._currencies = {account.id: account.currency for account in simulation.world.accounts.values()}
        self._log = Log(simulation.policy.calendar, self._currencies)
        self.history = History(self._file, self._log)
        """What the file holds of the past."""
        if self._journal is not None:
            self.remember()

    # What there is

    @property
    def path(self) -> Path:
        """Where the fleet is kept."""
        return self._file.path

    @property
    def head(self) -> Head:
        """Name, clock, start and policy of the fleet."""
        assert self._file.head is not None
        return self._file.head

    @property
    def name(self) -> str:
        """What the fleet is called."""
        return self.head.name

    @property
    def world(self) -> World:
        """The accounts and instances as they are now; to be read only."""
        return self._simulation.world

    @property
    def simulation(self) -> Simulation:
        """The simulation, for asking what is due; to be read only."""
        return self._simulation

    @property
    def timetable(self) -> Timetable:
        """What an expiry brings with it, for asking what comes."""
        return self._simulation.engine.agenda.timetable

    def legacy_of(self, account: Account) -> Iterable[Instance]:
        """The account's legacy public instances, by id; to be read only."""
        return self._simulation.engine.legacy_of(account)

    def offences(self, action: RenewalAction) -> list[Offence]:
        """Every instance that keeps a bulk action from being done now (R4)."""
        return offences(self._simulation.engine, action)

    @property
    def policy(self) -> Policy:
        """The policy this fleet was begun with."""
        return self._simulation.policy

    @property
    def calendar(self) -> Calendar:
        """The policy's calendar."""
        return self._simulation.policy.calendar

    @property
    def clock(self) -> int:
        """The simulated instant."""
        return self._simulation.clock

    def currency_of(self, account: str | None) -> str:
        """The currency of an account's amounts."""
        return self._currencies.get(account or "", "CNY")

    # What changes it

    def act(self, action: Action) -> Change:
        """Do an action at the clock. A refusal is a change too: its event is kept, and `refused` says why.

        Raises BadInput for an amount the currency can't express; FleetMoved, the fleet being loaded anew and the action
        not done, when another process changed it meanwhile; StoreError when it can't be written.
        """
        calendar, clock = self.calendar, self.clock
        with self._writing() as connection:
            events = self._simulation.act(action)
            self._log.append(connection, events)
            touched = self._keep(self._file.save)
            entry = Entry("act", clock, None, clock, action_text(action, calendar))
            add_entry(connection, entry, (events[0].seq, events[-1].seq), calendar)
        self._playing = None
        refused = next((event.fact for event in events if isinstance(event.fact, RefusedFact)), None)
        tally = Tally()
        tally.add(events)
        return Change(
            clock, clock, len(events), tuple(events), refused, touched.accounts, touched.instances, True, tally.counts()
        )

    def act_each(self, actions: Iterable[Action], progress: Progress | None = None) -> Change:
        """Do several actions at the clock, one after the other, in one transaction; each has its journal entry.

        The first refusal among them is the change's; cancelled, it keeps what was done until then. Raises as `act`
        does, and then none of them is done.
        """
        calendar, clock = self.calendar, self.clock
        newest: deque[Event] = deque(maxlen=_KEPT)
        refused, count, complete, tally = None, 0, True, Tally()
        with self._writing(several=True) as connection:
            for action in actions:
                events = self._simulation.act(action)
                self._log.append(connection, events)
                entry = Entry("act", clock, None, clock, action_text(action, calendar))
                add_entry(connection, entry, (events[0].seq, events[-1].seq), calendar)
                newest += events
                count += len(events)
                tally.add(events)
                refused = refused or next((e.fact for e in events if isinstance(e.fact, RefusedFact)), None)
                if progress is not None and progress(clock, count):
                    complete = False
                    break
            touched = self._keep(self._file.save)
        self._playing = None
        return Change(
            clock, clock, count, tuple(newest), refused, touched.accounts, touched.instances, complete, tally.counts()
        )

    def advance(
        self, to: int, progress: Progress | None = None, *, playing: bool = False, watch: Watch | None = None
    ) -> Change:
        """Move the clock to `to`, committing in chunks under one journal entry; ticks of `playing` share one, too.

        Raises TimeGoesForward for an earlier instant, and FleetMoved and StoreError as `act` does: what was committed
        until then stays, and the clock stands there.
        """
        return self._run(self._simulation.advance(to), to, progress, watch, playing=playing)

    def advance_to_next_event(self) -> Change:
        """Move the clock to the next instant at which something happens; it stays where nothing ever does."""
        simulation = self._simulation

        def first() -> Iterator[list[Event]]:
            while (due := simulation.next_due()) is not None:
                events = [event for batch in simulation.advance(due) for event in batch]
                if events:
                    yield events
                    return

        return self._run(first(), None, None, None, playing=False)

    def _run(
        self,
        batches: Iterator[list[Event]],
        target: int | None,
        progress: Progress | None,
        watch: Watch | None,
        *,
        playing: bool,
    ) -> Change:
        before, count, tally = self.clock, 0, Tally()
        newest: deque[Event] = deque(maxlen=_KEPT)
        touched = _Touched(frozenset(), frozenset())
        entry = self._playing if playing else None
        going, complete = True, True
        while going:
            first, committed = self.world.events + 1, count
            with self._writing() as connection:
                going = False
                for batch in batches:
                    self._log.append(connection, batch)
                    newest += batch
                    count += len(batch)
                    tally.add(batch)
                    told = progress is not None and progress(self.clock, count)
                    if (watch is not None and watch(batch)) or told:
                        complete = False
                        break
                    if count - committed >= CHUNK:
                        going = True
                        break
                if self.clock != self.head.clock or count > committed:
                    numbers = (first, self.world.events) if count > committed else None
                    entry = self._enter_move(connection, entry, before, target, numbers)
                    touched = touched.with_more(self._keep(self._file.save_progress))
        self._playing = entry if playing else None
        return Change(
            before,
            self.clock,
            count,
            tuple(newest),
            None,
            touched.accounts,
            touched.instances,
            complete,
            tally.counts(),
        )

    def _enter_move(
        self,
        connection: sqlite3.Connection,
        entry: int | None,
        before: int,
        target: int | None,
        numbers: tuple[int, int] | None,
    ) -> int:
        """Journal how far an advance got, under the given entry or a new one; gives its id."""
        reached, calendar = self.clock, self.calendar
        aim = target if target is not None else reached
        if entry is None:
            return add_entry(connection, Entry("advance", before, aim, reached, None), numbers, calendar)
        extend_entry(connection, entry, reached, aim, numbers, calendar)
        return entry

    @contextmanager
    def _writing(self, *, several: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction; where it fails, the fleet is loaded anew, so that memory never runs ahead of the file. Bad
        input is said before anything is done, except where `several` things are done in it; and nothing is done where
        it can't begin, because another process writes. Where the file is lost there is nothing to load.
        """
        begun = False
        try:
            with self._file.writing() as connection:
                begun = True
                yield connection
                newer = self._newer_rows()
            self._remember_rows(newer)
        except BaseException as error:
            ran_ahead = begun and (several or not isinstance(error, BadInput | Refused))
            if (ran_ahead or isinstance(error, FleetMoved)) and not isinstance(error, FleetLost):
                self._playing = None
                self._file.outdate()
                self._load()
            raise

    def _keep(self, save: Callable[[World, Iterable[str], Iterable[str]], None]) -> _Touched:
        """Write what changed and the clock, within a transaction; gives which accounts and instances changed."""
        engine, world = self._simulation.engine, self.world
        touched = _Touched(frozenset(engine.changed_accounts), frozenset(engine.changed_instances))
        save(world, touched.accounts, touched.instances)
        self._log.count_days(self._file.connection)
        self._file.move_head(world.clock, world.events)
        engine.changed_accounts.clear()
        engine.changed_instances.clear()
        return touched

    def merge(self, document: Mapping[str, object], clock: int) -> Merged:
        """Import into this fleet: the clock moves to the import's first, then what it says is taken over.

        Raises Refused (`time_goes_forward`) where the clock has run past the import's, and BadInput where the import
        doesn't go with what is there; then nothing is written and the clock stays.
        """
        calendar = self.calendar
        if clock < self.clock:
            raise Refused(
                "time_goes_forward",
                f"The clock is at {calendar.format(self.clock)}, past the import's {calendar.format(clock)}: "
                "import with --restart to start over from the import and keep the old history as a dated copy.",
            )
        if clock > self.clock:
            # Before the clock moves: that may take long.
            check_merge(self.world, document, self.policy, clock)
        with self._writing(several=True) as connection:
            if clock > self.clock:
                self._advance_within(connection, clock)
            merged = merge(self.world, document, self.policy)
            simulation = write_import(self._file, self.world, self.head, document)
        self._take_over(simulation)
        return merged

    def _advance_within(self, connection: sqlite3.Connection, to: int) -> None:
        """Move the clock within a transaction that does more."""
        before, first = self.clock, self.world.events + 1
        for batch in self._simulation.advance(to):
            self._log.append(connection, batch)
        numbers = (first, self.world.events) if self.world.events >= first else None
        self._enter_move(connection, None, before, to, numbers)
        self._keep(self._file.save_progress)

    def check(self) -> list[str]:
        """Replay the journal and compare (the law that it rebuilds everything): what differs, a sentence each."""
        # Over the connection that the journal is read over: both at the same moment.
        return differences(self._file, self._log.read(self._file.connection))


class Unread:
    """A fleet's file that is open and not read yet: what there is to show while it is read."""

    def __init__(self, path: Path) -> None:
        self._file = FleetFile.holding_a_fleet(path)
        self.path = path
        self.size = self._file.count()
        """How many instances it has."""

    @property
    def head(self) -> Head:
        """Name, clock, start and policy of the fleet."""
        assert self._file.head is not None
        return self._file.head

    @property
    def clock(self) -> int:
        """The simulated instant."""
        return self.head.clock

    def check_file(self) -> None:
        """Raises FleetLost where the fleet is no longer kept in the file that was opened."""
        with store_errors(self.path):
            self._file.check()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def read(self, told: Callable[[int], None] | None = None) -> Workspace:
        """Read it; `told` hears now and then how many instances were read. Raises StoreError."""
        try:
            return Workspace(self._file, told)
        except BaseException:
            self._file.close()
            raise
