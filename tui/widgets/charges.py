"""The list of an account's coming charges. It takes the ledger's place while the account has no movements yet."""

from itertools import islice
from typing import Final

from core.ahead.forecast import BILL, RENEWAL, UNPAID, Attempt, Movement
from core.ahead.money_ahead import Moment, MoneyAhead
from core.base.money import group_amount
from core.words.sentences import tell_moment
from core.workspace.workspace import Workspace
from core.world.model import Account
from tui.text.cells import one_line
from tui.widgets.outcomes import outcome
from tui.widgets.rows import Cell, Column, Row, RowTable

NOTHING: Final = "Nothing is due in the coming months."
WAITING: Final = "Looking ahead..."
_OUTCOME: Final = 17
_SHORT: Final = len("x short ")
_WHEN: Final = 12
_AMOUNT: Final = 11
_MEASURED: Final = 200
"""The number of rows measured to find the column widths."""


def _columns(when: int, amount: int) -> tuple[Column, ...]:
    """The columns, wide enough for every measured time and amount: amounts are never cut."""
    return (
        Column("When", max(when, _WHEN), right=True),
        Column("What", 16, optional=1),
        Column("Instance", 12, ids=12, grows=True, most=24),
        Column("Amount", max(amount, _AMOUNT), right=True),
        Column("Outcome", max(amount + _SHORT, _OUTCOME)),
        Column("Balance", max(amount, _AMOUNT), right=True, optional=2),
        Column("", 0, grows=True, optional=9),
    )


class Charges(RowTable):
    """The charges to an account if nobody acts: one row per instant."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(_columns(0, 0), self._line, NOTHING, id="charges")
        self._workspace = workspace
        self._account: Account | None = None
        self._moments: dict[str, Moment] = {}

    def read(self, account: Account | None, ahead: MoneyAhead | None) -> None:
        """Show the coming charges of an account. `ahead` is None while the forecast is being calculated."""
        if account is not self._account:
            self.start_over()
        self._account = account
        moments = () if ahead is None else ahead.noteworthy(self._workspace.clock)
        self._moments = {str(moment.at): moment for moment in moments}
        first = list(islice(moments, _MEASURED))
        amounts = [self._amount(amount) for moment in first for amount in _amounts(moment)]
        self.set_columns(_columns(max(map(len, map(self._when, first)), default=0), max(map(len, amounts), default=0)))
        self.empty = NOTHING if ahead is not None else WAITING
        self.show(list(self._moments))

    @property
    def instance(self) -> str | None:
        """The instance named in the row under the cursor."""
        moment = None if self.cursor is None else self._moments.get(self.cursor)
        told = None if moment is None else moment.first_failed or moment.first_paid
        return None if told is None else told.instance

    def _line(self, key: str) -> Row | None:
        moment, account = self._moments.get(key), self._account
        told = None if moment is None else moment.first_failed or moment.first_paid
        if moment is None or account is None or told is None:
            return None
        words, style = self._outcome(told)
        more = moment.paid + moment.failed - 1
        what = "bill" if told.what in (BILL, UNPAID) else "auto-renewal"
        return Row((
            Cell(self._when(moment), "quiet"),
            Cell(f"{what} +{more:,}" if more else what),
            Cell(one_line(told.instance or "")),
            Cell(self._amount(told.amount)),
            Cell(words, style),
            Cell(self._amount(moment.balance), "quiet"),
            Cell(""),
        ))  # fmt: skip

    def _when(self, moment: Moment) -> str:
        return tell_moment(moment.at, self._workspace.clock, self._workspace.calendar)

    def _amount(self, amount: int) -> str:
        """An amount without its currency."""
        return "" if self._account is None else group_amount(amount, self._account.currency).partition(" ")[2]

    def _outcome(self, movement: Movement) -> tuple[str, str]:
        """Whether the charge is paid, in words, and the style of these words."""
        if movement.what in (RENEWAL, BILL):
            return "+ paid", "running"
        if movement.what == UNPAID:
            return f"! short {self._amount(movement.missing)}" if movement.missing else "! unpaid", "overdue"
        assert self._account is not None
        attempt = Attempt(movement.at, movement.amount, movement.reason, movement.missing)
        room = max(len(self._amount(movement.missing)) + _SHORT, _OUTCOME)
        return outcome(attempt, self._account.currency, room)


def _amounts(moment: Moment) -> tuple[int, ...]:
    """The amounts shown for a moment, in minor units."""
    told = moment.first_failed or moment.first_paid
    return (moment.balance,) if told is None else (moment.balance, told.amount, told.missing)
