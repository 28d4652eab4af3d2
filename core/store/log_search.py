"""Finding events in the log by what is shown of them: done by SQLite, stretch by stretch, so that any length can be
searched without holding anybody up.
"""

import re
import sqlite3
from functools import cache
from typing import Final, NamedTuple

from core.base.instants import Calendar
from core.words.sentences import MONTHS, NOTICES, REASONS, tell
from core.world.events import (
    TYPES,
    AccountCleared,
    AccountOverdue,
    AutoRenewalChanged,
    AutoRenewalFailed,
    BillIssued,
    BillSettled,
    CouponEnded,
    CouponGranted,
    DevicesChanged,
    Event,
    Fact,
    LowBalanceAlertSet,
    NoticeSent,
    Purchased,
    Refused,
    Renewed,
    StateChanged,
    ToppedUp,
    TrialContinued,
    Upgraded,
)
from core.world.severity import STATE_BADNESS, TROUBLE, TROUBLING, WARNINGS

_VALUES: Final = " || ' ' || ".join(
    (
        *(
            f"ifnull(json_extract(detail, '$.{key}'), '')"
            for key in ("from", "to", "bill", "amount", "note", "coupon", "months", "schedule", "do", "code", "message")
        ),
        "ifnull(substr(json_extract(detail, '$.expires'), 1, 10), '')",
    )
)
"""What is shown of a detail's values, as they are."""
_EXPIRES: Final = "json_extract(detail, '$.expires')"
_DAY: Final = (
    f"CAST(substr({_EXPIRES}, 9, 2) AS INTEGER) || ' ' || "
    f"substr('{''.join(MONTHS)}', 3 * CAST(substr({_EXPIRES}, 6, 2) AS INTEGER) - 2, 3) || ' ' || "
    f"substr({_EXPIRES}, 1, 4)"
)
"""The date in a detail as screens tell it, "2 Aug 2026"; they leave out the clock's year."""
_OF_A_DAY: Final = re.compile(r"(?:[0-9]{0,2} )?([a-z]{1,3})(?: [0-9]{0,4})?")
"""What may be a part of such a date: some of the month's letters at least."""
_SOME_CURRENCY: Final = "CNY"
_CURRENCY: Final = 3
"""The letters of a currency's code."""
_NOT_SAID: Final = re.compile(rf"\S*[0-9]\S*|{_SOME_CURRENCY}")
"""What a sentence made for an empty fact says only because something must stand there."""


class Name(NamedTuple):
    """An id to look for: the whole of it, or its beginning."""

    text: str
    whole: bool


class LogFilter(NamedTuple):
    """What to look for: every word somewhere in what is shown, and of each field that isn't empty one of its values."""

    words: tuple[str, ...] = ()
    instances: tuple[Name, ...] = ()
    accounts: tuple[Name, ...] = ()
    kinds: tuple[str, ...] | None = None
    """Types of events; None: all."""
    rules: tuple[str, ...] = ()
    """Beginnings of rules' ids."""
    days: tuple[str, ...] = ()
    """Beginnings of dates: 2026, 2026-07, 2026-07-16."""
    states: tuple[str, ...] = ()
    """Beginnings of the states that were entered."""
    bad: int = 0
    """At least so bad (`core.world.severity`)."""
    of_instance: str | None = None
    of_account: str | None = None


def search(connection: sqlite3.Connection, wanted: LogFilter, after: int, before: int) -> list[int]:
    """The numbers of the events that fit, between two numbers and without them, newest first."""
    condition, values = _condition(wanted)
    query = f"SELECT seq FROM events WHERE seq > ? AND seq < ? AND {condition} ORDER BY seq DESC"
    return [seq for (seq,) in connection.execute(query, (after, before, *values))]


def _condition(wanted: LogFilter) -> tuple[str, list[object]]:
    conditions, values = ["true"], list[object]()

    def add(alternatives: list[tuple[str, list[object]]]) -> None:
        conditions.append("(" + (" OR ".join(text for text, _ in alternatives) or "false") + ")")
        for _, given in alternatives:
            values.extend(given)

    for column, one in (("instance", wanted.of_instance), ("account", wanted.of_account)):
        if one is not None:
            add([(f"{column} = ?", [one])])
    for column, names in (("instance", wanted.instances), ("account", wanted.accounts)):
        if names:
            add([(f"{column} = ?", [name.text]) if name.whole else _begins(column, name.text) for name in names])
    if wanted.kinds is not None:
        add([("type = ?", [kind]) for kind in wanted.kinds])
    for column, beginnings in (("rule", wanted.rules), ("at", wanted.days)):
        if beginnings:
            add([_begins(column, beginning) for beginning in beginnings])
    if wanted.states:
        entered = "type = 'state_changed' AND json_extract(detail, '$.to')"
        add([_begins(entered, state) for state in wanted.states])
    if wanted.bad:
        add(_as_bad_as(wanted.bad))
    for word in wanted.words:
        add(_shown(word))
    return " AND ".join(conditions), values


def _begins(column: str, text: str) -> tuple[str, list[object]]:
    return f"{column} LIKE ? ESCAPE '\\'", [f"{_escaped(text)}%"]


