"""Whether a colour can be told from what is behind it, as WCAG 2 measures it, and one that can in its place."""

from collections.abc import Iterable
from typing import Final

from textual.color import BLACK, WHITE, Color

LEAST: Final = 3.0
"""The least contrast of signs, large text and muted text (WCAG 2, 1.4.11)."""
LEAST_CHOSEN: Final = 4.5
"""The least contrast of text on the row that is chosen, as that is read (WCAG 2, 1.4.3)."""
_MORE: Final = 0.1
"""What is aimed at beyond the least, since parts of colours are rounded."""
_STEPS: Final = 20


def contrast(one: Color, other: Color) -> float:
    """The contrast of two opaque colours, from 1 (none) to 21 (black on white)."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def legible(colour: Color, grounds: Iterable[Color], wanted: float = LEAST) -> Color:
    """The colour itself, or the nearest one on its way to white or black that stands out from all of these grounds, by
    the contrast that is wanted.
    """
    behind = tuple(grounds)

    def least(candidate: Color) -> float:
        return min(contrast(candidate, ground) for ground in behind)

    if least(colour) >= wanted:
        return colour
    end = max(WHITE, BLACK, key=least)
    steps = (colour.blend(end, step / _STEPS) for step in range(1, _STEPS))
    return next((candidate for candidate in steps if least(candidate) >= wanted + _MORE), end)
