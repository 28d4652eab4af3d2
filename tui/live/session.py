"""One run of the dashboard over a workspace: what the screens ask, and the one way by which they change it."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event as Flag
from threading import Lock
from typing import Final, Literal, Protocol, TypeVar

from textual.message import Message

from core.base.errors import FleetLost, FleetMoved, LapseError, StoreError
from core.store.file import MEMORY
from core.words.results import tell_done
from core.words.sentences import tell_coming
from core.words.tally import sum_counts
from core.workspace.workspace import Change, Progress, Watch, Workspace
from core.world.actions import Action
from core.world.events import Event
from core.world.severity import badness, is_bad
from tui.live import limits
from tui.live.day_tally import DayTally
from tui.live.forecasts import Forecasts
from tui.live.pacer import Pacer
from tui.live.right_of_way import RightOfWay
from tui.live.tick import Tick
from tui.live.troubles import Troubles
from tui.settings.settings import Settings, SettingsStore
from tui.text.cells import one_line

T = TypeVar("T")
_PAST: Final = 1_000

CLOCK_RUNS: Final = "The clock is running: wait for it, or stop it."
ACTS: Final = "Many instances are being worked through: wait until that is done, or stop it."
_IMPORTS: Final = "A fleet is being imported: wait until that is done."
_REBUILDS: Final = "The fleet's history is being rebuilt from memory: wait until that is done."

Severity = Literal["information", "warning", "error"]


class _CantTakeOver(StoreError):
    """What another program wrote can't be read. The fleet is as it was."""


class FleetChanged(Message):
    """The fleet changed: `change` says how, None that all of it may have (another program wrote to its file)."""

    def __init__(self, change: Change | None) -> None:
        super().__init__()
        self.change = change


class Foreseen(Message):
    """Forecasts that were being made are there."""


class Host(Protocol):
    """What a session needs of the app that shows it."""

    def announce(self, message: FleetChanged) -> None:
        """Send it to every screen that shows the fleet."""

    def foreseen(self) -> None:
        """Send `Foreseen` to every screen; a thread may call it."""

    def tell(self, sentence: str, severity: Severity = "information", *, besides: bool = False) -> None:
        """Show the person one sentence; `besides` keeps what was said since the fleet last changed."""

    def in_thread(self, work: Callable[[], None]) -> None:
        """Run the work in a thread of its own."""

    def call_later(self, callback: Callable[[Tick], None], tick: Tick, /) -> object:
        """Let the app's own thread call the callback with the tick, later; a thread may ask for it."""


