"""The dialogs that renew: for some months now, or by itself from now on."""

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from core.actions import EnableAutoRenewal, Renew
from core.credit import funds
from core.foresight import Offer, offers, order_price, payments_if_enabled
from core.model import AUTO, OVERDUE, STOPPED, Account, Instance
from core.money import group_amount
from core.telling import tell_day, tell_distance, tell_moment
from tui.dialogs.dialog import Dialog
from tui.obstacles import MOST, Situation, refusal
from tui.session import Session
from tui.widgets.cells import one_line
from tui.widgets.rows import Cell, Column, Row, RowTable


def named(instances: Sequence[Instance]) -> str:
    """The instances an order is for, in a few words."""
    return one_line(instances[0].id) if len(instances) == 1 else f"{len(instances):,} instances"


class RenewDialog(Dialog[Renew]):
    """Asks for how many months; gives the action."""

    keys_text = "enter renew · space auto-renewal · esc leave"

    def __init__(self, session: Session, situation: Situation) -> None:
        super().__init__()
        self._session = session
        self._situation = situation
        self._instances = situation.instances
        self._account = session.workspace.world.accounts[self._instances[0].account]
        workspace = session.workspace
        found = offers(self._instances, self._account, workspace.clock, workspace.policy)
        self._offers = {str(offer.months): offer for offer in found}
        self._ticked = False
        self.title_text = f"Renew {named(self._instances)}"

    def parts(self) -> list[Widget]:
        """The offers, the money there is, and the tick for auto-renewal."""
        columns = (
            Column("Months", 6, right=True),
            Column(
                "Price", max([len(self._money(offer.price)) for offer in self._offers.values()], default=5), right=True
            ),
            Column("New expiry", 21),
            Column("Money", 20, grows=True),
        )
        table = RowTable(columns, self._row, "No period is sold that can be counted to.")
        table.show(list(self._offers))
        table.styles.height = len(self._offers) + 1
        return [
            Static(self._head(), markup=False),
            table,
            Static(self._tick_line(), id="tick", markup=False),
            Static(classes="answer", markup=False),
        ]

    def _head(self) -> Content:
        account, clock = self._account, self._session.workspace.clock
        there = f"{one_line(account.id)} has {self._money(funds(account, clock))}, coupons included."
        if account.overdue_since is not None:
            return Content.assemble(there, (" ! It is overdue: first settle its bills.", f"$state-{OVERDUE}"))
        return Content(there)

    def _money(self, amount: int) -> str:
        return group_amount(amount, self._account.currency)

    def _row(self, key: str) -> Row:
        offer = self._offers[key]
        workspace = self._session.workspace
        clock, calendar = workspace.clock, workspace.calendar
        end = tell_day(offer.first_end, clock, calendar)
        if offer.last_end != offer.first_end:
            end += f" - {tell_day(offer.last_end, clock, calendar)}"
        else:
            end += f", {tell_distance(offer.first_end, clock, calendar)}"
        possible = not offer.missing and self._account.overdue_since is None
        cells = (Cell(key), Cell(self._money(offer.price)), Cell(end), Cell(self._verdict(offer)))
        return Row(cells, dim=not possible)

    def _verdict(self, offer: Offer) -> str:
        if self._account.overdue_since is not None:
            return "account overdue"
        return f"short {self._money(offer.missing)}" if offer.missing else "is there"

    def _tick_line(self) -> Content:
        if all(instance.renewal.mode == AUTO for instance in self._instances):
            return Content.styled("Auto-renewal is on already.", "$quiet")
        return Content.assemble(
            ("[x]" if self._ticked else "[ ]", "bold $accent"), " and turn on monthly auto-renewal (R5)"
        )

    def action_tick(self) -> None:
        """Turn auto-renewal on with it, or not."""
        self._ticked = not self._ticked
        self.query_one("#tick", Static).update(self._tick_line())

    def action_confirm(self) -> None:
        """Renew, if the rules let it."""
        months = self.query_one(RowTable).cursor
        if months is None:
            return
        ids = tuple(instance.id for instance in self._instances)
        action = Renew(ids, int(months), self._ticked)
        wrong = refusal(self._situation, action) if len(ids) <= MOST else None
        if wrong is None:
            self.finish(action)
        else:
            self.query_one(".answer", Static).update(Content.styled(wrong, f"$state-{STOPPED}"))


class AutoRenewalDialog(Dialog[EnableAutoRenewal]):
    """Asks for the period of auto-renewal; gives the action."""

    keys_text = "enter turn on · esc leave"

    def __init__(self, session: Session, instances: Sequence[Instance]) -> None:
        super().__init__()
        self._session = session
        self._instances = instances
        self._account: Account = session.workspace.world.accounts[instances[0].account]
        self.title_text = f"Auto-renewal of {named(instances)}"

    def parts(self) -> list[Widget]:
        """The periods with what each payment would be."""
        columns = (Column("Every", 10, right=True), Column("A payment of", 18, right=True))
        table = RowTable(columns, self._row, "No period is sold.")
        months = self._session.workspace.policy.console_months
        table.show([str(number) for number in months])
        table.styles.height = len(months) + 1
        return [
            Static(self._head(), markup=False),
            table,
            Static(self._payments(), classes="answer", markup=False),
        ]

    def _head(self) -> str:
        on = sum(instance.renewal.mode == AUTO for instance in self._instances)
        if on == len(self._instances):
            return "It is on: choose another period."
        return "Paid from the balance and coupons only (A9)."

    def _payments(self) -> Content:
        workspace = self._session.workspace
        instance = self._instances[0]
        timetable = workspace.timetable
        days = payments_if_enabled(instance, 1, workspace.clock, workspace.policy, timetable)
        if len(self._instances) > 1:
            return Content.styled("Payments are tried on each one's own days (A2).", "$quiet")
        if not days:
            return Content.styled("No payment day is left before it is released: renew it now.", f"$state-{STOPPED}")
        told = ", ".join(tell_moment(day, workspace.clock, workspace.calendar) for day in days)
        return Content.styled(f"Tried on {told}, until one succeeds (A2).", "$quiet")

    def _row(self, key: str) -> Row:
        price = order_price(self._instances, int(key))
        return Row((Cell(f"{key} mo"), Cell(group_amount(price, self._account.currency))))

    def action_confirm(self) -> None:
        """Turn it on."""
        months = self.query_one(RowTable).cursor
        if months is not None:
            self.finish(EnableAutoRenewal(tuple(instance.id for instance in self._instances), int(months)))
