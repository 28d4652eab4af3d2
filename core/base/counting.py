"""Counts and lists for people."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from core.base.errors import shown

_LISTED: Final = 400
"""So many characters of names are listed."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """So many of something, with thousands commas: "1 instance", "1,200 instances"; `plural` where it is no -s."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed_names(names: Sequence[str]) -> str:
    """Names in quotes, as many as a person reads: '"iot-1", "iot-2" and 37 more'."""
    quoted = [shown(name) for name in names]
    fitting = max(1, sum(end <= _LISTED for end in accumulate(len(name) + 2 for name in quoted)))
    more = f" and {len(quoted) - fitting:,} more" if len(quoted) > fitting else ""
    return ", ".join(quoted[:fitting]) + more
