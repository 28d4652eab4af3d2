"""Checks what is true of every fleet that Lapse stores and what the simulation relies on. Otherwise it is damaged."""

from core.rules.policy import Policy
from core.simulation.loading import release_at
from core.world.model import (
    ENTERPRISE,
    EXPIRED,
    LEGACY_PUBLIC,
    RELEASED,
    RESTORING,
    RUNNING,
    Account,
    Instance,
    World,
)


def check_world(world: World, policy: Policy) -> None:
    """Raise ValueError or LookupError if no history can lead to this world at its clock."""
    clock = world.clock
    for instance in world.instances.values():
        if instance.state == RESTORING and instance.restored_at is None:
            raise ValueError("restoring without an end of the restoration")
        if instance.kind == ENTERPRISE and not _is_in_time(instance, clock, policy):
            raise ValueError("a state that contradicts its dates")
    for account in world.accounts.values():
        if account.usage.opened > clock or not all(end <= clock for end, _ in account.usage.closed):
            raise ValueError("a billing cycle after the clock")
        if (account.overdue_since is not None) is not bool(account.unpaid):
            raise ValueError("overdue without an unpaid bill, or not overdue with one")
        _check_lines(account, world)


def _is_in_time(instance: Instance, clock: int, policy: Policy) -> bool:
    """Whether an enterprise instance is in a state that its expiry allows (E1, E2, R3, I1)."""
    release = release_at(instance, policy)
    if instance.expires is None or instance.anchor_day is None or release is None:
        return False
    if instance.state == RELEASED:
        # A release that the fleet document states holds, whatever the dates say (I1).
        return instance.since is None or instance.since <= clock
    if clock < instance.expires:
        return instance.state in (RUNNING, RESTORING)
    return instance.state == EXPIRED and clock < release


def _check_lines(account: Account, world: World) -> None:
    """Raise ValueError or LookupError if a line of the open cycle disagrees with whether its instance serves (B2)."""
    for name, line in account.usage.lines.items():
        instance = world.instances[name]
        metered = instance.kind == LEGACY_PUBLIC and instance.account == account.id and instance.serving
        if (line.since is not None) is not metered or not account.usage.opened <= (line.since or world.clock):
            raise ValueError("a usage line that contradicts its instance")
