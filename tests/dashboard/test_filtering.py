"""The filter of the tables: how it is read, what it shows, and that the table follows the fleet."""

import random
from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from core.ahead.foresight import next_loss
from core.base.instants import DAY, HOUR
from core.workspace.workspace import Workspace
from core.world.actions import Renew, TopUp
from core.world.model import STATES
from tests.support.dashboards import WIDE, app_of, driven, sample, text_of, workspace_of
from tests.support.keeping import mixed_document
from tests.support.ledger import account, auto, document, enterprise, public
from tui.app.lapse_app import LapseApp
from tui.lists import listing as listing_module
from tui.lists.filtering import states_in, with_state
from tui.lists.listing import Listing, by_account, by_expiry, by_id, by_loss, by_payment, by_renewal, by_state
from tui.lists.renewal_listing import Renewables
from tui.lists.row_texts import fleet_text
from tui.screens.instance_screen import InstanceScreen
from tui.screens.overview_screen import LIFELINE
from tui.widgets.entry import Entry
from tui.widgets.rows import Row, RowTable

pytestmark = pytest.mark.usefixtures("unpainted")

ORDERS = (by_loss, by_id, by_state, by_expiry, by_renewal, by_account, by_payment)


def shown(typed: str, workspace: Workspace | None = None) -> list[str]:
    """The ids that a filter shows, in the table's order."""
    listing = Listing(workspace or sample(12))
    listing.set_filter(typed)
    return listing.keys


def told(app: LapseApp) -> list[str]:
    """The notifications."""
    return [notification.message for notification in app._notifications]


def lost_by(workspace: Workspace, end: int) -> set[str]:
    """The ids of the instances whose next loss is at `end` or earlier, checked one by one."""
    accounts = workspace.world.accounts
    found = set()
    for instance in workspace.world.instances.values():
        at = next_loss(instance, accounts[instance.account], workspace.policy)
        if at is not None and at <= end:
            found.add(instance.id)
    return found


# Reading a filter


def test_quoted_words_are_searched_as_one_phrase() -> None:
    fleet = {
        "clock": "2026-07-01",
        "accounts": [{"id": "a b"}, {"id": "a"}],
        "instances": [
            {"id": name, "account": account, "name": title, "kind": "public", "devices_online": True, "region": "x"}
            for name, account, title in (("one", "a b", "Line 1 north"), ("two", "a", "north Line"))
        ],
    }
    workspace = workspace_of({"format": "lapse-fleet/1", **fleet})
    assert shown("line north", workspace) == ["one", "two"]
    assert shown('"line 1"', workspace) == ["one"]
    assert shown('"line 1', workspace) == ["one"]
    assert shown("account:a", workspace) == ["one", "two"]
    assert shown('account:"a"', workspace) == ["two"]
    assert shown('account:"a b"', workspace) == ["one"]
    assert shown('"" account:"" line', workspace) == ["one", "two"]


@pytest.mark.parametrize(
    ("typed", "note", "count"),
    [
        ("foo:bar", 'no "foo:", only account: region: state: kind: within:', 0),
        ("rule:A6", 'no "rule:", only account: region: state: kind: within:', 0),
        ("state:bogus plant", 'no state "bogus", only running, frozen, overdue, stopped, expired, restoring', 5),
        ("kind:bogus", 'no kind "bogus", only enterprise, public, legacy_public', 24),
        ("state:exp foo", None, 0),
        ("foo:", None, 0),
        ('"foo:bar"', None, 0),
    ],
)
def test_an_unknown_term_is_reported_with_the_valid_ones(typed: str, note: str | None, count: int) -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("slash")
        app.screen.query_one("#filter-bar Entry", Entry).value = typed
        await pilot.pause()
        assert len(app.screen.query_one(RowTable).keys) == count
        line = next(line for line in text_of(app).splitlines() if " of 24" in line)
        assert typed in line
        assert note in line if note else "no " not in line

    driven(app, steps, WIDE)


def test_an_id_with_a_colon_is_found() -> None:
    fleet = {
        "clock": "2026-07-01",
        "accounts": [{"id": "a"}],
        "instances": [
            {"id": name, "account": "a", "kind": "public", "devices_online": True, "region": "x"}
            for name in ("urn:dev-1", "dev-2")
        ],
    }
    workspace = workspace_of({"format": "lapse-fleet/1", **fleet})
    assert shown("urn:dev", workspace) == ["urn:dev-1"]
    assert shown('"urn:dev"', workspace) == ["urn:dev-1"]


