"""Refusals, and the checks that several actions share. The refusal codes and their order are the rulebook's.

Every check raises Refusal; the docstrings name its code.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from core.base.counting import counted
from core.base.errors import BadInput
from core.base.money import group_amount, parse_amount
from core.rules.policy import Policy
from core.simulation.credit import funds
from core.simulation.engine import Engine
from core.world.actions import WrittenAmount
from core.world.events import Offender
from core.world.model import Account, Instance

A = TypeVar("A")


class Refusal(Exception):
    """An action can't be done. `core.simulation.perform` catches it and writes it to the log.

    `offenders` is None unless the action is on a list of instances.
    """

    def __init__(self, code: str, message: str, offenders: Sequence[Offender] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offenders = None if offenders is None else tuple(offenders)


def account_of(engine: Engine, name: str) -> Account:
    """The account with an id. Raises Refusal (`unknown_account`)."""
    account = engine.world.accounts.get(name)
    if account is None:
        known = ", ".join(list(engine.world.accounts)[:5]) or "none yet"
        raise Refusal("unknown_account", f"There is no account {name}: the accounts are {known}.")
    return account


def instance_of(engine: Engine, name: str) -> Instance:
    """The instance with an id. Raises Refusal (`unknown_instance`)."""
    instance = engine.world.instances.get(name)
    if instance is None:
        raise Refusal("unknown_instance", f"There is no instance {name} in this fleet.")
    return instance


def positive_amount(written: WrittenAmount, account: Account) -> int:
    """The amount in minor units. Raises Refusal (`invalid_amount`) for zero and for negative amounts.

    Raises BadInput for an amount that the account's currency can't express.
    """
    minor = parse_amount(written, account.currency, negative=True)
    if minor <= 0:
        raise Refusal("invalid_amount", f"{written} is not a valid amount: it must be more than zero.")
    return minor


def check_months_sold(engine: Engine, months: int) -> None:
    """Raise Refusal (`invalid_period`) if a period of so many months is not sold (R1)."""
    sold = engine.policy.months_sold
    if months not in sold:
        raise Refusal(
            "invalid_period",
            f"{counted(months, 'month')} {'is' if months == 1 else 'are'} not sold: choose {with_or(sold)}.",
        )


def with_or(numbers: Sequence[int]) -> str:
    """A list of choices for people: "1, 2 or 3"."""
    return f"{', '.join(map(str, numbers[:-1]))} or {numbers[-1]}" if len(numbers) > 1 else str(numbers[0])


def check_not_overdue(account: Account) -> None:
    """Raise Refusal (`account_overdue`) if the account is overdue (C2)."""
    if account.overdue_since is not None:
        raise Refusal(
            "account_overdue",
            f"{account.id} is overdue, so nothing that costs money can be done: top up enough to settle its bills.",
        )


def check_enough(
    engine: Engine, account: Account, price: int, months: int, offenders: Sequence[Offender] | None = None
) -> None:
    """Raise Refusal (`insufficient_funds`) if balance and usable coupons don't cover a price (M2).

    `months` is the period that the price is for: the message suggests a shorter one if there is one.
    """
    missing = price - funds(account, engine.world.clock)
    if missing > 0:
        short, shorter = group_amount(missing, account.currency), or_shorter(months, engine.policy)
        raise Refusal("insufficient_funds", f"Short by {short}: top up {account.id}{shorter}.", offenders)


def or_shorter(months: int, policy: Policy) -> str:
    """The hint ", or choose a shorter period", or "" if no period shorter than `months` is sold (R1)."""
    return ", or choose a shorter period" if months > min(policy.months_sold) else ""


def period_in_range(end: Callable[[], A]) -> A:
    """The end of a period. Raises Refusal (`invalid_period`) if it lies beyond the last year that Lapse supports."""
    try:
        return end()
    except BadInput as error:
        raise Refusal("invalid_period", f"The period is too long: {error}.") from None
