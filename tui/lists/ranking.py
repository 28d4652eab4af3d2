"""Places in rising order, kept in blocks: one more or less among 100,000 costs as little as among a thousand.

A block is replaced, never changed, so that what was shown of a ranking stays as it was while the ranking moves on.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from core.base.lazy_keys import LazyKeys
from tui.lists.listing import Place

_BLOCK: Final = 512


class Ranking:
    """A set of places that knows the first, the n-th, and how many come before one."""

    def __init__(self, places: Iterable[Place] = ()) -> None:
        ordered = sorted(places)
        self._blocks = [ordered[at : at + _BLOCK] for at in range(0, len(ordered), _BLOCK)]
        self._lasts = [block[-1] for block in self._blocks]
        self._starts: list[int] | None = None

    def snapshot(self) -> "Ranking":
        """The ranking as it is now, which later changes leave alone. It shares the blocks: no place is copied."""
        snapshot = Ranking()
        snapshot._blocks, snapshot._lasts, snapshot._starts = self._blocks.copy(), self._lasts.copy(), self._starts
        return snapshot

    def __len__(self) -> int:
        return self._begins()[-1]

    def __getitem__(self, index: int) -> Place:
        starts = self._begins()
        block = bisect_left(starts, index + 1) - 1
        return self._blocks[block][index - starts[block]]

    def between(self, start: int, stop: int) -> Iterator[Place]:
        """The places from the `start`-th to before the `stop`-th."""
        starts = self._begins()
        block = max(bisect_left(starts, start + 1) - 1, 0)
        while start < stop and block < len(self._blocks):
            part = self._blocks[block][start - starts[block] : stop - starts[block]]
            yield from part
            start += len(part)
            block += 1

    def below(self, place: Place) -> int:
        """How many places come before this one, which need not be there."""
        block = bisect_left(self._lasts, place)
        if block == len(self._blocks):
            return len(self)
        return self._begins()[block] + bisect_left(self._blocks[block], place)

    def add(self, place: Place) -> None:
        """Add a place that isn't there."""
        self._starts = None
        if not self._blocks:
            self._blocks, self._lasts = [[place]], [place]
            return
        at = min(bisect_left(self._lasts, place), len(self._blocks) - 1)
        block = self._blocks[at].copy()
        insort(block, place)
        if len(block) > 2 * _BLOCK:
            self._blocks[at : at + 1] = [block[:_BLOCK], block[_BLOCK:]]
            self._lasts[at : at + 1] = [block[_BLOCK - 1], block[-1]]
        else:
            self._blocks[at], self._lasts[at] = block, block[-1]

    def remove(self, place: Place) -> None:
        """Take away a place that is there."""
        self._starts = None
        at = bisect_left(self._lasts, place)
        block = self._blocks[at].copy()
        del block[bisect_left(block, place)]
        if block:
            self._blocks[at], self._lasts[at] = block, block[-1]
        else:
            del self._blocks[at], self._lasts[at]

    def _begins(self) -> list[int]:
        """Before how many places each block lies, and at the end how many there are."""
        if self._starts is None:
            self._starts = list(accumulate(map(len, self._blocks), initial=0))
        return self._starts


class Stretch(LazyKeys):
    """The ids of a stretch of a ranking, and of those that come after it, as the rows of a table; drawn from it as they
    are asked for. It shows the rankings as they were when it was made.
    """

    def __init__(self, ranking: Ranking, start: int, stop: int, after: Ranking, *, reverse: bool) -> None:
        self._ranking = ranking.snapshot()
        self._start = start
        self._size = max(stop - start, 0)
        self._after = after.snapshot()
        self._reverse = reverse

    def __len__(self) -> int:
        return self._size + len(self._after)

    def key_at(self, place: int) -> str:
        """The id at a place."""
        at = len(self) - 1 - place if self._reverse else place
        found = self._ranking[self._start + at] if at < self._size else self._after[at - self._size]
        return found[-1]

    def __iter__(self) -> Iterator[str]:
        ids = [place[-1] for place in self._ranking.between(self._start, self._start + self._size)]
        ids += [place[-1] for place in self._after.between(0, len(self._after))]
        return reversed(ids) if self._reverse else iter(ids)

    def index_of(self, place: Place, *, after: bool) -> int | None:
        """The row of a place, which is in the ranking, or in the one that comes after it; None: outside the stretch."""
        at = self._size + self._after.below(place) if after else self._ranking.below(place) - self._start
        if not after and not 0 <= at < self._size:
            return None
        return len(self) - 1 - at if self._reverse else at

    def near(self, place: Place, *, after: bool) -> int:
        """The row of what would come after a place that isn't there."""
        if after:
            at = self._size + self._after.below(place)
        else:
            at = min(max(self._ranking.below(place) - self._start, 0), self._size)
        return len(self) - at if self._reverse else at
