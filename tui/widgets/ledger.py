"""The ledger and the inbox of one account: lists of its events, newest first. Only the rows in sight are read."""

from typing import Final

from core.base.money import group_amount
from core.words.sentences import tell_moment, tell_notice
from core.workspace.statement import NOTICES, Pages, Statement, statement_line
from core.workspace.workspace import Workspace
from core.world.events import Event, NoticeSent
from tui.live.session import Session
from tui.text.cells import one_line
from tui.text.states import cell_style_of
from tui.widgets.rows import Cell, Column, Row, RowTable

_WHEN: Final = Column("When", 12, right=True)
_YEAR: Final = len(" 2027")
_REST: Final = Column("", 0, grows=True, optional=9)
_NOTICES: Final = ((110, 40, 20), (76, 30, 16), (0, 26, 12))
"""For each minimum width of the inbox: the cells of the notice, and of the id that it is about."""
_WIDTHS: Final = ((150, 64, 24), (119, 48, 18), (0, 29, 12))
"""For each minimum width of the ledger: the cells of the event, and of the instance."""
_AMOUNT: Final = 11
_LEAST: Final = 20


NOTHING_MOVED: Final = "No money has moved yet."
NOTHING_SENT: Final = "No notice has been sent yet."
UNREADABLE: Final = "It can't be read now."


class Ledger(RowTable):
    """Every movement of an account's money."""

    def __init__(self, session: Session) -> None:
        super().__init__((), self._line, NOTHING_MOVED, id="ledger")
        self._session = session
        self._workspace = session.workspace
        self._statement: Statement | None = None
        self._amount = _AMOUNT
        """Width in cells of the longest amount shown so far: no amount is ever cut."""
        self._set_columns()

    def read(self, account: str | None, *, anew: bool) -> None:
        """Show an account's movements: add the new ones or, with `anew`, read all of them, as for another account."""
        statement = self._statement
        if account is None:
            self._statement = None
            self.show(())
        elif anew or statement is None or statement.account != account or statement.outdated:
            made = Statement(self._workspace, account, self._session.read)
            if statement is None or statement.account != account:
                self.start_over()
                self._amount = _AMOUNT
            if not made.failed or statement is None or statement.account != account:
                self._statement = made
                self.empty = UNREADABLE if made.failed else NOTHING_MOVED
                self.show(made, made.place_of)
        elif added := statement.catch_up():
            self.grew(added)
        self._set_columns()

    @property
    def count(self) -> str:
        """The number of rows, for a title."""
        return _count(self._statement)

    def on_resize(self) -> None:
        """Give the event column more room if there is more."""
        self._set_columns()

    def _set_columns(self) -> None:
        amount = self._amount
        when = _when(self._workspace)
        what, instance = next((what, instance) for least, what, instance in _WIDTHS if self.size.width >= least)
        self.set_columns((
            when,
            Column("What", max(what - (when.width - _WHEN.width) - 2 * (amount - _AMOUNT), _LEAST)),
            Column("Instance", instance, optional=1),
            Column("Amount", amount, right=True),
            Column("Balance", amount, right=True, optional=2),
            Column("Rule", 4),
            _REST,
        ))  # fmt: skip

    def event(self) -> Event | None:
        """The event under the cursor."""
        return _event(self._statement, self.cursor)

    def _line(self, key: str) -> Row | None:
        statement, workspace = self._statement, self._workspace
        place = None if statement is None else statement.place_of(key)
        if statement is None or place is None:
            return None
        event = statement.event(place)
        if event is None:
            return None
        currency = workspace.currency_of(event.account)
        what, amount, moved = statement_line(event, currency, workspace.clock, workspace.calendar)
        balance = statement.balance_after(place) if moved else None
        style = cell_style_of(event)
        sign = "+" if moved > 0 else "-" if moved < 0 else ""
        told = "" if amount is None else sign + group_amount(amount, currency).partition(" ")[2]
        left = "" if balance is None else group_amount(balance, currency).partition(" ")[2]
        if max(len(told), len(left)) > self._amount:
            self._amount = max(len(told), len(left))
            self.call_later(self._set_columns)
        return Row((
            Cell(tell_moment(event.at, workspace.clock, workspace.calendar), "quiet"),
            Cell(one_line(what), style),
            Cell(one_line(event.instance or ""), style),
            Cell(told, "accent" if moved > 0 else "" if moved else "quiet"),
            Cell(left, "quiet"),
            Cell(event.rule or "", "quiet"), Cell(""),
        ))  # fmt: skip


