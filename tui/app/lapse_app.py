"""The dashboard: the app with its three main screens, its greeting and its dialogs."""

import signal
import sys
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from humanize import naturalsize
from textual.binding import BindingType
from textual.driver import Driver

from core.base.errors import LapseError
from core.base.instants import format_day
from core.rules.rulebook import load_policy
from core.store.file import MEMORY
from core.words.sentences import tell_clock
from core.workspace.importing import Imported, tell_import
from core.workspace.unread import Unread
from core.workspace.workspace import Workspace
from tui.app.clock_app import ClockApp
from tui.commands.table import ACCOUNT, BY_NAME, GREETING, MODES, OPENING, OVERVIEW, RENEWAL
from tui.dialogs.day import DayDialog
from tui.dialogs.help import Help
from tui.dialogs.import_fleet import ImportDialog, ImportTarget
from tui.dialogs.palette import Palette, Said, remember
from tui.dialogs.phrases import Setting, read_phrase
from tui.dialogs.settings_list import SettingsDialog
from tui.framework.internals import driver_of, take_styles_of
from tui.live.right_of_way import RightOfWay
from tui.look.configured_app import Surroundings
from tui.process.signals import SIGNALS, Stopped
from tui.screens.account_screen import AccountScreen
from tui.screens.filtered_screen import FilteredScreen
from tui.screens.fleet_screen import INSTANCE, FleetScreen, LogSubject
from tui.screens.greeting_screen import Begun, Greeting
from tui.screens.log_screen import LogScreen
from tui.screens.opening_screen import Opening
from tui.screens.overview_screen import COLUMNS as OVERVIEW_COLUMNS
from tui.screens.overview_screen import OverviewScreen
from tui.screens.quick_screen import QuickScreen
from tui.screens.renewal_screen import RenewalScreen
from tui.settings.settings import SettingsStore
from tui.settings.themes import ROUND, following
from tui.text.output import complain, say
from tui.widgets.renewal_rows import COLUMNS as RENEWAL_COLUMNS

COLUMNS_TO_HIDE: Final = {
    OVERVIEW: [column.title for column in OVERVIEW_COLUMNS[1:]],
    RENEWAL: [column.title for column in RENEWAL_COLUMNS[1:]],
}
"""The columns that a person can hide: all but the ids."""


