"""How threads that work in the background let the answer to a key go first.

Python runs one thread at a time. While a thread works in the background, Python switches threads every half millisecond
instead of every five. In addition, the thread waits wherever it can until a key that was just pressed is answered.
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
"""The longest pause, in real seconds, between two keys pressed one after the other."""
_LONGEST: Final = 0.6
"""The longest time, in real seconds, that background work waits for successive keys."""
_SWITCH: Final = 0.0005
"""Real seconds after which Python switches threads while one works in the background."""
_YOUNG: Final = 700
"""New objects after which the youngest generation is collected; so few that nobody notices the pause."""
_MIDDLE: Final = 10
"""Collections of the youngest generation after which the middle generation is collected."""
_SELDOM: Final = 1_000
"""Collections of the middle generation after which everything is collected, if `collect` is not called."""
_USUAL: Final = sys.getswitchinterval()
"""Real seconds after which Python switches threads by default."""


def spare_the_collector() -> None:
    """Make Python's garbage collector ignore all objects that exist now. In a large fleet it would take half a second
    to scan them, and keys would wait.
    """
    gc.freeze()


def collect_only_when_told() -> None:
    """Make Python's garbage collector scan young objects only, and the rest only in `collect`. Otherwise a full
    collection of a tenth of a second could happen at any moment.
    """
    gc.set_threshold(_YOUNG, _MIDDLE, _SELDOM)


def collect(*, keeps: bool) -> None:
    """Collect all garbage. Call it when nobody waits.

    With `keeps`, the objects that are left are ignored from now on, so that the next collection takes only some
    milliseconds. Do not use it while something short-lived, like a dialog, is open.
    """
    gc.collect()
    if keeps:
        gc.freeze()


class RightOfWay:
    """Tells threads whether a key is being answered, so that they can give way.

    The interval at which Python switches threads belongs to the process. So the threads that work in the background are
    counted for all fleets together, also for one that is no longer shown.
    """

    _beside = 0
    """The number of threads that work in the background."""
    _counting: Final = Lock()

    def __init__(self) -> None:
        self._until = 0.0
        self._released = Event()
        self._released.set()

    def claim(self) -> None:
        """Say that a key was pressed: threads give way until it is answered, at most for `ANSWER` seconds."""
        self._until = monotonic() + ANSWER
        self._released.clear()

    def release(self) -> None:
        """Let threads continue at once. Call it when the answer to a key has to wait for one of them."""
        self._released.set()

    def claimed(self, seconds: float) -> bool:
        """Whether a key was pressed in the last `seconds` real seconds."""
        return monotonic() - self._until < seconds - ANSWER

    def give(self) -> None:
        """Wait while a key is being answered. A thread calls this as often as it can."""
        left = self._until - monotonic()
        if left > 0:
            self._released.wait(left)

    def rest(self) -> None:
        """Wait while keys are pressed one after the other, at most 0.6 seconds. A thread calls this before work that is
        not urgent.
        """
        end = monotonic() + _LONGEST
        while self.claimed(_BETWEEN) and monotonic() < end:
            sleep(ANSWER)

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Make Python switch threads often within this context. A thread does its work in it."""
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
