"""The money chart: an account's forecast balance, what it will owe, and each charge on the way."""

from collections.abc import Callable, Sequence
from typing import Final

from textual import events
from textual.content import Content

from core.ahead.forecast import BILL, FAILED, RENEWAL, UNPAID
from core.ahead.money_ahead import Moment, MoneyAhead, Slot, slot_of
from core.base.instants import DAY
from core.words.sentences import tell_day
from core.world.model import Account
from tui.live.forecasts import AHEAD
from tui.live.session import Session
from tui.text.cells import cut, fit
from tui.text.glyphs import draws_ascii
from tui.widgets.drawing import Lined, entitle
from tui.widgets.scale import Scale, scale_for, short_amount

HEIGHTS: Final = " ▁▂▃▄▅▆▇█"
"""Signs for a cell filled from below, by eighths."""
DEPTHS: Final = " ▀█"
"""Signs for a cell filled from above, by halves."""
FULL_IN_ASCII: Final = "▇"
"""The sign for a full cell if signs are replaced by ASCII: its replacement is the same as that of the other heights."""
LINE: Final = "─"
THRESHOLD: Final = "╌"
WALL: Final = "│"
MARKS: Final = {
    FAILED: ("?", "bold $state-expired"),
    UNPAID: ("!", "bold $state-overdue"),
    RENEWAL: ("$", "bold $accent"),
    BILL: ("·", "$quiet"),
}
"""The mark and colour of each kind of event in a column."""
LEGEND: Final = (("$", "paid"), ("?", "fails"), ("!", "unpaid"))
AREAS: Final = (("▄", "balance"), ("▀", "owed"))
"""The two areas: above the zero line, and below it."""
COVERED: Final = "$area-covered"
SHORT: Final = "$area-short"
OWED: Final = "$area-owed"

_LABEL_GAP: Final = 10
_STEPS: Final = (1, 2, 7, 14, 28, 56)
_LEAST: Final = 8

Run = tuple[str, str]


