"""The rows of the Renewal screen: instances by renewal mode and by time to expiry, updated incrementally.

The instances of each mode are sorted by expiry, so a window of days is a contiguous range. When the clock moves, only
the bounds of the range change.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from core.ahead.renewal_preview import expired_by, expiring_within
from core.simulation.loading import ends_at
from core.workspace.workspace import Workspace
from core.world.model import ENTERPRISE, MANUAL, MODES, RELEASED, Instance
from tui.lists.listing import Listing, Order, SortKey, by_expiry, by_id
from tui.lists.ranking import Ranking, Stretch
from tui.lists.row_texts import renewal_text


class Window(NamedTuple):
    """A window of the Renewal screen: instances that expire within `days`. EXPIRED and ALL have no days."""

    name: str
    days: int | None = None


WITHIN: Final = tuple(Window(f"{days} d", days) for days in (7, 15, 30))
EXPIRED: Final = Window("expired")
ALL: Final = Window("all")
WINDOWS: Final = (*WITHIN, EXPIRED, ALL)
_FIRST: Final = (-1, 0, "", "")
_LAST: Final = (2, 0, "", "")


class _Groups:
    """Instances grouped by renewal mode and by whether they are released; each group is sorted by expiry."""

    def __init__(self, instances: Iterable[Instance]) -> None:
        sort_keys: dict[tuple[str, bool], list[SortKey]] = {
            (mode, gone): [] for mode in MODES for gone in (False, True)
        }
        self._at: dict[str, tuple[str, bool, SortKey]] = {}
        for instance in instances:
            at = _group_and_key(instance)
            self._at[instance.id] = at
            sort_keys[at[:2]].append(at[2])
        self.rankings = {group: Ranking(there) for group, there in sort_keys.items()}

    def take(self, name: str) -> None:
        """Remove an instance if it is in a group."""
        if (at := self._at.pop(name, None)) is not None:
            self.rankings[at[:2]].remove(at[2])

    def put(self, instance: Instance) -> None:
        """Add an instance to its group."""
        self._at[instance.id] = at = _group_and_key(instance)
        self.rankings[at[:2]].add(at[2])

    def at(self, name: str) -> tuple[str, bool, SortKey] | None:
        """Renewal mode, whether it is released, and sort key of an instance; None if it is in no group."""
        return self._at.get(name)

    def span(self, mode: str, bounds: tuple[SortKey, SortKey]) -> tuple[int, int]:
        """Half-open range of the indexes of a mode's instances within the bounds, without released ones."""
        ranking = self.rankings[mode, False]
        return ranking.below(bounds[0]), ranking.below(bounds[1])

    def count(self, mode: str, bounds: tuple[SortKey, SortKey]) -> int:
        """The number of a mode's instances within the bounds. Released ones cannot be renewed and do not count."""
        start, stop = self.span(mode, bounds)
        return stop - start


def _is_enterprise(instance: Instance) -> bool:
    return instance.kind == ENTERPRISE


def _group_and_key(instance: Instance) -> tuple[str, bool, SortKey]:
    return instance.renewal.mode, instance.state == RELEASED, (0, ends_at(instance) or 0, "", instance.id)


