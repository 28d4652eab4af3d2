"""The filter of the event log: words, and terms such as bad:service. Several values of one key are alternatives."""

import re
from typing import Final

from core.base.errors import shown
from core.store.log_search import LogFilter, Name
from core.world.events import TYPES
from core.world.model import STATES
from core.world.severity import DATA_LOST, SERVICE_LOST, TROUBLE
from tui.lists.filtering import keep_allowed, read_terms

KEYS: Final = ("instance", "account", "kind", "state", "rule", "bad", "on")
"""The keys that a term may have."""
HINT: Final = "words, " + " ".join(f"{key}:" for key in KEYS)
BAD: Final = {"any": TROUBLE, "trouble": TROUBLE, "service": SERVICE_LOST, "data": DATA_LOST}
"""The least severity for each value of bad: any trouble, service lost, data lost. A bad: without a value means any."""
_DATE: Final = re.compile(r"[0-9]{1,4}(-[0-9]{0,2}){0,2}")


def read_log_filter(text: str) -> tuple[LogFilter, str | None]:
    """Read a filter as typed. Returns it with the first complaint, in one sentence, or None. What cannot be read is
    left out of the filter.
    """
    words, values, unknown = read_terms(text, KEYS, alone="bad")
    problems = [] if unknown is None else [unknown]
    return (
        LogFilter(
            words=words,
            instances=values.get("instance", ()),
            accounts=values.get("account", ()),
            kinds=_kinds(values.get("kind", ()), problems),
            rules=tuple(name.text for name in values.get("rule", ())),
            days=_days(values.get("on", ()), problems),
            states=tuple(name.text for name in keep_allowed(values.get("state", ()), "state", STATES, problems)),
            bad=_bad(values.get("bad", ()), problems),
        ),
        problems[0] if problems else None,
    )


def _kinds(names: tuple[Name, ...], problems: list[str]) -> tuple[str, ...] | None:
    """The event types that the names match, in whole or in part; None if there are none."""
    found: list[str] = []
    for name in names:
        part = re.sub("[ -]", "_", name.text.casefold())
        kinds = [kind for kind in TYPES.values() if part in kind and (not name.whole or part == kind)]
        if not kinds:
            problems.append(f"{shown(name.text)} is not an event type: write one like renewed or notice_sent")
        found += kinds
    return tuple(dict.fromkeys(found)) or None


def _days(names: tuple[Name, ...], problems: list[str]) -> tuple[str, ...]:
    for name in names:
        if _DATE.fullmatch(name.text) is None:
            problems.append(f"{shown(name.text)} is not a date: write one like 2026-07-16, or 2026-07")
    return tuple(name.text for name in names if _DATE.fullmatch(name.text))


def _bad(names: tuple[Name, ...], problems: list[str]) -> int:
    """The lowest of the named severities; 0 if there is none."""
    found = []
    for name in names:
        degrees = [bad for word, bad in BAD.items() if word.startswith(name.text.casefold())]
        if not degrees:
            problems.append(f"{shown(name.text)} is not a severity: write bad:any, bad:service or bad:data")
        found += degrees
    return min(found, default=0)
