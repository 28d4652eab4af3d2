"""The journal: every import, advance and action in order. Everything else can be rebuilt from it."""

import json
import sqlite3
from collections.abc import Iterable
from typing import Final, NamedTuple

from core.base.errors import BadInput
from core.base.instants import Calendar
from core.base.kept_values import kept_instant, kept_whole
from core.base.money import plain_number
from core.base.reading import parse_json
from core.store.journal_rows import JournalRow, read_rows
from core.world.actions import NAMES, Action, read_action

_KINDS: Final = {kind: kind for kind in ("import", "advance", "act")}


class Entry(NamedTuple):
    """One journal entry: the `request` made at the instant `at`, and the instant `reached` by it.

    `target` is the instant that an advance was to reach. `request` is JSON: an action, or an imported document.
    """

    kind: str
    at: int
    target: int | None
    reached: int
    request: str | None


def action_text(action: Action, calendar: Calendar) -> str:
    """An action as JSON text, which `read_action_text` reads back."""
    form: dict[str, object] = {"do": NAMES[type(action)]}
    for key, value in action._asdict().items():
        if value is None and key != "amount":
            continue
        if key in ("starts", "expires"):
            form[key] = calendar.format(value)
        elif key in ("amount", "monthly_price"):
            form[key] = value if value is None or isinstance(value, str) else plain_number(value)
        else:
            form[key] = value
    return json.dumps(form, ensure_ascii=False)


def read_action_text(text: str, calendar: Calendar) -> Action:
    """Read an action that `action_text` wrote. Raises BadInput for any other text."""
    form = parse_json(text)
    if not isinstance(form, dict):
        raise BadInput("is not an action")
    return read_action(form, calendar)


def add_entry(connection: sqlite3.Connection, entry: Entry, events: tuple[int, int] | None, calendar: Calendar) -> int:
    """Append an entry and return its id. `events` are the numbers of its first and last event; None without events."""
    first, last = events or (None, None)
    cursor = connection.execute(
        "INSERT INTO journal (kind, at, target, reached, request, first_event, last_event) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            entry.kind, calendar.format(entry.at), None if entry.target is None else calendar.format(entry.target),
            calendar.format(entry.reached), entry.request, first, last,
        ),
    )  # fmt: skip
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def extend_entry(
    connection: sqlite3.Connection,
    entry_id: int,
    reached: int,
    target: int,
    events: tuple[int, int] | None,
    calendar: Calendar,
) -> None:
    """Record the instant that an advance to `target` has `reached`, and the numbers of its first and last new event."""
    first, last = events or (None, None)
    connection.execute(
        "UPDATE journal SET reached = ?, target = ?, first_event = coalesce(first_event, ?), "
        "last_event = coalesce(?, last_event) WHERE id = ?",
        (calendar.format(reached), calendar.format(target), first, last, entry_id),
    )


def read_entries(connection: sqlite3.Connection, calendar: Calendar) -> list[Entry]:
    """All entries, oldest first. Raises the same errors as `entries_of`."""
    return entries_of(read_rows(connection), calendar)


def entries_of(rows: Iterable[JournalRow], calendar: Calendar) -> list[Entry]:
    """The entries in these rows.

    Raises ValueError, LookupError or BadInput for an invalid entry, and for one that begins before the entry before it
    ended.
    """
    entries: list[Entry] = []
    for _, kind, at, target, reached, request, _, _ in rows:
        entry = Entry(
            _KINDS[kind],
            kept_instant(at, calendar),
            None if target is None else kept_instant(target, calendar),
            calendar.check_clock(kept_instant(reached, calendar)),
            request,
        )
        before = entries[-1].reached if entries else entry.at
        if not before <= entry.at <= entry.reached or (kind != "advance" and entry.at != entry.reached):
            raise ValueError("a journal entry is out of order")
        if not entries and kind != "import":
            raise ValueError("the journal does not begin with an import")
        entries.append(entry)
    return entries


def events_before_import(connection: sqlite3.Connection) -> int:
    """How many events the log held at the last import. What an import changes is not in the log."""
    (number,) = connection.execute(
        "SELECT max(last_event) FROM journal WHERE id < (SELECT max(id) FROM journal WHERE kind = 'import')"
    ).fetchone()
    return kept_whole(number or 0)
