"""The shapes of characters for pictures made of pixels: how much ink is where in a cell."""

from functools import lru_cache
from io import BytesIO
from typing import Final

import pymupdf_fonts
from PIL import Image, ImageDraw, ImageFont

from tui.recording.shapes import WHOLE, bars_of

_FONTS: Final = {(False, False): "cascadia", (True, False): "cascadiab", (False, True): "cascadiai",
                 (True, True): "cascadiabi"}  # fmt: skip
"""The monospace fonts: plain or bold, upright or italic."""
_ADVANCE: Final = 1200 / 2048
"""How wide their characters are, of the font's size."""
_OTHERS: Final = ("notos", "symbol2", "math")
"""Fonts for the characters those lack."""
_NOWHERE: Final = "\U0010fffd"
"""A character no font has."""


class Ink:
    """Draws characters into cells of some pixels."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._size = width / _ADVANCE
        ascent, descent = _font("cascadia", self._size).getmetrics()
        self._baseline = (height - ascent - descent) // 2 + ascent
        self._masks: dict[tuple[str, int, bool, bool], Image.Image] = {}

    def mask(self, text: str, cells: int, bold: bool, italic: bool) -> Image.Image:
        """How much ink is where, 0 to 255, for what stands in so many cells."""
        key = text, cells, bold, italic
        if key not in self._masks:
            self._masks[key] = self._drawn(*key)
        return self._masks[key]

    def _drawn(self, text: str, cells: int, bold: bool, italic: bool) -> Image.Image:
        mask = Image.new("L", (self.width * cells, self.height))
        bars = bars_of(text)
        draw = ImageDraw.Draw(mask)
        if bars:
            for bar in bars:
                left, right = _edges(bar.left, bar.right, self.width * cells)
                top, bottom = _edges(bar.top, bar.bottom, self.height)
                draw.rectangle((left, top, right - 1, bottom - 1), fill=255 * bar.share // 4)
            return mask
        name = _FONTS[bold, italic]
        if not _has(name, text[0]):
            name = next((other for other in _OTHERS if _has(other, text[0])), "")
        if not name:
            # What no font has is shown as taken up, like a word that was made illegible: an empty frame looks broken.
            draw.rectangle((1, self.height // 4, self.width * cells - 2, self.height * 3 // 4), fill=96)
            return mask
        font = _font(name, self._size)
        room, needed = float(self.width * cells), font.getlength(text)
        if needed > room + 1:
            font, needed = _font(name, self._size * room / needed), room
        indent = 0.0 if name in _FONTS.values() else (room - needed) / 2
        draw.text((indent, self._baseline), text, fill=255, font=font, anchor="ls")
        return mask


def _edges(start: int, end: int, size: int) -> tuple[int, int]:
    """The pixels from one part of a cell to another: at least one."""
    first = (start * size * 2 + WHOLE) // (2 * WHOLE)
    return first, max((end * size * 2 + WHOLE) // (2 * WHOLE), first + 1)


@lru_cache(maxsize=32)
def _font(name: str, size: float) -> ImageFont.FreeTypeFont:
    # The simple layout, since the other one depends on a library that not every machine has.
    return ImageFont.truetype(BytesIO(pymupdf_fonts.myfont(name)), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=1024)
def _has(name: str, character: str) -> bool:
    font = _font(name, 32)
    return character == " " or _outline(font, character) != _outline(font, _NOWHERE)


def _outline(font: ImageFont.FreeTypeFont, character: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(character)
    return mask.size, bytes(mask)
