"""Text in cells of a terminal: user text made safe for one line, and fitted to a width."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter

from core.words.sentences import MONTHS, WEEKDAYS
from tui.text.glyphs import ELLIPSIS

_TOGETHER: Final = re.compile(
    rf"(?:\b(?:{'|'.join(WEEKDAYS)}) )?\b\d{{4}}-\d\d-\d\d(?: \d\d:\d\d)?"
    rf"|\b\d{{1,2}} (?:{'|'.join(MONTHS)})\b(?: \d{{4}}\b)?(?: \d\d:\d\d)?"
    r"|\b[A-Z]{3} -?\d[\d,.]*"
    r"|\b\d[\d,]* (?:d|h|min|mo|y|days?|hours?|months?|years?|%)(?!\w)(?: \d+ (?:h|min)\b)?"
)
"""A date with its time, an amount with its currency, or a number with its unit: no line break falls within one."""
_GLUE: Final = "\ue000"
"""Replaces a space within such a text while lines are wrapped. No displayed text contains it (see `one_line`)."""
_STACK: Final = 3
"""The most combining marks kept on one letter."""
_LEAST_OF_IDS: Final = 5
"""Below this width in cells an id has no room for its end."""
_FLAG_A: Final = ord("\N{REGIONAL INDICATOR SYMBOL LETTER A}")
_SKIN_TONES: Final = "\N{EMOJI MODIFIER FITZPATRICK TYPE-1-2}", "\N{EMOJI MODIFIER FITZPATRICK TYPE-6}"
_VARIANTS: Final = "\N{VARIATION SELECTOR-1}", "\N{VARIATION SELECTOR-16}"


class PrintableOnly(LineFilter):
    """The last filter for every drawn line: no text can control the terminal, whichever widget drew it."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with unprintable characters replaced; their widths do not change."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [Segment(_printable(text), style, control) for text, style, control in segments]


@lru_cache(maxsize=1024)
def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or unicodedata.category(c) == "Zs" else " " * cell_len(c) for c in text)


@lru_cache(maxsize=4096)
def one_line(text: str) -> str:
    """User text made safe for one row. Control and direction characters are replaced or removed, and so are characters
    that combine with their neighbours, because terminals disagree about the width: a composed emoji is shown as its
    parts, a flag as its letters.
    """
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    stack = _STACK
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if category in ("Mn", "Me"):
            # A mark at the start would combine with what is before the text.
            if stack < _STACK and not _VARIANTS[0] <= character <= _VARIANTS[1]:
                stack += 1
                shown.append(character)
            continue
        # Half of the terminals give a spacing mark (Mc) one cell, the others none.
        if category in ("Cf", "Cs", "Co", "Cn", "Mc") or _SKIN_TONES[0] <= character <= _SKIN_TONES[1]:
            continue
        stack = 0
        if category in ("Cc", "Zl", "Zp"):
            shown.append(" ")
        elif 0 <= (letter := ord(character) - _FLAG_A) < 26:
            shown.append(chr(ord("A") + letter))
        else:
            shown.append(character)
    return "".join(shown)


@lru_cache(maxsize=16384)
def fit(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly `width` cells: padded, or cut with an ellipsis."""
    if width <= 0:
        return ""
    size = cell_len(text)
    if size > width:
        return set_cell_size(set_cell_size(text, width - 1).rstrip() + ELLIPSIS, width)
    return " " * (width - size) + text if right else text + " " * (width - size)


@lru_cache(maxsize=4096)
def fit_id(text: str, width: int) -> str:
    """An id in exactly `width` cells, cut in the middle because ids often differ only at their end."""
    size = cell_len(text)
    if size <= width or width < _LEAST_OF_IDS:
        return fit(text, width)
    tail = (width - 1) // 2
    # Take characters from the end while they fit: one may take two cells.
    start = len(text)
    while start and cell_len(text[start - 1 :]) <= tail:
        start -= 1
    end = text[start:]
    return set_cell_size(set_cell_size(text, width - 1 - cell_len(end)).rstrip() + ELLIPSIS + end, width)


def cut(text: str, width: int) -> str:
    """The text in at most `width` cells."""
    return text if cell_len(text) <= width else fit(text, width)


def cut_id(text: str, width: int) -> str:
    """An id in at most `width` cells, cut in the middle."""
    return text if cell_len(text) <= width else fit_id(text, width)


@lru_cache(maxsize=2048)
def wrapped(text: str, width: int, *, indent: int = 0) -> tuple[str, ...]:
    """The text wrapped to lines of at most `width` cells; lines after the first are indented by `indent` cells."""
    room = max(width - indent, 4)
    lines = tuple(line.plain.rstrip() for line in wrapped_content(Content(text), width))
    if len(lines) < 2 or not indent:
        return lines
    rest = text[len(lines[0]) :].lstrip()
    return (lines[0], *(" " * indent + line.plain.rstrip() for line in wrapped_content(Content(rest), room)))


def wrapped_content(text: Content, width: int) -> list[Content]:
    """Styled text wrapped to lines of at most `width` cells. Dates, amounts and numbers with units are not broken if
    they fit a line.
    """
    width = max(width, 4)

    def glued(found: re.Match[str]) -> str:
        return found[0] if len(found[0]) > width else found[0].replace(" ", _GLUE)

    whole = Content(_TOGETHER.sub(glued, text.plain), list(text.spans))
    return [Content(line.plain.replace(_GLUE, " "), list(line.spans)) for line in whole.wrap(width)]
