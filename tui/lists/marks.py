"""The marked instances, and what they come to on each account, kept up by difference."""

from collections.abc import Iterable, Iterator, KeysView, Sequence
from itertools import islice
from typing import NamedTuple, overload

from core.workspace.workspace import Workspace
from core.world.model import RELEASED, Instance


class Total(NamedTuple):
    """What the marked instances of one account come to."""

    number: int
    monthly: int
    """Their monthly prices together, in minor units."""


class Marks(Sequence[Instance]):
    """The marked instances in the order they were marked, which is the order of an order on them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._parts: dict[str, tuple[str, int | None]] = {}
        """Each one's account and monthly price; None: released, nothing can be paid for."""
        self.totals: dict[str, Total] = {}
        """By account, in the order in which one of its instances was marked first; without the released ones."""
        self.released = 0
        """How many of them are released."""
        self.version = 0
        """Another one whenever something else is marked."""

    @property
    def keys(self) -> KeysView[str]:
        """The ids of the marked ones; follows them."""
        return self._parts.keys()

    def __len__(self) -> int:
        return len(self._parts)

    @overload
    def __getitem__(self, index: int) -> Instance: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Instance, ...]: ...
    def __getitem__(self, index: int | slice) -> Instance | tuple[Instance, ...]:
        """A marked instance, or several; the first ones cost no more than they are many."""
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
        """Mark an instance, or take its mark away."""
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
        """Take marks away."""
        for key in keys:
            if (part := self._parts.pop(key, None)) is None:
                continue
            account, monthly = part
            if monthly is None:
                self.released -= 1
            else:
                self._add(account, -1, -monthly)

    def clear(self) -> None:
        """Take all marks away."""
        self._parts.clear()
        self.totals.clear()
        self.version += 1
        self.released = 0

    def follow(self, keys: Iterable[str]) -> None:
        """Take over that marked instances changed: one that was released comes to nothing any more."""
        for key in keys:
            account, monthly = self._parts.get(key, ("", None))
            if monthly is not None and self._workspace.world.instances[key].state == RELEASED:
                self._parts[key] = (account, None)
                self._add(account, -1, -monthly)
                self.released += 1
                self.version += 1

    def read_anew(self) -> None:
        """Take the prices over again; marks on instances that are gone go with them."""
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
