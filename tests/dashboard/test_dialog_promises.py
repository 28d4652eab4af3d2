"""Dialogs and tables say what will happen: which instances are left out and why, and what was done."""

import re

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.widgets import Static

from core.world.actions import SetManualRenewal
from core.world.model import MANUAL, RELEASED
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of, workspace_of
from tui.app.lapse_app import LapseApp
from tui.dialogs.by_hand import ByHandDialog
from tui.dialogs.renew import RenewDialog
from tui.screens.instance_screen import InstanceScreen
from tui.text.cells import fit_id
from tui.widgets.renewal_rows import ROOMY


async def on_table(pilot: Pilot[None], app: LapseApp, *marked: str) -> InstanceScreen:
    """The table screen, with instances marked in this order."""
    screen = app.screen
    assert isinstance(screen, InstanceScreen)
    screen.marks.mark(marked)
    screen.draw()
    await pilot.pause()
    return screen


def told(app: LapseApp) -> list[str]:
    """The texts of the toasts."""
    return [note.message for note in app._notifications]


def keys_of(app: LapseApp) -> str:
    """The key line of the dialog."""
    return str(app.screen.query_one(".box").border_subtitle)


def test_the_dialog_opens_even_if_an_instance_without_a_period_was_marked_first() -> None:
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


def test_the_checkbox_is_hidden_if_auto_renewal_is_already_on() -> None:
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


def test_setting_the_current_mode_says_that_nothing_changes() -> None:
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
        assert isinstance(app.screen_stack[-1], InstanceScreen) and workspace.world.events == before
        await pilot.press("x", "enter")
        assert "3 instances set to non-renewal." in told(app)
        workspace.act(SetManualRenewal((there[0],)))
        await on_table(pilot, app, *there)
        await pilot.press("m")
        assert "Set 2 instances to manual renewal" in str(app.screen.query_one(".box").border_title)
        assert "Nothing changes for 1: it is set to manual renewal already." in text_of(app)
        await pilot.press("enter")
        assert "2 instances set to manual renewal." in told(app)

    driven(app, steps)


def test_an_expired_instance_is_not_said_to_expire_unless_renewed() -> None:
    """For an expired instance only the release can still be prevented (E2); for a running one the expiry too."""
    app = app_of(sample(days=10))

    async def steps(pilot: Pilot[None]) -> None:
        await on_table(pilot, app, "plant-07")
        await pilot.press("m")
        shown = " ".join(text_of(app).replace("│", " ").split())
        assert "It expired 10 Jul 00:00. Unless somebody renews it, it is released 25 Jul 00:00" in shown
        await pilot.press("escape")
        await on_table(pilot, app, "plant-07", "meter-01")
        await pilot.press("x")
        shown = " ".join(text_of(app).replace("│", " ").split())
        assert "The first, plant-07, expired 10 Jul 00:00. Unless somebody renews it, it is released" in shown
        await pilot.press("escape")
        screen = await on_table(pilot, app)
        screen.marks.clear()
        await on_table(pilot, app, "meter-01")
        await pilot.press("m")
        shown = " ".join(text_of(app).replace("│", " ").split())
        assert "Unless somebody renews, it expires 15 Jul 00:00 and is released 30 Jul 00:00" in shown

    driven(app, steps, NARROW)


def test_reminders_without_room_are_counted() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2", "tab", "a", "m")
        shown = text_of(app)
        assert "…" not in "".join(line[45:70] for line in shown.splitlines()[4:14]), shown
        assert " more" in shown

    driven(app, steps, NARROW)


def test_a_filter_moves_to_the_next_match_and_an_empty_one_moves_back() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        screen = await on_table(pilot, app)
        keys = list(screen.listing.keys)
        names = [name for name in keys if not name.startswith("plant")]
        screen.table.move_to_key(names[3])
        await pilot.press("slash", *"plant")
        after = keys[keys.index(names[3]) :]
        assert screen.table.cursor == next(name for name in after if name.startswith("plant"))
        await pilot.press("escape")
        screen.table.move_to_key(names[3])
        await pilot.press("slash", *"zzzz")
        assert not screen.listing.keys
        await pilot.press("escape")
        assert screen.listing.keys and screen.table.cursor == names[3]

    driven(app, steps)


