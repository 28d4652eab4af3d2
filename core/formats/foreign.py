"""Recognizes files that are often given by mistake, so that the error message can say what to give instead."""

import re
from typing import Final

from core.formats.vendor_answers import ROW_NAMES

_EXAMINED_LINES: Final = 5
"""How many lines at the start of a file are examined."""
_BORDER: Final = re.compile(r"(?=.*(?:[-=_]{3}|[─━═]{3}))[-=_|+:─-╿\s]+")
_BETWEEN_NAMES: Final = re.compile(r"[|,;\s─-╿]+")
_VENDOR_COLUMNS: Final = frozenset(name.casefold() for name in ROW_NAMES if name.capitalize() != name)
"""Column names that only the vendor uses. Common names such as "Region" and "Status" are not among them."""
_OWN_COLUMNS: Final = frozenset(("id", "account", "kind"))


def explain_unusable(text: str) -> str | None:
    """For HTML, XML, a printed table or a vendor's table: what it is and what to save instead. None for all else."""
    if text.lstrip().startswith("<"):
        return "is HTML or XML: save the vendor's answer as JSON"
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:_EXAMINED_LINES]
    if any(_BORDER.fullmatch(line) for line in lines):
        return "is a table that the command line tool printed: save the JSON, without --output"
    names = {name.strip("\"'").casefold() for name in _BETWEEN_NAMES.split(lines[0])} if lines else set()
    if names & _VENDOR_COLUMNS and not names >= _OWN_COLUMNS:
        return "is a table with the vendor's columns: save the vendor's answer as JSON, which holds all of them"
    return None
