"""The rulebook: the texts of its rules and the checks of its numbers, for the default policy and users' own (TOML).

Every number is a parameter of the rule that uses it. `PARAMETERS` gives the field of `Policy` that holds it and the
function that checks it. A user's file may set any of the parameters and omit the rest.
"""

import json
import re
import tomllib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from core.base.errors import BadInput, PolicyError, shown
from core.base.instants import DAY, HOUR, MINUTE, parse_duration
from core.rules.policy import ANCHORS, SOURCES, Policy, Rule, kept_policy
from data import DEFAULT_POLICY

Value = int | str | tuple[int, ...]


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
        raise BadInput("it must be longer than zero")
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


def _rising(low: int, high: int) -> Callable[[object], tuple[int, ...]]:
    def check(value: object) -> tuple[int, ...]:
        one = _whole(low, high)
        if not isinstance(value, list) or not value:
            raise BadInput(f"give a list of whole numbers from {low} to {high}")
        numbers = tuple(one(item) for item in value)
        if sorted(set(numbers)) != list(numbers):
            raise BadInput("give the numbers in rising order, each once")
        return numbers

    return check


def _anchor(value: object) -> str:
    if value not in ANCHORS:
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
    "R1.months": ("months_sold", _rising(1, 120)),
    "R2.renewal_anchor": ("renewal_anchor", _anchor),
    "A1.charge_time": ("charge_time", _time_of_day),
    "A2.console_days": ("console_days", _rising(-90, 3650)),
    "A2.console_months": ("console_months", _rising(1, 120)),
    "A3.checkout_days": ("checkout_days", _rising(-90, 3650)),
    "A3.checkout_months": ("checkout_months", _whole(1, 120)),
    "A9.short_period": ("short_period", _whole(0, 120)),
    "N2.reminder_time": ("reminder_time", _time_of_day),
    "N2.manual_days": ("manual_days", _rising(-90, -1)),
    "N2.non_renewal_days": ("non_renewal_days", _rising(-90, -1)),
    "N2.release_notice": ("release_notice", _length),
}
"""For each parameter ("RULE.key"), the field of `Policy` that holds it and the function that checks and reads it."""

_TEXT_KEYS: Final = ("text", "source")
"""The keys of a rule that are not parameters."""


def load_policy(path: Path | None = None) -> Policy:
    """The default policy, overridden by a user's file if there is one.

    Raises PolicyError, which names the file, the key and what would be right.
    """
    if path is None:
        return read_policy("")
    from core.base.inputs import MAX_TOML, read_bytes
    from core.base.reading import decode_text

    expected = "give a policy file in TOML"
    try:
        text = decode_text(read_bytes(path, MAX_TOML, expected))
    except BadInput as error:
        raise PolicyError(f"{path}: {error}") from None
    return read_policy(text, str(path))


def read_policy(text: str, name: str = "the policy") -> Policy:
    """Read a policy from TOML text that overrides the default. Raises PolicyError, which calls the text `name`."""
    base, own = _default(), _tables(text, name)
    numbers: dict[str, Value] = {}
    kept: dict[str, dict[str, object]] = {}
    for rule, defaults in base.rules.items():
        given = own.rules.get(rule, {})
        table = defaults | given
        for key in _numbers_in(table):
            field, check = PARAMETERS[f"{rule}.{key}"]
            try:
                numbers[field] = check(table[key])
            except BadInput as error:
                raise PolicyError(f"{name}: rules.{rule}.{key} = {shown(table[key])}: {error}") from None
        _check_text_and_source(rule, table, name)
        kept[rule] = {key: value for key, value in table.items() if key in given or key not in _TEXT_KEYS}
    return kept_policy(
        json.dumps({"name": own.name or base.name, "numbers": numbers, "rules": kept}, ensure_ascii=False)
    )


def rules_of(policy: Policy) -> dict[str, Rule]:
    """Every rule by its id, in the rulebook's order, with the policy's numbers in the texts."""
    return _rules_in(policy.source)


@lru_cache(maxsize=8)
def _rules_in(source: str) -> dict[str, Rule]:
    kept = json.loads(source)["rules"]
    return {rule: _rule(rule, defaults | kept.get(rule, {})) for rule, defaults in _default().rules.items()}


def changed_in(policy: Policy) -> tuple[str, ...]:
    """The parameters, such as "E2.retention", that differ from the default."""
    kept = json.loads(policy.source)["rules"]
    return tuple(
        f"{rule}.{key}"
        for rule, defaults in _default().rules.items()
        for key in _numbers_in(defaults)
        if _checked(rule, key, kept[rule][key]) != _checked(rule, key, defaults[key])
    )


def check_kept(policy: Policy) -> None:
    """Raise BadInput, LookupError or ValueError if the rules of a stored policy differ from its numbers."""
    kept, numbers = json.loads(policy.source)["rules"], policy._asdict()
    for rule, defaults in _default().rules.items():
        for key in _numbers_in(defaults):
            if _checked(rule, key, kept[rule][key]) != numbers[PARAMETERS[f"{rule}.{key}"][0]]:
                raise ValueError(f"two values of {rule}.{key}")


def _checked(rule: str, key: str, value: object) -> Value:
    return PARAMETERS[f"{rule}.{key}"][1](value)


def _numbers_in(table: dict[str, object]) -> list[str]:
    return [key for key in table if key not in _TEXT_KEYS]


class _Tables(NamedTuple):
    name: str
    rules: dict[str, dict[str, object]]


@lru_cache(maxsize=1)
def _default() -> _Tables:
    document = tomllib.loads(DEFAULT_POLICY.read_text(encoding="utf-8"))
    return _Tables(document["name"], document["rules"])


def _tables(text: str, name: str) -> _Tables:
    """The tables of a user's own policy. Raises PolicyError for a rule or key that the default policy lacks."""
    from core.base.inputs import parse_toml

    try:
        document = parse_toml(text)
    except BadInput as error:
        raise PolicyError(f"{name}: {error}") from None
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


def _check_text_and_source(rule: str, table: dict[str, object], name: str) -> None:
    text, source = table["text"], table["source"]
    if not isinstance(text, str) or not text.strip():
        raise PolicyError(f"{name}: rules.{rule}.text must be a sentence in quotes")
    for word in re.findall(r"\{(\w+)\}", text):
        if word not in _numbers_in(table):
            raise PolicyError(f"{name}: rules.{rule}.text: there is no number {{{word}}} in this rule")
    if source not in SOURCES:
        raise PolicyError(f'{name}: rules.{rule}.source = {shown(source)}: give "vendor", "ours" or "both"')


def _rule(rule: str, table: dict[str, object]) -> Rule:
    text = str(table["text"])
    for key in _numbers_in(table):
        text = text.replace("{" + key + "}", _in_text(table[key]))
    return Rule(rule, text, str(table["source"]))


def _in_text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)
