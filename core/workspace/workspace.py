"""The workspace: one fleet with its file and its clock, as the screens and the command line use it.

Every change works in the same way: the simulation gives events, the file appends the events and writes the new state
in one transaction, and the caller gets one frozen `Change`.
"""

import os
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

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
from core.words.tally import Tally
from core.workspace.change import Change, Progress, Touched, Watch
from core.workspace.history import History
from core.workspace.rebuilding import rebuilt
from core.workspace.verifying import differences
from core.world.actions import Action
from core.world.events import Event
from core.world.events import Refused as RefusedFact
from core.world.model import Account, Instance, World

CHUNK: Final = 100_000
"""Events of a long advance after which a transaction is committed and the next one begins."""
_NEWEST: Final = 1_000
"""The most events that a `Change` holds."""
_NOT_IN_MEMORY: Final = "Its history can't be rebuilt, because memory doesn't hold all of it: restore a copy"


class Workspace:
    """One open fleet. A method that changes it commits the whole change, or raises and leaves the file as it was."""

    def __init__(
        self, file: FleetFile, report: Callable[[int], None] | None = None, simulation: Simulation | None = None
    ) -> None:
        """Load the fleet from the file. If `simulation` is given, it is that fleet, and the file is not read.

        `report` is called from time to time with the number of instances read so far. Raises StoreError; then the file
        is closed.
        """
        self._file = file
        self._playing_entry: int | None = None
        self._journal: list[JournalRow] | None = None
        """The whole journal, once `remember` was called; otherwise None."""
        try:
            if simulation is None:
                self._load(report)
            else:
                self._use(simulation)
        except BaseException:
            file.close()
            raise

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> "Workspace":
        """Open a fleet's file. Raises NoFleet if it holds none, and StoreError if it can't be used."""
        return cls(FleetFile.holding_a_fleet(path, read_only=read_only))

    @classmethod
    def open_if_any(cls, path: Path) -> "Workspace | None":
        """Open a fleet's file, and create it if it is missing; None if it holds no fleet yet. Raises StoreError."""
        file = FleetFile(path, create=True)
        if file.head is None:
            file.close()
            return None
        return cls(file)

    def wait_at_most(self, seconds: int) -> None:
        """Wait at most `seconds` while another process writes; after that, a change of the fleet raises StoreError."""
        self._file.wait_at_most(seconds)

    def close(self) -> None:
        """Close the file; what was committed stays."""
        self._file.close()

    # The file

    def check_file(self) -> None:
        """Raises FleetLost if the file that was opened no longer holds the fleet, StoreError if it can't be read."""
        with store_errors(self.path):
            self._file.check()

    def check_place(self) -> None:
        """Raises FleetLost if the path no longer leads to the file that was opened. The content is not checked."""
        with store_errors(self.path):
            self._file.find()

    def is_behind(self) -> bool:
        """Whether another process changed the fleet since it was read. It takes some microseconds and never waits for
        another process. Raises FleetLost if the file was lost, StoreError if it can't be read.
        """
        return self._file.is_behind()

    @property
    def file_version(self) -> int:
        """A number that changes when another connection commits to the file. Raises StoreError."""
        return self._file.version

    @property
    def pending(self) -> bool:
        """Whether some commits may not be merged into the file yet."""
        return self._file.pending

    def merge_file(self) -> None:
        """Merge the write-ahead log into the file. A thread may call this. Does nothing while others use the file."""
        self._file.merge()

    def reload(self, report: Callable[[int], None] | None = None) -> None:
        """Read the fleet from the file again. `report` is called from time to time with the number of instances read so
        far. Raises FleetMoved if the file holds no fleet any more, FleetLost, and StoreError.
        """
        self._playing_entry = None
        self._load(report)

    def remember(self) -> None:
        """From now on, keep the journal in memory, too, so that the fleet can be rebuilt if its file is lost. Raises
        StoreError.
        """
        if self.path != MEMORY:
            self._journal = []
            self._journal = self._newer_rows()

    def _newer_rows(self) -> list[JournalRow] | None:
        """The current journal rows from the last remembered one on, because that one may have been extended."""
        if self._journal is None:
            return None
        with store_errors(self.path):
            return read_rows(self._file.connection, self._journal[-1][0] if self._journal else 0)

    def _remember_rows(self, newer: list[JournalRow] | None) -> None:
        if self._journal is not None and newer is not None:
            self._journal[-1:] = newer

    def go_on_unkept(self) -> None:
        """Continue without the lost file: rebuild the last committed fleet with its history in memory, unsaved.

        It replays the whole journal, so it takes as long as the original simulation. Raises StoreError if the fleet
        can't be rebuilt; then nothing has changed.
        """
        journal = self._journal
        if not journal:
            raise StoreError(_NOT_IN_MEMORY)
        file = rebuilt(self.head, journal)
        try:
            head = file.head
            if head is None or (head.clock, head.events) != (self.head.clock, self.head.events):
                raise StoreError(_NOT_IN_MEMORY)
            self._switch_to(file)
        except BaseException:
            file.close()
            raise

    def keep_in(self, path: Path) -> None:
        """Save an unsaved fleet in a new file and continue with that. Raises StoreError if `path` exists already or
        can't be written.
        """
        with store_errors(path):
            if os.path.lexists(path):
                raise StoreError(f"{path}: already exists: give the name of a new file")
        copy_file(self._file, path)
        file = FleetFile.holding_a_fleet(path)
        try:
            assert file.head is not None
            with file.writing():
                # The copy is another fleet from now on: give it a new identity.
                file.set_head(file.head._replace(identity=""))
            self._switch_to(file)
        except BaseException:
            file.close()
            raise
        self.remember()

    def _switch_to(self, file: FleetFile) -> None:
        """Continue with the same fleet in another file, with the same patience, and close the previous file. Raises
        StoreError if the new file can't be read; then nothing has changed.
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
        self._playing_entry = None
        before.close()

    def _load(self, report: Callable[[int], None] | None = None) -> None:
        head, world = self._file.load(report)
        try:
            with damage_errors(self.path):
                simulation = Simulation.of_kept(world, head.policy)
        except StoreError:
            # The stored fleet was not loaded, so it must not be overwritten.
            self._file.mark_stale()
            raise
        self._use(simulation)

    def _use(self, simulation: Simulation) -> None:
        """Use this simulation, and a log and a history for it, from now on."""
        self._simulation = simulation
        self._currencies = {account.id: account.currency for account in simulation.world.accounts.values()}
        self._log = Log(simulation.policy.calendar, self._currencies)
        self.history = History(self._file, self._log)
        """The past of the fleet, read from the file."""
        if self._journal is not None:
            self.remember()

    # The fleet

    @property
    def path(self) -> Path:
        """The path of the fleet's file; `MEMORY` if it is not saved."""
        return self._file.path

    @property
    def head(self) -> Head:
        """Name, clock, start and policy of the fleet as they were last committed."""
        assert self._file.head is not None
        return self._file.head

    @property
    def name(self) -> str:
        """The name of the fleet."""
        return self.head.name

    @property
    def world(self) -> World:
        """The current accounts and instances. Do not change them."""
        return self._simulation.world

    @property
    def simulation(self) -> Simulation:
        """The simulation, for asking what is due. Do not change it."""
        return self._simulation

    @property
    def timetable(self) -> Timetable:
        """The timetable, for asking which payments, notices and losses an expiry brings."""
        return self._simulation.engine.agenda.timetable

    def legacy_of(self, account: Account) -> Iterable[Instance]:
        """The account's legacy public instances, ordered by id. Do not change them."""
        return self._simulation.engine.legacy_of(account)

    def offences(self, action: RenewalAction) -> list[Offence]:
        """The offences for which a bulk action would be refused now, one per instance (R4)."""
        return offences(self._simulation.engine, action)

    @property
    def policy(self) -> Policy:
        """The policy that this fleet was created with."""
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
        """The currency of an account's amounts; "CNY" if there is no such account."""
        return self._currencies.get(account or "", "CNY")

    # Changes

    def act(self, action: Action) -> Change:
        """Do an action at the clock. A refusal is a change, too: its event is logged, and `refused` says why.

        Raises BadInput for an amount that the currency can't express. Raises FleetMoved if another process changed the
        fleet meanwhile: then the action is not done, and the fleet is reloaded. Raises FleetLost if the file was lost,
        and StoreError if it can't be written.
        """
        calendar, clock = self.calendar, self.clock
        with self._writing() as connection:
            events = self._simulation.act(action)
            self._log.append(connection, events)
            touched = self._save_changes(self._file.save)
            entry = Entry("act", clock, None, clock, action_text(action, calendar))
            add_entry(connection, entry, (events[0].seq, events[-1].seq), calendar)
        self._playing_entry = None
        refused = next((event.fact for event in events if isinstance(event.fact, RefusedFact)), None)
        tally = Tally()
        tally.add(events)
        return Change(
            clock, clock, len(events), tuple(events), refused, touched.accounts, touched.instances, True, tally.counts()
        )

    def act_each(self, actions: Iterable[Action], progress: Progress | None = None) -> Change:
        """Do several actions at the clock, one after the other, in one transaction, each with its own journal entry.

        `refused` in the change is the first refusal. If `progress` cancels, the actions done so far are committed.
        Raises like `act`; then none of the actions is done.
        """
        calendar, clock = self.calendar, self.clock
        newest: deque[Event] = deque(maxlen=_NEWEST)
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
            touched = self._save_changes(self._file.save)
        self._playing_entry = None
        return Change(
            clock, clock, count, tuple(newest), refused, touched.accounts, touched.instances, complete, tally.counts()
        )

    def advance(
        self, to: int, progress: Progress | None = None, *, playing: bool = False, watch: Watch | None = None
    ) -> Change:
        """Move the clock to `to`. A long advance is committed in chunks under one journal entry. Successive steps with
        `playing` share one entry, too.

        Raises TimeGoesForward for an earlier instant, and FleetMoved, FleetLost and StoreError like `act`: then the
        chunks committed so far stay, and the clock stands at the end of the last one.
        """
        return self._run(self._simulation.advance(to), to, progress, watch, playing=playing)

    def advance_to_next_event(self) -> Change:
        """Move the clock to the next instant at which something happens; if nothing ever does, the clock stays. Raises
        like `advance`.
        """
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
        newest: deque[Event] = deque(maxlen=_NEWEST)
        touched = Touched(frozenset(), frozenset())
        entry = self._playing_entry if playing else None
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
                    cancelled = progress is not None and progress(self.clock, count)
                    if (watch is not None and watch(batch)) or cancelled:
                        complete = False
                        break
                    if count - committed >= CHUNK:
                        going = True
                        break
                if self.clock != self.head.clock or count > committed:
                    numbers = (first, self.world.events) if count > committed else None
                    entry = self._journal_advance(connection, entry, before, target, numbers)
                    touched = touched.with_more(self._save_changes(self._file.save_progress))
        self._playing_entry = entry if playing else None
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

    def _journal_advance(
        self,
        connection: sqlite3.Connection,
        entry: int | None,
        before: int,
        target: int | None,
        numbers: tuple[int, int] | None,
    ) -> int:
        """Journal how far an advance got, in the given entry or a new one, and return the entry's id."""
        reached, calendar = self.clock, self.calendar
        aim = target if target is not None else reached
        if entry is None:
            return add_entry(connection, Entry("advance", before, aim, reached, None), numbers, calendar)
        extend_entry(connection, entry, reached, aim, numbers, calendar)
        return entry

    @contextmanager
    def _writing(self, *, several: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction that writes. If it fails after it began, or with FleetMoved, the fleet is reloaded, so that
        memory is never ahead of the file.

        BadInput and Refused need no reload, because they are raised before anything is done; but with `several` actions
        an earlier one may have been done, so then they do. If the file is lost, there is nothing to reload.
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
                self._playing_entry = None
                self._file.mark_stale()
                self._load()
            raise

    def _save_changes(self, save: Callable[[World, Iterable[str], Iterable[str]], None]) -> Touched:
        """Write the changed rows and the clock within a transaction. Returns which accounts and instances changed."""
        engine, world = self._simulation.engine, self.world
        touched = Touched(frozenset(engine.changed_accounts), frozenset(engine.changed_instances))
        save(world, touched.accounts, touched.instances)
        self._log.count_days(self._file.connection)
        self._file.move_head(world.clock, world.events)
        engine.changed_accounts.clear()
        engine.changed_instances.clear()
        return touched

    def merge(self, document: Mapping[str, object], clock: int) -> Merged:
        """Import a document into this fleet: first the clock moves to `clock`, the instant of the import, then the
        document's accounts and instances are merged.

        Raises Refused (`time_goes_forward`) if the fleet's clock is already past `clock`, and BadInput if the document
        contradicts the fleet; then nothing is written, and the clock stays. Raises FleetMoved, FleetLost and StoreError
        like `act`.
        """
        calendar = self.calendar
        if clock < self.clock:
            raise Refused(
                "time_goes_forward",
                f"The clock is at {calendar.format(self.clock)}, past the import's {calendar.format(clock)}: "
                "import with --restart to start over from the import and keep the old history as a dated copy.",
            )
        if clock > self.clock:
            # Check before the clock moves, because an advance may take long.
            check_merge(self.world, document, self.policy, clock)
        with self._writing(several=True) as connection:
            if clock > self.clock:
                self._advance_within(connection, clock)
            merged = merge(self.world, document, self.policy)
            simulation = write_import(self._file, self.world, self.head, document)
        self._use(simulation)
        return merged

    def _advance_within(self, connection: sqlite3.Connection, to: int) -> None:
        """Move the clock within a transaction that also does something else."""
        before, first = self.clock, self.world.events + 1
        for batch in self._simulation.advance(to):
            self._log.append(connection, batch)
        numbers = (first, self.world.events) if self.world.events >= first else None
        self._journal_advance(connection, None, before, to, numbers)
        self._save_changes(self._file.save_progress)

    def check(self) -> list[str]:
        """Replay the journal and compare the result with the file, because the journal must rebuild everything. Returns
        one sentence for each difference. Raises StoreError.
        """
        # Read the log over the same connection as the journal, so that both are from the same moment.
        return differences(self._file, self._log.read(self._file.connection))
