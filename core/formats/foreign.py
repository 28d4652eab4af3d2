"""What people give that no fleet can be read from, told apart so that the complaint says what to give instead."""

import re
from typing import Final

from core.formats.vendor_answers import ROW_NAMES

_LOOKED_AT: Final = 5
"""So many lines at the start of a file are looked at."""
_BORDER: Final = re.compile(r"(?=.*(?:[-=_]{3}|[─━═]{3}))[-=_|+:─-╿\s]+")
_BETWEEN_NAMES: Final = re.compile(r"[|,;\s─-╿]+")
_VENDORS: Final = frozenset(name.casefold() for name in ROW_NAMES if name.capitalize() != name)
"""The vendor's columns that nobody else has: not "Region" or "Status"."""
_OURS: Final = frozenset(("id", "account", "kind"))


def foreign(text: str) -> str | None:
    """What a text is that is neither JSON nor CSV of ours, and what is right instead; None for all else."""
    if text.lstrip().startswith("<"):
        return "is HTML or XML: save the vendor's answer as JSON"
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:_LOOKED_AT]
    if any(_BORDER.fullmatch(line) for line in lines):
        return "is a table that the command line tool printed: save the JSON, without --output"
    names = {name.strip("\"'").casefold() for name in _BETWEEN_NAMES.split(lines[0])} if lines else set()
    if names & _VENDORS and not names >= _OURS:
        return "is a table with the vendor's columns: save the vendor's answer as JSON, which holds all of them"
    return None
