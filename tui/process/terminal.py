"""The terminal as the dashboard uses it: given back as it was however the program ends, and while it is suspended."""

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

_RESTORED: Final = (
    # A sequence that was cut off is cancelled first.
    "\x18"
    # Mouse reports, bracketed paste, line wrap, reports of size, the keyboard protocol of kitty.
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[<u"
    # The alternate screen, the cursor, reports of focus.
    "\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""What undoes all that the dashboard asks of a terminal."""
_LOOK: Final = 0.1
"""Real seconds between two looks at whether input is still wanted."""


class _Output:
    """Where the dashboard is drawn: a terminal that is gone takes nothing more, and is no error."""

    def __init__(self, file: TextIO, driver: "TerminalDriver") -> None:
        self._file = file
        self._driver = driver
        self.fileno = file.fileno

    def write(self, text: str) -> None:
        """Write to the terminal."""
        try:
            self._file.write(text)
        except OSError:
            self._driver.hang_up()

    def flush(self) -> None:
        """Send what was written."""
        try:
            self._file.flush()
        except OSError:
            self._driver.hang_up()


class TerminalDriver(LinuxDriver):
    """Textual's driver for a terminal, with what signals and a lost terminal mean."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        assert sys.__stderr__ is not None
        self._output: Final = _Output(sys.__stderr__, self)
        self._file = cast(TextIOWrapper, self._output)
        self._drawing = False
        """Whether the terminal is the dashboard's now."""
        self._retaking = False
        """Whether the process was stopped from outside, went on, and has yet to take the terminal again."""
        signal.signal(signal.SIGTSTP, self._asked_to_suspend)
        signal.signal(signal.SIGCONT, self._continued)

    # Taking the terminal, and giving it back

    def start_application_mode(self) -> None:
        """Take the terminal. From now on a signal ends the app in its own turn."""
        SIGNALS.install()
        SIGNALS.answer, SIGNALS.last_resort = self._end, self._restore
        self._drawing = True
        start: Callable[[], None] = super().start_application_mode
        start()

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        super().stop_application_mode()
        self._drawing = False
        SIGNALS.answer = leave

    def disable_input(self) -> None:
        """Read no more keys. What was typed ahead is dropped, unless the terminal is taken again at once."""
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
        """Pass on what was read. Enter that was typed before the terminal was taken is a line feed."""
        if isinstance(message, events.Key) and message.key == "ctrl+j":
            message = events.Key("enter", "\r")
        super().process_message(message)

    def _disable_mouse_support(self) -> None:
        super()._disable_mouse_support()
        if self._mouse_pixels:
            self.write("\x1b[?1016l")

    def _end(self, number: int) -> None:
        """Let the app end as soon as it can; in any thread, and at any moment."""
        self._loop.call_soon_threadsafe(self._exit, number)

    def _exit(self, number: int) -> None:
        self._app.exit(return_code=128 + number)

    def _restore(self) -> None:
        """Give the terminal back at once, from another thread, where the app can't."""
        if not self._drawing:
            return
        with suppress(OSError, termios.error):
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
            # What a stopped terminal hasn't taken yet would be in the way.
            termios.tcflush(self.fileno, termios.TCOFLUSH)
            output = self._output.fileno()
            if select.select([], [output], [], 0)[1]:
                os.write(output, _RESTORED.encode())

    # A terminal that is gone

    def hang_up(self) -> None:
        """End the app, because the terminal is gone; in any thread."""
        if SIGNALS.came is None:
            SIGNALS.arrive(signal.SIGHUP)

    def run_input_thread(self) -> None:
        """In a thread: read keys until they are no longer wanted, or the terminal is gone."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        try:
            while not self.exit_event.is_set():
                if select.select([self.fileno], [], [], _LOOK)[0]:
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

    def _asked_to_suspend(self, _number: int, _frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._app.action_suspend_process)

    def _continued(self, _number: int, _frame: FrameType | None) -> None:
        if self._drawing and not self._retaking:
            self._retaking = True
            self._loop.call_soon_threadsafe(self._take_again)

    def _take_again(self) -> None:
        """The process was stopped without being asked, and the shell has used the terminal since."""
        if self._drawing:
            self._wait_for_foreground()
            self.suspend_application_mode()
            self._retaking = False
            self._resume()
        self._retaking = False

    def suspend(self) -> None:
        """Give the terminal to the shell and stop until it says to go on. Where no shell waits for that, go on."""
        self.suspend_application_mode()
        handlers = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTSTP, signal.SIGCONT)}
        # The whole group, as the terminal would: a shell goes on only when all of its job is stopped.
        os.kill(0, signal.SIGTSTP)
        self._wait_for_foreground()
        for number, handler in handlers.items():
            signal.signal(number, handler)
        self._resume()

    def _wait_for_foreground(self) -> None:
        """Return when the terminal may be changed: in the background the system stops who tries to."""
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
