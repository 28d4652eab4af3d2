"""Filter words for the distance to an end date: "today", "in 3 d", "16 d ago". Compared in days, not as text.

A row that shows "in 3 d" today shows "in 2 d" tomorrow, so the distance cannot be part of a cached text. A distance
stands for a few ranges of days relative to today. When the day changes, only instances that end at the edges of these
ranges must be tested again.
"""

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

FAR: Final = 1 << 40
"""More days than any calendar has: the bound of an open range."""
_LONG: Final = 1000
"""From this many days on, a distance is shown in years (`tell_distance`)."""
_YEAR: Final = 365
_LONGEST: Final = 6
"""Digits of the longest possible distance."""
_DISTANCE: Final = re.compile(
    rf"(?P<word>today|in|ago|d|y)|(?P<coming>in )?(?P<number>[0-9]{{1,{_LONGEST}}})(?: (?P<unit>[dy]))?(?P<past> ago)?"
)
_WITHIN: Final = re.compile(rf"\b(?:today|in [0-9]{{1,{_LONGEST}}} [dy]|[0-9]{{1,{_LONGEST}}} [dy](?: ago)?)\b")
_WORDS: Final = {
    "today": ((0, 0),),
    "in": ((1, FAR),),
    "ago": ((-FAR, -1),),
    "d": ((1 - _LONG, -1), (1, _LONG - 1)),
    "y": ((-FAR, -_LONG), (_LONG, FAR)),
}
"""The ranges of days from today that each single word matches."""
_MOST_WORDS: Final = 3

Days = tuple[int, int]
"""A range of days: first and last, both included."""


class Distance(NamedTuple):
    """Filter words that may mean a distance. They match an instance whose end is in one of `stretches` (days from
    today), or whose row contains `text`.
    """

    text: str
    stretches: tuple[Days, ...]

    def holds(self, days: int | None) -> bool:
        """Whether an end `days` from today (None: no end) is in one of the ranges."""
        return days is not None and any(first <= days <= last for first, last in self.stretches)


def read_distances(words: Sequence[str]) -> tuple[tuple[str, ...], tuple[Distance, ...]]:
    """Split the words of a filter into plain words and distances. A quoted phrase is one word and may contain both:
    "30 jul, 16 d ago".
    """
    texts: list[str] = []
    found: list[Distance] = []
    at = 0
    while at < len(words):
        for size in range(min(_MOST_WORDS, len(words) - at), 0, -1):
            distance = _read(" ".join(words[at : at + size]))
            if distance is not None:
                found.append(distance)
                break
        else:
            size, inside = 1, _WITHIN.search(words[at])
            if inside is None:
                texts.append(words[at])
            else:
                around = (words[at][: inside.start()], words[at][inside.end() :])
                texts += [part for part in (text.strip(" ,") for text in around) if part]
                found += [distance for distance in [_read(inside[0])] if distance is not None]
        at += size
    return tuple(texts), tuple(found)


def _read(text: str) -> Distance | None:
    """Read a distance as it is shown, or some whole words of one; None if it is not a distance."""
    match = _DISTANCE.fullmatch(text)
    if match is None or (match["coming"] and match["past"]) or (match["past"] and not match["unit"]):
        return None
    if match["word"]:
        return Distance(text, _WORDS[match["word"]])
    number = int(match["number"])
    sizes: list[Days] = []
    if match["unit"] != "y" and 0 < number < _LONG:
        sizes.append((number, number))
    if match["unit"] != "d" and number * _YEAR + _YEAR > _LONG:
        sizes.append((max(number * _YEAR, _LONG), number * _YEAR + _YEAR - 1))
    coming = [] if match["past"] else sizes
    past = [] if match["coming"] else [(-last, -first) for first, last in sizes]
    return Distance(text, (*coming, *past))


def edges(distances: Iterable[Distance], before: int, now: int) -> Iterator[Days]:
    """The ranges of days where a distance may match on the day `now` but not on the day `before`, or vice versa."""
    for distance in distances:
        for first, last in distance.stretches:
            yield before + first, now + first - 1
            yield before + last + 1, now + last


class ByDay:
    """Names indexed by day: finds the names of a range of days without a scan of all names."""

    def __init__(self, days: Iterable[tuple[str, int | None]]) -> None:
        self._at: dict[str, int] = {}
        self._names: dict[int, set[str]] = {}
        for name, day in days:
            if day is not None:
                self._at[name] = day
                self._names.setdefault(day, set()).add(name)
        self._days = sorted(self._names)

    def put(self, name: str, day: int | None) -> None:
        """Move a name to a day; None removes it."""
        before = self._at.pop(name, None)
        if before is not None:
            self._names[before].discard(name)
        if day is not None:
            self._at[name] = day
            if day not in self._names:
                self._names[day] = set()
                insort(self._days, day)
            self._names[day].add(name)

    def between(self, first: int, last: int) -> Iterator[str]:
        """The names on the days from `first` to `last`, both included."""
        for day in self._days[bisect_left(self._days, first) : bisect_right(self._days, last)]:
            yield from self._names[day]
