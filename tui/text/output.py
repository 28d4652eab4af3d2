"""The one way out to standard output and standard error: nothing that is printed can steer the terminal.

Names, paths and texts come from files that anybody may have written. The dashboard has its own way, through Textual.
"""

import os
import sys
from typing import Final, TextIO

_REPLACED: Final = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """The text with each control, format or unassigned character replaced; spaces of all kinds stay."""
    if text.isprintable():
        return text
    from unicodedata import category

    return "".join(c if c.isprintable() or category(c) == "Zs" else _REPLACED for c in text)


def say(text: str = "") -> None:
    """Print lines on standard output."""
    write(text + "\n")


def write(text: str) -> None:
    """Print a part of a text on standard output; line breaks in it are meant."""
    sys.stdout.write(text if text.isprintable() else "\n".join(map(printable, text.split("\n"))))


def complain(sentence: str) -> None:
    """Print one line on standard error. A standard error that takes nothing is no error of its own."""
    try:
        print(f"lapse: {printable(' '.join(sentence.split()))}", file=sys.stderr, flush=True)
    except OSError:
        _drop(sys.stderr)


def drop_output() -> None:
    """Let what is still buffered for standard output go nowhere."""
    _drop(sys.stdout)


def _drop(stream: TextIO) -> None:
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except OSError:
        # It leads nowhere already.
        return
