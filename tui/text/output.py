"""The only module that writes to standard output and standard error. It replaces control characters.

Names, paths and texts come from files that anybody may have written, and must not control the terminal. The dashboard
does not use this module: Textual draws it.
"""

import os
import sys
from typing import Final, TextIO

_REPLACED: Final = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """The text with every control, format or unassigned character replaced. Spaces of all kinds stay."""
    if text.isprintable():
        return text
    from unicodedata import category

    return "".join(c if c.isprintable() or category(c) == "Zs" else _REPLACED for c in text)


def say(text: str = "") -> None:
    """Print a text on standard output, and a line break after it."""
    write(text + "\n")


def write(text: str) -> None:
    """Print a text on standard output without adding a line break. Line breaks inside it are kept."""
    sys.stdout.write(text if text.isprintable() else "\n".join(map(printable, text.split("\n"))))


def complain(sentence: str) -> None:
    """Print a sentence as one line on standard error. Does nothing if standard error can't be written."""
    try:
        print(f"lapse: {printable(' '.join(sentence.split()))}", file=sys.stderr, flush=True)
    except OSError:
        _drop(sys.stderr)


def drop_output() -> None:
    """Discard what is still buffered for standard output."""
    _drop(sys.stdout)


def _drop(stream: TextIO) -> None:
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except OSError:
        # The stream has no descriptor to redirect, so there is nothing to discard.
        return
