"""The clock bar: a notice that this is a simulation, its date and pace, the account's money, and the time strip."""

from typing import Final, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message

from core.base.money import group_amount
from core.words.sentences import tell_clock, tell_day, tell_length
from core.world.model import Account
from tui.live.forecasts import NEED_DAYS
from tui.live.session import Session
from tui.live.troubles import FAILING, LOW, OVERDUE, Trouble
from tui.text.cells import cut, one_line
from tui.text.glyphs import PAUSED, PLAYING
from tui.widgets.drawing import Lined
from tui.widgets.time_strip import Stretch, stretch, strip_of_time

_NARROW: Final = 72
_WIDE: Final = 100
_VERY_WIDE: Final = 140
_CUT_FROM_WORTH: Final = 7
"""Pieces of at least this worth are cut, if they can be, rather than left out."""
_NAME: Final = 4
"""The narrowest width in cells that a name is cut to: it is still recognizable."""
_MARK: Final = "  ! "
"""The prefix of a trouble. It never stands alone: the trouble or the account's name follows it."""
_AFTER_PRODUCT: Final = 3
_AROUND_GROUPS: Final = 7
"""Minimum cells around and between the groups."""
_STYLES: Final = {OVERDUE: "bold $state-overdue", FAILING: "$state-overdue", LOW: "$state-overdue"}
"""The style of each trouble of an account."""
_WORDS: Final = {OVERDUE: "overdue", FAILING: "short", LOW: "low"}
"""The word for each trouble of an account."""
_REASON: Final = 26
"""Cells kept for a pause reason while other pieces can still be left out."""
_LEAST_REASON: Final = 8
"""The narrowest width in cells that a reason is cut to."""


class Piece(NamedTuple):
    """A piece of the first line: its group (one of three), text, style and worth. When there is too little room, it is
    replaced by its `shorter` text first, if it has one. A piece that may be cut keeps at least `least` cells. With
    `least` 0 it is never cut: a cut date or amount would state something false.
    """

    group: int
    text: str
    style: str
    worth: int
    shorter: str = ""
    least: int = 0


