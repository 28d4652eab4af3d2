"""A few seconds of random keys, clicks, wheel turns, pastes and resizes. `python -m tests.fuzz` runs more of them."""

import pytest

from tests.fuzz import KEYS, SIZES, run
from tui.commands.table import COMMANDS


@pytest.mark.parametrize("seed", range(3))
def test_no_input_crashes_the_dashboard(seed: int) -> None:
    run(seed, gestures=18)


def test_no_input_crashes_it_while_a_stored_fleet_of_two_thousand_plays() -> None:
    run(3, gestures=12, instances=2_000)


def test_the_gestures_reach_every_command_and_the_smallest_terminals() -> None:
    unreached = [command.name for command in COMMANDS if not set(command.keys) & set(KEYS)]
    assert unreached == ["quit", "quit-dialog"]
    assert min(SIZES) == (1, 1)
