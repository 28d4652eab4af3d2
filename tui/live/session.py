"""The session: the workspace as the screens use it. Screens read the fleet and change it only through the session."""

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
from core.workspace.change import Change, Progress, Watch
from core.workspace.workspace import Workspace
from core.world.actions import Action
from core.world.events import Event
from core.world.severity import badness, is_bad
from tui.live import limits
from tui.live.clock_step import ClockStep
from tui.live.day_tally import DayTally
from tui.live.forecasts import Forecasts
from tui.live.pacer import Pacer
from tui.live.right_of_way import RightOfWay
from tui.live.troubles import Troubles
from tui.settings.settings import Settings, SettingsStore
from tui.text.cells import one_line

T = TypeVar("T")
_PAST: Final = 1_000
"""The number of latest changes that are remembered."""
CLOCK_RUNS: Final = "The clock is running: wait for it, or stop it."
ACTS: Final = "An action on many instances is running: wait until it is done, or stop it."
_IMPORTS: Final = "A fleet is being imported: wait until that is done."
_REBUILDS: Final = "The fleet's history is being rebuilt from memory: wait until that is done."

Severity = Literal["information", "warning", "error"]


class _CantTakeOver(StoreError):
    """What another program wrote can't be read. The loaded fleet has not changed."""


class FleetChanged(Message):
    """The fleet changed. `change` says how; None means that anything may have changed, for example because another
    program wrote to the file.
    """

    def __init__(self, change: Change | None) -> None:
        super().__init__()
        self.change = change


class Foreseen(Message):
    """Forecasts that were being made are ready."""


class Host(Protocol):
    """What a session needs from the app that shows it."""

    def announce(self, message: FleetChanged) -> None:
        """Send the message to every screen that shows the fleet."""

    def foreseen(self) -> None:
        """Send `Foreseen` to every screen that shows the fleet. A thread may call this."""

    def tell(self, sentence: str, severity: Severity = "information", *, besides: bool = False) -> None:
        """Show the person one sentence. It replaces the previous one; with `besides`, it is added to what was shown
        since the fleet last changed.
        """

    def in_thread(self, work: Callable[[], None]) -> None:
        """Run the work in a thread of its own."""

    def call_later(self, callback: Callable[[ClockStep], None], step: ClockStep, /) -> object:
        """Call `callback` with `step` later, in the app's own thread. A thread may call this."""


