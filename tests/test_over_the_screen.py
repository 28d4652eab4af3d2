"""A dialog is a box in the middle, over the screen that stays in sight behind it."""

import pytest
from textual.pilot import Pilot

from tests.dashboards import WIDE, app_of, driven, sample, text_of


@pytest.mark.parametrize("key", ["t", "r", "e", "d", "B", "question_mark", "O"])
def test_the_screen_stays_in_sight_behind_it(key: str):
    app = app_of(sample(9))

    async def steps(pilot: Pilot[None]) -> list[str]:
        await pilot.press("j", "j", "j", key)
        await pilot.pause()
        return text_of(app).splitlines()

    lines = driven(app, steps, WIDE)
    assert "Fri 2026-07-10 00:00" in lines[0]
    corner = next(line for line in lines if "╭" in line)
    left, right = corner.index("╭"), WIDE[0] - 1 - corner.index("╮")
    assert left > 0 and abs(left - right) <= 1
