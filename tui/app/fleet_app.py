"""The layer of the app that holds a fleet: it informs screens and the person, and does work in threads."""

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
from tui.look.configured_app import Columns, ConfiguredApp, Surroundings
from tui.screens.fleet_screen import FleetScreen
from tui.settings.settings import Settings, SettingsStore
from tui.settings.settings_file import SettingsError

UNCHANGED: Final = 2.0
"""Real seconds without a change after which a long log is indexed."""
_PATIENCE: Final = 1
"""Real seconds that a key waits while another program writes. After that, the person is told and may try again."""
WATCH: float = 0.25
"""Real seconds between two checks whether another program changed the fleet or its file."""
_COLLECT_EVERY: Final = 1.0
"""Real seconds between two garbage collections."""
_QUIET: Final = 0.3
"""Real seconds without a key after which garbage may be collected."""
_IDLE: Final = 0.1
"""Real seconds without a key after which background work in the app's own thread may go on."""

_SEVERITIES: Final[Sequence[Severity]] = ("information", "warning", "error")

_LAYOUTS: Final = 2
"""How often a screen is laid out in advance. The content may change the layout once the screen knows its size."""


class FleetApp(ConfiguredApp, inherit_bindings=False):
    """An app that shows one fleet, and informs every open screen when the fleet has changed."""

    session: Session
    """The session of the fleet that is shown. It does not exist while the greeting or the opening screen is shown."""

    def __init__(self, kept: SettingsStore, columns: Columns, surroundings: Surroundings | None) -> None:
        super().__init__(kept, columns, surroundings)
        self._has_session = False
        self._indexing = False
        self._index_timer: Timer | None = None
        self._sentences: tuple[str, Severity] | None = None
        """The sentences shown since the fleet last changed, and their severity."""
        self._watch_timer: Timer | None = None
        self._garbage_timer: Timer | None = None
        self._warned_at: int | None = None
        """The revision of the fleet at which the person was warned that leaving loses it."""

    # The fleet that is shown

    def _begin_session(self, workspace: Workspace, name: str) -> None:
        """Create the session for a fleet, which is shown from now on."""
        spare_the_collector()
        workspace.wait_at_most(_PATIENCE)
        with suppress(LapseError):
            # A file that can't be read is reported where its content is shown.
            workspace.remember()
        self.session = Session(workspace, name, self, self.kept)
        self.session.keep_key = self.keymap.key("keep")
        self._has_session = True

    def _start_background_work(self) -> None:
        """Start the background work, once the first screen is there."""
        self._indexing = False
        self._index_log()
        self._watch()
        self.call_after_refresh(self._start_forecasts)
        if not self.is_headless:
            # In a headless app nobody waits for a screen, so none is prepared.
            self.run_worker(self._prepare(MODES))
            if self._garbage_timer is None:
                collect_only_when_told()
                self._garbage_timer = self.set_interval(_COLLECT_EVERY, self._collect_garbage)

    def _collect_garbage(self) -> None:
        """Collect garbage if no key was pressed for a moment."""
        if not self.session.right_of_way.claimed(_QUIET):
            collect(keeps=len(self.screen_stack) == 1)

    def _watch(self) -> None:
        """Check the file at regular intervals from now on, if the fleet has one."""
        if self._watch_timer is not None:
            self._watch_timer.stop()
            self._watch_timer = None
        if self.session.workspace.path != MEMORY:
            self._watch_timer = self.set_interval(WATCH, self._look)

    def _look(self) -> None:
        """Check the file, unless a key is being answered."""
        session = self.session
        if not session.right_of_way.claimed(ANSWER):
            session.look()

    async def action_keep(self) -> None:
        """Ask for a path, and save the unsaved fleet in a new file."""
        self.session.pacer.pause()
        await self.push_screen(KeepDialog(self.session.was_kept_in), self._save_in)

    def _save_in(self, path: Path | None) -> None:
        if path is not None and self.session.keep_in(path):
            self.tell(f"The fleet is kept in {path}.")
            self._watch()

    async def action_quit(self) -> None:
        """Quit. If the file was lost and the fleet is not saved in another one, warn the person first; the next attempt
        quits.
        """
        session = self.session if self._has_session else None
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

    def _end_session(self) -> None:
        """Stop the work on the fleet that was shown, and close its file."""
        if self._watch_timer is not None:
            self._watch_timer.stop()
        self.session.wants_to_write()
        self.session.forecasts.close()
        self.session.workspace.close()

    def _start_forecasts(self) -> None:
        """Start the forecasts, once the first screen is there."""
        self.session.forecasts.follow(None)
        self._announce_foreseen()

    async def on_event(self, event: events.Event) -> None:
        """Make background work wait while a key or a mouse event is answered. A headless app does not do this, because
        nobody waits there, and a recording has its own time.
        """
        if self._has_session and not self.is_headless and isinstance(event, events.InputEvent):
            self.session.right_of_way.claim()
        await super().on_event(event)

    async def _prepare(self, modes: Iterable[str]) -> None:
        """Prepare the screens of these modes while the app is idle, so that they appear at once. Stops if another fleet
        is shown meanwhile.
        """
        session = self.session
        for mode in modes:
            await self._idle(session)
            if self.session is not session or not has_mode(self, mode):
                return
            if not has_screen(self, mode):
                await self._lay_out(await make_screen(self, mode), session)
        # The prepared screens live as long as the fleet is shown: the collector need not scan them.
        spare_the_collector()

    async def _idle(self, session: Session) -> None:
        """Wait until no key has been pressed for a moment."""
        await sleep(_IDLE)
        while session.right_of_way.claimed(_IDLE):
            await sleep(_IDLE)

    async def _lay_out(self, screen: Screen[object], session: Session) -> None:
        """Lay out and draw a screen that is not shown yet. This fills caches, so that it appears quickly later."""
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
        """Do nothing. Textual delays the display here until a new screen is ready, but ours are prepared."""

    # Messages

    def announce(self, message: FleetChanged) -> None:
        """Send the one message after a change to every open screen. Earlier sentences are removed, because they are
        about an earlier moment; while the clock plays, they stay long enough to be read.
        """
        if self.session.pacer.playing:
            self._sentences = None
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
        """Index a log that has become long, in a thread, once the fleet has not changed for a while, because a write
        would have to wait for the index. Until then, only the newest part of the log is read.
        """
        if self._index_timer is not None:
            self._index_timer.stop()
            self._index_timer = None
        session = self.session
        if not self._indexing and not session.read(lambda: session.workspace.history.log_is_quick, True):
            self._index_timer = self.set_timer(UNCHANGED, self._begin_index)

    def _begin_index(self) -> None:
        """Start to index, unless the fleet is about to change. The change will start the next attempt."""
        session = self.session
        if not (self._indexing or session.busy or session.pacer.playing):
            self._indexing = True
            session.indexing.clear()
            self.in_thread(lambda: self._make_index(session))

    def _make_index(self, session: Session) -> None:
        """Index the log. Runs in a thread; a write stops it."""
        try:
            made = session.workspace.history.index_log(session.indexing.is_set)
        except LapseError as error:
            # Do not try again: the log is read without an index.
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
        """Run the work in a thread. An unexpected error in it ends the program, so that nothing waits forever."""
        self.run_worker(work, thread=True)

    def foreseen(self) -> None:
        """Tell the screens, later, that new forecasts are ready. The thread that makes them calls this."""
        self.call_later(self._announce_foreseen)

    def _announce_foreseen(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, FleetScreen):
                screen.post_message(Foreseen())

    def on_unmount(self) -> None:
        """Stop the threads."""
        if self._has_session:
            self.session.closing.set()
            self.session.wants_to_write()
            self.session.forecasts.close()

    def tell(self, sentence: str, severity: Severity = "information", *, besides: bool = False) -> None:
        """Show the person one sentence. It replaces the previous one; with `besides`, it is added to what was shown
        since the fleet last changed.
        """
        if besides and self._sentences is not None:
            before, how = self._sentences
            sentence, severity = f"{before}\n{sentence}", max(how, severity, key=_SEVERITIES.index)
        self._sentences = (sentence, severity)
        for screen in self.screen_stack:
            if isinstance(screen, FleetScreen) and screen.ready:
                screen.place_toasts()
        self.notify(sentence, severity=severity, markup=False, timeout=6 if severity == "information" else 10)

    def on_notify(self, event: Notify) -> None:
        """Replace the previous notification, because there is room for one only."""
        super().clear_notifications()

    def clear_notifications(self) -> None:
        """Remove the notifications, and forget the sentences."""
        self._sentences = None
        super().clear_notifications()

    def _draw(self) -> None:
        if isinstance(self.screen, FleetScreen) and self.screen.ready:
            self.screen.draw()

    def apply_settings(self, settings: Settings, told: str = "") -> None:
        """Apply settings, save them, and draw again. Tell the person `told`, or that they can't be saved."""
        try:
            super().apply_settings(settings)
        except SettingsError as error:
            self.tell(str(error), "warning")
        else:
            if told:
                self.tell(told)
        for screen in self.screen_stack:
            if isinstance(screen, FleetScreen) and screen.ready:
                screen.settled()
                screen.draw()