class Inbox(RowTable):
    """The notices sent about an account and its instances (N1, N2)."""

    def __init__(self, session: Session) -> None:
        super().__init__((), self._line, NOTHING_SENT, id="inbox")
        self._session = session
        self._workspace = session.workspace
        self._pages: Pages | None = None
        self._read_up_to: dict[str, int] = {}
        self._set_columns()

    def read(self, account: str | None, *, anew: bool) -> None:
        """Show an account's notices: add the new ones or, with `anew`, read all of them."""
        pages = self._pages
        if account is None:
            self._pages = None
            self.show(())
        elif anew or pages is None or pages.account != account or pages.outdated:
            made = Pages(self._workspace, account, NOTICES, self._session.read)
            if pages is None or pages.account != account:
                self.start_over()
            if not made.failed or pages is None or pages.account != account:
                self._pages = made
                self.empty = UNREADABLE if made.failed else NOTHING_SENT
                self.show(made, made.place_of)
        elif added := pages.catch_up():
            self.grew(added)
        self._set_columns()

    @property
    def count(self) -> str:
        """The number of rows, for a title."""
        return _count(self._pages)

    def on_resize(self) -> None:
        """Give the notice column more room if there is more."""
        self._set_columns()

    def _set_columns(self) -> None:
        notice, about = next((notice, about) for least, notice, about in _NOTICES if self.size.width >= least)
        when = _when(self._workspace)
        more = when.width - _WHEN.width if self.size.width < _NOTICES[0][0] else 0
        self.set_columns((
            when,
            Column("By", 5, optional=1),
            Column("Notice", notice - (more + 1) // 2),
            Column("About", about - more // 2),
            Column("Rule", 4, optional=2),
            _REST,
        ))  # fmt: skip

    @property
    def unread(self) -> int:
        """The number of notices since a person last looked or, if nobody has, since the dashboard was opened."""
        pages = self._pages
        return 0 if pages is None else pages.since(self._read_up_to.get(pages.account, self._session.opened_at))

    def look(self) -> None:
        """Mark all notices as read."""
        if self._pages is not None:
            self._read_up_to[self._pages.account] = self._workspace.world.events

    def event(self) -> Event | None:
        """The event under the cursor."""
        return _event(self._pages, self.cursor)

    def _line(self, key: str) -> Row | None:
        pages, workspace = self._pages, self._workspace
        place = None if pages is None else pages.place_of(key)
        if pages is None or place is None:
            return None
        event = pages.event(place)
        if event is None or not isinstance(event.fact, NoticeSent):
            return None
        channel, notice = tell_notice(event.fact)
        return Row((
            Cell(tell_moment(event.at, workspace.clock, workspace.calendar), "quiet"),
            Cell(channel, "quiet"),
            Cell(notice, cell_style_of(event)),
            Cell(one_line(event.instance or "the account")),
            Cell(event.rule or "", "quiet"), Cell(""),
        ))  # fmt: skip


def _when(workspace: Workspace) -> Column:
    """The column of dates and times: wider if some are in another year than the clock."""
    date_of = workspace.calendar.date_of
    other_years = date_of(workspace.head.started).year != date_of(workspace.clock).year
    return _WHEN._replace(width=_WHEN.width + (_YEAR if other_years else 0))


def _event(pages: Pages | None, key: str | None) -> Event | None:
    place = None if pages is None or key is None else pages.place_of(key)
    return None if pages is None or place is None else pages.event(place)


def _count(pages: Pages | None) -> str:
    return "0" if pages is None else f"{len(pages):,}{' so far' if pages.partial else ''}"
