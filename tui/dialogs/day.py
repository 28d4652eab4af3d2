"""The forecast events of a coming day if nobody acts: a list from which one can go to an instance."""

from collections import Counter
from typing import Final, NamedTuple

from textual.widget import Widget
from textual.widgets import Static

from core.ahead.forecast import UNPAID, AccountForecast
from core.base.instants import DAY
from core.base.money import group_amount
from core.words.sentences import tell_clock, tell_coming, tell_day, tell_distance
from core.world.model import Account
from core.world.severity import TROUBLE, badness
from tui.dialogs.dialog import Dialog
from tui.live.session import Session
from tui.text.cells import one_line
from tui.text.states import STYLE_OF
from tui.widgets.rows import Cell, Column, Row, RowTable

_COLUMNS: Final = (
    Column("When", 5),
    Column("Of", 14, ids=10),
    Column("What happens", 30, grows=True),
    Column("Rule", 4),
)
_ROOM: Final = 9
"""Screen lines that are not rows of the list."""


class Ahead(NamedTuple):
    """A forecast event: the instant, the id it is about, its sentence, how bad it is, its rule, and its instance."""

    at: int
    whom: str
    told: str
    bad: int
    rule: str
    instance: str | None


class DayDialog(Dialog[str]):
    """Shows the forecast events of a day; returns the instance to go to."""

    keys_text = "j k choose · enter go to instance · esc close"

    def __init__(self, session: Session, day: int) -> None:
        super().__init__()
        self._session = session
        self._begins = session.workspace.calendar.midnight(day)
        self.title_text = self._title()
        self._ahead = self._read_events()

    def _title(self) -> str:
        workspace = self._session.workspace
        date = tell_clock(self._begins, workspace.calendar)[:14]
        return f"{date}, {tell_distance(self._begins, workspace.clock, workspace.calendar)}: if nobody acts"

    def parts(self) -> list[Widget]:
        """The list."""
        table = RowTable(_COLUMNS, self._row, "")
        self._fill(table)
        return [Static(self._head(), id="standing", markup=False), table]

    def _fill(self, table: RowTable) -> None:
        table.show(list(self._ahead))
        table.styles.height = max(min(len(self._ahead), self.app.size.height - _ROOM), 2) + 1

    def _head(self) -> str:
        count = len(self._ahead)
        told = f"{count:,} {'event is' if count == 1 else 'events are'} foreseen; routine bills are left out."
        return told if count else self._nothing()

    def fleet_changed(self) -> None:
        """Show the day's events for the changed fleet; close the dialog if the day is no longer ahead."""
        table = self._table()
        if table is None or self._begins <= self._session.workspace.clock:
            self.finish(None)
            return
        self._ahead = self._read_events()
        self._fill(table)
        self.query_one("#standing", Static).update(self._head())
        self.query_one(".box").border_title = self._title()

    def _read_events(self) -> dict[str, Ahead]:
        """The day's events, by keys that stay the same when other events are inserted before them."""
        session, found = self._session, list[Ahead]()
        for account in session.workspace.world.accounts.values():
            forecast = session.forecasts.of(account.id)
            if forecast is not None:
                found += self._of(account, forecast)
        found.sort(key=lambda ahead: (ahead.at, -ahead.bad))
        named: dict[str, Ahead] = {}
        alike: Counter[str] = Counter()
        for ahead in found:
            name = f"{ahead.at} {ahead.whom} {ahead.rule}"
            alike[name] += 1
            named[f"{name} {alike[name]}"] = ahead
        return named

    def _of(self, account: Account, forecast: AccountForecast) -> list[Ahead]:
        workspace, ends = self._session.workspace, self._begins + DAY
        found = [
            Ahead(
                event.at, event.instance or account.id,
                tell_coming(event, forecast.short(event), account.currency, workspace.calendar, workspace.clock),
                badness(event), event.rule or "", event.instance,
            )
            for event in forecast.between(self._begins, ends)
        ]  # fmt: skip
        for movement in forecast.movements(self._begins - 1):
            if movement.at >= ends:
                break
            if movement.what == UNPAID:
                amount = group_amount(movement.amount, account.currency)
                found.append(Ahead(movement.at, account.id, f"bill of {amount} can't be paid", TROUBLE, "C1", None))
        return found

    def _nothing(self) -> str:
        workspace, reach = self._session.workspace, self._session.forecasts.reach
        if self._begins + DAY <= reach:
            return "Nothing is lost, nothing fails, and nothing is renewed."
        until = tell_day(reach, workspace.clock, workspace.calendar)
        return f"Not in the forecasts: they end on {until}."

    def _row(self, key: str) -> Row:
        ahead, calendar = self._ahead[key], self._session.workspace.calendar
        style = STYLE_OF[ahead.bad] if ahead.bad else ""
        return Row((
            Cell(calendar.format(ahead.at)[11:16], "quiet"), Cell(one_line(ahead.whom), style),
            Cell(one_line(ahead.told), style), Cell(ahead.rule, "quiet"),
        ))  # fmt: skip

    def action_confirm(self) -> None:
        """Return the instance under the cursor."""
        table = self._table()
        key = None if table is None else table.cursor
        self.finish(None if key is None else self._ahead[key].instance)
