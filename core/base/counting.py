"""Counts and lists of names as text for people."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from core.base.errors import shown

_MAX_LISTED: Final = 400
"""The most characters of names that `listed_names` gives."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: "1 instance", "1,200 instances". `plural` is the plural of a noun that takes no -s."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed_names(names: Sequence[str]) -> str:
    """Names in quotes, cut after about 400 characters: '"iot-1", "iot-2" and 37 more'."""
    quoted = [shown(name) for name in names]
    fitting = max(1, sum(end <= _MAX_LISTED for end in accumulate(len(name) + 2 for name in quoted)))
    more = f" and {len(quoted) - fitting:,} more" if len(quoted) > fitting else ""
    return ", ".join(quoted[:fitting]) + more
