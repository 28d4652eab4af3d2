"""What happened: the rows of the event log. An `Event` says when, to whom and by which rule; its `fact` says what.

Amounts are minor units of the account's currency, instants seconds since 1970. The contract's name of a fact is its
class's name in lower case with underscores: `StateChanged` is "state_changed".
"""

import re
from typing import Final, NamedTuple, get_args


class StateChanged(NamedTuple):
    """An instance came from state `source` (None: it was bought) to `target`."""

    source: str | None
    target: str


class BillIssued(NamedTuple):
    """A bill arrived (B1, B3)."""

    bill: str
    amount: int
    note: str | None = None


class BillSettled(NamedTuple):
    """A bill was paid whole (C1, M2)."""

    bill: str
    amount: int
    from_coupons: int
    from_balance: int


class AccountOverdue(NamedTuple):
    """A bill could not be covered (C1)."""


class AccountCleared(NamedTuple):
    """The last unpaid bill was settled (C1)."""


class ToppedUp(NamedTuple):
    """Money arrived on the balance."""

    amount: int


class CouponGranted(NamedTuple):
    """A coupon arrived."""

    coupon: str
    amount: int


class CouponEnded(NamedTuple):
    """A coupon reached its end with `amount` left, which is lost (M2)."""

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
    """A payment was tried and failed; `amount` is what it would have cost (A6)."""

    reason: str
    amount: int


class AutoRenewalChanged(NamedTuple):
    """How an instance is renewed was set (A8, R5)."""

    mode: str
    schedule: str | None
    months: int | None


class LowBalanceAlertSet(NamedTuple):
    """The alert threshold was set, or taken away with None (C3)."""

    amount: int | None


class TrialContinued(NamedTuple):
    """The trial of a frozen instance was continued (P3)."""


class DevicesChanged(NamedTuple):
    """The devices of a public instance went online or offline (P2)."""

    online: bool


class NoticeSent(NamedTuple):
    """A notice went to the inbox (N1, N2)."""

    channel: str
    notice: str


class Offender(NamedTuple):
    """An instance that a bulk action can't be done for, and why (R4)."""

    instance: str
    code: str


class Refused(NamedTuple):
    """An action was refused; nothing changed. `offenders` is None where the action names no list of instances."""

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
"""The contract's name of each type of fact."""


class Event(NamedTuple):
    """One row of the log: its number, its instant, whom it is about, the rule that made it happen, and the fact."""

    seq: int
    at: int
    account: str | None
    instance: str | None
    rule: str | None
    fact: Fact
    advice: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The contract's name of what happened, such as "state_changed"."""
        return TYPES[self.fact.__class__]
