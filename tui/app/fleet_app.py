"""The app as it holds a fleet: what it tells its screens and the person, and what it does in threads."""

from asyncio import sleep
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from textual import events
from textual.notifications import Notify
from textual.screen import Screen
from textual.timer import Timer

from core.base.errors import LapseError
from core.store.file import MEMORY
from core.workspace.workspace import Workspace
from tui.commands.table import MODES
from tui.dialogs.dialog import Dialog
from tui.dialogs.keep import KeepDialog
from tui.framework.internals import ToastRack, draw_unseen, has_mode, has_screen, lay_out, make_screen
from tui.live.right_of_way import ANSWER, collect, collect_only_when_told, spare_the_collector
from tui.live.session import FleetChanged, Foreseen, Session, Severity
from tui.look.settled_app import Columns, SettledApp, Surroundings
from tui.screens.fleet_screen import FleetScreen
from tui.settings.settings import Settings, SettingsStore
from tui.settings.settings_file import SettingsError

UNCHANGED: Final = 2.0
"""Seconds without a change after which a long log is indexed."""
_PATIENCE: Final = 1
"""Real seconds that keys wait while another program writes; then the person is told, and may try again."""
WATCH: float = 0.25
"""Real seconds between two looks whether another program changed the fleet, or its file."""
_TIDY: Final = 1.0
"""Real seconds between two collections of the garbage."""
_QUIET: Final = 0.3
"""Real seconds without a key after which there is time to collect it."""
_IDLE: Final = 0.1
"""Real seconds without a key after which there is time for something else."""

_SEVERITIES: Final[Sequence[Severity]] = ("information", "warning", "error")

_LAYOUTS: Final = 2
"""What a screen shows may change its layout once it knows its size."""