class Renewables:
    """The ids of the instances in one tab and one window that pass the filter, in order, and the counts for the others.

    Released instances are shown only in the window ALL, after the others.
    """

    def __init__(
        self,
        workspace: Workspace,
        order: Order = by_expiry,
        forecast_text: Callable[[Instance], str] | None = None,
    ) -> None:
        self._workspace = workspace
        self._forecast_text = forecast_text
        """The part of an instance's row that comes from the forecast."""
        self._search: Listing | None = None
        """Applies the filter; created when a filter is first needed."""
        self.filter_text = ""
        self.order = order
        self.reverse = False
        self.mode = MANUAL
        self.window = ALL
        self.keys: Sequence[str] = ()
        self._all = self._fitting = _Groups(())
        self._ranked: dict[bool, Ranking] = {}
        self._ranked_at: dict[str, tuple[bool, SortKey]] = {}
        self._bounds = (_FIRST, _LAST)
        self.read_anew()

    # Counts and rows

    @property
    def total(self) -> int:
        """The number of rows of the tab and window without the filter, including released instances."""
        released = len(self._all.rankings[self.mode, True]) if self.window is ALL else 0
        return self._all.count(self.mode, self._bounds) + released

    def count(self, mode: str, window: Window) -> int:
        """The number of renewable instances that a tab and window show with the filter."""
        return self._fitting.count(mode, self._bounds_of(window))

    def index_of(self, name: str) -> int | None:
        """The row of an instance; None if it is not shown."""
        if not isinstance(self.keys, Stretch):
            return None
        if self.order is not by_expiry:
            there = self._ranked_at.get(name)
            return None if there is None else self.keys.index_of(there[1], after=there[0])
        at = self._fitting.at(name)
        if at is None or at[0] != self.mode or (at[1] and self.window is not ALL):
            return None
        return self.keys.index_of(at[2], after=at[1])

    def near(self, name: str) -> int:
        """The row of an instance, or, if it is hidden, of the one that would follow it."""
        row = self.index_of(name)
        if row is not None:
            return row
        instance = self._workspace.world.instances.get(name)
        if instance is None or not isinstance(self.keys, Stretch):
            return 0
        return self.keys.near(self._sort_key(name), after=instance.state == RELEASED)

    # Tab, window, filter and order

    def choose(self, mode: str, window: Window) -> None:
        """Show another tab, or another window."""
        self.mode, self.window = mode, window
        self._rank()

    def set_filter(self, text: str) -> None:
        """Show only what matches a filter."""
        self.filter_text = text
        self._ensure_search().set_filter(text)
        self._fit()

    def prepare(self) -> bool:
        """Build the next batch of search texts before a filter is typed. Returns whether all are built."""
        return self._ensure_search().prepare()

    @property
    def problem(self) -> str | None:
        """What could not be read in the filter, in one sentence; None if all was read."""
        return None if self._search is None else self._search.problem

    @property
    def hides_in_time(self) -> bool:
        """Whether the filter may hide a row although its instance did not change."""
        return self._search is not None and self._search.hides_in_time

    def _ensure_search(self) -> Listing:
        if self._search is None:
            self._search = Listing(self._workspace, by_id, _is_enterprise, renewal_text, self._forecast_text)
        return self._search

    def set_order(self, order: Order, *, reverse: bool) -> None:
        """Show in another order."""
        self.order, self.reverse = order, reverse
        self._rank()

    # Following the fleet

    def read_anew(self) -> None:
        """Reload the whole fleet."""
        instances = self._workspace.world.instances.values()
        self._all = _Groups(filter(_is_enterprise, instances))
        if self._search is not None:
            self._search.read_anew()
        self._fit()

    def update(self, changed: Iterable[str]) -> None:
        """Follow changed instances and the moved clock."""
        before = self._bounds[1]
        self._bounds = self._bounds_of(self.window)
        instances, search = self._workspace.world.instances, self._search
        names = [name for name in changed if instances[name].kind == ENTERPRISE]
        for name in names:
            self._all.take(name)
            self._all.put(instances[name])
        if search is not None:
            moved = search.update(names)
            if moved is None:
                self._fit()
                return
            names += moved
        if search is not None and self._fitting is not self._all:
            for name in names:
                self._fitting.take(name)
                if search.index_of(name) is not None:
                    self._fitting.put(instances[name])
        if self.order is not by_expiry:
            ranking = self._fitting.rankings[self.mode, False]
            entered = ranking.between(ranking.below(before), ranking.below(self._bounds[1]))
            self._rank_again({*names, *(sort_key[-1] for sort_key in entered)})
        self._read_keys()

    def _fit(self) -> None:
        """Collect the instances that pass the filter."""
        search, instances = self._search, self._workspace.world.instances
        if search is None or not self.filter_text.strip():
            self._fitting = self._all
        else:
            self._fitting = _Groups(map(instances.__getitem__, search.keys))
        self._rank()

    def _rank(self) -> None:
        """Sort what is shown. The groups are already sorted by expiry."""
        self._bounds = self._bounds_of(self.window)
        self._ranked_at = {}
        if self.order is not by_expiry:
            groups, workspace, order = self._fitting, self._workspace, self.order
            instances = workspace.world.instances
            start, stop = groups.span(self.mode, self._bounds)
            gone = groups.rankings[self.mode, True] if self.window is ALL else Ranking()
            shown = {
                False: groups.rankings[self.mode, False].between(start, stop),
                True: gone.between(0, len(gone)),
            }
            for released, sort_keys in shown.items():
                ranked = [order(instances[sort_key[-1]], workspace) for sort_key in sort_keys]
                self._ranked[released] = Ranking(ranked)
                self._ranked_at.update((sort_key[-1], (released, sort_key)) for sort_key in ranked)
        self._read_keys()

    def _rank_again(self, names: Iterable[str]) -> None:
        low, high = self._bounds
        for name in names:
            if (before := self._ranked_at.pop(name, None)) is not None:
                self._ranked[before[0]].remove(before[1])
            at = self._fitting.at(name)
            if at is None or at[0] != self.mode:
                continue
            if self.window is ALL or (not at[1] and low <= at[2] < high):
                self._ranked_at[name] = now = (at[1], self._sort_key(name))
                self._ranked[at[1]].add(now[1])

    def _read_keys(self) -> None:
        if self.order is by_expiry:
            start, stop = self._fitting.span(self.mode, self._bounds)
            gone = self._fitting.rankings[self.mode, True] if self.window is ALL else Ranking()
            self.keys = Stretch(self._fitting.rankings[self.mode, False], start, stop, gone, reverse=self.reverse)
        else:
            ranked = self._ranked[False]
            self.keys = Stretch(ranked, 0, len(ranked), self._ranked[True], reverse=self.reverse)

    def _sort_key(self, name: str) -> SortKey:
        return self.order(self._workspace.world.instances[name], self._workspace)

    def _bounds_of(self, window: Window) -> tuple[SortKey, SortKey]:
        clock, calendar = self._workspace.clock, self._workspace.calendar
        if window is ALL:
            return _FIRST, _LAST
        if window.days is None:
            return _FIRST, _before(expired_by(clock))
        first, last = expiring_within(window.days, clock, calendar)
        return _before(first), _before(last)


def _before(instant: int) -> SortKey:
    """The sort key before those of all instances that expire at an instant."""
    return (0, instant, "", "")
