"""The table of accounts, and the two-line header shown when there is only one account."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from rich.cells import cell_len
from textual.content import Content

from core.base.money import group_amount
from core.simulation.credit import available_credit, unpaid_sum
from core.words.sentences import tell_moment
from core.workspace.workspace import Workspace
from core.world.model import Account
from tui.text.cells import fit, fit_id, one_line
from tui.widgets.drawing import Lined
from tui.widgets.rows import Cell, Column, Row

_FIGURES: Final = (
    Column("State", 9),
    Column("Balance", 14, right=True),
    Column("Available credit", 16, right=True),
    Column("Unpaid", 13, right=True),
    Column("Alert below", 14, right=True, optional=2),
    Column("Overdue since", 13, right=True, optional=3),
    Column("", 0, grows=True, optional=4),
)
_LEAST: Final = 12
_ALWAYS_SHOWN: Final = 4
"""The number of figures that are always shown: the account's name is cut to make room for them."""
_MEASURED: Final = 100
"""The number of accounts measured to find the column widths."""
_GAP: Final = 3
_NAME: Final = 24


def account_columns(accounts: Iterable[Account], workspace: Workspace) -> list[Column]:
    """The columns of the table, wide enough for every measured amount: amounts are never cut."""
    rows = [account_row(account, workspace) for account in islice(accounts, _MEASURED)]
    widths = [max((cell_len(row.cells[place].text) for row in rows), default=0) for place in range(len(_FIGURES) + 1)]
    name = Column("Account", min(max(widths[0], _LEAST), _NAME), ids=_LEAST)
    figures = zip(_FIGURES, widths[1:], strict=True)
    return [name, *(column._replace(width=max(column.width, width)) for column, width in figures)]


def account_state(account: Account) -> tuple[str, str]:
    """The mark and word for an account's state, and their style (see `rows`)."""
    if account.overdue_since is not None:
        return "! overdue", "overdue"
    if account.low_balance_alert is not None and account.balance < account.low_balance_alert:
        return "< low", "overdue"
    return "+ clear", "running"


def figures(account: Account, workspace: Workspace) -> list[tuple[str, str, str]]:
    """Title, text and style of each figure of an account: the same figures that the plain commands print."""
    currency, clock = account.currency, workspace.clock
    unpaid, credit = unpaid_sum(account), available_credit(account, clock)
    alert, since = account.low_balance_alert, account.overdue_since
    return [
        ("State", *account_state(account)),
        ("Balance", group_amount(account.balance, currency), ""),
        ("Available credit", group_amount(credit, currency), "overdue" if credit < 0 else ""),
        ("Unpaid", group_amount(unpaid, currency) if unpaid else "-", "overdue" if unpaid else "quiet"),
        ("Alert below", "-" if alert is None else group_amount(alert, currency), "" if alert is not None else "quiet"),
        ("Overdue since", "-" if since is None else tell_moment(since, clock, workspace.calendar), "quiet"),
    ]


def account_row(account: Account, workspace: Workspace) -> Row:
    """An account as a row of the table."""
    cells = (Cell(words, style) for _, words, style in figures(account, workspace))
    return Row((Cell(one_line(account.id)), *cells, Cell("")))


class AccountHead(Lined):
    """The header for a single account: the titles of its figures, and the figures below them."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(id="head")
        self._workspace = workspace
        self._account: Account | None = None

    def show(self, account: Account | None) -> None:
        """Show an account."""
        self._account = account
        self.rewrite()

    def lines(self) -> list[Content]:
        """The two lines: the account's name, then as many figures as fit."""
        account = self._account
        if account is None:
            return [Content.styled("  This fleet has no account.", "$quiet")]
        shown = figures(account, self._workspace)
        needed = sum(_GAP + max(len(title), len(words)) for title, words, _ in shown[:_ALWAYS_SHOWN])
        name = one_line(account.id)
        name = fit_id(name, min(max(self.size.width - 3 - needed, _LEAST), _NAME, cell_len(name)))
        titles: list[tuple[str, str]] = [("  ", ""), (fit("Account", max(cell_len(name), 7)), "$quiet")]
        values: list[tuple[str, str]] = [("  ", ""), (fit(name, max(cell_len(name), 7)), "bold")]
        used = 2 + max(cell_len(name), 7)
        for title, words, style in shown:
            size = max(len(title), len(words))
            if used + _GAP + size > self.size.width - 1:
                break
            used += _GAP + size
            titles += [(" " * _GAP, ""), (fit(title, size), "$quiet")]
            colour = f"$state-{style}" if style in ("overdue", "running") else "$quiet" if style else ""
            values += [(" " * _GAP, ""), (fit(words, size), colour)]
        return [Content.assemble(*titles), Content.assemble(*values)]
