"""Scripted time: an event loop whose clock stands still while there is work, and then jumps to the next timer.

Timers and steps of the playing clock then happen at the same instant of scripted time on every machine, and a minute of
a script takes only as long as the work in it.
"""

import asyncio
import selectors
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Final, TypeVar, TypeVarTuple

from textual import _time, notifications

_POLL_INTERVAL: Final = 0.01
"""Real seconds between two checks of threads that are at work."""
_CLOCKS: Final = ((_time, "get_time"), (notifications, "time"))
"""The functions by which Textual reads the time: for its timers, and for how long a notification is shown."""

Value = TypeVar("Value")
Arguments = TypeVarTuple("Arguments")


class _JumpingSelector(selectors.DefaultSelector):
    """A selector that, instead of waiting, moves its own clock forward, unless a thread is at work."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        """Scripted seconds."""
        self.busy_threads = 0
        self.jumps = True
        """Whether a wait is skipped. If not, it takes real time."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """The files that are ready now. If there are none, the clock moves forward by `timeout`, in seconds."""
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None or self.busy_threads:
            return super().select(_POLL_INTERVAL)
        if not self.jumps:
            ready = super().select(timeout)
        self.now += timeout
        return ready


class ScriptedLoop(asyncio.SelectorEventLoop):
    """An event loop in scripted time, which stands still while there is any work, also in threads."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Scripted seconds since the loop was created."""
        return self._jumping.now

    def end_script(self) -> None:
        """From now on waits take real time, as shutting down needs it."""
        self._jumping.jumps = False

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Arguments], Value], *args: *Arguments
    ) -> asyncio.Future[Value]:
        """Run a function in a thread. Scripted time stands still until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self._jumping.busy_threads += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, _: object) -> None:
        self._jumping.busy_threads -= 1


@contextmanager
def scripted(loop: ScriptedLoop) -> Iterator[None]:
    """Within this context Textual reads the loop's clock instead of the real one."""
    real = [getattr(module, name) for module, name in _CLOCKS]
    for module, name in _CLOCKS:
        setattr(module, name, loop.time)
    try:
        yield
    finally:
        for (module, name), clock in zip(_CLOCKS, real, strict=True):
            setattr(module, name, clock)
