"""Compares core with a second, naive implementation of the rulebook that shares no code with it.

Every event, state, date and amount must agree. An error in one of them shows as a difference; only the same misreading
in both does not. `python -m tests.reference FIRST:LAST` runs more seeds than these.
"""

from collections import Counter

import pytest

from core.rules.lifecycle import TABLE
from core.rules.rulebook import load_policy
from core.world.events import TYPES
from tests.reference import model
from tests.reference.comparing import difference
from tests.reference.histories import make, plain

POLICY = load_policy()
SEEDS = 150
PART = 10


@pytest.mark.parametrize("first", range(0, SEEDS, PART))
def test_core_agrees_with_the_reference(first: int) -> None:
    found = [told for seed in range(first, first + PART) if (told := difference(seed, POLICY))]
    assert not found, "\n".join(found)


def test_the_seeds_cover_all_events_refusals_and_transitions() -> None:
    """Except what the default numbers rule out."""
    types: Counter[object] = Counter()
    codes: Counter[object] = Counter()
    moves: Counter[object] = Counter()
    for seed in range(SEEDS):
        case = make(seed)
        result = model.simulate(plain(case.fleet), [plain(action) for action in case.script], case.until)
        assert isinstance(result["events"], list)
        for event in result["events"]:
            types[event["type"]] += 1
            codes[event.get("code")] += 1
            moves[event.get("from"), event.get("to")] += event["type"] == "state_changed"
    assert set(types) == set(TYPES.values())
    assert set(codes) - {None} == set(model.CODES) - {"period_in_past"}
    rows = {(row.state, row.target) for row in TABLE if row.state != row.target}
    # With the default numbers, no grace period runs out and no period ends within the half hour of a restoration.
    assert {pair for pair, count in moves.items() if count} == rows - {
        ("restoring", "stopped"),
        ("restoring", "expired"),
    }
