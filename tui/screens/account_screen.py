"""The Account screen: an account's balance, unpaid bills, money ahead, ledger and inbox."""

from collections.abc import Mapping
from typing import ClassVar, Final

from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget

from core.ahead.money_ahead import MoneyAhead
from core.base.instants import DAY
from core.workspace.change import Change
from core.world.model import Account
from tui.commands.keymap import keymap_of
from tui.commands.obstacles import Situation
from tui.commands.table import ACCOUNT, bindings
from tui.live.forecasts import AHEAD
from tui.live.session import Session
from tui.screens.fleet_screen import FleetScreen, Pane
from tui.text.cells import one_line
from tui.widgets.accounts import AccountHead, account_columns, account_row
from tui.widgets.bills_and_coupons import bills_and_coupons
from tui.widgets.charges import Charges
from tui.widgets.drawing import entitle, say
from tui.widgets.empty_state import Emptiness, no_account
from tui.widgets.ledger import UNREADABLE, Inbox, Ledger
from tui.widgets.money_chart import MoneyChart
from tui.widgets.money_words import moment_sentence, money_sentence
from tui.widgets.prose import Prose
from tui.widgets.rows import Row, RowTable
from tui.widgets.scrolled import Scrolled
from tui.widgets.sized_screen import BREAKPOINTS_DOWN

_MOST_ROWS: Final = 6
_LAGS: Final = 2 * DAY
"""Seconds that the end of a forecast, which a thread extends, may lag behind a playing clock."""
_ROOMY: Final = 20
"""Screen lines below which the ledger takes some of the chart's lines."""
_DOWN: Final = [BREAKPOINTS_DOWN[0], (15, "-low"), (_ROOMY, "-high"), *BREAKPOINTS_DOWN[2:]]


