"""The event log: everything that happened, newest on top, or what happened to one instance or account; searchable."""

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
"""Seconds between two stretches of a search, in which keys are answered and the screen is drawn."""


class LogScreen(FilteredScreen):
    """The log over the screen it was opened on."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LOG)]
    mode_name = LOG

    def __init__(self, session: Session, about: LogSubject | None, filter_text: str = "") -> None:
        super().__init__(session)
        self._about = about
        self._first_filter = filter_text
        self._reader = EventReader(session.workspace)
        self._all = None if about is None else Found(session.workspace, self._wanted("")[0])
        """What there is without a filter; None: the whole log."""
        self._found: Found | None = None
        self._text = ""
        self._problem: str | None = None
        self._sifted = False
        """Whether only what matches the filter is shown, or all, so that one sees what stands around it."""
        self._going = False
        self._keys = Numbers.whole(0)
        self._sought: str | None = None
        """The event that the cursor was on, while a search may still find it."""
        self._landed: str | None = None
        """The one it is on meanwhile."""

    def parts(self) -> list[Widget]:
        """A title, the filter, the list, and the event under the cursor in full."""
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
        """The event under the cursor; the newest are far above."""
        return self.query_one("#event", Static)

    # What is under the cursor

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
        """The instance the event is about."""
        event = self.event()
        instance = self.session.workspace.world.instances.get(event.instance or "") if event else None
        return () if instance is None else (instance,)

    def account(self) -> Account | None:
        """The account the event is about, or the first one."""
        accounts, event = self.session.workspace.world.accounts, self.event()
        account = accounts.get(event.account or "") if event else None
        return account or next(iter(accounts.values()), None)

    def subject(self) -> LogSubject | None:
        """Whose log `L` opens."""
        selected = self.selection()
        return LogSubject(INSTANCE, selected[0].id) if selected else super().subject()

    @property
    def filtered(self) -> bool:
        """Whether a filter is set."""
        return self._found is not None

    # Following the fleet

    def on_mount(self) -> None:
        """Let what follows the cursor be drawn with it, and begin with the filter that was asked for."""
        self.table.cursor_moved = self.draw
        if self._first_filter:
            self.set_filter(self._first_filter)

    def take_over(self, change: Change | None) -> None:
        """Take over what happened since."""
        if change is None:
            self._reader.clear()
            self._all = None if self._all is None else Found(self.session.workspace, self._wanted("")[0])
            self._found = None if self._found is None else Found(self.session.workspace, self._wanted(self._text)[0])
        for found in (self._all, self._found):
            if found is not None:
                found.failed = False
                self._carefully(found, found.catch_up)
        self._go_on()

    def show_rows(self) -> None:
        """Show the rows, and how many there are."""
        shown = self._found if self._sifted else self._all
        count = self.session.workspace.head.events
        self._keys = Numbers.whole(count) if shown is None else shown.numbers()
        table = self.table
        table.empty = self._nothing(shown)
        if table.cursor != self._landed:
            self._sought = None
        gone = table.show(self._keys, self._keys.index_of)
        self._sought = self._sought or gone
        if self._sought is not None:
            table.move_to(self._keys.place(int(self._sought)))
            self._landed = table.cursor
            if not self.searching or self._landed == self._sought:
                self._sought = None
        self._show_counts()

    def _show_counts(self) -> None:
        """Show how many there are, and how many of them fit."""
        count = self.session.workspace.head.events
        self.query_one("#log-title", Static).update(self._title(), layout=False)
        found = self._found
        note = self._problem
        if any(there is not None and there.failed for there in (found, self._all)):
            note = "the rest can't be read"
        elif note is None and found is not None and not found.done:
            note = f"searching, {found.progress} %"
        elif note is None and found is not None and not self._sifted and not self.typing:
            note = through(keymap_of(self.app))
        total = count if self._all is None else len(self._all.numbers())
        fitting = total if found is None else len(found.numbers())
        self.query_one(FilterBar).show(self._text, fitting, total, typing=self.typing, note=note)

    def _nothing(self, shown: Found | None) -> str:
        if shown is not None and not shown.done:
            return "The log can't be read." if shown.failed else "Searching."
        if self._sifted:
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
        """Show what fits a filter, as it is found."""
        self.table.hold()
        self._text = text
        wanted, self._problem = self._wanted(text)
        self._sifted = wanted != self._wanted("")[0]
        self._found = Found(self.session.workspace, wanted) if self._sifted else None
        self._go_on()

    def _go_on(self) -> None:
        """Search the beginning of what isn't searched yet, show it, and come back for the rest."""
        self._search()
        if not self.session.busy:
            self.show_rows()
            self.draw()
        self._plan()

    def _search(self) -> None:
        """Search a stretch, which a person doesn't notice; counted, so that recordings are the same everywhere."""
        searched = 0
        while searched < log_pages.STRETCH and not self.session.busy and (waiting := self._waiting()):
            searched += self._carefully(waiting[0], waiting[0].step)

    def _plan(self) -> None:
        if self._waiting() and not self._going:
            self._going = True
            self.set_timer(_BETWEEN, self._come_back)

    def _waiting(self) -> list[Found]:
        """What isn't searched to the end yet, what is shown first."""
        return [found for found in (self._found, self._all) if found is not None and not (found.done or found.failed)]

    def _carefully(self, found: Found, work: Callable[[], int]) -> int:
        """Search on, by so many events; what goes wrong is said, and what was found until then stays."""
        searched = self.session.read(work, None)
        found.failed = searched is None
        return searched or 0

    def _come_back(self) -> None:
        """Search on; only what changed is drawn."""
        self._going = False
        if self.session.busy:
            self._plan()
            return
        shown, before = self._found if self._sifted else self._all, self.table.cursor
        self._search()
        if shown is not None and (shown.done or shown.failed or len(shown.numbers()) != len(self._keys)):
            self.show_rows()
            if self.table.cursor != before:
                self.draw()
        else:
            self._show_counts()
        self._plan()

    @property
    def searching(self) -> bool:
        """Whether a part of the log isn't searched yet."""
        return bool(self._waiting())

    def action_filter(self) -> None:
        """Type a filter."""
        self._sifted = self._found is not None
        super().action_filter()

    def action_match(self, steps: int) -> None:
        """Go to the next event that fits the filter, or the one before, and round."""
        key = self.table.cursor
        if self._sifted:
            self.table.step(steps)
        elif self._found is not None and key is not None and (fitting := self._found.numbers()):
            place = fitting.place(int(key))
            on_it = place < len(fitting) and fitting[place] == key
            wanted = place - 1 if steps < 0 else place + on_it
            there = self._keys.index_of(fitting[wanted % len(fitting)])
            if there is not None:
                self.table.move_to(there)

    def action_back(self) -> None:
        """Leave the filter's field; then show what stands around what was found; then leave the log."""
        if self.typing:
            self.leave_filter()
            self.set_filter("")
        elif self._sifted:
            self._sifted = False
            self.show_rows()
            self.draw()
        else:
            self.app.clear_notifications()
            self.app.pop_screen()

    # What can be done

    def on_row_table_opened(self) -> None:
        """A row was clicked twice."""
        self.run_in_turn("event-to-instance")

    def action_copy_event(self) -> None:
        """Copy the event as `lapse log` prints it."""
        event = self.event()
        if event is not None:
            workspace = self.session.workspace
            self.app.copy_to_clipboard(event_line(event, workspace.currency_of(event.account), workspace.calendar))
            self.session.tell("Copied the event.")
