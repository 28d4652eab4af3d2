"""Line, box and block characters as rectangles that fill their cells, so that neighbours join without a gap."""

from functools import lru_cache
from typing import Final, NamedTuple


class Bar(NamedTuple):
    """A filled rectangle in a cell, in 96ths of the cell's width and height. `share` is its opacity in quarters."""

    left: int
    top: int
    right: int
    bottom: int
    share: int = 4


WHOLE: Final = 96
"""The units that the width and the height of a cell are divided into."""
_THIN: Final = 12
"""The thickness of a thin vertical line in 96ths of the cell's width. A horizontal line of the same thickness has half
as many 96ths of the height, because a cell is twice as high as it is wide.
"""
_LINES: Final = {
    "─": "l1r1", "━": "l2r2", "│": "u1d1", "┃": "u2d2", "╴": "l1", "╵": "u1", "╶": "r1", "╷": "d1",
    "╸": "l2", "╹": "u2", "╺": "r2", "╻": "d2", "╼": "l1r2", "╾": "l2r1",
    "┌": "d1r1", "┐": "d1l1", "└": "u1r1", "┘": "u1l1", "╭": "d1r1", "╮": "d1l1", "╰": "u1r1", "╯": "u1l1",
    "┏": "d2r2", "┓": "d2l2", "┗": "u2r2", "┛": "u2l2",
    "├": "u1d1r1", "┤": "u1d1l1", "┬": "d1l1r1", "┴": "u1l1r1", "┼": "u1d1l1r1",
    "┣": "u2d2r2", "┫": "u2d2l2", "┳": "d2l2r2", "┻": "u2l2r2", "╋": "u2d2l2r2",
}  # fmt: skip
"""The arms of each line character: a side (left, right, up, down) and a thickness in thin lines."""
_DASHES: Final = {"╌": 1, "╍": 2}
"""The characters of two dashes in a cell, and their thickness in thin lines."""
_DASH: Final = (6, 36)
"""Where a dash begins and ends in its half of the cell, in 96ths of the width."""
_BANDS: Final = {
    "═": (Bar(0, 36, WHOLE, 42), Bar(0, 54, WHOLE, 60)),
    "▬": (Bar(4, 33, WHOLE - 4, 63),),
    "■": (Bar(4, 22, WHOLE - 4, 74),),
}
"""Bars around the middle of the cell, with free space above and below them."""
_SHADES: Final = {"░": 1, "▒": 2, "▓": 3}
_EIGHTHS_UP: Final = "▁▂▃▄▅▆▇█"
_EIGHTHS_ACROSS: Final = "▏▎▍▌▋▊▉"
_QUADRANTS: Final = {"▖": 4, "▗": 8, "▘": 1, "▝": 2, "▚": 9, "▞": 6, "▙": 13, "▟": 14, "▛": 7, "▜": 11}
"""Bits: upper left 1, upper right 2, lower left 4, lower right 8."""


@lru_cache(maxsize=256)
def bars_of(character: str) -> tuple[Bar, ...]:
    """The rectangles of a character; none if a font draws it."""
    if not character:
        return ()
    if character in _LINES:
        return _arms(_LINES[character])
    if character in _DASHES:
        return _dashes(_DASHES[character])
    if character in _BANDS:
        return _BANDS[character]
    if character in _SHADES:
        return (Bar(0, 0, WHOLE, WHOLE, _SHADES[character]),)
    eighth = WHOLE // 8
    if character in _EIGHTHS_UP:
        return (Bar(0, WHOLE - eighth * (_EIGHTHS_UP.index(character) + 1), WHOLE, WHOLE),)
    if character in _EIGHTHS_ACROSS:
        return (Bar(0, 0, eighth * (_EIGHTHS_ACROSS.index(character) + 1), WHOLE),)
    if character in _QUADRANTS:
        half, bits = WHOLE // 2, _QUADRANTS[character]
        return tuple(
            Bar(half * (place % 2), half * (place // 2), half * (place % 2 + 1), half * (place // 2 + 1))
            for place in range(4)
            if bits >> place & 1
        )
    edges = {"▀": (0, 0, WHOLE, WHOLE // 2), "▐": (WHOLE // 2, 0, WHOLE, WHOLE),
             "▔": (0, 0, WHOLE, eighth), "▕": (WHOLE - eighth, 0, WHOLE, WHOLE)}  # fmt: skip
    return (Bar(*edges[character]),) if character in edges else ()


def _dashes(weight: int) -> tuple[Bar, ...]:
    middle, half = WHOLE // 2, weight * _THIN // 4
    start, end = _DASH
    return tuple(Bar(left + start, middle - half, left + end, middle + half) for left in (0, WHOLE // 2))


def _arms(arms: str) -> tuple[Bar, ...]:
    """Lines from the middle of the cell to its sides. Two opposite arms of the same thickness are one rectangle."""
    weights = {side: int(weight) for side, weight in zip(arms[::2], arms[1::2], strict=True)}
    middle, most = WHOLE // 2, max(weights.values()) * _THIN // 2
    bars = []
    for before, after in ("lr", "ud"):
        for weight in sorted({weights.get(before, 0), weights.get(after, 0)} - {0}):
            half = weight * _THIN // 2 if before == "u" else weight * _THIN // 4
            reach = most // 2 if before == "u" else most
            start = 0 if weights.get(before) == weight else middle - reach
            end = WHOLE if weights.get(after) == weight else middle + reach
            across = before == "l"
            bars.append(
                Bar(start, middle - half, end, middle + half)
                if across
                else Bar(middle - half, start, middle + half, end)
            )
    return tuple(bars)
