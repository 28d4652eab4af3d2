"""The clock bar: that this is a simulation, its date and pace, the account's money, and the strip of time."""

from typing import Final

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from core.model import Account
from core.money import group_amount
from core.telling import tell_clock, tell_length
from tui.session import Session
from tui.widgets.cells import cut, one_line
from tui.widgets.glyphs import PAUSED, PLAYING
from tui.widgets.timestrip import strip_of_time

Part = tuple[str, str]
_WIDE: Final = 100


class ClockBar(Widget):
    """Two lines on top of every screen."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="clock-bar")
        self._session = session
        self._account: Account | None = None
        self._shown: tuple[object, ...] = ()
        self._strip_for: tuple[int, int] | None = None
        self._strip_of_time = Content("")

    def show(self, account: Account | None) -> None:
        """Draw the bar anew, with the money of `account`."""
        session = self._session
        shown = (session.revision, session.pacer.playing, session.pacer.speed, account and account.id)
        if shown != self._shown:
            self._account, self._shown = account, shown
            self.refresh()

    def render(self) -> Content:
        """Both lines."""
        width = self.size.width
        return Content("\n").join([self._first_line(width), self._strip(width)])

    def _first_line(self, width: int) -> Content:
        left, middle, right = self._left(width), self._middle(width), self._money(width)
        room = width - 2 - sum(_size(group) for group in (left, middle, right))
        if room < 2:
            left, room = left[:1], width - 2 - _size(left[:1]) - _size(middle) - _size(right)
        if room < 2:
            right, room = right[-1:], width - 2 - _size(left) - _size(middle) - _size(right[-1:])
        before = max(room // 2, 1)
        gaps: tuple[Part, Part] = ((" " * before, ""), (" " * max(room - before, 1), ""))
        return Content.assemble(" ", *left, gaps[0], *middle, gaps[1], *right, " ").truncate(width)

    def _left(self, width: int) -> list[Part]:
        parts: list[Part] = [("Lapse simulation", "bold $accent")]
        if width >= _WIDE:
            parts.append((f"  {cut(one_line(self._session.name), 24)}", ""))
        return parts

    def _middle(self, width: int) -> list[Part]:
        workspace, pacer = self._session.workspace, self._session.pacer
        gap = "   " if width >= _WIDE else "  "
        passed = workspace.clock - workspace.head.started
        distance = f"{tell_length(passed)} in" if passed else "at the start"
        pace = f"{PLAYING} {pacer.speed.title}" if pacer.playing else f"{PAUSED} paused"
        if width >= _WIDE and not pacer.playing:
            pace += f" ({pacer.speed.title})"
        return [
            (tell_clock(workspace.clock, workspace.calendar), "bold"),
            (gap + distance, "$quiet"),
            (gap + pace, "bold $accent" if pacer.playing else "$quiet"),
        ]

    def _money(self, width: int) -> list[Part]:
        account = self._account
        if account is None:
            return []
        parts: list[Part] = []
        if width >= _WIDE and len(self._session.workspace.world.accounts) > 1:
            parts.append((f"{cut(one_line(account.id), 16)}  ", "$quiet"))
        parts.append((group_amount(account.balance, account.currency), ""))
        if account.overdue_since is not None:
            parts.append(("  ! overdue", "bold $state-overdue"))
        elif account.low_balance_alert is not None and account.balance < account.low_balance_alert:
            parts.append(("  low", "$state-overdue"))
        return parts

    def _strip(self, width: int) -> Content:
        """The strip, made anew only when the fleet or the width changed."""
        session = self._session
        workspace = session.workspace
        if self._strip_for != (session.revision, width):
            self._strip_for = (session.revision, width)
            started, clock = workspace.head.started, workspace.clock
            self._strip_of_time = strip_of_time(session.tally, started, clock, workspace.calendar, width)
        return self._strip_of_time


def _size(parts: list[Part]) -> int:
    return sum(cell_len(text) for text, _ in parts)
