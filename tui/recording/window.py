"""The window that is drawn around a screen: a title bar with three dots, a margin, rounded corners."""

from typing import Final, NamedTuple

from tui.recording.pictures import Colour, Recording, mixed

DOTS: Final[tuple[Colour, ...]] = ((0xED, 0x6A, 0x5E), (0xF4, 0xBF, 0x4F), (0x61, 0xC5, 0x54))
"""The colours of the three dots."""


class Window(NamedTuple):
    """The dimensions of a picture, in the unit that the cell's width and height are given in."""

    cell_width: float
    cell_height: float
    columns: int
    rows: int

    @property
    def bar(self) -> float:
        """The height of the title bar."""
        return round(self.cell_height * 1.5)

    @property
    def margin(self) -> float:
        """The free space on both sides of the screen and below it."""
        return round(self.cell_width)

    @property
    def radius(self) -> float:
        """The radius of the corners."""
        return round(self.cell_width)

    @property
    def width(self) -> float:
        """The width of the whole picture."""
        return self.columns * self.cell_width + 2 * self.margin

    @property
    def height(self) -> float:
        """The height of the whole picture."""
        return self.bar + self.rows * self.cell_height + self.margin

    @property
    def dots(self) -> list[tuple[float, float]]:
        """The centres of the dots."""
        return [(self.margin + self.cell_width * (1 + 2 * place), self.bar / 2) for place in range(len(DOTS))]

    @property
    def dot_radius(self) -> float:
        """The radius of a dot."""
        return self.cell_width * 0.55

    def reach(self, start: int, end: int) -> tuple[float, float]:
        """The left and right edge of the background of some columns. The outermost columns fill the margin, too."""
        return (
            start * self.cell_width if start else -self.margin,
            end * self.cell_width + (self.margin if end == self.columns else 0),
        )


def title_colour(recording: Recording) -> Colour:
    """A quiet colour for the title."""
    return mixed(recording.bar.background, recording.bar.foreground, 0.6)
