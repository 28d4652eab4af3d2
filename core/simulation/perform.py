"""Performs the actions that a person asks for. Each is checked for refusals, in the rulebook's order, and then done.

A refused action changes nothing. The log records it with its code and one sentence that says what would help.
"""

from collections.abc import Callable
from typing import Final

from core.rules.lifecycle import TRIAL_CONTINUED
from core.simulation import orders
from core.simulation.agenda import NOTICES
from core.simulation.engine import Engine
from core.simulation.payments import issue_bill, settle_bills
from core.simulation.refusals import Refusal, account_of, instance_of, positive_amount
from core.world import actions
from core.world.actions import NAMES, Action
from core.world.events import CouponGranted, DevicesChanged, LowBalanceAlertSet, Refused, ToppedUp, TrialContinued
from core.world.model import FROZEN, PUBLIC, Coupon, Instance


def perform(engine: Engine, action: Action) -> None:
    """Do an action now, or log why it is refused. Raises BadInput for an amount that its currency can't express."""
    try:
        _HANDLERS[type(action)](engine, action)
    except Refusal as refusal:
        account, instance = _concerned(engine, action)
        fact = Refused(NAMES[type(action)], refusal.code, refusal.message, refusal.offenders)
        engine.emit(account, instance, None, fact)


def _concerned(engine: Engine, action: Action) -> tuple[str | None, str | None]:
    """The account and the instance that an action concerns, as far as it names a single one."""
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


# Money


def _top_up(engine: Engine, action: actions.TopUp) -> None:
    account = account_of(engine, action.account)
    amount = positive_amount(action.amount, account)
    account.balance += amount
    engine.emit(account.id, None, None, ToppedUp(amount))
    settle_bills(engine, account)


def _grant_coupon(engine: Engine, action: actions.GrantCoupon) -> None:
    account, clock = account_of(engine, action.account), engine.world.clock
    if any(coupon.id == action.id for coupon in account.coupons):
        raise Refusal("duplicate_id", f"{account.id} already has a coupon {action.id}: give another id.")
    amount = positive_amount(action.amount, account)
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
    settle_bills(engine, account)


def _charge(engine: Engine, action: actions.Charge) -> None:
    account = account_of(engine, action.account)
    amount = positive_amount(action.amount, account)
    issue_bill(engine, account, f"charge-{engine.world.events + 1}", amount, "B3", action.note)
    settle_bills(engine, account)


def _set_low_balance_alert(engine: Engine, action: actions.SetLowBalanceAlert) -> None:
    account = account_of(engine, action.account)
    account.low_balance_alert = None if action.amount is None else positive_amount(action.amount, account)
    engine.changed_accounts.add(account.id)
    engine.emit(account.id, None, None, LowBalanceAlertSet(account.low_balance_alert))


# Public instances


def _public_instance(engine: Engine, name: str) -> Instance:
    instance = instance_of(engine, name)
    if instance.kind != PUBLIC:
        raise Refusal(
            "wrong_kind", f"{name} is not a new public instance: only those are frozen when their devices are idle."
        )
    return instance


def _continue_trial(engine: Engine, action: actions.ContinueTrial) -> None:
    instance = _public_instance(engine, action.instance)
    if instance.state != FROZEN:
        raise Refusal("not_frozen", f"{instance.id} is not frozen: its trial continues by itself.")
    instance.trial_continued = engine.world.clock
    engine.emit(instance.account, instance.id, None, TrialContinued())
    engine.enter(instance, TRIAL_CONTINUED)
    engine.schedule(instance, NOTICES)


def _set_devices(engine: Engine, name: str, online: bool) -> None:
    instance = _public_instance(engine, name)
    if online and instance.state == FROZEN:
        raise Refusal("frozen", f"{name} is frozen, so no device can come online: continue its trial first.")
    if instance.devices_online and not online:
        instance.last_online = engine.world.clock
    instance.devices_online = online
    engine.changed_instances.add(instance.id)
    engine.emit(instance.account, instance.id, None, DevicesChanged(online))
    engine.schedule(instance, NOTICES)


def _devices_online(engine: Engine, action: actions.DevicesOnline) -> None:
    _set_devices(engine, action.instance, True)


def _devices_offline(engine: Engine, action: actions.DevicesOffline) -> None:
    _set_devices(engine, action.instance, False)


_HANDLERS: Final[dict[type[Action], Callable[..., None]]] = {
    actions.TopUp: _top_up,
    actions.GrantCoupon: _grant_coupon,
    actions.Charge: _charge,
    actions.SetLowBalanceAlert: _set_low_balance_alert,
    actions.Purchase: orders.purchase,
    actions.Renew: orders.renew,
    actions.EnableAutoRenewal: orders.enable_auto_renewal,
    actions.SetManualRenewal: orders.set_manual_renewal,
    actions.SetNonRenewal: orders.set_non_renewal,
    actions.ContinueTrial: _continue_trial,
    actions.Upgrade: orders.upgrade,
    actions.DevicesOnline: _devices_online,
    actions.DevicesOffline: _devices_offline,
}