class LapseApp(ClockApp, inherit_bindings=False):
    """Lapse in a terminal."""

    CSS_PATH = "app.tcss"
    TITLE = "Lapse"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        workspace: Workspace | Unread | None,
        *,
        name: str,
        path: Path = MEMORY,
        kept: SettingsStore | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        super().__init__(kept or SettingsStore(), COLUMNS_TO_HIDE, surroundings)
        self.animation_level = "none"
        self._path = path if workspace is None else workspace.path
        self._is_greeting = workspace is None
        self._unread: Unread | None = None
        self._chosen: list[Said] = []
        """The commands chosen in the palette, the latest first."""
        self.failure: LapseError | None = None
        """Why the fleet could not be read. The app ends when it is set."""
        if isinstance(workspace, Unread):
            self._unread = unread = workspace
            self.add_mode(OPENING, lambda: self._styled(Opening(unread)))
        elif workspace is not None:
            self._show_fleet(workspace, name)
        self.add_mode(GREETING, lambda: Greeting(self._path, load_policy(), self._begun))

    def _show_fleet(self, workspace: Workspace, name: str) -> None:
        """Show this fleet from now on."""
        self._begin_session(workspace, name)
        self.add_mode(OVERVIEW, lambda: self._styled(OverviewScreen(self.session)))
        self.add_mode(RENEWAL, lambda: self._styled(RenewalScreen(self.session)))
        self.add_mode(ACCOUNT, lambda: self._styled(AccountScreen(self.session)))

    def _styled(self, screen: QuickScreen) -> QuickScreen:
        """Mark a new screen as styled for the current theme, so that Textual does not read all styles again."""
        take_styles_of(self, screen)
        return screen

    async def on_mount(self) -> None:
        """Show the first screen, and tell the person what is wrong with the settings."""
        await self.switch_mode(GREETING if self._is_greeting else OVERVIEW if self._unread is None else OPENING)
        if told := self.told_at_first():
            self.tell("\n".join(told), "warning")
        if self._unread is not None:
            self.call_after_refresh(self.in_thread, partial(self._read, self._unread))
        elif not self._is_greeting:
            self._start_background_work()

    # The first screen

    def _read(self, unread: Unread) -> None:
        """Read a large fleet. Runs in a thread while the opening screen is shown."""
        try:
            with RightOfWay().beside():
                workspace = unread.read(self._reading)
        except LapseError as error:
            self.failure = error
            self.call_later(self.exit)
        else:
            self.call_later(self._show_read, workspace)

    def _reading(self, read: int) -> None:
        """Report the number of instances read so far. Called in the thread."""
        self.call_later(self._show_reading, read)

    def _show_reading(self, read: int) -> None:
        if isinstance(self.screen, Opening):
            self.screen.show(read)

    async def _show_read(self, workspace: Workspace) -> None:
        with self.batch_update():
            self._unread = None
            self._show_fleet(workspace, workspace.head.name)
            await self.switch_mode(OVERVIEW)
            await self.remove_mode(OPENING)
        self._start_background_work()

    def _begun(self, begun: Begun) -> None:
        """Show a fleet that was created in the greeting or by an import."""
        # Do it later, because this may run in a screen that is removed together with the previous fleet.
        self.call_later(self._show_begun, begun)

    async def _show_begun(self, begun: Begun) -> None:
        with self.batch_update():
            if not self._is_greeting:
                await self.switch_mode(GREETING)
                for mode in MODES:
                    await self.remove_mode(mode)
                self._end_session()
            self._is_greeting = False
            self._show_fleet(begun.workspace, begun.workspace.head.name)
            await self.switch_mode(OVERVIEW)
        self._start_background_work()
        if begun.told:
            self.tell(begun.told)
        if begun.buy and isinstance(self.screen, FleetScreen):
            await self.screen.action_buy()

    async def action_import_fleet(self) -> None:
        """Ask for a file and import it."""
        self._pause()
        workspace = self.session.workspace
        await self.push_screen(
            ImportDialog(ImportTarget(workspace.path, self.session, workspace.policy)), self._imported
        )

    def _imported(self, imported: Imported | None) -> None:
        if imported is None:
            return
        told = "\n".join(tell_import(imported)[:-1])
        if imported.workspace is self.session.workspace:
            self.tell(told)
        else:
            self._begun(Begun(imported.workspace, False, told))

    # Screens

    async def action_mode(self, mode: str) -> None:
        """Go to one of the three main screens."""
        await self._leave_log()
        if self.current_mode != mode:
            self.clear_notifications()
            with self.batch_update():
                shown = self.switch_mode(mode)
                if isinstance(self.screen, FleetScreen):
                    self.screen.catch_up()
                await shown

    async def action_log(self) -> None:
        """Show the whole log."""
        await self._open_log(None)

    async def action_inbox(self) -> None:
        """Go to the inbox of the account under the cursor. On the Account screen, switch between inbox and ledger."""
        screen = self.screen
        if isinstance(screen, AccountScreen):
            screen.turn_lists()
        elif isinstance(screen, FleetScreen):
            account = screen.account()
            await self.action_mode(ACCOUNT)
            if account is not None and isinstance(self.screen, AccountScreen):
                self.screen.show_inbox(account.id)

    async def action_show_day(self, day: int) -> None:
        """Show the events of a past day, or the forecast events of a coming one. The clock does not move."""
        if not isinstance(self.screen, FleetScreen):
            return
        calendar = self.session.workspace.calendar
        if day <= calendar.day_of(self.session.workspace.clock):
            await self._open_log(None, f"on:{format_day(day)}")
        else:
            self._pause()
            await self.push_screen(DayDialog(self.session, day), self._day_chosen)

    async def _day_chosen(self, instance: str | None) -> None:
        if instance is not None:
            await self.action_show_instance(instance)

    async def action_log_through(self, filter_text: str) -> None:
        """Show the events of the log that match a filter."""
        await self._open_log(None, filter_text)

    async def action_log_of(self) -> None:
        """Show the log of the instance or account under the cursor."""
        if isinstance(self.screen, FleetScreen):
            await self._open_log(self.screen.subject())

    async def action_to_instance(self) -> None:
        """Go to the instance under the cursor, on the Overview."""
        subject = self.screen.subject() if isinstance(self.screen, FleetScreen) else None
        if subject is not None and subject.what == INSTANCE:
            await self.action_show_instance(subject.id)

    async def _open_log(self, subject: LogSubject | None, filter_text: str = "") -> None:
        if isinstance(self.screen, FleetScreen):
            await self._leave_log()
            self.clear_notifications()
            await self.push_screen(LogScreen(self.session, subject, filter_text))

    async def _leave_log(self) -> None:
        if isinstance(self.screen, LogScreen):
            self.clear_notifications()
            await self.pop_screen()

    async def action_show_instance(self, instance: str) -> None:
        """Go to an instance on the Overview. A filter that hides it is removed."""
        await self.action_mode(OVERVIEW)
        if isinstance(self.screen, OverviewScreen):
            self.screen.show_instance(instance)

    async def action_help(self) -> None:
        """Show the keys of this screen."""
        if isinstance(self.screen, FleetScreen):
            self._pause()
            await self.push_screen(Help(self.screen.mode_name, self.screen.situation(), self.keymap))

    async def action_palette(self) -> None:
        """Open the palette to find a command."""
        screen = self.screen
        if isinstance(screen, FleetScreen):
            self._pause()
            said = partial(self._run_chosen, screen.highlighted())
            await self.push_screen(Palette(self._setting(screen), self._chosen), said)

    def _setting(self, screen: FleetScreen) -> Setting:
        return Setting(screen.mode_name, screen.situation(), ROUND, self.keymap)

    async def _run_chosen(self, highlighted: object, said: Said | None) -> None:
        """Run what was chosen in the palette, and remember it. An action is not run if another row is highlighted now
        than when the palette was opened. A phrase is parsed again, because the fleet may have changed.
        """
        screen = self.screen
        if said is None or not isinstance(screen, FleetScreen):
            return
        remember(said, self._chosen)
        if BY_NAME[said.command].group == "Act" and screen.highlighted() != highlighted:
            self.tell("What was highlighted is no longer there: nothing was done.", "warning")
        elif not said.is_phrase:
            await screen.action_run(said.text)
        elif screen.ready and not screen.too_small:
            self.session.finish_step()
            reading = read_phrase(said.text, self._setting(screen))
            if reading is not None and reading.action is not None:
                await screen.run_action(reading.action)
            elif reading is not None:
                self.tell(reading.told, "warning")

    async def action_filter_by(self, text: str) -> None:
        """Show only what matches a filter. If this screen can't be filtered, go to the Overview."""
        if not isinstance(self.screen, FilteredScreen):
            await self.action_mode(OVERVIEW)
        if isinstance(self.screen, FilteredScreen):
            self.screen.set_filter(text)

    def action_set_theme(self, theme: str) -> None:
        """Change to a theme by its name."""
        self.apply_settings(self.kept.settings._replace(theme=theme), f"Theme {theme}.")

    def get_driver_class(self) -> type[Driver]:
        """Our driver, which survives signals and a lost terminal, if Textual would use its own driver for terminals."""
        found = super().get_driver_class()
        if sys.platform == "win32":
            return found
        from textual.drivers.linux_driver import LinuxDriver

        from tui.process.terminal import TerminalDriver

        return TerminalDriver if found is LinuxDriver else found

    def _handle_exception(self, error: Exception) -> None:
        # If a signal comes while a screen is made, the screen is removed meanwhile, and errors are expected.
        if SIGNALS.came is None:
            super()._handle_exception(error)

    def action_suspend_process(self) -> None:
        """Suspend the program until the shell continues it, as ctrl+z does in other programs."""
        if sys.platform == "win32":
            return
        from tui.process.terminal import TerminalDriver

        driver = driver_of(self)
        if isinstance(driver, TerminalDriver):
            if self._has_session:
                self.session.finish_step()
            driver.suspend()

    def action_next_theme(self) -> None:
        """Change to the next theme."""
        self.action_set_theme(following(self.theme))

    async def action_settings(self) -> None:
        """Open the settings."""
        if isinstance(self.screen, FleetScreen):
            self._pause()
            await self.push_screen(SettingsDialog(self))

    def parting(self) -> str:
        """The line that is left in the terminal: where the fleet is stored."""
        if self._is_greeting:
            return f"No fleet was created: there is none in {self._path} yet."
        fleet = self._unread or self.session.workspace
        lost = "" if self._unread is not None else self.session.lost
        try:
            fleet.check_file()
        except LapseError as error:
            lost = str(error)
        name = fleet.head.name if self._unread is not None else self.session.name
        return parting(fleet.path, name, tell_clock(fleet.clock, fleet.head.policy.calendar), lost)

    @property
    def keeps(self) -> bool:
        """Whether committed changes are stored in a file."""
        return not self._has_session or self.session.workspace.path != MEMORY

    def close_fleet(self) -> None:
        """Close the file of the fleet that is shown."""
        if self._unread is not None:
            self._unread.close()
        elif self._has_session:
            self.session.workspace.close()


