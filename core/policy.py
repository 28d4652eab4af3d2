"""The policy: the rulebook's numbers, as the simulation uses them. The texts, and reading files, are `core.rulebook`'s.

Made light, since every command needs it: the rulebook is only loaded when a text or a file is asked for.
"""

import json
from pathlib import Path
from typing import NamedTuple

from core.instants import Calendar, calendar_at


class Rule(NamedTuple):
    """One rule: its id, its text with the policy's numbers in place, and whose word it is."""

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

    @property
    def rules(self) -> dict[str, Rule]:
        """Every rule by its id, in the rulebook's order, this policy's numbers in the texts."""
        from core.rulebook import rules_of

        return rules_of(self.source)

    @property
    def changed(self) -> tuple[str, ...]:
        """The parameters, such as "E2.retention", that differ from the default."""
        from core.rulebook import changed_in

        return changed_in(self.source)


def load_policy(path: Path | None = None) -> Policy:
    """Read the default policy, or a user's own over it. Raises PolicyError naming file, key and what is right."""
    from core.rulebook import load

    return load(path)


def read_policy(text: str, name: str = "the policy") -> Policy:
    """Read a policy from TOML text, "" being the default. Raises PolicyError, in which `name` stands for the text."""
    from core.rulebook import read

    return read(text, name)


def kept_policy(source: str) -> Policy:
    """The policy whose `source` this is."""
    kept = json.loads(source)
    numbers = {key: tuple(value) if isinstance(value, list) else value for key, value in kept["numbers"].items()}
    return Policy._make((kept["name"], source, *(numbers[field] for field in Policy._fields[2:])))
