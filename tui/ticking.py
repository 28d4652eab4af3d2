"""A step of the clock that is lived through in a thread, while the screens go on answering keys."""

from collections.abc import Callable
from threading import Event as Flag

from core.errors import LapseError
from core.events import Event
from core.workspace import Change


class Tick:
    """One step of a clock that plays. `bad` gathers the bad events, where it plays only until there is one."""

    def __init__(self, live: Callable[["Tick"], Change], over: Callable[[], None]) -> None:
        self.bad: list[Event] = []
        self.over = over
        """To be called when what came of it was taken over."""
        self._live = live
        self._done = Flag()
        self._outcome: Change | LapseError | None = None

    def run(self) -> None:
        """Live through it: in the thread."""
        try:
            self._outcome = self._live(self)
        except LapseError as error:
            self._outcome = error
        finally:
            self._done.set()

    def outcome(self) -> Change | LapseError | None:
        """What it came to, waited for; None where a fault in the program ended it."""
        self._done.wait()
        return self._outcome