class AccountScreen(FleetScreen):
    """The third main screen."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACCOUNT)]
    VERTICAL_BREAKPOINTS = _DOWN
    mode_name = ACCOUNT

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._ahead: MoneyAhead | None = None

    def parts(self) -> list[Widget]:
        """The accounts; below them the money ahead of the selected one beside its bills and coupons; then one list."""
        session, workspace = self.session, self.session.workspace
        owed = Scrolled(id="owed")
        owed.border_title = "Bills and coupons"
        return [
            AccountHead(workspace),
            RowTable(account_columns((), workspace), self._row, "This fleet has no account.", id="accounts"),
            Horizontal(MoneyChart(session), owed, id="money"),
            Prose(id="verdict", markup=False),
            Vertical(Ledger(session), Charges(workspace), Inbox(session), id="lists"),
        ]

    @property
    def table(self) -> RowTable:
        """The table of accounts."""
        return self.query_one("#accounts", RowTable)

    @property
    def chart(self) -> MoneyChart:
        """The chart of the money ahead."""
        return self.query_one(MoneyChart)

    @property
    def ledger(self) -> Ledger:
        """The ledger."""
        return self.query_one(Ledger)

    @property
    def inbox(self) -> Inbox:
        """The inbox."""
        return self.query_one(Inbox)

    @property
    def charges(self) -> Charges:
        """The coming charges, shown instead of the ledger while that is empty."""
        return self.query_one(Charges)

    def panes(self) -> list[Pane]:
        """The accounts if there are several, the chart, the bills and coupons, and the list that is shown."""
        panes: list[Pane] = [self.table, self.chart, self.query_one("#owed", Scrolled)]
        panes += [self.ledger, self.charges, self.inbox]
        return [pane for pane in panes if pane.display]

    def toasts_stand_on(self) -> Widget:
        """The list at the bottom of the screen."""
        return self.query_one("#lists", Vertical)

    def account(self) -> Account | None:
        """The account under the cursor."""
        key = self.table.cursor
        return None if key is None else self.session.workspace.world.accounts.get(key)

    def on_mount(self) -> None:
        """Start with the ledger; redraw the details when the cursor moves."""
        self.inbox.display = self.charges.display = False
        self.table.cursor_moved = self.draw
        self.chart.moment_chosen = self._tell_moment

    # Following the fleet

    def labels(self) -> Mapping[str, str]:
        """The key that opens the inbox is labelled "ledger" while the inbox is shown."""
        return {"inbox": "ledger"} if self.inbox.display else {}

    def emptiness(self) -> Emptiness | None:
        """What to show if the fleet has no accounts."""
        return None if self.session.workspace.world.accounts else no_account()

    def take_over(self, change: Change | None) -> None:
        """Reload the accounts and the lists of the selected one."""
        accounts = self.session.workspace.world.accounts
        keys = list(accounts)
        self.table.hold()
        several = len(keys) > 1
        self.table.set_class(not several, "-hidden")
        self.query_one(AccountHead).set_class(several, "-hidden")
        self.table.styles.height = min(len(keys), _MOST_ROWS) + 1
        self.table.set_columns(account_columns(accounts.values(), self.session.workspace))
        gone = self.table.show(keys)
        if gone is not None:
            now = self.table.cursor
            where = "no account is left" if now is None else f"the cursor is on {one_line(now)}"
            self.session.tell(f"The account {one_line(gone)} is no longer there: {where}.", besides=True)
        self._read_lists(anew=change is None)

    def _read_lists(self, *, anew: bool) -> None:
        key = self.table.cursor
        self.ledger.read(key, anew=anew)
        self.inbox.read(key, anew=anew)
        if self.inbox.display and self.is_current:
            self.inbox.look()

    def draw_situation(self, situation: Situation) -> None:
        """Draw the bars and the selected account. Its lists are reloaded if the account or its events changed."""
        super().draw_situation(situation)
        self._read_lists(anew=False)
        account, workspace = situation.account, self.session.workspace
        self.query_one(AccountHead).show(account)
        self._look_ahead(account)
        if not self.ledger.keys:
            self.charges.read(account, self._ahead)
        self._choose_list()
        self.chart.show(account, self._ahead)
        self._tell_moment()
        self.query_one("#owed", Scrolled).write(
            lambda width: (
                [] if account is None else bills_and_coupons(account, workspace.clock, workspace.calendar, width)
            )
        )
        self._title()

    def _choose_list(self) -> None:
        """Show the inbox if it was chosen; otherwise the ledger, or the coming charges while the ledger is empty."""
        focused, lists = self.focused, (self.ledger, self.charges, self.inbox)
        empty, inbox = not self.ledger.keys and self.ledger.empty != UNREADABLE, self.inbox.display
        self.ledger.display, self.charges.display = not (inbox or empty), empty and not inbox
        if focused in lists and focused is not self._list():
            self.set_focus(self._list())

    def _look_ahead(self, account: Account | None) -> None:
        """Update the money ahead from the account's forecast."""
        forecast = None if account is None else self.session.forecasts.of(account.id)
        if account is None or forecast is None:
            self._ahead = None
        elif self._ahead is None or self._ahead.forecast is not forecast:
            self._ahead = MoneyAhead(account, forecast, self.session.workspace.clock)
        else:
            self._ahead.catch_up()

    def _tell_moment(self) -> None:
        """Show the sentence that sums up the chart, or tells what happens at its chosen moment."""
        account, ahead, workspace = self.account(), self._ahead, self.session.workspace
        verdict = self.query_one("#verdict", Prose)
        clock, calendar = workspace.clock, workspace.calendar
        if account is None or ahead is None:
            say(verdict, "")
        elif self.chart.chose is not None:
            say(verdict, moment_sentence(self.chart.chose, account, clock, calendar))
        elif ahead.forecast.until < clock + AHEAD - _LAGS and ahead.first_failure(clock) is None:
            say(verdict, Content.styled("Calculating how far the money goes...", "$quiet"))
        else:
            say(verdict, money_sentence(account, ahead, clock, min(ahead.forecast.until, clock + AHEAD), calendar))

    def _title(self) -> None:
        """Update the title: the list that is shown, and the count of the other one."""
        unread = self.inbox.unread
        notices = self.inbox.count + (f", {unread:,} new" if unread else "")
        lists, key = self.query_one("#lists", Vertical), keymap_of(self.app).key("inbox")
        if self.inbox.display:
            shown, other = f"Inbox {notices}", f"ledger {self.ledger.count}"
        else:
            shown = f"Coming {len(self.charges.keys):,} · ledger" if self.charges.display else "Ledger"
            shown, other = f"{shown} {self.ledger.count}", f"inbox {notices}"
        entitle(lists, Content.assemble(f"{shown} · ", (key, "bold $accent"), f" {other}"))

    def _row(self, key: str) -> Row | None:
        account = self.session.workspace.world.accounts.get(key)
        return None if account is None else account_row(account, self.session.workspace)

    # Commands

    def show_inbox(self, account: str) -> None:
        """Show the inbox of an account."""
        self.table.move_to_key(account)
        if not self.inbox.display:
            self.turn_lists()

    def turn_lists(self) -> None:
        """Switch between the ledger and the inbox."""
        self.inbox.display = not self.inbox.display
        self._choose_list()
        if self.inbox.display:
            self.inbox.look()
        self.set_focus(self._list())
        self._title()
        self.draw()

    def _list(self) -> Ledger | Inbox | Charges:
        """The list that is shown."""
        return self.inbox if self.inbox.display else self.charges if self.charges.display else self.ledger

    async def action_open(self) -> None:
        """Go to the instance of the line under the cursor; focus the list first if it has no focus."""
        shown = self._list()
        if self.focused is not shown or shown.cursor is None:
            self.set_focus(shown)
            return
        if isinstance(shown, Charges):
            instance = shown.instance
        else:
            event = shown.event()
            instance = None if event is None else event.instance
        if instance is None:
            self.session.tell("This line is about the account, not an instance.")
        else:
            await self.app.run_action(f"app.show_instance({instance!r})")

    def on_row_table_opened(self) -> None:
        """Go to the instance of the row that was double-clicked."""
        self.run_in_turn("to-instance")

    def action_back(self) -> None:
        """Clear the chosen moment; if there is none, close the inbox and focus the main pane."""
        if self.chart.leave():
            return
        if self.inbox.display:
            self.turn_lists()
        super().action_back()
