"""The small dialog that sets instances to manual renewal or non-renewal and shows the consequences."""

from collections.abc import Sequence
from typing import Final

from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from core.ahead.renewal_preview import Lapse, lapse
from core.simulation.orders import RenewalAction
from core.words.sentences import tell_day, tell_moment
from core.world.actions import SetManualRenewal, SetNonRenewal
from core.world.model import AUTO, ENTERPRISE, MANUAL, NONE, RELEASED, Instance
from tui.dialogs.bulk import BulkDialog, named, short_reason
from tui.live.session import Session
from tui.text.cells import one_line
from tui.widgets.dates import in_column, short_day
from tui.widgets.rows import Cell, Column, Row, RowTable

_ROWS: Final = 9
_DAY: Final = 8
_REMINDERS, _FEWER = 21, 18
"""Width in cells of the reminders column, and its width when dates in another year (longer than `_DAY`) need room."""
MODE_WORDS: Final = {MANUAL: "manual renewal", NONE: "non-renewal"}
"""Each mode in words."""


class ByHandDialog(BulkDialog):
    """Asks for confirmation; returns the action."""

    keys_text = "enter set · esc cancel"
    verb = "set"
    text_lines = 7

    def __init__(self, session: Session, instances: Sequence[Instance], mode: str) -> None:
        super().__init__(session, instances)
        self._mode = mode
        self._room = _REMINDERS
        self.look()
        self.rows = min(len(self.instances), _ROWS) + 1
        self.title_text = self.title_now()

    def look(self) -> None:
        """Find the instances that already have this mode, and, among the others, the one that expires first."""
        there = [item for item in self.instances if item.kind == ENTERPRISE and item.state != RELEASED]
        self._same = frozenset(item.id for item in there if item.renewal.mode == self._mode)
        self._changing = tuple(item for item in self.instances if item.id not in self._same)
        self._first = min(
            (one for one in self._changing if one.state != RELEASED and one.expires is not None),
            key=_expiry,
            default=None,
        )
        self.keys_text = "enter set · esc cancel" if self._changing else "esc cancel"

    def title_now(self) -> str:
        """The title: the mode and the instances."""
        return f"Set {named(self._changing or self.instances)} to {MODE_WORDS[self._mode]}"

    def parts(self) -> list[Widget]:
        """The instances with the consequences of each, and a summary in words."""
        day = self._longest_day()
        ends = max(_DAY, day)
        self._room = _REMINDERS if day <= _DAY else _FEWER
        columns = (
            Column("Instance", 10, grows=True, ids=10), Column("Now", 11), Column("Expires", ends),
            Column("Reminders" if self._mode == MANUAL else "Reminder", self._room), Column("Deleted", ends),
        )  # fmt: skip
        return [
            Horizontal(RowTable(columns, self._row, "", id="each"), classes="lists"),
            Static(classes="answer", markup=False),
        ]

    def _longest_day(self) -> int:
        """Width in cells of the longest date in a row: dates in another year are longer."""
        there = [one for one in self._changing if one.expires is not None]
        if not there:
            return 0
        ends = (self._lapse(chosen(there, key=_expiry)) for chosen in (min, max))
        return max(len(in_column(short_day(at, self.workspace))) for end in ends for at in (end.expires, end.release))

    def _row(self, key: str) -> Row | None:
        instance = self.workspace.world.instances.get(key)
        if instance is None:
            return None
        mode, _, months, _ = instance.renewal
        now = f"auto, {months} mo" if mode == AUTO else "manual" if mode == MANUAL else "non-renewal"
        now = now if instance.kind == ENTERPRISE else "-"
        offence = self.offence_of(key)
        if offence is not None:
            words, style = short_reason(offence, instance)
            return Row((Cell(one_line(key), style), Cell(now), Cell("-"), Cell(words, style), Cell("-")))
        if key in self._same:
            return Row((Cell(one_line(key)), Cell(now), Cell("-"), Cell("nothing changes"), Cell("-")), dim=True)
        there = self._lapse(instance)
        days = self._days(there.reminders)
        expires, release = (Cell(in_column(short_day(at, self.workspace))) for at in (there.expires, there.release))
        return Row((Cell(one_line(key)), Cell(now), expires, Cell(days), release))

    def _days(self, reminders: Sequence[int]) -> str:
        """The days of the reminders. If there is no room for all, the next one and how many more."""
        days = [in_column(self._day(at)) for at in reminders[:1]] + [self._day(at) for at in reminders[1:]]
        told = ", ".join(days) or "none left"
        if len(told) <= self._room:
            return told
        counted = f"{days[0]}, {len(days) - 1} more"
        return counted if len(counted) <= self._room else f"{days[0]} +{len(days) - 1}"

    def _day(self, instant: int) -> str:
        return tell_day(instant, self.workspace.clock, self.workspace.calendar)

    def _lapse(self, instance: Instance) -> Lapse:
        workspace = self.workspace
        return lapse(instance, self._mode, workspace.clock, workspace.policy, workspace.timetable)

    def action_now(self) -> RenewalAction:
        """The action."""
        ids = tuple(instance.id for instance in self._changing)
        return SetManualRenewal(ids) if self._mode == MANUAL else SetNonRenewal(ids)

    def answer(self) -> list[Content]:
        """The consequences if nobody renews the instances."""
        lines: list[Content] = []
        if same := len(self._same):
            whom = "it is" if same == 1 else "they are"
            where = f" for {same:,}" if self._changing else ""
            lines.append(Content(f"Nothing changes{where}: {whom} set to {MODE_WORDS[self._mode]} already."))
        if not self._changing:
            return lines
        if self._mode == MANUAL:
            told = "No payment is tried any more (A8); its owner is reminded on these days (N2)."
        else:
            told = "Like manual renewal, but with one reminder (N2): no payment is tried any more (A8)."
        lines += [Content.styled(line, "$quiet") for line in self.fitted(told)]
        if self._first is not None and not self.offences:
            lines += [Content.styled(line, "$state-overdue") for line in self.fitted(self._consequences(self._first))]
        return lines

    def action_confirm(self) -> None:
        """Return the action; if nothing would change, only close the dialog."""
        if self._changing:
            super().action_confirm()
        else:
            self.finish(None)

    def _consequences(self, first: Instance) -> str:
        """When the first instance loses its service, and then its data."""
        workspace, there = self.workspace, self._lapse(first)
        expires = tell_moment(there.expires, workspace.clock, workspace.calendar)
        release = tell_moment(there.release, workspace.clock, workspace.calendar)
        who = "it" if len(self._changing) == 1 else f"the first, {one_line(first.id)},"
        if there.expires <= workspace.clock:
            gone = who[:1].upper() + who[1:]
            return (
                f"{gone} expired {expires}. Unless somebody renews it, it is released {release}, its data deleted (E2)."
            )
        return f"Unless somebody renews, {who} expires {expires} and is released {release}, its data deleted (E2)."


def _expiry(instance: Instance) -> int:
    return instance.expires or 0
