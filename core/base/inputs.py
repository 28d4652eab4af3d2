"""Reading the files that people give: the only place that does so. It limits a file's size and the depth of TOML.

The message that refuses an input beyond a limit names that limit.
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
"""The most bytes of a fleet, of a response of the vendor's API, or of a price list."""
MAX_SCRIPT: Final = 64 * MIB
"""The most bytes of a script of actions in JSON."""
MAX_TOML: Final = MIB
"""The most bytes of a policy, a recording's script or the settings."""
MAX_TABLES: Final = 8 * MIB
"""The most bytes of a script of actions in TOML."""
MAX_NESTING: Final = 50
"""The most levels of nested brackets in TOML."""
MAX_PARTS: Final = 50
"""The most parts of a dotted key in TOML; a.b.c has three."""

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
"""Matches the tokens that matter for the limits of TOML: strings, comments, words and punctuation. An unclosed string
extends to the end of the text.
"""


def read_bytes(path: Path, most: int, expected: str) -> bytes:
    """The content of an ordinary file. `expected` says what would be right, as in "give a policy file in TOML".

    Raises BadInput, without the path, if it is not an ordinary file, can't be read, or has more than `most` bytes.
    """
    try:
        _check_kind(path.stat().st_mode)
        # Don't block if the file was replaced by a pipe since the check above.
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            _check_kind(os.fstat(file.fileno()).st_mode)
            return read_stream(file, most)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "that is not a file name"
        raise BadInput(f"can't be read ({reason}): {expected}") from None


def read_stream(stream: BinaryIO, most: int) -> bytes:
    """The content of a stream such as standard input. Raises BadInput if it has more than `most` bytes, or if it is a
    non-blocking stream without data.
    """
    content: bytes | None = stream.read(most + 1)
    if content is None:
        raise BadInput("can't be read: it is non-blocking and has no data yet")
    if len(content) > most:
        raise BadInput(f"is too large: {most // MIB} MiB at most")
    return content


def _check_kind(mode: int) -> None:
    for is_kind, sentence in _KINDS:
        if is_kind(mode):
            raise BadInput(sentence)


def read_toml(path: Path, expected: str, most: int = MAX_TOML) -> dict[str, object]:
    """The document in a TOML file of at most `most` bytes. Raises BadInput, without the path."""
    return parse_toml(decode_text(read_bytes(path, most, expected)))


def parse_toml(text: str) -> dict[str, object]:
    """A TOML document with its numbers as int and Decimal. Raises BadInput for invalid TOML and beyond the limits."""
    _check_toml(text)
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise BadInput(f"is not valid TOML: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return "a number in it is too large" if isinstance(error, ArithmeticError) else str(error)


def _check_toml(text: str) -> None:
    """Raise BadInput for a text beyond the limits. This runs before the parser, which such a text could exhaust."""
    line, depth, parts = 1, 0, 1
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "[{":
            depth += 1
        elif token in "]}":
            depth -= 1
        parts = parts + 1 if token == "." else 1 if token in "=,\n[]{}" else parts
        if depth > MAX_NESTING:
            raise BadInput(f"line {line}: is nested too deeply: {MAX_NESTING} levels of brackets at most")
        if parts > MAX_PARTS:
            raise BadInput(f"line {line}: a key has too many parts: {MAX_PARTS} at most")
        if len(token) > MAX_DIGITS and token.lstrip("+-")[:1].isdigit():
            raise BadInput(f"line {line}: holds a number of {len(token):,} digits: {MAX_DIGITS:,} at most")
        line += token.count("\n")
