"""Dialogs and tables say what will happen: which instances are left out and why, and what was done."""

from textual.pilot import Pilot
from textual.widgets import Static

from core.actions import SetManualRenewal
from core.model import MANUAL, RELEASED
from tests.dashboards import NARROW, app_of, driven, sample, text_of
from tui.app import LapseApp
from tui.dialogs.by_hand import ByHandDialog
from tui.dialogs.renew import RenewDialog
from tui.screens.instances import InstanceScreen


async def on_table(pilot: Pilot[None], app: LapseApp, *marked: str) -> InstanceScreen:
    """The table that is shown, with instances marked in this order."""
    screen = app.screen
    assert isinstance(screen, InstanceScreen)
    screen.marks.mark(marked)
    screen.draw()
    await pilot.pause()
    return screen


def told(app: LapseApp) -> list[str]:
    """What the toasts say."""
    return [note.message for note in app._notifications]


def keys_of(app: LapseApp) -> str:
    """The line of keys of the dialog."""
    return str(app.screen.query_one(".box").border_subtitle)


def test_what_has_no_period_does_not_keep_the_dialog_from_opening_though_it_was_marked_first() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        others = [item for item in app.session.workspace.world.instances.values() if item.account != "acme"]
        there = app.session.workspace.world.instances
        legacy = there["legacy-03"]
        other = next(item for item in there.values() if item.kind == "enterprise" and item.account != legacy.account)
        assert others
        await on_table(pilot, app, "legacy-03", other.id)
        await pilot.press("r")
        assert isinstance(app.screen, RenewDialog)
        assert "1 of 2 can't be renewed" in text_of(app)
        assert "o leave them out" in keys_of(app) and "space" not in keys_of(app)
        await pilot.press("space")
        assert len(app.screen.instances) == 2
        await pilot.press("o")
        assert [item.id for item in app.screen.instances] == [other.id]
        await pilot.press("escape")

    driven(app, steps, (120, 40))


def test_the_tick_is_not_offered_where_auto_renewal_is_on() -> None:
    workspace = sample()
    automatic = next(item.id for item in workspace.world.instances.values() if item.renewal.mode == "auto")
    by_hand = next(
        item.id
        for item in workspace.world.instances.values()
        if item.renewal.mode == MANUAL and item.kind == "enterprise" and item.state != RELEASED
    )
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await on_table(pilot, app, automatic)
        await pilot.press("r")
        assert "space" not in keys_of(app)
        await pilot.press("space", "escape", "escape")
        await on_table(pilot, app, by_hand)
        await pilot.press("r")
        assert "space auto-renewal" in keys_of(app)

    driven(app, steps)


def test_a_released_instance_does_not_count_as_one_to_renew() -> None:
    workspace = sample(45)
    gone = [item.id for item in workspace.world.instances.values() if item.state == RELEASED]
    mode = workspace.world.instances[gone[0]].renewal.mode
    assert mode == MANUAL
    alive = [
        item
        for item in workspace.world.instances.values()
        if item.kind == "enterprise" and item.state != RELEASED and item.renewal.mode == MANUAL
    ]
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2")
        assert f"Manual {len(alive)} " in text_of(app) and f"{len(alive)} all" in text_of(app)
        screen = await on_table(pilot, app, gone[0])
        assert "released: can't be renewed any more" in text_of(app) and "a month" not in text_of(app).splitlines()[-3]
        screen.marks.mark([alive[0].id])
        screen.draw()
        await pilot.pause()
        assert "1 marked and 1 released" in text_of(app)

    driven(app, steps, (120, 40))


def test_setting_what_is_so_already_says_that_nothing_changes() -> None:
    workspace = sample()
    there = [item.id for item in workspace.world.instances.values() if item.kind == "enterprise"][:3]
    workspace.act(SetManualRenewal(tuple(there)))
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await on_table(pilot, app, *there)
        before = workspace.world.events
        await pilot.press("m")
        assert isinstance(app.screen, ByHandDialog)
        assert "Nothing changes: they are set to manual renewal already." in text_of(app)
        assert "nothing changes" in text_of(app) and "enter" not in keys_of(app)
        await pilot.press("enter")
        assert not isinstance(app.screen, ByHandDialog) and workspace.world.events == before
        await pilot.press("x", "enter")
        assert "3 set to non-renewal." in told(app)
        workspace.act(SetManualRenewal((there[0],)))
        await on_table(pilot, app, *there)
        await pilot.press("m")
        assert "Set 2 instances to manual renewal" in str(app.screen.query_one(".box").border_title)
        assert "Nothing changes for 1: it is set to manual renewal already." in text_of(app)
        await pilot.press("enter")
        assert "2 set to manual renewal." in told(app)

    driven(app, steps)


def test_more_reminders_than_there_is_room_for_are_counted() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2", "tab", "a", "m")
        shown = text_of(app)
        assert "…" not in "".join(line[45:70] for line in shown.splitlines()[4:14]), shown
        assert " more" in shown

    driven(app, steps, NARROW)


def test_a_filter_leads_to_the_first_that_fits_and_an_empty_one_back() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        screen = await on_table(pilot, app)
        names = [name for name in screen.listing.keys if not name.startswith("plant")]
        screen.table.move_to_key(names[3])
        await pilot.press("slash", *"plant")
        assert screen.table.cursor == screen.listing.keys[0] != names[3]
        await pilot.press("escape")
        screen.table.move_to_key(names[3])
        await pilot.press("slash", *"zzzz")
        assert screen.table.cursor is None
        await pilot.press("escape")
        assert screen.table.cursor == names[3]

    driven(app, steps)


def test_a_wrong_date_is_answered_with_what_the_dialog_takes() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("d", *"yesterday")
        answer = app.screen.query_one(".answer", Static)
        assert str(answer.render()) == (
            '"yesterday" is no date: write one like 2026-09-01, or a length of time like 30d, 2w, 3mo.'
        )
        await pilot.press("ctrl+u", *"2020-01-01")
        assert str(answer.render()) == (
            "That is before the clock, which stands at Wed 2026-07-01 00:00: time only goes forward here."
        )

    driven(app, steps, (120, 40))