@pytest.mark.parametrize("length", ["3d", "10d", "2w", "1mo", "1y", "900000000y"])
def test_within_shows_the_losses_up_to_that_instant(length: str) -> None:
    workspace = sample(12)
    ends = {
        "1mo": workspace.calendar.parse("2026-08-13T08:00"), "1y": workspace.calendar.parse("2027-07-13T08:00"),
        "900000000y": 1 << 60,
    }  # fmt: skip
    days = {"3d": 3, "10d": 10, "2w": 14}
    end = ends.get(length) or workspace.clock + days[length] * DAY
    workspace.advance(workspace.calendar.parse("2026-07-13T08:00")) if length in ends else None
    found = shown(f"within:{length}", workspace)
    assert set(found) == lost_by(workspace, end)
    assert 0 < len(found) < 24


def test_within_follows_the_clock_without_any_other_change() -> None:
    workspace = sample()
    listing = Listing(workspace)
    listing.set_filter("within:22d")
    for _ in range(5):
        before = set(listing.keys)
        change = workspace.advance(workspace.clock + DAY)
        listing.update(change.instances - (lost_by(workspace, workspace.clock + 22 * DAY) - before))
        assert set(listing.keys) == lost_by(workspace, workspace.clock + 22 * DAY)
    assert before != lost_by(sample(), sample().clock + 22 * DAY)


def test_an_unreadable_duration_is_noted_and_ignored() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("slash")
        app.screen.query_one("#filter-bar Entry", Entry).value = "within:soon plant"
        await pilot.pause()
        assert '"soon" is not a duration' in text_of(app)
        assert len(app.screen.query_one(RowTable).keys) == 5
        app.screen.query_one("#filter-bar Entry", Entry).value = "within:10d plant"
        await pilot.pause()
        assert "is not a duration" not in text_of(app)

    driven(app, steps, WIDE)
    assert told(app) == []


def test_choosing_a_state_keeps_the_rest_of_the_filter() -> None:
    typed = 'state:expired "line 1" within:30d'
    assert with_state(typed, "frozen") == '"line 1" within:30d state:frozen'
    assert with_state(typed, None) == '"line 1" within:30d'
    assert states_in("State:Expired,frozen line") == ("expired", "frozen")


def test_text_being_typed_is_not_overwritten_while_the_clock_plays() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("slash", "p")
        field = app.screen.query_one("#filter-bar Entry", Entry)
        # The fleet changes before the screen has received this text.
        field.put("pl")
        app.session.advance(app.session.workspace.clock + DAY)
        await pilot.pause()
        assert field.value == "pl"
        await pilot.click("#counts", offset=(10, 0))
        await pilot.pause()
        assert field.value == "p state:running"

    driven(app, steps)


# n and N


def test_n_cycles_through_the_matches() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        table = app.screen.query_one(RowTable)
        await pilot.press("slash", *"plant", "enter", "g")
        seen = []
        for key in ("n", "n", "N", "N", "N", "n"):
            await pilot.press(key)
            seen.append(list(table.keys).index(str(table.cursor)))
        assert seen == [1, 2, 1, 0, 4, 0]

    driven(app, steps)


def test_without_a_filter_n_says_so() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("n")

    driven(app, steps)
    assert told(app) == ["No filter is set, so there are no matches."]


# Following the fleet


def rows_of(workspace: Workspace, order: listing_module.Order) -> list[str]:
    """The ids of the whole fleet, sorted by plain Python."""
    instances = workspace.world.instances.values()
    return [instance.id for instance in sorted(instances, key=lambda instance: order(instance, workspace))]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("many", [1, 1000])
def test_an_updated_listing_equals_a_reloaded_one(seed: int, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_module, "MANY", many)
    choose = random.Random(seed)
    workspace = workspace_of(mixed_document(300))
    listing = Listing(workspace)
    typed = ""
    for _ in range(60):
        match choose.randrange(5):
            case 0:
                listing.set_order(choose.choice(ORDERS), reverse=choose.random() < 0.5)
            case 1:
                typed = choose.choice(
                    [
                        "",
                        "1",
                        "iot-00001",
                        "state:exp",
                        "kind:legacy 2",
                        "within:30d",
                        "within:1mo state:r,e",
                        "account:x",
                        "in 12 d",
                        "expired ago",
                        "within:30d ago",
                        "aug",
                    ]
                )
                listing.set_filter(typed)
            case 2:
                typed += choose.choice([*"0123 ", ' "', " state:r"])
                listing.set_filter(typed)
            case 3:
                change = workspace.advance(workspace.clock + choose.choice([HOUR, DAY, 20 * DAY]))
                listing.update(change.instances)
            case 4:
                name = choose.choice(list(workspace.world.instances))
                account = workspace.world.instances[name].account
                listing.update(workspace.act(TopUp(account, "9000000.00")).instances)
                listing.update(workspace.act(Renew((name,), 1)).instances)
        fresh = Listing(workspace, listing.order)
        fresh.set_filter(typed)
        fresh.set_order(listing.order, reverse=listing.reverse)
        assert listing.keys == fresh.keys
        assert (
            listing.counts
            == fresh.counts
            == {state: sum(item.state == state for item in workspace.world.instances.values()) for state in STATES}
        )
        for name in choose.sample(list(workspace.world.instances), 10):
            place = listing.keys.index(name) if name in listing.keys else None
            assert listing.index_of(name) == place


