"""Changes single entries of a TOML file that a person edits too. Everything else stays, comments and order included."""

import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

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

    Raises BadInput if the text is not TOML, and SettingsError if the entry is in a form that can't be changed by lines.
    """
    wanted = parse_toml(text)
    *tables, key = key_path
    table = wanted
    for name in tables:
        inner = table.setdefault(name, {})
        if not isinstance(inner, dict):
            raise SettingsError(f"Not kept: {name} in the file must be a table [{name}].")
        table = inner
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value
    ends = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    first, last = _table_lines(lines, tables)
    at, end = _entry_lines(lines, key, first, last)
    new = [] if value is None else [f"{key} = {_toml(value)}"]
    if at == end and new and tables and first < 0:
        lines += [*([""] if lines else []), f"[{'.'.join(tables)}]", *new]
    else:
        lines[at:end] = new
    result = ends.join(lines) + ends if lines else ""
    if _parse(result) != wanted:
        raise SettingsError(f"Not kept: write {'.'.join(key_path)} = {_toml(value)} into the file yourself.")
    return result


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


def _table_lines(lines: Sequence[str], names: Sequence[str]) -> tuple[int, int]:
    """The half-open range of a table's lines, without its header; (-1, -1) if there is no such table."""
    headers = [index for index, line in enumerate(lines) if re.match(r"\s*\[", line) and _parse(line) is not None]
    begin = 0
    if names:
        header = f"[{'.'.join(names)}]"
        begin = next((index + 1 for index in headers if lines[index].partition("#")[0].strip() == header), -1)
    end = next((index for index in headers if index >= begin), len(lines)) if begin >= 0 else -1
    while end > max(begin, 0) and not lines[end - 1].strip():
        end -= 1
    return begin, end


def _entry_lines(lines: Sequence[str], key: str, first: int, last: int) -> tuple[int, int]:
    """The half-open range of an entry's lines; if there is no such entry, an empty range where it belongs."""
    if first < 0:
        return len(lines), len(lines)
    for at in range(first, last):
        if re.match(rf"\s*(['\"]?){re.escape(key)}\1\s*=", lines[at]):
            for end in range(at + 1, last + 1):
                if _parse("\n".join(lines[at:end])) is not None:
                    return at, end
    return last, last


def _toml(value: object) -> str:
    """A value as TOML. Texts, numbers, true, false and lists of texts are the same as in JSON."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


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
