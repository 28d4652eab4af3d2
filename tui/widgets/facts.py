"""A list of facts, one below the other: the label on the left, the wrapped text on the right."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from tui.text.cells import wrapped

LABEL: Final = 16
"""Width in cells of the labels, including the gap behind them."""


class Fact(NamedTuple):
    """A label (empty: the text takes the whole width), a text, and the text's style."""

    label: str
    text: str
    style: str = ""


class Facts(Widget):
    """Shows facts, and is as high as their lines."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._facts: tuple[Fact, ...] = ()

    def show(self, facts: Sequence[Fact]) -> None:
        """Show these facts."""
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
