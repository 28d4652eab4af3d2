"""The order of a table and what its filter lets through, kept up by difference as the fleet changes."""

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

Place = tuple[int, int, str, str]
"""Where an instance stands in an order; its id comes last, so that no two are alike."""
Order = Callable[[Instance, Workspace], Place]


class Sorting(NamedTuple):
    """An order that a person can choose: the title of the column that is sorted by it and shows so, the order, its name
    where that isn't the title, and whether it begins with the highest.
    """

    column: str
    order: Order
    name: str = ""
    falling: bool = False


MANY: Final = 8
"""Where more than one in so many changed, all are put in order anew."""
FAR: Final = 1 << 60
"""Later than any instant."""
_STATE_PLACES: Final = {state: place for place, state in enumerate(STATES)}
_RENEWAL_PLACES: Final = {"auto": 0, "manual": 1, "none": 2}
_DOWN, _LOST, _SAFE, _GONE = range(4)
_HOW_DOWN: Final = {EXPIRED: 0, STOPPED: 1, FROZEN: 2, RESTORING: 3}
"""The states without service, the worst first: the order of those that lose no more."""


def place_of_loss(instance: Instance, lost: int | None, date: int | None) -> Place:
    """Where an instance stands in the order of loss, given when it next loses something, and the date that it has where
    it loses nothing (None: there is none). What is down already comes first, soonest lost first and what is coming back
    last of it, then what is lost next, then what nothing threatens, and the released last.
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


def by_loss(instance: Instance, workspace: Workspace) -> Place:
    """The order of loss by dates alone."""
    at = next_loss(instance, workspace.world.accounts[instance.account], workspace.policy)
    return place_of_loss(instance, at, None)


def by_id(instance: Instance, workspace: Workspace) -> Place:
    """By id."""
    return (0, 0, "", instance.id)


def by_state(instance: Instance, workspace: Workspace) -> Place:
    """By state, in the lifecycle's order."""
    return (_STATE_PLACES[instance.state], 0, "", instance.id)


def by_expiry(instance: Instance, workspace: Workspace) -> Place:
    """By expiry, or by release where it is released; those without an end last."""
    at = ends_at(instance)
    return (at is None, at or 0, "", instance.id)


def by_renewal(instance: Instance, workspace: Workspace) -> Place:
    """By how it is renewed: those on auto-renewal by the payment that is tried next, the others by expiry."""
    rank = _RENEWAL_PLACES[instance.renewal.mode] if instance.expires is not None else len(_RENEWAL_PLACES)
    if instance.renewal.mode != AUTO or instance.state == RELEASED:
        return (rank, instance.expires or 0, "", instance.id)
    return (rank, next(iter(workspace.timetable.payments(instance, workspace.clock)), FAR), "", instance.id)


def by_account(instance: Instance, workspace: Workspace) -> Place:
    """By account."""
    return (0, 0, instance.account, instance.id)


def by_region(instance: Instance, workspace: Workspace) -> Place:
    """By region."""
    return (0, 0, instance.region, instance.id)


def by_name(instance: Instance, workspace: Workspace) -> Place:
    """By name, those that have none but their id last."""
    named = instance.name != instance.id
    return (not named, 0, instance.name.casefold() if named else "", instance.id)


def by_payment(instance: Instance, workspace: Workspace) -> Place:
    """By what an auto-renewal payment takes, or else a month, the highest first."""
    return (
        0,
        -payment_price(instance),
        workspace.currency_of(instance.account),
        instance.id,
    )


class _Rows(NamedTuple):
    """Instances in order, in three lists side by side: a walk through them touches nothing else."""

    places: list[Place]
    names: list[str]
    texts: list[str]
    """What words are looked for in; empty until somebody looks for one."""

    def index_of(self, place: Place) -> int | None:
        """Where one stands; None where it isn't there."""
        index = bisect_left(self.places, place)
        return index if index < len(self.places) and self.places[index] == place else None

    def only(self, mask: Sequence[bool]) -> "_Rows":
        """Those that the mask says."""
        return _Rows(
            list(compress(self.places, mask)), list(compress(self.names, mask)), list(compress(self.texts, mask))
        )

    def changed(self, left: list[Place], come: list[Place]) -> "_Rows":
        """Without some that are there, and with others, these in order: pieces of what there is, put together anew."""
        places, names = self.places, self.names
        cuts: list[tuple[int, int, Place | None]] = [(bisect_left(places, place), 1, None) for place in left]
        cuts += [(bisect_left(places, place), 0, place) for place in come]
        cuts.sort(key=itemgetter(0, 1))
        new_places: list[Place] = []
        new_names: list[str] = []
        at = 0
        for index, skipped, place in cuts:
            new_places += places[at:index]
            new_names += names[at:index]
            at = index + skipped
            if place is not None:
                new_places.append(place)
                new_names.append(place[-1])
        return _Rows(new_places + places[at:], new_names + names[at:], [])