def run(
    workspace: Workspace | Unread | None, *, name: str, path: Path = MEMORY, kept: SettingsStore | None = None
) -> int:
    """Show the dashboard until the person leaves it, then print where the fleet is stored. If `workspace` is None, show
    the greeting first, which creates a fleet in `path`.

    Returns the exit status. Raises StoreError if an unread fleet can't be read, and Stopped if a signal ended the app.
    """
    app = LapseApp(workspace, name=name, path=path, kept=kept, surroundings=Surroundings.ask())
    try:
        app.run(mouse=app.kept.settings.mouse)
        if app.failure is not None:
            raise app.failure
        if SIGNALS.came is not None:
            SIGNALS.keeps = app.keeps
            if SIGNALS.came != signal.SIGINT:
                complain(f"ended by {signal.Signals(SIGNALS.came).name}; {SIGNALS.kept}")
            raise Stopped(SIGNALS.came)
        say(app.parting())
    finally:
        app.close_fleet()
    return app.return_code or 0


def parting(path: Path, name: str, clock: str, lost: str = "") -> str:
    """The line that is left in the terminal. `lost` says what happened to the file, if it was lost."""
    kept = f"not saved ({lost})" if lost else "not saved"
    if path != MEMORY and not lost:
        kept = f"kept in {path} ({naturalsize(path.stat().st_size)})"
    return f"{name}: the clock is at {clock}; {kept}."
