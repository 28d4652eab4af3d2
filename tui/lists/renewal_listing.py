"""What the Renewal screen lists: by how they are renewed, and by how soon they expire, kept up by difference.

The instances of each mode stand in the order of their expiry, so that a window of days is a stretch of it: the clock
may move on without anything being looked at again.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from core.ahead.renewal_preview import expired_by, expiring_within
from core.simulation.loading import ends_at
from core.workspace.workspace import Workspace
from core.world.model import ENTERPRISE, MANUAL, MODES, RELEASED, Instance
from tui.lists.listing import Listing, Order, Place, by_expiry, by_id
from tui.lists.ranking import Ranking, Stretch
from tui.lists.row_texts import renewal_text


class Window(NamedTuple):
    """The instances that expire within so many days; None: that have expired, or all of them."""

    name: str
    days: int | None = None


WITHIN: Final = tuple(Window(f"{days} d", days) for days in (7, 15, 30))
EXPIRED: Final = Window("expired")
ALL: Final = Window("all")
WINDOWS: Final = (*WITHIN, EXPIRED, ALL)
_FIRST: Final = (-1, 0, "", "")
_LAST: Final = (2, 0, "", "")


class _Shelves:
    """Instances by mode, in the order of their expiry, the released ones apart."""

    def __init__(self, instances: Iterable[Instance]) -> None:
        places: dict[tuple[str, bool], list[Place]] = {(mode, gone): [] for mode in MODES for gone in (False, True)}
        self._at: dict[str, tuple[str, bool, Place]] = {}
        for instance in instances:
            at = _shelf(instance)
            self._at[instance.id] = at
            places[at[:2]].append(at[2])
        self.rankings = {shelf: Ranking(there) for shelf, there in places.items()}

    def take(self, name: str) -> None:
        """Take an instance away, if it is there."""
        if (at := self._at.pop(name, None)) is not None:
            self.rankings[at[:2]].remove(at[2])

    def put(self, instance: Instance) -> None:
        """Put an instance where it belongs."""
        self._at[instance.id] = at = _shelf(instance)
        self.rankings[at[:2]].add(at[2])

    def at(self, name: str) -> tuple[str, bool, Place] | None:
        """Mode, whether it is released, and place of an instance; None: it isn't there."""
        return self._at.get(name)

    def span(self, mode: str, bounds: tuple[Place, Place]) -> tuple[int, int]:
        """From which to before which place the instances within the bounds stand, those not released."""
        ranking = self.rankings[mode, False]
        return ranking.below(bounds[0]), ranking.below(bounds[1])

    def count(self, mode: str, bounds: tuple[Place, Place]) -> int:
        """How many of a mode are within the bounds; the released ones can't be renewed and don't count."""
        start, stop = self.span(mode, bounds)
        return stop - start


def _is_enterprise(instance: Instance) -> bool:
    return instance.kind == ENTERPRISE


def _shelf(instance: Instance) -> tuple[str, bool, Place]:
    return instance.renewal.mode, instance.state == RELEASED, (0, ends_at(instance) or 0, "", instance.id)


