"""The policy: the rulebook's numbers, as the simulation uses them. The texts, and reading files, are the rulebook's.

Made light, since every command needs it: the rulebook is only loaded when a text or a file is asked for.
"""

import json
from typing import Final, NamedTuple

from core.base.instants import DAY, HOUR, Calendar, calendar_at

ANCHORS: Final = ("old_expiry", "payment_day")
"""What a renewal's period can be counted from (R2)."""
SOURCES: Final = ("vendor", "ours", "both")
"""Whose word a rule can be."""
_SEVERAL: Final = (
    "months_sold", "console_days", "console_months", "checkout_days", "manual_days", "non_renewal_days",
)  # fmt: skip
"""The fields of a policy that hold several numbers."""
_RANGES: Final = {
    "utc_offset": (-14 * HOUR, 14 * HOUR), "charge_time": (0, DAY - 1), "reminder_time": (0, DAY - 1),
    "months_sold": (1, 120), "console_months": (1, 120), "checkout_months": (1, 120), "short_period": (0, 120),
    "console_days": (-90, 3650), "checkout_days": (-90, 3650), "manual_days": (-90, -1), "non_renewal_days": (-90, -1),
}  # fmt: skip
"""The least and the most that a number of a field can be; the others are lengths of up to ten years."""


class Rule(NamedTuple):
    """One rule: its id, its text with the policy's numbers in place, and what its source is."""

    id: str
    text: str
    source: str
    """"vendor", "ours", or "both": the vendor's word with details of ours."""


class Policy(NamedTuple):
    """The rulebook's numbers. Lengths and times of day in seconds, periods in months, schedule days relative to T."""

    name: str
    source: str
    """All of it as JSON: kept with a fleet, so that its past can always be rebuilt."""
    utc_offset: int
    restore_delay: int
    bill_delay: int
    retention: int
    trial_retention: int
    idle_limit: int
    overdue_grace: int
    months_sold: tuple[int, ...]
    renewal_anchor: str
    charge_time: int
    console_days: tuple[int, ...]
    console_months: tuple[int, ...]
    checkout_days: tuple[int, ...]
    checkout_months: int
    short_period: int
    reminder_time: int
    manual_days: tuple[int, ...]
    non_renewal_days: tuple[int, ...]
    release_notice: int

    @property
    def calendar(self) -> Calendar:
        """The calendar of this policy's fixed offset (T1)."""
        return calendar_at(self.utc_offset)


def kept_policy(source: str) -> Policy:
    """The policy whose `source` this is. Raises ValueError, LookupError, TypeError or RecursionError for a text that is
    no policy's.
    """
    kept = json.loads(source)
    numbers = {key: tuple(value) if isinstance(value, list) else value for key, value in dict(kept["numbers"]).items()}
    values = [numbers[field] for field in Policy._fields[2:]]
    if not (isinstance(kept["name"], str) and all(map(_makes_sense, Policy._fields[2:], values))):
        raise ValueError("no policy")
    if not all(map(_is_rule, dict(kept["rules"]).values())):
        raise ValueError("no rules")
    return Policy._make((kept["name"], source, *values))


def _makes_sense(field: str, value: object) -> bool:
    """Whether a field's value is one that the simulation can count with."""
    if field == "renewal_anchor":
        return value in ANCHORS
    low, high = _RANGES.get(field, (0, 3650 * DAY))
    if isinstance(value, tuple) is not (field in _SEVERAL):
        return False
    numbers = value if isinstance(value, tuple) else (value,)
    counts = [isinstance(number, int) and not isinstance(number, bool) and low <= number <= high for number in numbers]
    return any(counts) and all(counts)


def _is_rule(table: object) -> bool:
    """Whether a value is what a kept policy has of a rule."""
    if not isinstance(table, dict) or table.get("source", "ours") not in SOURCES:
        return False
    return isinstance(table.get("text", ""), str) and all(map(_is_plain, table.values()))


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int) or (isinstance(value, list) and all(isinstance(item, int) for item in value))
