"""The window that pictures show around a screen: a bar with three dots and the title, a margin, rounded corners."""

from typing import Final, NamedTuple

from tui.recording.pictures import Colour, Recording, mixed

DOTS: Final[tuple[Colour, ...]] = ((0xED, 0x6A, 0x5E), (0xF4, 0xBF, 0x4F), (0x61, 0xC5, 0x54))
"""The colours of the three dots."""


class Window(NamedTuple):
    """The measures of a picture, in its own units, for cells of some size."""

    cell_width: float
    cell_height: float
    columns: int
    rows: int

    @property
    def bar(self) -> float:
        """The height of the bar."""
        return round(self.cell_height * 1.5)

    @property
    def margin(self) -> float:
        """What is left free at the sides of the screen, and below it."""
        return round(self.cell_width)

    @property
    def radius(self) -> float:
        """Of the corners."""
        return round(self.cell_width)

    @property
    def width(self) -> float:
        """Of the whole picture."""
        return self.columns * self.cell_width + 2 * self.margin

    @property
    def height(self) -> float:
        """Of the whole picture."""
        return self.bar + self.rows * self.cell_height + self.margin

    @property
    def dots(self) -> list[tuple[float, float]]:
        """Where the middles of the dots are."""
        return [(self.margin + self.cell_width * (1 + 2 * place), self.bar / 2) for place in range(len(DOTS))]

    @property
    def dot_radius(self) -> float:
        """Of a dot."""
        return self.cell_width * 0.55

    def reach(self, start: int, end: int) -> tuple[float, float]:
        """From where to where the background of some columns goes: that of the outer ones fills the margin, too."""
        return (
            start * self.cell_width if start else -self.margin,
            end * self.cell_width + (self.margin if end == self.columns else 0),
        )


def title_colour(recording: Recording) -> Colour:
    """A quiet colour for the title."""
    return mixed(recording.bar.background, recording.bar.foreground, 0.6)
