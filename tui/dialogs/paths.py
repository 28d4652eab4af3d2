"""Paths as a person types them: completed as a shell does, `~` for the home folder, and patterns for several files."""

import os
import shlex
from glob import glob
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from core.base.errors import BadInput

ENDINGS: Final = (".json", ".csv")
"""Files with these endings are offered first; others only where none of these fits."""
_ADDRESS: Final = "file:"


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
    """The files that a path, or a pattern such as `export/*.json`, names.

    Where there is no such file, the text is read as terminals write what is dragged into them: in quotes, with
    backslashes, as `file://`, several in a row. Raises BadInput where a pattern fits none.
    """
    stripped = text.strip()
    for literal in (text, stripped, _path_of(stripped)):
        if os.path.lexists(whole := os.path.expanduser(literal)):
            return [Path(whole)]
    words = [stripped] if _fitting(stripped) else _dragged(stripped)
    files = [file for word in words for file in _fitting(word) or [Path(os.path.expanduser(word))]]
    if len(words) > 1 and not any(map(os.path.lexists, files)):
        # Words of one path that is not there.
        words, files = [stripped], [Path(os.path.expanduser(stripped))]
    if len(words) == 1 and _is_pattern(words[0]) and not os.path.lexists(files[0]):
        raise BadInput(f"{stripped}: no file matches: name one file, or a pattern such as export/*.json")
    return files


def _is_pattern(text: str) -> bool:
    return any(sign in text for sign in "*?[")


def _fitting(pattern: str) -> list[Path]:
    whole = os.path.expanduser(pattern)
    return [Path(name) for name in sorted(glob(whole))] if _is_pattern(whole) else []


def _dragged(text: str) -> list[str]:
    """The paths in a text that a terminal wrote for files dragged into it; addresses hold no spaces."""
    try:
        words = text.split() if text.startswith(_ADDRESS) else shlex.split(text)
    except ValueError:
        words = [text]
    return [_path_of(word) for word in words]


def _path_of(word: str) -> str:
    """A path, also where it is written as an address: file:///home/me/my%20fleet.json."""
    if not word.startswith(_ADDRESS):
        return word
    path = word.removeprefix(_ADDRESS).removeprefix("//").removeprefix("localhost")
    return unquote(path, errors="surrogateescape")
