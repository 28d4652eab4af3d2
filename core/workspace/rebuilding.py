"""Rebuilds a fleet whose file is lost from its journal: the same events and the same state, in memory only."""

from collections.abc import Sequence

from core.store.file import MEMORY, damage_errors
from core.store.fleet_file import FleetFile, Head
from core.store.journal import entries_of
from core.store.journal_rows import JournalRow, write_rows
from core.store.log import Log
from core.workspace.replay import replay
from core.world.model import World


def rebuilt(head: Head, journal: Sequence[JournalRow]) -> FleetFile:
    """Rebuild a fleet from its journal, with its whole history, in a file that is not saved.

    It takes as long as the original simulation took. Raises StoreError if the journal can't be read.
    """
    file = FleetFile(MEMORY, create=True)
    calendar = head.policy.calendar
    world, currencies = World(head.started, {}, {}), dict[str, str]()
    log = Log(calendar, currencies)
    with damage_errors(MEMORY), file.writing() as connection:
        for batch in replay(entries_of(journal, calendar), head.policy, world):
            if len(currencies) < len(world.accounts):
                # An import added accounts, whose currencies the log must know.
                log.count_days(connection)
                currencies = {account.id: account.currency for account in world.accounts.values()}
                log = Log(calendar, currencies)
            log.append(connection, batch)
        log.count_days(connection)
        file.set_head(head._replace(clock=world.clock, events=world.events))
        file.save(world, world.accounts, world.instances)
        write_rows(connection, journal)
    return file