class MoneyChart(Lined, inherit_bindings=False):
    """The chart. While it has the focus, up and down move through the coming charges."""

    can_focus = True

    def __init__(self, session: Session) -> None:
        super().__init__(id="chart")
        self._session = session
        self._account: Account | None = None
        self._ahead: MoneyAhead | None = None
        self._chosen: int | None = None
        self.chose: Moment | None = None
        """The chosen moment, if any."""
        self.moment_chosen: Callable[[], None] | None = None
        """Called at once, in the same turn of the event loop, when another moment is chosen."""
        self.border_title = "Money ahead"

    # What is shown

    def show(self, account: Account | None, ahead: MoneyAhead | None) -> None:
        """Show an account's forecast; `ahead` is None while it is being calculated."""
        if account is None or self._account is None or account.id != self._account.id:
            self._chosen = self.chose = None
        self._account, self._ahead = account, ahead
        entitle(self, "Money ahead" if account is None else self._title(account))
        if self.chose is not None:
            stops = self._stops()
            place = next((index for index, moment in enumerate(stops) if moment.at >= self.chose.at), None)
            self._chosen, self.chose = (None, None) if place is None else (place, stops[place])
        self.rewrite()

    def _title(self, account: Account) -> str:
        """The chart's title and, as far as there is room, what its marks mean."""
        parts = [f"Money ahead in {account.currency} ", *(f"{mark} {word}" for mark, word in LEGEND)]
        parts += (f"{sign} {word}" for sign, word in AREAS)
        if account.low_balance_alert is not None:
            parts.append(f"{THRESHOLD} alert")
        while len(parts) > 1 and len("  ".join(parts)) > self.size.width:
            parts.pop()
        return "  ".join(parts)

    def on_resize(self) -> None:
        """Fit the title to the width."""
        if self._account is not None:
            entitle(self, self._title(self._account))

    def _stops(self) -> Sequence[Moment]:
        """The moments that can be chosen."""
        return () if self._ahead is None else self._ahead.noteworthy(self._session.workspace.clock)

    # Moving

    def move(self, steps: int) -> None:
        """Choose the next or the previous moment; before the first, none is chosen."""
        stops = self._stops()
        place = (-1 if self._chosen is None else self._chosen) + steps
        self._choose(stops, min(place, len(stops) - 1))

    def page(self, pages: float) -> None:
        """Move by ten moments."""
        self.move(10 if pages > 0 else -10)

    def end(self, direction: int) -> None:
        """Choose the first or the last moment."""
        stops = self._stops()
        self._choose(stops, 0 if direction < 0 else len(stops) - 1)

    def leave(self) -> bool:
        """Clear the choice; returns whether a moment was chosen."""
        was_chosen = self._chosen is not None
        self._choose([], -1)
        return was_chosen

    def _choose(self, stops: Sequence[Moment], place: int) -> None:
        self._chosen, self.chose = (place, stops[place]) if 0 <= place < len(stops) else (None, None)
        self.rewrite()
        if self.moment_chosen is not None:
            self.moment_chosen()

    def on_click(self, event: events.Click) -> None:
        """Choose the moment nearest to the click."""
        account, ahead = self._account, self._ahead
        stops = self._stops()
        if account is None or ahead is None or not stops:
            return
        left, width = self._room(account, ahead)
        clock = self._session.workspace.clock
        at = clock + AHEAD * max(event.x - self.gutter.left - left, 0) // width
        self._choose(stops, min(range(len(stops)), key=lambda place: abs(stops[place].at - at)))

    # Drawing

    def _most(self, account: Account) -> int:
        """The highest amount on the scale: the balance, and the alert threshold unless it is far above the balance."""
        alert = account.low_balance_alert or 0
        return max(account.balance, alert if alert <= 4 * account.balance or not account.balance else 0)

    def _scale(self, account: Account, ahead: MoneyAhead) -> Scale:
        clock = self._session.workspace.clock
        owed = max([ahead.at(clock)[1], *(moment.owed for moment in ahead.after(clock))])
        return scale_for(self._most(account), owed, max(self.size.height - 2, 1), account.currency)

    def _room(self, account: Account, ahead: MoneyAhead) -> tuple[int, int]:
        """The cells of the amounts on the left, and of the chart."""
        scale = self._scale(account, ahead)
        ticks = [scale.step * (scale.above // scale.every), -scale.step * (scale.below // scale.every), 0]
        left = max(len(short_amount(tick, account.currency)) for tick in ticks) + 2
        return left, max(self.size.width - left, _LEAST)

    def lines(self) -> list[Content]:
        """The rows above zero, the zero line with the charges, the rows below, and the dates."""
        account, ahead = self._account, self._ahead
        if account is None:
            return []
        if ahead is None:
            return [Content.styled("Looking ahead...", "$quiet")]
        scale, (left, width) = self._scale(account, ahead), self._room(account, ahead)
        clock = self._session.workspace.clock
        slots = ahead.slots(clock, clock + AHEAD, width)
        walls = self._walls(ahead, width)
        lines = [self._above(row, scale, slots, walls, width, left) for row in range(scale.above, 0, -1)]
        lines.append(self._zero(slots, walls, width, left))
        lines += [self._below(row, scale, slots, left) for row in range(1, scale.below + 1)]
        lines.append(self._dates(width, left))
        return lines

    def _walls(self, ahead: MoneyAhead, width: int) -> dict[int, str]:
        """The columns of the first failure and of the chosen moment, with their colours."""
        clock = self._session.workspace.clock
        walls: dict[int, str] = {}
        if (failure := ahead.first_failure(clock)) is not None:
            walls[slot_of(failure.at, clock, clock + AHEAD, width)] = "$state-expired"
        if self.chose is not None:
            walls[slot_of(self.chose.at, clock, clock + AHEAD, width)] = "bold $accent"
        return walls

    def _above(
        self, row: int, scale: Scale, slots: list[Slot], walls: dict[int, str], width: int, left: int
    ) -> Content:
        account = self._account
        assert account is not None
        alert = account.low_balance_alert
        on_alert = alert is not None and scale.row_of(alert) == row
        tick = scale.tick(row)
        runs: list[Run] = [self._label(tick, left)]
        short = False
        for column in range(width):
            slot = slots[column] if column < len(slots) else None
            filled = 0 if slot is None else scale.eighths(slot.balance, row)
            short = short or (slot is not None and slot.worst in (FAILED, UNPAID))
            colour = SHORT if short else COVERED
            on_fill = f" on {colour}" if filled == len(HEIGHTS) - 1 else ""
            if column in walls:
                runs.append((WALL, walls[column]))
            elif on_alert and (on_fill or not filled):
                runs.append((THRESHOLD, f"$foreground{on_fill}" if on_fill else "$quiet"))
            elif filled:
                runs.append((self._shown(HEIGHTS[filled]), colour))
            else:
                runs.append(("·" if tick is not None and column % 2 else " ", "$rule"))
        return _joined(runs)

    def _zero(self, slots: list[Slot], walls: dict[int, str], width: int, left: int) -> Content:
        runs: list[Run] = [self._label(0, left)]
        for column in range(width):
            worst = slots[column].worst if column < len(slots) else None
            mark, style = (LINE, "$quiet") if worst is None else MARKS[worst]
            runs.append((mark, style if column not in walls else f"reverse {walls[column]}"))
        return _joined(runs)

    def _below(self, row: int, scale: Scale, slots: list[Slot], left: int) -> Content:
        tick = scale.tick(row)
        runs: list[Run] = [self._label(None if tick is None else -tick, left)]
        runs += [(self._shown(DEPTHS[scale.halves(slot.owed, row)]), OWED) for slot in slots]
        return _joined(runs)

    def _shown(self, sign: str) -> str:
        """The sign of a bar, adjusted for ASCII. A cell is filled by the sign's own colour, never by its background:
        some terminals change a sign whose colour equals its background, so that it can be seen.
        """
        return FULL_IN_ASCII if sign == HEIGHTS[-1] and self._ascii else sign

    @property
    def _ascii(self) -> bool:
        return draws_ascii(self.app)

    def _label(self, tick: int | None, left: int) -> Run:
        assert self._account is not None
        text = "" if tick is None else short_amount(tick, self._account.currency)
        return fit(text, left - 1, right=True) + " ", "$quiet"

    def _dates(self, width: int, left: int) -> Content:
        workspace = self._session.workspace
        clock, calendar = workspace.clock, workspace.calendar
        every = next((days for days in _STEPS if width * days * DAY >= _LABEL_GAP * AHEAD), _STEPS[-1])
        text, today = "", calendar.day_of(clock)
        for day in range(today, today + AHEAD // DAY, every):
            column = 0 if day == today else slot_of(calendar.midnight(day), clock, clock + AHEAD, width)
            label = " ".join(tell_day(calendar.midnight(day), clock, calendar).split()[:2])
            if column + len(label) <= width and column >= len(text):
                text += " " * (column - len(text)) + label
        return Content.styled(" " * left + cut(text, width), "$quiet")


def _joined(runs: list[Run]) -> Content:
    """Cells joined into a text; neighbours of the same style become one part."""
    parts: list[Run] = []
    for text, style in runs:
        if parts and parts[-1][1] == style:
            parts[-1] = (parts[-1][0] + text, style)
        else:
            parts.append((text, style))
    return Content.assemble(*parts)
