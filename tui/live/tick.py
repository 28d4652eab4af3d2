"""A step of the clock that is lived through in a thread, while the screens go on answering keys."""

from collections.abc import Callable
from threading import Lock

from core.base.errors import LapseError
from core.workspace.workspace import Change
from core.world.events import Event


class Tick:
    """One step of a clock that plays. `bad` gathers the bad events, where it plays only until there is one.

    Whoever comes first lives through it: a thread made for it, or the app, where a key comes before the thread begins.
    """

    def __init__(self, live: Callable[["Tick"], Change], over: Callable[[], None]) -> None:
        self.bad: list[Event] = []
        self.over = over
        """To be called when what came of it was taken over."""
        self._live = live
        self._turn = Lock()
        self._begun = False
        self._outcome: Change | LapseError | None = None

    def run(self) -> None:
        """Live through it, once; who comes second waits."""
        with self._turn:
            if self._begun:
                return
            self._begun = True
            try:
                self._outcome = self._live(self)
            except LapseError as error:
                self._outcome = error

    def outcome(self) -> Change | LapseError | None:
        """What it came to; None where a fault in the program ended it."""
        self.run()
        return self._outcome
