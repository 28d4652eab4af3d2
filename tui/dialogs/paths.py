"""Paths as a person types them: completed as a shell does, `~` for the home folder, and patterns for several files."""

import os
from glob import glob
from pathlib import Path
from typing import Final

from core.errors import BadInput

ENDINGS: Final = (".json", ".csv")
"""Files with these endings are offered first; others only where none of these fits."""


def matching(text: str) -> list[str]:
    """The folders (ending in a slash) and files that what was typed may become, each written out as it was begun."""
    if text == "~":
        return ["~/"]
    head, _, begun = text.rpartition("/")
    head = text[: len(head) + 1] if "/" in text else ""
    found = [name for name in _names(head) if name.startswith(begun) and (begun or not name.startswith("."))]
    if not begun.startswith("."):
        found = [name for name in found if not name.startswith(".")]
    fleets = [name for name in found if name.endswith("/") or name.lower().endswith(ENDINGS)]
    return [head + name for name in sorted(fleets or found)]


def _names(head: str) -> list[str]:
    """What lies in a folder, folders with a slash; nothing where it can't be read, and no name that can't be typed."""
    try:
        with os.scandir(os.path.expanduser(head) or ".") as entries:
            return [entry.name + ("/" if entry.is_dir() else "") for entry in entries if entry.name.isprintable()]
    except (OSError, ValueError):
        return []


def completed(text: str) -> str:
    """The text as far as all that it may become begins alike."""
    found = matching(text)
    if not found:
        return text
    first, last = found[0], found[-1]
    # Sorted as they are, what these two share all do.
    alike = next((place for place, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), None)
    return first[: min(len(first), len(last)) if alike is None else alike]


def files_of(text: str) -> list[Path]:
    """The files that a path or a pattern such as `export/*.json` names. Raises BadInput where a pattern fits none."""
    whole = os.path.expanduser(text)
    path = Path(whole)
    if not any(sign in whole for sign in "*?[") or os.path.lexists(whole):
        return [path]
    found = sorted(glob(whole))
    if not found:
        raise BadInput(f"{text}: no file fits: name one file, or a pattern such as export/*.json")
    return [Path(name) for name in found]
