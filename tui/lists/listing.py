"""The rows of a table of instances: sorted, filtered, and updated incrementally as the fleet changes."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import compress
from operator import itemgetter
from typing import Final, NamedTuple

from core.ahead.foresight import next_loss
from core.base.errors import LapseError
from core.base.instants import Calendar, Duration
from core.simulation.loading import ends_at
from core.simulation.renewals import payment_price
from core.workspace.workspace import Workspace
from core.world.model import AUTO, EXPIRED, FROZEN, RELEASED, RESTORING, STATES, STOPPED, Instance
from tui.lists.distances import ByDay, Distance, edges
from tui.lists.filtering import VALUES, Filter, Fitting, read_filter
from tui.lists.row_texts import fleet_text
from tui.live import limits

SortKey = tuple[int, int, str, str]
"""The sort key of an instance in some order. It ends with the id, so no two instances have the same key."""
Order = Callable[[Instance, Workspace], SortKey]


class Sorting(NamedTuple):
    """An order that a person can choose for a table."""

    column: str
    """Title of the column that is sorted and shows the sort mark."""
    order: Order
    name: str = ""
    """Name of the order, if it is not the column's title."""
    falling: bool = False
    """Whether the order is descending."""


MANY: Final = 8
"""If more than one in this many instances changed, the whole list is sorted again."""
FAR: Final = 1 << 60
"""Later than any instant."""
_STATE_RANKS: Final = {state: rank for rank, state in enumerate(STATES)}
_RENEWAL_RANKS: Final = {"auto": 0, "manual": 1, "none": 2}
_DOWN, _LOST, _SAFE, _GONE = range(4)
_HOW_DOWN: Final = {EXPIRED: 0, STOPPED: 1, FROZEN: 2, RESTORING: 3}
"""Ranks of the states without service, worst first. They order the instances that are down and have no loss ahead."""


def loss_key(instance: Instance, lost: int | None, date: int | None) -> SortKey:
    """The sort key of an instance in the order of loss.

    Instances that are down come first, next loss first, those being restored last. Then come instances that will lose
    service or data, soonest first, then those that will lose nothing, and released instances last. `lost` is the
    instant of the next loss; `date` orders instances without one. Both may be None.
    """
    if instance.state == RELEASED:
        return (_GONE, 0, "", instance.id)
    if not instance.serving:
        if lost is None or instance.state == RESTORING:
            lost = FAR + _HOW_DOWN[instance.state]
        return (_DOWN, lost, "", instance.id)
    if lost is not None:
        return (_LOST, lost, "", instance.id)
    return (_SAFE, FAR if date is None else date, "", instance.id)


def by_loss(instance: Instance, workspace: Workspace) -> SortKey:
    """The order of loss computed from dates alone, without a forecast."""
    at = next_loss(instance, workspace.world.accounts[instance.account], workspace.policy)
    return loss_key(instance, at, None)


def by_id(instance: Instance, workspace: Workspace) -> SortKey:
    """By id."""
    return (0, 0, "", instance.id)


def by_state(instance: Instance, workspace: Workspace) -> SortKey:
    """By state, in the lifecycle's order."""
    return (_STATE_RANKS[instance.state], 0, "", instance.id)


def by_expiry(instance: Instance, workspace: Workspace) -> SortKey:
    """By expiry, released instances by their release; instances without an end last."""
    at = ends_at(instance)
    return (at is None, at or 0, "", instance.id)


def by_renewal(instance: Instance, workspace: Workspace) -> SortKey:
    """By renewal mode. Within auto-renewal by the next payment attempt, in the other modes by expiry."""
    rank = _RENEWAL_RANKS[instance.renewal.mode] if instance.expires is not None else len(_RENEWAL_RANKS)
    if instance.renewal.mode != AUTO or instance.state == RELEASED:
        return (rank, instance.expires or 0, "", instance.id)
    return (rank, next(iter(workspace.timetable.payments(instance, workspace.clock)), FAR), "", instance.id)


