"""Printing for people and programs: JSON, and tables in columns."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from unicodedata import east_asian_width

from tui.cli import drop_output


@contextmanager
def suppress_gone_reader() -> Iterator[None]:
    """Print within this what nobody may be reading any more: where the reader has gone, the rest goes nowhere."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        drop_output()


def print_json(value: object) -> None:
    """One JSON value on standard output."""
    json.dump(value, sys.stdout, ensure_ascii=not _is_utf8(), indent=2)
    sys.stdout.write("\n")


def to_json(value: object) -> str:
    """A JSON value on one line."""
    return json.dumps(value, ensure_ascii=not _is_utf8())


def _is_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def clean(text: str) -> str:
    """Text from outside without what would move the cursor."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def width(text: str) -> int:
    """The terminal columns a text takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def padded(text: str, columns: int) -> str:
    """The text filled up with spaces to some columns; a longer one stays."""
    return text + " " * (columns - width(text))


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Rows in aligned columns under their heads; the columns numbered in `right` are flush right."""
    lines = [[clean(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(width(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        cells = [
            " " * (size - width(cell)) + cell if column in right else padded(cell, size)
            for column, (cell, size) in enumerate(zip(line, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())
