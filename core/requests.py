"""Doing what a person asks: each action is checked against the refusals in the rulebook's order, then done.

A refused action changes nothing; it is kept in the log with its code and one sentence that says what would help.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from core import actions
from core.actions import NAMES, Action, Written
from core.agenda import NOTICES
from core.credit import funds
from core.engine import Engine
from core.errors import BadInput
from core.events import (
    AutoRenewalChanged,
    CouponGranted,
    DevicesChanged,
    LowBalanceAlertSet,
    Offender,
    Purchased,
    Refused,
    ToppedUp,
    TrialContinued,
    Upgraded,
)
from core.ledger import issue, pay, settle
from core.lifecycle import PURCHASED, TRIAL_CONTINUED, UPGRADED
from core.model import (
    AUTO,
    CHECKOUT,
    CONSOLE,
    ENTERPRISE,
    FROZEN,
    LEGACY_PUBLIC,
    MANUAL,
    NONE,
    PUBLIC,
    RELEASED,
    Account,
    Coupon,
    Instance,
    Renewal,
)
from core.money import group_amount, parse_amount
from core.renewals import (
    extend,
    needs_money_advice,
    new_expiry,
    purchased_period,
    short_period_advice,
    shortest_period,
    timing_advice,
)

A = TypeVar("A")


class Refusal(Exception):
    """An action can't be done. Carried from the check that fails to the log; never leaves this module."""

    def __init__(self, code: str, message: str, offenders: Sequence[Offender] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offenders = None if offenders is None else tuple(offenders)


def perform(engine: Engine, action: Action) -> None:
    """Do an action now, or write why it is refused. Raises BadInput for an amount its currency can't express."""
    try:
        _HANDLERS[type(action)](engine, action)
    except Refusal as refusal:
        account, instance = _about(engine, action)
        fact = Refused(NAMES[type(action)], refusal.code, refusal.message, refusal.offenders)
        engine.emit(account, instance, None, fact)


def _about(engine: Engine, action: Action) -> tuple[str | None, str | None]:
    """Whom an action names: an account, an instance, or both."""
    account: str | None = getattr(action, "account", None)
    instance: str | None = getattr(action, "instance", None)
    named: tuple[str, ...] = getattr(action, "instances", ())
    if isinstance(action, actions.Purchase):
        instance = action.id
    if len(named) == 1:
        instance = named[0]
    if account is None:
        known = [
            engine.world.instances[item].account for item in (named or (instance,)) if item in engine.world.instances
        ]
        account = known[0] if len(set(known)) == 1 else None
    return account, instance


# Checks, in the rulebook's order of refusals


def _account(engine: Engine, name: str) -> Account:
    account = engine.world.accounts.get(name)
    if account is None:
        known = ", ".join(list(engine.world.accounts)[:5]) or "none yet"
        raise Refusal("unknown_account", f"There is no account {name}: the accounts are {known}.")
    return account


def _instance(engine: Engine, name: str) -> Instance:
    instance = engine.world.instances.get(name)
    if instance is None:
        raise Refusal("unknown_instance", f"There is no instance {name} in this fleet.")
    return instance


def _amount(written: Written, account: Account) -> int:
    """The amount in minor units; zero and negative ones are refused."""
    minor = parse_amount(written, account.currency, negative=True)
    if minor <= 0:
        raise Refusal("invalid_amount", f"{written} is no amount to ask for: it must be more than zero.")
    return minor


def _months_sold(engine: Engine, months: int) -> None:
    sold = engine.policy.months_sold
    if months not in sold:
        raise Refusal("invalid_period", f"{months} months are not sold: choose {_listed(sold)}.")


def _listed(numbers: Sequence[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} or {numbers[-1]}" if len(numbers) > 1 else str(numbers[0])


def _not_overdue(account: Account) -> None:
    if account.overdue_since is not None:  # C2
        raise Refusal(
            "account_overdue",
            f"{account.id} is overdue, so nothing that costs money can be done: top up enough to settle its bills.",
        )


def _enough(engine: Engine, account: Account, price: int, offenders: Sequence[Offender] | None = None) -> None:
    missing = price - funds(account, engine.world.clock)
    if missing > 0:
        raise Refusal(
            "insufficient_funds",
            f"Short by {group_amount(missing, account.currency)}: top up {account.id}, or choose a shorter period.",
            offenders,
        )


def _period(end: Callable[[], A]) -> A:
    """The end of a period, refused where it lies past what Lapse counts to."""
    try:
        return end()
    except BadInput as error:
        raise Refusal("invalid_period", f"The period is too long: {error}.") from None


# Money


def _top_up(engine: Engine, action: actions.TopUp) -> None:
    account = _account(engine, action.account)
    amount = _amount(action.amount, account)
    account.balance += amount
    engine.emit(account.id, None, None, ToppedUp(amount))
    settle(engine, account)


def _grant_coupon(engine: Engine, action: actions.GrantCoupon) -> None:
    account, clock = _account(engine, action.account), engine.world.clock
    if any(coupon.id == action.id for coupon in account.coupons):
        raise Refusal("duplicate_id", f"{account.id} has a coupon {action.id} already: give another id.")
    amount = _amount(action.amount, account)
    if action.expires is not None:
        if action.starts is not None and action.expires < action.starts:
            raise Refusal("invalid_period", f"Coupon {action.id} would end before it starts: give a later end.")
        if action.expires <= clock:
            raise Refusal("invalid_period", f"Coupon {action.id} has ended already: give an end after the clock.")
    coupon = Coupon(action.id, amount, amount, action.starts, action.expires)
    account.coupons.append(coupon)
    engine.changed_accounts.add(account.id)
    engine.schedule_coupon(account, coupon)
    engine.emit(account.id, None, None, CouponGranted(coupon.id, amount))
    settle(engine, account)


def _charge(engine: Engine, action: actions.Charge) -> None:
    account = _account(engine, action.account)
    amount = _amount(action.amount, account)
    issue(engine, account, f"charge-{engine.world.events + 1}", amount, "B3", action.note)
    settle(engine, account)


def _set_low_balance_alert(engine: Engine, action: actions.SetLowBalanceAlert) -> None:
    account = _account(engine, action.account)
    account.low_balance_alert = None if action.amount is None else _amount(action.amount, account)
    engine.changed_accounts.add(account.id)
    engine.emit(account.id, None, None, LowBalanceAlertSet(account.low_balance_alert))


# Buying and upgrading


def _purchase(engine: Engine, action: actions.Purchase) -> None:
    account, clock, policy = _account(engine, action.account), engine.world.clock, engine.policy
    if action.id in engine.world.instances:
        raise Refusal("duplicate_id", f"There is an instance {action.id} already: give another id.")
    monthly = _amount(action.monthly_price, account)
    _months_sold(engine, action.months)
    expires, anchor = _period(lambda: purchased_period(action.months, clock, policy))
    _not_overdue(account)
    price = monthly * action.months
    _enough(engine, account, price)
    from_coupons, from_balance = pay(engine, account, price)
    instance = Instance(
        action.id, account.id, ENTERPRISE, action.name if action.name is not None else action.id, action.region or "",
        expires=expires, anchor_day=anchor, monthly_price=monthly,
    )  # fmt: skip
    engine.add(instance)
    advice = () if action.auto_renew else short_period_advice(action.months, policy)
    engine.emit(
        account.id, instance.id, None, Purchased(price, from_coupons, from_balance, action.months, expires), advice
    )
    engine.enter_new(instance, PURCHASED)
    if action.auto_renew:
        _tick_auto_renewal(engine, instance)
    engine.schedule(instance, NOTICES)


def _upgrade(engine: Engine, action: actions.Upgrade) -> None:
    instance, clock, policy = _instance(engine, action.instance), engine.world.clock, engine.policy
    if instance.kind == ENTERPRISE:
        raise Refusal("wrong_kind", f"{instance.id} is an Enterprise Edition instance already: renew it instead.")
    account = engine.world.accounts[instance.account]
    monthly = _amount(action.monthly_price, account)
    _months_sold(engine, action.months)
    expires, anchor = _period(lambda: purchased_period(action.months, clock, policy))
    _not_overdue(account)
    price = monthly * action.months
    _enough(engine, account, price)
    from_coupons, from_balance = pay(engine, account, price)
    engine.emit(
        account.id, instance.id, None,
        Upgraded(price, from_coupons, from_balance, action.months, expires), short_period_advice(action.months, policy),
    )  # fmt: skip
    if instance.kind == LEGACY_PUBLIC:
        engine.leave_legacy(instance)
    engine.enter(instance, UPGRADED)
    instance.kind = ENTERPRISE
    instance.expires, instance.anchor_day, instance.monthly_price = expires, anchor, monthly
    instance.renewal, instance.restored_at = Renewal(), None
    instance.daily_charge, instance.devices_online = 0, False
    instance.last_online = instance.trial_continued = None
    engine.schedule(instance, NOTICES)


# Renewing


def _offence(engine: Engine, name: str, months: int | None, account: str | None) -> Refusal | None:
    """Why an instance can't be renewed (`months` and the order's account given) or set, or None."""
    try:
        instance = _instance(engine, name)
        if account is not None and instance.account != account:
            raise Refusal(
                "several_accounts", f"{name} is on {instance.account}, the order on {account}: split the order."
            )
        if instance.kind != ENTERPRISE:
            raise Refusal("wrong_kind", f"{name} has no period to renew: only Enterprise Edition instances expire.")
        if instance.state == RELEASED:
            raise Refusal("released", f"{name} was released and its data is gone: buy a new instance.")
        if account is not None and months is not None:
            _months_sold(engine, months)
            expires, _ = _period(lambda: new_expiry(instance, months, engine.world.clock, engine.policy))
            _not_overdue(engine.world.accounts[account])
            if expires <= engine.world.clock:
                shortest = shortest_period(instance, engine.world.clock, engine.policy)
                remedy = f"renew for {shortest} months or more" if shortest else "no period sold is long enough"
                raise Refusal(
                    "period_in_past", f"{name} renewed for {months} months would have expired already: {remedy}."
                )
        elif months is not None and months not in engine.policy.console_months:
            sold = _listed(engine.policy.console_months)
            raise Refusal("invalid_period", f"{months} months are no auto-renewal period: choose {sold}.")
    except Refusal as refusal:
        return refusal
    return None


def _all_or_nothing(engine: Engine, names: tuple[str, ...], months: int | None, account: str | None) -> list[Instance]:
    """The instances of a bulk action, refused whole with every offender if one can't be done (R4)."""
    offences = [(name, _offence(engine, name, months, account)) for name in names]
    found = [(name, offence) for name, offence in offences if offence is not None]
    if found:
        first = found[0][1]
        others = f" ({len(found)} of {len(names)} can't be done; nothing was.)" if len(names) > 1 else ""
        raise Refusal(first.code, first.message + others, [Offender(name, offence.code) for name, offence in found])
    return [engine.world.instances[name] for name in names]


def _renew(engine: Engine, action: actions.Renew) -> None:
    known = [engine.world.instances[name] for name in action.instances if name in engine.world.instances]
    instances = _all_or_nothing(engine, action.instances, action.months, known[0].account if known else None)
    account = engine.world.accounts[instances[0].account]
    _enough(engine, account, sum(instance.monthly_price * action.months for instance in instances), [])
    for instance in instances:
        unattended = instance.renewal.mode != AUTO and not action.auto_renew
        advice = short_period_advice(action.months, engine.policy) if unattended else ()
        until = new_expiry(instance, action.months, engine.world.clock, engine.policy)
        extend(engine, instance, action.months, until, "manual", None, advice)
        if action.auto_renew:
            _tick_auto_renewal(engine, instance)
        engine.schedule(instance, NOTICES)


def _set_renewal(
    engine: Engine, instance: Instance, renewal: Renewal, rule: str | None, advice: tuple[str, ...]
) -> None:
    instance.renewal = renewal
    engine.changed_instances.add(instance.id)
    changed = AutoRenewalChanged(renewal.mode, renewal.schedule, renewal.months)
    engine.emit(instance.account, instance.id, rule, changed, advice)
    engine.schedule(instance, NOTICES)


def _tick_auto_renewal(engine: Engine, instance: Instance) -> None:
    """Auto-renewal ticked at checkout (R5): monthly, unless it is on already."""
    if instance.renewal.mode == AUTO:
        return
    months = engine.policy.checkout_months
    today = engine.calendar.day_of(engine.world.clock)
    renewal = Renewal(AUTO, CHECKOUT, months, today)
    _set_renewal(engine, instance, renewal, "R5", (needs_money_advice(instance, months),))


def _enable_auto_renewal(engine: Engine, action: actions.EnableAutoRenewal) -> None:
    today = engine.calendar.day_of(engine.world.clock)
    for instance in _all_or_nothing(engine, action.instances, action.months, None):
        if instance.renewal.mode == AUTO:
            # A8: already effective stays effective.
            _set_renewal(engine, instance, Renewal(AUTO, CONSOLE, action.months, instance.renewal.enabled_on), None, ())
            continue
        instance.renewal = Renewal(AUTO, CONSOLE, action.months, today)
        advice = (*timing_advice(engine, instance), needs_money_advice(instance, action.months))
        _set_renewal(engine, instance, instance.renewal, None, advice)


def _set_manual_renewal(engine: Engine, action: actions.SetManualRenewal) -> None:
    for instance in _all_or_nothing(engine, action.instances, None, None):
        _set_renewal(engine, instance, Renewal(MANUAL), None, ())


def _set_non_renewal(engine: Engine, action: actions.SetNonRenewal) -> None:
    for instance in _all_or_nothing(engine, action.instances, None, None):
        _set_renewal(engine, instance, Renewal(NONE), None, ())


# Public instances


def _public(engine: Engine, name: str) -> Instance:
    instance = _instance(engine, name)
    if instance.kind != PUBLIC:
        raise Refusal(
            "wrong_kind", f"{name} is no new public instance: only those are frozen when their devices are idle."
        )
    return instance


def _continue_trial(engine: Engine, action: actions.ContinueTrial) -> None:
    instance = _public(engine, action.instance)
    if instance.state != FROZEN:
        raise Refusal("not_frozen", f"{instance.id} is not frozen: its trial goes on by itself.")
    instance.trial_continued = engine.world.clock
    engine.emit(instance.account, instance.id, None, TrialContinued())
    engine.enter(instance, TRIAL_CONTINUED)
    engine.schedule(instance, NOTICES)


def _devices(engine: Engine, name: str, online: bool) -> None:
    instance = _public(engine, name)
    if online and instance.state == FROZEN:
        raise Refusal("frozen", f"{name} is frozen, so no device can come online: continue its trial first.")
    if instance.devices_online and not online:
        instance.last_online = engine.world.clock
    instance.devices_online = online
    engine.changed_instances.add(instance.id)
    engine.emit(instance.account, instance.id, None, DevicesChanged(online))
    engine.schedule(instance, NOTICES)


def _devices_online(engine: Engine, action: actions.DevicesOnline) -> None:
    _devices(engine, action.instance, True)


def _devices_offline(engine: Engine, action: actions.DevicesOffline) -> None:
    _devices(engine, action.instance, False)


_HANDLERS: Final[dict[type[Action], Callable[..., None]]] = {
    actions.TopUp: _top_up,
    actions.GrantCoupon: _grant_coupon,
    actions.Charge: _charge,
    actions.SetLowBalanceAlert: _set_low_balance_alert,
    actions.Purchase: _purchase,
    actions.Renew: _renew,
    actions.EnableAutoRenewal: _enable_auto_renewal,
    actions.SetManualRenewal: _set_manual_renewal,
    actions.SetNonRenewal: _set_non_renewal,
    actions.ContinueTrial: _continue_trial,
    actions.Upgrade: _upgrade,
    actions.DevicesOnline: _devices_online,
    actions.DevicesOffline: _devices_offline,
}
