"""The event log, newest first and searchable: all events, or those of one instance or account."""

from collections.abc import Callable
from typing import ClassVar, Final

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from core.store.log_search import LogFilter
from core.workspace.change import Change
from core.world.events import Event
from core.world.model import Account, Instance
from tui.commands.keymap import keymap_of
from tui.commands.obstacles import Situation
from tui.commands.table import LOG, bindings
from tui.lists import log_pages
from tui.lists.log_filtering import HINT, read_log_filter
from tui.lists.log_pages import EventReader, Found, Numbers
from tui.live.session import Session
from tui.screens.filtered_screen import FilteredScreen
from tui.screens.fleet_screen import INSTANCE, LogSubject, Pane
from tui.text.cells import one_line
from tui.text.log_lines import event_line
from tui.widgets.event_list import COLUMNS, event_row, explained
from tui.widgets.filter_bar import FilterBar, through
from tui.widgets.rows import Row, RowTable
from tui.widgets.ticker import nothing_yet

_BETWEEN: Final = 1 / 120
"""Seconds between two batches of a search; in them keys are handled and the screen is drawn."""


class LogScreen(FilteredScreen):
    """The log, on top of the screen where it was opened. `about` is its subject; None shows the whole log."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LOG)]
    mode_name = LOG

    def __init__(self, session: Session, about: LogSubject | None, filter_text: str = "") -> None:
        super().__init__(session)
        self._about = about
        self._first_filter = filter_text
        self._reader = EventReader(session.workspace)
        self._all = None if about is None else Found(session.workspace, self._wanted("")[0])
        """The subject's events without a filter; None: the whole log."""
        self._found: Found | None = None
        self._text = ""
        self._problem: str | None = None
        self._only_matches = False
        """Whether only matches of the filter are shown, or also the events around them."""
        self._scheduled = False
        self._keys = Numbers.whole(0)
        self._target: str | None = None
        """The event that the cursor was on, while the search may still find it."""
        self._substitute: str | None = None
        """The event that the cursor is on until then."""

    def parts(self) -> list[Widget]:
        """The title, the filter, the list, and the full text of the event under the cursor."""
        return [
            Static(id="log-title", markup=False),
            FilterBar(HINT),
            RowTable(COLUMNS, self._row, "", id="table"),
            Static(id="event", markup=False),
        ]

    def panes(self) -> list[Pane]:
        """The list."""
        return [self.table]

    def toasts_stand_on(self) -> Widget:
        """The full text of the event under the cursor."""
        return self.query_one("#event", Static)

    # The event under the cursor

    def event(self) -> Event | None:
        """The event under the cursor."""
        key = self.table.cursor
        return None if key is None else self._event(key)

    def _event(self, key: str) -> Event | None:
        place = self._keys.index_of(key)
        if place is None:
            return None
        known = self._reader.known(int(key))
        return known or self.session.read(lambda: self._reader.event(int(key), self._keys, place), None)

    def selection(self) -> tuple[Instance, ...]:
        """The instance of the event under the cursor."""
        event = self.event()
        instance = self.session.workspace.world.instances.get(event.instance or "") if event else None
        return () if instance is None else (instance,)

    def account(self) -> Account | None:
        """The account of the event under the cursor, or else the first account."""
        accounts, event = self.session.workspace.world.accounts, self.event()
        account = accounts.get(event.account or "") if event else None
        return account or next(iter(accounts.values()), None)

    def subject(self) -> LogSubject | None:
        """The instance or account whose log `L` opens: that of the event under the cursor."""
        selected = self.selection()
        return LogSubject(INSTANCE, selected[0].id) if selected else super().subject()

    @property
    def filtered(self) -> bool:
        """Whether a filter is set."""
        return self._found is not None

    # Following the fleet

    def on_mount(self) -> None:
        """Redraw the details when the cursor moves, and apply the initial filter."""
        self.table.cursor_moved = self.draw
        if self._first_filter:
            self.set_filter(self._first_filter)

    def take_over(self, change: Change | None) -> None:
        """Load the new events; None reloads the log."""
        if change is None:
            self._reader.clear()
            self._all = None if self._all is None else Found(self.session.workspace, self._wanted("")[0])
            self._found = None if self._found is None else Found(self.session.workspace, self._wanted(self._text)[0])
        for found in (self._all, self._found):
            if found is not None:
                found.failed = False
                self._search_step(found, found.catch_up)
        self._continue_search()

    def show_rows(self) -> None:
        """Show the rows and their counts. The cursor returns to its event as soon as the search finds it."""
        shown = self._found if self._only_matches else self._all
        count = self.session.workspace.head.events
        self._keys = Numbers.whole(count) if shown is None else shown.numbers()
        table = self.table
        table.empty = self._nothing(shown)
        if table.cursor != self._substitute:
            self._target = None
        gone = table.show(self._keys, self._keys.index_of)
        self._target = self._target or gone
        if self._target is not None:
            table.move_to(self._keys.place(int(self._target)))
            self._substitute = table.cursor
            if not self.searching or self._substitute == self._target:
                self._target = None
        self._show_counts()

    def _show_counts(self) -> None:
        """Show the number of events and of matches."""
        count = self.session.workspace.head.events
        self.query_one("#log-title", Static).update(self._title(), layout=False)
        found = self._found
        note = self._problem
        if any(there is not None and there.failed for there in (found, self._all)):
            note = "the rest can't be read"
        elif note is None and found is not None and not found.done:
            note = f"searching, {found.progress} %"
        elif note is None and found is not None and not self._only_matches and not self.typing:
            note = through(keymap_of(self.app))
        total = count if self._all is None else len(self._all.numbers())
        fitting = total if found is None else len(found.numbers())
        self.query_one(FilterBar).show(self._text, fitting, total, typing=self.typing, note=note)

    def _nothing(self, shown: Found | None) -> str:
        if shown is not None and not shown.done:
            return "The log can't be read." if shown.failed else "Searching."
        if self._only_matches:
            return f"Nothing matches the filter: {keymap_of(self.app).key('back')} clears it."
        return nothing_yet(keymap_of(self.app))

    def _title(self) -> Content:
        count = self.session.workspace.head.events if self._all is None else len(self._all.numbers())
        going = self._all is not None and not self._all.done
        whose = "Event log" if self._about is None else f"Event log of {one_line(self._about.id)}"
        events = "event" if count == 1 else "events"
        quiet = f"   {count:,} {events}{' so far' if going else ''}, newest on top"
        return Content.assemble((f" {whose}", "bold"), (quiet, "$quiet"))

    def draw_situation(self, situation: Situation) -> None:
        """Draw the bars and the event under the cursor."""
        super().draw_situation(situation)
        event = self.event()
        lines = [] if event is None else explained(event, self.session.workspace, max(self.size.width - 2, 20))
        self.query_one("#event", Static).update(Content("\n").join(lines), layout=False)

    def _row(self, key: str) -> Row | None:
        event = self._event(key)
        return None if event is None else event_row(event, self.session.workspace)

    # Searching

    def _wanted(self, text: str) -> tuple[LogFilter, str | None]:
        wanted, problem = read_log_filter(text)
        match self._about:
            case LogSubject(what=what, id=name) if what == INSTANCE:
                wanted = wanted._replace(of_instance=name)
            case LogSubject(id=name):
                wanted = wanted._replace(of_account=name)
        return wanted, problem

    def set_filter(self, text: str) -> None:
        """Show the events that match a filter, as the search finds them."""
        self.table.hold()
        self._text = text
        wanted, self._problem = self._wanted(text)
        self._only_matches = wanted != self._wanted("")[0]
        self._found = Found(self.session.workspace, wanted) if self._only_matches else None
        self._continue_search()

    def _continue_search(self) -> None:
        """Search the next batch, show it, and schedule the rest."""
        self._search()
        if not self.session.busy:
            self.show_rows()
            self.draw()
        self._schedule_search()

    def _search(self) -> None:
        """Search one batch. Its size is a number of events, not a time, so recordings are the same on every machine."""
        searched = 0
        while searched < log_pages.STRETCH and not self.session.busy and (unfinished := self._unfinished()):
            searched += self._search_step(unfinished[0], unfinished[0].step)

    def _schedule_search(self) -> None:
        if self._unfinished() and not self._scheduled:
            self._scheduled = True
            self.set_timer(_BETWEEN, self._resume_search)

    def _unfinished(self) -> list[Found]:
        """The searches that are not finished; the one that is shown comes first."""
        return [found for found in (self._found, self._all) if found is not None and not (found.done or found.failed)]

    def _search_step(self, found: Found, work: Callable[[], int]) -> int:
        """Run one step of a search and return the number of events searched. A read error is shown to the person and
        stops the search until the fleet changes; earlier matches stay.
        """
        searched = self.session.read(work, None)
        found.failed = searched is None
        return searched or 0

    def _resume_search(self) -> None:
        """Search the next batch, and draw only what changed."""
        self._scheduled = False
        if self.session.busy:
            self._schedule_search()
            return
        shown, before = self._found if self._only_matches else self._all, self.table.cursor
        self._search()
        if shown is not None and (shown.done or shown.failed or len(shown.numbers()) != len(self._keys)):
            self.show_rows()
            if self.table.cursor != before:
                self.draw()
        else:
            self._show_counts()
        self._schedule_search()

    @property
    def searching(self) -> bool:
        """Whether part of the log is not searched yet."""
        return bool(self._unfinished())

    def action_filter(self) -> None:
        """Focus the filter field."""
        self._only_matches = self._found is not None
        super().action_filter()

    def action_match(self, steps: int) -> None:
        """Go to the next or previous match, and around at the end."""
        key = self.table.cursor
        if self._only_matches:
            self.table.step(steps)
        elif self._found is not None and key is not None and (fitting := self._found.numbers()):
            place = fitting.place(int(key))
            on_it = place < len(fitting) and fitting[place] == key
            wanted = place - 1 if steps < 0 else place + on_it
            there = self._keys.index_of(fitting[wanted % len(fitting)])
            if there is not None:
                self.table.move_to(there)

    def action_back(self) -> None:
        """Undo one step: clear the filter being typed; or show the events around the matches; or close the log."""
        if self.typing:
            self.leave_filter()
            self.set_filter("")
        elif self._only_matches:
            self._only_matches = False
            self.show_rows()
            self.draw()
        else:
            self.app.clear_notifications()
            self.app.pop_screen()

    # Commands

    def on_row_table_opened(self) -> None:
        """Go to the instance of the row that was double-clicked."""
        self.run_in_turn("event-to-instance")

    def action_copy_event(self) -> None:
        """Copy the event as `lapse log` prints it."""
        event = self.event()
        if event is not None:
            workspace = self.session.workspace
            self.app.copy_to_clipboard(event_line(event, workspace.currency_of(event.account), workspace.calendar))
            self.session.tell("Copied the event.")
