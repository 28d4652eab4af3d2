"""What holds of every fleet that Lapse keeps, and what the simulation counts on: else the file is damaged."""

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
    """Raise ValueError, or LookupError, where a world that was read can't have come about at its clock."""
    clock = world.clock
    for instance in world.instances.values():
        if instance.state == RESTORING and instance.restored_at is None:
            raise ValueError("a restoration")
        if instance.kind == ENTERPRISE and not _is_in_time(instance, clock, policy):
            raise ValueError("a state that its dates contradict")
    for account in world.accounts.values():
        if account.usage.opened > clock or not all(end <= clock for end, _ in account.usage.closed):
            raise ValueError("a cycle that is still to come")
        if (account.overdue_since is not None) is not bool(account.unpaid):
            raise ValueError("overdue with nothing to pay, or clear with a bill")
        _check_lines(account, world)


def _is_in_time(instance: Instance, clock: int, policy: Policy) -> bool:
    """Whether an Enterprise instance is in a state that its expiry allows (E1, E2, R3, I1)."""
    release = release_at(instance, policy)
    if instance.expires is None or instance.anchor_day is None or release is None:
        return False
    if instance.state == RELEASED:
        # The fleet's word for it counts, whatever the dates say (I1).
        return instance.since is None or instance.since <= clock
    if clock < instance.expires:
        return instance.state in (RUNNING, RESTORING)
    return instance.state == EXPIRED and clock < release


def _check_lines(account: Account, world: World) -> None:
    """Raise where a line of the open cycle counts what doesn't serve, or leaves out what does (B2)."""
    for name, line in account.usage.lines.items():
        instance = world.instances[name]
        metered = instance.kind == LEGACY_PUBLIC and instance.account == account.id and instance.serving
        if (line.since is not None) is not metered or not account.usage.opened <= (line.since or world.clock):
            raise ValueError("a line of the meter")
