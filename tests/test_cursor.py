"""The law of the cursor: it stays with its row's key, and a command concerns what was highlighted when its key was
pressed, whatever moves beneath. Where the key has gone, the cursor stands on its neighbour, and the screen says so.
"""

import random
from collections.abc import Sequence

import pytest
from textual.pilot import Pilot

from core.actions import SetManualRenewal
from core.instants import DAY, HOUR
from core.model import AUTO
from tests.dashboards import app_of, driven, sample, text_of
from tui.app import LapseApp
from tui.commands import OVERVIEW, RENEWAL, of_screen
from tui.dialogs.bulk import BulkDialog
from tui.dialogs.buy import UpgradeDialog
from tui.dialogs.dialog import Dialog
from tui.screens.instances import InstanceScreen
from tui.screens.ranking import Ranking, Stretch
from tui.widgets.glyphs import CURSOR
from tui.widgets.rows import Cell, Column, Row, RowTable

ACTS = [command.name for command in of_screen(OVERVIEW) if command.group == "Act"]
SCREENS = {"1": OVERVIEW, "2": RENEWAL}


def table_of(app: LapseApp) -> RowTable:
    assert isinstance(app.screen, InstanceScreen)
    return app.screen.table


def told(app: LapseApp) -> str:
    return "\n".join(notification.message for notification in app._notifications)


def neighbour(before: Sequence[str], at: int, now: Sequence[str]) -> str | None:
    """What stood nearest to a row and is still there, the one after it first; said in the plainest way."""
    there = set(now)
    near = sorted(range(len(before)), key=lambda place: (abs(place - at), place < at))
    return next((before[place] for place in near if before[place] in there), None)


# A table that is shown other keys


