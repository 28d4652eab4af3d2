"""Copies of a part of the world, to find out what would happen. Everything tried or simulated ahead uses them."""

from collections.abc import Iterable

from core.rules.policy import Policy
from core.simulation.simulation import Simulation
from core.world.model import Account, Instance, World


def copied_world(
    accounts: Iterable[Account], instances: Iterable[Instance], clock: int, *, copied: bool = False
) -> World:
    """A world of copies of these accounts and instances, the same in every field. With `copied`, `instances` are copies
    already and are used directly.

    Accounts do not affect each other. To simulate ahead, pass an account with all its instances. To try an action at
    the clock, the instances that it can affect are enough.
    """
    copies = instances if copied else (item.copy() for item in instances)
    return World(clock, {item.id: item.copy() for item in accounts}, {item.id: item for item in copies})


def fork(accounts: Iterable[Account], instances: Iterable[Instance], clock: int, policy: Policy) -> Simulation:
    """A simulation over copies of these accounts and instances, made by `copied_world`."""
    return Simulation(copied_world(accounts, instances, clock), policy)