class _Holding(dict[int | None, bool]):
    """Whether a distance is that from today to an instant, each found out once: many end at the same."""

    def __init__(self, distance: Distance, today: int, calendar: Calendar) -> None:
        super().__init__()
        self._distance, self._today, self._calendar = distance, today, calendar

    def __missing__(self, at: int | None) -> bool:
        days = None if at is None else self._calendar.day_of(at) - self._today
        holds = self[at] = self._distance.holds(days)
        return holds


class Listing:
    """The ids of the instances that `among` and the filter let through, in order, and how many are in each state.

    All are kept in order, so that a filter only walks through them, and one that grew only through what was shown. What
    changes later is tested alone. Of a filter about time the clock lets more in: those wait in the order of their loss.
    """

    def __init__(
        self,
        workspace: Workspace,
        order: Order = by_loss,
        among: Callable[[Instance], bool] = lambda _: True,
        text_of: Callable[[Instance, Workspace], str] = fleet_text,
        foretold: Callable[[Instance], str] | None = None,
    ) -> None:
        self._workspace = workspace
        self._among = among
        self._text_of = text_of
        self._foretold = foretold
        """What a row reads besides, from the forecast, which changes though nothing happens to the instance."""
        self._filter = Filter()
        self._terms: list[tuple[Callable[[Instance], str], Fitting]] = []
        self._end = 0
        """The last instant that the filter is about, where it is about time."""
        self._waiting: list[tuple[int, str]] | None = None
        """A heap of what is lost later than that, by when, and of some that were; None: not gathered yet."""
        self._today = 0
        self._ends: ByDay | None = None
        """The day that each ends on, where the filter is about how far off that is, and the day it was asked on."""
        self.filter_text = ""
        self.order = order
        self.reverse = False
        self.keys: list[str] = []
        self.counts: dict[str, int] = {}
        self._states: dict[str, str] = {}
        self._places: dict[str, Place] = {}
        self._texts: dict[str, str] = {}
        self._ready = 0
        """So many of all that were gone through to get ready for words."""
        self._losses: dict[str, int | None] = {}
        self._all = self._shown = _Rows([], [], [])
        self.read_anew()

    @property
    def total(self) -> int:
        """How many instances there are without the filter."""
        return len(self._states)

    @property
    def problem(self) -> str | None:
        """What in the filter can't be read, in one sentence."""
        return self._filter.problem

    @property
    def hides_in_time(self) -> bool:
        """Whether the filter may hide a row though nothing happened to its instance."""
        return self._filter.within is not None or bool(self._filter.distances) or self._foretells

    def read_anew(self) -> None:
        """Read the whole fleet."""
        instances = self._workspace.world.instances.values()
        self._states = {instance.id: instance.state for instance in instances if self._among(instance)}
        self.counts = dict.fromkeys(STATES, 0)
        for state in self._states.values():
            self.counts[state] += 1
        self._texts.clear()
        self._ready = 0
        self._losses.clear()
        self._sort()

    def set_filter(self, text: str) -> None:
        """Show only what matches a filter."""
        before, self._filter = self._filter, read_filter(text)
        self._terms = [(VALUES[key], Fitting(names)) for key, names in self._filter.terms]
        self.filter_text = text
        narrower = self._filter.only_grew(before) and bool(before.words)
        self._sift(self._shown if narrower else self._all)

    def prepare(self) -> bool:
        """Get ready for words, a stretch at a time: a filter is about to be typed. Whether there is no more to do."""
        names, texts, instances = self._all.names, self._texts, self._workspace.world.instances
        begins, self._ready = self._ready, self._ready + limits.MADE_SEARCHABLE
        for name in names[begins : self._ready]:
            if name not in texts:
                texts[name] = self._text_of(instances[name], self._workspace)
        return self._ready >= len(names)

    def set_order(self, order: Order, *, reverse: bool) -> None:
        """Show in another order."""
        same = order is self.order
        self.order, self.reverse = order, reverse
        if same:
            self._read_keys()
        else:
            self._sort()

    def update(self, changed: Iterable[str]) -> list[str] | None:
        """Take over the instances that changed, and that the clock has moved on: the work goes with how many. Gives
        those besides them that the clock may have let in; None: all were looked at again.
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
        let_in = None if self._foretells else self._let_in(found)
        self._put({instance.id: instance for instance in (*found, *map(instances.__getitem__, let_in or ()))}.values())
        if let_in is None:
            self._sift(self._all)
        return let_in

    @property
    def _foretells(self) -> bool:
        """Whether words are looked for in what the forecast says, too: nobody tells when that changes."""
        return self._foretold is not None and self._filter.reads and len(self._all.names) <= limits.SEARCHED_IN_FORECAST

    def index_of(self, name: str) -> int | None:
        """The row of an instance; None when it isn't shown."""
        place = self._places.get(name)
        index = None if place is None else self._shown.index_of(place)
        return len(self._shown.places) - 1 - index if index is not None and self.reverse else index

    def near(self, name: str) -> int:
        """The row of an instance, or of the one that would come after it where it isn't shown."""
        place, places = self._places.get(name), self._shown.places
        if place is None:
            return 0
        if self.reverse:
            return len(places) - bisect_right(places, place)
        return bisect_left(places, place)

    def _sort(self) -> None:
        """Put all in order. Many stand alike but for their ids: put together from ids in order, these need no sort."""
        workspace, order, instances = self._workspace, self.order, self._workspace.world.instances
        alike: dict[tuple[int, int, str], list[Place]] = {}
        self._places = {}
        for name in sorted(self._states):
            self._places[name] = place = order(instances[name], workspace)
            alike.setdefault(place[:3], []).append(place)
        places = [place for standing in sorted(alike) for place in alike[standing]]
        self._all = _Rows(places, [place[-1] for place in places], [])
        self._sift(self._all)

    def _put(self, changed: Iterable[Instance]) -> None:
        """Put instances where they stand now, and among what is shown if they fit; the others stay in order."""
        come: list[Place] = []
        left: list[Place] = []
        shown: list[Place] = []
        hidden: list[Place] = []
        for instance in changed:
            place, old = self.order(instance, self._workspace), self._places.get(instance.id)
            if place != old:
                self._places[instance.id] = place
                come.append(place)
                if old is not None:
                    left.append(old)
            before = old if old is not None and self._shown.index_of(old) is not None else None
            now = place if self._fits(instance) else None
            if before != now:
                shown += [] if now is None else [now]
                hidden += [] if before is None else [before]
        if come:
            self._all = self._all.changed(left, sorted(come))
        if self._filter.shows_all:
            self._shown = self._all
        elif shown or hidden:
            self._shown = self._shown.changed(hidden, sorted(shown))
        self._read_keys()

    def _let_in(self, changed: Iterable[Instance]) -> list[str] | None:
        """Which instances the clock may have let in, or put out, where the filter is about time; None: any may have
        come or gone. A month ends sooner on the 31st at one than on the 30th at two.
        """
        let_in = self._crossing(changed)
        if self._filter.within is None:
            return let_in
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
            let_in.append(heappop(self._waiting)[1])
        return let_in

    def _crossing(self, changed: Iterable[Instance]) -> list[str]:
        """Those of which a distance that is looked for may hold now and did not before, or the other way round."""
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
        """In how many days from today it ends."""
        day = self._end_day(instance)
        return None if day is None else day - self._today

    def _fits(self, instance: Instance) -> bool:
        """Whether an instance fits the filter."""
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

    def _sift(self, rows: _Rows) -> None:
        """Show those of some rows that fit the filter."""
        wanted, instances = self._filter, self._workspace.world.instances
        if wanted.reads and not rows.texts:
            rows = self._all = self._with_texts(self._all)
        if self._foretells:
            rows = self._with_foretold(self._all)
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
            holds, text = _Holding(distance, self._today, self._workspace.calendar), distance.text
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

    def _with_foretold(self, rows: _Rows) -> _Rows:
        foretold, instances = self._foretold, self._workspace.world.instances
        if foretold is None:
            return rows
        told = (foretold(instances[name]).casefold() for name in rows.names)
        return rows._replace(texts=[f"{text}\n{more}" for text, more in zip(rows.texts, told, strict=True)])

    def _end_of(self, within: Duration) -> int:
        """The last instant that lies within a length of time from now."""
        workspace = self._workspace
        try:
            return workspace.calendar.after(workspace.clock, within)
        except LapseError:
            return FAR

    def _loss(self, name: str) -> int | None:
        """When an instance loses its service or its data."""
        if name not in self._losses:
            workspace = self._workspace
            instance = workspace.world.instances[name]
            account = workspace.world.accounts[instance.account]
            self._losses[name] = next_loss(instance, account, workspace.policy)
        return self._losses[name]

    def _read_keys(self) -> None:
        self.keys = self._shown.names[::-1] if self.reverse else self._shown.names