class ClockBar(Lined):
    """The two lines at the top of every screen."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="clock-bar")
        self._session = session
        self._account: Account | None = None
        self._shown: tuple[object, ...] = ()
        self._need: int | None = None
        self._strip_for: tuple[int, ...] = ()
        self._strip_of_time = Content("")

    class DayChosen(Message):
        """A day in the time strip was clicked."""

        def __init__(self, day: int) -> None:
            super().__init__()
            self.day = day

    def on_click(self, event: events.Click) -> None:
        """Select the clicked day of the time strip."""
        day = self._days(self.size.width).day_at(event.x) if event.y == 1 else None
        if day is not None:
            self.post_message(self.DayChosen(day))

    def show(self, account: Account | None) -> None:
        """Redraw the bar with the money of `account`."""
        session = self._session
        self._need = None if account is None else session.forecasts.needed(account.id)
        state = (session.revision, session.forecasts.count, *session.pacer.state)
        shown = (*state, account and account.id, self._need)
        if shown != self._shown:
            self._account, self._shown = account, shown
            self.rewrite()

    def lines(self) -> list[Content]:
        """The first line and the time strip."""
        width = self.size.width
        return [self._first_line(width), self._strip(width)]

    def cuts_reason(self) -> bool:
        """Whether the reason for an automatic pause is cut for lack of room."""
        reason = self._session.pacer.reason
        told = "".join(piece.text for piece in self._fitted(self.size.width))
        return reason is not None and one_line(reason) not in told

    def _first_line(self, width: int) -> Content:
        """The product, then the clock, so that the date never moves; the money is on the right."""
        pieces = self._fitted(width)
        groups = [[(piece.text, piece.style) for piece in pieces if piece.group == group] for group in range(3)]
        gap = max(width - 2 - _size(pieces) - _AFTER_PRODUCT, 1)
        return Content.assemble(
            " ", *groups[0], " " * _AFTER_PRODUCT, *groups[1], " " * gap, *groups[2], " "
        ).truncate(width)  # fmt: skip

    def _fitted(self, width: int) -> list[Piece]:
        """The pieces that fit. The least valuable is dropped first; a reason is cut before the most valuable pieces are
        dropped.
        """
        pieces = [*self._product(width), *self._clock(width), *self._money(width)]
        while _least(pieces) + _AROUND_GROUPS > width and (
            droppable := [piece for piece in pieces if piece.worth < _CUT_FROM_WORTH]
        ):
            _drop(pieces, min(droppable, key=_worth))
        while (excess := _size(pieces) + _AROUND_GROUPS - width) > 0 and len(pieces) > 1:
            if long := [piece for piece in pieces if 0 < piece.least < cell_len(piece.text)]:
                longest = max(long, key=lambda piece: cell_len(piece.text))
                room = max(cell_len(longest.text) - excess, longest.least)
                pieces[pieces.index(longest)] = longest._replace(text=cut(longest.text, room))
            else:
                pieces.remove(min(pieces, key=_worth))
        return pieces

    def _product(self, width: int) -> list[Piece]:
        """The product name. Its width does not depend on the other pieces."""
        if width < _WIDE:
            return [Piece(0, "Lapse sim" if width >= _NARROW else "sim", "bold $accent", _CUT_FROM_WORTH + 2)]
        name = cut(one_line(self._session.name), 24 if width >= _VERY_WIDE else 10)
        return [
            Piece(0, "Lapse simulation", "bold $accent", _CUT_FROM_WORTH + 2),
            Piece(0, f"  {name}", "", _CUT_FROM_WORTH, least=2 + _NAME),
        ]

    def _clock(self, width: int) -> list[Piece]:
        workspace, pacer = self._session.workspace, self._session.pacer
        passed = workspace.clock - workspace.head.started
        distance = f"{tell_length(passed)} in" if passed else "at the start"
        date = Piece(1, tell_clock(workspace.clock, workspace.calendar), "bold", _CUT_FROM_WORTH + 3)
        if pacer.reason is not None:
            reason = f"  {PAUSED} {one_line(pacer.reason)}"
            return [date, Piece(1, reason, "bold $state-expired", _CUT_FROM_WORTH, least=_LEAST_REASON)]
        pieces = [date]
        if pacer.playing:
            until = " until bad" if pacer.until_bad else ""
            pieces.append(Piece(1, f"  {PLAYING} {pacer.speed.title}{until}", "bold $accent", _CUT_FROM_WORTH + 1))
        else:
            pieces.append(Piece(1, f"  {PAUSED}", "$quiet", _CUT_FROM_WORTH + 2))
            pieces.append(Piece(1, " paused", "$quiet", 3))
            if width >= _WIDE:
                pieces.append(Piece(1, f" ({pacer.speed.title})", "$quiet", 1))
        # Last, because its width changes with every step of the clock.
        return [*pieces, Piece(1, f"  {distance}", "$quiet", 4)]

    def _money(self, width: int) -> list[Piece]:
        """The account and its balance, its trouble, and the trouble of other accounts."""
        account = self._account
        if account is None:
            return []
        wide = width >= _WIDE
        troubles = self._session.troubles.all()
        pieces = [
            Piece(2, cut(one_line(account.id), 16 if wide else 10), "$quiet", _CUT_FROM_WORTH + 1, least=_NAME),
            Piece(2, f" {group_amount(account.balance, account.currency)}", "", _CUT_FROM_WORTH + 2),
        ]
        own = troubles.pop(account.id, None)
        if own is not None:
            told, word = _MARK + self._words(own), _MARK + _WORDS[own.what]
            whole = Piece(2, word, _STYLES[own.what], _CUT_FROM_WORTH)
            pieces.append(whole if told == word else whole._replace(text=told, worth=_CUT_FROM_WORTH - 1, shorter=word))
        if self._need:
            style = "$quiet" if self._need <= account.balance else "$state-overdue"
            needed = group_amount(self._need, account.currency)
            # The currency is shown with the balance beside it.
            shorter = f"  due in {NEED_DAYS} d: {needed.removeprefix(account.currency).lstrip()}"
            pieces.append(Piece(2, f"  due in {NEED_DAYS} days: {needed}", style, 3, shorter))
        if troubles:
            pieces += self._others(list(troubles.values()), 16 if wide else 10)
        return pieces

    def _others(self, troubles: list[Trouble], room: int) -> list[Piece]:
        """The worst trouble among the other accounts, and how many more of them are in trouble."""
        worst = min(troubles)
        style = _STYLES[worst.what]
        more = f" +{len(troubles) - 1:,}" if len(troubles) > 1 else ""
        return [
            Piece(2, _MARK + cut(one_line(worst.account), room), style, _CUT_FROM_WORTH + 2, least=len(_MARK) + _NAME),
            Piece(2, f" {self._words(worst)}", style, 3),
            Piece(2, more, "$quiet", _CUT_FROM_WORTH + 1),
        ]

    def _words(self, trouble: Trouble) -> str:
        """What is wrong; for a payment that will fail, also when."""
        word, workspace = _WORDS[trouble.what], self._session.workspace
        if trouble.what != FAILING:
            return word
        return f"{word} {tell_day(trouble.at, workspace.clock, workspace.calendar)}"

    def _days(self, width: int) -> Stretch:
        """The days that the strip shows."""
        workspace = self._session.workspace
        return stretch(workspace.head.started, workspace.clock, workspace.calendar, width)

    def _strip(self, width: int) -> Content:
        """The strip, rebuilt only when the fleet or the width has changed."""
        session = self._session
        workspace = session.workspace
        coming, reach = session.forecasts, session.forecasts.reach
        wanted = (session.revision, coming.count, reach, width)
        if self._strip_for != wanted:
            self._strip_for = wanted
            days = self._days(width)
            self._strip_of_time = strip_of_time(session.tally, coming.days, reach, days, workspace.calendar)
        return self._strip_of_time


def _drop(pieces: list[Piece], piece: Piece) -> None:
    """Remove a piece, or replace it by its shorter text, which ranks above other pieces of equal worth."""
    if piece.shorter:
        pieces[pieces.index(piece)] = piece._replace(text=piece.shorter, shorter="", worth=piece.worth + 1)
    else:
        pieces.remove(piece)


def _size(pieces: list[Piece]) -> int:
    return sum(cell_len(piece.text) for piece in pieces)


def _least(pieces: list[Piece]) -> int:
    """The cells that the pieces need when a reason is cut to its minimum."""
    return sum(min(cell_len(piece.text), _REASON) if PAUSED in piece.text else cell_len(piece.text) for piece in pieces)


def _worth(piece: Piece) -> int:
    return piece.worth
