"""Which instances belong to which account, and the forecasts to make for them."""

from collections import OrderedDict
from typing import NamedTuple

from core.world.model import World


class Job(NamedTuple):
    """A forecast of an account to make or to extend: the plain one, or with `paid`, the one as if every payment
    succeeded."""

    account: str
    paid: bool


class Members:
    """Which instances belong to which account in one world."""

    def __init__(self, world: World) -> None:
        found: dict[str, list[str]] = {account: [] for account in world.accounts}
        for instance in world.instances.values():
            found[instance.account].append(instance.id)
        self.world = world
        self.names = found
        self.count = len(world.instances)
        self.jobs = OrderedDict.fromkeys(Job(account, False) for account in found)

    def are_of(self, world: World) -> bool:
        """Whether this is still up to date for `world`. Comparing counts is enough, because instances and accounts are
        only ever added.
        """
        return world is self.world and len(world.instances) == self.count and len(world.accounts) == len(self.names)
