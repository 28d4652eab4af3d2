"""The result of an action in one sentence, for the person who asked for it."""

from collections.abc import Sequence

from core.base.instants import Calendar
from core.base.money import group_amount
from core.words.sentences import tell_day
from core.world import events
from core.world.actions import (
    Action,
    Charge,
    EnableAutoRenewal,
    GrantCoupon,
    Purchase,
    Renew,
    SetLowBalanceAlert,
    SetManualRenewal,
    SetNonRenewal,
    TopUp,
    Upgrade,
)
from core.world.events import Event
from core.world.model import World


def tell_done(action: Action, done: Sequence[Event], world: World, calendar: Calendar) -> str:
    """Describe the result of an action that was not refused: "plant-12 renewed until 13 Aug, CNY 300.00.".

    `done` holds the events of the action. The text is empty for actions whose result is described elsewhere.
    """
    match action:
        case Renew() | Purchase() | Upgrade():
            return _ordered(action, done, world, calendar)
        case TopUp() | GrantCoupon() | Charge() | SetLowBalanceAlert():
            return _for_account(action, done, world)
        case EnableAutoRenewal(instances=ids, months=months):
            every = "every month" if months == 1 else f"every {months} months"
            return f"{_whom(ids)}: auto-renewal is on, {every}."
        case SetManualRenewal(instances=ids):
            return f"{_whom(ids)} set to manual renewal."
        case SetNonRenewal(instances=ids):
            return f"{_whom(ids)} set to non-renewal."
    return ""


def _whom(ids: Sequence[str]) -> str:
    return ids[0] if len(ids) == 1 else f"{len(ids):,} instances"


def _ordered(action: Renew | Purchase | Upgrade, done: Sequence[Event], world: World, calendar: Calendar) -> str:
    """The result of an order: the new expiry and the price."""
    ids = (
        action.instances
        if isinstance(action, Renew)
        else (action.id if isinstance(action, Purchase) else action.instance,)
    )
    verb = {Renew: "renewed", Purchase: "bought", Upgrade: "upgraded"}[type(action)]
    paid = [event.fact for event in done if isinstance(event.fact, events.Renewed | events.Purchased | events.Upgraded)]
    currency = world.accounts[world.instances[ids[0]].account].currency
    days = list(dict.fromkeys(tell_day(at, world.clock, calendar) for at in sorted(fact.expires for fact in paid)))
    until = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    turned_on = isinstance(action, Renew) and any(isinstance(event.fact, events.AutoRenewalChanged) for event in done)
    automatic = ", auto-renewal is on" if turned_on else ""
    return f"{_whom(ids)} {verb} until {until}, {group_amount(sum(fact.amount for fact in paid), currency)}{automatic}."


def _for_account(action: TopUp | GrantCoupon | Charge | SetLowBalanceAlert, done: Sequence[Event], world: World) -> str:
    """The result of an action on an account's money, and how many bills it settled."""
    account = world.accounts[action.account]

    def money(amount: int) -> str:
        return group_amount(amount, account.currency)

    facts = [event.fact for event in done]
    settled = {fact.bill for fact in facts if isinstance(fact, events.BillSettled)}
    result = ""
    for fact in facts:
        match fact:
            case events.ToppedUp(amount=amount):
                result = f"{account.id} topped up by {money(amount)}, the balance is {money(account.balance)}."
            case events.CouponGranted(coupon=coupon, amount=amount):
                result = f"{account.id} got the coupon {coupon} of {money(amount)}."
            case events.LowBalanceAlertSet(amount=None):
                return f"{account.id} has no low balance alert any more."
            case events.LowBalanceAlertSet(amount=int(amount)):
                return f"{account.id} now has a low balance alert at {money(amount)}."
            case events.BillIssued(bill=bill, amount=amount):
                paid = "paid" if bill in settled else "not paid, the account is overdue"
                return f"{account.id} got a bill of {money(amount)}: {paid}, the balance is {money(account.balance)}."
    bills = f" {len(settled):,} {'bill' if len(settled) == 1 else 'bills'} settled." if settled else ""
    clear = " The account is clear again." if any(isinstance(fact, events.AccountCleared) for fact in facts) else ""
    return f"{result}{bills}{clear}"
