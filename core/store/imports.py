"""Writes an import to the file: the whole world after it, and its entry in the journal."""

import json
from collections.abc import Mapping
from decimal import Decimal

from core.base.errors import StoreError
from core.base.money import plain_number
from core.simulation.simulation import Simulation
from core.store.file import damage_errors
from core.store.fleet_file import FleetFile, Head
from core.store.journal import Entry, add_entry
from core.world.model import World


def write_import(file: FleetFile, world: World, head: Head, document: Mapping[str, object]) -> Simulation:
    """Write a whole world and the journal entry of its import. Must run within a transaction.

    Returns the fleet as it is read back. Raises StoreError if it can't be read back, so that a fleet that can't be
    opened is never committed.
    """
    calendar = head.policy.calendar
    text = json.dumps({**document, "clock": calendar.format(world.clock)}, ensure_ascii=False, default=_plain)
    # A key that the instance's kind does not use is never checked: it may hold characters that can't be encoded.
    text = text.encode(errors="replace").decode()
    file.set_head(head._replace(clock=world.clock, events=world.events))
    file.save(world, world.accounts, world.instances)
    add_entry(file.connection, Entry("import", world.clock, None, world.clock, text), None, calendar)
    return _read_again(file)


def _read_again(file: FleetFile) -> Simulation:
    try:
        with damage_errors(file.path):
            head, world = file.read()
            return Simulation.of_kept(world, head.policy)
    except StoreError as error:
        raise StoreError(
            f"{file.path}: nothing was imported, because the fleet could not be opened again after it: "
            "import it in parts to find the entry that causes this"
        ) from error


def _plain(value: object) -> str:
    """A number as text that `parse_amount` reads, for the journal."""
    return plain_number(value) if isinstance(value, Decimal) else str(value)
