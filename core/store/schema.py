"""The schema of a fleet's file, built by migrations.

Other tools can query the file: instants are ISO 8601 text in the policy's offset, money is text with its currency in a
column beside it, states are words. Every migration raises `VERSION`, which the file stores as `user_version`.
"""

import sqlite3
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlite_utils import Database

VERSION: Final = 5
APPLICATION_ID: Final = 0x4C617073
"""Marks a database as a fleet's file: "Laps" in the header's application id."""

_FLEET: Final = """
CREATE TABLE fleet (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    clock TEXT NOT NULL,
    started TEXT NOT NULL,
    events INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    policy TEXT NOT NULL
);
CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('import', 'advance', 'act')),
    at TEXT NOT NULL,
    target TEXT,
    reached TEXT NOT NULL,
    request TEXT,
    first_event INTEGER,
    last_event INTEGER
);
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    type TEXT NOT NULL,
    account TEXT,
    instance TEXT,
    rule TEXT,
    detail TEXT NOT NULL
);
CREATE TABLE accounts (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    currency TEXT NOT NULL,
    balance TEXT NOT NULL,
    low_balance_alert TEXT,
    daily_spend TEXT NOT NULL,
    overdue_since TEXT,
    cycle_opened TEXT NOT NULL
);
CREATE TABLE coupons (
    account TEXT NOT NULL REFERENCES accounts (id),
    id TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount TEXT NOT NULL,
    remaining TEXT NOT NULL,
    starts TEXT,
    expires TEXT,
    PRIMARY KEY (account, id)
);
CREATE TABLE unpaid_bills (
    account TEXT NOT NULL REFERENCES accounts (id),
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    currency TEXT NOT NULL,
    amount TEXT NOT NULL,
    issued TEXT NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE TABLE open_cycle_lines (
    account TEXT NOT NULL REFERENCES accounts (id),
    instance TEXT NOT NULL,
    currency TEXT NOT NULL,
    daily_charge TEXT NOT NULL,
    served_seconds INTEGER NOT NULL,
    serving_since TEXT,
    PRIMARY KEY (account, instance)
);
CREATE TABLE unbilled_cycles (
    account TEXT NOT NULL REFERENCES accounts (id),
    cycle_end TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (account, cycle_end)
);
CREATE TABLE instances (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES accounts (id),
    currency TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    region TEXT NOT NULL,
    state TEXT NOT NULL,
    since TEXT,
    rule TEXT,
    restored_at TEXT,
    trial INTEGER NOT NULL,
    expires TEXT,
    anchor_day INTEGER,
    monthly_price TEXT NOT NULL,
    renewal_mode TEXT NOT NULL,
    renewal_schedule TEXT,
    renewal_months INTEGER,
    renewal_enabled_on TEXT,
    daily_charge TEXT NOT NULL,
    devices_online INTEGER NOT NULL,
    last_online TEXT,
    trial_continued TEXT
);
"""

# The day counts, without notices that only repeat another event. The rules of badness are copied into this statement
# as they were then, so that the migration always gives the same result.
_DAYS: Final = """
CREATE TABLE days (
    day TEXT PRIMARY KEY,
    events INTEGER NOT NULL,
    trouble INTEGER NOT NULL,
    service_lost INTEGER NOT NULL,
    data_lost INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO days
SELECT day, count(*), sum(bad = 1), sum(bad = 2), sum(bad = 3) FROM (
    SELECT substr(at, 1, 10) AS day, CASE type
        WHEN 'state_changed' THEN CASE json_extract(detail, '$.to')
            WHEN 'frozen' THEN 1 WHEN 'overdue' THEN 1 WHEN 'stopped' THEN 2 WHEN 'expired' THEN 2
            WHEN 'released' THEN 3 ELSE 0 END
        WHEN 'auto_renewal_failed' THEN 1
        WHEN 'account_overdue' THEN 1
        WHEN 'refused' THEN 1
        WHEN 'notice_sent' THEN json_extract(detail, '$.notice') IN ('low_balance', 'release_tomorrow')
        ELSE 0 END AS bad
    FROM events
    WHERE type <> 'notice_sent' OR json_extract(detail, '$.notice') NOT IN (
        'auto_renewal_failed', 'account_overdue', 'account_cleared', 'stopped', 'expired', 'released', 'frozen'
    )
) GROUP BY day;
"""

# Distinguishes the fleet from every other one, even if another file is put at its path later.
_IDENTITY: Final = "ALTER TABLE fleet ADD COLUMN identity TEXT NOT NULL DEFAULT ''"

# A frozen instance has lost its service, but the first day counts counted it as trouble.
_FROZEN_DAYS: Final = """
WITH frozen AS (
    SELECT substr(at, 1, 10) AS day, count(*) AS number FROM events
    WHERE type = 'state_changed' AND json_extract(detail, '$.to') = 'frozen' GROUP BY day
)
UPDATE days SET
    trouble = trouble - (SELECT number FROM frozen WHERE frozen.day = days.day),
    service_lost = service_lost + (SELECT number FROM frozen WHERE frozen.day = days.day)
WHERE day IN (SELECT day FROM frozen);
"""

# For each revision a digest of everything written so far: distinguishes the file from a copy that diverged from it.
_HISTORY: Final = "CREATE TABLE history (revision INTEGER PRIMARY KEY, digest TEXT NOT NULL)"

LOG_INDEXES: Final = {
    "events_by_instance": "CREATE INDEX IF NOT EXISTS events_by_instance ON events (instance)",
    "events_by_account": "CREATE INDEX IF NOT EXISTS events_by_account ON events (account, type)",
}
"""The log's indexes by name. They are created when first needed (`core.store.log_index`), so a file may lack them."""


def migrate(connection: sqlite3.Connection, identity: str = "") -> None:
    """Bring a database to the current schema in one transaction, and mark it as a fleet's file.

    A fleet without an identity gets the given one. Raises sqlite3.Error.
    """
    # Imported here, because loading it takes longer than most commands.
    from sqlite_utils import Database, Migrations

    migrations = Migrations("lapse")

    @migrations()
    def fleet(db: Database) -> None:
        _run(db, _FLEET)

    @migrations()
    def days(db: Database) -> None:
        _run(db, _DAYS)

    @migrations()
    def identity_of_the_fleet(db: Database) -> None:
        db.execute(_IDENTITY)
        db.execute("UPDATE fleet SET identity = ?", (identity,))

    @migrations()
    def frozen_days(db: Database) -> None:
        _run(db, _FROZEN_DAYS)

    @migrations()
    def digests_of_the_history(db: Database) -> None:
        db.execute(_HISTORY)

    connection.execute("BEGIN IMMEDIATE")
    migrations.apply(Database(connection))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _run(db: "Database", statements: str) -> None:
    for statement in statements.split(";\n"):
        if statement.strip():
            db.execute(statement)
