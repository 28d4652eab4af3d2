"""The policy: the rulebook's numbers and texts, read from a TOML file and checked whole.

Every number of the rulebook is a parameter of the rule that uses it. `PARAMETERS` says for each what it is and which
field of `Policy` holds it; a user's file may set any of them and leave out the rest.
"""

import json
import re
import tomllib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from core.errors import BadInput, PolicyError, shown
from core.instants import DAY, HOUR, MINUTE, Calendar, calendar_at, parse_duration
from data import DEFAULT_POLICY

Value = int | str | tuple[int, ...]


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
    """All its numbers as a policy file: kept with a fleet, so that its past can always be rebuilt."""
    rules: dict[str, Rule]
    changed: tuple[str, ...]
    """The parameters ("E2.retention") that differ from the default."""
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


def _length(value: object) -> int:
    if not isinstance(value, str):
        raise BadInput('give a duration in quotes, such as "30m", "24h" or "15d"')
    if value.strip().startswith("-"):
        raise BadInput(f'"{value}" is negative: a duration is zero or more')
    months, seconds = parse_duration(value)
    if months:
        raise BadInput(f'"{value}" has no fixed length: give days instead, such as "30d"')
    if seconds > 3650 * DAY:
        raise BadInput(f'"{value}" is too long: ten years at most')
    return seconds


def _positive_length(value: object) -> int:
    seconds = _length(value)
    if seconds == 0:
        raise BadInput("it must be longer than nothing")
    return seconds


def _time_of_day(value: object) -> int:
    match = (
        re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?", value) if isinstance(value, str) else None
    )
    if match is None:
        raise BadInput('give a time of day between "00:00" and "23:59"')
    return int(match[1]) * HOUR + int(match[2]) * MINUTE + int(match[3] or 0)


def _offset(value: object) -> int:
    match = re.fullmatch(r"([+-])(0[0-9]|1[0-4]):([0-5][0-9])", value) if isinstance(value, str) else None
    if match is None:
        raise BadInput('give an offset from UTC between "-14:00" and "+14:00"')
    seconds = int(match[2]) * HOUR + int(match[3]) * MINUTE
    if seconds > 14 * HOUR:
        raise BadInput('give an offset from UTC between "-14:00" and "+14:00"')
    return -seconds if match[1] == "-" else seconds


