"""The pacer: how fast the clock plays, and where each step ends. Real time is not read here."""

from typing import Final, NamedTuple

from core.base.instants import DAY, HOUR, MINUTE, Calendar, Duration


class Speed(NamedTuple):
    """A speed of the clock: `ticks` steps of `step` simulated seconds each, per second of real time."""

    title: str
    step: int
    ticks: int


SPEEDS: Final = (
    Speed("1 hour/s", 15 * MINUTE, 4),
    Speed("6 hours/s", HOUR, 6),
    Speed("1 day/s", 3 * HOUR, 8),
    Speed("1 week/s", DAY, 7),
    Speed("1 month/s", 3 * DAY, 10),
)
_DAY_A_SECOND: Final = 2
"""The index of the speed that a session begins with."""


class Pacer:
    """Whether the clock plays, and how fast."""

    def __init__(self) -> None:
        self.playing = False
        self.until_bad = False
        """Whether it plays only until something bad happens."""
        self.reason: str | None = None
        """Why the clock paused by itself; None if it did not, or if a person paused it."""
        self._speed = _DAY_A_SECOND

    @property
    def speed(self) -> Speed:
        """The speed at which the clock plays, or will play."""
        return SPEEDS[self._speed]

    @property
    def state(self) -> tuple[bool, bool, int, str | None]:
        """What the clock bar shows: `playing`, `until_bad`, the index of the speed, and `reason`."""
        return self.playing, self.until_bad, self._speed, self.reason

    @property
    def interval(self) -> float:
        """Real seconds between two steps."""
        return 1 / self.speed.ticks

    def play(self, *, until_bad: bool = False) -> None:
        """Start to play."""
        self.playing, self.until_bad, self.reason = True, until_bad, None

    def pause(self, reason: str | None = None) -> None:
        """Pause. Give a `reason` if the clock pauses by itself."""
        self.playing, self.until_bad, self.reason = False, False, reason

    def change(self, steps: int) -> bool:
        """Go `steps` speeds up or down; False, and no change, if there is no such speed."""
        wanted = self._speed + steps
        if not 0 <= wanted < len(SPEEDS):
            return False
        self._speed = wanted
        return True

    def next_stop(self, clock: int, calendar: Calendar) -> int:
        """The instant at which the next step ends: a midnight, or a whole multiple of the step after midnight. Raises
        BadInput at the end of the calendar's range.
        """
        step = self.speed.step
        if step > DAY:
            return calendar.after(calendar.midnight(calendar.day_of(clock)), Duration(0, step))
        since_midnight = clock - calendar.midnight(calendar.day_of(clock))
        return calendar.after(clock, Duration(0, step - since_midnight % step))
