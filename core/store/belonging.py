"""Whether what a file holds belongs together: pages of two fleets, once mixed, may each make sense by themselves."""

import sqlite3
from pathlib import Path

from core.errors import StoreError, shown
from core.model import World


def check_belongs_together(connection: sqlite3.Connection, path: Path, world: World) -> None:
    """Raises StoreError where instances are on accounts that aren't there or have another currency, or the journal
    ends elsewhere than the clock stands. Asked within the transaction that read the world. Whatever else may differ is
    found by `lapse check`.
    """
    for account, currency, instance in connection.execute(
        "SELECT account, currency, min(id) FROM instances GROUP BY account, currency"
    ):
        there = world.accounts.get(account)
        if there is None:
            raise _mixed(path, f"the instance {shown(instance)} is on the account {shown(account)}, which is missing")
        if there.currency != currency:
            raise _mixed(path, f"the instance {shown(instance)} has another currency than its account {shown(account)}")
    reached, clock = connection.execute(
        "SELECT (SELECT reached FROM journal ORDER BY id DESC LIMIT 1), clock FROM fleet"
    ).fetchone()
    if reached != clock:
        raise _mixed(path, "its journal ends at another instant than its clock")


def _mixed(path: Path, why: str) -> StoreError:
    return StoreError(
        f"{path}: is damaged, parts of two fleets are mixed in it: {why}: name another file with --db FILE, or restore "
        "a copy"
    )
