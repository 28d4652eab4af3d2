"""What a screen shows, cell by cell, and the frames of a recording."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255 each."""

_DIMMED: Final = 0.6


class Look(NamedTuple):
    """How a cell is drawn."""

    foreground: Colour
    background: Colour
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False


class Cell(NamedTuple):
    """One cell: the character that begins in it, with what combines with it; empty where a wide one goes on."""

    text: str
    look: Look


Row = tuple[Cell, ...]


class Run(NamedTuple):
    """Neighbouring cells of one look in a row, from `column` on, `width` cells wide."""

    column: int
    width: int
    text: str
    look: Look


class Frame(NamedTuple):
    """What is shown from an instant on, in hundredths of a second from the beginning."""

    at: int
    rows: tuple[Row, ...]


class Chapter(NamedTuple):
    """A caption, and when it begins to be shown."""

    at: int
    caption: str


class Recording(NamedTuple):
    """All that was recorded: frames, each different from the one before and the first at 0, and the length in
    hundredths of a second.
    """

    title: str
    ground: Look
    """The colours of the screen's ground."""
    bar: Look
    """The colours of a window's title bar that suits it."""
    frames: tuple[Frame, ...]
    chapters: tuple[Chapter, ...]
    length: int

    @property
    def columns(self) -> int:
        """How wide the pictures are, in cells."""
        return len(self.frames[0].rows[0])

    @property
    def rows(self) -> int:
        """How high the pictures are, in cells."""
        return len(self.frames[0].rows)


class Inks:
    """Turns the styles of a screen into looks: the theme's own colours where a style names none, or one of 16."""

    def __init__(self, ground: Look, sixteen: TerminalTheme) -> None:
        self._ground = ground
        self._sixteen = sixteen
        self._looks: dict[Style | None, Look] = {None: ground}
        self._cells: dict[tuple[str, Style | None], Row] = {}

    def row(self, segments: Iterable[Segment], width: int) -> Row:
        """A line of the screen as exactly `width` cells."""
        cells: list[Cell] = []
        for text, style, control in segments:
            if control is None:
                key = (text, style)
                if key not in self._cells:
                    self._cells[key] = tuple(cells_of(text, self._look(style)))
                cells += self._cells[key]
        cells += [Cell(" ", self._ground)] * (width - len(cells))
        return tuple(cells[:width])

    def _look(self, style: Style | None) -> Look:
        if style not in self._looks:
            assert style is not None
            self._looks[style] = self._new_look(style)
        return self._looks[style]

    def _new_look(self, style: Style) -> Look:
        foreground = self._colour(style.color, self._ground.foreground, foreground=True)
        background = self._colour(style.bgcolor, self._ground.background, foreground=False)
        if style.reverse:
            foreground, background = background, foreground
        if style.dim:
            foreground = mixed(background, foreground, _DIMMED)
        return Look(
            foreground, background, bool(style.bold), bool(style.italic), bool(style.underline), bool(style.strike)
        )

    def _colour(self, colour: Color | None, otherwise: Colour, *, foreground: bool) -> Colour:
        if colour is None or colour.is_default:
            return otherwise
        red, green, blue = colour.get_truecolor(self._sixteen, foreground=foreground)
        return red, green, blue


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """A colour between two: `share` of the other one, 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def cells_of(text: str, look: Look) -> Iterator[Cell]:
    """A text as cells."""
    waiting = ""
    after = 0
    for character in text:
        width = cell_len(character)
        if width == 0:
            waiting += character
            continue
        if waiting:
            yield Cell(waiting, look)
            yield from [Cell("", look)] * after
        waiting, after = character, width - 1
    if waiting:
        yield Cell(waiting, look)
        yield from [Cell("", look)] * after


def runs_of(row: Row, start: int = 0, end: int | None = None) -> Iterator[Run]:
    """The cells of a row from `start` to before `end`, as few runs as there are."""
    end = len(row) if end is None else end
    while start < end:
        look = row[start].look
        stop = start + 1
        while stop < end and row[stop].look == look:
            stop += 1
        yield Run(start, stop - start, "".join(cell.text for cell in row[start:stop]), look)
        start = stop


def changed(before: Row, row: Row) -> tuple[int, int]:
    """The columns from the first to after the last cell that differs; a wide character is never cut."""
    differing = [column for column, (old, new) in enumerate(zip(before, row, strict=True)) if old != new]
    if not differing:
        return 0, 0
    start, end = differing[0], differing[-1] + 1
    while start and not (row[start].text and before[start].text):
        start -= 1
    while end < len(row) and not (row[end].text and before[end].text):
        end += 1
    return start, end
