"""Paths as a person types them: shell-like completion, `~` for the home folder, and patterns for several files."""

import os
import shlex
from glob import glob
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from core.base.errors import BadInput

ENDINGS: Final = (".json", ".csv")
"""Files with these endings are offered first; others only if none of these match."""
_ADDRESS: Final = "file:"


def matching(text: str) -> list[str]:
    """The folders (ending in a slash) and files that complete the typed text, in the form in which it was begun."""
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
    """The names in a folder, folders with a slash; none if it can't be read. Names that can't be typed are left out."""
    try:
        with os.scandir(os.path.expanduser(head) or ".") as entries:
            return [entry.name + ("/" if entry.is_dir() else "") for entry in entries if entry.name.isprintable()]
    except (OSError, ValueError):
        return []


def completed(text: str) -> str:
    """The text extended to the longest common prefix of its completions."""
    found = matching(text)
    if not found:
        return text
    first, last = found[0], found[-1]
    # In a sorted list, the first and the last share exactly the common prefix of all.
    alike = next((place for place, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), None)
    return first[: min(len(first), len(last)) if alike is None else alike]


def files_of(text: str) -> list[Path]:
    """The files named by a path or by a pattern such as `export/*.json`.
    If there is no such file, the text is read in the form that terminals write for dragged files: quoted, with
    backslashes, as `file://`, several in a row. Raises BadInput if a pattern matches no file.
    """
    stripped = text.strip()
    for literal in (text, stripped, _path_of(stripped)):
        if os.path.lexists(whole := os.path.expanduser(literal)):
            return [Path(whole)]
    words = [stripped] if _matches(stripped) else _dragged(stripped)
    files = [file for word in words for file in _matches(word) or [Path(os.path.expanduser(word))]]
    if len(words) > 1 and not any(map(os.path.lexists, files)):
        # The words belong to one path that does not exist.
        words, files = [stripped], [Path(os.path.expanduser(stripped))]
    if len(words) == 1 and _is_pattern(words[0]) and not os.path.lexists(files[0]):
        raise BadInput(f"{stripped}: no file matches: name one file, or a pattern such as export/*.json")
    return files


def _is_pattern(text: str) -> bool:
    return any(sign in text for sign in "*?[")


def _matches(pattern: str) -> list[Path]:
    whole = os.path.expanduser(pattern)
    return [Path(name) for name in sorted(glob(whole))] if _is_pattern(whole) else []


def _dragged(text: str) -> list[str]:
    """The paths in a text that a terminal wrote for dragged files; file addresses contain no spaces."""
    try:
        words = text.split() if text.startswith(_ADDRESS) else shlex.split(text)
    except ValueError:
        words = [text]
    return [_path_of(word) for word in words]


def _path_of(word: str) -> str:
    """A path, decoded if it is a file address: file:///home/me/my%20fleet.json."""
    if not word.startswith(_ADDRESS):
        return word
    path = word.removeprefix(_ADDRESS).removeprefix("//").removeprefix("localhost")
    return unquote(path, errors="surrogateescape")
