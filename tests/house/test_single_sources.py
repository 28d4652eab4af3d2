"""Lists that repeat what another place decides: each is compared with it, so that they cannot drift apart."""

import sqlite3
from contextlib import closing
from pathlib import Path

from core.ahead.forecast import Attempt
from core.store.fleet_file import _TABLES
from core.store.schema import migrate
from core.store.state_rows import PROGRESS_COLUMNS
from core.words.sentences import REASONS
from core.workspace.statement import _REASONS
from core.world.events import FAILURE_REASONS
from tests.support.keeping import asked, keep, mixed_document, when
from tui.widgets.outcomes import outcome


def test_clearing_a_file_empties_every_table_but_its_history() -> None:
    """A fleet that is begun anew in a file goes on from the history of the one before."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {name for name in tables if not name.startswith(("sqlite_", "_"))} == {*_TABLES, "history"}


def test_time_alone_changes_just_the_columns_of_progress(tmp_path: Path) -> None:
    """A year in which nobody acts, on instances of every kind: what a step of the clock writes is all that changed."""
    kept = keep(tmp_path / "fleet.db", mixed_document(120))
    query = "SELECT * FROM instances ORDER BY position"
    with closing(sqlite3.connect(kept.path)) as connection:
        columns = [column for _, column, *_ in connection.execute("PRAGMA table_info(instances)")]
    changed: set[str] = set()
    before = asked(kept.path, query)
    for month in range(8, 13):
        kept.advance(when(f"2026-{month:02}-01"))
        after = asked(kept.path, query)
        for old, new in zip(before, after, strict=True):
            changed |= {name for name, there, here in zip(columns, old, new, strict=True) if there != here}
        before = after
    assert changed <= set(PROGRESS_COLUMNS)
    assert kept.check() == [], "and nothing of it was left out"


def test_every_reason_of_a_failed_payment_has_its_words() -> None:
    """A6: as a sentence, as a line of the statement, and as the outcome in a table."""
    assert set(REASONS) == set(_REASONS) == set(FAILURE_REASONS)
    for reason in FAILURE_REASONS:
        words, style = outcome(Attempt(0, 100, reason, 50), "CNY", 40)
        assert (words[:2], style) == ("x ", "expired")
