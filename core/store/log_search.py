"""Searches the log for events by the text that is shown of them.

SQLite does the search, one range of event numbers per call, so that a log of any length can be searched without
blocking anybody for long.
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
"""The values of a detail that are shown unchanged, joined by spaces, in SQL."""
_EXPIRES: Final = "json_extract(detail, '$.expires')"
_DAY: Final = (
    f"CAST(substr({_EXPIRES}, 9, 2) AS INTEGER) || ' ' || "
    f"substr('{''.join(MONTHS)}', 3 * CAST(substr({_EXPIRES}, 6, 2) AS INTEGER) - 2, 3) || ' ' || "
    f"substr({_EXPIRES}, 1, 4)"
)
"""The date in a detail as screens show it, "2 Aug 2026"; screens leave out the year if it is the clock's."""
_OF_A_DAY: Final = re.compile(r"(?:[0-9]{0,2} )?([a-z]{1,3})(?: [0-9]{0,4})?")
"""What can be a part of such a date: at least some of the month's letters."""
_SOME_CURRENCY: Final = "CNY"
_CURRENCY_LENGTH: Final = 3
"""How many letters a currency code has."""
_PLACEHOLDER: Final = re.compile(rf"\S*[0-9]\S*|{_SOME_CURRENCY}")
"""The words in the sentence of an empty fact that only stand for its missing values."""


class Name(NamedTuple):
    """An id to search for: `text` is the whole id if `whole` is set, else its beginning."""

    text: str
    whole: bool


class LogFilter(NamedTuple):
    """What to search for: an event matches if its text contains every word and if every other field fits.

    A field fits if any of its values fits; a field left at its default is ignored.
    """

    words: tuple[str, ...] = ()
    instances: tuple[Name, ...] = ()
    accounts: tuple[Name, ...] = ()
    kinds: tuple[str, ...] | None = None
    """Event types; None means all types."""
    rules: tuple[str, ...] = ()
    """Beginnings of rule ids."""
    days: tuple[str, ...] = ()
    """Beginnings of dates: 2026, 2026-07, 2026-07-16."""
    states: tuple[str, ...] = ()
    """Beginnings of the states that were entered."""
    bad: int = 0
    """The least badness (`core.world.severity`)."""
    of_instance: str | None = None
    of_account: str | None = None


def search(connection: sqlite3.Connection, wanted: LogFilter, after: int, before: int) -> list[int]:
    """The numbers of the events that match, above `after` and below `before`, newest first."""
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
        add(_word_found(word))
    return " AND ".join(conditions), values


def _begins(column: str, text: str) -> tuple[str, list[object]]:
    return f"{column} LIKE ? ESCAPE '\\'", [f"{_escaped(text)}%"]


def _holds(column: str, text: str) -> tuple[str, list[object]]:
    return f"{column} LIKE ? ESCAPE '\\'", [f"%{_escaped(text)}%"]


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _as_bad_as(bad: int) -> list[tuple[str, list[object]]]:
    """Conditions for an event of at least this badness: `core.world.severity.badness` in SQL."""
    states: list[object] = [state for state, badness in STATE_BADNESS.items() if badness >= bad]
    alternatives = [_one_of("type = 'state_changed' AND json_extract(detail, '$.to')", states)]
    if bad <= TROUBLE:
        alternatives += [("type = ?", [TYPES[fact]]) for fact in TROUBLING]
        alternatives.append(_one_of("type = 'notice_sent' AND json_extract(detail, '$.notice')", list(WARNINGS)))
    return alternatives


def _one_of(column: str, values: list[object]) -> tuple[str, list[object]]:
    return f"{column} IN ({', '.join('?' * len(values))})", values


def _word_found(word: str) -> list[tuple[str, list[object]]]:
    """Conditions for a word in an event's shown text: the ids, the rule, the date, the sentence and its values."""
    alternatives = [_holds(column, word) for column in ("instance", "account", "rule")]
    if any(character.isdecimal() for character in word):
        alternatives.append(_holds("substr(at, 1, 16)", word.replace(" ", "T")))
    folded = word.casefold()
    for kind, mark, words in _fixed_words():
        if folded in words:
            alternatives.append(("type = ?", [kind]) if mark is None else _marked(kind, mark))
    # A shown amount has thousands commas, and punctuation may follow a value; the detail has neither. The whole detail
    # is searched first, because extracting its single values is slow.
    value = re.sub("(?<=[0-9]),(?=[0-9])", "", word).rstrip(":,")
    whole, inside = _holds("detail", value), _holds(_VALUES, value)
    alternatives.append((f"({whole[0]} AND {inside[0]})", [*whole[1], *inside[1]]))
    if (day := _OF_A_DAY.fullmatch(folded)) and any(day[1] in month.casefold() for month in MONTHS):
        condition, values = _holds(_DAY, word)
        alternatives.append((f"({_EXPIRES} IS NOT NULL AND {condition})", values))
    if word.isascii() and word.isalpha() and len(word) <= _CURRENCY_LENGTH:
        alternatives += _in_currency(word)
    return alternatives


def _in_currency(word: str) -> list[tuple[str, list[object]]]:
    """Conditions for a word in the currency shown beside an amount. Only the account holds it, not the event."""
    condition, values = _holds("currency", word)
    account = f"account IN (SELECT id FROM accounts WHERE {condition})"
    found = [(("type = ?", [kind]) if mark is None else _marked(kind, mark)) for kind, mark in _with_money()]
    return [(f"({account} AND {text})", [*values, *given]) for text, given in found]


def _marked(kind: str, mark: str) -> tuple[str, list[object]]:
    return "(type = ? AND instr(detail, ?))", [kind, mark]


@cache
def _sentences() -> tuple[tuple[str, str | None, str], ...]:
    """Every sentence of an event, with empty values: the event type, a text that the detail contains, the sentence."""
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
    return tuple(
        (TYPES[type(fact)], mark, tell(Event(0, 0, None, None, None, fact), _SOME_CURRENCY, calendar))
        for fact, mark in facts
    )


@cache
def _fixed_words() -> tuple[tuple[str, str | None, str], ...]:
    """The words of each sentence that do not depend on its values: event type, text in the detail, words."""
    return tuple((kind, mark, _PLACEHOLDER.sub("", sentence).casefold()) for kind, mark, sentence in _sentences())


@cache
def _with_money() -> tuple[tuple[str, str | None], ...]:
    """The event types whose sentence has an amount, with the text that the detail contains then."""
    return tuple((kind, mark) for kind, mark, sentence in _sentences() if _SOME_CURRENCY in sentence)
