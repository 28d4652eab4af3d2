"""Playing: how a speed becomes steps of the clock, each a whole number of simulated units. No real time is read."""

from typing import Final, NamedTuple

from core.base.instants import DAY, HOUR, MINUTE, Calendar, Duration


class Speed(NamedTuple):
    """How fast the clock runs: `ticks` steps of `step` simulated seconds in a second of real time."""

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


class Pacer:
    """Whether the clock plays, and how fast."""

    def __init__(self) -> None:
        self.playing = False
        self.until_bad = False
        """Whether it plays only until something bad happens."""
        self.reason: str | None = None
        """Why it paused by itself; None where a person paused it."""
        self._speed = _DAY_A_SECOND

    @property
    def speed(self) -> Speed:
        """The speed it plays at, or would."""
        return SPEEDS[self._speed]

    @property
    def state(self) -> tuple[bool, bool, int, str | None]:
        """All that is shown of it."""
        return self.playing, self.until_bad, self._speed, self.reason

    @property
    def interval(self) -> float:
        """Real seconds between two steps."""
        return 1 / self.speed.ticks

    def play(self, *, until_bad: bool = False) -> None:
        """Begin to play."""
        self.playing, self.until_bad, self.reason = True, until_bad, None

    def pause(self, reason: str | None = None) -> None:
        """Pause; `reason` where it does so by itself."""
        self.playing, self.until_bad, self.reason = False, False, reason

    def change(self, steps: int) -> bool:
        """Go so many speeds up or down; False where there is none."""
        wanted = self._speed + steps
        if not 0 <= wanted < len(SPEEDS):
            return False
        self._speed = wanted
        return True

    def next_stop(self, clock: int, calendar: Calendar) -> int:
        """Where the next step ends: at a whole multiple of the step in the calendar's days. Raises BadInput at the end
        of what Lapse counts to.
        """
        step = self.speed.step
        if step > DAY:
            return calendar.after(calendar.midnight(calendar.day_of(clock)), Duration(0, step))
        since_midnight = clock - calendar.midnight(calendar.day_of(clock))
        return calendar.after(clock, Duration(0, step - since_midnight % step))