def _whole(low: int, high: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise BadInput(f"give a whole number from {low} to {high}")
        return value

    return check


def _several(low: int, high: int) -> Callable[[object], tuple[int, ...]]:
    def check(value: object) -> tuple[int, ...]:
        one = _whole(low, high)
        if not isinstance(value, list) or not value:
            raise BadInput(f"give a list of whole numbers from {low} to {high}")
        numbers = tuple(one(item) for item in value)
        if sorted(set(numbers)) != list(numbers):
            raise BadInput("give the numbers in rising order, none twice")
        return numbers

    return check


def _anchor(value: object) -> str:
    if value not in ("old_expiry", "payment_day"):
        raise BadInput('give "old_expiry" or "payment_day"')
    return str(value)


PARAMETERS: Final[dict[str, tuple[str, Callable[[object], Value]]]] = {
    "T1.utc_offset": ("utc_offset", _offset),
    "C4.restore_delay": ("restore_delay", _length),
    "B1.bill_delay": ("bill_delay", _length),
    "E2.retention": ("retention", _length),
    "E4.trial_retention": ("trial_retention", _length),
    "P2.idle_limit": ("idle_limit", _positive_length),
    "L1.overdue_grace": ("overdue_grace", _length),
    "R1.months": ("months_sold", _several(1, 120)),
    "R2.renewal_anchor": ("renewal_anchor", _anchor),
    "A1.charge_time": ("charge_time", _time_of_day),
    "A2.console_days": ("console_days", _several(-90, 3650)),
    "A2.console_months": ("console_months", _several(1, 120)),
    "A3.checkout_days": ("checkout_days", _several(-90, 3650)),
    "A3.checkout_months": ("checkout_months", _whole(1, 120)),
    "A9.short_period": ("short_period", _whole(0, 120)),
    "N2.reminder_time": ("reminder_time", _time_of_day),
    "N2.manual_days": ("manual_days", _several(-90, -1)),
    "N2.non_renewal_days": ("non_renewal_days", _several(-90, -1)),
    "N2.release_notice": ("release_notice", _length),
}
"""Each parameter, "RULE.key", with the field of `Policy` that holds it and the check that reads it."""

_SOURCES: Final = ("vendor", "ours", "both")


def load_policy(path: Path | None = None) -> Policy:
    """Read the default policy, or a user's own over it. Raises PolicyError naming file, key and what is right."""
    if path is None:
        return read_policy("")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PolicyError(f"{path}: can't be read ({error.strerror}): give a policy file in TOML") from None
    except UnicodeDecodeError:
        raise PolicyError(f"{path}: is not UTF-8 text: give a policy file in TOML") from None
    return read_policy(text, str(path))


def read_policy(text: str, name: str = "the kept policy") -> Policy:
    """Read a policy from TOML text, "" being the default. Raises PolicyError, in which `name` stands for the text."""
    base = _default()
    own = _tables(text, name)
    rules: dict[str, Rule] = {}
    fields: dict[str, Value] = {}
    changed: list[str] = []
    for rule, defaults in base.rules.items():
        table = defaults | own.rules.get(rule, {})
        for key in table.keys() - {"text", "source"}:
            field, check = PARAMETERS[f"{rule}.{key}"]
            try:
                fields[field] = check(table[key])
            except BadInput as error:
                raise PolicyError(f"{name}: rules.{rule}.{key} = {shown(table[key])}: {error}") from None
            if fields[field] != check(defaults[key]):
                changed.append(f"{rule}.{key}")
        rules[rule] = _rule(rule, table, name)
    numbers = [fields[field] for field in Policy._fields if field in fields]
    title = own.name or base.name
    return Policy._make((title, _written(title, base, own), rules, tuple(sorted(changed)), *numbers))


class _Tables(NamedTuple):
    name: str
    rules: dict[str, dict[str, object]]


@lru_cache(maxsize=1)
def _default() -> _Tables:
    document = tomllib.loads(DEFAULT_POLICY.read_text(encoding="utf-8"))
    return _Tables(document["name"], document["rules"])


def _tables(text: str, name: str) -> _Tables:
    """A user's own tables, holding nothing but rules and keys of the default's."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PolicyError(f"{name}: is not valid TOML: {error}") from None
    for key in document.keys() - {"name", "rules"}:
        raise PolicyError(f"{name}: unknown key {shown(key)}: a policy has a name and tables like [rules.E2]")
    title, rules = document.get("name", ""), document.get("rules", {})
    if not isinstance(title, str):
        raise PolicyError(f"{name}: name must be a text in quotes")
    if not isinstance(rules, dict) or not all(isinstance(table, dict) for table in rules.values()):
        raise PolicyError(f"{name}: rules must be tables like [rules.E2]")
    known = _default().rules
    for rule, table in rules.items():
        if rule not in known:
            raise PolicyError(f"{name}: unknown rule {shown(rule)}: the rules are {', '.join(known)}")
        for key in table:
            if key not in known[rule]:
                raise PolicyError(f"{name}: unknown key {shown(key)} in rules.{rule}: it has {', '.join(known[rule])}")
    return _Tables(title, rules)


def _written(title: str, base: _Tables, own: _Tables) -> str:
    """All numbers, and the texts of the user's own, as a policy file."""
    lines = [f"name = {_toml(title)}"]
    for rule, defaults in base.rules.items():
        given = own.rules.get(rule, {})
        kept = {
            key: value for key, value in (defaults | given).items() if key in given or key not in ("text", "source")
        }
        if kept:
            lines += [f"[rules.{rule}]", *(f"{key} = {_toml(value)}" for key, value in kept.items())]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    # JSON's texts, numbers and lists are TOML's too, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def known_rules() -> tuple[str, ...]:
    """Every rule id, in the rulebook's order."""
    return tuple(_default().rules)


def _rule(rule: str, table: dict[str, object], name: str) -> Rule:
    text, source = table["text"], table["source"]
    if not isinstance(text, str) or not text.strip():
        raise PolicyError(f"{name}: rules.{rule}.text must be a sentence in quotes")
    if source not in _SOURCES:
        raise PolicyError(f'{name}: rules.{rule}.source = {shown(source)}: give "vendor", "ours" or "both"')
    for key, value in table.items():
        text = text.replace("{" + key + "}", _spoken(value))
    return Rule(rule, text, str(source))


def _spoken(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)
