"""The one door for what a person gives to be read: a file of limited size, and TOML of limited depth.

Every limit is named in the sentence that refuses what is beyond it.
"""

import os
import re
import stat
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, Final

from core.base.errors import BadInput
from core.base.reading import MAX_DIGITS, decode_text

MIB: Final = 2**20
MAX_FLEET: Final = 256 * MIB
"""Bytes of a fleet, of an answer of the vendor's, or of a price list."""
MAX_SCRIPT: Final = 64 * MIB
"""Bytes of a script of actions."""
MAX_TOML: Final = MIB
"""Bytes of a policy, a recording's script or settings."""
MAX_TABLES: Final = 8 * MIB
"""Bytes of a script of actions in TOML."""
MAX_NESTING: Final = 50
"""Brackets within brackets in TOML."""
MAX_PARTS: Final = 50
"""Parts of a key in TOML, as in a.b.c."""

_KINDS: Final = (
    (stat.S_ISDIR, "is a folder: name a file in it"),
    (stat.S_ISFIFO, "is a pipe, not a file: save its output to a file first"),
    (stat.S_ISSOCK, "is a socket, not a file: save its output to a file first"),
    (stat.S_ISCHR, "is a device, not a file: name a file"),
    (stat.S_ISBLK, "is a device, not a file: name a file"),
)
_TOKEN: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5}|\Z)'
    r"|'''(?:[^']|'(?!''))*+(?:'{3,5}|\Z)"
    r'|"(?:[^"\\\n]|\\.)*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+"
    r"|[A-Za-z0-9_+-]++"
    r"|[\[\]{}.=,\n]",
    re.DOTALL,
)
"""What counts for the limits of TOML: texts, comments, words, and signs. A text that isn't closed goes to the end."""


def read_bytes(path: Path, most: int, expected: str) -> bytes:
    """What a file holds, `most` bytes at most. `expected` says what would be right, as in "give a policy file in TOML".

    Raises BadInput, without the path, for what is no ordinary file, can't be read, or is too large.
    """
    try:
        _check_kind(path.stat().st_mode)
        # What became a pipe just now must not be waited for.
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            _check_kind(os.fstat(file.fileno()).st_mode)
            return read_stream(file, most)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "that is not a file name"
        raise BadInput(f"can't be read ({reason}): {expected}") from None


def read_stream(stream: BinaryIO, most: int) -> bytes:
    """What a stream holds, such as standard input, `most` bytes at most. Raises BadInput for more, and where nothing is
    there yet of a stream that doesn't wait.
    """
    content: bytes | None = stream.read(most + 1)
    if content is None:
        raise BadInput("can't be read: it holds nothing yet, and isn't waited for")
    if len(content) > most:
        raise BadInput(f"is too large: {most // MIB} MiB at most")
    return content


def _check_kind(mode: int) -> None:
    for is_kind, sentence in _KINDS:
        if is_kind(mode):
            raise BadInput(sentence)


def read_toml(path: Path, expected: str, most: int = MAX_TOML) -> dict[str, object]:
    """The document of a TOML file. Raises BadInput, without the path."""
    return parse_toml(decode_text(read_bytes(path, most, expected)))


def parse_toml(text: str) -> dict[str, object]:
    """A TOML document, its numbers as int and Decimal. Raises BadInput for what is none, and beyond the limits."""
    _check_toml(text)
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise BadInput(f"is not valid TOML: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return "a number in it is too large" if isinstance(error, ArithmeticError) else str(error)


def _check_toml(text: str) -> None:
    """Raise BadInput beyond the limits, before a parser is let near it."""
    line, depth, parts = 1, 0, 1
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "[{":
            depth += 1
        elif token in "]}":
            depth -= 1
        parts = parts + 1 if token == "." else 1 if token in "=,\n[]{}" else parts
        if depth > MAX_NESTING:
            raise BadInput(f"line {line}: is nested too deep: {MAX_NESTING} brackets within brackets at most")
        if parts > MAX_PARTS:
            raise BadInput(f"line {line}: a key has too many parts: {MAX_PARTS} at most")
        if len(token) > MAX_DIGITS and token.lstrip("+-")[:1].isdigit():
            raise BadInput(f"line {line}: holds a number of {len(token):,} digits: {MAX_DIGITS:,} at most")
        line += token.count("\n")
