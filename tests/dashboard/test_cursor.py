"""The law of the cursor: it stays on its row's key, and a command applies to the row that was highlighted when its key
was pressed, whatever moves meanwhile. If the key disappears, the cursor moves to a neighbour, and a message says so.
"""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot

from core.base.instants import DAY, HOUR
from core.workspace.workspace import Workspace
from core.world.actions import SetManualRenewal
from core.world.model import AUTO, PUBLIC, RUNNING
from tests.support.dashboards import WIDE, app_of, driven, sample, text_of
from tests.support.keeping import keep, mixed_document
from tui.app.lapse_app import LapseApp
from tui.commands.table import OVERVIEW, of_screen
from tui.dialogs.amount import MoneyForm
from tui.dialogs.bulk import BulkDialog
from tui.dialogs.buy import UpgradeDialog
from tui.dialogs.dialog import Dialog
from tui.lists import log_pages
from tui.lists.ranking import Ranking, Stretch
from tui.screens.account_screen import AccountScreen
from tui.screens.instance_screen import InstanceScreen
from tui.screens.log_screen import LogScreen
from tui.screens.overview_screen import OverviewScreen
from tui.text.glyphs import CURSOR
from tui.widgets.rows import Cell, Column, Row, RowTable
from tui.widgets.ticker import Ticker

pytestmark = pytest.mark.usefixtures("unpainted")

ACTS = [command.name for command in of_screen(OVERVIEW) if command.group == "Act"]


def table_of(app: LapseApp) -> RowTable:
    assert isinstance(app.screen, InstanceScreen)
    return app.screen.table


def told(app: LapseApp) -> str:
    return "\n".join(notification.message for notification in app._notifications)


def neighbour(before: Sequence[str], at: int, now: Sequence[str]) -> str | None:
    """The nearest remaining key to row `at`, preferring the one after it; computed by plain Python."""
    there = set(now)
    near = sorted(range(len(before)), key=lambda place: (abs(place - at), place < at))
    return next((before[place] for place in near if before[place] in there), None)


# A table whose keys change


