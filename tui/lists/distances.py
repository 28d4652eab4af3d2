"""How far off an expiry is, as words of a filter: "today", "in 3 d", "16 d ago". It is worked out in days, never read.

What reads "in 3 d" now reads "in 2 d" tomorrow, so that no kept text can hold it. But a distance is a few stretches of
days around today: when the day changes, only what ends at their edges has to be looked at again.
"""

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

FAR: Final = 1 << 40
"""More days than any calendar has."""
_LONG: Final = 1000
"""From so many days on a distance is told in years (`tell_distance`)."""
_YEAR: Final = 365
_LONGEST: Final = 6
"""The digits of the longest distance there is."""
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
"""The days from today that each word alone is said of."""
_MOST_WORDS: Final = 3

Days = tuple[int, int]
"""From one day to another, both included."""


class Distance(NamedTuple):
    """Words that may be a distance: they fit what ends in one of some stretches of days from today, or holds them."""

    text: str
    stretches: tuple[Days, ...]

    def holds(self, days: int | None) -> bool:
        """Whether so many days from today (None: there is no end) are such a distance."""
        return days is not None and any(first <= days <= last for first, last in self.stretches)


def read_distances(words: Sequence[str]) -> tuple[tuple[str, ...], tuple[Distance, ...]]:
    """Part the words of a filter into those that are looked for as text only, and distances. What stood in quotes is
    one word and may hold both: "30 jul, 16 d ago".
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
    """A distance as it is told, or a part of one of whole words; None where it is none."""
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
    """The days of which one of some distances may hold today (`now`) and did not `before`, or the other way round."""
    for distance in distances:
        for first, last in distance.stretches:
            yield before + first, now + first - 1
            yield before + last + 1, now + last


class ByDay:
    """Names by a day, so that those of a stretch of days are found without looking at the others."""

    def __init__(self, days: Iterable[tuple[str, int | None]]) -> None:
        self._at: dict[str, int] = {}
        self._names: dict[int, set[str]] = {}
        for name, day in days:
            if day is not None:
                self._at[name] = day
                self._names.setdefault(day, set()).add(name)
        self._days = sorted(self._names)

    def put(self, name: str, day: int | None) -> None:
        """Put a name under a day (None: under none), instead of the one it was under."""
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
        """The names under the days from one to another, both included."""
        for day in self._days[bisect_left(self._days, first) : bisect_right(self._days, last)]:
            yield from self._names[day]
