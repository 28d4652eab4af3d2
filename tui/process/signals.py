"""The signals that end the program: ctrl+c, `kill`, a closed terminal. Its exit status is 128 plus the signal's number.

A command chooses how the first of them is answered. Whatever it chose, the process ends within GRACE seconds, even
while a thread works or the terminal takes no output. What was committed stays; SQLite rolls back what was not.
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
"""The signals that end the program, unless it was started with them ignored, as by nohup."""
GRACE: Final = 3.0
"""Real seconds between a signal and the end of the process, at most."""

Answer = Callable[[int], None]
"""Called with the number of the first signal, in the main thread, at any moment."""


class Stopped(KeyboardInterrupt):
    """A signal ended the command. `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def leave(number: int) -> None:
    """End the process at once: for when there is nothing to clean up."""
    os._exit(128 + number)


def unwind(number: int) -> None:
    """Raise Stopped, so that transactions are rolled back and unfinished files are removed."""
    raise Stopped(number)


def _do_nothing() -> None:
    """The last resort of a program that has changed nothing about the terminal."""


class _Signals:
    """The process's handling of ENDING, of which only the first is answered."""

    def __init__(self) -> None:
        self.came: int | None = None
        """The number of the signal that came."""
        self.answer: Answer = leave
        self.keeps = True
        """Whether the command keeps anything in a file."""
        self.last_resort: Callable[[], None] = _do_nothing
        """Called, in a thread, before the process is ended although the answer is still under way."""
        self._wakeup: int | None = None

    def install(self) -> None:
        """Handle the signals from now on; nothing where that was done, or where this isn't the main thread."""
        if self._wakeup is not None or current_thread() is not main_thread() or sys.platform == "win32":
            return
        reader, self._wakeup = os.pipe()
        os.set_blocking(self._wakeup, False)
        # Python calls a handler between two steps of the main thread; the thread hears of a signal even if none comes.
        signal.set_wakeup_fd(self._wakeup, warn_on_full_buffer=False)
        Thread(target=self._enforce, args=(reader,), name="signals", daemon=True).start()
        for number in ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._handle)

    @property
    def kept(self) -> str:
        """What is kept, for the sentence that says that the command was ended."""
        return "what was committed before is kept" if self.keeps else "nothing was kept"

    def arrive(self, number: int) -> None:
        """Go on as if a signal had come; in any thread whose answer allows it."""
        if self._wakeup is not None:
            os.write(self._wakeup, bytes([number]))
        self._handle(number, None)

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self.came is None:
            self.came = number
            self.answer(number)

    def _enforce(self, reader: int) -> None:
        """In the thread: see to it that the process ends."""
        while (number := os.read(reader, 1)[0]) not in ENDING:
            pass
        sleep(GRACE)
        self.last_resort()
        os._exit(128 + (self.came or number))


SIGNALS: Final = _Signals()
"""The process's own."""
