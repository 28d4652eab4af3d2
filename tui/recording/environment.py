"""The environment of a recording: none, so that no variable of it changes a picture."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_TERMINAL: Final = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


@contextmanager
def bare_environment() -> Iterator[None]:
    """Within this the environment names a terminal and nothing else. What reads it at import, as the dashboard's
    framework does, has to be imported within it, too.
    """
    kept = dict(os.environ)
    os.environ.clear()
    os.environ.update(_TERMINAL)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
