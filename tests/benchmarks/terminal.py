"""A program in a pseudo-terminal of 120 by 40, read by a thread that notes when each piece of its output came."""

import fcntl
import os
import pty
import signal
import struct
import termios
from collections.abc import Sequence
from threading import Condition, Thread
from time import perf_counter, sleep
from typing import NamedTuple

import pyte

COLUMNS, LINES = 120, 40
PATIENCE = 60.0


class Piece(NamedTuple):
    """What was read at once, and when, in seconds of `perf_counter`."""

    at: float
    data: bytes


class Terminal:
    """A running program. Its output is noted by a thread, and shown on `screen` only when `catch_up` is called."""

    def __init__(self, command: Sequence[str]) -> None:
        self.pieces: list[Piece] = []
        self.screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self.screen)
        self.shown = 0
        self._news = Condition()
        self.started = perf_counter()
        self._child, self._fd = pty.fork()
        if self._child == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", LANG="C.UTF-8")
            # Textual was compiled when it was installed; what is measured against it may keep what it compiles, too.
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
            os.execv(command[0], list(command))
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._fd, 1 << 20)
            except OSError:
                return
            piece = Piece(perf_counter(), data)
            with self._news:
                self.pieces.append(piece)
                self._news.notify_all()
            if not data:
                return

    def press(self, keys: str) -> float:
        """Send keys; gives when."""
        at = perf_counter()
        os.write(self._fd, keys.encode())
        return at

    def wait_for(self, text: str) -> float:
        """Wait until a text was written, and for what came with it; gives when the program was started."""
        wanted, end = text.encode(), perf_counter() + PATIENCE
        while wanted not in b"".join(piece.data for piece in self.pieces):
            if perf_counter() > end:
                raise TimeoutError(f"{text!r} did not come for {PATIENCE:.0f} s")
            sleep(0.05)
        return self.started

    def wait_for_silence(self, seconds: float, *, since: float) -> list[Piece]:
        """Wait until something came since then, and then nothing for so long; gives what came."""
        end = perf_counter() + PATIENCE
        with self._news:
            while True:
                last = self.pieces[-1].at if self.pieces else 0.0
                now = perf_counter()
                if last > since and now - last >= seconds:
                    return [piece for piece in self.pieces if piece.at > since]
                if now > end:
                    raise TimeoutError(self._describe(len([piece for piece in self.pieces if piece.at > since])))
                self._news.wait(seconds - (now - last) if last > since else 1.0)

    def _describe(self, pieces: int) -> str:
        """What came instead of silence, and what is shown."""
        self.catch_up_all()
        return "\n".join([f"{pieces} pieces and no silence for {PATIENCE:.0f} s", *self.text()])

    def catch_up(self) -> float:
        """Show the next piece that is not shown yet; gives when it came. Raises LookupError when there is none."""
        piece = self.pieces[self.shown]
        self._stream.feed(piece.data)
        self.shown += 1
        return piece.at

    def catch_up_all(self) -> None:
        """Show all that came."""
        while self.shown < len(self.pieces):
            self.catch_up()

    def text(self) -> list[str]:
        """The lines of what is shown."""
        return list(self.screen.display)

    def close(self) -> None:
        """End the program."""
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)
        self._reader.join(5)
        os.close(self._fd)