class Renewables:
    """The ids of the instances of one tab and one window that fit the filter, in order, and how many each would show.

    Released ones are only shown where all are, after the others.
    """

    def __init__(
        self,
        workspace: Workspace,
        order: Order = by_expiry,
        foretold: Callable[[Instance], str] | None = None,
    ) -> None:
        self._workspace = workspace
        self._foretold = foretold
        """What the forecast says in an instance's row."""
        self._sieve: Listing | None = None
        """Finds what fits the filter, once there is one."""
        self.filter_text = ""
        self.order = order
        self.reverse = False
        self.mode = MANUAL
        self.window = ALL
        self.keys: Sequence[str] = ()
        self._all = self._fitting = _Shelves(())
        self._ranked: dict[bool, Ranking] = {}
        self._ranked_at: dict[str, tuple[bool, Place]] = {}
        self._bounds = (_FIRST, _LAST)
        self.read_anew()

    # What there is

    @property
    def total(self) -> int:
        """How many rows the tab and the window hold without the filter, those of released instances included."""
        released = len(self._all.rankings[self.mode, True]) if self.window is ALL else 0
        return self._all.count(self.mode, self._bounds) + released

    def count(self, mode: str, window: Window) -> int:
        """How many that can be renewed a tab and a window show under the filter."""
        return self._fitting.count(mode, self._bounds_of(window))

    def index_of(self, name: str) -> int | None:
        """The row of an instance; None when it isn't shown."""
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
        """The row of an instance, or of the one that would come after it where it isn't shown."""
        place = self.index_of(name)
        if place is not None:
            return place
        instance = self._workspace.world.instances.get(name)
        if instance is None or not isinstance(self.keys, Stretch):
            return 0
        return self.keys.near(self._place(name), after=instance.state == RELEASED)

    # What is chosen

    def choose(self, mode: str, window: Window) -> None:
        """Show another tab, or another window."""
        self.mode, self.window = mode, window
        self._rank()

    def set_filter(self, text: str) -> None:
        """Show only what matches a filter."""
        self.filter_text = text
        self._sieving().set_filter(text)
        self._fit()

    def prepare(self) -> bool:
        """Get ready for words, a stretch at a time: a filter is about to be typed. Whether there is no more to do."""
        return self._sieving().prepare()

    @property
    def problem(self) -> str | None:
        """What in the filter can't be read, in one sentence."""
        return None if self._sieve is None else self._sieve.problem

    @property
    def hides_in_time(self) -> bool:
        """Whether the filter may hide a row though nothing happened to its instance."""
        return self._sieve is not None and self._sieve.hides_in_time

    def _sieving(self) -> Listing:
        if self._sieve is None:
            self._sieve = Listing(self._workspace, by_id, _is_enterprise, renewal_text, self._foretold)
        return self._sieve

    def set_order(self, order: Order, *, reverse: bool) -> None:
        """Show in another order."""
        self.order, self.reverse = order, reverse
        self._rank()

    # Following the fleet

    def read_anew(self) -> None:
        """Read the whole fleet."""
        instances = self._workspace.world.instances.values()
        self._all = _Shelves(filter(_is_enterprise, instances))
        if self._sieve is not None:
            self._sieve.read_anew()
        self._fit()

    def update(self, changed: Iterable[str]) -> None:
        """Take over the instances that changed, and that the clock has moved on."""
        before = self._bounds[1]
        self._bounds = self._bounds_of(self.window)
        instances, sieve = self._workspace.world.instances, self._sieve
        names = [name for name in changed if instances[name].kind == ENTERPRISE]
        for name in names:
            self._all.take(name)
            self._all.put(instances[name])
        if sieve is not None:
            let_in = sieve.update(names)
            if let_in is None:
                self._fit()
                return
            names += let_in
        if sieve is not None and self._fitting is not self._all:
            for name in names:
                self._fitting.take(name)
                if sieve.index_of(name) is not None:
                    self._fitting.put(instances[name])
        if self.order is not by_expiry:
            ranking = self._fitting.rankings[self.mode, False]
            entered = ranking.between(ranking.below(before), ranking.below(self._bounds[1]))
            self._rank_again({*names, *(place[-1] for place in entered)})
        self._read_keys()

    def _fit(self) -> None:
        """Take over what fits the filter."""
        sieve, instances = self._sieve, self._workspace.world.instances
        if sieve is None or not self.filter_text.strip():
            self._fitting = self._all
        else:
            self._fitting = _Shelves(map(instances.__getitem__, sieve.keys))
        self._rank()

    def _rank(self) -> None:
        """Put what is shown in order; nothing has to be done where that is the order of the shelves."""
        self._bounds = self._bounds_of(self.window)
        self._ranked_at = {}
        if self.order is not by_expiry:
            shelves, workspace, order = self._fitting, self._workspace, self.order
            instances = workspace.world.instances
            start, stop = shelves.span(self.mode, self._bounds)
            gone = shelves.rankings[self.mode, True] if self.window is ALL else Ranking()
            shown = {
                False: shelves.rankings[self.mode, False].between(start, stop),
                True: gone.between(0, len(gone)),
            }
            for released, places in shown.items():
                ranked = [order(instances[place[-1]], workspace) for place in places]
                self._ranked[released] = Ranking(ranked)
                self._ranked_at.update((place[-1], (released, place)) for place in ranked)
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
                self._ranked_at[name] = now = (at[1], self._place(name))
                self._ranked[at[1]].add(now[1])

    def _read_keys(self) -> None:
        if self.order is by_expiry:
            start, stop = self._fitting.span(self.mode, self._bounds)
            gone = self._fitting.rankings[self.mode, True] if self.window is ALL else Ranking()
            self.keys = Stretch(self._fitting.rankings[self.mode, False], start, stop, gone, reverse=self.reverse)
        else:
            ranked = self._ranked[False]
            self.keys = Stretch(ranked, 0, len(ranked), self._ranked[True], reverse=self.reverse)

    def _place(self, name: str) -> Place:
        return self.order(self._workspace.world.instances[name], self._workspace)

    def _bounds_of(self, window: Window) -> tuple[Place, Place]:
        clock, calendar = self._workspace.clock, self._workspace.calendar
        if window is ALL:
            return _FIRST, _LAST
        if window.days is None:
            return _FIRST, _before(expired_by(clock))
        first, last = expiring_within(window.days, clock, calendar)
        return _before(first), _before(last)


def _before(instant: int) -> Place:
    """The place before all that expire at an instant."""
    return (0, instant, "", "")
