"""An import as the file keeps it: the whole world as it leaves it, and its entry in the journal."""

import json
from collections.abc import Mapping
from decimal import Decimal

from core.base.errors import StoreError
from core.base.money import plain_number
from core.simulation.simulation import Simulation
from core.store.file import sensible
from core.store.fleet_file import FleetFile, Head
from core.store.journal import Entry, add_entry
from core.world.model import World


def write_import(file: FleetFile, world: World, head: Head, document: Mapping[str, object]) -> Simulation:
    """Write a whole world and the journal entry of its import, within a transaction; gives the fleet as it is read
    again. Raises StoreError where it can't be, so that nothing is committed that doesn't open.
    """
    calendar = head.policy.calendar
    text = json.dumps({**document, "clock": calendar.format(world.clock)}, ensure_ascii=False, default=_plain)
    # A key that its kind doesn't use is let pass unread: it may hold what is not text.
    text = text.encode(errors="replace").decode()
    file.set_head(head._replace(clock=world.clock, events=world.events))
    file.save(world, world.accounts, world.instances)
    add_entry(file.connection, Entry("import", world.clock, None, world.clock, text), None, calendar)
    return _read_again(file)


def _read_again(file: FleetFile) -> Simulation:
    try:
        with sensible(file.path):
            head, world = file.read()
            return Simulation.of_kept(world, head.policy)
    except StoreError as error:
        raise StoreError(
            f"{file.path}: nothing was imported, because the fleet could not be opened again after it: "
            "import a part of it at a time to find what is to blame"
        ) from error


def _plain(value: object) -> str:
    """A number as `parse_amount` reads it from a text, for the journal."""
    return plain_number(value) if isinstance(value, Decimal) else str(value)
