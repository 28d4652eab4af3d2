"""The policy: the numbers of the rulebook, as the simulation uses them.

Every command imports this module, so it imports little. `core.rules.rulebook`, which holds the texts and reads policy
files, is imported only when one of these is needed.
"""

import json
from typing import Final, NamedTuple

from core.base.instants import DAY, HOUR, Calendar, calendar_at

ANCHORS: Final = ("old_expiry", "payment_day")
"""The possible values of `renewal_anchor`: what a renewed period is counted from (R2)."""
SOURCES: Final = ("vendor", "ours", "both")
"""The possible sources of a rule."""
_LIST_FIELDS: Final = (
    "months_sold", "console_days", "console_months", "checkout_days", "manual_days", "non_renewal_days",
)  # fmt: skip
"""The fields of a policy that hold a list of numbers."""
_RANGES: Final = {
    "utc_offset": (-14 * HOUR, 14 * HOUR), "charge_time": (0, DAY - 1), "reminder_time": (0, DAY - 1),
    "months_sold": (1, 120), "console_months": (1, 120), "checkout_months": (1, 120), "short_period": (0, 120),
    "console_days": (-90, 3650), "checkout_days": (-90, 3650), "manual_days": (-90, -1), "non_renewal_days": (-90, -1),
}  # fmt: skip
"""The smallest and the largest number of a field. Fields not listed are lengths in seconds, of up to ten years."""


class Rule(NamedTuple):
    """One rule: its id, its text with the policy's numbers filled in, and its source."""

    id: str
    text: str
    source: str
    """"vendor" (the vendor says so), "ours" (our choice), or "both" (the vendor's rule with details that we chose)."""


class Policy(NamedTuple):
    """The rulebook's numbers. Lengths and times of day in seconds, periods in months, schedule days relative to T."""

    name: str
    source: str
    """The whole policy as JSON. It is stored with a fleet, so that the fleet's past can always be rebuilt."""
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
        """The calendar with this policy's fixed offset (T1)."""
        return calendar_at(self.utc_offset)


def kept_policy(source: str) -> Policy:
    """Read a policy from its `source`. Raises ValueError, LookupError, TypeError or RecursionError for other texts."""
    kept = json.loads(source)
    numbers = {key: tuple(value) if isinstance(value, list) else value for key, value in dict(kept["numbers"]).items()}
    values = [numbers[field] for field in Policy._fields[2:]]
    if not (isinstance(kept["name"], str) and all(map(_is_usable, Policy._fields[2:], values))):
        raise ValueError("no policy")
    if not all(map(_is_rule, dict(kept["rules"]).values())):
        raise ValueError("no rules")
    return Policy._make((kept["name"], source, *values))


def _is_usable(field: str, value: object) -> bool:
    """Whether the simulation can calculate with a field's value."""
    if field == "renewal_anchor":
        return value in ANCHORS
    low, high = _RANGES.get(field, (0, 3650 * DAY))
    if isinstance(value, tuple) is not (field in _LIST_FIELDS):
        return False
    numbers = value if isinstance(value, tuple) else (value,)
    counts = [isinstance(number, int) and not isinstance(number, bool) and low <= number <= high for number in numbers]
    return any(counts) and all(counts)


def _is_rule(table: object) -> bool:
    """Whether a value has the form of a rule in a stored policy."""
    if not isinstance(table, dict) or table.get("source", "ours") not in SOURCES:
        return False
    return isinstance(table.get("text", ""), str) and all(map(_is_plain, table.values()))


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int) or (isinstance(value, list) and all(isinstance(item, int) for item in value))
