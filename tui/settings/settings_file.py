"""Changing single entries of a TOML file that a person wrote: the rest stays as it is, comments and order too."""

import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.base.errors import BadInput, LapseError
from core.base.inputs import MAX_TOML, parse_toml, read_bytes
from core.base.reading import decode_text

Place = tuple[str, ...]
"""An entry's key, with its table's name before it where it is in one."""


class SettingsError(LapseError):
    """The settings could not be kept."""


def write(path: Path, entries: Mapping[Place, object]) -> None:
    """Set these entries in the file, and leave every other line alone; None takes one away. All of it is written, or
    nothing. Raises SettingsError.
    """
    # A link stays a link: what it points to is written.
    path = path.resolve()
    try:
        text = _as_written(path)
        changed = text
        for place, value in entries.items():
            changed = changed_text(changed, place, value)
        if changed != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, changed)
    except OSError as error:
        raise SettingsError(f"Not kept: {path} can't be written ({error.strerror}).") from None
    except BadInput as error:
        raise SettingsError(f"Not kept: {path} {error}. Correct it, or delete it.") from None


def changed_text(text: str, place: Place, value: object) -> str:
    """A file's text with one entry changed. Raises BadInput for a text that can't be read as TOML, and SettingsError
    where the entry is written in a form that can't be changed line by line.
    """
    wanted = parse_toml(text)
    *above, key = place
    table = wanted
    for name in above:
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
    first, last = _section(lines, above)
    at, end = _entry(lines, key, first, last)
    new = [] if value is None else [f"{key} = {_told(value)}"]
    if at == end and new and above and first < 0:
        lines += [*([""] if lines else []), f"[{'.'.join(above)}]", *new]
    else:
        lines[at:end] = new
    result = ends.join(lines) + ends if lines else ""
    if _read(result) != wanted:
        raise SettingsError(f"Not kept: write {'.'.join(place)} = {_told(value)} into the file yourself.")
    return result


def _as_written(path: Path) -> str:
    """What the file holds, with its own line endings; nothing where there is none."""
    if not os.path.lexists(path):
        return ""
    expected = "settings are a file in TOML"
    return decode_text(read_bytes(path, MAX_TOML, expected))


def _read(text: str) -> dict[str, object] | None:
    try:
        return parse_toml(text)
    except BadInput:
        return None


def _section(lines: Sequence[str], names: Sequence[str]) -> tuple[int, int]:
    """The lines of a table, without its header; -1 where there is no such table."""
    headers = [index for index, line in enumerate(lines) if re.match(r"\s*\[", line) and _read(line) is not None]
    begin = 0
    if names:
        header = f"[{'.'.join(names)}]"
        begin = next((index + 1 for index in headers if lines[index].partition("#")[0].strip() == header), -1)
    end = next((index for index in headers if index >= begin), len(lines)) if begin >= 0 else -1
    while end > max(begin, 0) and not lines[end - 1].strip():
        end -= 1
    return begin, end


def _entry(lines: Sequence[str], key: str, first: int, last: int) -> tuple[int, int]:
    """The lines of an entry; an empty range where it would have to be put."""
    if first < 0:
        return len(lines), len(lines)
    for at in range(first, last):
        if re.match(rf"\s*(['\"]?){re.escape(key)}\1\s*=", lines[at]):
            for end in range(at + 1, last + 1):
                if _read("\n".join(lines[at:end])) is not None:
                    return at, end
    return last, last


def _told(value: object) -> str:
    """A value as TOML: texts, numbers, true and false, and lists of texts are written as in JSON."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _replace(path: Path, text: str) -> None:
    """Put a text in a file's place at once, so that a crash leaves the one or the other."""
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
