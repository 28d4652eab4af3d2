"""The layer of the app that moves the clock: playing, stepping and long advances."""

from core.base.errors import LapseError
from core.base.instants import DAY, Duration
from core.words.folding import fold
from core.words.tally import has_losses, tell_counts, tell_span
from core.workspace.change import Change
from core.workspace.workspace import Workspace
from tui.app.fleet_app import FleetApp
from tui.dialogs.go_to import GoTo
from tui.dialogs.long_run import LongRun
from tui.live import limits
from tui.live.pacer import SPEEDS
from tui.live.player import Player
from tui.live.session import CLOCK_RUNS, Severity
from tui.screens.fleet_screen import FleetScreen
from tui.screens.instance_screen import InstanceScreen
from tui.screens.log_screen import LogScreen
from tui.widgets.clock_bar import ClockBar
from tui.widgets.ticker import told_lines


class ClockApp(FleetApp, inherit_bindings=False):
    """An app in which a person can move the clock."""

    player: Player

    def _begin_session(self, workspace: Workspace, name: str) -> None:
        super()._begin_session(workspace, name)
        self.player = Player(self.session, self)

    def _end_session(self) -> None:
        self.player.pause()
        super()._end_session()

    def action_play(self) -> None:
        """Play or pause."""
        self.player.toggle()

    def action_play_until_bad(self) -> None:
        """Play until something bad happens, or pause."""
        self.player.toggle(until_bad=True)

    def action_speed(self, steps: int) -> None:
        """Change the speed by `steps`. If the clock bar may not show the speed, tell the person."""
        pacer = self.session.pacer
        if not self.player.change_speed(steps):
            self.tell(f"{pacer.speed.title} is the {'fastest' if steps > 0 else 'slowest'}.")
        elif not pacer.playing:
            self.tell(f"Plays at {pacer.speed.title}.")

    def action_set_speed(self, place: int) -> None:
        """Set the speed by its index in `SPEEDS`."""
        self.action_speed(place - SPEEDS.index(self.session.pacer.speed))

    def playing_changed(self) -> None:
        """Draw whether the clock plays, and how fast."""
        if self.session.pacer.playing:
            # Earlier messages are about an earlier moment.
            self.clear_notifications()
        self._draw()

    def stepped(self) -> None:
        """Show the outcome of a step. The cursor moves later, because a key that waited for the step refers to the row
        under the cursor when it was pressed.
        """
        self.call_later(self._show_culprit)
        self._tell_pause()

    def _tell_pause(self) -> None:
        """Tell the person why the clock paused by itself, if the clock bar has no room for the whole reason."""
        reason = self.session.pacer.reason
        if reason is None:
            return
        screen = self.screen
        if isinstance(screen, FleetScreen) and screen.query_one(ClockBar).cuts_reason():
            self.tell(f"Paused. {reason}", "warning")

    def _show_culprit(self) -> None:
        """Move the cursor to the instance for which the clock paused, if the screen's table shows it."""
        culprit, self.session.culprit = self.session.culprit, None
        if culprit is not None and isinstance(self.screen, InstanceScreen):
            self.screen.table.move_to_key(culprit)

    def action_step(self, days: int) -> None:
        """Move the clock by `days`, counted from the end of a step in progress."""
        self.session.finish_step()
        workspace = self.session.workspace
        try:
            to = workspace.calendar.after(workspace.clock, Duration(0, days * DAY))
        except LapseError as error:
            self.tell(str(error), "warning")
        else:
            self.advance_to(to)

    def action_next_event(self) -> None:
        """Move the clock to the next event. If several events happen then, tell the person what they were."""
        self._pause()
        change = self.session.next_event()
        if change is not None and len(told_lines(fold(change.events))) > 1:
            self._tell_jump(change)

    async def action_go_to(self) -> None:
        """Ask for an instant and move the clock there."""
        self._pause()
        await self.push_screen(GoTo(self.session), self._move_to)

    def _move_to(self, to: int | None) -> None:
        if to is not None:
            self.advance_to(to)

    def action_advance_to(self, to: int) -> None:
        """Move the clock to an instant."""
        self.advance_to(to)

    def advance_to(self, to: int) -> None:
        """Move the clock. If that may take long, do it in a thread and show the progress."""
        self.session.finish_step()
        self._pause()
        workspace = self.session.workspace
        days = (to - workspace.clock) // DAY
        if days * len(workspace.world.instances) < limits.ADVANCED_IN_THREAD:
            self._tell_jump(self.session.advance(to))
        elif self.session.busy:
            self.session.tell_busy()
        else:
            self.session.hold(CLOCK_RUNS)
            self.push_screen(LongRun(self.session, to), self._arrived)

    def _arrived(self, outcome: Change | LapseError | None) -> None:
        if outcome is not None:
            self._tell_jump(self.session.finish_long(outcome))

    def _tell_jump(self, change: Change | None) -> None:
        """Tell the person in one line what happened during an advance, with the number of all events."""
        if change is None:
            return
        span = tell_span(change.clock - change.before)
        begins = span if change.complete else f"Stopped after {span}"
        key = self.keymap.key("log")
        where = f" ({key} shows them)" if change.happened and not isinstance(self.screen, LogScreen) else ""
        severity: Severity = "warning" if has_losses(change.counted) else "information"
        self.tell(f"{begins}: {tell_counts(change.counted)}{where}", severity)

    def _pause(self) -> None:
        self.player.pause()
