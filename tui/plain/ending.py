"""Signals that end a command, taken as ctrl+c is: what is half done is taken back first."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

_ENDING: Final = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Raise SystemExit within this where a signal would end the process at once; one that is ignored stays so."""
    before = {number: signal.getsignal(number) for number in _ENDING}
    taken = [number for number, handler in before.items() if handler == signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, _: FrameType | None) -> NoReturn:
    # What a shell gives for a process that a signal ended.
    raise SystemExit(128 + number)