@pytest.mark.parametrize(
    "typed",
    ["", "1", "state:running,expired 2", "account:account-0001", "within:30d", "within:1mo 1", "in 3 d", "ago", "jul"],
)
@pytest.mark.parametrize("make", [Listing, Renewables])
def test_no_clock_step_scans_the_whole_fleet(
    typed: str, make: Callable[[Workspace], Listing | Renewables], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = workspace_of(mixed_document(600))
    kept = make(workspace)
    kept.set_filter(typed)
    shown = set[tuple[str, ...]]()
    # The first update builds the heap of coming losses.
    kept.update(workspace.advance(workspace.clock + HOUR).instances)
    for _ in range(80):
        change = workspace.advance(workspace.clock + 6 * HOUR)
        with monkeypatch.context() as watched:
            for kind, walk in ((Listing, "_apply_filter"), (Listing, "_sort"), (Renewables, "_fit")):
                watched.setattr(kind, walk, None)
            kept.update(change.instances)
        anew = make(workspace)
        anew.set_filter(typed)
        assert list(kept.keys) == list(anew.keys)
        shown.add(tuple(kept.keys))
    assert len(shown) > 1 or "within" not in typed


def test_within_a_month_may_hide_rows_again_before_a_shorter_month() -> None:
    """From 30 January, 23:00, within:1mo reaches the end of 28 February; two hours later only its beginning."""
    entries = [account(), *(enterprise(f"at-{hour}", expires=f"2027-02-28T{hour}:00") for hour in ("00", "12", "22"))]
    workspace = workspace_of(document(entries, "2027-01-28"))
    listing = Listing(workspace)
    listing.set_filter("within:1mo")
    for at, expected in (
        ("2027-01-29T23:00", ["at-00", "at-12", "at-22"]),
        ("2027-01-30T01:00", ["at-00"]),
        ("2027-01-30T13:00", ["at-00", "at-12"]),
        ("2027-01-31T01:00", ["at-00"]),
        ("2027-02-01T00:00", ["at-00", "at-12", "at-22"]),
    ):
        listing.update(workspace.advance(workspace.calendar.parse(at)).instances)
        assert listing.keys == expected


@pytest.mark.parametrize("order", ORDERS)
def test_sorting_and_word_search_match_plain_python(order: listing_module.Order) -> None:
    workspace = workspace_of(mixed_document(200), 40)
    listing = Listing(workspace)
    listing.set_order(order, reverse=False)
    assert listing.keys == rows_of(workspace, order)
    for typed in ("1", "12", "12 sh", "12 shanghai", "2 shanghai", ""):
        listing.set_filter(typed)
        words = typed.split()
        wanted = {
            item.id
            for item in workspace.world.instances.values()
            if all(map(fleet_text(item, workspace).__contains__, words))
        }
        assert listing.keys == [name for name in rows_of(workspace, order) if name in wanted]
    listing.set_order(order, reverse=True)
    assert listing.keys == rows_of(workspace, order)[::-1]


# Every text of a row can be found


def reads(row: Row, table: RowTable) -> list[str]:
    """The texts of a row's visible cells."""
    texts = []
    for place, column, _ in table._laid_out():
        cell = row.cells[place]
        if column.title != LIFELINE:
            texts.append(cell.text + "".join(text for text, _ in cell.runs))
    return [text for text in texts if text.strip()]


SCREENS = {"overview": ["1"], "manual": ["2"], "auto": ["2", "tab"], "non-renewal": ["2", "tab", "tab"]}


@pytest.mark.parametrize("days", [12, 170])
@pytest.mark.parametrize("screen", SCREENS)
def test_every_text_of_a_row_finds_the_row(screen: str, days: int) -> None:
    """The text of each cell, each word of it, and all words of a row together find the row."""
    app = app_of(sample(days))

    async def steps(pilot: Pilot[None]) -> int:
        await pilot.press(*SCREENS[screen])
        shown = app.screen
        assert isinstance(shown, InstanceScreen)
        rows = {key: reads(row, shown.table) for key in shown.table.keys if (row := shown.table.row_of(key))}
        for key, texts in rows.items():
            words = {word for text in texts for word in text.split()}
            for typed in (*texts, *words, " ".join(texts), *(f'"{" ".join(text.split())}"' for text in texts[:2])):
                shown.listing.set_filter(typed)
                assert key in shown.listing.keys, (key, typed)
        return len(rows)

    assert driven(app, steps, (160, 50)) or screen == "non-renewal"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("expired acme", ["ex-3"]),
        ("EXPIRED", ["ex-3"]),
        ("13 jul", ["run-13", "far"]),
        ('"13 jul 2027"', ["far"]),
        ("in 12 d", ["run-13"]),
        ('"in 12 d"', ["run-13"]),
        ("in 1 d", []),
        ("12 d", ["run-13"]),
        ("3 d ago", ["ex-3"]),
        ('"expired 3 d ago"', ["ex-3"]),
        ("ago", ["ex-3", "gone"]),
        ('"released 1 jun"', ["gone"]),
        ("gone 30 d", ["gone"]),
        ("released 1 jun, 30 d ago", ["gone"]),
        ("today", ["today-too", "ends"]),
        ('"today"', ["today-too", "ends"]),
        ("3 mo", ["run-13"]),
        ("10 jul", ["run-13"]),
        ("1,234.50", ["far"]),
        ("1234.5", ["far"]),
        ("enterprise far", ["far"]),
        ("public", ["today-too"]),
        ("no end", ["today-too"]),
        ("non-renewal", ["ex-3"]),
        ("in 377 d", ["far"]),
        ("state:expired ago", ["ex-3"]),
        ("in 3 d ago", []),
    ],
)
def test_words_match_any_column(typed: str, found: list[str]) -> None:
    entries = [
        account(),
        enterprise("run-13", expires="2026-07-13", monthly_price="100.00", renewal=auto(months=3)),
        enterprise("ex-3", expires="2026-06-28", renewal={"mode": "none"}),
        enterprise("gone", expires="2026-05-17"),
        enterprise("far", expires="2027-07-13", monthly_price="1234.50"),
        enterprise("ends", expires="2026-07-01T20:00"),
        public("today-too", devices_online=True),
    ]
    assert set(shown(typed, workspace_of(document(entries, "2026-07-01")))) == set(found)


