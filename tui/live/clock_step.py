"""A step of the playing clock that runs in a thread, while the screens go on answering keys."""

from collections.abc import Callable
from threading import Lock

from core.base.errors import LapseError
from core.workspace.change import Change
from core.world.events import Event


class ClockStep:
    """One step of the playing clock, or other work that changes the whole fleet, such as a reload.

    The first caller runs it: the thread that was started for it, or the app, if a key needs the result before the
    thread begins.
    """

    def __init__(self, work: Callable[["ClockStep"], Change], over: Callable[[], None]) -> None:
        self.bad: list[Event] = []
        """The bad events of the step, if the clock plays only until there is one."""
        self.over = over
        """Called when the session has taken over the outcome."""
        self._work = work
        self._running = Lock()
        self._begun = False
        self._outcome: Change | LapseError | None = None

    def run(self) -> None:
        """Run the step once; a second caller blocks until it is done."""
        with self._running:
            if self._begun:
                return
            self._begun = True
            try:
                self._outcome = self._work(self)
            except LapseError as error:
                self._outcome = error

    def outcome(self) -> Change | LapseError | None:
        """The outcome: the change, or the error. Runs the step first if needed. None if an unexpected exception ended
        it.
        """
        self.run()
        return self._outcome
