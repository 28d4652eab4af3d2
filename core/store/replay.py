"""Rebuilding a fleet from its journal alone: the same world and the same events, whatever steps it was run in (T2)."""

import json
from collections.abc import Iterable, Iterator

from core.events import Event
from core.fleets.merging import merge
from core.model import World
from core.policy import Policy
from core.simulation import Simulation
from core.store.journal import Entry, read_action_text


def replay(entries: Iterable[Entry], policy: Policy, world: World) -> Iterator[list[Event]]:
    """Run a journal's entries into an empty world, giving the events; the world holds the outcome at the end."""
    simulation = Simulation(world, policy)
    for entry in entries:
        if entry.kind == "import":
            world.clock = entry.reached
            merge(world, json.loads(entry.request or "{}"), policy)
            simulation = Simulation(world, policy)
        elif entry.kind == "advance":
            yield from simulation.advance(entry.reached)
        else:
            yield simulation.act(read_action_text(entry.request or "", policy.calendar))
