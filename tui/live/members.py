"""Which instances are on which account, and the forecasts that they make necessary."""

from collections import OrderedDict
from typing import NamedTuple

from core.world.model import World


class Job(NamedTuple):
    """A forecast to make or to run on: of an account, as it will be or as if all were `paid`."""

    account: str
    paid: bool


class Members:
    """Which instances are on which account, as of one world."""

    def __init__(self, world: World) -> None:
        found: dict[str, list[str]] = {account: [] for account in world.accounts}
        for instance in world.instances.values():
            found[instance.account].append(instance.id)
        self.world = world
        self.names = found
        self.count = len(world.instances)
        self.jobs = OrderedDict.fromkeys(Job(account, False) for account in found)

    def are_of(self, world: World) -> bool:
        """Whether they are those of this world still: instances are only ever added."""
        return world is self.world and len(world.instances) == self.count and len(world.accounts) == len(self.names)