class Shown(RowTable):
    """A table without a terminal."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__((Column("Key", 8),), lambda key: Row((Cell(key),)), "")
        self.show(keys)

    def _fit_scroll(self) -> None:
        """It has no size."""


@pytest.mark.parametrize("seed", range(40))
def test_the_cursor_stays_with_its_key_or_goes_to_its_neighbour(seed: int) -> None:
    choose = random.Random(seed)
    names = [f"plant-{number:02d}" for number in range(choose.randrange(1, 30))]
    table = Shown(names)
    table.hold()
    for _ in range(30):
        keys = list(table.keys)
        if keys:
            table.move_to(choose.randrange(len(keys)))
        now = choose.sample(names, choose.randrange(len(names) + 1))
        before = table.cursor
        gone = table.show(now)
        if before is None:
            continue
        assert gone == (None if before in now else before)
        assert table.cursor == (
            neighbour(keys, keys.index(before), now) or next(iter(now[keys.index(before) :]), now[-1] if now else None)
        )


@pytest.mark.parametrize("reverse", [False, True])
def test_the_keys_that_were_shown_stay_as_they_were_while_the_ranking_moves_on(reverse: bool) -> None:
    choose = random.Random(7)
    places = [(0, number, "", f"plant-{number:05d}") for number in range(3_000)]
    ranking, after = Ranking(places[:2_000]), Ranking(places[2_500:])
    there, later = set(places[:2_000]), list(places[2_000:2_500])
    for _ in range(20):
        shown = Stretch(ranking, 100, len(ranking), after, reverse=reverse)
        kept = list(shown)
        for _ in range(choose.randrange(1, 120)):
            if later and choose.random() < 0.5:
                place = later.pop(choose.randrange(len(later)))
                ranking.add(place)
                there.add(place)
            else:
                place = choose.choice(sorted(there))
                ranking.remove(place)
                there.remove(place)
                later.append(place)
        assert list(shown) == kept == [shown[index] for index in range(len(shown))]


# What was reported


@pytest.mark.parametrize(
    ("keys", "cursor"),
    [
        ("2 G x enter", "vending-03"), ("2 G } } } } } }", "meter-02"),
        ("2 tab down down down down }", "vending-01"), ("2 down down } } } } }", "coldchain-02"),
    ],
)  # fmt: skip
def test_on_renewal_the_cursor_stays_where_it_was_put(keys: str, cursor: str) -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        for key in keys.split():
            await pilot.press(key)
            await pilot.pause()
        assert table_of(app).cursor == cursor
        assert any(CURSOR in line and cursor in line for line in text_of(app).splitlines())

    driven(app, steps)


# The law


class Person:
    """Presses keys on a screen of instances while the fleet moves, and looks at what is highlighted."""

    def __init__(self, app: LapseApp, pilot: Pilot[None], seed: int) -> None:
        self.app, self.pilot = app, pilot
        self.choose = random.Random(seed)

    @property
    def table(self) -> RowTable:
        return table_of(self.app)

    @property
    def marked(self) -> set[str]:
        assert isinstance(self.app.screen, InstanceScreen)
        return set(self.app.screen.marks.keys)

    def turn(self) -> None:
        """Something happens to the fleet."""
        session, choose = self.app.session, self.choose
        kind = choose.choice(("tick", "tick", "day", "month", "event", "other"))
        if kind == "tick":
            session.tick(session.workspace.clock + HOUR * choose.randrange(1, 30), lambda: None)
        elif kind == "day":
            session.advance(session.workspace.clock + DAY * choose.randrange(1, 9))
        elif kind == "month":
            session.advance(session.workspace.clock + 31 * DAY)
        elif kind == "event":
            session.next_event()
        else:
            those = [item.id for item in session.workspace.world.instances.values() if item.renewal.mode == AUTO]
            session.act(SetManualRenewal(tuple(choose.sample(those, min(len(those), 2)))))

    async def happen(self) -> None:
        """Something happens: the cursor and the marks stay, or what has gone is said."""
        keys, before, marked = list(self.table.keys), self.table.cursor, self.marked
        self.turn()
        assert self.table.cursor == before
        await self.pilot.pause()
        now = list(self.table.keys)
        assert self.marked == marked & set(now)
        if before in now:
            assert self.table.cursor == before
        elif before is not None:
            assert self.table.cursor == neighbour(keys, keys.index(before), now)
            assert f"{before} is no longer listed: " in told(self.app)
        if marked - set(now):
            assert "not marked any more" in told(self.app)

    async def rearrange(self) -> None:
        """The list is shown in another way: the cursor stays where its row is still shown."""
        before, choose = self.table.cursor, self.choose
        keys = choose.choice(
            ("s", "S", "f", "slash a enter", "slash s t enter", "slash l e g a c y enter", "escape", "tab")
        )
        await self.pilot.press(*keys.split())
        await self.pilot.pause()
        now = list(self.table.keys)
        if before in now and keys != "tab":
            assert self.table.cursor == before
        elif before is not None and keys != "tab" and now:
            assert f"{before} is no longer listed: the cursor is on {self.table.cursor}." in told(self.app)

    async def act(self) -> None:
        """A command is for what was highlighted, even where something happened just before its key."""
        screen, app = self.app.screen, self.app
        assert isinstance(screen, InstanceScreen)
        before = self.marked or {str(self.table.cursor)}
        if self.choose.random() < 0.5:
            self.turn()
        await screen.action_run(self.choose.choice(("renew", "auto-renewal", "manual", "non-renewal", "upgrade")))
        dialog = app.screen
        if isinstance(dialog, BulkDialog):
            assert set(dialog.ids) == before
        elif isinstance(dialog, UpgradeDialog):
            assert {dialog._instance.id} == before
        if isinstance(dialog, Dialog):
            await self.pilot.press("enter" if self.choose.random() < 0.5 else "escape")
            await self.pilot.pause()
            if app.screen is dialog:
                await self.pilot.press("escape")
                await self.pilot.pause()
        else:
            assert dialog is screen

    async def live(self, steps: int) -> None:
        for _ in range(steps):
            await self.choose.choice((self.happen, self.happen, self.rearrange, self.act, self.move))()
            await self.pilot.pause()
            shown = text_of(self.app)
            lines = [line for line in shown.splitlines() if line.lstrip().startswith(CURSOR)]
            cursor = self.table.cursor
            assert cursor is None or any(cursor in line for line in lines), shown

    async def move(self) -> None:
        await self.pilot.press(*self.choose.choices(("j", "k", "G", "g", "space", "pagedown"), k=2))


@pytest.mark.parametrize("screen", ["1", "2"])
@pytest.mark.parametrize("seed", range(6))
def test_a_command_concerns_what_was_highlighted_whatever_moves(screen: str, seed: int) -> None:
    app = app_of(sample((0, 3, 12)[seed % 3]))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press(screen, *("G" if seed % 2 else "j"))
        await Person(app, pilot, seed).live(30)

    driven(app, steps, (160, 50))
