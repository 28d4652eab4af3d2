"""What the main screens share: clock bar, key bar, panes, and updates when the fleet changes."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final, NamedTuple, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.widget import Widget

from core.workspace.change import Change
from core.world.actions import Action, Charge, GrantCoupon, Purchase, SetLowBalanceAlert, TopUp
from core.world.model import Account, Instance
from tui.commands.keymap import keymap_of, tell_elsewhere
from tui.commands.obstacles import Situation
from tui.commands.possible import Possible
from tui.commands.table import ACCOUNT, BY_NAME
from tui.dialogs.alert import AlertDialog
from tui.dialogs.amount import MoneyForm
from tui.dialogs.buy import PurchaseDialog, tell_bought
from tui.dialogs.charge import ChargeDialog
from tui.dialogs.coupon import CouponDialog
from tui.dialogs.top_up import TopUpDialog
from tui.framework.internals import ToastRack
from tui.live.session import FleetChanged, Foreseen, Session
from tui.screens.quick_screen import QuickScreen
from tui.widgets.clock_bar import ClockBar
from tui.widgets.counts import StateCounts
from tui.widgets.empty_state import Emptiness, EmptyState, no_instances
from tui.widgets.entry import Entry
from tui.widgets.key_bar import KeyBar
from tui.widgets.money_chart import MoneyChart
from tui.widgets.rows import RowTable
from tui.widgets.scrolled import Scrolled
from tui.widgets.sized_screen import TooSmall
from tui.widgets.ticker import Ticker

Money = TypeVar("Money", TopUp, GrantCoupon, Charge, SetLowBalanceAlert)
Pane = RowTable | Scrolled | StateCounts | MoneyChart | Ticker
"""A part of a screen in which the movement keys work."""


INSTANCE: Final = "instance"


class LogSubject(NamedTuple):
    """The subject of an event log: INSTANCE or ACCOUNT, and the id of the instance or account."""

    what: str
    id: str


class FleetScreen(QuickScreen, inherit_bindings=False):
    """A screen that shows the fleet. It updates when the fleet changes, and never accesses the fleet file itself."""

    mode_name: ClassVar[str] = ""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.possible = Possible(Situation(session.workspace, (), None))
        """The commands that are possible in the situation that was last drawn."""
        self._seen: int | None = None
        self._caught_up = False

    def compose(self) -> ComposeResult:
        """The bars with the screen's own parts between them."""
        self.prepare()
        yield ClockBar(self.session)
        yield from self.parts()
        yield EmptyState()
        yield KeyBar(self.mode_name)
        yield TooSmall()

    # What each screen defines

    def parts(self) -> list[Widget]:
        """The parts between the bars."""
        return []

    def panes(self) -> list[Pane]:
        """The panes that `tab` goes through, the main one first."""
        return []

    def first_stop(self) -> Widget | None:
        """The main pane."""
        return next(iter(self.panes()), None)

    def selection(self) -> Sequence[Instance]:
        """The instances that a command applies to."""
        return ()

    def account(self) -> Account | None:
        """The account that a command applies to."""
        return None

    def highlighted(self) -> object:
        """An identity of what commands apply to: compare it with a later one to see whether that changed."""
        account = self.account()
        return tuple(instance.id for instance in self.selection()), None if account is None else account.id

    @property
    def filtered(self) -> bool:
        """Whether a filter is set."""
        return False

    def toasts_stand_on(self) -> Widget | None:
        """The pane at the bottom that messages must not cover; they are placed on its top border."""
        return None

    def place_toasts(self) -> None:
        """Place messages above the pane at the bottom of the screen."""
        foot = self.toasts_stand_on()
        free = 0 if foot is None or not foot.region.height else self.size.height - foot.region.y - 1
        for rack in self.query(ToastRack):
            if rack.styles.margin.bottom != free:
                rack.styles.margin = (0, 0, free, 0)

    def take_over(self, change: Change | None) -> None:
        """Reload what the change affects; None reloads everything."""

    def labels(self) -> Mapping[str, str]:
        """Key bar labels by command name, for commands whose label here differs from the command table."""
        return {}

    def emptiness(self) -> Emptiness | None:
        """What to show instead of the parts if they would be empty; None shows the parts."""
        if self.session.workspace.world.instances:
            return None
        return no_instances(self.session.workspace, "This fleet has no instances yet")

    def _read(self, change: Change | None) -> None:
        """Reload what the change affects, and show the empty state if there is nothing to show."""
        self.take_over(change)
        emptiness = self.emptiness()
        self.set_class(emptiness is not None, "-nothing")
        if emptiness is not None:
            self.query_one(EmptyState).show(emptiness)

    def draw(self) -> None:
        """Draw what depends on the cursor."""
        self.draw_situation(self.situation())

    def draw_situation(self, situation: Situation) -> None:
        """Draw the bars for a situation; subclasses also draw their own parts."""
        self.possible = Possible(situation)
        self.query_one(ClockBar).show(situation.account)
        self.query_one(KeyBar).show(self.possible, self.labels())

    def settled(self) -> None:
        """Apply the person's settings, such as hidden columns."""

    # Following the fleet

    def on_resize(self, event: events.Resize) -> None:
        """Place the messages again."""
        if self.ready:
            self.call_after_refresh(self.place_toasts)

    def on_mount(self) -> None:
        """Load the fleet for the first time."""
        self._seen = self.session.revision
        self.settled()
        self._read(None)
        self.set_focus(self.panes()[0])
        self.call_after_refresh(self.draw)

    def catch_up(self) -> None:
        """Load the changes made while another screen was shown. Called before this one is shown: it is drawn once."""
        seen, self._caught_up = self._seen, True
        if seen is None:
            return
        self.settled()
        if seen != self.session.revision:
            self._seen = self.session.revision
            self._read(self.session.since(seen))
        self.foreseen()
        self.draw()

    def on_screen_resume(self) -> None:
        """Load the changes made while another screen was shown, unless `catch_up` has."""
        if not self._caught_up:
            self.catch_up()
        self._caught_up = False

    def on_fleet_changed(self, message: FleetChanged) -> None:
        """Load a change, and any others since the last update."""
        if self._seen != self.session.revision:
            seen, self._seen = self._seen, self.session.revision
            self._read(message.change if seen is None or self._seen - seen == 1 else self.session.since(seen))
            self.draw()

    def follow_at_once(self) -> None:
        """Update before a key is handled: what is shown may no longer exist."""
        if self.ready:
            self.on_fleet_changed(FleetChanged(None))

    def on_foreseen(self, message: Foreseen) -> None:
        """Redraw what depends on forecasts."""
        if self.ready:
            self.foreseen()
            self.draw()
            for table in self.query(RowTable):
                table.reread()

    def foreseen(self) -> None:
        """Use the new forecasts, if the rows or their order depend on them."""

    # Commands

    def situation(self) -> Situation:
        """The state that decides which commands are possible."""
        return Situation(self.session.workspace, self.selection(), self.account(), self.filtered)

    @property
    def ready(self) -> bool:
        """Whether the screen has loaded the fleet."""
        return self._seen is not None

    async def action_run(self, name: str) -> None:
        """Run a command of the command table, or say why it is not possible."""
        command = BY_NAME[name]
        if name != "quit" and (self.too_small or not self.ready):
            return
        if command.group == "Act":
            highlighted = self.highlighted()
            self.session.finish_step()
            if self.highlighted() != highlighted:
                # Another program removed what the command was for; a message has said so.
                return
        why_not = command.why_not(self.situation())
        if why_not is not None:
            self.session.tell(why_not, "warning")
        else:
            await self.run_action(command.action)

    def on_key(self, event: events.Key) -> None:
        """Say on which screen a key works if it has no meaning here. In a field, the field handles the key."""
        if self.too_small or isinstance(self.focused, Entry):
            return
        if elsewhere := tell_elsewhere(keymap_of(self.app), event.key, self.mode_name):
            event.stop()
            self.session.tell(elsewhere)

    def run_in_turn(self, name: str) -> None:
        """Run a command from a mouse click in the app's message loop, as for a key. If the screen ran it in its own
        handler, a command that closes the screen would wait for itself.
        """
        self.app.call_later(self._run_if_shown, name)

    async def _run_if_shown(self, name: str) -> None:
        if self.is_current:
            await self.action_run(name)

    def on_key_bar_pressed(self, message: KeyBar.Pressed) -> None:
        """Run the command that was clicked in the key bar."""
        self.run_in_turn(message.command)

    def on_clock_bar_day_chosen(self, message: ClockBar.DayChosen) -> None:
        """Show the day that was clicked in the time strip."""
        self.app.call_later(self.app.run_action, f"app.show_day({message.day})")

    def _pane(self) -> Pane | None:
        panes = self.panes()
        return next((pane for pane in panes if pane is self.focused), panes[0] if panes else None)

    def action_move(self, rows: int) -> None:
        """Move by rows in the focused pane."""
        if (pane := self._pane()) is not None:
            pane.move(rows)

    def action_page(self, pages: float) -> None:
        """Move by pages in the focused pane."""
        if (pane := self._pane()) is not None:
            pane.page(pages)

    def action_end(self, direction: int) -> None:
        """Go to the beginning or end of the focused pane."""
        if (pane := self._pane()) is not None:
            pane.end(direction)

    def action_pane(self, steps: int) -> None:
        """Focus the next pane."""
        panes = [pane for pane in self.panes() if pane.display]
        if panes:
            place = next((index for index, pane in enumerate(panes) if pane is self.focused), -steps)
            self.set_focus(panes[(place + steps) % len(panes)])
            self.call_after_refresh(self.draw)

    def action_back(self) -> None:
        """Focus the main pane."""
        self.set_focus(self.panes()[0])

    def subject(self) -> LogSubject | None:
        """The instance or account whose log `L` opens; here the account that commands apply to."""
        account = self.account()
        return None if account is None else LogSubject(ACCOUNT, account.id)

    async def action_buy(self) -> None:
        """Ask what to buy, then buy it. Pauses the clock."""
        account = self.account() or next(iter(self.session.workspace.world.accounts.values()), None)
        if account is not None:
            self.session.pacer.pause()
            near = next(iter(self.selection()), None)
            await self.app.push_screen(PurchaseDialog(self.session, account, near), self._buy)

    def _buy(self, action: Purchase | None) -> None:
        change = None if action is None else self.session.act(action, advise=False)
        if action is not None and change is not None:
            self.bought(action.id)
            self.session.tell(tell_bought(self.session.workspace, action, change))

    def bought(self, name: str) -> None:
        """Called with the id of an instance that was bought on this screen."""

    async def action_top_up(self) -> None:
        """Ask for the amount, then top up."""
        await self._ask_for_account(TopUpDialog)

    async def action_grant_coupon(self) -> None:
        """Ask for the coupon's details, then grant it."""
        await self._ask_for_account(CouponDialog)

    async def action_charge(self) -> None:
        """Ask for the amount, then charge it as a bill."""
        await self._ask_for_account(ChargeDialog)

    async def action_alert(self) -> None:
        """Ask for the threshold, then set it."""
        await self._ask_for_account(AlertDialog)

    async def _ask_for_account(self, dialog: Callable[[Session, Account], MoneyForm[Money]]) -> None:
        account = self.account()
        if account is not None:
            self.session.pacer.pause()
            await self.app.push_screen(dialog(self.session, account), self._do_for_account)

    def _do_for_account(self, action: Action | None) -> None:
        if action is not None:
            self.session.act(action)
