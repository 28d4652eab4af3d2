"""The rows below the dashboard: the caption, and the keys that were just pressed."""

from collections.abc import Iterator
from typing import NamedTuple

from tui.recording.pictures import Cell, Look, Row, cells_of
from tui.recording.script import BAND
from tui.text.cells import fit


class Band(NamedTuple):
    """How the rows look."""

    plain: Look
    strong: Look
    key: Look

    def rows(self, columns: int, caption: str, keys: str) -> Iterator[Row]:
        """The rows: the caption flush left in the middle one, the keys flush right."""
        blank = Cell(" ", self.plain)
        for number in range(BAND):
            if number != BAND // 2:
                yield (blank,) * columns
                continue
            pressed = tuple(cells_of(f" {keys} ", self.key)) if keys else ()
            words = fit(f"  {caption}", columns - len(pressed) - 2)
            yield (*cells_of(words, self.strong), blank, *pressed, blank)
