"""A sorted list of sort keys, stored in blocks: an insertion or removal copies one block, whatever the list's size.

A block is replaced, never modified, so a snapshot of a ranking keeps its contents while the ranking changes.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from core.base.lazy_keys import LazyKeys
from tui.lists.listing import SortKey

_BLOCK: Final = 512


class Ranking:
    """A sorted set of sort keys with fast access by index and fast search of a key's index."""

    def __init__(self, sort_keys: Iterable[SortKey] = ()) -> None:
        ordered = sorted(sort_keys)
        self._blocks = [ordered[at : at + _BLOCK] for at in range(0, len(ordered), _BLOCK)]
        self._lasts = [block[-1] for block in self._blocks]
        self._starts: list[int] | None = None

    def snapshot(self) -> "Ranking":
        """A copy that later changes of this ranking do not affect. It shares the blocks: no sort key is copied."""
        snapshot = Ranking()
        snapshot._blocks, snapshot._lasts, snapshot._starts = self._blocks.copy(), self._lasts.copy(), self._starts
        return snapshot

    def __len__(self) -> int:
        return self._begins()[-1]

    def __getitem__(self, index: int) -> SortKey:
        starts = self._begins()
        block = bisect_left(starts, index + 1) - 1
        return self._blocks[block][index - starts[block]]

    def between(self, start: int, stop: int) -> Iterator[SortKey]:
        """The sort keys with index `start` to `stop`, without `stop`."""
        starts = self._begins()
        block = max(bisect_left(starts, start + 1) - 1, 0)
        while start < stop and block < len(self._blocks):
            part = self._blocks[block][start - starts[block] : stop - starts[block]]
            yield from part
            start += len(part)
            block += 1

    def below(self, sort_key: SortKey) -> int:
        """The number of sort keys before this one, which need not be in the ranking."""
        block = bisect_left(self._lasts, sort_key)
        if block == len(self._blocks):
            return len(self)
        return self._begins()[block] + bisect_left(self._blocks[block], sort_key)

    def add(self, sort_key: SortKey) -> None:
        """Add a sort key that is not in the ranking."""
        self._starts = None
        if not self._blocks:
            self._blocks, self._lasts = [[sort_key]], [sort_key]
            return
        at = min(bisect_left(self._lasts, sort_key), len(self._blocks) - 1)
        block = self._blocks[at].copy()
        insort(block, sort_key)
        if len(block) > 2 * _BLOCK:
            self._blocks[at : at + 1] = [block[:_BLOCK], block[_BLOCK:]]
            self._lasts[at : at + 1] = [block[_BLOCK - 1], block[-1]]
        else:
            self._blocks[at], self._lasts[at] = block, block[-1]

    def remove(self, sort_key: SortKey) -> None:
        """Remove a sort key that is in the ranking."""
        self._starts = None
        at = bisect_left(self._lasts, sort_key)
        block = self._blocks[at].copy()
        del block[bisect_left(block, sort_key)]
        if block:
            self._blocks[at], self._lasts[at] = block, block[-1]
        else:
            del self._blocks[at], self._lasts[at]

    def _begins(self) -> list[int]:
        """The index at which each block starts, followed by the total length."""
        if self._starts is None:
            self._starts = list(accumulate(map(len, self._blocks), initial=0))
        return self._starts


class Stretch(LazyKeys):
    """The ids of a range of one ranking, followed by all ids of another, as the rows of a table.

    Takes snapshots of the rankings when it is created, and looks ids up in them on demand.
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
        """The id in row `place`."""
        at = len(self) - 1 - place if self._reverse else place
        found = self._ranking[self._start + at] if at < self._size else self._after[at - self._size]
        return found[-1]

    def __iter__(self) -> Iterator[str]:
        ids = [sort_key[-1] for sort_key in self._ranking.between(self._start, self._start + self._size)]
        ids += [sort_key[-1] for sort_key in self._after.between(0, len(self._after))]
        return reversed(ids) if self._reverse else iter(ids)

    def index_of(self, sort_key: SortKey, *, after: bool) -> int | None:
        """The row of a sort key in the first ranking, or in the second one if `after`; None: outside the range."""
        at = self._size + self._after.below(sort_key) if after else self._ranking.below(sort_key) - self._start
        if not after and not 0 <= at < self._size:
            return None
        return len(self) - 1 - at if self._reverse else at

    def near(self, sort_key: SortKey, *, after: bool) -> int:
        """The row of the instance that would follow a sort key that is not in the rows."""
        if after:
            at = self._size + self._after.below(sort_key)
        else:
            at = min(max(self._ranking.below(sort_key) - self._start, 0), self._size)
        return len(self) - at if self._reverse else at