def test_an_invalid_date_names_the_accepted_forms() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("d", *"yesterday")
        answer = app.screen.query_one(".answer", Static)
        assert " ".join(str(answer.render()).split()) == (
            '"yesterday" is not a date: write one like 2026-09-01, or a duration like 30d, 2w, 3mo.'
        )
        await pilot.press("ctrl+u", *"2020-01-01")
        assert " ".join(str(answer.render()).split()) == (
            "That is before the clock, which is at Wed 2026-07-01 00:00: it only moves forward."
        )

    driven(app, steps, (120, 40))


def test_long_ids_stay_distinct_and_money_is_never_cut_silently() -> None:
    ids = [f"a-very-long-name-of-a-machine-in-the-eastern-hall-{number:04}" for number in range(17, 20)]
    account = "the-account-of-the-eastern-subsidiary-and-its-own-0042"
    fleet = {
        "format": "lapse-fleet/1", "clock": "2026-07-01T00:00:00+08:00",
        "accounts": [{"id": account, "balance": "123456789.00"}],
        "instances": [{"id": name, "account": account, "kind": "enterprise", "expires": "2026-07-20",
                       "monthly_price": "123456.78"} for name in ids],
    }  # fmt: skip
    app = app_of(workspace_of(fleet))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2", "a", "r")
        for name in ids:
            assert name[-4:] + " " in text_of(app)
        assert text_of(app).count("123,456.78") == len(ids)
        await pilot.press("escape", "3")
        assert "Available credit" in text_of(app) and "Unpaid" in text_of(app)

    driven(app, steps)


def test_an_id_is_cut_in_the_middle() -> None:
    assert fit_id("plant-01", 10) == "plant-01  "
    assert fit_id("a-very-long-name-0017", 12) == "a-very…-0017"
    assert all(cell_len(fit_id("上海冷链仓" * 4, width)) == width for width in range(1, 30))


def test_the_verdict_on_the_money_is_not_cut_in_a_small_window() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await on_table(pilot, app, "plant-01")
        await pilot.press("r")
        assert isinstance(app.screen, RenewDialog)
        assert all("+ enough " in line or "x short by " in line for line in text_of(app).splitlines()[5:7])

    driven(app, steps, (60, 15))


def test_names_take_the_space_left_by_short_ids() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2")
        screen = await on_table(pilot, app)
        assert screen.table.width_of("Instance") == ROOMY
        assert screen.table.width_of("Name") > ROOMY

    driven(app, steps, (280, 50))


@pytest.mark.parametrize("size", [NARROW, WIDE])
@pytest.mark.parametrize(("key", "heading"), [("m", "Reminders"), ("x", "Reminder ")])
def test_a_date_in_a_list_is_a_plain_date(size: tuple[int, int], key: str, heading: str) -> None:
    """Dates carry no state mark; a column of single dates has a singular heading."""
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2", *(["tab"] if key == "m" else []), "a", key)
        await pilot.pause()
        lines = text_of(app).splitlines()
        top = next(place for place, line in enumerate(lines) if "Deleted" in line)
        assert heading in lines[top]
        at = lines[top].index("Expires")
        dates = [line[at : at + 6] for line in lines[top + 1 :] if re.match(" ?[0-9]+ [A-Z]", line[at:])]
        assert len(dates) >= 4
        assert not any(re.search("[-+*!#x~] +[0-9]{1,2} [A-Z]", line[at - 3 :]) for line in lines[top + 1 : top + 5])

    driven(app, steps, size)


@pytest.mark.parametrize("marked", [1, 2, 3])
def test_the_advice_is_worded_for_one_or_several_and_names_its_rule(marked: int) -> None:
    """A9, for one instance and for several."""
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> str:
        await pilot.press("2", *(["space"] * marked if marked > 1 else []), "r")
        await pilot.pause()
        return " ".join(text_of(app).replace("│", " ").split())

    told = driven(app, steps, WIDE)
    assert "with auto-renewal on, no instance expires unnoticed (A9)." in told and "the instance" not in told
