"""The player: moves the clock step by step while it plays. It shows nothing and does not need Textual."""

from collections.abc import Callable
from typing import Protocol

from core.base.errors import LapseError
from tui.live.right_of_way import ANSWER
from tui.live.session import Session, Severity


class Ticking(Protocol):
    """A timer that fires repeatedly until it is stopped."""

    def stop(self) -> None:
        """Stop the timer."""


class Stage(Protocol):
    """What a player needs from the app that shows the fleet. All times are in real seconds."""

    def set_interval(self, interval: float, callback: Callable[[], None], /) -> Ticking:
        """Call `callback` every `interval` seconds."""

    def set_timer(self, delay: float, callback: Callable[[], None], /) -> object:
        """Call `callback` once, after `delay` seconds."""

    def tell(self, sentence: str, severity: Severity = "information", *, besides: bool = False) -> None:
        """Show the person one sentence."""

    def playing_changed(self) -> None:
        """Called when the clock starts or stops playing, or changes its speed."""

    def stepped(self) -> None:
        """Called when a step of the playing clock is done."""


class Player:
    """Plays the clock of one session. Its timer runs only while the clock plays."""

    def __init__(self, session: Session, stage: Stage) -> None:
        self._session = session
        self._stage = stage
        self._timer: Ticking | None = None

    @property
    def runs(self) -> bool:
        """Whether the timer runs."""
        return self._timer is not None

    def toggle(self, *, until_bad: bool = False) -> None:
        """Play or pause. With `until_bad`, play until something bad happens, or pause if it already plays so."""
        pacer = self._session.pacer
        if pacer.until_bad if until_bad else pacer.playing:
            pacer.pause()
        else:
            pacer.play(until_bad=until_bad)
        self.follow()

    def change_speed(self, steps: int) -> bool:
        """Change the speed by `steps`, also if the clock is paused; False if there is no such speed."""
        if steps and not self._session.pacer.change(steps):
            return False
        self.follow()
        return True

    def pause(self) -> None:
        """Pause, and forget why the clock paused by itself."""
        pacer = self._session.pacer
        if pacer.playing or pacer.reason is not None:
            pacer.pause()
            self.follow()

    def follow(self) -> None:
        """Start the timer if the pacer plays, otherwise stop it, and tell the stage."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._session.pacer.playing:
            self._timer = self._stage.set_interval(self._session.pacer.interval, self.step_in_turn)
        self._stage.playing_changed()

    def step_in_turn(self) -> None:
        """Take a step, but answer a key that was just pressed first."""
        if self._session.right_of_way.claimed(ANSWER):
            self._stage.set_timer(ANSWER, self.step)
        else:
            self.step()

    def step(self) -> None:
        """Take the next step if the clock plays and no thread holds the fleet."""
        session = self._session
        if session.pacer.playing and not session.busy:
            try:
                to = session.pacer.next_stop(session.workspace.clock, session.workspace.calendar)
            except LapseError as error:
                session.pacer.pause()
                self._stage.tell(str(error), "warning")
            else:
                session.start_step(to, self.stepped)
                return
        if not session.pacer.playing:
            self.follow()

    def stepped(self) -> None:
        """Called when a step is done. Stops the timer if the step paused the clock."""
        self._stage.stepped()
        if not self._session.pacer.playing:
            self.follow()
