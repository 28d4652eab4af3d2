"""The Renewal screen: instances on manual renewal, on auto-renewal and set to non-renewal, with dates and prices."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Static

from core.world.model import AUTO, MANUAL, MODES, RELEASED, Instance
from tui.commands.keymap import keymap_of
from tui.commands.obstacles import Situation
from tui.commands.table import RENEWAL, bindings
from tui.lists.listing import Sorting
from tui.lists.marks import Total
from tui.lists.renewal_listing import ALL, EXPIRED, WINDOWS, Renewables, Window
from tui.live.session import Session
from tui.screens.fleet_screen import Pane
from tui.screens.instance_screen import InstanceScreen
from tui.screens.renewal_offer import RenewalOffer
from tui.text.states import MARKS
from tui.widgets.drawing import say
from tui.widgets.empty_state import Emptiness, no_instances
from tui.widgets.filter_bar import FilterBar
from tui.widgets.renewal_rows import TITLES, columns, foretold, orders, row
from tui.widgets.rows import Column, Row, RowTable
from tui.widgets.running_total import running_total
from tui.widgets.tab_line import Choice, Part, TabLine

TABS: Sequence[str] = (MANUAL, AUTO, *(mode for mode in MODES if mode not in (MANUAL, AUTO)))
"""The renewal modes in the order of their tabs."""


class RenewalScreen(InstanceScreen):
    """The second main screen."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(RENEWAL)]
    mode_name = RENEWAL
    listing: Renewables

    def __init__(self, session: Session) -> None:
        listing = Renewables(session.workspace, forecast_text=lambda instance: foretold(instance, session))
        super().__init__(session, listing, orders(MANUAL))
        self._summed_for: tuple[int, int, int] | None = None

    def parts(self) -> list[Widget]:
        """Tabs and windows, filter, the table beside the offer for the selected instance, and the running total."""
        return [
            TabLine(),
            FilterBar(),
            Horizontal(
                RowTable(self.columns(), self._row, self.nothing(), id="table"), RenewalOffer(self.session), id="body"
            ),
            Static(id="sum", markup=False),
        ]

    def toasts_stand_on(self) -> Widget:
        """The running total of the selection."""
        return self.query_one("#sum", Static)

    def panes(self) -> list[Pane]:
        """The table."""
        return [self.table]

    def nothing(self) -> str:
        """The text of an empty table."""
        how = {MANUAL: "on manual renewal", AUTO: "on auto-renewal"}.get(self.listing.mode, "set to non-renewal")
        window = self.listing.window
        if window is ALL:
            return f"No Enterprise instance is {how}."
        when = "has expired" if window.days is None else f"expires within {window.days} days"
        return f"No instance that is {how} {when}: {keymap_of(self.app).key('window')} shows others."

    def columns(self) -> Sequence[Column]:
        """The columns of the tab, with the account if the fleet has several."""
        several = len(self.session.workspace.world.accounts) > 1
        return columns(self.listing.mode, several_accounts=several, longest=self.longest)

    def emptiness(self) -> Emptiness | None:
        """What to show if the fleet has no instances."""
        workspace = self.session.workspace
        return None if workspace.world.instances else no_instances(workspace, "No Enterprise instance to renew")

    def _row(self, key: str) -> Row | None:
        instance = self.session.workspace.world.instances.get(key)
        if instance is None:
            return None
        return row(instance, self.session, marked=not self.table.shows("State"))

    def foreseen(self) -> None:
        """Apply the filter again, because it may match texts from the forecasts."""
        if self.listing.hides_in_time:
            self.listing.update(())
            self.unmark_hidden()
            self.show_rows()

    # Tabs and windows

    def action_pane(self, steps: int) -> None:
        """Show the next tab."""
        self._show(TABS[(TABS.index(self.listing.mode) + steps) % len(TABS)], self.listing.window)

    def action_window(self) -> None:
        """Show the next window of days to expiry."""
        following = WINDOWS[(WINDOWS.index(self.listing.window) + 1) % len(WINDOWS)]
        self._show(self.listing.mode, following)

    def on_tab_line_chosen(self, message: TabLine.Chosen) -> None:
        """Show the tab or window that was clicked."""
        if message.name in TABS:
            self._show(message.name, self.listing.window)
        for window in WINDOWS:
            if window.name == message.name:
                self._show(self.listing.mode, window)

    def action_back(self) -> None:
        """Undo the marks and the filter first, then the window."""
        if self.focused is self.table and not self.marks and not self.listing.filter_text:
            self._show(self.listing.mode, ALL)
        else:
            super().action_back()

    def _show(self, mode: str, window: Window) -> None:
        if (mode, window) == (self.listing.mode, self.listing.window):
            return
        other_tab, marked = mode != self.listing.mode, len(self.marks)
        self.table.hold()
        self.listing.choose(mode, window)
        self.unmark_hidden()
        if other_tab:
            self.table.set_columns(self.columns())
            self._sort_as(orders(mode))
        gone = self.show_rows()
        if other_tab:
            self.action_end(-1)
        self.tell_gone(None if other_tab else gone, marked - len(self.marks))
        self.draw()

    def _sort_as(self, choices: Sequence[Sorting]) -> None:
        """Keep the order if the tab has its column; otherwise sort by expiry."""
        self._orders = choices
        same = (place for place, sorting in enumerate(choices) if sorting.order is self.listing.order)
        self._order_index = next(same, 0)
        if choices[self._order_index].order is not self.listing.order:
            self.listing.set_order(choices[self._order_index].order, reverse=False)

    # Drawing

    def show_rows(self) -> str | None:
        """Show the rows, and the counts of all tabs and windows. Returns the id of the row that the cursor lost, or
        None.
        """
        gone = super().show_rows()
        listing = self.listing
        tabs = [
            Choice(mode, _tab(TITLES[mode], listing.count(mode, listing.window), chosen=mode == listing.mode))
            for mode in TABS
        ]
        windows = [
            Choice(window.name, _window(window, listing.count(listing.mode, window), chosen=window is listing.window))
            for window in WINDOWS
        ]
        self.query_one(TabLine).show(tabs, windows)
        return gone

    def draw_situation(self, situation: Situation) -> None:
        """Draw the bars and the running total of the selection."""
        super().draw_situation(situation)
        # If there is room for the offer, it says everything about a single instance, so the total is hidden.
        self.set_class(not self.marks, "-unmarked")
        self.query_one(RenewalOffer).show(self.current())
        width = self.size.width - 1
        # With marks, the total does not depend on the cursor: sum up again only if the marks, fleet or width change.
        for_what = (self.marks.version, self.session.revision, width) if self.marks else None
        if for_what is None or for_what != self._summed_for:
            self._summed_for = for_what
            gone = sum(instance.state == RELEASED for instance in situation.instances) if not self.marks else 0
            totals, released = self._totals(situation.instances), self.marks.released or gone
            total = running_total(totals, self._who(), self.session.workspace, width, released)
            say(self.query_one("#sum", Static), total)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the running total to the new width."""
        if self.ready:
            self.call_after_refresh(self.draw)

    def _who(self) -> str | None:
        """The id of the selected instance if nothing is marked, else None."""
        current = self.current()
        return current.id if current is not None and not self.marks else None

    def _totals(self, selected: Sequence[Instance]) -> dict[str, Total]:
        if self.marks:
            return self.marks.totals
        there = [instance for instance in selected if instance.state != RELEASED]
        return {instance.account: Total(1, instance.monthly_price) for instance in there}


def _tab(title: str, count: int, *, chosen: bool) -> tuple[Part, ...]:
    return (title, "bold underline $accent" if chosen else ""), (f" {count:,}", "bold $accent" if chosen else "$quiet")


def _window(window: Window, count: int, *, chosen: bool) -> tuple[Part, ...]:
    name = window.name if window.days is None else f"in {window.name}"
    over = "bold underline " if chosen else ""
    if window is EXPIRED and count:
        return ((f"{MARKS['expired']} {count:,} {name}", f"{over}$state-expired"),)
    colour = "$accent" if chosen else "$foreground" if count else "$quiet"
    return ((f"{count:,} {name}", over + colour),)
