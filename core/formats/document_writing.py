"""Writing a world as a fleet document, `lapse-fleet/1`."""

from collections.abc import Callable

from core.base.instants import format_day
from core.base.money import KeptAmount, format_amount
from core.formats.document import FORMAT
from core.rules.policy import Policy
from core.simulation.loading import stated_release
from core.world.model import AUTO, ENTERPRISE, LEGACY_PUBLIC, Instance, World


def _amount(minor: int, currency: str) -> KeptAmount:
    return KeptAmount(format_amount(minor, currency))


def write_document(world: World, policy: Policy) -> dict[str, object]:
    """Write the world as a fleet document.

    Reading the document gives the same fleet, with its states derived anew (I1). Its amounts are KeptAmounts, so they
    can be read back however large they have grown.
    """
    calendar = policy.calendar

    def when(instant: int | None) -> str | None:
        return None if instant is None else calendar.format(instant)

    accounts = [
        {
            "id": account.id,
            "currency": account.currency,
            "balance": _amount(account.balance, account.currency),
            "low_balance_alert": None
            if account.low_balance_alert is None
            else _amount(account.low_balance_alert, account.currency),
            "daily_spend": _amount(account.daily_spend, account.currency),
            "coupons": [
                {
                    "id": coupon.id,
                    "amount": _amount(coupon.remaining, account.currency),
                    "starts": when(coupon.starts),
                    "expires": when(coupon.expires),
                }
                for coupon in account.coupons
            ],
            "unpaid": [
                {"id": bill.id, "issued": when(bill.issued), "amount": _amount(bill.amount, account.currency)}
                for bill in account.unpaid
            ],
            "overdue_since": when(account.overdue_since),
        }
        for account in world.accounts.values()
    ]
    instances = [
        _written(instance, world.accounts[instance.account].currency, when, policy)
        for instance in world.instances.values()
    ]
    return {"format": FORMAT, "clock": when(world.clock), "accounts": accounts, "instances": instances}


def _written(
    instance: Instance, currency: str, when: Callable[[int | None], str | None], policy: Policy
) -> dict[str, object]:
    common: dict[str, object] = {
        "id": instance.id,
        "account": instance.account,
        "name": instance.name,
        "kind": instance.kind,
        "region": instance.region,
    }
    if (released := stated_release(instance, policy)) is not None:
        common["released"] = when(released)
    if instance.kind == ENTERPRISE:
        mode, schedule, months, enabled_on = instance.renewal
        renewal: dict[str, object] = {"mode": mode}
        if mode == AUTO:
            renewal |= {"schedule": schedule, "months": months}
            if enabled_on is not None:
                renewal["enabled_on"] = format_day(enabled_on)
        return common | {
            "trial": instance.trial,
            "expires": when(instance.expires),
            "anchor_day": instance.anchor_day,
            "monthly_price": _amount(instance.monthly_price, currency),
            "renewal": renewal,
        }
    if instance.kind == LEGACY_PUBLIC:
        return common | {"daily_charge": _amount(instance.daily_charge, currency)}
    return common | {
        "devices_online": instance.devices_online,
        "last_online": when(instance.last_online),
        "trial_continued": when(instance.trial_continued),
    }
