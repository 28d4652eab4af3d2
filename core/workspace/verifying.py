"""Verifies a file: replays its journal and compares the result with what the file holds."""

from collections.abc import Iterator

from core.rules.rulebook import check_kept
from core.store.days import DayCounts, has_days, read_days
from core.store.fleet_file import FleetFile
from core.store.journal import read_entries
from core.workspace.replay import replay
from core.world.events import Event, Refused
from core.world.model import World


def differences(file: FleetFile, log: Iterator[Event]) -> list[str]:
    """One sentence for each difference between the file and its replayed journal. Raises StoreError.

    `log` is the file's event log, in order.
    """
    found: list[str] = []
    with file.reading():
        head, stored = file.read()
        check_kept(head.policy)
        entries = read_entries(file.connection, head.policy.calendar)
        if entries and entries[-1].reached > head.clock:
            raise ValueError("a journal entry after the clock")
        rebuilt = World(head.started, {}, {})
        days = DayCounts(head.policy.calendar)
        for batch in replay(entries, head.policy, rebuilt):
            days.add(batch)
            for event in batch:
                if not _is_same(next(log, None), event) and not found:
                    found.append(f"event {event.seq} differs from the journal's")
        if next(log, None) is not None:
            found.append("the log holds more events than the journal gives")
        if has_days(file.connection) and read_days(file.connection) != days.pending():
            found.append("the counts of the days differ from the journal's")
    if rebuilt != stored or [*rebuilt.accounts, *rebuilt.instances] != [*stored.accounts, *stored.instances]:
        found.append("the accounts and instances differ from the journal's")
    return found


def _is_same(kept: Event | None, event: Event) -> bool:
    """Whether two events are the same except for their sentences, which differ from version to version."""
    return kept == event or (kept is not None and _without_words(kept) == _without_words(event))


def _without_words(event: Event) -> Event:
    fact = event.fact
    return event._replace(advice=(), fact=fact._replace(message="") if isinstance(fact, Refused) else fact)
