"""The Overview: state counts, the table of the fleet, the inspector for one instance, and the latest events."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from core.words.folding import RoutineBills
from core.workspace.change import Change
from core.workspace.workspace import Workspace
from core.world.model import AUTO, ENTERPRISE, LEGACY_PUBLIC, MANUAL, RELEASED, Instance
from tui.commands.keymap import keymap_of
from tui.commands.obstacles import Situation
from tui.commands.possible import Possible
from tui.commands.table import OVERVIEW, bindings
from tui.lists.filtering import states_in, with_state
from tui.lists.listing import (
    Listing,
    Sorting,
    by_account,
    by_expiry,
    by_id,
    by_name,
    by_region,
    by_renewal,
    by_state,
)
from tui.lists.loss_order import by_coming_loss
from tui.live import limits
from tui.live.session import Session
from tui.screens.fleet_screen import INSTANCE, LogSubject, Pane
from tui.screens.instance_screen import InstanceScreen
from tui.text.cells import one_line
from tui.text.states import state_words
from tui.widgets.counts import StateCounts
from tui.widgets.dates import AUTO_RENEWAL, EXPIRY, expiry_cell, period_and_day
from tui.widgets.filter_bar import FilterBar
from tui.widgets.inspector import Inspector, Peek
from tui.widgets.lifeline import Runs, Scale, dates, lifeline, scale_of
from tui.widgets.rows import Cell, Column, Row, RowTable
from tui.widgets.ticker import Ticker

LIFELINE: Final = "Lifeline"
_IDS: Final = (10, 18, 24)
"""Width of the id column in cells: least, most before the lifeline has its cells, and most after that."""
COLUMNS: Final = (
    Column("Instance", 12, grows=True, ids=_IDS[1]),
    Column("State", 11),
    Column("Expires", EXPIRY),
    Column("Auto-renewal", AUTO_RENEWAL, optional=1),
    Column(LIFELINE, 25, grows=True),
    Column("Account", 8, optional=2, ids=8),
    Column("Region", 14, optional=3),
    Column("Name", 22, optional=4),
)
ONE_ACCOUNT: Final = tuple(column._replace(optional=9) if column.title == "Account" else column for column in COLUMNS)
"""The columns of a fleet with one account: the account's column is the first to be hidden."""
ORDERS: Final = (
    Sorting("Instance", by_id),
    Sorting("State", by_state),
    Sorting("Expires", by_expiry),
    Sorting("Auto-renewal", by_renewal),
    Sorting("Account", by_account),
    Sorting("Region", by_region),
    Sorting("Name", by_name),
)
"""The orders that `s` goes through after the first one: the order of loss, which the lifelines show."""


BILLS: Final = "kind:bill"
"""The log filter that shows bills."""


