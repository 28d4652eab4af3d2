"""A screen shows the current state when it is shown again."""

import pytest
from textual.pilot import Pilot

from core.world.actions import TopUp
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=str)
@pytest.mark.parametrize("keys", [("3", "right", "1"), ("2", "right", "1"), ("3", "right", "2", "1")], ids=" ".join)
def test_the_clock_bar_follows_a_clock_that_moved_while_another_screen_was_shown(
    keys: tuple[str, ...], size: tuple[int, int]
):
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> str:
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        return text_of(app)

    assert "Thu 2026-07-02 00:00" in driven(app, steps, size)


def test_the_clock_bar_shows_money_that_arrived_while_another_screen_was_shown():
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> str:
        await pilot.press("2")
        await pilot.pause()
        app.session.act(TopUp("acme", "500"))
        await pilot.press("1")
        await pilot.pause()
        return text_of(app)

    assert "CNY 2,011.50" in driven(app, steps, NARROW)