class Session:
    """The workspace as the screens use it. An error is shown to the person as a sentence and never raised."""

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
        """Held while the fleet changes, and while it is copied for a forecast."""
        self._host = host
        self._step: ClockStep | None = None
        """The step in progress, until its outcome is taken over."""
        self.right_of_way = RightOfWay()
        self.forecasts = Forecasts(workspace, self._lock, host.in_thread, host.foreseen, self.right_of_way)
        self.tally = DayTally(workspace, self.read)
        self.troubles = Troubles(workspace, self.forecasts)
        self.busy = False
        """Whether a thread holds the fleet. Until it is done, nobody else may change the fleet or read its file."""
        self._why_busy = CLOCK_RUNS
        """What the thread is doing, as a sentence for a person who wants to change the fleet meanwhile."""
        self.indexing = Flag()
        """Set to stop the thread that indexes the log, and while the log must not be indexed."""
        self.closing = Flag()
        """Set when the program ends; threads then stop as soon as they can."""
        self._unreadable = ""
        """The last error sentence about a file that can't be read, so that it is not shown again."""
        self._tried_version: int | None = None
        """The version of the file at the last attempt to take over another program's changes, successful or not."""
        self._merging = False
        self.lost = ""
        """What happened to the fleet's file if it was lost; otherwise empty."""
        self.was_kept_in: Path | None = None
        """The path of the lost file."""
        self._not_rebuilt = ""
        """Why the fleet can't be rebuilt in memory; otherwise empty."""
        self.keep_key = "K"
        """The key that saves the fleet in a new file."""
        self.revision = 0
        """The number of changes announced so far."""
        self._past: deque[tuple[int, Change | None]] = deque(maxlen=_PAST)
        """The latest changes, each with the revision it led to."""
        self.culprit: str | None = None
        """The id of the instance for which the clock last paused by itself, until a screen has shown it."""
        self.opened_at = workspace.world.events
        """The number of events when the dashboard was opened. Later events are new to the person."""
        self.tell = host.tell
        self._kept = kept or SettingsStore()

    @property
    def settings(self) -> Settings:
        """The person's current settings."""
        return self._kept.settings

    def hold(self, why: str) -> None:
        """Mark the session as busy, because a thread holds the fleet from now on. `why` is the sentence for a person
        who wants to change the fleet meanwhile.
        """
        self.busy, self._why_busy = True, why

    def tell_busy(self) -> None:
        """Tell the person why the fleet can't be changed now."""
        self.tell(self._why_busy, "warning")

    def wants_to_write(self) -> None:
        """Stop the thread that indexes the log, because a write would have to wait for it."""
        self.indexing.set()

    def read(self, ask: Callable[[], T], otherwise: T) -> T:
        """The result of `ask`, which reads the file in order to draw it. While a thread holds the fleet, or if the file
        can't be read, the result is `otherwise`. An error is shown to the person once.
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
        """Keep the fleet unchanged within this context, for example to copy a part of it. Changes wait for its end."""
        with self._lock:
            yield

    def act(self, action: Action, *, advise: bool = True) -> Change | None:
        """Do an action and tell the person what was done, with the advice of its events unless `advise` is False. None
        if it was not done; then the person was told why.
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
        """Do several actions in one transaction. None if none was done; then the person was told why."""
        return self._change(lambda: self.workspace.act_each(actions))

    def advance(self, to: int, *, playing: bool = False) -> Change | None:
        """Move the clock to `to`. If the clock plays until something bad happens, it stops there and pauses. None if it
        did not move; then the person was told why.
        """
        if not (playing and self.pacer.until_bad):
            return self._change(lambda: self.workspace.advance(to, playing=playing), playing=playing)
        bad: list[Event] = []
        change = self._change(lambda: self.workspace.advance(to, playing=True, watch=_collecting(bad)), playing=True)
        if bad and change is not None:
            self._pause_for(bad)
        return change

    # A step of the playing clock

    def start_step(self, to: int, over: Callable[[], None]) -> None:
        """Start a step of the playing clock to `to`, and call `over` when it is done.

        The step of a large fleet runs in a thread, so that no key waits for it. Does nothing while another such step is
        in progress.
        """
        self.wants_to_write()
        if len(self.workspace.world.instances) < limits.STEPPED_IN_THREAD or self.workspace.path == MEMORY:
            self.advance(to, playing=True)
            over()
        elif self._step is None and not self.busy:
            until_bad = self.pacer.until_bad
            step = self._step = ClockStep(lambda step: self._run_step(step, to, until_bad), over)
            self._host.in_thread(lambda: self._step_in_thread(step))

    def _step_in_thread(self, step: ClockStep) -> None:
        with self.right_of_way.beside():
            step.run()
        self._host.call_later(self._step_done, step)

    def _run_step(self, step: ClockStep, to: int, until_bad: bool) -> Change:
        """Advance the clock for a step. Usually called in the step's thread."""

        def progress(clock: int, count: int) -> bool:
            self.right_of_way.give()
            return self.closing.is_set()

        watch = _collecting(step.bad) if until_bad else None
        with self._lock:
            return self.workspace.advance(to, progress, playing=True, watch=watch)

    def _step_done(self, step: ClockStep) -> None:
        if self._step is step:
            self.finish_step()

    def finish_step(self) -> None:
        """Wait for the step in progress, if there is one, and take over its outcome, so that what the person does next
        applies to the fleet after it.
        """
        step, self._step = self._step, None
        if step is None:
            return
        self.right_of_way.release()
        outcome = step.outcome()
        if isinstance(outcome, LapseError):
            self._failed(outcome, playing=True)
        else:
            self._changed(outcome)
            if step.bad:
                self._pause_for(step.bad)
        step.over()

    def _pause_for(self, bad: list[Event]) -> None:
        """Pause because of bad events. The reason names the worst one and says how many more there are."""
        worst = max(bad, key=badness)
        currency, calendar = self.workspace.currency_of(worst.account), self.workspace.calendar
        more = f", and {len(bad) - 1:,} more" if len(bad) > 1 else ""
        rule = f" ({worst.rule})" if worst.rule else ""
        who = worst.instance or worst.account or ""
        reason = f"{who}: {tell_coming(worst, 0, currency, calendar, self.workspace.clock)}{rule}{more}"
        self.pacer.pause(reason)
        self.culprit = worst.instance

    def next_event(self) -> Change | None:
        """Move the clock to the next event. None if it did not move because of an error; then the person was told."""
        change = self._change(self.workspace.advance_to_next_event)
        if change is not None and not change.happened:
            self.tell("Nothing more is due: the clock stays where it is.")
        return change

    def run_long(self, to: int, progress: Progress) -> Change | LapseError:
        """Move the clock far. Call it in a thread after `hold`; nothing else may use the workspace meanwhile. Then pass
        the outcome to `finish_long` in the app's own thread.
        """
        self.wants_to_write()
        try:
            with self.right_of_way.beside(), self._lock:
                return self.workspace.advance(to, self._until_closing(progress))
        except LapseError as error:
            return error

    def act_long(self, plan: Callable[[], Sequence[Action]], progress: Progress) -> Change | LapseError:
        """Do many actions; `plan` returns them. Call it in a thread, like `run_long`."""
        self.wants_to_write()
        try:
            with self.right_of_way.beside(), self._lock:
                return self.workspace.act_each(plan(), self._until_closing(progress))
        except LapseError as error:
            return error

    def _until_closing(self, progress: Progress) -> Progress:
        """This `progress`, but cancelling also when the program ends."""
        return lambda clock, count: self.closing.is_set() or progress(clock, count)

    def begin_import(self) -> None:
        """Prepare for an import that will write. Nothing else may change the fleet until `finish_import`."""
        self.finish_step()
        self.wants_to_write()
        self.hold(_IMPORTS)

    def import_fleet(self, write: Callable[[], T]) -> T:
        """Run `write`, which writes an import, with the fleet locked. Call it in a thread, between `begin_import` and
        `finish_import`.
        """
        with self.right_of_way.beside(), self._lock:
            return write()

    def finish_import(self) -> None:
        """Take over the fleet after an import, whether or not it succeeded."""
        self.busy = False
        self._changed(None)

    def finish_long(self, outcome: Change | LapseError) -> Change | None:
        """Take over the outcome of a long run. None if it failed; then the person was told."""
        self.busy = False
        if isinstance(outcome, LapseError):
            self._failed(outcome)
            return None
        self._changed(outcome)
        return outcome

    # What other programs do to the file

    def look(self, *, take_over: bool = True) -> None:
        """Check the file. If it was lost, continue without it. If another program wrote to it, reload the fleet, unless
        `take_over` is False.

        A large fleet is reloaded in a thread. If rebuilding or reloading fails, it is not tried again until the person
        or another program does something.
        """
        if self.busy or self._step is not None:
            return
        try:
            behind = self.workspace.is_behind()
            version = self.workspace.file_version
        except FleetLost as error:
            if str(error) != self.lost:
                self._failed(error)
        except LapseError:
            # The next read or write will show the error.
            return
        else:
            if not (behind and take_over):
                self._merge_soon()
            elif version != self._tried_version:
                self._tried_version = version
                self._take_over()

    def _merge_soon(self) -> None:
        """Merge the write-ahead log into the file, in a thread because it waits for the disk."""
        if self.workspace.pending and not self._merging:
            self._merging = True
            self._host.in_thread(self._merge)

    def _merge(self) -> None:
        self.workspace.merge_file()
        self._merging = False

    def _take_over(self) -> None:
        def read_anew(step: ClockStep) -> Change:
            with self._lock:
                try:
                    self.workspace.reload(lambda _: self.right_of_way.give())
                except StoreError as error:
                    with suppress(LapseError):
                        # The reload opened a new connection, which has its own version numbers.
                        self._tried_version = self.workspace.file_version
                    raise _CantTakeOver(str(error)) from error
            raise FleetMoved("another program changed the fleet")

        step = self._step = ClockStep(read_anew, lambda: None)
        if len(self.workspace.world.instances) < limits.STEPPED_IN_THREAD:
            self.finish_step()
        else:
            self._host.in_thread(lambda: self._step_in_thread(step))

    def keep_in(self, path: Path) -> bool:
        """Save the fleet in a new file and continue with it. False if that failed; then the person was told why."""
        if self.busy:
            self.tell_busy()
            return False
        self.finish_step()
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
        """Continue without the file. A large fleet is rebuilt in a thread, which holds it until then."""
        self.lost, self.was_kept_in = str(error), self.workspace.path
        step = ClockStep(self._rebuild, lambda: None)
        self.hold(_REBUILDS)
        if len(self.workspace.world.instances) < limits.STEPPED_IN_THREAD:
            self._end_rebuild(step)
        else:
            self.tell(f"{self.lost}. Its history is rebuilt from memory.", "error")
            self._host.in_thread(lambda: self._run_rebuild(step))

    def _rebuild(self, step: ClockStep) -> Change:
        with self._lock:
            self.workspace.go_on_unkept()
        raise FleetLost(self.lost)

    def _run_rebuild(self, step: ClockStep) -> None:
        with self.right_of_way.beside():
            step.run()
        self._host.call_later(self._end_rebuild, step)

    def _end_rebuild(self, step: ClockStep) -> None:
        outcome = step.outcome()
        self.busy = False
        self._not_rebuilt = "" if isinstance(outcome, FleetLost) else f"{outcome}"
        self._changed(None)
        self.warn_unkept()

    def warn_unkept(self) -> None:
        """Tell the person what happened to the file, and what to do."""
        then = f"What you see is not saved now: {self.keep_key} keeps it in a new file."
        if self.workspace.path != MEMORY:
            then = self._why_busy if self.busy else self._not_rebuilt
        self.tell(f"{self.lost}. {then}", "error")

    def _change(self, make: Callable[[], Change], *, playing: bool = False) -> Change | None:
        if self.busy:
            self.tell_busy()
            return None
        self.finish_step()
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
        """All changes since a revision, combined into one change without events; None if they are no longer known."""
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
            # While the clock plays, `look` does this from time to time.
            self._merge_soon()

    def _failed(self, error: LapseError, *, playing: bool = False) -> None:
        """Tell the person what went wrong, and pause the clock.

        If another program wrote during a step of the playing clock, the clock goes on: the next step makes up for it.
        If what another program wrote can't be read, that is said only once, because the person did not ask for it.
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
        self._tried_version = None
        # Drawing may meet the same error: do not show it again.
        self._unreadable = "" if isinstance(error, FleetMoved) else str(error)
        if isinstance(error, FleetMoved):
            undone = "" if playing else "; nothing was done"
            self.tell(f"Another program changed the fleet. It was reloaded{undone}.", "warning", besides=True)
        else:
            self.tell(str(error), "error", besides=True)


def _collecting(bad: list[Event]) -> Watch:
    """A watch that collects the bad events of an instant in `bad` and stops the advance there."""

    def watch(events: list[Event]) -> bool:
        bad.extend(event for event in events if is_bad(event))
        return bool(bad)

    return watch
