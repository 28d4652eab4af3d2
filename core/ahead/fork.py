"""Copies of a part of the world, to ask what would happen: the one way in which anything is tried or run ahead."""

from collections.abc import Iterable

from core.rules.policy import Policy
from core.simulation.simulation import Simulation
from core.world.model import Account, Instance, World


def copied_world(
    accounts: Iterable[Account], instances: Iterable[Instance], clock: int, *, copied: bool = False
) -> World:
    """A world of copies of these accounts and instances, the same in every field. Instances that are `copied` already
    are taken as they are.

    Accounts do not affect each other. To run ahead, give an account with all its instances; to try an action at the
    clock, the instances that it can concern are enough.
    """
    copies = instances if copied else (item.copy() for item in instances)
    return World(clock, {item.id: item.copy() for item in accounts}, {item.id: item for item in copies})


def fork(accounts: Iterable[Account], instances: Iterable[Instance], clock: int, policy: Policy) -> Simulation:
    """A simulation over copies of these accounts and instances, as `copied_world` makes them."""
    return Simulation(copied_world(accounts, instances, clock), policy)
