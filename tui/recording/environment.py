"""Hides the environment from a recording, so that no variable changes a picture."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_TERMINAL: Final = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


@contextmanager
def bare_environment() -> Iterator[None]:
    """Within this context the environment only names a terminal.

    Textual reads some variables when it is imported, so it must be imported within this context, too.
    """
    kept = dict(os.environ)
    os.environ.clear()
    os.environ.update(_TERMINAL)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
