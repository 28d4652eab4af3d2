"""The contrast of a colour with its background, as WCAG 2 measures it, and the nearest colour with enough contrast."""

from collections.abc import Iterable
from typing import Final

from textual.color import BLACK, WHITE, Color

LEAST: Final = 3.0
"""The least contrast of symbols, large text and muted text (WCAG 2, 1.4.11)."""
LEAST_CHOSEN: Final = 4.5
"""The least contrast of text on the selected row (WCAG 2, 1.4.3)."""
_MORE: Final = 0.1
"""How much more than the least a replacement aims at, because the parts of a colour are rounded."""
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
    """The colour, made lighter or darker only as far as it needs to have the wanted contrast with all these
    backgrounds.
    """
    behind = tuple(grounds)

    def least(candidate: Color) -> float:
        return min(contrast(candidate, ground) for ground in behind)

    if least(colour) >= wanted:
        return colour
    end = max(WHITE, BLACK, key=least)
    steps = (colour.blend(end, step / _STEPS) for step in range(1, _STEPS))
    return next((candidate for candidate in steps if least(candidate) >= wanted + _MORE), end)
