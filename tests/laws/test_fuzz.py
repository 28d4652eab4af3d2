"""A few seconds of random keys, clicks, wheel, pastes and resizes. `python -m tests.fuzz` runs as many as one likes."""

import pytest

from tests.fuzz import KEYS, SIZES, run
from tui.commands.table import COMMANDS


@pytest.mark.parametrize("seed", range(3))
def test_nothing_a_person_does_ends_the_dashboard(seed: int) -> None:
    run(seed, gestures=18)


def test_nothing_ends_it_on_a_kept_fleet_of_two_thousand_that_plays() -> None:
    run(3, gestures=12, instances=2_000)


def test_the_gestures_reach_every_command_and_the_smallest_terminals() -> None:
    unreached = [command.name for command in COMMANDS if not set(command.keys) & set(KEYS)]
    assert unreached == ["quit", "quit-dialog"]
    assert min(SIZES) == (1, 1)
