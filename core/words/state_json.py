"""The contract's JSON forms of accounts and instances."""

from core.base.instants import Calendar
from core.base.money import format_amount
from core.rules.policy import Policy
from core.simulation.credit import available_credit, unpaid_sum
from core.simulation.loading import release_at
from core.world.model import Account, Instance, World

Json = dict[str, object]


def account_form(account: Account, clock: int, calendar: Calendar) -> Json:
    """An account as `status --json` prints it at `clock`."""
    currency = account.currency
    return {
        "id": account.id,
        "currency": currency,
        "balance": format_amount(account.balance, currency),
        "available_credit": format_amount(available_credit(account, clock), currency),
        "unpaid": format_amount(unpaid_sum(account), currency),
        "overdue_since": None if account.overdue_since is None else calendar.format(account.overdue_since),
    }


def instance_form(instance: Instance, policy: Policy, calendar: Calendar) -> Json:
    """An instance as `status --json` prints it."""
    released = release_at(instance, policy)
    return {
        "id": instance.id,
        "name": instance.name,
        "account": instance.account,
        "kind": instance.kind,
        "region": instance.region,
        "state": instance.state,
        "since": None if instance.since is None else calendar.format(instance.since),
        "rule": instance.rule,
        "serving": instance.serving,
        "expires": None if instance.expires is None else calendar.format(instance.expires),
        "release_at": None if released is None else calendar.format(released),
        "renewal": {
            "mode": instance.renewal.mode,
            "schedule": instance.renewal.schedule,
            "months": instance.renewal.months,
        },
    }


def world_form(world: World, policy: Policy) -> Json:
    """A world as `status --json` prints it: clock, accounts, instances."""
    calendar = policy.calendar
    return {
        "clock": calendar.format(world.clock),
        "accounts": [account_form(account, world.clock, calendar) for account in world.accounts.values()],
        "instances": [instance_form(instance, policy, calendar) for instance in world.instances.values()],
    }