def _holds(column: str, text: str) -> tuple[str, list[object]]:
    return f"{column} LIKE ? ESCAPE '\\'", [f"%{_escaped(text)}%"]


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _as_bad_as(bad: int) -> list[tuple[str, list[object]]]:
    """What makes an event at least so bad: what `core.world.severity.badness` says, in SQL."""
    states: list[object] = [state for state, there in STATE_BADNESS.items() if there >= bad]
    alternatives = [_one_of("type = 'state_changed' AND json_extract(detail, '$.to')", states)]
    if bad <= TROUBLE:
        alternatives += [("type = ?", [TYPES[fact]]) for fact in TROUBLING]
        alternatives.append(_one_of("type = 'notice_sent' AND json_extract(detail, '$.notice')", list(WARNINGS)))
    return alternatives


def _one_of(column: str, values: list[object]) -> tuple[str, list[object]]:
    return f"{column} IN ({', '.join('?' * len(values))})", values


def _shown(word: str) -> list[tuple[str, list[object]]]:
    """Where a word may be found in what is shown of an event: whom it is about, the rule, the date, what is told."""
    alternatives = [_holds(column, word) for column in ("instance", "account", "rule")]
    if any(character.isdecimal() for character in word):
        alternatives.append(_holds("substr(at, 1, 16)", word.replace(" ", "T")))
    folded = word.casefold()
    for kind, mark, told in _sentences():
        if folded in told:
            alternatives.append(("type = ?", [kind]) if mark is None else _marked(kind, mark))
    # Money is grouped where it is shown, and what follows a value is no part of it. The whole detail is looked at
    # first: what it doesn't hold isn't worth taking apart.
    value = re.sub("(?<=[0-9]),(?=[0-9])", "", word).rstrip(":,")
    whole, inside = _holds("detail", value), _holds(_VALUES, value)
    alternatives.append((f"({whole[0]} AND {inside[0]})", [*whole[1], *inside[1]]))
    if (day := _OF_A_DAY.fullmatch(folded)) and any(day[1] in month.casefold() for month in MONTHS):
        condition, values = _holds(_DAY, word)
        alternatives.append((f"({_EXPIRES} IS NOT NULL AND {condition})", values))
    if word.isascii() and word.isalpha() and len(word) <= _CURRENCY:
        alternatives += _in_currency(word)
    return alternatives


def _in_currency(word: str) -> list[tuple[str, list[object]]]:
    """Where a word is a part of the currency that is told with an amount: the account has it, the event has none."""
    condition, values = _holds("currency", word)
    account = f"account IN (SELECT id FROM accounts WHERE {condition})"
    found = [(("type = ?", [kind]) if mark is None else _marked(kind, mark)) for kind, mark in _with_money()]
    return [(f"({account} AND {text})", [*values, *given]) for text, given in found]


def _marked(kind: str, mark: str) -> tuple[str, list[object]]:
    return "(type = ? AND instr(detail, ?))", [kind, mark]


@cache
def _told() -> tuple[tuple[str, str | None, str], ...]:
    """Every type of event told without values: the type, what its detail holds then, and the sentence."""
    facts: list[tuple[Fact, str | None]] = [
        (StateChanged(None, ""), '"from":null'), (StateChanged("", ""), '"from":"'),
        (BillIssued("", 0), None), (BillSettled("", 0, 0, 0), None), (AccountOverdue(), None), (AccountCleared(), None),
        (ToppedUp(0), None), (CouponGranted("", 0), None), (CouponEnded("", 0), None),
        (Purchased(0, 0, 0, 0, 0), None), (Upgraded(0, 0, 0, 0, 0), None), (TrialContinued(), None),
        (Refused("", "", ""), None), (LowBalanceAlertSet(0), '"amount":"'), (LowBalanceAlertSet(None), '"amount":null'),
        *((Renewed(0, 0, 0, 0, 0, by), f'"by":"{by}"') for by in ("auto", "manual")),
        *((AutoRenewalFailed(reason, 0), f'"reason":"{reason}"') for reason in REASONS),
        *((AutoRenewalChanged(mode, "", 0), f'"mode":"{mode}"') for mode in ("auto", "manual", "none")),
        *((DevicesChanged(online), f'"online":{str(online).lower()}') for online in (True, False)),
        *((NoticeSent("email", notice), f'"notice":"{notice}"') for notice in NOTICES if notice != "low_balance"),
        (NoticeSent("sms", "low_balance"), '"notice":"low_balance"'),
    ]  # fmt: skip
    calendar = Calendar(0)
    told = ((fact, mark, tell(Event(0, 0, None, None, None, fact), _SOME_CURRENCY, calendar)) for fact, mark in facts)
    return tuple((TYPES[type(fact)], mark, text) for fact, mark, text in told)


@cache
def _sentences() -> tuple[tuple[str, str | None, str], ...]:
    """What is told of each type of event whatever its values: the type, what its detail holds then, and the words."""
    return tuple((kind, mark, _NOT_SAID.sub("", told).casefold()) for kind, mark, told in _told())


@cache
def _with_money() -> tuple[tuple[str, str | None], ...]:
    """The types of events with which an amount is told, and what the detail holds then."""
    return tuple((kind, mark) for kind, mark, told in _told() if _SOME_CURRENCY in told)
