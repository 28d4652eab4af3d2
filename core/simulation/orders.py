"""Orders: buying, upgrading and renewing instances, and setting how they are renewed (P4, L3, R1 to R5, A8)."""

from typing import NamedTuple

from core.base.counting import counted
from core.rules.lifecycle import PURCHASED, UPGRADED
from core.simulation.agenda import NOTICES
from core.simulation.engine import Engine
from core.simulation.payments import pay
from core.simulation.refusals import (
    Refusal,
    account_of,
    check_enough,
    check_months_sold,
    check_not_overdue,
    instance_of,
    period_in_range,
    positive_amount,
    with_or,
)
from core.simulation.renewals import (
    enabling_advice,
    extend,
    needs_money_advice,
    new_expiry,
    period_price,
    purchased_period,
    renewal_if_enabled,
    short_period_advice,
    shortest_period,
)
from core.world import actions
from core.world.actions import WrittenAmount
from core.world.events import AutoRenewalChanged, Offender, Purchased, Upgraded
from core.world.model import (
    AUTO,
    CHECKOUT,
    ENTERPRISE,
    LEGACY_PUBLIC,
    MANUAL,
    NONE,
    RELEASED,
    Account,
    Instance,
    Renewal,
)


class _PaidPeriod(NamedTuple):
    """A period that was paid for. `paid` is its price, the part from coupons, and the part from the balance."""

    paid: tuple[int, int, int]
    monthly_price: int
    expires: int
    anchor_day: int


def _pay_for_period(engine: Engine, account: Account, months: int, monthly_price: WrittenAmount) -> _PaidPeriod:
    """Charge a new period that begins now (T6, R1, C2, M2). Raises Refusal, and then charges nothing."""
    monthly = positive_amount(monthly_price, account)
    check_months_sold(engine, months)
    expires, anchor = period_in_range(lambda: purchased_period(months, engine.world.clock, engine.policy))
    check_not_overdue(account)
    price = period_price(monthly, months)
    check_enough(engine, account, price, months)
    return _PaidPeriod((price, *pay(engine, account, price)), monthly, expires, anchor)


def purchase(engine: Engine, action: actions.Purchase) -> None:
    """Buy a new instance, whose period follows T6. Raises Refusal."""
    account = account_of(engine, action.account)
    if action.id in engine.world.instances:
        raise Refusal("duplicate_id", f"There is already an instance {action.id}: give another id.")
    bought = _pay_for_period(engine, account, action.months, action.monthly_price)
    instance = Instance(
        action.id, account.id, ENTERPRISE, action.name if action.name is not None else action.id, action.region or "",
        expires=bought.expires, anchor_day=bought.anchor_day, monthly_price=bought.monthly_price,
    )  # fmt: skip
    engine.add(instance)
    advice = () if action.auto_renew else short_period_advice(action.months, engine.policy)
    engine.emit(account.id, instance.id, None, Purchased(*bought.paid, action.months, bought.expires), advice)
    engine.enter_new(instance, PURCHASED)
    if action.auto_renew:
        _enable_at_checkout(engine, instance)
    engine.schedule(instance, NOTICES)


def upgrade(engine: Engine, action: actions.Upgrade) -> None:
    """Make a public or legacy public instance an Enterprise one that runs at once (P4, L3). Raises Refusal."""
    instance = instance_of(engine, action.instance)
    if instance.kind == ENTERPRISE:
        # `wrong_kind` comes before `released`, but a released instance can't be renewed, so the advice differs.
        message = (
            released_message(instance)
            if instance.state == RELEASED
            else f"{instance.id} is already an Enterprise Edition instance: renew it instead."
        )
        raise Refusal("wrong_kind", message)
    if instance.state == RELEASED:
        raise Refusal("released", released_message(instance))
    account = engine.world.accounts[instance.account]
    bought = _pay_for_period(engine, account, action.months, action.monthly_price)
    advice = short_period_advice(action.months, engine.policy)
    engine.emit(account.id, instance.id, None, Upgraded(*bought.paid, action.months, bought.expires), advice)
    if instance.kind == LEGACY_PUBLIC:
        engine.remove_legacy(instance)
    engine.enter(instance, UPGRADED)
    instance.kind = ENTERPRISE
    instance.expires, instance.anchor_day = bought.expires, bought.anchor_day
    instance.monthly_price = bought.monthly_price
    instance.renewal = Renewal()
    instance.daily_charge, instance.devices_online = 0, False
    instance.last_online = instance.trial_continued = None
    engine.schedule(instance, NOTICES)


# Renewing


RenewalAction = actions.Renew | actions.EnableAutoRenewal | actions.SetManualRenewal | actions.SetNonRenewal
"""A bulk action: it is done for all its instances or for none."""


class Offence(NamedTuple):
    """Why one instance prevents a bulk action: the refusal's code and its sentence."""

    instance: str
    code: str
    message: str


def offences(engine: Engine, action: RenewalAction) -> list[Offence]:
    """Every instance that prevents a bulk action now, in the order of the action's list (R4). Changes nothing.

    A lack of money for the whole order is no offence of an instance, so it is not included.
    """
    world = engine.world
    known = (world.instances[name] for name in action.instances if name in world.instances)
    first = next(known, None)
    account = world.accounts[first.account] if first is not None else None
    found: list[Offence] = []
    for name in action.instances:
        try:
            _check(engine, name, action, account)
        except Refusal as refusal:
            found.append(Offence(name, refusal.code, refusal.message))
    return found


