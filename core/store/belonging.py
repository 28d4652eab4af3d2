"""Whether what a file holds belongs together: pages of two fleets, once mixed, may each make sense by themselves."""

import sqlite3
from pathlib import Path
from typing import Final

from core.base.errors import StoreError, shown

_ASTRAY: Final = """
    SELECT of.account, accounts.id IS NULL, of.instance
    FROM (SELECT account, currency, min(id) AS instance FROM instances GROUP BY account, currency) AS of
    LEFT JOIN accounts ON accounts.id = of.account
    WHERE accounts.currency IS NOT of.currency
"""
"""Instances on accounts that aren't there, or have another currency."""
_ENDS: Final = "SELECT (SELECT reached FROM journal ORDER BY id DESC LIMIT 1), clock FROM fleet"


def check_belongs_together(connection: sqlite3.Connection, path: Path) -> None:
    """Raises StoreError where instances are on accounts that aren't there or have another currency, or the journal
    ends elsewhere than the clock stands. Asked before anything else is read: then the reason can be said. Whatever else
    may differ is found by `lapse verify`.
    """
    for account, missing, instance in connection.execute(_ASTRAY):
        named, on = shown(str(instance)), shown(str(account))
        if missing:
            raise _mixed(path, f"the instance {named} is on the account {on}, which is missing")
        raise _mixed(path, f"the instance {named} has another currency than its account {on}")
    reached, clock = connection.execute(_ENDS).fetchone()
    if reached != clock:
        raise _mixed(path, "its journal ends at another instant than its clock")


def _mixed(path: Path, why: str) -> StoreError:
    return StoreError(
        f"{path}: is damaged, parts of two fleets are mixed in it: {why}: name another file with --db FILE, or restore "
        "a copy"
    )
