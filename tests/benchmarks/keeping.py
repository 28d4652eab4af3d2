"""The cost of storing a fleet: a stored year against memory plus bulk insert, and a quiet day of a large fleet."""

import gc
import sqlite3
from pathlib import Path
from statistics import median
from time import perf_counter

from core.base.instants import DAY
from core.formats.document_writing import write_document
from core.rules.rulebook import load_policy
from core.simulation.simulation import Simulation
from core.store.log import INSERT_EVENTS, EventRow, Log
from core.workspace.importing import begin
from core.workspace.workspace import Workspace
from core.world.model import World
from tests.benchmarks.fleets import mixed_fleet, quiet_fleet

YEAR = 365 * DAY
POLICY = load_policy()


def persisted_year(folder: Path, size: int) -> float:
    """Seconds to simulate a year of a mixed fleet that is stored in a file."""
    kept = _begun(folder / "year.db", mixed_fleet(size, POLICY))
    gc.collect()
    started = perf_counter()
    kept.advance(kept.clock + YEAR)
    taken = perf_counter() - started
    kept.close()
    _remove(folder / "year.db")
    return taken


def year_in_memory(size: int) -> tuple[float, list[EventRow]]:
    """Seconds to simulate the same year in memory, and the rows of its log. Making the rows is not timed."""
    world = mixed_fleet(size, POLICY)
    simulation = Simulation(world, POLICY)
    gc.collect()
    started = perf_counter()
    for _ in simulation.advance(world.clock + YEAR):
        pass
    taken = perf_counter() - started
    again = mixed_fleet(size, POLICY)
    currencies = {account.id: account.currency for account in again.accounts.values()}
    log = Log(POLICY.calendar, currencies)
    made: list[EventRow] = []
    for events in Simulation(again, POLICY).advance(again.clock + YEAR):
        made += log.rows(events)
    return taken, made


def bulk_insert(folder: Path, rows: list[EventRow]) -> float:
    """Seconds to insert these rows with one `executemany`, in WAL mode with `synchronous = NORMAL`."""
    path = folder / "bulk.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(
        "CREATE TABLE events (seq INTEGER PRIMARY KEY, at TEXT, type TEXT, account TEXT, instance TEXT, rule TEXT, "
        "detail TEXT)"
    )
    gc.collect()
    started = perf_counter()
    connection.execute("BEGIN")
    connection.executemany(INSERT_EVENTS, rows)
    connection.execute("COMMIT")
    taken = perf_counter() - started
    connection.close()
    _remove(path)
    return taken


def quiet_day(folder: Path, size: int) -> float:
    """Seconds to advance a stored fleet by a day on which nothing is due: the median of nine days."""
    kept = _begun(folder / "quiet.db", quiet_fleet(size, POLICY))
    taken = [_day(kept) for _ in range(9)]
    kept.close()
    _remove(folder / "quiet.db")
    return median(taken)


def _begun(path: Path, world: World) -> Workspace:
    """Store a fleet in a new file and open it."""
    return begin(path, write_document(world, POLICY), world.clock, POLICY, "measured")[0]


def _day(kept: Workspace) -> float:
    started = perf_counter()
    kept.advance(kept.clock + DAY)
    return perf_counter() - started


def _remove(path: Path) -> None:
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
