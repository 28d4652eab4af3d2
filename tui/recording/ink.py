"""Characters as pixels: for each pixel of a cell, how much of it the character's ink covers."""

from functools import lru_cache
from io import BytesIO
from typing import Final

import pymupdf_fonts
from PIL import Image, ImageDraw, ImageFont

from tui.recording.shapes import WHOLE, bars_of

_FONTS: Final = {(False, False): "cascadia", (True, False): "cascadiab", (False, True): "cascadiai",
                 (True, True): "cascadiabi"}  # fmt: skip
"""The monospace font for each (bold, italic)."""
_ADVANCE: Final = 1200 / 2048
"""The width of their characters as a share of the font's size."""
_FALLBACK_FONTS: Final = ("notos", "symbol2", "math")
"""Fonts for the characters that the monospace fonts lack, in order of preference."""
_IN_NO_FONT: Final = "\U0010fffd"
"""A character that no font has."""


class Ink:
    """Draws characters into cells of `width` by `height` pixels."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._size = width / _ADVANCE
        ascent, descent = _font("cascadia", self._size).getmetrics()
        self._baseline = (height - ascent - descent) // 2 + ascent
        self._masks: dict[tuple[str, int, bool, bool], Image.Image] = {}

    def mask(self, text: str, cells: int, bold: bool, italic: bool) -> Image.Image:
        """A character drawn across a number of cells: an image with the amount of ink in each pixel, 0 to 255."""
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
        if not _has_glyph(name, text[0]):
            name = next((other for other in _FALLBACK_FONTS if _has_glyph(other, text[0])), "")
        if not name:
            # A character that no font has becomes a grey block, like a blacked-out word: an empty frame looks broken.
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
    """The half-open range of pixels from one part of a cell to another, in units of WHOLE; at least one pixel."""
    first = (start * size * 2 + WHOLE) // (2 * WHOLE)
    return first, max((end * size * 2 + WHOLE) // (2 * WHOLE), first + 1)


@lru_cache(maxsize=32)
def _font(name: str, size: float) -> ImageFont.FreeTypeFont:
    # The basic layout, because the other one needs a library that not every machine has.
    return ImageFont.truetype(BytesIO(pymupdf_fonts.myfont(name)), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=1024)
def _has_glyph(name: str, character: str) -> bool:
    font = _font(name, 32)
    return character == " " or _outline(font, character) != _outline(font, _IN_NO_FONT)


def _outline(font: ImageFont.FreeTypeFont, character: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(character)
    return mask.size, bytes(mask)