class OverviewScreen(InstanceScreen):
    """The first main screen."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OVERVIEW)]
    mode_name = OVERVIEW
    listing: Listing

    def __init__(self, session: Session) -> None:
        order = by_coming_loss(session)
        super().__init__(
            session, Listing(session.workspace, order), (Sorting(LIFELINE, order, "what is lost next"), *ORDERS)
        )

    def parts(self) -> list[Widget]:
        """State counts, filter, table and inspector; below them the next change and the latest events."""
        session = self.session
        table = RowTable(self.columns(), self._row, self.nothing(), id="table")
        table.titles[LIFELINE] = self._dates
        return [
            StateCounts(),
            FilterBar(),
            Horizontal(table, Inspector(session, OVERVIEW), id="body"),
            Peek(session),
            Ticker(session),
        ]

    def columns(self) -> Sequence[Column]:
        """The columns. The id column fits the longest id, but leaves the lifeline its cells; the account's column has
        priority if the fleet has several accounts.
        """
        columns = COLUMNS if len(self.session.workspace.world.accounts) > 1 else ONE_ACCOUNT
        least, first, most = _IDS
        wanted = max(self.longest, least)
        return (columns[0]._replace(width=min(wanted, first), most=min(wanted, most)), *columns[1:])

    def panes(self) -> list[Pane]:
        """Table, inspector, latest events, counts."""
        return [self.table, self.query_one(Inspector), self.query_one(Ticker), self.query_one(StateCounts)]

    def toasts_stand_on(self) -> Widget:
        """The latest events."""
        return self.query_one(Ticker)

    def _row(self, key: str) -> Row | None:
        workspace = self.session.workspace
        instance = workspace.world.instances.get(key)
        if instance is None:
            return None
        return fleet_row(instance, workspace, self._lifeline(instance), marked=not self.table.shows("State"))

    def _lifeline(self, instance: Instance) -> Runs:
        """The lifeline of an instance; empty while there is no forecast or if the column is hidden."""
        session, width = self.session, self.table.width_of(LIFELINE)
        forecast = session.forecasts.of(instance.account) if width else None
        if forecast is None:
            return ()
        workspace = session.workspace
        outlook = forecast.outlook(instance, workspace.clock)
        return lifeline(outlook, forecast.until, self._scale(width), workspace.calendar)

    def _scale(self, width: int) -> Scale:
        workspace = self.session.workspace
        return scale_of(workspace.clock, workspace.calendar, width, self.session.settings.horizon or None)

    def _dates(self, title: str, width: int) -> str:
        workspace = self.session.workspace
        text = dates(self._scale(width), workspace.clock, workspace.calendar)
        if self.table.sorted_by is None or self.table.sorted_by[0] != LIFELINE:
            return text
        # The sort mark is at the right edge: drop a date that would overlap it rather than cut the date.
        room = max(width - 2, 0)
        whole = text if len(text) <= room or text[room] == " " else text[:room].rpartition(" ")[0]
        return whole[:room].ljust(room)

    def subject(self) -> LogSubject | None:
        """The instance whose log `L` opens: that of the chosen event, if the latest events have the focus."""
        ticker = self.query_one(Ticker)
        event = ticker.event if ticker.has_focus else None
        if event is not None and event.instance is not None:
            return LogSubject(INSTANCE, event.instance)
        return super().subject()

    def nothing(self) -> str:
        """The text of an empty table."""
        return "This fleet has no instances: import some with lapse import FILE."

    def take_over(self, change: Change | None) -> None:
        """Reload the rows and the latest events."""
        if change is not None or not self.outdated:
            self._follow_forecasts()
        super().take_over(change)
        self.query_one(Ticker).show(anew=change is None)

    def _follow_forecasts(self) -> bool:
        """Move the rows that have a new forecast; return whether there are any."""
        if self.listing.total > limits.ORDERED_BY_LOSS:
            return False
        fresh = self.session.forecasts.take_fresh()
        if fresh:
            self.listing.update(fresh)
        return bool(fresh)

    def foreseen(self) -> None:
        """Sort the rows by the new forecasts."""
        if self._follow_forecasts():
            self.show_rows()

    def draw_situation(self, situation: Situation) -> None:
        """Draw bars, state counts and inspector."""
        super().draw_situation(situation)
        listing, current = self.listing, self.current()
        self.query_one(StateCounts).show(listing.counts, states_in(listing.filter_text))
        self.query_one(Inspector).show(self.possible, current)
        self.query_one(Peek).show(current)

    def on_state_counts_chosen(self, message: StateCounts.Chosen) -> None:
        """Filter by the state whose count was chosen."""
        if self.typing:
            self.leave_filter()
        self.set_filter(with_state(self.listing.filter_text, message.state))

    def show_instance(self, instance: str) -> None:
        """Move the cursor to an instance; clear a filter that hides it."""
        self._close()
        if self.listing.index_of(instance) is None:
            self.set_filter("")
        place = self.listing.index_of(instance)
        if place is None:
            self.session.tell(f"There is no instance {one_line(instance)} in the fleet.", "warning")
        else:
            self.table.move_to(place)
        self.set_focus(self.table)

    async def on_row_table_opened(self) -> None:
        """Open the row that was double-clicked."""
        await self.action_open()

    def on_ticker_opened(self) -> None:
        """Open the event that was double-clicked."""
        self.run_in_turn("open")

    async def action_open(self) -> None:
        """Open the inspector with the full history. If an event has the focus, go to its instance; for folded routine
        bills, open the log of bills.
        """
        ticker = self.query_one(Ticker)
        if ticker.has_focus and isinstance(ticker.line, RoutineBills):
            await self.app.run_action(f"app.log_through({BILLS!r})")
        elif ticker.has_focus:
            event = ticker.event
            if event is not None and event.instance is not None:
                self.show_instance(event.instance)
            elif event is not None:
                key = keymap_of(self.app).key("account")
                self.session.tell(f"It is about the account {one_line(event.account or '')}: {key} shows the accounts.")
        elif self.current() is not None:
            inspector = self.query_one(Inspector)
            self.add_class("-opened")
            inspector.show(Possible(self.situation()), self.current(), opened=True)
            self.set_focus(inspector)
            self.call_after_refresh(self.draw)

    def action_back(self) -> None:
        """Close the inspector if it is open; otherwise undo one step in the table."""
        if not self._close():
            super().action_back()

    def _close(self) -> bool:
        """Close the inspector; return whether it was open."""
        inspector = self.query_one(Inspector)
        was_open = inspector.opened
        if was_open:
            self.remove_class("-opened")
            inspector.show(Possible(self.situation()), self.current(), opened=False)
            self.set_focus(self.table)
        return was_open


def fleet_row(instance: Instance, workspace: Workspace, ahead: Runs, *, marked: bool = False) -> Row:
    """An instance as a row of the fleet table, with its lifeline `ahead`. If `marked`, the expiry shows the state."""
    cells = (
        Cell(one_line(instance.id)),
        Cell(state_words(instance.state), instance.state),
        Cell(expiry_cell(instance, workspace, marked=marked)),
        Cell(*renewal_cell(instance, workspace)),
        Cell("", "quiet", ahead),
        Cell(one_line(instance.account), "quiet"),
        Cell(one_line(instance.region), "quiet"),
        Cell(one_line(instance.name) if instance.name != instance.id else "", "quiet"),
    )
    return Row(cells, dim=instance.state == RELEASED)


def renewal_cell(instance: Instance, workspace: Workspace) -> tuple[str, str]:
    """The text and style of the renewal column. For auto-renewal: period and day of the next payment, "3 mo 16 Jul"."""
    if instance.state == RELEASED:
        return "-", ""
    if instance.kind == LEGACY_PUBLIC:
        return "pay as you go", "quiet"
    if instance.kind != ENTERPRISE:
        return "-", "quiet"
    mode, _, months, _ = instance.renewal
    if mode != AUTO:
        return ("manual" if mode == MANUAL else "non-renewal"), ""
    payments = workspace.timetable.payments(instance, workspace.clock)
    if not payments or months is None:
        return f"{months} mo none left", ""
    return period_and_day(months, payments[0], workspace), ""
