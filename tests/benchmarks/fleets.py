"""Mixed fleets to measure with. The same seed gives the same fleet; each account has 500 instances."""

from random import Random

from core.base.instants import DAY, HOUR
from core.rules.policy import Policy
from core.simulation.loading import derive_state, new_usage
from core.world.model import (
    AUTO,
    CHECKOUT,
    CONSOLE,
    ENTERPRISE,
    LEGACY_PUBLIC,
    MANUAL,
    NONE,
    PUBLIC,
    Account,
    Coupon,
    Instance,
    Renewal,
    World,
)

PER_ACCOUNT = 500


def mixed_fleet(size: int, policy: Policy, seed: int = 1) -> World:
    """A fleet of `size` instances: 60% Enterprise, two thirds of them with auto-renewal; 25% legacy public; 15% public.
    Three of four accounts have enough money for everything.
    """
    random = Random(seed)
    clock = policy.calendar.parse("2026-07-01")
    accounts: dict[str, Account] = {}
    instances: dict[str, Instance] = {}
    for number in range(size):
        if number % PER_ACCOUNT == 0:
            account = Account(f"account-{number // PER_ACCOUNT:04d}", "CNY", new_usage(clock))
            rich = number // PER_ACCOUNT % 4 != 3
            account.balance = 10**12 if rich else 2_000_000_00
            account.low_balance_alert = 1_000_000_00
            if number // PER_ACCOUNT % 5 == 0:
                account.coupons = [Coupon("welcome", 500_000, 500_000, None, clock + 30 * DAY)]
            accounts[account.id] = account
        instance = _instance(f"iot-{number:06d}", account, clock, random)
        derive_state(instance, account, clock, policy)
        instances[instance.id] = instance
    return World(clock, accounts, instances)


def quiet_fleet(size: int, policy: Policy) -> World:
    """A fleet of Enterprise instances that all expire after 1,000 days, so that nothing is due for a long time."""
    world = mixed_fleet(size, policy)
    for instance in world.instances.values():
        instance.kind, instance.renewal = ENTERPRISE, Renewal()
        instance.expires, instance.anchor_day = (
            world.clock + 1000 * DAY,
            policy.calendar.date_of(world.clock + 1000 * DAY).day,
        )
        derive_state(instance, world.accounts[instance.account], world.clock, policy)
    for account in world.accounts.values():
        account.coupons = []
    return world


def _instance(name: str, account: Account, clock: int, random: Random) -> Instance:
    share = random.random()
    instance = Instance(name, account.id, ENTERPRISE, name, "cn-shanghai")
    if share < 0.6:
        expires = clock + random.randrange(1, 200) * DAY + random.choice((0, 0, 0, 13 * HOUR))
        instance.expires = expires
        instance.anchor_day = random_anchor(expires)
        instance.monthly_price = random.randrange(100, 2000) * 100
        mode = random.random()
        if mode < 0.45:
            instance.renewal = Renewal(AUTO, CONSOLE, random.choice((1, 1, 3, 12)), None)
        elif mode < 0.66:
            instance.renewal = Renewal(AUTO, CHECKOUT, 1, None)
        else:
            instance.renewal = Renewal(MANUAL if mode < 0.9 else NONE)
    elif share < 0.85:
        instance.kind = LEGACY_PUBLIC
        instance.daily_charge = random.randrange(1, 50) * 25
    else:
        instance.kind = PUBLIC
        instance.last_online = clock - random.randrange(0, 29) * DAY
    return instance


def random_anchor(expires: int) -> int:
    """The anchor day that fits an expiry: its day of the month at UTC+8 (T5)."""
    from core.base.instants import Calendar

    return Calendar(8 * HOUR).date_of(expires).day
