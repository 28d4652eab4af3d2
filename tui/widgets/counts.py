"""The counts by state. They are filters too: click one, or press up and down while they have the focus."""

from typing import Final

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message

from core.world.model import STATES
from tui.text.states import MARKS
from tui.widgets.drawing import Lined

ALL: Final = "all"
_MAX_LINES: Final = 2


class StateCounts(Lined, inherit_bindings=False):
    """How many instances are in each state."""

    can_focus = True

    class Chosen(Message):
        """A state was chosen; None means all states."""

        def __init__(self, state: str | None) -> None:
            super().__init__()
            self.state = state

    def __init__(self) -> None:
        super().__init__(id="counts")
        self._counts: dict[str, int] = {}
        self._chosen: tuple[str, ...] = ()

    def show(self, counts: dict[str, int], chosen: tuple[str, ...]) -> None:
        """Show these counts. `chosen` holds the states that the filter selects."""
        if (counts, chosen) == (self._counts, self._chosen):
            return
        before = len(self._lines(self.size.width or 80))
        self._counts, self._chosen = dict(counts), chosen
        if before == len(self._lines(self.size.width or 80)):
            self.rewrite()
        else:
            self.refresh(layout=True)

    def move(self, steps: int) -> None:
        """Choose the next or the previous state that has instances."""
        choices: list[str | None] = [None, *(state for state in STATES if self._counts.get(state))]
        present = self._chosen[0] if len(self._chosen) == 1 and self._chosen[0] in choices else None
        self.post_message(self.Chosen(choices[(choices.index(present) + steps) % len(choices)]))

    def page(self, pages: float) -> None:
        """Same as `move` by one: the counts have no pages."""
        self.move(1 if pages > 0 else -1)

    def end(self, direction: int) -> None:
        """Choose all states."""
        self.post_message(self.Chosen(None))

    def _chips(self) -> list[tuple[str | None, str]]:
        """The state and text of each chip: only states that have instances or that the filter selects."""
        chips: list[tuple[str | None, str]] = [(None, f"{sum(self._counts.values()):,} {ALL}")]
        for state in STATES:
            count = self._counts.get(state, 0)
            if count or state in self._chosen:
                chips.append((state, f"{MARKS[state]} {count:,} {state}"))
        return chips

    def _lines(self, width: int) -> list[list[tuple[int, str | None, str]]]:
        """The chips by line: column, state and text of each."""
        gap = 3 if width >= 100 else 2
        chips = self._chips()
        if sum(cell_len(text) + 2 for _, text in chips) > width:
            # Keep all on one line, if necessary without the space behind the mark.
            chips = [(state, text.replace(" ", "", 1) if state else text) for state, text in chips]
        lines: list[list[tuple[int, str | None, str]]] = [[]]
        at = 1
        for state, text in chips:
            if at + cell_len(text) > width and lines[-1] and len(lines) < _MAX_LINES:
                lines.append([])
                at = 1
            lines[-1].append((at, state, text))
            at += cell_len(text) + gap
        return lines

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line, or two if one is too narrow."""
        return len(self._lines(width))

    def lines(self) -> list[Content]:
        """The chips; chosen ones are underlined."""
        return [self._render_line(line) for line in self._lines(self.size.width)]

    def _render_line(self, line: list[tuple[int, str | None, str]]) -> Content:
        parts: list[tuple[str, str]] = []
        at = 0
        for column, state, text in line:
            chosen = state in self._chosen if state else not self._chosen
            colour = f"$state-{state}" if state else "$foreground"
            parts += [(" " * (column - at), ""), (text, f"bold underline {colour}" if chosen else colour)]
            at = column + cell_len(text)
        return Content.assemble(*parts).truncate(self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Show only the clicked state; if it is already chosen, show all states again."""
        lines = self._lines(self.size.width)
        for column, state, text in lines[event.y] if event.y < len(lines) else []:
            if column <= event.x < column + cell_len(text):
                self.post_message(self.Chosen(None if state in self._chosen else state))
