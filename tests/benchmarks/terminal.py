"""A program in a pseudo-terminal of 120x40. A thread reads its output and records when each piece arrived."""

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
"""Seconds to wait for output before giving up."""


class Piece(NamedTuple):
    """A piece of output that was read at once, and when, in seconds of `perf_counter`."""

    at: float
    data: bytes


class Terminal:
    """A running program. A thread collects its output; `catch_up` shows it on `screen`."""

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
            # Textual was compiled at its install. To compare fairly, let Python store compiled modules of Lapse, too.
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
        """Send keys, and return the time."""
        at = perf_counter()
        os.write(self._fd, keys.encode())
        return at

    def wait_for(self, text: str) -> float:
        """Wait until a text was written, and return when the program was started. Raises TimeoutError."""
        wanted, end = text.encode(), perf_counter() + PATIENCE
        while wanted not in b"".join(piece.data for piece in self.pieces):
            if perf_counter() > end:
                raise TimeoutError(f"{text!r} did not come for {PATIENCE:.0f} s")
            sleep(0.05)
        return self.started

    def wait_for_silence(self, seconds: float, *, since: float) -> list[Piece]:
        """Wait for output after the time `since`, and then for `seconds` without output. Returns the output since then.
        Raises TimeoutError.
        """
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
        """The number of pieces and the current screen, for an error message."""
        self.catch_up_all()
        return "\n".join([f"{pieces} pieces and no silence for {PATIENCE:.0f} s", *self.text()])

    def catch_up(self) -> float:
        """Show the next piece on `screen`, and return when it arrived. Raises LookupError if there is none."""
        piece = self.pieces[self.shown]
        self._stream.feed(piece.data)
        self.shown += 1
        return piece.at

    def catch_up_all(self) -> None:
        """Show all pieces that arrived."""
        while self.shown < len(self.pieces):
            self.catch_up()

    def text(self) -> list[str]:
        """The lines on the screen."""
        return list(self.screen.display)

    def close(self) -> None:
        """Kill the program and wait for its end."""
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)
        self._reader.join(5)
        os.close(self._fd)
