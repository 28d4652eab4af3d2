"""The wall clock. It is asked here and nowhere else, where an import needs a start and a copy its date."""

import time


def now() -> int:
    """The present instant."""
    return int(time.time())


def today() -> str:
    """The present date: "2026-07-10"."""
    return time.strftime("%Y-%m-%d")
