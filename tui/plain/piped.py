"""Reads a fleet from standard input if a path is "-"."""

import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from core.base.errors import BadInput
from core.base.inputs import MAX_FLEET, read_stream
from core.formats.files import STDIN, STDIN_NAME


def piped(paths: Sequence[Path]) -> bytes | None:
    """The content of standard input if one of the paths is "-", else None.

    Raises BadInput if it is larger than a fleet's file may be, or if nothing is piped in: standard input is closed, or
    it is a terminal, where the program would wait for a person to type a fleet.
    """
    if STDIN not in paths:
        return None
    if not isinstance(sys.stdin, TextIOWrapper) or sys.stdin.isatty():
        raise BadInput(f'"{STDIN}" stands for {STDIN_NAME}, and nothing is piped in: name a file, or write "< FILE"')
    try:
        return read_stream(sys.stdin.buffer, MAX_FLEET)
    except BadInput as error:
        raise BadInput(f"{STDIN_NAME}: {error}") from None
    except OSError as error:
        raise BadInput(f"{STDIN_NAME}: can't be read ({error.strerror}): pipe in a fleet in JSON or CSV") from None
