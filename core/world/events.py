"""The rows of the event log. An `Event` says when, to whom and by which rule something happened; its `fact` says what.

Amounts are in minor units of the account's currency, instants in seconds since 1970, periods in months. The contract
writes the name of a fact's class in lower case with underscores: `StateChanged` is "state_changed".
"""

import re
from typing import Final, NamedTuple, get_args


class StateChanged(NamedTuple):
    """An instance went from state `source` to state `target`. `source` is None for a new purchase."""

    source: str | None
    target: str


class BillIssued(NamedTuple):
    """A bill was issued (B1, B3)."""

    bill: str
    amount: int
    note: str | None = None


class BillSettled(NamedTuple):
    """A bill was paid in full (C1, M2)."""

    bill: str
    amount: int
    from_coupons: int
    from_balance: int


class AccountOverdue(NamedTuple):
    """The account became overdue: a bill could not be paid (C1)."""


class AccountCleared(NamedTuple):
    """The account became clear: the last unpaid bill was settled (C1)."""


class ToppedUp(NamedTuple):
    """Money was added to the balance."""

    amount: int


class CouponGranted(NamedTuple):
    """The account received a coupon."""

    coupon: str
    amount: int


class CouponEnded(NamedTuple):
    """A coupon expired, and its remaining `amount` is lost (M2)."""

    coupon: str
    amount: int


class Purchased(NamedTuple):
    """An instance was bought (T6)."""

    amount: int
    from_coupons: int
    from_balance: int
    months: int
    expires: int


class Upgraded(NamedTuple):
    """A public instance became an Enterprise one (P4, L3)."""

    amount: int
    from_coupons: int
    from_balance: int
    months: int
    expires: int


class Renewed(NamedTuple):
    """An instance was renewed `by` a person ("manual") or by auto-renewal ("auto") (R2, A5)."""

    amount: int
    from_coupons: int
    from_balance: int
    months: int
    expires: int
    by: str


class AutoRenewalFailed(NamedTuple):
    """An auto-renewal payment failed. `amount` is what the renewal would have cost (A6)."""

    reason: str
    amount: int


class AutoRenewalChanged(NamedTuple):
    """The renewal settings of an instance were set (A8, R5)."""

    mode: str
    schedule: str | None
    months: int | None


class LowBalanceAlertSet(NamedTuple):
    """The threshold of the low balance alert was set, or the alert was removed (None) (C3)."""

    amount: int | None


class TrialContinued(NamedTuple):
    """The trial of a frozen instance was continued (P3)."""


class DevicesChanged(NamedTuple):
    """The devices of a public instance went online or offline (P2)."""

    online: bool


class NoticeSent(NamedTuple):
    """A notice was sent to the inbox (N1, N2)."""

    channel: str
    notice: str


class Offender(NamedTuple):
    """An instance that prevents a bulk action, and the refusal code that says why (R4)."""

    instance: str
    code: str


class Refused(NamedTuple):
    """An action was refused and nothing changed. `offenders` is None unless a list of instances was refused (R4)."""

    do: str
    code: str
    message: str
    offenders: tuple[Offender, ...] | None = None


Fact = (
    StateChanged | BillIssued | BillSettled | AccountOverdue | AccountCleared | ToppedUp | CouponGranted | CouponEnded
    | Purchased | Upgraded | Renewed | AutoRenewalFailed | AutoRenewalChanged | LowBalanceAlertSet | TrialContinued
    | DevicesChanged | NoticeSent | Refused
)  # fmt: skip

TYPES: Final[dict[type[Fact], str]] = {
    fact: re.sub("(?<=[a-z])(?=[A-Z])", "_", fact.__name__).lower() for fact in get_args(Fact)
}
"""The name of each type of fact in the contract."""

MOVES_BALANCE: Final[dict[type[Fact], str]] = {
    ToppedUp: "amount",
    BillSettled: "from_balance",
    Purchased: "from_balance",
    Upgraded: "from_balance",
    Renewed: "from_balance",
}
"""Which facts change an account's balance, and their field that says by how much. Only a top-up adds to it."""
FAILURE_REASONS: Final = ("account_overdue", "period_in_past", "insufficient_funds")
"""Why an auto-renewal payment can fail (A6), in the order in which it is checked."""


class Event(NamedTuple):
    """One row of the log: number, instant, account and instance concerned, the rule that caused it, and the fact.

    `rule` is None for the record of an action. `advice` holds sentences for the person (A4, A9).
    """

    seq: int
    at: int
    account: str | None
    instance: str | None
    rule: str | None
    fact: Fact
    advice: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The name of the fact's type in the contract, such as "state_changed"."""
        return TYPES[self.fact.__class__]
