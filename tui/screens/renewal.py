"""The Renewal screen: what has to be renewed when, how, and for how much."""

from collections import Counter
from typing import ClassVar, Final

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from core.credit import funds
from core.foresight import offers
from core.model import AUTO, ENTERPRISE, MANUAL, NONE, RELEASED, Instance
from core.money import group_amount
from core.telling import tell_moment
from core.workspace import Workspace
from tui.commands import RENEWAL, bindings
from tui.obstacles import Situation
from tui.screens.base import Pane
from tui.screens.instances import InstanceScreen
from tui.screens.listing import Listing, by_account, by_expiry, by_id, by_price, by_renewal, by_state
from tui.screens.overview import expiry_cell, short_day
from tui.session import Session
from tui.widgets.cells import one_line
from tui.widgets.filterbar import FilterBar
from tui.widgets.nothing import Emptiness, no_instances
from tui.widgets.rows import Cell, Column, Row, RowTable
from tui.widgets.states import state_words

COLUMNS: Final = (
    Column("Instance", 12, grows=True),
    Column("State", 11, optional=1),
    Column("Expires", 17),
    Column("Renewal", 11),
    Column("Next payment", 12),
    Column("A month", 12, right=True),
    Column("Account", 8, optional=2),
    Column("Region", 14, optional=3),
)
ORDERS: Final = (
    ("Expires", by_expiry),
    ("Instance", by_id),
    ("State", by_state),
    ("Renewal", by_renewal),
    ("A month", by_price),
    ("Account", by_account),
)
WORDS: Final = {"auto": "auto", "manual": "manual", "none": "non-renewal"}
"""The modes in words."""


class RenewalScreen(InstanceScreen):
    """The second screen."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(RENEWAL)]
    mode_name = RENEWAL

    def __init__(self, session: Session) -> None:
        super().__init__(session, Listing(session.workspace, by_expiry, is_renewable), ORDERS)

    def parts(self) -> list[Widget]:
        """Counts by mode, filter, table, and what the selection costs."""
        return [
            Static(id="modes", markup=False),
            FilterBar(),
            RowTable(COLUMNS, self._row, self.nothing(), id="table"),
            Static(id="sum", markup=False),
        ]

    def panes(self) -> list[Pane]:
        """The table."""
        return [self.table]

    def nothing(self) -> str:
        """What an empty table says."""
        return "No Enterprise instance is left to renew."

    def emptiness(self) -> Emptiness | None:
        """Without instances there is nothing to renew."""
        workspace = self.session.workspace
        return (
            None if workspace.world.instances else no_instances(workspace, "No Enterprise instance is there to renew")
        )

    def _row(self, key: str) -> Row | None:
        workspace = self.session.workspace
        instance = workspace.world.instances.get(key)
        return None if instance is None else renewal_row(instance, workspace)

    def show_rows(self) -> None:
        """Show the rows, and how many are renewed in which way."""
        super().show_rows()
        instances = self.session.workspace.world.instances
        modes = Counter(instances[key].renewal.mode for key in self.listing.keys)
        counts = "   ".join(f"{modes[mode]:,} {WORDS[mode]}" for mode in (AUTO, MANUAL, NONE))
        title = Content.assemble((f" {len(self.listing.keys):,} to renew", "bold"), (f"   {counts}", "$quiet"))
        self.query_one("#modes", Static).update(title)

    def draw_situation(self, situation: Situation) -> None:
        """Draw the bars and the sum of the selection."""
        super().draw_situation(situation)
        self.query_one("#sum", Static).update(self._sum(situation.instances))

    def _sum(self, selected: tuple[Instance, ...]) -> Content:
        """What the selection costs a month, and the money there is."""
        workspace = self.session.workspace
        accounts = {instance.account for instance in selected}
        if not selected:
            return Content("")
        if len(accounts) > 1:
            return Content.styled(
                f" {len(selected):,} marked, on {len(accounts)} accounts: one order is on one (R4)", "$quiet"
            )
        account = workspace.world.accounts[selected[0].account]
        offer = offers(selected, account, workspace.clock, workspace.policy)[0]
        verdict = ("the money is there", "")
        if account.overdue_since is not None:
            verdict = ("! account overdue: nothing can be renewed", "$state-overdue")
        elif offer.missing:
            verdict = (f"short by {group_amount(offer.missing, account.currency)}", "$state-stopped")
        who = f"{len(selected):,} marked" if self.table.marked else one_line(selected[0].id)
        there = group_amount(funds(account, workspace.clock), account.currency)
        return Content.assemble(
            (f" {who}", "bold"), f"   {group_amount(offer.price, account.currency)} for {offer.months} mo",
            (f"   {one_line(account.id)} has {there}   ", "$quiet"), verdict,
        )  # fmt: skip


def is_renewable(instance: Instance) -> bool:
    """Whether an instance can be renewed at all."""
    return instance.kind == ENTERPRISE


def renewal_row(instance: Instance, workspace: Workspace) -> Row:
    """An instance as a row of the renewal table."""
    payments = workspace.timetable.payments(instance, workspace.clock)
    mode, _, months, _ = instance.renewal
    released = instance.state == RELEASED
    payment = short_moment(payments[0], workspace) if payments and not released else "-"
    cells = (
        Cell(one_line(instance.id)),
        Cell(state_words(instance.state), instance.state),
        Cell(expiry_cell(instance, workspace)),
        Cell("-" if released else f"auto, {months} mo" if mode == AUTO else WORDS[mode]),
        Cell(payment),
        Cell(group_amount(instance.monthly_price, workspace.currency_of(instance.account))),
        Cell(one_line(instance.account), "quiet"),
        Cell(one_line(instance.region), "quiet"),
    )
    return Row(cells, dim=released)


def short_moment(instant: int, workspace: Workspace) -> str:
    """Date and time in at most 12 cells: "16 Jul 08:00", and "Feb 2027" in another year."""
    told = tell_moment(instant, workspace.clock, workspace.calendar)
    return f"{told:>12}" if len(told) <= len("16 Jul 08:00") else short_day(instant, workspace)