def by_account(instance: Instance, workspace: Workspace) -> SortKey:
    """By account."""
    return (0, 0, instance.account, instance.id)


def by_region(instance: Instance, workspace: Workspace) -> SortKey:
    """By region."""
    return (0, 0, instance.region, instance.id)


def by_name(instance: Instance, workspace: Workspace) -> SortKey:
    """By name; instances that have only an id last."""
    named = instance.name != instance.id
    return (not named, 0, instance.name.casefold() if named else "", instance.id)


def by_payment(instance: Instance, workspace: Workspace) -> SortKey:
    """By the price of an auto-renewal payment, or else of a month, in minor units; highest first."""
    return (
        0,
        -payment_price(instance),
        workspace.currency_of(instance.account),
        instance.id,
    )


class _Rows(NamedTuple):
    """Sorted instances as three parallel lists, which are fast to scan."""

    sort_keys: list[SortKey]
    names: list[str]
    texts: list[str]
    """The texts that words are searched in; empty until the first search."""

    def index_of(self, sort_key: SortKey) -> int | None:
        """The index of a sort key; None if it is not in the list."""
        index = bisect_left(self.sort_keys, sort_key)
        return index if index < len(self.sort_keys) and self.sort_keys[index] == sort_key else None

    def only(self, mask: Sequence[bool]) -> "_Rows":
        """The rows for which the mask is true."""
        return _Rows(
            list(compress(self.sort_keys, mask)), list(compress(self.names, mask)), list(compress(self.texts, mask))
        )

    def changed(self, removed: list[SortKey], added: list[SortKey]) -> "_Rows":
        """These rows without `removed` and with `added`, which must be sorted. Copies the unchanged runs as slices. The
        result has no texts.
        """
        sort_keys, names = self.sort_keys, self.names
        cuts: list[tuple[int, int, SortKey | None]] = [
            (bisect_left(sort_keys, sort_key), 1, None) for sort_key in removed
        ]
        cuts += [(bisect_left(sort_keys, sort_key), 0, sort_key) for sort_key in added]
        cuts.sort(key=itemgetter(0, 1))
        new_sort_keys: list[SortKey] = []
        new_names: list[str] = []
        at = 0
        for index, skipped, sort_key in cuts:
            new_sort_keys += sort_keys[at:index]
            new_names += names[at:index]
            at = index + skipped
            if sort_key is not None:
                new_sort_keys.append(sort_key)
                new_names.append(sort_key[-1])
        return _Rows(new_sort_keys + sort_keys[at:], new_names + names[at:], [])


class _Matching(dict[int | None, bool]):
    """Whether a distance matches an end instant (None: no end). Each answer is cached: many instances end together."""

    def __init__(self, distance: Distance, today: int, calendar: Calendar) -> None:
        super().__init__()
        self._distance, self._today, self._calendar = distance, today, calendar

    def __missing__(self, at: int | None) -> bool:
        days = None if at is None else self._calendar.day_of(at) - self._today
        holds = self[at] = self._distance.holds(days)
        return holds


