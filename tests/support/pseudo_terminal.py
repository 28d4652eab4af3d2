"""A program in a pseudo-terminal, read by a terminal emulator."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path

import pyte

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, sys
from pathlib import Path
from core.rules.rulebook import load_policy
from core.workspace.importing import begin
from core.workspace.workspace import Workspace
from data import SAMPLE_FLEET
from tui.app.lapse_app import LapseApp, run

document, policy = json.loads(SAMPLE_FLEET.read_text(encoding="utf-8")), load_policy()
path = Path(sys.argv[1])
if path.exists():
    workspace = Workspace.open(path)
else:
    workspace, _ = begin(path, document, policy.calendar.parse(document["clock"]), policy, "sample")
if len(sys.argv) > 2:
    def fail(self): raise RuntimeError("a fault in the program")
    LapseApp.action_next_theme = fail
raise SystemExit(run(workspace, name="sample"))
"""
PATIENCE = 30.0


class Terminal:
    """A child process in a pseudo-terminal. `environment` adds variables to its environment."""

    def __init__(
        self,
        *arguments: str,
        program: str = PROGRAM,
        size: tuple[int, int] = (80, 24),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        columns, lines = size
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.status: int | None = None
        self.ended = False
        """Whether everything that the child wrote has been read."""
        child, self._fd = pty.fork()
        if child == 0:
            # The same signal handling as at a shell prompt, however the tests are run.
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            names = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
            names.update(environment or {})
            os.execve(sys.executable, [sys.executable, "-c", program, *arguments], names)
        self.child = child
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.modes = termios.tcgetattr(self._fd)

    def press(self, keys: str) -> None:
        """Send keys to the child."""
        os.write(self._fd, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Change the window's size and signal the child."""
        self.size(columns, lines)
        os.kill(self.child, signal.SIGWINCH)

    def size(self, columns: int, lines: int) -> None:
        """Change the window's size. The system signals the foreground process."""
        self.screen.resize(lines, columns)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def wait_for(self, text: str, *, gone: bool = False) -> None:
        """Read until the screen shows a text or, with `gone`, no longer shows it."""
        end = time.monotonic() + PATIENCE
        while (text in self.text()) is gone:
            assert self._read(end), f"waited in vain for {text!r}, gone={gone}, in\n{self.text()}"

    def read_for(self, seconds: float) -> None:
        """Read what the child writes within a number of seconds."""
        end = time.monotonic() + seconds
        # A clock that plays fast may write faster than this reads, so there may always be something to read.
        while self._read(end) and time.monotonic() < end:
            pass

    def wait_for_end(self) -> int:
        """Read until the child ends, and return its exit status."""
        end = time.monotonic() + PATIENCE
        while self._read(end):
            pass
        assert time.monotonic() < end, f"it did not end:\n{self.text()}"
        _, status = os.waitpid(self.child, 0)
        self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def text(self) -> str:
        """The text on the screen."""
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """The lines of the screen. A wide character's second cell is empty, even when the first was drawn over."""
        buffer, columns = self.screen.buffer, range(self.screen.columns)
        return ["".join(buffer[line][column].data for column in columns) for line in range(self.screen.lines)]

    def close(self) -> None:
        """End the child if it still runs."""
        if self.status is None:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
        os.close(self._fd)

    def _read(self, end: float) -> bool:
        ready, _, _ = select.select([self._fd], [], [], max(end - time.monotonic(), 0))
        if not ready:
            return False
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            self.ended = True
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)
