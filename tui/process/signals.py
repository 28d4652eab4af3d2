"""The signals that end the program: ctrl+c, `kill`, a closed terminal. The exit status is 128 plus the signal's number.

Each command chooses how the first signal is handled; later ones are ignored. In any case the process ends within GRACE
seconds, even if a thread is busy or the terminal accepts no output. Committed data stays, SQLite rolls back the rest.
"""

import os
import signal
import sys
from collections.abc import Callable
from threading import Thread, current_thread, main_thread
from time import sleep
from types import FrameType
from typing import Final

ENDING: Final = tuple(
    signal.Signals[name] for name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM") if name in signal.Signals.__members__
)
"""The signals that end the program. One that was ignored when the program started, as by nohup, stays ignored."""
GRACE: Final = 3.0
"""The longest time from a signal to the end of the process, in real seconds."""

Answer = Callable[[int], None]
"""Handles the first signal. Called with its number in the main thread, between any two Python instructions."""


class Stopped(KeyboardInterrupt):
    """A signal ended the command. `number` is the signal's number."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def leave(number: int) -> None:
    """End the process at once. For commands that have nothing to clean up."""
    os._exit(128 + number)


def unwind(number: int) -> None:
    """Raise Stopped, so that open transactions are rolled back and unfinished files are removed."""
    raise Stopped(number)


def _do_nothing() -> None:
    """The last resort while the program has not changed the terminal's modes."""


class _Signals:
    """Handles the signals of ENDING in this process. Only the first one received counts."""

    def __init__(self) -> None:
        self.came: int | None = None
        """The number of the first signal, or None if none has been received."""
        self.answer: Answer = leave
        """How the running command handles the first signal."""
        self.keeps = True
        """Whether the command keeps its fleet in a file."""
        self.last_resort: Callable[[], None] = _do_nothing
        """Called in a thread, just before the process is ended because `answer` has taken longer than GRACE."""
        self._wakeup: int | None = None

    def install(self) -> None:
        """Handle the signals from now on. Does nothing the second time, outside the main thread, and on Windows."""
        if self._wakeup is not None or current_thread() is not main_thread() or sys.platform == "win32":
            return
        reader, self._wakeup = os.pipe()
        os.set_blocking(self._wakeup, False)
        # Python runs handlers only between two instructions of the main thread. The thread hears of a signal at once.
        signal.set_wakeup_fd(self._wakeup, warn_on_full_buffer=False)
        Thread(target=self._enforce, args=(reader,), name="signals", daemon=True).start()
        for number in ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._handle)

    @property
    def kept(self) -> str:
        """The clause that says what was kept, for the sentence about a command that ended early."""
        return "what was committed before is kept" if self.keeps else "nothing was kept"

    def arrive(self, number: int) -> None:
        """Act as if a signal had been received. May be called in any thread if `answer` may be called there."""
        if self._wakeup is not None:
            os.write(self._wakeup, bytes([number]))
        self._handle(number, None)

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self.came is None:
            self.came = number
            self.answer(number)

    def _enforce(self, reader: int) -> None:
        """Runs in a thread of its own: ends the process GRACE seconds after the first signal."""
        while (number := os.read(reader, 1)[0]) not in ENDING:
            pass
        sleep(GRACE)
        self.last_resort()
        os._exit(128 + (self.came or number))


SIGNALS: Final = _Signals()
"""The one handler of this process."""
