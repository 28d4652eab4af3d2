"""A screen with a table of instances: filter, order, marks, and commands on the selection."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.cells import cell_len

from core.base.errors import LapseError
from core.workspace.change import Change
from core.world.actions import Action, Upgrade
from core.world.model import MANUAL, NONE, Account, Instance
from tui.commands.keymap import keymap_of
from tui.commands.table import BY_NAME
from tui.dialogs.auto_renewal import AutoRenewalDialog
from tui.dialogs.bulk_plans import Plan, Planner, plan_devices, plan_trials
from tui.dialogs.buy import UpgradeDialog, tell_bought
from tui.dialogs.by_hand import ByHandDialog
from tui.dialogs.long_acts import LongActs
from tui.dialogs.renew import RenewDialog
from tui.lists.listing import Sorting
from tui.lists.marks import Marks
from tui.lists.row_source import Rows
from tui.live import limits
from tui.live.session import ACTS, Session
from tui.screens.filtered_screen import FilteredScreen
from tui.screens.fleet_screen import INSTANCE, LogSubject
from tui.text.cells import cut, one_line
from tui.widgets.filter_bar import FilterBar
from tui.widgets.rows import Column, RowTable

MOST_COPIED: Final = 74_994 // 4 * 3
"""Bytes that fit in the longest OSC 52 sequence that terminals accept: 74,994 characters of base64."""
_NAMED: Final = 24
"""Most cells of an id in a sentence."""


_BETWEEN: Final = 1 / 120
"""Seconds between two batches of search texts; in them keys are handled and the screen is drawn."""


class InstanceScreen(FilteredScreen):
    """A table of instances with a filter, an order and marks."""

    listing: Rows

    def __init__(self, session: Session, listing: Rows, orders: Sequence[Sorting]) -> None:
        super().__init__(session)
        self.listing = listing
        self._listed = session.revision
        """The session's revision when the listing was created."""
        self._sized_for = -1
        self._longest = 0
        self.marks = Marks(session.workspace)
        self._orders = orders
        self._order_index = 0
        self._unfiltered_cursor: str | None = None
        """The row under the cursor before a filter was set."""
        self._typing_from: str | None = None
        """The row under the cursor when the person began to type a filter."""

    # What each screen defines

    def columns(self) -> Sequence[Column]:
        """The columns of the table for the current fleet."""
        raise NotImplementedError

    @property
    def longest(self) -> int:
        """The width in cells of the longest id; computed again when the number of instances changes."""
        instances = self.session.workspace.world.instances
        if self._sized_for != len(instances):
            self._sized_for, self._longest = len(instances), max(map(_cells, instances), default=0)
        return self._longest

    # What the commands apply to

    def current(self) -> Instance | None:
        """The instance under the cursor."""
        key = self.table.cursor
        return None if key is None else self.session.workspace.world.instances.get(key)

    def selection(self) -> Sequence[Instance]:
        """The marked instances in marking order; if none is marked, the one under the cursor."""
        if self.marks:
            return self.marks
        current = self.current()
        return () if current is None else (current,)

    def account(self) -> Account | None:
        """The account of the instance under the cursor, or else the first account."""
        accounts, current = self.session.workspace.world.accounts, self.current()
        return next(iter(accounts.values()), None) if current is None else accounts[current.account]

    def highlighted(self) -> object:
        """The number of marks, or the row under the cursor. Without a key press marks only disappear, so their number
        is enough to see a change.
        """
        return len(self.marks) or self.table.cursor

    def settled(self) -> None:
        """Hide the columns that the person's settings hide."""
        table, hidden = self.table, frozenset(self.session.settings.hidden.get(self.mode_name, ()))
        if table.hidden != hidden:
            table.hidden = hidden
            table.refresh()

    def subject(self) -> LogSubject | None:
        """The instance whose log `L` opens: the one under the cursor."""
        current = self.current()
        return super().subject() if current is None else LogSubject(INSTANCE, current.id)

    @property
    def filtered(self) -> bool:
        """Whether a filter is set."""
        return bool(self.listing.filter_text)

    # Following the fleet

    def on_mount(self) -> None:
        """Redraw the details when the cursor moves, and show the marks in the table."""
        self.table.cursor_moved = self.draw
        self.table.marked = self.marks.keys

    @property
    def outdated(self) -> bool:
        """Whether the fleet has changed since the listing was created."""
        return self._listed != self.session.revision

    def take_over(self, change: Change | None) -> None:
        """Reload the rows and marks that the change affects."""
        marked = len(self.marks)
        if self.outdated:
            # On the first load the listing is current, and the cursor belongs on the top row.
            self.table.hold()
        if change is None:
            if self.outdated:
                self.listing.read_anew()
            self.marks.read_anew()
        else:
            self.listing.update(change.instances)
            self.marks.follow(change.instances & self.marks.keys)
        if change is None or self.listing.hides_in_time:
            self.unmark_hidden()
        else:
            self.unmark_hidden(change.instances & self.marks.keys)
        self.tell_gone(self.show_rows(), marked - len(self.marks), besides=True)

    def unmark_hidden(self, keys: Iterable[str] | None = None) -> None:
        """Unmark those of `keys` that are no longer shown; None checks all marks. While a filter is being typed, hidden
        instances keep their marks.
        """
        if not self.typing:
            self.marks.drop(
                [key for key in (self.marks.keys if keys is None else keys) if self.listing.index_of(key) is None]
            )

    def tell_gone(self, name: str | None, unmarked: int, *, besides: bool = False) -> None:
        """Say that the cursor lost its row `name`, where the cursor is now, and how many instances lost their marks."""
        told = []
        if name is not None:
            now = self.table.cursor
            where = "nothing is listed now" if now is None else f"the cursor is on {cut(one_line(now), _NAMED)}"
            told.append(f"{cut(one_line(name), _NAMED)} is no longer listed: {where}.")
        if unmarked:
            those = "1 marked instance is" if unmarked == 1 else f"{unmarked:,} marked instances are"
            told.append(f"{those} no longer listed, so no longer marked.")
        if told:
            self.session.tell(" ".join(told), besides=besides)

    def show_rows(self) -> str | None:
        """Show the rows of the listing. Returns the id of the row that the cursor lost, or None."""
        table, listing = self.table, self.listing
        table.set_columns(self.columns())
        if self.session.workspace.world.instances:
            nothing_fits = f"Nothing matches the filter: {keymap_of(self.app).key('back')} clears it."
            table.empty = nothing_fits if listing.filter_text else self.nothing()
        sorting = self._orders[self._order_index]
        table.sorted_by = (sorting.column, listing.reverse != sorting.falling)
        gone = table.show(listing.keys, listing.index_of)
        self.query_one(FilterBar).show(
            listing.filter_text, len(listing.keys), listing.total, typing=self.typing, note=listing.problem
        )
        return gone

    def nothing(self) -> str:
        """The text of an empty table."""
        return "Nothing to show."

    async def action_run(self, name: str) -> None:
        """Run a command of the command table on the highlighted row. The cursor stays on that row."""
        if self.ready and not self.too_small:
            self.table.hold()
            if self.typing and BY_NAME[name].group == "Act":
                self.leave_filter()
        await super().action_run(name)

    def action_end(self, direction: int) -> None:
        """Go to the first or last row, and keep the cursor on it when rows move."""
        super().action_end(direction)
        self.table.hold()

    # Find

    def set_filter(self, text: str) -> None:
        """Show the rows that match a filter. The cursor stays on its row; if that is hidden, it moves to the next
        match. After a filter without matches, it returns to the row it was on before.
        """
        table, listing = self.table, self.listing
        table.hold()
        if not listing.filter_text:
            self._unfiltered_cursor = table.cursor
        if not text:
            # Messages about rows that the filter hid no longer apply.
            self.app.clear_notifications()
        wanted = table.cursor or self._unfiltered_cursor
        marked = len(self.marks)
        listing.set_filter(text)
        self.unmark_hidden()
        self.show_rows()
        if wanted is not None:
            table.move_to(listing.near(wanted))
        if not self.typing:
            self.tell_gone(None if wanted == table.cursor else wanted, marked - len(self.marks))
        self.draw()

    def leave_filter(self) -> None:
        """Go back to the table, and say what the filter hides."""
        super().leave_filter()
        typing_from, self._typing_from = self._typing_from, None
        hidden = typing_from is not None and self.listing.index_of(typing_from) is None
        marked = len(self.marks)
        self.unmark_hidden()
        self.tell_gone(typing_from if hidden else None, marked - len(self.marks))
        self.draw()

    def action_filter(self) -> None:
        """Focus the filter field, and build the search texts."""
        if not self.typing:
            self._typing_from = self.table.cursor
        super().action_filter()
        self.call_after_refresh(self._prepare_rows)

    def _prepare_rows(self) -> None:
        """Build the search texts in batches, so that keys are handled between them."""
        if self.typing and not self.listing.prepare():
            self.set_timer(_BETWEEN, self._prepare_rows)

    def action_match(self, steps: int) -> None:
        """Go to the next or previous match, and around at the end. All rows shown match the filter."""
        self.table.step(steps)

    def action_sort(self) -> None:
        """Sort by the next order."""
        sorting = self._sort_by((self._order_index + 1) % len(self._orders), reverse=False)
        if not self.table.shows(sorting.column):
            self.session.tell(f"Sorted by {(sorting.name or sorting.column).lower()}.")

    def on_row_table_head_clicked(self, message: RowTable.HeadClicked) -> None:
        """Sort by the column whose head was clicked; if it is sorted already, reverse the order."""
        for place, sorting in enumerate(self._orders):
            if sorting.column == message.title:
                self.table.hold()
                self._sort_by(place, reverse=place == self._order_index and not self.listing.reverse)
                self.draw()

    def _sort_by(self, place: int, *, reverse: bool) -> Sorting:
        self._order_index, sorting = place, self._orders[place]
        self.listing.set_order(sorting.order, reverse=reverse)
        self.show_rows()
        return sorting

    def action_reverse(self) -> None:
        """Reverse the order."""
        self.listing.set_order(self.listing.order, reverse=not self.listing.reverse)
        self.show_rows()

    def action_back(self) -> None:
        """Undo one step: the filter being typed, the focus on another pane, the marks, then the filter."""
        if self.typing:
            self.forget_typed()
            self.set_filter("")
            self.leave_filter()
        elif self.focused is not self.table:
            self.set_focus(self.table)
        elif self.marks:
            self.unmark()
        elif self.listing.filter_text:
            self.set_filter("")

    # Mark

    def action_mark(self) -> None:
        """Mark or unmark the row under the cursor, and move to the next row."""
        key = self.table.cursor
        if key is not None:
            self.marks.toggle(key)
            self.table.move(1)
            self.table.refresh()
            self.draw()

    def action_mark_all(self) -> None:
        """Mark all rows that are shown; if all are marked, unmark them."""
        if len(self.marks) == len(self.listing.keys):
            self.unmark()
            return
        self.marks.mark(self.listing.keys)
        self.table.refresh()
        self.draw()

    def unmark(self) -> None:
        """Unmark all rows."""
        self.marks.clear()
        self.table.refresh()
        self.draw()

    def action_copy_ids(self) -> None:
        """Copy the ids of the selection, one per line. Refuse a text that terminals would silently drop."""
        ids = [instance.id for instance in self.selection()]
        text = "\n".join(ids)
        size = len(text.encode())
        if size > MOST_COPIED:
            self.session.tell(
                f"{len(ids):,} ids are {size:,} bytes, and terminals take at most {MOST_COPIED:,} at once: mark fewer.",
                "warning",
            )
            return
        self.app.copy_to_clipboard(text)
        self.session.tell(f"Copied {one_line(ids[0])}." if len(ids) == 1 else f"Copied {len(ids):,} ids.")

    # Act

    async def action_renew(self, months: int | None = None) -> None:
        """Ask for the period, with `months` preselected, then renew."""
        self.session.pacer.pause()
        await self.app.push_screen(RenewDialog(self.session, self.selection(), months), self._do)

    async def action_auto_renewal(self) -> None:
        """Ask for the period, then enable auto-renewal or change its period."""
        self.session.pacer.pause()
        await self.app.push_screen(AutoRenewalDialog(self.session, self.selection()), self._do)

    async def action_set_manual(self) -> None:
        """Ask for confirmation, then set the selection to manual renewal."""
        await self._by_hand(MANUAL)

    async def action_set_non_renewal(self) -> None:
        """Ask for confirmation, then set the selection to non-renewal."""
        await self._by_hand(NONE)

    async def _by_hand(self, mode: str) -> None:
        self.session.pacer.pause()
        await self.app.push_screen(ByHandDialog(self.session, self.selection(), mode), self._do)

    def _do(self, action: Action | None) -> None:
        if action is not None and self.session.act(action) is not None:
            self.marks.clear()

    async def _do_plan(self, planner: Planner, asked: int) -> None:
        """Do what is possible for each of the `asked` selected instances, and tell the result. Many are done in a
        thread.
        """
        session = self.session
        if asked > limits.ACTED_IN_THREAD and not session.busy:
            session.pacer.pause()
            session.hold(ACTS)
            running = LongActs(session, planner, asked)
            await self.app.push_screen(running, lambda outcome: self._finish_plan(running, outcome))
            return
        plan = planner()
        if not plan.actions or session.act_each(plan.actions) is not None:
            self._tell_plan(plan, len(plan.actions))

    def _finish_plan(self, running: LongActs, outcome: Change | LapseError | None) -> None:
        if outcome is not None:
            self.session.finish_long(outcome)
        if isinstance(outcome, Change) and running.plan is not None:
            self._tell_plan(running.plan, running.acted)

    def _tell_plan(self, plan: Plan, done: int) -> None:
        self.marks.drop(plan.instances[:done])
        self.table.refresh()
        self.draw()
        told = [plan.tell(done)] if done else []
        if plan.not_done:
            self.session.tell("\n".join([*told, plan.not_done]), "warning")
        elif told:
            self.session.tell(told[0])

    async def action_continue_trial(self) -> None:
        """Continue the trial of each selected instance that is frozen."""
        selection = tuple(self.selection())
        await self._do_plan(lambda: plan_trials(self.session.workspace, selection), len(selection))

    async def action_devices(self) -> None:
        """Set the devices of the selected instances online; if none can come online, set them offline."""
        selection = tuple(self.selection())
        await self._do_plan(lambda: plan_devices(self.session.workspace, selection), len(selection))

    async def action_upgrade(self) -> None:
        """Ask for the period, then upgrade."""
        self.session.pacer.pause()
        await self.app.push_screen(UpgradeDialog(self.session, self.selection()[0]), self._upgrade)

    def bought(self, name: str) -> None:
        """Move the cursor to the new instance, once the table has its row."""
        self.call_later(self.table.move_to_key, name)

    def _upgrade(self, action: Upgrade | None) -> None:
        change = None if action is None else self.session.act(action, advise=False)
        if action is not None and change is not None:
            self.marks.drop((action.instance,))
            self.session.tell(tell_bought(self.session.workspace, action, change))


def _cells(name: str) -> int:
    """The width of an id in cells."""
    return len(name) if name.isascii() else cell_len(one_line(name))
