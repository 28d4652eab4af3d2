"""The Account screen: for each account its money, and for the selected one its bills, its coupons and its ledger."""

from typing import ClassVar, Final

from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget

from core import events
from core.credit import available_credit, unpaid_sum
from core.events import Event
from core.model import Account, Coupon
from core.money import group_amount
from core.severity import PLAIN, badness
from core.telling import tell, tell_day, tell_moment
from core.workspace import Change
from tui.commands import ACCOUNT, bindings
from tui.obstacles import Situation
from tui.screens.base import FleetScreen, Pane
from tui.session import Session
from tui.widgets.cells import one_line, wrapped
from tui.widgets.rows import Cell, Column, Row, RowTable
from tui.widgets.scrolled import Scrolled
from tui.widgets.states import STYLE_OF

COLUMNS: Final = (
    Column("Account", 12, grows=True),
    Column("Balance", 14, right=True),
    Column("Available credit", 16, right=True),
    Column("Unpaid", 12, right=True),
    Column("Alert below", 14, right=True, optional=2),
    Column("State", 11),
)
LEDGER: Final = (
    events.BillIssued, events.BillSettled, events.AccountOverdue, events.AccountCleared, events.ToppedUp,
    events.CouponGranted, events.CouponEnded, events.Purchased, events.Upgraded, events.Renewed,
    events.AutoRenewalFailed, events.LowBalanceAlertSet,
)  # fmt: skip
"""What the ledger shows."""
_READ: Final = 400
_MOST_ROWS: Final = 6


class Section(Scrolled):
    """A part with a title that scrolls by itself."""

    def __init__(self, title: str, id: str) -> None:
        super().__init__(id=id)
        self.border_title = title