class Session:
    """The workspace as the screens hold it. What goes wrong becomes a sentence for the person, never an exception."""

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        host: Host,
        kept: SettingsStore | None = None,
    ) -> None:
        self.workspace = workspace
        self.name = name
        self.pacer = Pacer()
        self._lock = Lock()
        """Held while the fleet changes, or is copied for a forecast."""
        self._host = host
        self._tick: Tick | None = None
        self.right_of_way = RightOfWay()
        self.forecasts = Forecasts(workspace, self._lock, host.in_thread, host.foreseen, self.right_of_way)
        self.tally = DayTally(workspace, self.read)
        self.troubles = Troubles(workspace, self.forecasts)
        self.busy = False
        """Whether a thread holds the fleet: until it is done nobody else changes it, or asks its file."""
        self._why_busy = CLOCK_RUNS
        """What the thread does, for a person who would change the fleet meanwhile."""
        self.indexing = Flag()
        """Set where the log isn't to be indexed now."""
        self.closing = Flag()
        """Set when the program ends: threads stop where they can."""
        self._unreadable = ""
        """What was said last about a file that can't be read."""
        self._tried: int | None = None
        """The version of the file that was to be taken over last, whether or not it could be read."""
        self._merging = False
        self.lost = ""
        """What became of the file that the fleet was kept in."""
        self.was_kept_in: Path | None = None
        """The path of that file."""
        self._not_rebuilt = ""
        """Why the fleet can't go on without it."""
        self.keep_key = "K"
        """The key that keeps the fleet in a new one."""
        self.revision = 0
        self._past: deque[tuple[int, Change | None]] = deque(maxlen=_PAST)
        """The latest changes, each with the revision it led to."""
        self.culprit: str | None = None
        """The instance because of which the clock paused last, until a screen has shown it."""
        self.opened_at = workspace.world.events
        """How many events there were when the dashboard was opened: what came since is new to the person."""
        self.tell = host.tell
        self._kept = kept or SettingsStore()

    @property
    def settings(self) -> Settings:
        """What the person settled."""
        return self._kept.settings

    def hold(self, why: str) -> None:
        """A thread holds the fleet from now on; `why` is what a person is told who would change it meanwhile."""
        self.busy, self._why_busy = True, why

    def tell_busy(self) -> None:
        """Say why the fleet can't be changed now."""
        self.tell(self._why_busy, "warning")

    def wants_to_write(self) -> None:
        """Let the thread that indexes the log give up: whoever writes would wait for it."""
        self.indexing.set()

    def read(self, ask: Callable[[], T], otherwise: T) -> T:
        """What the file says, for who draws it: `otherwise`, as while a thread holds the fleet, where it can't be read.
        The person is told that once.
        """
        if self.busy:
            return otherwise
        try:
            return ask()
        except LapseError as error:
            if str(error) != self._unreadable:
                self._unreadable = str(error)
                self.tell(str(error), "error")
            return otherwise

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Keep the fleet as it is while a part of it is copied: whoever would change it waits for the end."""
        with self._lock:
            yield

    def act(self, action: Action, *, advise: bool = True) -> Change | None:
        """Do an action and say what was done, with advice where a dialog hasn't given any. None: it wasn't done, and
        the person was told why.
        """
        change = self._change(lambda: self.workspace.act(action))
        if change is None:
            return None
        if change.refused is not None:
            self.tell(change.refused.message, "warning")
            return None
        advice = next((sentence for event in change.events if advise for sentence in event.advice), "")
        told = tell_done(action, change.events, self.workspace.world, self.workspace.calendar)
        self.tell(one_line(f"{told} {advice}".strip()))
        return change

    def act_each(self, actions: Sequence[Action]) -> Change | None:
        """Do several actions in one go. None: none was done, and the person was told why."""
        return self._change(lambda: self.workspace.act_each(actions))

    def advance(self, to: int, *, playing: bool = False) -> Change | None:
        """Move the clock; where it plays until something bad happens, no further than to there."""
        if not (playing and self.pacer.until_bad):
            return self._change(lambda: self.workspace.advance(to, playing=playing), playing=playing)
        bad: list[Event] = []
        change = self._change(lambda: self.workspace.advance(to, playing=True, watch=_gathering(bad)), playing=True)
        if bad and change is not None:
            self._pause_for(bad)
        return change

    # A step of a clock that plays

    def tick(self, to: int, over: Callable[[], None]) -> None:
        """Move the clock while it plays, and call `over` when it stands there. A large fleet's moves in a thread, so
        that no key waits for it; while one is under way, no other begins.
        """
        self.wants_to_write()
        if len(self.workspace.world.instances) < limits.STEPPED_IN_THREAD or self.workspace.path == MEMORY:
            self.advance(to, playing=True)
            over()
        elif self._tick is None and not self.busy:
            until_bad = self.pacer.until_bad
            tick = self._tick = Tick(lambda tick: self._live(tick, to, until_bad), over)
            self._host.in_thread(lambda: self._run_tick(tick))

    def _run_tick(self, tick: Tick) -> None:
        """In the thread."""
        with self.right_of_way.beside():
            tick.run()
        self._host.call_later(self._end_tick, tick)

    def _live(self, tick: Tick, to: int, until_bad: bool) -> Change:
        """In the thread: live through a step."""

        def progress(clock: int, count: int) -> bool:
            self.right_of_way.give()
            return self.closing.is_set()

        watch = _gathering(tick.bad) if until_bad else None
        with self._lock:
            return self.workspace.advance(to, progress, playing=True, watch=watch)

    def _end_tick(self, tick: Tick) -> None:
        if self._tick is tick:
            self.finish_tick()

    def finish_tick(self) -> None:
        """Take over the step that is under way, if one is; it is waited for. What the person does next builds on it."""
        tick, self._tick = self._tick, None
        if tick is None:
            return
        self.right_of_way.release()
        outcome = tick.outcome()
        if isinstance(outcome, LapseError):
            self._failed(outcome, playing=True)
        else:
            self._changed(outcome)
            if tick.bad:
                self._pause_for(tick.bad)
        tick.over()

    def _pause_for(self, bad: list[Event]) -> None:
        """Pause because of what happened: the worst of it is the reason, with how much more there is."""
        worst = max(bad, key=badness)
        currency, calendar = self.workspace.currency_of(worst.account), self.workspace.calendar
        more = f", and {len(bad) - 1:,} more" if len(bad) > 1 else ""
        rule = f" ({worst.rule})" if worst.rule else ""
        who = worst.instance or worst.account or ""
        reason = f"{who}: {tell_coming(worst, 0, currency, calendar, self.workspace.clock)}{rule}{more}"
        self.pacer.pause(reason)
        self.culprit = worst.instance

    def next_event(self) -> Change | None:
        """Move the clock to the next event."""
        change = self._change(self.workspace.advance_to_next_event)
        if change is not None and not change.happened:
            self.tell("Nothing more is due: the clock stays where it is.")
        return change

    def run_long(self, to: int, progress: Progress) -> Change | LapseError:
        """Move the clock far, within a thread of its own: while it runs nothing else may use the workspace. The outcome
        is to be given to `finish_long` by the thread that began it.
        """
        self.wants_to_write()
        try:
            with self.right_of_way.beside(), self._lock:
                return self.workspace.advance(to, self._until_closing(progress))
        except LapseError as error:
            return error

    def act_long(self, plan: Callable[[], Sequence[Action]], progress: Progress) -> Change | LapseError:
        """Do many actions, planned first, within a thread of its own, as `run_long` does."""
        self.wants_to_write()
        try:
            with self.right_of_way.beside(), self._lock:
                return self.workspace.act_each(plan(), self._until_closing(progress))
        except LapseError as error:
            return error

    def _until_closing(self, progress: Progress) -> Progress:
        """The same progress, that also cancels when the program ends."""
        return lambda clock, count: self.closing.is_set() or progress(clock, count)

    def begin_import(self) -> None:
        """An import is about to write: until `finish_import` nothing else changes the fleet."""
        self.finish_tick()
        self.wants_to_write()
        self.hold(_IMPORTS)

    def import_fleet(self, write: Callable[[], T]) -> T:
        """Let an import write, within a thread of its own, between `begin_import` and `finish_import`."""
        with self.right_of_way.beside(), self._lock:
            return write()

    def finish_import(self) -> None:
        """Take over what an import left, done or not."""
        self.busy = False
        self._changed(None)

    def finish_long(self, outcome: Change | LapseError) -> Change | None:
        """Take over what a long run came to. None: it went wrong, and the person was told."""
        self.busy = False
        if isinstance(outcome, LapseError):
            self._failed(outcome)
            return None
        self._changed(outcome)
        return outcome

    # What others do to the file

    def look(self, *, take_over: bool = True) -> None:
        """Look what became of the file: where it was lost, go on without it; where another program wrote, take that
        over if it is wanted now. A large fleet is read in a thread. What can't be rebuilt, or read, isn't tried again
        before the person does something, or another program does.
        """
        if self.busy or self._tick is not None:
            return
        try:
            behind = self.workspace.is_behind()
            version = self.workspace.file_version
        except FleetLost as error:
            if str(error) != self.lost:
                self._failed(error)
        except LapseError:
            # Whoever reads or writes next is told.
            return
        else:
            if not (behind and take_over):
                self._merge_soon()
            elif version != self._tried:
                self._tried = version
                self._take_over()

    def _merge_soon(self) -> None:
        """Let a thread merge what was committed into the file: it waits for the disk."""
        if self.workspace.pending and not self._merging:
            self._merging = True
            self._host.in_thread(self._merge)

    def _merge(self) -> None:
        """In a thread."""
        self.workspace.merge_file()
        self._merging = False

    def _take_over(self) -> None:
        def read_anew(tick: Tick) -> Change:
            with self._lock:
                try:
                    self.workspace.reload(lambda _: self.right_of_way.give())
                except StoreError as error:
                    with suppress(LapseError):
                        # It was read over a new connection, which counts by itself.
                        self._tried = self.workspace.file_version
                    raise _CantTakeOver(str(error)) from error
            raise FleetMoved("another program changed the fleet")

        tick = self._tick = Tick(read_anew, lambda: None)
        if len(self.workspace.world.instances) < limits.STEPPED_IN_THREAD:
            self.finish_tick()
        else:
            self._host.in_thread(lambda: self._run_tick(tick))

    def keep_in(self, path: Path) -> bool:
        """Keep the fleet in a new file. Otherwise the person is told why not."""
        if self.busy:
            self.tell_busy()
            return False
        self.finish_tick()
        try:
            with self._lock:
                self.workspace.keep_in(path)
        except LapseError as error:
            self.tell(str(error), "error")
            return False
        self.lost, self.was_kept_in = "", None
        self._changed(None)
        return True

    def _go_on_unkept(self, error: FleetLost) -> None:
        """Go on without the file. A large fleet is rebuilt in a thread; until then nothing is asked of it."""
        self.lost, self.was_kept_in = str(error), self.workspace.path
        tick = Tick(self._rebuild, lambda: None)
        self.hold(_REBUILDS)
        if len(self.workspace.world.instances) < limits.STEPPED_IN_THREAD:
            self._end_rebuild(tick)
        else:
            self.tell(f"{self.lost}. Its history is rebuilt from memory.", "error")
            self._host.in_thread(lambda: self._run_rebuild(tick))

    def _rebuild(self, tick: Tick) -> Change:
        with self._lock:
            self.workspace.go_on_unkept()
        raise FleetLost(self.lost)

    def _run_rebuild(self, tick: Tick) -> None:
        """In the thread."""
        with self.right_of_way.beside():
            tick.run()
        self._host.call_later(self._end_rebuild, tick)

    def _end_rebuild(self, tick: Tick) -> None:
        outcome = tick.outcome()
        self.busy = False
        self._not_rebuilt = "" if isinstance(outcome, FleetLost) else f"{outcome}"
        self._changed(None)
        self.warn_unkept()

    def warn_unkept(self) -> None:
        """Say what became of the file, and what can be done."""
        then = f"What you see is not saved now: {self.keep_key} keeps it in a new file."
        if self.workspace.path != MEMORY:
            then = self._why_busy if self.busy else self._not_rebuilt
        self.tell(f"{self.lost}. {then}", "error")

    def _change(self, make: Callable[[], Change], *, playing: bool = False) -> Change | None:
        if self.busy:
            self.tell_busy()
            return None
        self.finish_tick()
        self.wants_to_write()
        try:
            with self._lock:
                change = make()
        except LapseError as error:
            self._failed(error, playing=playing)
            return None
        self._changed(change)
        return change

    def since(self, revision: int) -> Change | None:
        """All that changed since a revision, as one change; None where that isn't known any more."""
        changes = [change for number, change in self._past if number > revision]
        known = [change for change in changes if change is not None]
        if len(known) < self.revision - revision or not known:
            return None
        last = known[-1]
        return last._replace(
            before=known[0].before,
            happened=sum(change.happened for change in known),
            accounts=frozenset().union(*(change.accounts for change in known)),
            instances=frozenset().union(*(change.instances for change in known)),
            counted=sum_counts(change.counted for change in known),
        )

    def _changed(self, change: Change | None) -> None:
        self.revision += 1
        self._past.append((self.revision, None if change is None else change._replace(events=())))
        self.forecasts.follow(change)
        self.troubles.follow(change)
        self.tally.forget()
        self._host.announce(FleetChanged(change))
        if not self.pacer.playing:
            # While it plays, that is done now and then.
            self._merge_soon()

    def _failed(self, error: LapseError, *, playing: bool = False) -> None:
        """Say what went wrong. A step of a clock that plays is made up for by the next, where another program wrote;
        what another program left that can't be read is said once, for nobody asked for it.
        """
        if isinstance(error, _CantTakeOver):
            if str(error) != self._unreadable:
                self._unreadable = str(error)
                self.pacer.pause()
                self.tell(str(error), "error", besides=True)
            return
        if not (playing and isinstance(error, FleetMoved)):
            self.pacer.pause()
        if isinstance(error, FleetLost):
            self._go_on_unkept(error)
            return
        self._changed(None)
        self._tried = None
        # What is drawn isn't to say the same again.
        self._unreadable = "" if isinstance(error, FleetMoved) else str(error)
        if isinstance(error, FleetMoved):
            undone = "" if playing else "; nothing was done"
            self.tell(f"Another program changed the fleet. It was reloaded{undone}.", "warning", besides=True)
        else:
            self.tell(str(error), "error", besides=True)


def _gathering(bad: list[Event]) -> Watch:
    """Gathers the bad events of an instant, and stops there."""

    def watch(events: list[Event]) -> bool:
        bad.extend(event for event in events if is_bad(event))
        return bool(bad)

    return watch
