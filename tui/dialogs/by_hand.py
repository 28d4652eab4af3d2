"""The small dialog that sets instances to manual renewal or to non-renewal, and says what follows."""

from collections.abc import Sequence
from typing import Final

from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from core.actions import SetManualRenewal, SetNonRenewal
from core.model import AUTO, MANUAL, RELEASED, Instance
from core.orders import RenewalAction
from core.renewing import Lapse, lapse
from core.telling import tell_day, tell_moment
from tui.dialogs.bulk import BulkDialog, named, short_reason
from tui.session import Session
from tui.widgets.cells import one_line
from tui.widgets.dates import short_day
from tui.widgets.rows import Cell, Column, Row, RowTable
from tui.widgets.states import MARKS

_ROWS: Final = 9


class ByHandDialog(BulkDialog):
    """Asks once; gives the action."""

    keys_text = "enter set · esc leave"
    verb = "set"
    text_lines = 7

    def __init__(self, session: Session, instances: Sequence[Instance], mode: str) -> None:
        super().__init__(session, instances)
        self._mode = mode
        self.rows = min(len(self.instances), _ROWS) + 1
        self.title_text = self.title_now()
        self._first: Instance | None = None
        self.look()

    def look(self) -> None:
        """Find the one that expires first."""
        self._first = min(
            (one for one in self.instances if one.state != RELEASED and one.expires is not None),
            key=lambda one: one.expires or 0,
            default=None,
        )

    def title_now(self) -> str:
        """What is set, and on whom."""
        how = "manual renewal" if self._mode == MANUAL else "non-renewal"
        return f"Set {named(self.instances)} to {how}"

    def parts(self) -> list[Widget]:
        """The instances with what comes of each, and what follows in words."""
        columns = (
            Column("Instance", 10, grows=True), Column("Now", 11), Column("Expires", 10),
            Column("Reminders", 21), Column("Deleted", 8),
        )  # fmt: skip
        return [
            Horizontal(RowTable(columns, self._row, "", id="each"), classes="lists"),
            Static(classes="answer", markup=False),
        ]

    def _row(self, key: str) -> Row | None:
        instance = self.workspace.world.instances.get(key)
        if instance is None:
            return None
        mode, _, months, _ = instance.renewal
        now = f"auto, {months} mo" if mode == AUTO else "manual" if mode == MANUAL else "non-renewal"
        offence = self.offence_of(key)
        if offence is not None:
            words, style = short_reason(offence, instance)
            return Row((Cell(one_line(key), style), Cell(now), Cell(words, style), Cell(""), Cell("")))
        there = self._lapse(instance)
        days = ", ".join(self._day(at) for at in there.reminders) or "none left"
        expires = Cell(f"{MARKS[instance.state]} {short_day(there.expires, self.workspace)}", instance.state)
        return Row(
            (Cell(one_line(key)), Cell(now), expires, Cell(days), Cell(short_day(there.release, self.workspace)))
        )

    def _day(self, instant: int) -> str:
        return tell_day(instant, self.workspace.clock, self.workspace.calendar)

    def _lapse(self, instance: Instance) -> Lapse:
        workspace = self.workspace
        return lapse(instance, self._mode, workspace.clock, workspace.policy, workspace.timetable)

    def action_now(self) -> RenewalAction:
        """The action."""
        return SetManualRenewal(self.ids) if self._mode == MANUAL else SetNonRenewal(self.ids)

    def answer(self) -> list[Content]:
        """What follows if nobody renews them."""
        lines: list[Content] = []
        if self._mode == MANUAL:
            told = "No payment is tried any more (A8); its owner is reminded on these days (N2)."
        else:
            told = "Like manual renewal, but with a single reminder (N2): no payment is tried any more (A8)."
        lines += [Content.styled(line, "$quiet") for line in self.fitted(told)]
        if self._first is not None and not self.offences:
            lines += [Content.styled(line, "$state-overdue") for line in self.fitted(self._follows(self._first))]
        return lines

    def _follows(self, first: Instance) -> str:
        """When the first of them loses its service, and then its data."""
        workspace, there = self.workspace, self._lapse(first)
        expires = tell_moment(there.expires, workspace.clock, workspace.calendar)
        release = tell_moment(there.release, workspace.clock, workspace.calendar)
        who = "it" if len(self.instances) == 1 else f"the first, {one_line(first.id)},"
        verb = "expires" if there.expires > workspace.clock else "expired"
        return f"Unless somebody renews, {who} {verb} {expires} and is released {release}, its data gone (E2)."