class AccountScreen(FleetScreen):
    """The third screen."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACCOUNT)]
    mode_name = ACCOUNT

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._ledger: list[Event] = []

    def parts(self) -> list[Widget]:
        """The accounts, and below them the selected one's bills, coupons and ledger."""
        table = RowTable(COLUMNS, self._row, "This fleet has no account.", id="accounts")
        return [table, Horizontal(Section("Bills and coupons", "owed"), Section("Ledger", "ledger"), id="body")]

    @property
    def table(self) -> RowTable:
        """The table of accounts."""
        return self.query_one("#accounts", RowTable)

    def panes(self) -> list[Pane]:
        """The accounts, what is owed, the ledger."""
        return [self.table, *self.query(Section)]

    def account(self) -> Account | None:
        """The account under the cursor."""
        key = self.table.cursor
        return None if key is None else self.session.workspace.world.accounts.get(key)

    def on_mount(self) -> None:
        """Let what follows the cursor be drawn with it."""
        self.table.cursor_moved = self._follow

    def take_over(self, change: Change | None) -> None:
        """Re-read the accounts and the ledger of the selected one."""
        keys = list(self.session.workspace.world.accounts)
        self.table.styles.height = min(max(len(keys), 1), _MOST_ROWS) + 1
        self.table.show(keys)
        self._read_ledger()

    def _follow(self) -> None:
        self._read_ledger()
        self.draw()

    def _read_ledger(self) -> None:
        account = self.account()
        self._ledger = []
        if account is not None:
            found = self.session.workspace.events(account=account.id, last=_READ)
            self._ledger = [event for event in found if isinstance(event.fact, LEDGER)][::-1]

    def draw_situation(self, situation: Situation) -> None:
        """Draw the bars and the selected account."""
        super().draw_situation(situation)
        owed, ledger = self.query_one("#owed", Section), self.query_one("#ledger", Section)
        account = situation.account
        owed.write(lambda width: [] if account is None else self._owed(account, width))
        ledger.write(self._lines)

    def _row(self, key: str) -> Row | None:
        workspace = self.session.workspace
        account = workspace.world.accounts.get(key)
        if account is None:
            return None
        currency, clock = account.currency, workspace.clock
        low = account.low_balance_alert is not None and account.balance < account.low_balance_alert
        state, style = ("low", "overdue") if low else ("clear", "")
        if account.overdue_since is not None:
            state, style = "! overdue", "overdue"
        alert = "-" if account.low_balance_alert is None else group_amount(account.low_balance_alert, currency)
        unpaid = unpaid_sum(account)
        return Row((
            Cell(one_line(account.id)), Cell(group_amount(account.balance, currency)),
            Cell(group_amount(available_credit(account, clock), currency)),
            Cell(group_amount(unpaid, currency) if unpaid else "-", "overdue" if unpaid else ""),
            Cell(alert), Cell(state, style),
        ))  # fmt: skip

    def _owed(self, account: Account, width: int) -> list[Content]:
        workspace = self.session.workspace
        clock, calendar, currency = workspace.clock, workspace.calendar, account.currency
        lines = [Content.styled("Unpaid bills", "bold $accent")]
        for bill in account.unpaid:
            text = (
                f"{tell_day(bill.issued, clock, calendar):<8}{group_amount(bill.amount, currency)}  {one_line(bill.id)}"
            )
            lines += [Content(line) for line in wrapped(text, width, indent=2)]
        if account.overdue_since is not None:
            when = tell_moment(account.overdue_since, clock, calendar)
            lines.append(Content.styled(f"Overdue since {when} (C1)", "$state-overdue"))
        else:
            lines.append(Content.styled("none", "$quiet"))
        lines += [Content(""), Content.styled("Coupons", "bold $accent")]
        for coupon in account.coupons:
            text, style = self._coupon(coupon, currency)
            lines += [Content.styled(line, style) for line in wrapped(text, width, indent=2)]
        if not account.coupons:
            lines.append(Content.styled("none", "$quiet"))
        if account.daily_spend:
            lines += [Content(""), Content.styled("Other use", "bold $accent")]
            lines += [Content(line) for line in wrapped(f"{group_amount(account.daily_spend, currency)} a day", width)]
        return lines

    def _coupon(self, coupon: Coupon, currency: str) -> tuple[str, str]:
        """A coupon in words, and its style: one that can't be used now is quiet."""
        workspace = self.session.workspace
        clock, calendar = workspace.clock, workspace.calendar
        left = f"{group_amount(coupon.remaining, currency)} of {group_amount(coupon.amount, currency)}"
        if coupon.starts is not None and coupon.starts > clock:
            return f"{one_line(coupon.id)}: {left}, from {tell_moment(coupon.starts, clock, calendar)}", "$quiet"
        if coupon.expires is not None and coupon.expires <= clock:
            return f"{one_line(coupon.id)}: ended {tell_day(coupon.expires, clock, calendar)}", "$quiet"
        if not coupon.remaining:
            return f"{one_line(coupon.id)}: used up", "$quiet"
        end = "" if coupon.expires is None else f", until {tell_moment(coupon.expires, clock, calendar)}"
        return f"{one_line(coupon.id)}: {left}{end}", ""

    def _lines(self, width: int) -> list[Content]:
        workspace = self.session.workspace
        if not self._ledger:
            return [Content.styled("No money has moved yet.", "$quiet")]
        lines: list[Content] = []
        for event in self._ledger:
            when = f"{tell_moment(event.at, workspace.clock, workspace.calendar):>12}  "
            who = f"{one_line(event.instance)}: " if event.instance else ""
            told = one_line(tell(event, workspace.currency_of(event.account), workspace.calendar))
            rule = f" ({event.rule})" if event.rule else ""
            bad = badness(event)
            style = "" if bad == PLAIN else f"$state-{STYLE_OF[bad]}"
            first, *rest = wrapped(when + who + told + rule, width, indent=len(when))
            lines.append(Content.assemble((first[: len(when)], "$quiet"), (first[len(when) :], style)))
            lines += [Content.styled(line, style) for line in rest]
        return lines
