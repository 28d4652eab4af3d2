"""A screen's content, cell by cell, and the frames of a recording."""

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
"""How much of its own colour dim text has, 0 to 1; the rest is background."""


class Look(NamedTuple):
    """The colours and text attributes of a cell."""

    foreground: Colour
    background: Colour
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False


class Cell(NamedTuple):
    """One cell: a character with its combining characters. The second cell of a wide character has an empty text."""

    text: str
    look: Look


CellRow = tuple[Cell, ...]


class Run(NamedTuple):
    """Adjacent cells of a row with the same look: `width` cells from `column` on."""

    column: int
    width: int
    text: str
    look: Look


class Frame(NamedTuple):
    """A picture, shown from `at` on, in hundredths of a second after the beginning."""

    at: int
    rows: tuple[CellRow, ...]


class Chapter(NamedTuple):
    """A caption, shown from `at` on, in hundredths of a second after the beginning."""

    at: int
    caption: str


class Recording(NamedTuple):
    """A finished recording. The first frame is at 0, and each differs from the one before. `length` is in hundredths of
    a second.
    """

    title: str
    ground: Look
    """The screen's default colours."""
    bar: Look
    """The colours of the window's title bar around it."""
    frames: tuple[Frame, ...]
    chapters: tuple[Chapter, ...]
    length: int

    @property
    def columns(self) -> int:
        """The width of the pictures, in cells."""
        return len(self.frames[0].rows[0])

    @property
    def rows(self) -> int:
        """The height of the pictures, in cells."""
        return len(self.frames[0].rows)


class Inks:
    """Turns Rich styles into looks. Colours that a style lacks are the screen's default ones; a terminal's 16 named
    colours come from the theme `sixteen`.
    """

    def __init__(self, ground: Look, sixteen: TerminalTheme) -> None:
        self._ground = ground
        self._sixteen = sixteen
        self._looks: dict[Style | None, Look] = {None: ground}
        self._cells: dict[tuple[str, Style | None], CellRow] = {}

    def row(self, segments: Iterable[Segment], width: int) -> CellRow:
        """One line of the screen as exactly `width` cells."""
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
    """A mixture of two colours, with a share of 0 to 1 of the other one."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def cells_of(text: str, look: Look) -> Iterator[Cell]:
    """A text as cells. Combining characters join the character before them."""
    pending = ""
    empty_cells = 0
    for character in text:
        width = cell_len(character)
        if width == 0:
            pending += character
            continue
        if pending:
            yield Cell(pending, look)
            yield from [Cell("", look)] * empty_cells
        pending, empty_cells = character, width - 1
    if pending:
        yield Cell(pending, look)
        yield from [Cell("", look)] * empty_cells


def runs_of(row: CellRow, start: int = 0, end: int | None = None) -> Iterator[Run]:
    """The cells of a row from `start` up to but not including `end` (None: the row's end), as runs."""
    end = len(row) if end is None else end
    while start < end:
        look = row[start].look
        stop = start + 1
        while stop < end and row[stop].look == look:
            stop += 1
        yield Run(start, stop - start, "".join(cell.text for cell in row[start:stop]), look)
        start = stop


def changed(before: CellRow, row: CellRow) -> tuple[int, int]:
    """The half-open range of columns that contains every differing cell. It never cuts a wide character."""
    differing = [column for column, (old, new) in enumerate(zip(before, row, strict=True)) if old != new]
    if not differing:
        return 0, 0
    start, end = differing[0], differing[-1] + 1
    while start and not (row[start].text and before[start].text):
        start -= 1
    while end < len(row) and not (row[end].text and before[end].text):
        end += 1
    return start, end
