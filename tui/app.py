"""The dashboard: the app that holds the workspace, the three screens, the clock's pace and the themes."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final

from humanize import naturalsize
from textual import events
from textual.binding import BindingType
from textual.timer import Timer
from textual.widgets import Input

from core.errors import LapseError
from core.importing import Imported, tell_import
from core.instants import DAY, Duration
from core.policy import load_policy
from core.store.file import MEMORY
from core.telling import tell_clock
from core.workspace import Change, Workspace
from tui.commands import ACCOUNT, GREETING, MODES, OVERVIEW, RENEWAL
from tui.dialogs.go_to import GoTo
from tui.dialogs.help import Help
from tui.dialogs.import_fleet import ImportDialog, Place
from tui.dialogs.long_run import LongRun
from tui.dialogs.palette import Palette
from tui.dialogs.settings import SettingsDialog
from tui.screens.account import AccountScreen
from tui.screens.base import INSTANCE, FleetScreen, LogSubject
from tui.screens.greeting import Begun, Greeting
from tui.screens.instances import InstanceScreen
from tui.screens.log import LogScreen
from tui.screens.overview import COLUMNS as OVERVIEW_COLUMNS
from tui.screens.overview import OverviewScreen
from tui.screens.renewal import COLUMNS as RENEWAL_COLUMNS
from tui.screens.renewal import RenewalScreen
from tui.session import FleetChanged, Foreseen, Session, Severity
from tui.settings import Kept, Settings, SettingsError
from tui.settled import SettledApp, Surroundings
from tui.themes import following

COLUMNS_TO_HIDE: Final = {
    OVERVIEW: [column.title for column in OVERVIEW_COLUMNS[1:]],
    RENEWAL: [column.title for column in RENEWAL_COLUMNS[1:]],
}
"""The columns that a person can hide: all but the ids."""
LONG: int = 100_000
"""An advance of more instance-days than this runs in a thread."""


class LapseApp(SettledApp, inherit_bindings=False):
    """Lapse in a terminal."""

    CSS_PATH = "app.tcss"
    TITLE = "Lapse"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    session: Session
    """The fleet that is shown. There is none only while the greeting is, where none is kept yet."""

    def __init__(
        self,
        workspace: Workspace | None,
        *,
        name: str,
        path: Path = MEMORY,
        kept: Kept | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        super().__init__(kept or Kept(), COLUMNS_TO_HIDE, surroundings)
        self.animation_level = "none"
        self._path = path if workspace is None else workspace.path
        self._greets = workspace is None
        self._timer: Timer | None = None
        self._indexing = False
        if workspace is not None:
            self._hold(workspace, name)
        self.add_mode(GREETING, lambda: Greeting(self._path, load_policy(), self._begun))

    def _hold(self, workspace: Workspace, name: str) -> None:
        """Make a fleet the one that is shown."""
        self.session = Session(workspace, name, self._announce, self._tell, self._in_thread, self._foreseen, self.kept)
        self.add_mode(OVERVIEW, lambda: OverviewScreen(self.session))
        self.add_mode(RENEWAL, lambda: RenewalScreen(self.session))
        self.add_mode(ACCOUNT, lambda: AccountScreen(self.session))

    async def on_mount(self) -> None:
        """Begin with the Overview, or the greeting, and with what is wrong with the settings."""
        await self.switch_mode(GREETING if self._greets else OVERVIEW)
        for complaint in self.complaints:
            self._tell(complaint, "warning")
        if not self._greets:
            self._index_log()
            self.call_after_refresh(self._foresee)

    # Beginning

    def _begun(self, begun: Begun) -> None:
        """A fleet was begun in the greeting, or begun anew from an import."""
        # Not now: this may run in a screen that goes with the fleet that was shown.
        self.call_later(self._show_begun, begun)

    async def _show_begun(self, begun: Begun) -> None:
        with self.batch_update():
            if not self._greets:
                await self.switch_mode(GREETING)
                for mode in MODES:
                    await self.remove_mode(mode)
                self.session.forecasts.close()
                self.session.workspace.close()
            self._greets = False
            self._hold(begun.workspace, begun.workspace.head.name)
            await self.switch_mode(OVERVIEW)
            self._indexing = False
            self._index_log()
        self.call_after_refresh(self._foresee)
        if begun.told:
            self._tell(begun.told)
        if begun.buy and isinstance(self.screen, FleetScreen):
            self.call_after_refresh(self.screen.action_run, "buy")

    async def action_import_fleet(self) -> None:
        """Ask for a file, then take it in."""
        self._pause()
        workspace = self.session.workspace
        await self.push_screen(ImportDialog(Place(workspace.path, self.session, workspace.policy)), self._imported)

    def _imported(self, imported: Imported | None) -> None:
        if imported is None:
            return
        told = "\n".join(tell_import(imported)[:-1])
        if imported.workspace is self.session.workspace:
            self._tell(told)
        else:
            self._begun(Begun(imported.workspace, False, told))

    def _foresee(self) -> None:
        """Begin the forecasts once the first screen is there."""
        self.session.forecasts.follow(None)
        self._announce_foreseen()

    def on_key(self, event: events.Key) -> None:
        """Give a character to the field that got the focus while it was on its way, so that no key of a burst is lost.

        A field keeps the characters it receives: one that comes up to the app was sent before the field was there.
        """
        if isinstance(self.focused, Input) and event.is_printable and event.character is not None:
            event.stop()
            event.prevent_default()
            self.focused.insert_text_at_cursor(event.character)

    # Telling

    def _announce(self, message: FleetChanged) -> None:
        """The one message after a change: to every screen in sight."""
        for screen in self.screen_stack:
            if isinstance(screen, FleetScreen):
                screen.post_message(FleetChanged(message.change))
        self._index_log()

    def _index_log(self) -> None:
        """Let a thread index a log that has become long, once; what is read of it until then is its newest part."""
        try:
            wanted = not self._indexing and not self.session.busy and not self.session.workspace.log_is_quick
        except LapseError:
            # Whoever reads the log says why it can't be read.
            return
        if wanted:
            self._indexing = True
            self._in_thread(self._make_index)

    def _make_index(self) -> None:
        """In a thread of its own."""
        try:
            self.session.workspace.index_log()
        except LapseError as error:
            self.call_from_thread(self._tell, str(error), "warning")
        else:
            self.call_from_thread(self._draw)

    def _in_thread(self, work: Callable[[], None]) -> None:
        self.run_worker(work, thread=True, exit_on_error=False)

    def _foreseen(self) -> None:
        """Called by the thread that makes forecasts."""
        self.call_later(self._announce_foreseen)

    def _announce_foreseen(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, FleetScreen):
                screen.post_message(Foreseen())

    def on_unmount(self) -> None:
        """Let the thread that makes forecasts end."""
        if not self._greets:
            self.session.forecasts.close()

    def _tell(self, sentence: str, severity: Severity = "information") -> None:
        self.notify(sentence, severity=severity, markup=False, timeout=6 if severity == "information" else 10)

    def _draw(self) -> None:
        if isinstance(self.screen, FleetScreen) and self.screen.ready:
            self.screen.draw()

    # Time

    def action_play(self) -> None:
        """Play, or pause."""
        pacer = self.session.pacer
        if pacer.playing:
            pacer.pause()
        else:
            pacer.play()
        self._set_timer()

    def action_play_until_bad(self) -> None:
        """Play until an instance stops, expires or is released, or a payment fails; or pause."""
        pacer = self.session.pacer
        if pacer.until_bad:
            pacer.pause()
        else:
            pacer.play(until_bad=True)
        self._set_timer()

    def action_speed(self, steps: int) -> None:
        """Play faster or slower."""
        if self.session.pacer.change(steps):
            self._set_timer()

    def _set_timer(self) -> None:
        """A timer runs only while the clock plays."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self.session.pacer.playing:
            self._timer = self.set_interval(self.session.pacer.interval, self._tick)
        self._draw()

    def _tick(self) -> None:
        session = self.session
        if session.pacer.playing and not session.busy:
            try:
                to = session.pacer.next_stop(session.workspace.clock, session.workspace.calendar)
            except LapseError as error:
                session.pacer.pause()
                self._tell(str(error), "warning")
            else:
                session.advance(to, playing=True)
                self._show_culprit()
        if not session.pacer.playing:
            self._set_timer()

    def _show_culprit(self) -> None:
        """Go to the instance because of which the clock paused, where a table shows it."""
        culprit, self.session.culprit = self.session.culprit, None
        if culprit is not None and isinstance(self.screen, InstanceScreen):
            self.screen.table.move_to_key(culprit)

    def action_step(self, days: int) -> None:
        """Move the clock on by days."""
        workspace = self.session.workspace
        try:
            to = workspace.calendar.after(workspace.clock, Duration(0, days * DAY))
        except LapseError as error:
            self._tell(str(error), "warning")
        else:
            self.advance_to(to)

    def action_next_event(self) -> None:
        """Move the clock to the next event."""
        self._pause()
        self.session.next_event()

    async def action_go_to(self) -> None:
        """Ask when, then move the clock there."""
        self._pause()
        await self.push_screen(GoTo(self.session), self._go)

    def _go(self, to: int | None) -> None:
        if to is not None:
            self.advance_to(to)

    def advance_to(self, to: int) -> None:
        """Move the clock; where that may take long, in a thread, with its progress shown."""
        self._pause()
        workspace = self.session.workspace
        days = (to - workspace.clock) // DAY
        if days * len(workspace.world.instances) < LONG:
            self.session.advance(to)
        elif not self.session.busy:
            self.session.busy = True
            self.push_screen(LongRun(self.session, to), self._arrived)

    def _arrived(self, outcome: Change | LapseError | None) -> None:
        if outcome is not None:
            self.session.finish_long(outcome)

    def _pause(self) -> None:
        pacer = self.session.pacer
        if pacer.playing or pacer.reason is not None:
            pacer.pause()
            self._set_timer()

    # Screens

    async def action_mode(self, mode: str) -> None:
        """Go to one of the three screens."""
        await self._leave_log()
        if self.current_mode != mode:
            await self.switch_mode(mode)

    async def action_log(self) -> None:
        """Show everything that happened."""
        await self._open_log(None)

    async def action_log_of(self) -> None:
        """Show what happened to what is under the cursor: an instance, or an account."""
        if isinstance(self.screen, FleetScreen):
            await self._open_log(self.screen.subject())

    async def action_to_instance(self) -> None:
        """Go to the instance that is under the cursor of another screen."""
        subject = self.screen.subject() if isinstance(self.screen, FleetScreen) else None
        if subject is not None and subject.what == INSTANCE:
            await self.action_show_instance(subject.id)

    async def _open_log(self, subject: LogSubject | None) -> None:
        if isinstance(self.screen, FleetScreen):
            await self._leave_log()
            await self.push_screen(LogScreen(self.session, subject))

    async def _leave_log(self) -> None:
        if isinstance(self.screen, LogScreen):
            await self.pop_screen()

    async def action_show_instance(self, instance: str) -> None:
        """Go to an instance on the Overview; a filter that hides it goes away."""
        await self.action_mode(OVERVIEW)
        if isinstance(self.screen, OverviewScreen):
            self.screen.show_instance(instance)

    async def action_help(self) -> None:
        """Show the keys of this screen."""
        if isinstance(self.screen, FleetScreen):
            self._pause()
            await self.push_screen(Help(self.screen.mode_name, self.screen.situation(), self.keymap))

    async def action_palette(self) -> None:
        """Find a command."""
        screen = self.screen
        if isinstance(screen, FleetScreen):
            self._pause()
            await self.push_screen(Palette(screen.mode_name, screen.situation(), self.keymap), self._chosen)

    async def _chosen(self, command: str | None) -> None:
        if command is not None and isinstance(self.screen, FleetScreen):
            await self.screen.action_run(command)

    def action_next_theme(self) -> None:
        """The next theme."""
        self.settle(self.kept.settings._replace(theme=following(self.theme)))
        self._tell(f"Theme {self.theme}.")

    async def action_settings(self) -> None:
        """Show the settings, to change them."""
        if isinstance(self.screen, FleetScreen):
            self._pause()
            await self.push_screen(SettingsDialog(self))

    def settle(self, settings: Settings) -> None:
        """Take settings over, keep them, and draw by them; where they can't be kept, say so."""
        try:
            super().settle(settings)
        except SettingsError as error:
            self._tell(str(error), "warning")
        for screen in self.screen_stack:
            if isinstance(screen, FleetScreen) and screen.ready:
                screen.settled()
                screen.draw()

    def parting(self) -> str:
        """The line that is left in the terminal."""
        if self._greets:
            return f"No fleet was begun: there is none in {self._path} yet."
        workspace = self.session.workspace
        return parting(workspace.path, self.session.name, tell_clock(workspace.clock, workspace.calendar))


def run(workspace: Workspace | None, *, name: str, path: Path = MEMORY, kept: Kept | None = None) -> int:
    """Show the dashboard, or the greeting where `path` keeps no fleet yet, until the person leaves it, then say where
    the fleet is kept; gives the exit status.
    """
    app = LapseApp(workspace, name=name, path=path, kept=kept, surroundings=Surroundings.ask())
    app.run(mouse=app.kept.settings.mouse)
    print(app.parting())
    return app.return_code or 0


def parting(path: Path, name: str, clock: str) -> str:
    """The line that is left in the terminal."""
    kept = "kept nowhere"
    if path != MEMORY:
        size = f" ({naturalsize(path.stat().st_size)})" if path.exists() else ""
        kept = f"kept in {path}{size}"
    return f"{name}: the clock stands at {clock}; {kept}."
