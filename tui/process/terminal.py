"""The dashboard's terminal driver. It restores the terminal however the program ends, and while it is suspended."""

import errno
import os
import select
import signal
import sys
import termios
from codecs import getincrementaldecoder
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from types import FrameType
from typing import Final, TextIO, cast

from textual import events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui.framework.internals import ParseError, XTermParser
from tui.process.signals import SIGNALS, leave

_RESET: Final = (
    # First cancel an escape sequence that may have been cut off.
    "\x18"
    # Mouse reports, bracketed paste, line wrap, size reports, kitty's keyboard protocol.
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[<u"
    # The alternate screen, the cursor, focus reports.
    "\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""The escape sequences that undo every mode the dashboard sets in a terminal."""
_POLL_INTERVAL: Final = 0.1
"""Real seconds after which the input thread checks again whether it must stop."""


class _Output:
    """The file that the dashboard is drawn to. If the terminal is gone, the app is ended instead of raising OSError."""

    def __init__(self, file: TextIO, driver: "TerminalDriver") -> None:
        self._file = file
        self._driver = driver
        self.fileno = file.fileno

    def write(self, text: str) -> None:
        """Write a text; it is buffered."""
        try:
            self._file.write(text)
        except OSError:
            self._driver.hang_up()

    def flush(self) -> None:
        """Send the buffered text to the terminal."""
        try:
            self._file.flush()
        except OSError:
            self._driver.hang_up()


class TerminalDriver(LinuxDriver):
    """Textual's Linux driver, extended: it handles signals, suspending, and a terminal that is closed."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        assert sys.__stderr__ is not None
        self._output: Final = _Output(sys.__stderr__, self)
        self._file = cast(TextIOWrapper, self._output)
        self._drawing = False
        """Whether the terminal is in the dashboard's modes."""
        self._retaking = False
        """Whether the process was stopped and continued by others, and has not set the terminal's modes again yet."""
        signal.signal(signal.SIGTSTP, self._on_sigtstp)
        signal.signal(signal.SIGCONT, self._on_sigcont)

    # Taking and restoring the terminal

    def start_application_mode(self) -> None:
        """Set the dashboard's modes of the terminal. From now on a signal makes the app exit by itself."""
        SIGNALS.install()
        SIGNALS.answer, SIGNALS.last_resort = self._end, self._restore
        self._drawing = True
        start: Callable[[], None] = super().start_application_mode
        start()

    def stop_application_mode(self) -> None:
        """Restore the terminal. From now on a signal ends the process at once."""
        super().stop_application_mode()
        self._drawing = False
        SIGNALS.answer = leave

    def disable_input(self) -> None:
        """Stop reading keys. Pending input is discarded, unless the terminal is taken again at once."""
        if self.exit_event.is_set():
            return
        signal.signal(signal.SIGWINCH, signal.SIG_DFL)
        self._disable_mouse_support()
        self.exit_event.set()
        if self._key_thread is not None:
            self._key_thread.join()
        self.exit_event.clear()
        if not self._retaking:
            with suppress(termios.error):
                termios.tcflush(self.fileno, termios.TCIFLUSH)

    def process_message(self, message: Message) -> None:
        """Pass on an input event. A line feed is an enter that was typed before the terminal was taken."""
        if isinstance(message, events.Key) and message.key == "ctrl+j":
            message = events.Key("enter", "\r")
        super().process_message(message)

    def _disable_mouse_support(self) -> None:
        super()._disable_mouse_support()
        if self._mouse_pixels:
            self.write("\x1b[?1016l")

    def _end(self, number: int) -> None:
        """Make the app exit in its next turn. Safe in any thread and in a signal handler."""
        self._loop.call_soon_threadsafe(self._exit, number)

    def _exit(self, number: int) -> None:
        self._app.exit(return_code=128 + number)

    def _restore(self) -> None:
        """Restore the terminal at once, from another thread, because the app does not respond."""
        if not self._drawing:
            return
        with suppress(OSError, termios.error):
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
            # Drop output that a stopped terminal has not accepted yet: ours would wait behind it.
            termios.tcflush(self.fileno, termios.TCOFLUSH)
            output = self._output.fileno()
            if select.select([], [output], [], 0)[1]:
                os.write(output, _RESET.encode())

    # A terminal that is gone

    def hang_up(self) -> None:
        """End the app because the terminal is gone. Safe in any thread."""
        if SIGNALS.came is None:
            SIGNALS.arrive(signal.SIGHUP)

    def run_input_thread(self) -> None:
        """Runs in a thread: reads input until it is told to stop or the terminal is gone."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        try:
            while not self.exit_event.is_set():
                if select.select([self.fileno], [], [], _POLL_INTERVAL)[0]:
                    data = os.read(self.fileno, 4096)
                    if not data:
                        self.hang_up()
                        return
                    if text := decode(data):
                        for event in parser.feed(text):
                            self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
        except OSError:
            self.hang_up()
        finally:
            with suppress(EOFError, ParseError):
                list(parser.feed(""))

    # Suspending

    def _on_sigtstp(self, _number: int, _frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._app.action_suspend_process)

    def _on_sigcont(self, _number: int, _frame: FrameType | None) -> None:
        if self._drawing and not self._retaking:
            self._retaking = True
            self._loop.call_soon_threadsafe(self._retake_terminal)

    def _retake_terminal(self) -> None:
        """Set the terminal's modes again after a SIGSTOP, which can't be handled: the shell has used it meanwhile."""
        if self._drawing:
            self._wait_for_foreground()
            self.suspend_application_mode()
            self._retaking = False
            self._resume()
        self._retaking = False

    def suspend(self) -> None:
        """Restore the terminal and stop the process until the shell continues it.

        Without a shell that controls jobs, the process does not stop and goes on at once.
        """
        self.suspend_application_mode()
        handlers = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTSTP, signal.SIGCONT)}
        # Stop the whole process group, as the terminal does: the shell takes over once all of its job has stopped.
        os.kill(0, signal.SIGTSTP)
        self._wait_for_foreground()
        for number, handler in handlers.items():
            signal.signal(number, handler)
        self._resume()

    def _wait_for_foreground(self) -> None:
        """Block until the process is in the foreground: the system stops a background process that sets modes."""
        while True:
            try:
                termios.tcsetattr(self.fileno, termios.TCSANOW, termios.tcgetattr(self.fileno))
            except termios.error as error:
                if error.args[0] != errno.EINTR:
                    return
            else:
                return

    def _resume(self) -> None:
        self.resume_application_mode()
        self._app.refresh(layout=True)
