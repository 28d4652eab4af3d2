"""The rows below the dashboard: the caption and the keys that were just pressed."""

from collections.abc import Iterator
from typing import NamedTuple

from tui.recording.pictures import Cell, CellRow, Look, cells_of
from tui.recording.script import CAPTION_ROWS
from tui.text.cells import fit


class CaptionBand(NamedTuple):
    """Draws the rows below the dashboard, in the given styles."""

    plain: Look
    strong: Look
    key: Look

    def rows(self, columns: int, caption: str, keys: str) -> Iterator[CellRow]:
        """The rows. The middle one has the caption on the left and the keys on the right."""
        blank = Cell(" ", self.plain)
        for number in range(CAPTION_ROWS):
            if number != CAPTION_ROWS // 2:
                yield (blank,) * columns
                continue
            pressed = tuple(cells_of(f" {keys} ", self.key)) if keys else ()
            words = fit(f"  {caption}", columns - len(pressed) - 2)
            yield (*cells_of(words, self.strong), blank, *pressed, blank)