class FleetApp(SettledApp, inherit_bindings=False):
    """An app that shows one fleet, and tells every screen in sight when it changed."""

    session: Session
    """The fleet that is shown. There is none only while the greeting is, where none is kept yet."""

    def __init__(self, kept: SettingsStore, columns: Columns, surroundings: Surroundings | None) -> None:
        super().__init__(kept, columns, surroundings)
        self._holds = False
        self._indexing = False
        self._index_timer: Timer | None = None
        self._said: tuple[str, Severity] | None = None
        """What was said since the fleet changed last, and how."""
        self._watch_timer: Timer | None = None
        self._tidy_timer: Timer | None = None
        self._warned_at: int | None = None
        """The revision of the fleet at which the person was told that leaving loses it."""

    # Holding a fleet

    def _hold_session(self, workspace: Workspace, name: str) -> None:
        """Make a fleet the one that is shown."""
        spare_the_collector()
        workspace.wait_at_most(_PATIENCE)
        with suppress(LapseError):
            # What can't be read is said where it is shown.
            workspace.remember()
        self.session = Session(workspace, name, self, self.kept)
        self.session.keep_key = self.keymap.key("keep")
        self._holds = True

    def _follow_session(self) -> None:
        """Begin what goes on beside the screens, once the first of them is there."""
        self._indexing = False
        self._index_log()
        self._watch()
        self.call_after_refresh(self._foresee)
        if not self.is_headless:
            # Where nobody waits for a screen, nothing is made ahead of time.
            self.run_worker(self._prepare(MODES))
            if self._tidy_timer is None:
                collect_only_when_told()
                self._tidy_timer = self.set_interval(_TIDY, self._tidy)

    def _tidy(self) -> None:
        """Collect the garbage when no key was pressed for a moment."""
        if not self.session.right_of_way.claimed(_QUIET):
            collect(keeps=len(self.screen_stack) == 1)

    def _watch(self) -> None:
        """Look now and then what others do to the file, where there is one."""
        if self._watch_timer is not None:
            self._watch_timer.stop()
            self._watch_timer = None
        if self.session.workspace.path != MEMORY:
            self._watch_timer = self.set_interval(WATCH, self._look)

    def _look(self) -> None:
        """Take over what another program wrote, after the answer to a key that was just pressed."""
        session = self.session
        if not session.right_of_way.claimed(ANSWER):
            session.look()

    async def action_keep(self) -> None:
        """Ask for a path, and keep in a new file what is not saved."""
        self.session.pacer.pause()
        await self.push_screen(KeepDialog(self.session.was_kept_in), self._keep)

    def _keep(self, path: Path | None) -> None:
        if path is not None and self.session.keep_in(path):
            self.tell(f"The fleet is kept in {path}.")
            self._watch()

    async def action_quit(self) -> None:
        """Leave. Where the file was lost, and the fleet is kept in no other since, the person is told first."""
        session = self.session if self._holds else None
        if session is not None:
            if not session.busy:
                session.finish_step()
                session.look(take_over=False)
            if session.lost and self._warned_at != session.revision:
                self._warned_at = session.revision
                session.pacer.pause()
                session.warn_unkept()
                return
        await super().action_quit()

    def _leave_session(self) -> None:
        """Let go of the fleet that was shown."""
        if self._watch_timer is not None:
            self._watch_timer.stop()
        self.session.wants_to_write()
        self.session.forecasts.close()
        self.session.workspace.close()

    def _foresee(self) -> None:
        """Begin the forecasts once the first screen is there."""
        self.session.forecasts.follow(None)
        self._announce_foreseen()

    async def on_event(self, event: events.Event) -> None:
        """Let what else there is to do wait while a key, or what the mouse did, is answered. In a recording nobody
        waits, and it has a time of its own.
        """
        if self._holds and not self.is_headless and isinstance(event, events.InputEvent):
            self.session.right_of_way.claim()
        await super().on_event(event)

    async def _prepare(self, modes: Iterable[str]) -> None:
        """Make screens ready that a person will go to, while nothing else is to be done: then they come at once.

        It ends where another fleet is shown instead.
        """
        session = self.session
        for mode in modes:
            await self._idle(session)
            if self.session is not session or not has_mode(self, mode):
                return
            if not has_screen(self, mode):
                await self._lay_out(await make_screen(self, mode), session)
        # What the screens are made of stays as long as they do.
        spare_the_collector()

    async def _idle(self, session: Session) -> None:
        """Wait until no key has been pressed for a moment."""
        await sleep(_IDLE)
        while session.right_of_way.claimed(_IDLE):
            await sleep(_IDLE)

    async def _lay_out(self, screen: Screen[object], session: Session) -> None:
        """Lay out and draw a screen that isn't shown yet: what that caches makes its first showing quick."""
        for rack in screen.query(ToastRack):
            rack.display = False
        for _ in range(_LAYOUTS):
            if not screen.is_attached:
                return
            lay_out(screen, self.size)
            await self._idle(session)
        if isinstance(screen, FleetScreen) and screen.ready and screen.is_attached:
            screen.draw()
            await self._idle(session)
        if screen.is_attached and not screen.is_current:
            draw_unseen(screen, self.size)

    def delay_update(self, delay: float = 0.05) -> None:
        """Textual waits here until a screen it switches to is made; ours are."""

    # Telling

    def announce(self, message: FleetChanged) -> None:
        """The one message after a change: to every screen in sight. What was said before is about another moment; while
        the clock plays it stays as long as it takes to read.
        """
        if self.session.pacer.playing:
            self._said = None
        else:
            self.clear_notifications()
        for screen in self.screen_stack:
            if isinstance(screen, FleetScreen):
                if message.change is None:
                    screen.follow_at_once()
                screen.post_message(FleetChanged(message.change))
            elif isinstance(screen, Dialog):
                screen.follow()
        self._index_log()

    def _index_log(self) -> None:
        """Let a thread index a log that has become long, when nothing has changed the fleet for a while: who writes
        would wait for it. What is read of the log until then is its newest part.
        """
        if self._index_timer is not None:
            self._index_timer.stop()
            self._index_timer = None
        session = self.session
        if not self._indexing and not session.read(lambda: session.workspace.history.log_is_quick, True):
            self._index_timer = self.set_timer(UNCHANGED, self._begin_index)

    def _begin_index(self) -> None:
        """Begin, unless the fleet is about to change; then that is followed by the next attempt."""
        session = self.session
        if not (self._indexing or session.busy or session.pacer.playing):
            self._indexing = True
            session.indexing.clear()
            self.in_thread(lambda: self._make_index(session))

    def _make_index(self, session: Session) -> None:
        """In a thread of its own; whoever wants to write ends it."""
        try:
            made = session.workspace.history.index_log(session.indexing.is_set)
        except LapseError as error:
            # It isn't tried again: the log is read as it is.
            self.call_later(self.tell, str(error), "warning")
        else:
            self.call_later(self._indexed, made)

    def _indexed(self, made: bool) -> None:
        self._indexing = False
        if made:
            self._draw()
        else:
            self._index_log()

    def in_thread(self, work: Callable[[], None]) -> None:
        """Run the work in a thread. An unexpected error in it ends the program, so that nothing waits in vain."""
        self.run_worker(work, thread=True)

    def foreseen(self) -> None:
        """Tell the screens, later, that forecasts were made; the thread that makes them calls it."""
        self.call_later(self._announce_foreseen)

    def _announce_foreseen(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, FleetScreen):
                screen.post_message(Foreseen())

    def on_unmount(self) -> None:
        """Let the threads end."""
        if self._holds:
            self.session.closing.set()
            self.session.wants_to_write()
            self.session.forecasts.close()

    def tell(self, sentence: str, severity: Severity = "information", *, besides: bool = False) -> None:
        """Show the person one sentence. It replaces the last one; `besides` keeps what was said since the fleet last
        changed.
        """
        if besides and self._said is not None:
            before, how = self._said
            sentence, severity = f"{before}\n{sentence}", max(how, severity, key=_SEVERITIES.index)
        self._said = (sentence, severity)
        for screen in self.screen_stack:
            if isinstance(screen, FleetScreen) and screen.ready:
                screen.place_toasts()
        self.notify(sentence, severity=severity, markup=False, timeout=6 if severity == "information" else 10)

    def on_notify(self, event: Notify) -> None:
        """There is room for one: each takes the place of the last."""
        super().clear_notifications()

    def clear_notifications(self) -> None:
        """What was said is over."""
        self._said = None
        super().clear_notifications()

    def _draw(self) -> None:
        if isinstance(self.screen, FleetScreen) and self.screen.ready:
            self.screen.draw()

    def settle(self, settings: Settings, told: str = "") -> None:
        """Take settings over, keep them, and draw by them; say `told`, or that they can't be kept."""
        try:
            super().settle(settings)
        except SettingsError as error:
            self.tell(str(error), "warning")
        else:
            if told:
                self.tell(told)
        for screen in self.screen_stack:
            if isinstance(screen, FleetScreen) and screen.ready:
                screen.settled()
                screen.draw()
