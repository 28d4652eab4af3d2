"""The glyphs that the dashboard draws with, and an ASCII substitute for each.

Widgets always draw the glyphs. On a terminal that can't show them, a filter over the finished lines replaces each glyph
by its substitute, one cell for one cell, so that the layout stays the same. User text keeps its letters: only a
character that the terminal's encoding lacks becomes a question mark.
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
"""A day in the strip of time: the more happened, the fuller the block."""
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
"""One ASCII character for each glyph."""
_TABLE: Final = str.maketrans(STAND_INS)


class AsciiOnly(LineFilter):
    """Replaces glyphs by their ASCII substitutes, and each cell of a character the encoding lacks by "?"."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        self._encoding = encoding

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, using only characters that the terminal can show."""
        return [segment if segment.text.isascii() else self._drawn(segment) for segment in segments]

    def _drawn(self, segment: Segment) -> Segment:
        text, style, control = segment
        if style is not None and "@mouse.down" in style.meta:
            # The end of a scrollbar's thumb is a partial block, for which ASCII has nothing: its colour is enough.
            return Segment(" " * cell_len(text), style, control)
        return Segment(self.plain(text), style, control)

    def plain(self, text: str) -> str:
        """The text with substitutes, as wide as before."""
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
    """Whether to draw in ASCII only. `choice` is "ascii", "unicode" or "auto".

    "auto" means ASCII if the encoding isn't UTF-8, or on Linux's own console, whose fonts lack most of the glyphs.
    """
    if choice == "auto":
        return encoding.replace("-", "").replace("_", "").casefold() != "utf8" or terminal == "linux"
    return choice == "ascii"


def missing(texts: Sequence[str]) -> set[str]:
    """The characters of these texts that are not ASCII and have no substitute."""
    return {character for text in texts for character in text if not character.isascii()} - set(STAND_INS)


def draws_ascii(app: App[object]) -> bool:
    """Whether the app draws in ASCII only. A widget that can draw a better substitute itself then does so."""
    return any(isinstance(one, AsciiOnly) for one in app.get_line_filters())
