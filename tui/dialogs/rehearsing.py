"""Rehearses what auto-renewal would pay if it were enabled now. Each account runs ahead on a copy, in slices, so that
no key waits.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Final

from core.ahead.forecast import AccountForecast, Attempt
from core.ahead.renewal_preview import forecast_if_enabled
from core.base.instants import DAY
from core.world.model import Instance
from tui.live import limits
from tui.live.session import Session

REACH: Final = 92 * DAY
"""How far the rehearsal looks ahead, in seconds of the simulated clock."""
SLICE: Final = 500
"""The instants and events processed in one slice, between two keys: about a hundredth of a second."""

Later = Callable[[Callable[[], None]], object]


class Rehearsal:
    """The outcome of auto-renewal on some instances, for one period in months. `later` schedules the next slice; `tell`
    is called when an account's outcome is known.
    """

    def __init__(
        self, session: Session, chosen: Collection[str], months: int, later: Later, tell: Callable[[], None]
    ) -> None:
        self._session = session
        self._chosen = chosen
        self._months = months
        self._later = later
        self._tell = tell
        self._sizes: dict[str, int] = {}
        self._made: dict[str, AccountForecast] = {}
        self._running: list[tuple[AccountForecast, Iterator[None]]] = []
        self._scheduled = False
        """Whether the next slice is scheduled: never more than one is."""

    def attempts(self, instance: Instance) -> tuple[Attempt, ...] | None:
        """The payments that will be tried for an instance, with their outcome; None if it is not known, or not yet."""
        forecast = self._of(instance.account)
        clock = self._session.workspace.clock
        if forecast is None or forecast.until < clock + REACH:
            return None
        return forecast.outlook(instance, clock).attempts

    def too_many(self, account: str) -> bool:
        """Whether an account has too many instances for a rehearsal."""
        if account not in self._sizes:
            self._sizes[account] = len(self._session.forecasts.instances_of(account))
        return self._sizes[account] > limits.REHEARSED

    def stop(self) -> None:
        """Stop the rehearsal: another period was chosen."""
        self._running.clear()

    def _of(self, account: str) -> AccountForecast | None:
        if account not in self._made and not self.too_many(account):
            workspace = self._session.workspace
            instances = self._session.forecasts.instances_of(account)
            there = workspace.world.accounts[account]
            made = forecast_if_enabled(there, instances, self._chosen, self._months, workspace.clock, workspace.policy)
            self._made[account] = made
            steps = made.run(workspace.clock + REACH)
            if len(instances) <= limits.FORECAST_AT_ONCE:
                for _ in steps:
                    pass
            else:
                self._running.append((made, steps))
                self._plan()
        return self._made.get(account)

    def _plan(self) -> None:
        if self._running and not self._scheduled:
            self._scheduled = True
            self._later(self._go_on)

    def _go_on(self) -> None:
        """Run one slice. Its length is counted, not timed, so that a recording is the same on every machine."""
        self._scheduled = False
        work = 0
        while self._running and work < SLICE:
            made, steps = self._running[0]
            if next(steps, self) is self:
                self._running.pop(0)
                self._tell()
            work += 1 + sum(map(sum, made.take_days().values()))
        self._plan()
