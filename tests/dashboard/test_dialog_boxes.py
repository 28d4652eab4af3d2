"""A dialog is a centred box over the screen, which stays visible behind it."""

import pytest
from textual.events import MouseDown
from textual.pilot import Pilot
from textual.widgets._toast import Toast

from tests.support.dashboards import WIDE, app_of, driven, sample, text_of
from tui.widgets.rows import RowTable


@pytest.mark.parametrize("key", ["t", "r", "e", "d", "B", "question_mark", "O"])
def test_the_screen_stays_visible_behind_a_dialog(key: str):
    app = app_of(sample(9))

    async def steps(pilot: Pilot[None]) -> list[str]:
        app.screen.query_one("#table", RowTable).move_to_key("plant-12")
        await pilot.press(key)
        await pilot.pause()
        return text_of(app).splitlines()

    lines = driven(app, steps, WIDE)
    assert "Fri 2026-07-10 00:00" in lines[0]
    corner = next(line for line in lines if "╭" in line)
    left, right = corner.index("╭"), WIDE[0] - 1 - corner.index("╮")
    assert left > 0 and abs(left - right) <= 1


def test_a_mouse_press_on_a_message_that_is_being_removed():
    app = app_of(sample(9))

    async def steps(pilot: Pilot[None]) -> None:
        app.session.tell("A message.")
        await pilot.pause(0.1)
        toast = app.screen.query_one(Toast)
        left, line = toast.region.offset
        # Removed, but still visible until the next layout of the screen.
        parent, toast._parent = toast._parent, None
        try:
            app.screen._forward_event(MouseDown(None, left + 2, line, 0, 0, 1, False, False, False))
        finally:
            toast._parent = parent

    driven(app, steps, WIDE)
