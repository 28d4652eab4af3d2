"""Printing for people and programs: JSON, and tables in columns."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from unicodedata import east_asian_width

from tui.text.output import drop_output, printable, say


@contextmanager
def ignore_broken_pipe() -> Iterator[None]:
    """Within this context, drop the rest of the output once its reader has closed the pipe, instead of failing."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        drop_output()


def print_json(value: object) -> None:
    """Print one JSON value on standard output, indented."""
    for line in json.dumps(value, ensure_ascii=not _is_utf8(), indent=2).split("\n"):
        say(_escaped(line))


def to_json(value: object) -> str:
    """A JSON value on one line."""
    return _escaped(json.dumps(value, ensure_ascii=not _is_utf8()))


def _escaped(text: str) -> str:
    """Escape every character of a JSON text that could control a terminal; the value stays the same."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _is_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def width(text: str) -> int:
    """How many terminal columns a text takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def padded(text: str, columns: int) -> str:
    """The text padded with spaces on the right to `columns` columns. A longer text is not cut."""
    return text + " " * (columns - width(text))


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Print rows in aligned columns under their headings. The column indexes in `right` are aligned right."""
    lines = [[printable(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(width(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        cells = [
            " " * (size - width(cell)) + cell if column in right else padded(cell, size)
            for column, (cell, size) in enumerate(zip(line, widths, strict=True))
        ]
        say("  ".join(cells).rstrip())
