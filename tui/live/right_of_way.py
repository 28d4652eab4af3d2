"""Threads that work beside the keyboard, and how they let the answer to a key go first.

Python runs one thread at a time. One that works gives way to the app every half millisecond instead of every five, and
wherever it can it waits until a key that was just pressed is answered.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock
from time import monotonic, sleep
from typing import Final

ANSWER: Final = 0.020
"""Real seconds within which a key is answered."""
_BETWEEN: Final = 0.15
"""Real seconds between two keys of which the second belongs to the first."""
_LONGEST: Final = 0.6
"""Real seconds that something waits for keys, at most."""
_SWITCH: Final = 0.0005
"""Real seconds between two times that a thread gives way."""
_YOUNG: Final = 700
"""Objects made between two collections of the youngest; few, so that none is felt."""
_MIDDLE: Final = 10
"""Collections of the youngest between two of the middle generation."""
_SELDOM: Final = 1_000
"""Collections of the middle generation between two of everything, where none is told."""
_USUAL: Final = sys.getswitchinterval()
"""The same where none works beside the keyboard."""


def spare_the_collector() -> None:
    """Let Python's garbage collector pass over what there is: a large fleet takes it half a second, and keys wait."""
    gc.freeze()


def collect_only_when_told() -> None:
    """Let Python's garbage collector look at what is young, and at the rest only in `collect`: it took a tenth of a
    second, at any moment.
    """
    gc.set_threshold(_YOUNG, _MIDDLE, _SELDOM)


def collect(*, keeps: bool) -> None:
    """Collect the garbage, in a moment in which nobody waits. `keeps` passes over what is left from now on, so that the
    next time takes some milliseconds: not while there is something that goes soon.
    """
    gc.collect()
    if keeps:
        gc.freeze()


class RightOfWay:
    """Whether a key is being answered, for threads to ask. How often threads give way is the process's: while any works
    beside the keyboard, of this fleet or of one that was left.
    """

    _beside = 0
    """How many threads work beside the keyboard."""
    _counting: Final = Lock()

    def __init__(self) -> None:
        self._until = 0.0
        self._released = Event()
        self._released.set()

    def claim(self) -> None:
        """A key was pressed, and is answered next."""
        self._until = monotonic() + ANSWER
        self._released.clear()

    def release(self) -> None:
        """The answer itself is about to wait for a thread: let that go on at once."""
        self._released.set()

    def claimed(self, seconds: float) -> bool:
        """Whether a key was pressed in the last so many seconds."""
        return monotonic() - self._until < seconds - ANSWER

    def give(self) -> None:
        """In a thread, as often as it can: wait while a key is being answered, and no longer."""
        left = self._until - monotonic()
        if left > 0:
            self._released.wait(left)

    def rest(self) -> None:
        """In a thread, before something that can wait: let the keys that come one after the other all go first, for a
        while.
        """
        end = monotonic() + _LONGEST
        while self.claimed(_BETWEEN) and monotonic() < end:
            sleep(ANSWER)

    @contextmanager
    def beside(self) -> Iterator[None]:
        """In a thread: while it works, it gives way often."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    @classmethod
    def _count(cls, change: int) -> None:
        with cls._counting:
            cls._beside += change
            sys.setswitchinterval(_SWITCH if cls._beside else _USUAL)
