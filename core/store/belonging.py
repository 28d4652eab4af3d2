"""Checks that the parts of a file belong to one fleet. If pages of two fleets are mixed, each part may look valid."""

import sqlite3
from pathlib import Path
from typing import Final

from core.base.errors import StoreError, shown

_MISPLACED: Final = """
    SELECT of.account, accounts.id IS NULL, of.instance
    FROM (SELECT account, currency, min(id) AS instance FROM instances GROUP BY account, currency) AS of
    LEFT JOIN accounts ON accounts.id = of.account
    WHERE accounts.currency IS NOT of.currency
"""
"""Instances whose account is missing or has a different currency: one for each such account and currency."""
_ENDS: Final = "SELECT (SELECT reached FROM journal ORDER BY id DESC LIMIT 1), clock FROM fleet"


def check_belongs_together(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StoreError if the parts of the file can't belong to one fleet.

    That is so if an instance's account is missing or has a different currency, or if the journal does not end at the
    clock. This is checked before anything else is read, so that the error can name the reason. `lapse verify` finds
    any other difference.
    """
    for account, missing, instance in connection.execute(_MISPLACED):
        named, on = shown(str(instance)), shown(str(account))
        if missing:
            raise _mixed(path, f"the instance {named} is on the account {on}, which is missing")
        raise _mixed(path, f"the instance {named} has a different currency from its account {on}")
    reached, clock = connection.execute(_ENDS).fetchone()
    if reached != clock:
        raise _mixed(path, "its journal does not end at the instant of its clock")


def _mixed(path: Path, why: str) -> StoreError:
    return StoreError(
        f"{path}: is damaged, parts of two fleets are mixed in it: {why}: name another file with --db FILE, or restore "
        "a copy"
    )
