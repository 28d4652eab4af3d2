"""Rebuilds a fleet from its journal alone: the same world and the same events, whatever steps led to them (T2)."""

from collections.abc import Iterable, Iterator

from core.base.errors import BadInput
from core.base.reading import parse_json
from core.formats.merging import merge
from core.rules.policy import Policy
from core.simulation.simulation import Simulation
from core.store.journal import Entry, read_action_text
from core.world.events import Event
from core.world.model import World


def replay(entries: Iterable[Entry], policy: Policy, world: World) -> Iterator[list[Event]]:
    """Run a journal's entries in an empty world. Yields lists of events; at the end `world` holds the result.

    Raises BadInput, Refused or LookupError for entries that no fleet can have.
    """
    simulation = Simulation(world, policy)
    for entry in entries:
        if entry.kind == "import":
            world.clock = entry.reached
            merge(world, _document(entry.request or ""), policy)
            simulation = Simulation(world, policy)
        elif entry.kind == "advance":
            yield from simulation.advance(entry.reached)
        else:
            yield simulation.act(read_action_text(entry.request or "", policy.calendar))


def _document(text: str) -> dict[str, object]:
    """Parse a document, and check only what `merge` takes for granted. Raises BadInput."""
    document = parse_json(text)
    if not isinstance(document, dict):
        raise BadInput("is not a fleet")
    for key in ("accounts", "instances"):
        entries = document.get(key) or []
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise BadInput(f"{key} is not a list of objects")
    return document