class Shown(RowTable):
    """A table without a terminal."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__((Column("Key", 8),), lambda key: Row((Cell(key),)), "")
        self.show(keys)

    def _fit_scroll(self) -> None:
        """Do nothing: the table has no size."""


@pytest.mark.parametrize("seed", range(10))
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
def test_shown_keys_do_not_change_while_the_ranking_changes(reverse: bool) -> None:
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


# Cases that once failed


@pytest.mark.parametrize(
    ("keys", "cursor"),
    [
        ("2 G x enter", "vending-03"), ("2 G } } } } } }", "meter-02"),
        ("2 tab down down down down }", "vending-01"), ("2 down down } } } } }", "coldchain-02"),
    ],
)  # fmt: skip
def test_on_renewal_the_cursor_stays_on_its_row(keys: str, cursor: str) -> None:
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
    """Presses keys on a screen of instances while the fleet changes, and checks what is highlighted."""

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
        """Change the fleet in a random way."""
        session, choose = self.app.session, self.choose
        kind = choose.choice(("tick", "tick", "day", "month", "event", "other"))
        if kind == "tick":
            session.start_step(session.workspace.clock + HOUR * choose.randrange(1, 30), lambda: None)
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
        """Change the fleet: cursor and marks stay, or a message says what disappeared."""
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
        """Change filter, order or tab: the cursor stays on its row if the row is still shown."""
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
        """Run a command: it applies to the highlighted row, even if the fleet changed just before the key."""
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
@pytest.mark.parametrize("seed", range(3))
def test_a_command_applies_to_the_highlighted_row_whatever_moves(screen: str, seed: int) -> None:
    app = app_of(sample((0, 3, 12)[seed % 3]))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press(screen, *("G" if seed % 2 else "j"))
        await Person(app, pilot, seed).live(25)

    driven(app, steps, (160, 50))


# Every command, on the first row, one in the middle, and the last


@pytest.mark.parametrize("where", ["first", "middle", "last"])
@pytest.mark.parametrize("screen", ["1", "2", "2 tab S", "2 f f f f", "1 slash a c m e enter"])
def test_every_command_applies_to_the_row_under_the_cursor(screen: str, where: str) -> None:
    app = app_of(sample(20))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press(*screen.split())
        for name in ACTS:
            table = table_of(app)
            keys = list(table.keys)
            if not keys:
                break
            table.move_to({"first": 0, "middle": len(keys) // 2, "last": len(keys) - 1}[where])
            before, account = str(table.cursor), app.session.workspace.world.instances[str(table.cursor)].account
            await app.screen.run_action(f"run('{name}')")
            await pilot.pause()
            dialog = app.screen
            if isinstance(dialog, BulkDialog):
                assert dialog.ids == (before,)
            elif isinstance(dialog, UpgradeDialog):
                assert dialog._instance.id == before
            elif isinstance(dialog, MoneyForm):
                assert dialog.account.id == account
            if isinstance(dialog, Dialog):
                await pilot.press("enter")
                await pilot.pause()
                await pilot.press(*["escape"] * (app.screen is dialog))
            now = list(table_of(app).keys)
            assert table_of(app).cursor == (before if before in now else neighbour(keys, keys.index(before), now))

    driven(app, steps)


@pytest.mark.parametrize("last_key", ["x", "m"])
def test_a_list_emptied_from_its_end_has_a_cursor_until_it_is_empty(last_key: str) -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2", *(["tab"] if last_key == "m" else []), "G")
        for left in reversed(range(len(table_of(app).keys))):
            gone = table_of(app).cursor
            await pilot.press(last_key, "enter")
            await pilot.pause()
            table = table_of(app)
            assert len(table.keys) == left
            assert table.cursor == (table.keys[-1] if left else None)
            where = f"the cursor is on {table.cursor}" if left else "nothing is listed now"
            assert f"{gone} is no longer listed: {where}." in told(app)
        await pilot.press("r", "space", "y", "e", "j", "G", "enter", "right", "escape")
        assert table_of(app).cursor is None

    driven(app, steps)


# Messages


def test_a_message_about_the_cursor_stays_while_the_clock_plays() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        later = sample(31).world.instances
        await pilot.press("1", "slash", *"state:running", "enter")
        gone = next(name for name in table_of(app).keys if later[name].state != RUNNING)
        table_of(app).move_to_key(gone)
        app.session.pacer.play()
        app.session.start_step(app.session.workspace.clock + 31 * DAY, lambda: None)
        await pilot.pause()
        app.session.start_step(app.session.workspace.clock + HOUR, lambda: None)
        await pilot.pause()
        assert f"{gone} is no longer listed: the cursor is on " in told(app)
        app.session.pacer.pause()

    driven(app, steps, WIDE)


def test_an_action_s_message_also_says_where_the_cursor_went() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2", "G")
        gone = table_of(app).cursor
        await pilot.press("x", "enter")
        await pilot.pause()
        assert told(app).splitlines() == [
            f"{gone} set to non-renewal.",
            f"{gone} is no longer listed: the cursor is on {table_of(app).cursor}.",
        ]

    driven(app, steps)


def test_marks_lost_to_time_are_reported_and_a_filter_being_typed_keeps_marks() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("1", "slash", *"state:running", "enter", "a")
        assert isinstance(app.screen, InstanceScreen)
        marks = app.screen.marks
        marked = set(marks.keys)
        await pilot.press("slash", *" zzz", "backspace", "backspace", "backspace", "backspace", "enter")
        assert set(marks.keys) == marked
        app.session.advance(app.session.workspace.clock + 31 * DAY)
        await pilot.pause()
        left = marked & set(table_of(app).keys)
        assert set(marks.keys) == left != marked
        assert f"{len(marked) - len(left)} marked instances are no longer listed, so no longer marked." in told(app)

    driven(app, steps, WIDE)


# Other lists


def test_the_log_keeps_its_event_until_the_search_finds_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_pages, "STRETCH", 20)
    app = app_of(sample(60))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("l", "G", "k", "k")
        log = app.screen
        assert isinstance(log, LogScreen)
        await pilot.pause()
        event = log.table.cursor
        assert event is not None and int(event) < 20
        found = log.event()
        assert found is not None and found.rule is not None
        log.set_filter(f"rule:{found.rule}")
        while log.searching:
            await pilot.pause(0.05)
        assert log.table.cursor == event
        await pilot.press("escape")
        assert log.table.cursor == event

    driven(app, steps)


@pytest.mark.parametrize("pane", ["ledger", "inbox"])
def test_ledger_and_inbox_keep_their_line_as_new_ones_arrive(pane: str) -> None:
    app = app_of(sample(40))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("3", *(["i"] if pane == "inbox" else ["tab"] * 0))
        screen = app.screen
        assert isinstance(screen, AccountScreen)
        table = screen.inbox if pane == "inbox" else screen.ledger
        for place in (1, len(table.keys) // 2, len(table.keys) - 1):
            table.move_to(place)
            before, event = table.cursor, table.event()
            app.session.advance(app.session.workspace.clock + 20 * DAY)
            assert table.cursor == before
            await pilot.pause()
            assert table.cursor == before and table.event() == event
            app.session.finish_import()
            await pilot.pause()
            assert table.cursor == before and table.event() == event

    driven(app, steps, WIDE)


def test_the_ticker_keeps_the_chosen_event_and_says_when_it_is_too_old() -> None:
    app = app_of(sample(40))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("tab", "tab", "j", "j")
        ticker = app.screen.query_one(Ticker)
        assert ticker.has_focus
        chosen = ticker.event
        app.session.advance(app.session.workspace.clock + DAY)
        await pilot.pause()
        assert ticker.event == chosen
        app.session.advance(app.session.workspace.clock + 200 * DAY)
        await pilot.pause()
        assert ticker.line == ticker._folded[-1]
        assert "The selected event is no longer among the latest: l shows them all." in told(app)

    driven(app, steps, WIDE)


# Changes by another program


def test_another_program_s_changes_leave_cursor_and_marks_on_their_keys(tmp_path: Path) -> None:
    path = tmp_path / "fleet.db"
    keep(path, mixed_document(200)).close()
    app = app_of(Workspace.open(path))

    async def steps(pilot: Pilot[None]) -> None:
        for screen in ("1", "2"):
            await pilot.press(screen, "j", "j", "space", "j", "space", "j")
            before = table_of(app).cursor
            assert isinstance(app.screen, InstanceScreen)
            marked = set(app.screen.marks.keys)
            other = Workspace.open(path)
            other.advance(other.clock + DAY)
            other.close()
            app.session.advance(app.session.workspace.clock + HOUR)
            assert "Another program changed the fleet." in told(app) or not told(app)
            await pilot.pause()
            assert "Another program changed the fleet. It was reloaded; nothing was done." in told(app)
            assert before in table_of(app).keys and table_of(app).cursor == before
            assert set(app.screen.marks.keys) == marked & set(table_of(app).keys)

    driven(app, steps, WIDE)


def take_away(app: LapseApp, *names: str) -> None:
    """Replace the fleet by one without some of its instances."""
    workspace = app.session.workspace
    document = {name: item for name, item in workspace.world.instances.items() if name not in names}
    workspace.world.instances.clear()
    workspace.world.instances.update(document)
    app.session.finish_import()


@pytest.mark.parametrize("screen", ["1", "2", "2 s", "2 S", "1 slash p l a n t enter"])
def test_the_cursor_of_a_removed_instance_moves_to_its_neighbour(screen: str) -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press(*screen.split(), "g", "space", "G", "space")
        while len(keys := list(table_of(app).keys)) > 1:
            before = str(table_of(app).cursor)
            take_away(app, before)
            assert table_of(app).cursor == neighbour(keys, keys.index(before), list(table_of(app).keys))
            assert f"{before} is no longer listed: " in told(app) or not told(app)
            await pilot.press("r", "escape", "a", "escape", "slash", "a", "escape", "s")
            table_of(app).move_to(len(table_of(app).keys) // 2)

    driven(app, steps)


@pytest.mark.parametrize(
    "opens", ["r", "e", "m", "x", "u", "t", "C", "dollar_sign", "A", "B", "d", "colon", "question_mark", "O", "I", "L"]
)
@pytest.mark.parametrize("gone", [False, True])
def test_an_open_dialog_keeps_its_instances_or_closes_when_the_fleet_changes(opens: str, gone: bool) -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        instances = app.session.workspace.world.instances.values()
        wanted = next(item.id for item in instances if item.kind == PUBLIC) if opens == "u" else "plant-12"
        table_of(app).move_to_key(wanted)
        await pilot.press(opens)
        await pilot.pause()
        dialog = app.screen
        assert not isinstance(dialog, OverviewScreen)
        if gone:
            take_away(app, wanted)
        else:
            app.session.finish_import()
        await pilot.pause()
        if gone and isinstance(dialog, BulkDialog | UpgradeDialog):
            assert isinstance(app.screen, OverviewScreen)
            assert f"{wanted} is no longer in the fleet: nothing was done." in told(app)
        else:
            assert app.screen is dialog
            await pilot.press("down", "enter", "escape", "escape", "escape")
            await pilot.pause()
        await pilot.press("j", "k", "r", "escape")

    driven(app, steps, WIDE)


def test_a_palette_command_applies_to_the_instance_it_was_opened_for() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        table_of(app).move_to_key("plant-12")
        await pilot.press("colon", *"manual")
        take_away(app, "plant-12")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, OverviewScreen)
        assert "What was highlighted is no longer there: nothing was done." in told(app)

    driven(app, steps)