class Listing:
    """The ids of the instances that pass `among` and the filter, in order, and the number of instances in each state.

    All instances stay sorted, so a new filter is one scan, and a narrower filter scans only the rows already shown. A
    change tests only the changed instances. As the clock moves, more instances pass a within: term; they wait in a heap
    by the instant of their loss.
    """

    def __init__(
        self,
        workspace: Workspace,
        order: Order = by_loss,
        among: Callable[[Instance], bool] = lambda _: True,
        text_of: Callable[[Instance, Workspace], str] = fleet_text,
        forecast_text: Callable[[Instance], str] | None = None,
    ) -> None:
        self._workspace = workspace
        self._among = among
        self._text_of = text_of
        self._forecast_text = forecast_text
        """The part of a row's text that comes from the forecast. It can change although the instance does not."""
        self._filter = Filter()
        self._terms: list[tuple[Callable[[Instance], str], Fitting]] = []
        self._end = 0
        """The last instant that the filter's within: term includes."""
        self._waiting: list[tuple[int, str]] | None = None
        """A heap of losses after `_end`, as (instant, id). May hold outdated entries. None: not built yet."""
        self._today = 0
        self._ends: ByDay | None = None
        """The end day of each instance, if the filter has a distance; None: not built yet."""
        self.filter_text = ""
        self.order = order
        self.reverse = False
        self.keys: list[str] = []
        self.counts: dict[str, int] = {}
        self._states: dict[str, str] = {}
        self._sort_keys: dict[str, SortKey] = {}
        self._texts: dict[str, str] = {}
        self._prepared = 0
        """How many instances `prepare` has gone through."""
        self._losses: dict[str, int | None] = {}
        self._all = self._shown = _Rows([], [], [])
        self.read_anew()

    @property
    def total(self) -> int:
        """The number of instances without the filter."""
        return len(self._states)

    @property
    def problem(self) -> str | None:
        """What could not be read in the filter, in one sentence; None if all was read."""
        return self._filter.problem

    @property
    def hides_in_time(self) -> bool:
        """Whether the filter may hide a row although its instance did not change."""
        return self._filter.within is not None or bool(self._filter.distances) or self._searches_forecast

    def read_anew(self) -> None:
        """Reload the whole fleet."""
        instances = self._workspace.world.instances.values()
        self._states = {instance.id: instance.state for instance in instances if self._among(instance)}
        self.counts = dict.fromkeys(STATES, 0)
        for state in self._states.values():
            self.counts[state] += 1
        self._texts.clear()
        self._prepared = 0
        self._losses.clear()
        self._sort()

    def set_filter(self, text: str) -> None:
        """Show only what matches a filter."""
        before, self._filter = self._filter, read_filter(text)
        self._terms = [(VALUES[key], Fitting(names)) for key, names in self._filter.terms]
        self.filter_text = text
        narrower = self._filter.only_grew(before) and bool(before.words)
        self._apply_filter(self._shown if narrower else self._all)

    def prepare(self) -> bool:
        """Build the next batch of search texts before a filter is typed. Returns whether all are built."""
        names, texts, instances = self._all.names, self._texts, self._workspace.world.instances
        begins, self._prepared = self._prepared, self._prepared + limits.MADE_SEARCHABLE
        for name in names[begins : self._prepared]:
            if name not in texts:
                texts[name] = self._text_of(instances[name], self._workspace)
        return self._prepared >= len(names)

    def set_order(self, order: Order, *, reverse: bool) -> None:
        """Show in another order."""
        same = order is self.order
        self.order, self.reverse = order, reverse
        if same:
            self._read_keys()
        else:
            self._sort()

    def update(self, changed: Iterable[str]) -> list[str] | None:
        """Follow changed instances and the moved clock; the cost depends on the number of changes.

        Returns the ids of other instances that may have entered or left the filter because of the clock; None: all
        instances were tested again.
        """
        instances = self._workspace.world.instances
        found = [instances[name] for name in changed if name in instances and self._among(instances[name])]
        for instance in found:
            before = self._states.get(instance.id)
            if before is not None:
                self.counts[before] -= 1
            self._states[instance.id] = instance.state
            self.counts[instance.state] += 1
            self._texts.pop(instance.id, None)
            self._losses.pop(instance.id, None)
        if found:
            self._all, self._shown = self._all._replace(texts=[]), self._shown._replace(texts=[])
        if len(found) > len(self._all.names) // MANY:
            self._sort()
            return None
        moved = None if self._searches_forecast else self._moved_by_clock(found)
        self._put({instance.id: instance for instance in (*found, *map(instances.__getitem__, moved or ()))}.values())
        if moved is None:
            self._apply_filter(self._all)
        return moved

    @property
    def _searches_forecast(self) -> bool:
        """Whether words are also searched in the forecast's texts. Their changes are not reported."""
        return (
            self._forecast_text is not None
            and self._filter.reads
            and len(self._all.names) <= limits.SEARCHED_IN_FORECAST
        )

    def index_of(self, name: str) -> int | None:
        """The row of an instance; None if it is not shown."""
        sort_key = self._sort_keys.get(name)
        index = None if sort_key is None else self._shown.index_of(sort_key)
        return len(self._shown.sort_keys) - 1 - index if index is not None and self.reverse else index

    def near(self, name: str) -> int:
        """The row of an instance, or, if it is hidden, of the one that would follow it."""
        sort_key, sort_keys = self._sort_keys.get(name), self._shown.sort_keys
        if sort_key is None:
            return 0
        if self.reverse:
            return len(sort_keys) - bisect_right(sort_keys, sort_key)
        return bisect_left(sort_keys, sort_key)

    def _sort(self) -> None:
        """Sort all instances. Bucket them by sort key without the id; the ids in a bucket are already sorted."""
        workspace, order, instances = self._workspace, self.order, self._workspace.world.instances
        buckets: dict[tuple[int, int, str], list[SortKey]] = {}
        self._sort_keys = {}
        for name in sorted(self._states):
            self._sort_keys[name] = sort_key = order(instances[name], workspace)
            buckets.setdefault(sort_key[:3], []).append(sort_key)
        sort_keys = [sort_key for key in sorted(buckets) for sort_key in buckets[key]]
        self._all = _Rows(sort_keys, [sort_key[-1] for sort_key in sort_keys], [])
        self._apply_filter(self._all)

    def _put(self, changed: Iterable[Instance]) -> None:
        """Move changed instances to their new positions, and show those that pass the filter."""
        added: list[SortKey] = []
        removed: list[SortKey] = []
        shown: list[SortKey] = []
        hidden: list[SortKey] = []
        for instance in changed:
            sort_key, old = self.order(instance, self._workspace), self._sort_keys.get(instance.id)
            if sort_key != old:
                self._sort_keys[instance.id] = sort_key
                added.append(sort_key)
                if old is not None:
                    removed.append(old)
            before = old if old is not None and self._shown.index_of(old) is not None else None
            now = sort_key if self._passes(instance) else None
            if before != now:
                shown += [] if now is None else [now]
                hidden += [] if before is None else [before]
        if added:
            self._all = self._all.changed(removed, sorted(added))
        if self._filter.shows_all:
            self._shown = self._all
        elif shown or hidden:
            self._shown = self._shown.changed(hidden, sorted(shown))
        self._read_keys()

    def _moved_by_clock(self, changed: Iterable[Instance]) -> list[str] | None:
        """The ids that may enter or leave the filter because the clock moved; None: any instance may.

        The end of a within: term can even move back: a month from the 31st at 01:00 ends before a month from the 30th
        at 02:00.
        """
        moved = self._crossed_edges(changed)
        if self._filter.within is None:
            return moved
        before, self._end = self._end, self._end_of(self._filter.within)
        if self._end < before:
            return None
        if self._waiting is None:
            losses = ((self._loss(name), name) for name in self._all.names)
            self._waiting = [(at, name) for at, name in losses if at is not None and at > before]
            heapify(self._waiting)
        for instance in changed:
            if (at := self._loss(instance.id)) is not None:
                heappush(self._waiting, (at, instance.id))
        while self._waiting and self._waiting[0][0] <= self._end:
            moved.append(heappop(self._waiting)[1])
        return moved

    def _crossed_edges(self, changed: Iterable[Instance]) -> list[str]:
        """The ids for which a distance of the filter may have started or stopped to match."""
        distances = self._filter.distances
        if not distances:
            return []
        if self._ends is None:
            instances = self._workspace.world.instances
            self._ends = ByDay((name, self._end_day(instances[name])) for name in self._all.names)
        for instance in changed:
            self._ends.put(instance.id, self._end_day(instance))
        before, self._today = self._today, self._workspace.calendar.day_of(self._workspace.clock)
        if before == self._today:
            return []
        found = (self._ends.between(first, last) for first, last in edges(distances, before, self._today))
        return list(dict.fromkeys(name for names in found for name in names))

    def _end_day(self, instance: Instance) -> int | None:
        at = ends_at(instance)
        return None if at is None else self._workspace.calendar.day_of(at)

    def _days_off(self, instance: Instance) -> int | None:
        """Days from today to the end of an instance; negative if past, None if it has no end."""
        day = self._end_day(instance)
        return None if day is None else day - self._today

    def _passes(self, instance: Instance) -> bool:
        """Whether an instance passes the filter."""
        wanted = self._filter
        if not all(fits[value_of(instance)] for value_of, fits in self._terms):
            return False
        if wanted.within is not None and ((at := self._loss(instance.id)) is None or at > self._end):
            return False
        if not wanted.reads:
            return True
        text = self._text_of(instance, self._workspace)
        return all(word in text for word in wanted.words) and all(
            distance.text in text or distance.holds(self._days_off(instance)) for distance in wanted.distances
        )

    def _apply_filter(self, rows: _Rows) -> None:
        """Show the rows that pass the filter."""
        wanted, instances = self._filter, self._workspace.world.instances
        if wanted.reads and not rows.texts:
            rows = self._all = self._with_texts(self._all)
        if self._searches_forecast:
            rows = self._with_forecast_text(self._all)
        for value_of, fits in self._terms:
            rows = rows.only([fits[value] for value in map(value_of, map(instances.__getitem__, rows.names))])
        self._waiting = None
        if wanted.within is not None:
            end = self._end = self._end_of(wanted.within)
            rows = rows.only([(at := self._loss(name)) is not None and at <= end for name in rows.names])
        for word in wanted.words:
            rows = rows.only([word in text for text in rows.texts])
        self._today, self._ends = self._workspace.calendar.day_of(self._workspace.clock), None
        for distance in wanted.distances:
            holds, text = _Matching(distance, self._today, self._workspace.calendar), distance.text
            ends = map(ends_at, map(instances.__getitem__, rows.names))
            rows = rows.only([text in row or holds[at] for row, at in zip(rows.texts, ends, strict=True)])
        self._shown = rows
        self._read_keys()

    def _with_texts(self, rows: _Rows) -> _Rows:
        texts, instances = self._texts, self._workspace.world.instances
        for name in rows.names if len(texts) < len(rows.names) else ():
            if name not in texts:
                texts[name] = self._text_of(instances[name], self._workspace)
        return rows._replace(texts=[texts[name] for name in rows.names])

    def _with_forecast_text(self, rows: _Rows) -> _Rows:
        forecast_text, instances = self._forecast_text, self._workspace.world.instances
        if forecast_text is None:
            return rows
        told = (forecast_text(instances[name]).casefold() for name in rows.names)
        return rows._replace(texts=[f"{text}\n{more}" for text, more in zip(rows.texts, told, strict=True)])

    def _end_of(self, within: Duration) -> int:
        """The last instant within a length of time from now."""
        workspace = self._workspace
        try:
            return workspace.calendar.after(workspace.clock, within)
        except LapseError:
            return FAR

    def _loss(self, name: str) -> int | None:
        """The instant of an instance's next loss of service or data; None if there is none."""
        if name not in self._losses:
            workspace = self._workspace
            instance = workspace.world.instances[name]
            account = workspace.world.accounts[instance.account]
            self._losses[name] = next_loss(instance, account, workspace.policy)
        return self._losses[name]

    def _read_keys(self) -> None:
        self.keys = self._shown.names[::-1] if self.reverse else self._shown.names
