"""Frames as pixels: an image of palette indexes, redrawn only where cells changed."""

from collections.abc import Iterator
from typing import Final

from PIL import Image, ImageDraw

from tui.recording.ink import Ink
from tui.recording.pictures import Cell, CellRow, Colour, Frame, Look, Recording, cells_of, changed, mixed
from tui.recording.window import DOTS, Window, title_colour

CLEAR: Final = 255
"""The index in the palette that is transparent."""
_OVERSAMPLING: Final = 4
"""Round shapes are drawn this many times larger and then reduced, for smooth edges."""

Box = tuple[int, int, int, int]


class Palette:
    """All colours of a recording: each background, each ink, and the shades between the two. At most 255."""

    def __init__(self, recording: Recording, shades: int) -> None:
        """`shades` is the number of colours from a background to the ink on it; fewer are used if they don't fit."""
        pairs = sorted(set(_pairs(recording)))
        for self._shades in range(shades, 1, -1):
            colours = sorted({colour for pair in pairs for colour in self._between(*pair)})
            if len(colours) <= CLEAR:
                break
        # If they still don't fit, drop low bits of the colours until they do.
        bits = 0
        while len({_rounded(colour, bits) for colour in colours}) > CLEAR:
            bits += 1
        self._dropped_bits = bits
        self.colours = sorted({_rounded(colour, bits) for colour in colours})
        self._indexes = {colour: index for index, colour in enumerate(self.colours)}
        self._tables: dict[tuple[Colour, Colour], list[int]] = {}

    def index(self, colour: Colour) -> int:
        """The index of a background or an ink."""
        return self._indexes[_rounded(colour, self._dropped_bits)]

    def table(self, ink: Colour, ground: Colour) -> list[int]:
        """For each amount of ink on a background, 0 to 255, the index of its colour."""
        if (ink, ground) not in self._tables:
            indexes = [self.index(colour) for colour in self._between(ink, ground)]
            last = self._shades - 1
            self._tables[ink, ground] = [indexes[(amount * last + 127) // 255] for amount in range(256)]
        return self._tables[ink, ground]

    def flat(self) -> bytes:
        """The palette in bytes: 256 colours of three bytes each."""
        known = bytes(part for colour in self.colours for part in colour)
        return known + bytes(768 - len(known))

    def _between(self, ink: Colour, ground: Colour) -> list[Colour]:
        last = self._shades - 1
        return [mixed(ground, ink, step / last) for step in range(self._shades)]


def _rounded(colour: Colour, bits: int) -> Colour:
    red, green, blue = (part >> bits << bits for part in colour)
    return red, green, blue


def _pairs(recording: Recording) -> Iterator[tuple[Colour, Colour]]:
    """Every ink with the background it is on."""
    yield from ((dot, recording.bar.background) for dot in DOTS)
    yield title_colour(recording), recording.bar.background
    yield recording.ground.background, recording.ground.background
    seen: set[int] = set()
    for frame in recording.frames:
        for row in frame.rows:
            if id(row) not in seen:
                seen.add(id(row))
                for text, look in set(row):
                    plain = not text.strip() and not look.underline and not look.strike
                    yield look.background if plain else look.foreground, look.background


class Canvas:
    """The image that a recording's frames are drawn on, one after the other."""

    def __init__(self, recording: Recording, cell_width: int, cell_height: int, shades: int) -> None:
        self.palette = Palette(recording, shades)
        self._window = Window(cell_width, cell_height, recording.columns, recording.rows)
        self._ink = Ink(cell_width, cell_height)
        self._tiles: dict[tuple[Cell, int], Image.Image] = {}
        self._rows: tuple[CellRow, ...] = ()
        self._cut: Image.Image | None = None
        self._left, self._top = round(self._window.margin), round(self._window.bar)
        self.size = (round(self._window.width), round(self._window.height))
        self.image = Image.new("L", self.size, self.palette.index(recording.ground.background))
        self._draw_bar(recording)

    def draw(self, frame: Frame) -> None:
        """Draw a frame: only the cells that differ from the frame drawn before."""
        for line, row in enumerate(frame.rows):
            if not self._rows:
                self._draw_row(line, row, 0, len(row))
            elif row is not self._rows[line]:
                self._draw_row(line, row, *changed(self._rows[line], row))
        self._rows = frame.rows
        self._fill_foot(frame.rows[-1][0].look.background)
        if self._cut is not None:
            self.image.paste(CLEAR, (0, 0), self._cut)

    def corners(self) -> Image.Image:
        """A mask of the window's shape: how much of each pixel it covers, 255 everywhere but in the rounded corners."""
        width, height = self.size
        mask = Image.new("L", self.size, 255)
        size = round(self._window.radius)
        ring = Image.new("L", (size * 2 * _OVERSAMPLING, size * 2 * _OVERSAMPLING))
        ImageDraw.Draw(ring).ellipse((0, 0, size * 2 * _OVERSAMPLING - 1, size * 2 * _OVERSAMPLING - 1), fill=255)
        ring = ring.resize((size * 2, size * 2), Image.Resampling.BOX)
        for across, x in enumerate((0, width - size)):
            for down, y in enumerate((0, height - size)):
                quarter = (size * across, size * down, size * (across + 1), size * (down + 1))
                mask.paste(ring.crop(quarter), (x, y))
        return mask

    def cut_corners(self) -> None:
        """Make the corners transparent from now on."""
        self._cut = self.corners().point(lambda share: 0 if share >= 128 else 255)

    def _draw_row(self, line: int, row: CellRow, start: int, end: int) -> None:
        window = self._window
        y = self._top + line * self._ink.height
        column = start
        while column < end:
            after = column + 1
            while after < len(row) and not row[after].text:
                after += 1
            self.image.paste(self._tile(row[column], after - column), (self._left + column * self._ink.width, y))
            column = after
        for outer, edge in ((0, start == 0), (len(row) - 1, end == len(row))):
            if edge:
                reach = window.reach(outer, outer + 1)
                x = 0 if not outer else self._left + window.columns * self._ink.width
                width = round(reach[1] - reach[0]) - self._ink.width
                self.image.paste(
                    self.palette.index(row[outer].look.background), (x, y, x + width, y + self._ink.height)
                )

    def _fill_foot(self, colour: Colour) -> None:
        """Fill the margin below in the last row's background, as the margins at the sides have each row's."""
        self.image.paste(self.palette.index(colour), (0, self._top + self._window.rows * self._ink.height, *self.size))

    def _tile(self, cell: Cell, cells: int) -> Image.Image:
        key = cell, cells
        if key not in self._tiles:
            self._tiles[key] = self._drawn(cell.text, cell.look, cells)
        return self._tiles[key]

    def _drawn(self, text: str, look: Look, cells: int) -> Image.Image:
        mask = self._ink.mask(text or " ", cells, look.bold, look.italic)
        if look.underline or look.strike:
            mask = mask.copy()
            thickness = max(self._ink.height // 16, 1)
            for wanted, part in ((look.underline, 13), (look.strike, 8)):
                if wanted:
                    y = self._ink.height * part // 15
                    mask.paste(255, (0, y, mask.width, y + thickness))
        ink = look.foreground if mask.getbbox() else look.background
        return mask.point(self.palette.table(ink, look.background))

    def _draw_bar(self, recording: Recording) -> None:
        ground = recording.bar.background
        width, height = self.size[0], self._top
        self.image.paste(self.palette.index(ground), (0, 0, width, height))
        for (x, y), colour in zip(self._window.dots, DOTS, strict=True):
            radius = self._window.dot_radius
            dot = Image.new("L", (width * _OVERSAMPLING, height * _OVERSAMPLING))
            box = tuple(_OVERSAMPLING * edge for edge in (x - radius, y - radius, x + radius, y + radius))
            ImageDraw.Draw(dot).ellipse(box, fill=255)
            mask = dot.resize((width, height), Image.Resampling.BOX)
            self.image.paste(mask.point(self.palette.table(colour, ground)), mask=mask.point(lambda ink: ink and 255))
        look = Look(title_colour(recording), ground)
        cells = tuple(cells_of(recording.title, look))[: max(self._window.columns - 14, 0)]
        x = (width - len(cells) * self._ink.width) // 2
        y = (height - self._ink.height) // 2
        for place, cell in enumerate(cells):
            if cell.text:
                wide = 2 if cells[place + 1 : place + 2] and not cells[place + 1].text else 1
                self.image.paste(self._drawn(cell.text, look, wide), (x + place * self._ink.width, y))
