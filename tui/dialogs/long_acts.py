"""Many actions in a thread. The box shows how many are done, and can be cancelled. Nothing else changes meanwhile."""

from textual.content import Content
from textual.widgets import Static

from core.base.errors import LapseError
from core.workspace.change import Change
from tui.dialogs.bulk_plans import Plan, Planner
from tui.dialogs.long_run import BAR, LongRun
from tui.live.session import Session


class LongActs(LongRun):
    """Runs the planner's actions one after the other; returns the resulting change."""

    title_text = "Processing the marked instances"

    def __init__(self, session: Session, planner: Planner, asked: int) -> None:
        super().__init__(session, session.workspace.clock)
        self.plan: Plan | None = None
        """The plan, once the planner has made it."""
        self._planner = planner
        self._asked = asked
        self._acted = 0

    def work(self) -> Change | LapseError:
        """The work of the thread."""

        def actions() -> Plan:
            self.plan = self._planner()
            return self.plan

        return self._session.act_long(lambda: actions().actions, self._progress)

    @property
    def acted(self) -> int:
        """How many actions were done."""
        return self._acted

    def _progress(self, clock: int, count: int) -> bool:
        self._acted += 1
        return super()._progress(clock, count)

    def _done(self, clock: int) -> int:
        return BAR * self._acted // max(self._asked, 1)

    def _show(self, clock: int, count: int) -> None:
        self._drawn = done = self._done(clock)
        state = "stopping" if self._cancelled.is_set() else f"{self._acted:,} of {self._asked:,} marked"
        self.query_one("#progress", Static).update(
            Content.assemble(("━" * done, "$accent"), ("─" * (BAR - done), "$rule"), f"\n{state}")
        )