@pytest.mark.parametrize(
    "typed", ["in 3 d", "today", "ago", "16 d ago", "in", "d", "10", "1 y", "y", "in 3 y", "3 d x"]
)
@pytest.mark.parametrize("step", [HOUR, DAY, 400 * DAY])
def test_distance_filters_stay_correct_as_time_passes(typed: str, step: int) -> None:
    workspace = workspace_of(mixed_document(300))
    kept: list[Listing | Renewables] = [Listing(workspace), Renewables(workspace)]
    for listing in kept:
        listing.set_filter(typed)
    for _ in range(12):
        change = workspace.advance(workspace.clock + step)
        for listing in kept:
            listing.update(change.instances)
            anew = type(listing)(workspace)
            anew.set_filter(typed)
            assert list(listing.keys) == list(anew.keys)


def test_rows_hidden_by_a_new_day_lose_their_marks() -> None:
    """An action never affects a hidden instance: "in 3 d" matches another instance tomorrow."""
    entries = [account(), *(enterprise(f"at-{day}", expires=f"2026-07-0{day}") for day in (4, 5))]
    app = app_of(workspace_of(document(entries, "2026-07-01")))

    async def steps(pilot: Pilot[None]) -> None:
        screen = app.screen
        assert isinstance(screen, InstanceScreen)
        await pilot.press("slash", *"in", "space", "3", "space", "d", "enter", "a")
        assert list(screen.marks.keys) == screen.listing.keys == ["at-4"]
        await pilot.press("right")
        assert screen.listing.keys == ["at-5"] and not screen.marks

    driven(app, steps)


def test_the_forecast_of_a_payment_can_be_searched_and_is_followed() -> None:
    """The Auto tab finds "short"; after an action that changes the forecast, the matches change too."""
    entries = [account(balance="10"), enterprise("pays-not", expires="2026-07-13", renewal=auto())]
    app = app_of(workspace_of(document(entries, "2026-07-01")))

    async def steps(pilot: Pilot[None]) -> list[list[str]]:
        await pilot.press("2", "tab", "slash", *"short", "enter")
        screen = app.screen
        assert isinstance(screen, InstanceScreen)
        seen = [list(screen.listing.keys)]
        app.session.act(TopUp("acme", "5000"))
        await pilot.pause()
        return [*seen, list(screen.listing.keys)]

    assert driven(app, steps, WIDE) == [["pays-not"], []]
