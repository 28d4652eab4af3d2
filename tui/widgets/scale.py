"""The vertical scale of a money chart: how much one row of cells stands for, in round amounts."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from core.base.money import DECIMALS, group_amount

_EIGHTHS: Final = 8
_HALVES: Final = 2
_LABELS_THINNED: Final = 7
"""From this number of rows on, not every row is labelled."""
_SIZES: Final = ((12, "tn"), (9, "bn"), (6, "M"))


class Scale(NamedTuple):
    """The rows of cells above zero and below it. Every `every` rows stand for `step` minor units."""

    step: int
    every: int
    above: int
    below: int

    def eighths(self, amount: int, row: int) -> int:
        """How many eighths of a row above zero (the first is row 1) an amount fills; at least one is shown."""
        filled = _filled(amount * self.every, self.step, row, _EIGHTHS)
        return 1 if row == 1 and amount > 0 and not filled else filled

    def halves(self, amount: int, row: int) -> int:
        """How many halves of a row below zero an amount fills; at least one is shown."""
        filled = _filled(amount * self.every, self.step, row, _HALVES)
        return 1 if row == 1 and amount > 0 and not filled else filled

    def row_of(self, amount: int) -> int:
        """The row above zero that an amount reaches."""
        return max(-(-amount * self.every // self.step), 1)

    def tick(self, row: int) -> int | None:
        """The amount at a row counted from zero, if it is a round one."""
        return self.step * (row // self.every) if row % self.every == 0 else None


def _filled(amount: int, step: int, row: int, parts: int) -> int:
    return min(max(amount * parts // step - (row - 1) * parts, 0), parts)


def scale_for(most: int, owed: int, rows: int, currency: str) -> Scale:
    """The finest round scale with at most `rows` rows that fits `most` above zero and `owed` below it, both in minor
    units.
    """
    found: list[Scale] = []
    for every in (1, 2) if rows < _LABELS_THINNED else (2, 3, 4):
        for step in _round_steps(currency):
            above, below = (-(-amount * every // step) for amount in (most, owed))
            if max(above, 1) + below <= max(rows, 2):
                found.append(Scale(step, every, max(rows, 2) - below, below))
                break
    return min(found, key=lambda scale: (scale.step / scale.every, scale.every))


def _round_steps(currency: str) -> Iterator[int]:
    """Round amounts in minor units, starting at one major unit."""
    size = 10 ** DECIMALS[currency]
    yield from (size, 2 * size, 5 * size)
    while True:
        size *= 10
        yield from (size, 2 * size, 5 * size // 2, 4 * size, 5 * size)


def short_amount(amount: int, currency: str) -> str:
    """A round amount in few cells, without its currency: "1,500", "2.5M"."""
    major = abs(amount) // 10 ** DECIMALS[currency]
    sign = "-" if amount < 0 else ""
    for zeros, word in _SIZES:
        if major >= 10**zeros:
            whole, part = divmod(major, 10**zeros)
            tenth = part * 10 // 10**zeros
            return f"{sign}{whole:,}{f'.{tenth}' if tenth else ''}{word}"
    return f"{sign}{group_amount(major * 10 ** DECIMALS[currency], currency).split()[1].partition('.')[0]}"
