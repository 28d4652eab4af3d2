"""Which accounts are in trouble: overdue, unable to make a payment that is due soon, or low on money."""

from collections.abc import Iterable
from typing import NamedTuple

from core.base.instants import DAY
from core.workspace.change import Change
from core.workspace.workspace import Workspace
from core.world.model import Account
from tui.live.forecasts import NEED_DAYS, Forecasts

OVERDUE, FAILING, LOW = range(3)
"""What is wrong with an account, the worst first: it is overdue; by the forecast, a payment within 30 days will fail;
or its balance is below its alert.
"""


class Trouble(NamedTuple):
    """What is wrong with an account. Sorted, the worst comes first."""

    what: int
    at: int
    """For FAILING, the instant at which the payment fails; otherwise 0."""
    account: str


class Troubles:
    """The accounts in trouble, kept up to date as the fleet changes. After a change, only the changed accounts are
    checked.
    """

    def __init__(self, workspace: Workspace, forecasts: Forecasts) -> None:
        self._workspace = workspace
        self._forecasts = forecasts
        self._now: dict[str, int] = {}
        """The accounts that are overdue or low: OVERDUE or LOW by id."""
        self._look(workspace.world.accounts)

    def follow(self, change: Change | None) -> None:
        """Update after a change; None means that anything may have changed."""
        if change is None:
            self._now.clear()
        self._look(self._workspace.world.accounts if change is None else change.accounts)

    def _look(self, accounts: Iterable[str]) -> None:
        for name in accounts:
            account = self._workspace.world.accounts[name]
            if account.overdue_since is not None:
                self._now[name] = OVERDUE
            elif is_low(account):
                self._now[name] = LOW
            else:
                self._now.pop(name, None)

    def all(self) -> dict[str, Trouble]:
        """The worst trouble of each account that is in trouble, by id."""
        found = {name: Trouble(what, 0, name) for name, what in self._now.items()}
        failing = self._forecasts.failing(self._workspace.clock + NEED_DAYS * DAY)
        for name, at in failing.items():
            if name not in found or found[name].what > FAILING:
                found[name] = Trouble(FAILING, at, name)
        return found


def is_low(account: Account) -> bool:
    """Whether an account's balance is below its alert (C3)."""
    return account.low_balance_alert is not None and account.balance < account.low_balance_alert
