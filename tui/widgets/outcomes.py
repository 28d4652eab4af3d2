"""How the outcome of an auto-renewal payment is shown: mark, words and colour, always together."""

from typing import Final

from core.ahead.forecast import Attempt
from core.base.money import group_amount

GOES_THROUGH: Final = ("+ succeeds", "running")


def outcome(attempt: Attempt, currency: str, width: int) -> tuple[str, str]:
    """The outcome of a payment in words that fit `width` cells, and its style: "+ succeeds", "x short 96.50"."""
    if attempt.reason is None:
        return GOES_THROUGH
    missing = group_amount(attempt.short, currency).partition(" ")[2]
    words = {
        "account_overdue": ("x overdue",),
        "period_in_past": ("x too short",),
        "insufficient_funds": (f"x short {missing}", f"x -{missing}"),
    }[attempt.reason]
    return next((text for text in words if len(text) <= width), words[-1]), "expired"
