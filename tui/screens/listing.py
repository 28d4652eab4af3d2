"""The order of a table and what its filter lets through, kept up by difference as the fleet changes."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from typing import Final

from core.foresight import next_loss
from core.model import FROZEN, RELEASED, STATES, STOPPED, Instance
from core.workspace import Workspace
from tui.screens.filtering import Filter, read_filter

Place = tuple[int, int, str, str]
"""Where an instance stands in an order; its id comes last, so that no two are alike."""
Order = Callable[[Instance, Workspace], Place]

_STATE_PLACES: Final = {state: place for place, state in enumerate(STATES)}
_RENEWAL_PLACES: Final = {"auto": 0, "manual": 1, "none": 2}


def by_loss(instance: Instance, workspace: Workspace) -> Place:
    """What is lost next comes first; then what is without service, then what nothing threatens, the released last."""
    account = workspace.world.accounts[instance.account]
    at = next_loss(instance, account, workspace.policy)
    if at is not None:
        return (0, at, "", instance.id)
    rank = 3 if instance.state == RELEASED else 1 if instance.state in (STOPPED, FROZEN) else 2
    return (rank, 0, "", instance.id)


def by_id(instance: Instance, workspace: Workspace) -> Place:
    """By id."""
    return (0, 0, "", instance.id)


def by_state(instance: Instance, workspace: Workspace) -> Place:
    """By state, in the lifecycle's order."""
    return (_STATE_PLACES[instance.state], 0, "", instance.id)


def by_expiry(instance: Instance, workspace: Workspace) -> Place:
    """By expiry, those without an end last."""
    return (instance.expires is None, instance.expires or 0, "", instance.id)


def by_renewal(instance: Instance, workspace: Workspace) -> Place:
    """By how it is renewed."""
    rank = _RENEWAL_PLACES[instance.renewal.mode] if instance.expires is not None else len(_RENEWAL_PLACES)
    return (rank, instance.expires or 0, "", instance.id)


def by_account(instance: Instance, workspace: Workspace) -> Place:
    """By account."""
    return (0, 0, instance.account, instance.id)


def by_price(instance: Instance, workspace: Workspace) -> Place:
    """By monthly price, the highest first."""
    return (0, -instance.monthly_price, workspace.currency_of(instance.account), instance.id)


class Listing:
    """The ids of the instances that `among` and the filter let through, in order, and how many are in each state."""

    def __init__(
        self, workspace: Workspace, order: Order = by_loss, among: Callable[[Instance], bool] = lambda _: True
    ) -> None:
        self._workspace = workspace
        self._among = among
        self._filter = Filter()
        self.filter_text = ""
        self.order = order
        self.reverse = False
        self.keys: list[str] = []
        self.counts: dict[str, int] = {}
        self._sorted: list[Place] = []
        self._places: dict[str, Place] = {}
        self._states: dict[str, str] = {}
        self.read_anew()

    @property
    def total(self) -> int:
        """How many instances there are without the filter."""
        return len(self._states)

    def read_anew(self) -> None:
        """Read the whole fleet."""
        instances = self._workspace.world.instances.values()
        self._states = {instance.id: instance.state for instance in instances if self._among(instance)}
        self.counts = dict.fromkeys(STATES, 0)
        for state in self._states.values():
            self.counts[state] += 1
        self._sort()

    def set_filter(self, text: str) -> None:
        """Show only what fits a filter."""
        self.filter_text = text
        self._filter = read_filter(text)
        self._sort()

    def set_order(self, order: Order, *, reverse: bool) -> None:
        """Show in another order."""
        self.order, self.reverse = order, reverse
        self._sort()

    def update(self, changed: Iterable[str]) -> None:
        """Take over the instances that changed."""
        ids = list(changed)
        if len(ids) > 500:
            self.read_anew()
            return
        for name in ids:
            instance = self._workspace.world.instances.get(name)
            if instance is None or not self._among(instance):
                continue
            before = self._states.get(name)
            if before is not None:
                self.counts[before] -= 1
            self._states[name] = instance.state
            self.counts[instance.state] += 1
            self._replace(instance)
        if ids:
            self._read_keys()

    def index_of(self, name: str) -> int | None:
        """The row of an instance; None when it isn't shown."""
        place = self._places.get(name)
        if place is None:
            return None
        index = bisect_left(self._sorted, place)
        return len(self._sorted) - 1 - index if self.reverse else index

    def _replace(self, instance: Instance) -> None:
        old = self._places.pop(instance.id, None)
        if old is not None:
            del self._sorted[bisect_left(self._sorted, old)]
        if self._filter.fits(instance):
            place = self.order(instance, self._workspace)
            self._places[instance.id] = place
            insort(self._sorted, place)

    def _sort(self) -> None:
        instances, order, fits = self._workspace.world.instances, self.order, self._filter.fits
        shown = (instances[name] for name in self._states)
        self._places = {item.id: order(item, self._workspace) for item in shown if fits(item)}
        self._sorted = sorted(self._places.values())
        self._read_keys()

    def _read_keys(self) -> None:
        rows = reversed(self._sorted) if self.reverse else self._sorted
        self.keys = [place[-1] for place in rows]
