"""The marked instances and their totals for each account, updated incrementally."""

from collections.abc import Iterable, Iterator, KeysView, Sequence
from itertools import islice
from typing import NamedTuple, overload

from core.workspace.workspace import Workspace
from core.world.model import RELEASED, Instance


class Total(NamedTuple):
    """The total of the marked instances of one account."""

    number: int
    monthly: int
    """Sum of their monthly prices, in minor units."""


class Marks(Sequence[Instance]):
    """The marked instances in marking order; renewals process them in it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._parts: dict[str, tuple[str, int | None]] = {}
        """Account and monthly price by id; a price of None means released, so nothing can be paid for it."""
        self.totals: dict[str, Total] = {}
        """Totals by account, without released instances. Accounts are in the order of their first mark."""
        self.released = 0
        """The number of marked instances that are released."""
        self.version = 0
        """Increases with every change of the marks or totals."""

    @property
    def keys(self) -> KeysView[str]:
        """A live view of the marked ids."""
        return self._parts.keys()

    def __len__(self) -> int:
        return len(self._parts)

    @overload
    def __getitem__(self, index: int) -> Instance: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Instance, ...]: ...
    def __getitem__(self, index: int | slice) -> Instance | tuple[Instance, ...]:
        """A marked instance, or a slice of them. The cost grows with the end of the slice, not with all marks."""
        instances = self._workspace.world.instances
        if isinstance(index, slice):
            ids = islice(self._parts, *index.indices(len(self)))
            return tuple(instances[key] for key in ids)
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return instances[next(islice(self._parts, index % len(self), None))]

    def __iter__(self) -> Iterator[Instance]:
        instances = self._workspace.world.instances
        return map(instances.__getitem__, self._parts)

    def toggle(self, key: str) -> None:
        """Mark an instance, or unmark it if it is marked."""
        if key in self._parts:
            self.drop((key,))
        else:
            self.mark((key,))

    def mark(self, keys: Iterable[str]) -> None:
        """Mark more instances."""
        instances, parts = self._workspace.world.instances, self._parts
        added: dict[str, list[int]] = {}
        for key in keys:
            if key not in parts:
                instance = instances[key]
                account, monthly = instance.account, instance.monthly_price
                if instance.state == RELEASED:
                    parts[key] = (account, None)
                    self.released += 1
                    continue
                parts[key] = (account, monthly)
                if account in added:
                    added[account].append(monthly)
                else:
                    added[account] = [monthly]
        for account, prices in added.items():
            self._add(account, len(prices), sum(prices))

    def drop(self, keys: Iterable[str]) -> None:
        """Unmark instances; ids without a mark are ignored."""
        for key in keys:
            if (part := self._parts.pop(key, None)) is None:
                continue
            account, monthly = part
            if monthly is None:
                self.released -= 1
            else:
                self._add(account, -1, -monthly)

    def clear(self) -> None:
        """Unmark all instances."""
        self._parts.clear()
        self.totals.clear()
        self.version += 1
        self.released = 0

    def follow(self, keys: Iterable[str]) -> None:
        """Follow changes of marked instances: a released instance leaves the totals."""
        for key in keys:
            account, monthly = self._parts.get(key, ("", None))
            if monthly is not None and self._workspace.world.instances[key].state == RELEASED:
                self._parts[key] = (account, None)
                self._add(account, -1, -monthly)
                self.released += 1
                self.version += 1

    def read_anew(self) -> None:
        """Reload all prices, and drop the marks of instances that no longer exist."""
        kept = [key for key in self._parts if key in self._workspace.world.instances]
        self.clear()
        self.mark(kept)

    def _add(self, account: str, number: int, monthly: int) -> None:
        self.version += 1
        before = self.totals.get(account, Total(0, 0))
        after = Total(before.number + number, before.monthly + monthly)
        if after.number:
            self.totals[account] = after
        else:
            del self.totals[account]
