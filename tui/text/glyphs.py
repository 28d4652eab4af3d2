"""The signs that the dashboard draws with, and the ASCII that stands for each where a terminal can't show them.

Everything is drawn with the first; a filter over the finished lines puts the second in their place, one cell for one
cell, so that nothing is laid out differently. User text keeps its letters: only what a terminal's encoding lacks
becomes a question mark.
"""

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter

ELLIPSIS: Final = "…"
CURSOR: Final = "▸"
MARKED: Final = "•"
PLAYING: Final = "▶"
PAUSED: Final = "‖"
CLOCK: Final = "▲"
QUIET_DAY: Final = "·"
HEIGHTS: Final = "▁▂▃▄▅▆▇"
"""A day in the strip of time, the fuller the more happened."""
DOWNWARDS: Final = "▾"
UPWARDS: Final = "▴"

STAND_INS: Final = {
    ELLIPSIS: "~", CURSOR: ">", MARKED: "*", PLAYING: ">", PAUSED: "=", CLOCK: "^", QUIET_DAY: ".",
    **dict(zip(HEIGHTS, "__::||#", strict=True)),
    DOWNWARDS: "v", UPWARDS: "^", "●": "*", "○": "o", "✓": "+", "×": "x", "–": "-", "—": "-", "−": "-",
    "→": ">", "←": "<", "↑": "^", "↓": "v", "≥": ">", "≤": "<", "≈": "~",
    # The lifeline's cells become the marks of their states.
    "╌": "~", "╍": "*", "═": "!", "▬": "#", "■": "x",
    "━": "=", **dict.fromkeys("░▒▓", "#"), "█": "@",
    # Borders.
    **dict.fromkeys("─┄┅┈┉╴╶╸╺▔", "-"), **dict.fromkeys("│┃║╎╏┆┇┊┋╵╷╹╻▏▎▍▌▋▊▉▕", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬┍┎┑┒┕┖┙┚", "+"), **dict.fromkeys("▀▛▜▙▟▗▖▝▘▐", "#"),
}  # fmt: skip
"""One ASCII character for each sign."""
_TABLE: Final = str.maketrans(STAND_INS)


class AsciiOnly(LineFilter):
    """Draws the stand-ins, and a question mark a cell for what an encoding lacks."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        self._encoding = encoding

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments in what the terminal can show."""
        return [segment if segment.text.isascii() else self._drawn(segment) for segment in segments]

    def _drawn(self, segment: Segment) -> Segment:
        text, style, control = segment
        if style is not None and "@mouse.down" in style.meta:
            # The end of a scrollbar's thumb, which is a part of a cell: colour alone, all of it or none.
            return Segment(" " * cell_len(text), style, control)
        return Segment(self.plain(text), style, control)

    def plain(self, text: str) -> str:
        """A text of the same number of cells."""
        text = text.translate(_TABLE)
        try:
            text.encode(self._encoding)
        except UnicodeEncodeError:
            return "".join(self._shown(character) for character in text)
        return text

    def _shown(self, character: str) -> str:
        try:
            character.encode(self._encoding)
        except UnicodeEncodeError:
            return "?" * cell_len(character)
        return character


def wants_ascii(choice: str, encoding: str, terminal: str) -> bool:
    """Whether to draw in ASCII: as chosen, and for "auto" where the terminal's encoding isn't UTF-8 or it is Linux's
    own console, whose fonts lack most of the signs.
    """
    if choice == "auto":
        return encoding.replace("-", "").replace("_", "").casefold() != "utf8" or terminal == "linux"
    return choice == "ascii"


def missing(texts: Sequence[str]) -> set[str]:
    """The characters of these texts that are neither ASCII nor have a stand-in."""
    return {character for text in texts for character in text if not character.isascii()} - set(STAND_INS)


def draws_ascii(app: App[object]) -> bool:
    """Whether an app shows ASCII alone: then a widget may draw what has no stand-in."""
    return any(isinstance(one, AsciiOnly) for one in app.get_line_filters())
