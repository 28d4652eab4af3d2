"""Time that a script makes: an event loop whose clock jumps to the next thing due as soon as nothing is left to do.

Everything in the dashboard that waits, for a moment or for the next step of playing, then happens at the same instant
of scripted time on every machine, and a minute of it takes as long as the work in it.
"""

import asyncio
import selectors
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Final, TypeVar, TypeVarTuple

from textual import _time, notifications

_GLANCE: Final = 0.01
"""Real seconds between two looks at threads that are at work."""
_CLOCKS: Final = ((_time, "get_time"), (notifications, "time"))
"""Where the framework reads the time: its timers, and how long a message stays."""

Value = TypeVar("Value")
Arguments = TypeVarTuple("Arguments")


class _JumpingSelector(selectors.DefaultSelector):
    """Looks for what has come in; instead of waiting it moves its own clock, unless a thread is at work."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.at_work = 0
        self.jumps = True

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What has come in, at once; where that is nothing, time passes."""
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None or self.at_work:
            return super().select(_GLANCE)
        if not self.jumps:
            ready = super().select(timeout)
        self.now += timeout
        return ready


class ScriptedLoop(asyncio.SelectorEventLoop):
    """An event loop in scripted time: it stands still while anything is left to do, threads included."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Scripted seconds since the loop was made."""
        return self._jumping.now

    def end_script(self) -> None:
        """Let what waits from now on wait really, as closing down needs it."""
        self._jumping.jumps = False

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Arguments], Value], *args: *Arguments
    ) -> asyncio.Future[Value]:
        """Run something in a thread; time stands still until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self._jumping.at_work += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, _: object) -> None:
        self._jumping.at_work -= 1


@contextmanager
def scripted(loop: ScriptedLoop) -> Iterator[None]:
    """Let the dashboard's framework read a loop's clock within this."""
    real = [getattr(module, name) for module, name in _CLOCKS]
    for module, name in _CLOCKS:
        setattr(module, name, loop.time)
    try:
        yield
    finally:
        for (module, name), clock in zip(_CLOCKS, real, strict=True):
            setattr(module, name, clock)
