"""The wall clock. It is read only here: an import needs a start, and a copy needs a date."""

import time


def now() -> int:
    """The current instant: seconds since 1970-01-01 UTC."""
    return int(time.time())


def today() -> str:
    """The current local date, for example "2026-07-10"."""
    return time.strftime("%Y-%m-%d")