def _check(engine: Engine, name: str, action: RenewalAction, account: Account | None) -> None:
    """Raise Refusal if an instance can't be renewed or set. `account` is that of the list's first known instance."""
    instance = instance_of(engine, name)
    renewing = isinstance(action, actions.Renew)
    if renewing and account is not None and instance.account != account.id:
        raise Refusal(
            "several_accounts", f"{name} is on {instance.account}, the order is for {account.id}: split the order."
        )
    if instance.kind != ENTERPRISE:
        raise Refusal("wrong_kind", f"{name} has no period to renew: only Enterprise Edition instances expire.")
    if instance.state == RELEASED:
        raise Refusal("released", released_message(instance))
    if isinstance(action, actions.EnableAutoRenewal) and action.months not in engine.policy.console_months:
        sold = with_or(engine.policy.console_months)
        are = "is" if action.months == 1 else "are"
        message = f"{counted(action.months, 'month')} {are} not an auto-renewal period: choose {sold}."
        raise Refusal("invalid_period", message)
    if isinstance(action, actions.Renew) and account is not None:
        _check_renewable(engine, instance, action.months, account)


def released_message(instance: Instance) -> str:
    """The sentence that refuses every action on a released instance (I2)."""
    return f"{instance.id} was released and its data deleted: buy a new instance."


def _check_renewable(engine: Engine, instance: Instance, months: int, account: Account) -> None:
    clock, policy = engine.world.clock, engine.policy
    check_months_sold(engine, months)
    expires, _ = period_in_range(lambda: new_expiry(instance, months, clock, policy))
    check_not_overdue(account)
    if expires <= clock:
        shortest = shortest_period(instance, clock, policy)
        remedy = f"renew for {counted(shortest, 'month')} or more" if shortest else "no period sold is long enough"
        raise Refusal(
            "period_in_past",
            f"{instance.id} renewed for {counted(months, 'month')} would already have expired: {remedy}.",
        )


def _all_or_nothing(engine: Engine, action: RenewalAction) -> list[Instance]:
    """The instances of a bulk action. If any of them prevents it, raises one Refusal that names them all (R4)."""
    names, found = action.instances, offences(engine, action)
    if found:
        first = found[0]
        others = f" ({len(found)} of {len(names)} can't be done; nothing was done.)" if len(names) > 1 else ""
        raise Refusal(first.code, first.message + others, [Offender(item.instance, item.code) for item in found])
    return [engine.world.instances[name] for name in names]


def renew(engine: Engine, action: actions.Renew) -> None:
    """Renew all instances of one order or none (R4). Raises Refusal."""
    instances = _all_or_nothing(engine, action)
    account = engine.world.accounts[instances[0].account]
    monthly = sum(instance.monthly_price for instance in instances)
    check_enough(engine, account, period_price(monthly, action.months), action.months, [])
    for instance in instances:
        without_auto = instance.renewal.mode != AUTO and not action.auto_renew
        advice = short_period_advice(action.months, engine.policy) if without_auto else ()
        until = new_expiry(instance, action.months, engine.world.clock, engine.policy)
        extend(engine, instance, action.months, until, "manual", None, advice)
        if action.auto_renew:
            _enable_at_checkout(engine, instance)
        engine.schedule(instance, NOTICES)


def _set_renewal(
    engine: Engine, instance: Instance, renewal: Renewal, rule: str | None, advice: tuple[str, ...]
) -> None:
    instance.renewal = renewal
    engine.changed_instances.add(instance.id)
    changed = AutoRenewalChanged(renewal.mode, renewal.schedule, renewal.months)
    engine.emit(instance.account, instance.id, rule, changed, advice)
    engine.schedule(instance, NOTICES)


def _enable_at_checkout(engine: Engine, instance: Instance) -> None:
    """Turn on monthly auto-renewal because it was ticked at checkout (R5). Changes nothing if it is already on."""
    if instance.renewal.mode == AUTO:
        return
    months = engine.policy.checkout_months
    today = engine.calendar.day_of(engine.world.clock)
    renewal = Renewal(AUTO, CHECKOUT, months, today)
    _set_renewal(engine, instance, renewal, "R5", (needs_money_advice(instance, months),))


def enable_auto_renewal(engine: Engine, action: actions.EnableAutoRenewal) -> None:
    """Enable auto-renewal in renewal management, or change its period (A2, A8). Raises Refusal."""
    today = engine.calendar.day_of(engine.world.clock)
    for instance in _all_or_nothing(engine, action):
        newly = instance.renewal.mode != AUTO
        instance.renewal = renewal_if_enabled(instance, action.months, today)
        advice = enabling_advice(engine, instance) if newly else ()
        _set_renewal(engine, instance, instance.renewal, None, advice)


def set_manual_renewal(engine: Engine, action: actions.SetManualRenewal) -> None:
    """Set instances to manual renewal at once (A8). Raises Refusal."""
    for instance in _all_or_nothing(engine, action):
        _set_renewal(engine, instance, Renewal(MANUAL), None, ())


def set_non_renewal(engine: Engine, action: actions.SetNonRenewal) -> None:
    """Set instances to non-renewal. Raises Refusal."""
    for instance in _all_or_nothing(engine, action):
        _set_renewal(engine, instance, Renewal(NONE), None, ())
