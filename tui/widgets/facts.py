"""A few facts, one below the other: what each is about on the left, what there is to say on the right, wrapped."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from tui.text.cells import wrapped

LABEL: Final = 16
"""Cells of the labels, the gap behind them included."""


class Fact(NamedTuple):
    """What it is about (nothing: it takes the whole width), a sentence or a few words, and their style."""

    label: str
    text: str
    style: str = ""


class Facts(Widget):
    """Shows facts, and is as high as they are."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._facts: tuple[Fact, ...] = ()

    def show(self, facts: Sequence[Fact]) -> None:
        """Show these."""
        if tuple(facts) != self._facts:
            self._facts = tuple(facts)
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The lines that the facts take."""
        return len(self._lines(width))

    def render(self) -> Content:
        """The facts."""
        return Content("\n").join(self._lines(self.size.width))

    def _lines(self, width: int) -> list[Content]:
        lines: list[Content] = []
        for label, text, style in self._facts:
            margin = LABEL if label else 0
            for place, line in enumerate(wrapped(text, width - margin)):
                head = f"{label:<{margin}}" if not place else " " * margin
                lines.append(Content.assemble((head, "$quiet"), (line, style)))
        return lines
