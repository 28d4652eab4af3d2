"""Names a fleet that begins with an import: after its file, or after the folder of the vendor's answers."""

import os
from pathlib import Path
from typing import Final

from core.base.errors import BadInput, shown
from core.base.reading import read_text

NEW_FLEET: Final = "fleet"
"""The name of a fleet if neither a file nor a folder gives one."""

_GENERIC: Final = frozenset(
    ("", "data", "desktop", "documents", "download", "downloads", "export", "exports", "json", "temp", "tmp")
)
_HOMES: Final = frozenset(("home", "users"))
"""The folders that contain the users' home folders."""


def name_of_file(path: Path) -> str:
    """The name of a file without its extension; NEW_FLEET if that is empty."""
    return printable(path.stem) or NEW_FLEET


def name_of_folder(path: Path) -> str:
    """The name of the nearest folder above a file whose name is not generic, such as "downloads".

    The search stops at a home folder; NEW_FLEET if it finds nothing.
    """
    try:
        folders = Path(os.path.abspath(path)).parents
    except OSError:
        return NEW_FLEET
    for folder in folders:
        if folder.parent.name.casefold() in _HOMES or folder == Path("/root"):
            break
        if folder.name.casefold() not in _GENERIC:
            return printable(folder.name)
    return NEW_FLEET


def read_name(text: str) -> str:
    """Check a fleet's name that a user typed: one line of text that is not empty. Raises BadInput."""
    name = read_text(text).strip()
    if not name or printable(name) != name:
        raise BadInput(f"{shown(text)} is not a name: give at least one word, on one line")
    return name


def printable(text: str) -> str:
    """The text with every character that is not printable, such as a control character, written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
