"""What a fleet is called that begins with an import: after its file, or after the folder of the vendor's answers."""

import os
from pathlib import Path
from typing import Final

from core.base.errors import BadInput, shown
from core.base.reading import read_text

NEW_FLEET: Final = "fleet"
"""What a fleet is called that no file or folder names."""

_TELLS_NOTHING: Final = frozenset(
    ("", "data", "desktop", "documents", "download", "downloads", "export", "exports", "json", "temp", "tmp")
)
_HOMES: Final = frozenset(("home", "users"))
"""The folders that hold people's home folders."""


def name_of_file(path: Path) -> str:
    """The name of a file without its ending."""
    return printable(path.stem) or NEW_FLEET


def name_of_folder(path: Path) -> str:
    """The name of the folder a file lies in, or of the next one above that tells something; a home folder is none."""
    try:
        folders = Path(os.path.abspath(path)).parents
    except OSError:
        return NEW_FLEET
    for folder in folders:
        if folder.parent.name.casefold() in _HOMES or folder == Path("/root"):
            break
        if folder.name.casefold() not in _TELLS_NOTHING:
            return printable(folder.name)
    return NEW_FLEET


def read_name(text: str) -> str:
    """A name that a person gives a fleet: a line of text that isn't empty. Raises BadInput."""
    name = read_text(text).strip()
    if not name or printable(name) != name:
        raise BadInput(f"{shown(text)} is not a name: give at least one word, on one line")
    return name


def printable(text: str) -> str:
    """A text from outside with its control characters and the like written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
