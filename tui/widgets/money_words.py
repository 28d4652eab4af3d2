"""Sentences that sum up an account's forecast."""

from collections.abc import Callable
from typing import Final

from textual.content import Content

from core.ahead.forecast import FAILED, Movement
from core.ahead.money_ahead import Moment, MoneyAhead
from core.base.counting import counted
from core.base.instants import Calendar
from core.base.money import group_amount
from core.simulation.credit import available_credit
from core.words.sentences import REASONS, tell_moment
from core.world.model import Account
from tui.text.cells import one_line

GOOD: Final = "$state-running"
BAD: Final = "$state-expired"
OWING: Final = "$state-overdue"

Money = Callable[[int], str]


def money_sentence(account: Account, ahead: MoneyAhead, clock: int, until: int, calendar: Calendar) -> Content:
    """How long the account's money lasts if nobody acts."""

    def money(amount: int) -> str:
        return group_amount(amount, account.currency)

    if account.overdue_since is not None:
        lost = next((moment.first_failed for moment in ahead.after(clock) if moment.fails_to_renew), None)
        return _while_overdue(account, account.overdue_since, lost, clock, calendar)
    failure = ahead.first_failure(clock)
    failing = None if failure is None else failure.first_failed
    if failing is not None:
        when = tell_moment(failing.at, clock, calendar)
        return Content.assemble(
            (f"Covers everything until {when};", GOOD), (f" then {_failure(failing, money)}.", BAD)
        )  # fmt: skip
    moments = ahead.after(clock)
    end = tell_moment(until, clock, calendar)
    if not moments:
        return Content.styled(f"Nothing is due until {end}.", "$quiet")
    count, spent = sum(moment.paid for moment in moments), sum(moment.paid_amount for moment in moments)
    charges = counted(count, "charge")
    return Content.assemble(
        (f"Covers everything until {end}:", GOOD),
        f" {charges} of {money(spent)} in all, and {money(moments[-1].balance)} left.",
    )


def moment_sentence(moment: Moment, account: Account, clock: int, calendar: Calendar) -> Content:
    """What happens to the account's money at one moment."""

    def money(amount: int) -> str:
        return group_amount(amount, account.currency)

    parts: list[str | tuple[str, str]] = [(f"{tell_moment(moment.at, clock, calendar)}  ", "bold $accent")]
    if moment.first_paid is not None:
        what = _charge(moment.first_paid, money) if moment.paid == 1 else f"{moment.paid:,} charges"
        cost = "" if moment.paid == 1 else f" of {money(moment.paid_amount)} in all"
        parts.append((f"{what}{cost} {'is' if moment.paid == 1 else 'are'} covered. ", GOOD))
    if moment.first_failed is not None:
        more = (
            f" {moment.failed - 1:,} more {'fails' if moment.failed == 2 else 'fail'} with it."
            if moment.failed > 1
            else ""
        )
        parts.append((f"{_sentence(_failure(moment.first_failed, money))}.{more} ", BAD))
    owed = f", {money(moment.owed)} owed" if moment.owed else ""
    return Content.assemble(*parts, f"Balance {money(moment.balance)}{owed}.")


def _while_overdue(account: Account, since: int, failing: Movement | None, clock: int, calendar: Calendar) -> Content:
    """For an overdue account: what would clear it, and what fails next."""

    def money(amount: int) -> str:
        return group_amount(amount, account.currency)

    missing = -available_credit(account, clock)
    need = f"{money(missing)} more settles its bills" if missing > 0 else "any top-up settles its bills"
    text = f"! Overdue since {tell_moment(since, clock, calendar)}: {need}."
    if failing is not None:
        text += f" Without a top-up, {_charge(failing, money)} fails on {tell_moment(failing.at, clock, calendar)}."
    return Content.styled(text, OWING)


def _charge(movement: Movement, money: Money) -> str:
    whose = "" if movement.instance is None else f" for {one_line(movement.instance)}"
    return f"the {'payment' if movement.instance is not None else 'bill'} of {money(movement.amount)}{whose}"


def _failure(movement: Movement, money: Money) -> str:
    """Why the charge is not paid, and how much is missing."""
    if movement.what != FAILED:
        return f"{_charge(movement, money)} can't be settled: short by {money(movement.missing)}"
    why = f"short by {money(movement.missing)}" if movement.missing else REASONS[movement.reason or ""]
    return f"{_charge(movement, money)} fails: {why}"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
