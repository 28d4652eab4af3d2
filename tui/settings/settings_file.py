"""Changes single entries of a TOML file that a person edits too. Everything else stays, comments and order included."""

import os
import re
import tempfile
from collections.abc import Mapping, MutableMapping
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from core.base.errors import BadInput, LapseError
from core.base.inputs import MAX_TOML, parse_toml, read_bytes
from core.base.reading import decode_text

KeyPath = tuple[str, ...]
"""The path of an entry: its key, after the name of its table if it is in one."""


class SettingsError(LapseError):
    """The settings could not be written."""


def write(path: Path, entries: Mapping[KeyPath, object]) -> None:
    """Set these entries in the file, and leave every other line as it is. The value None removes an entry.

    Writes all of the entries or none. Raises SettingsError.
    """
    # Write the file that a symbolic link points to, and keep the link.
    path = path.resolve()
    try:
        text = _text_of(path)
        changed = text
        for key_path, value in entries.items():
            changed = changed_text(changed, key_path, value)
        if changed != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, changed)
    except OSError as error:
        raise SettingsError(f"Not kept: {path} can't be written ({error.strerror}).") from None
    except BadInput as error:
        raise SettingsError(f"Not kept: {path} {error}. Correct it, or delete it.") from None


def changed_text(text: str, key_path: KeyPath, value: object) -> str:
    """A file's text with one entry set, or removed if `value` is None.

    Raises BadInput if the text is not TOML, and SettingsError if the entry can't be set where it is.
    """
    # Read once by the rules for every file: tomlkit knows no limits.
    wanted = _with_entry(parse_toml(text), key_path, value)
    document = tomlkit.parse(text)
    try:
        _with_entry(document, key_path, value)
    except TOMLKitError:
        raise _by_hand(key_path, value) from None
    result = tomlkit.dumps(document)
    if "\r\n" in text:
        result = re.sub("(?<!\r)\n", "\r\n", result)
    if _parse(result) != wanted:
        raise _by_hand(key_path, value)
    return result


def _with_entry(document: MutableMapping[str, object], key_path: KeyPath, value: object) -> MutableMapping[str, object]:
    *tables, key = key_path
    table = document
    for name in tables:
        inner = table.setdefault(name, {})
        if not isinstance(inner, MutableMapping):
            raise SettingsError(f"Not kept: {name} in the file must be a table [{name}].")
        table = inner
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value
    return document


def _by_hand(key_path: KeyPath, value: object) -> SettingsError:
    written = "nothing" if value is None else tomlkit.item(value).as_string()
    return SettingsError(f"Not kept: write {'.'.join(key_path)} = {written} into the file yourself.")


def _text_of(path: Path) -> str:
    """The file's text with its line endings as they are; empty if there is no file."""
    if not os.path.lexists(path):
        return ""
    expected = "settings are a file in TOML"
    return decode_text(read_bytes(path, MAX_TOML, expected))


def _parse(text: str) -> dict[str, object] | None:
    try:
        return parse_toml(text)
    except BadInput:
        return None


def _replace(path: Path, text: str) -> None:
    """Replace a file's text in one step: a crash leaves either the old text or the new one."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
