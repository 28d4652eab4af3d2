"""The event log screen and its search, the ticker, and the ways from an event to its instance and back."""

from asyncio import sleep
from collections.abc import Callable, Sequence

import pytest
from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.pilot import Pilot

from core.base.instants import DAY
from core.rules.rulebook import rules_of
from core.store.log_search import LogFilter
from core.words.sentences import tell, tell_moment
from core.workspace.history import History
from core.workspace.workspace import Workspace
from core.world.actions import (
    Charge,
    ContinueTrial,
    DevicesOnline,
    GrantCoupon,
    Purchase,
    Renew,
    SetLowBalanceAlert,
    SetNonRenewal,
    TopUp,
)
from core.world.events import Event
from core.world.severity import DATA_LOST, SERVICE_LOST, TROUBLE, badness, is_echo
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of
from tui.app.lapse_app import LapseApp
from tui.commands.table import ACCOUNT, RENEWAL
from tui.lists import log_pages
from tui.lists.log_filtering import read_log_filter
from tui.screens import log_screen
from tui.screens.account_screen import AccountScreen
from tui.screens.log_screen import LogScreen
from tui.screens.overview_screen import OverviewScreen
from tui.text.glyphs import ELLIPSIS
from tui.text.log_lines import event_line
from tui.widgets.entry import Entry
from tui.widgets.event_list import COLUMNS, explained
from tui.widgets.explaining import SOURCES
from tui.widgets.key_bar import KeyBar
from tui.widgets.rows import RowTable
from tui.widgets.ticker import Ticker


def told(app: LapseApp) -> list[str]:
    """The notifications."""
    return [notification.message for notification in app._notifications]


def test_showing_an_instance_clears_a_filter_that_hides_it() -> None:
    app = app_of(sample(12))

    async def steps(pilot: Pilot[None]) -> None:
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        screen.set_filter("state:frozen")
        await pilot.press("enter", "3")
        await app.action_show_instance("legacy-02")
        await pilot.pause()
        assert isinstance(app.screen, OverviewScreen)
        assert (screen.table.cursor, screen.listing.filter_text) == ("legacy-02", "")
        assert screen.focused is screen.table
        screen.set_filter("legacy")
        await app.action_show_instance("legacy-03")
        assert (screen.table.cursor, screen.listing.filter_text) == ("legacy-03", "legacy")

    driven(app, steps)


def test_a_missing_instance_is_reported() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await app.action_show_instance("no[/]where")

    driven(app, steps)
    assert told(app) == ["There is no instance no[/]where in the fleet."]


# The log


def log_of(app: LapseApp) -> LogScreen:
    """The log screen, which must be shown."""
    assert isinstance(app.screen, LogScreen)
    return app.screen


def numbers(app: LapseApp) -> list[int]:
    """The event numbers on the log screen, from the top."""
    return [int(key) for key in log_of(app).table.keys]


async def typed(pilot: Pilot[None], text: str) -> None:
    """Type a filter on the log screen, and wait until the whole log is searched."""
    app = pilot.app
    assert isinstance(app, LapseApp)
    await pilot.press("slash")
    log_of(app).query_one(Entry).value = text
    await searched(pilot)
    await pilot.press("enter")


async def searched(pilot: Pilot[None]) -> None:
    """Wait until the whole log is searched."""
    await pilot.pause()
    assert isinstance(pilot.app, LapseApp)
    while log_of(pilot.app).searching:
        await pilot.pause()


def search_the_rest(screen: LogScreen) -> None:
    """Search the rest without pauses between the batches."""
    while screen.searching:
        screen._resume_search()


def test_the_log_is_newest_first_and_can_be_closed() -> None:
    workspace = sample(45)
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("j", "j", "j")
        before = app.screen.query_one(RowTable).cursor
        await pilot.press("l")
        assert numbers(app) == list(range(workspace.head.events, 0, -1))
        newest, text = next(workspace.history.events(last=1)), text_of(app)
        assert tell(newest, "CNY", workspace.calendar) in text
        assert rules_of(workspace.policy)[newest.rule or ""].text[:40] in text
        await pilot.press("escape")
        assert isinstance(app.screen, OverviewScreen)
        assert app.screen.table.cursor == before

    driven(app, steps, WIDE)


def test_enter_goes_to_the_instance_and_one_key_back_to_its_events() -> None:
    workspace = sample(45)
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("3", "l")
        await typed(pilot, "plant-12 released")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, OverviewScreen)
        assert app.screen.table.cursor == "plant-12"
        await pilot.press("L")
        await searched(pilot)
        assert numbers(app) == [event.seq for event in workspace.history.events(instance="plant-12")][::-1]
        assert "Event log of plant-12" in text_of(app)
        await pilot.press("escape", "3", "j", "L")
        await searched(pilot)
        assert numbers(app) == [event.seq for event in workspace.history.events(account="globex")][::-1]
        await pilot.press("2")
        assert (app.current_mode, len(app.screen_stack)) == (RENEWAL, 1)
        await pilot.press("3")
        assert (app.current_mode, len(app.screen_stack)) == (ACCOUNT, 1)

    driven(app, steps)


def test_an_event_of_an_account_leads_to_no_instance() -> None:
    app = app_of(sample(12))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("l")
        await typed(pilot, "kind:bill_issued")
        await pilot.press("enter")
        log_of(app)

    driven(app, steps)
    assert told(app) == ["No instance is selected."]


def test_n_cycles_through_the_matches_among_all_events() -> None:
    workspace = sample(45)
    app = app_of(workspace)
    fitting = [event.seq for event in workspace.history.events(kinds=("auto_renewal_failed",))][::-1]

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("l")
        await typed(pilot, "kind:auto_renewal_failed")
        assert numbers(app) == fitting
        await pilot.press("n")
        assert log_of(app).table.cursor == str(fitting[1])
        await pilot.press("escape")
        assert len(numbers(app)) == workspace.head.events
        seen = [log_of(app).table.cursor]
        for key in ("n", "j", "N", "N", "N", "N", "n"):
            await pilot.press(key)
            seen.append(log_of(app).table.cursor)
        expected = [fitting[1], fitting[2], fitting[2] - 1, fitting[2], fitting[1], fitting[0], fitting[-1], fitting[0]]
        assert seen == [str(number) for number in expected]
        await pilot.press("escape")
        assert isinstance(app.screen, OverviewScreen)

    driven(app, steps)


def test_without_a_filter_n_says_so_in_the_log() -> None:
    app = app_of(sample(12))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("l", "n")

    driven(app, steps)
    assert told(app) == ["No filter is set, so there are no matches."]


def test_an_event_is_copied_as_lapse_log_prints_it(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    workspace = sample(12)
    app = app_of(workspace)
    monkeypatch.setattr(app, "copy_to_clipboard", copied.append)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("l", "G", "y")

    driven(app, steps)
    first = next(workspace.history.events())
    assert copied == [event_line(first, workspace.currency_of(first.account), workspace.calendar)]


def test_the_log_follows_the_clock_and_the_cursor_stays_with_its_event() -> None:
    workspace = sample(12)
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("l", "right")
        assert log_of(app).table.cursor == str(workspace.head.events)
        await pilot.press("j")
        before = log_of(app).table.cursor
        await typed(pilot, "bill")
        log_of(app).table.move_to(3)
        held = log_of(app).table.cursor
        await pilot.press("shift+right")
        await pilot.pause()
        kinds = ("bill_issued", "bill_settled")
        assert numbers(app) == [event.seq for event in workspace.history.events(kinds=kinds)][::-1]
        assert log_of(app).table.cursor == held != before

    driven(app, steps)


def test_a_long_log_is_searched_in_batches_and_shows_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_pages, "STRETCH", 7)
    monkeypatch.setattr(log_screen, "_BETWEEN", 1000.0)
    workspace = sample(45)
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("l", "slash")
        screen = log_of(app)
        screen.set_filter("meter-03")
        assert 0 < len(numbers(app)) < 9
        await pilot.pause()
        assert screen.searching
        assert "searching, 2 %" in text_of(app)
        search_the_rest(screen)
        assert numbers(app) == [event.seq for event in workspace.history.events(instance="meter-03")][::-1]
        # More new events than one batch: the search starts over and finds the old and the new matches.
        await pilot.press("enter", "shift+right", "shift+right")
        await pilot.pause()
        search_the_rest(screen)
        assert numbers(app) == [event.seq for event in workspace.history.events(instance="meter-03")][::-1]

    driven(app, steps, WIDE)


def test_of_two_million_events_only_the_visible_ones_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = sample(45)
    asked: list[int] = []
    some = list(workspace.history.events())

    def numbered(wanted: Sequence[int]) -> list[Event]:
        asked.extend(wanted)
        return [some[number % len(some)]._replace(seq=number) for number in wanted]

    monkeypatch.setattr(workspace.history, "numbered", numbered)
    workspace._file.head = workspace.head._replace(events=2_000_000)
    monkeypatch.setattr(History, "log_is_quick", True)
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("l", "G", "g", "ctrl+d", "G")
        assert log_of(app).table.cursor == "1"

    driven(app, steps)
    assert {1, 2_000_000} <= set(asked)
    assert len(asked) < 2_000


def test_an_empty_log_says_so() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("l")
        assert "Nothing has happened yet" in text_of(app)
        await pilot.press("j", "k", "g", "G", "y", "slash", "x", "enter", "n", "N")
        assert "Nothing matches the filter" in text_of(app)
        await pilot.press("L", "escape", "escape", "escape")

    driven(app, steps)
    assert app.return_code in (None, 0)


@pytest.mark.parametrize("size", [(80, 24), (1, 1), (20, 5), (60, 15)])
def test_the_log_fits_any_screen_size(size: tuple[int, int]) -> None:
    app = app_of(sample(12))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("l", "j", "slash", "b", "enter", "n")
        await pilot.resize_terminal(*size)
        await pilot.press("j", "G")
        await pilot.pause()
        for line in app.screen._compositor.render_strips():
            assert line.cell_length == size[0]

    driven(app, steps)


# The ticker


def test_enter_in_the_ticker_goes_to_the_instance() -> None:
    workspace = sample(45)
    app = app_of(workspace)
    shown = [event for event in workspace.history.events(last=60) if not is_echo(event)][::-1]
    place = next(index for index, event in enumerate(shown) if event.instance and index > 2)

    async def steps(pilot: Pilot[None]) -> None:
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        ticker = screen.query_one(Ticker)
        screen.set_filter("state:frozen")
        await pilot.press("shift+tab", "shift+tab")
        assert ticker.has_focus
        await pilot.press(*["j"] * place)
        assert ticker.event == shown[place]
        assert f"▸{tell_moment(shown[place].at, workspace.clock, workspace.calendar)}" in text_of(app).replace(
            "▸ ", "▸"
        )
        await pilot.press("enter")
        assert (screen.table.cursor, screen.listing.filter_text) == (shown[place].instance, "")
        assert screen.table.has_focus
        await pilot.press("shift+tab", "shift+tab", *["j"] * place, "L")
        await searched(pilot)
        assert f"Event log of {shown[place].instance}" in text_of(app)

    driven(app, steps)


def test_enter_on_an_account_event_in_the_ticker_says_that_it_has_no_instance() -> None:
    app = app_of(sample(2))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("shift+tab", "shift+tab", "G", "g", "enter")

    driven(app, steps)
    assert told(app) == ["It is about the account acme: 3 shows the accounts."]


def test_the_ticker_is_drawn_again_only_when_something_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    inner = Ticker.lines
    workspace = sample()

    def lines(ticker: Ticker) -> list[Content]:
        drawn.append(workspace.clock)
        return inner(ticker)

    monkeypatch.setattr(Ticker, "lines", lines)
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        drawn.clear()
        await pilot.press("j", "j")
        app.session.advance(workspace.clock + 60)
        await pilot.pause()
        assert drawn == []
        await pilot.press("right", "right")
        await pilot.pause()
        assert drawn

    driven(app, steps)


def test_the_chosen_event_stays_chosen_while_new_ones_arrive() -> None:
    workspace = sample(12)
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        ticker = app.screen.query_one(Ticker)
        await pilot.press("shift+tab", "shift+tab", "j", "j")
        chosen = ticker.event
        await pilot.press("right")
        await pilot.pause()
        assert ticker.event == chosen
        await pilot.press("g", "right")
        await pilot.pause()
        newest = [event for event in workspace.history.events(last=20) if not is_echo(event)][-1]
        assert ticker.event == newest != chosen

    driven(app, steps)


# The filter of the log


@pytest.fixture(scope="module")
def eventful() -> Workspace:
    """A fleet whose log has events for every term of the filter."""
    workspace = sample(12)
    for action in (
        TopUp("acme", "500.00"), TopUp("nobody", "5.00"), GrantCoupon("acme", "c_1%", "20.00", None, None),
        Charge("globex", "1234.50", "a note, “quoted”"), Purchase("acme", "new [one]", 3, "10.00", auto_renew=True),
        SetLowBalanceAlert("acme", None), SetLowBalanceAlert("acme", "100.00"), DevicesOnline("trial-03"),
        ContinueTrial("trial-04"), SetNonRenewal(("plant-12",)), Renew(("pilot-01",), 1),
    ):  # fmt: skip
        workspace.act(action)
    workspace.advance(workspace.clock + 60 * DAY)
    return workspace


def line_of(event: Event, workspace: Workspace) -> str:
    """The text of an event on the screen, with dates like 13 Oct, and as `lapse log` prints it."""
    currency, calendar = workspace.currency_of(event.account), workspace.calendar
    told = f"{tell(event, currency, calendar)}\n{tell(event, currency, calendar, workspace.clock)}"
    at = calendar.format(event.at)[:16].replace("T", " ")
    return f"{at}\n{event.account or ''}\n{event.instance or ''}\n{event.rule or ''}\n{told}"


def test_every_word_of_an_event_finds_it(eventful: Workspace) -> None:
    lines = {event.seq: line_of(event, eventful) for event in eventful.history.events()}
    words = {word for line in lines.values() for word in line.split()}
    assert len(words) > 200
    for word in words:
        found = eventful.history.search(LogFilter(words=(word,)), 0, len(lines) + 1)
        missing = {number for number, line in lines.items() if word in line.split()} - set(found)
        assert not missing, (word, lines[min(missing)])
        assert found == sorted(found, reverse=True)


@pytest.mark.parametrize(
    "words",
    [
        ("released",), ("auto-renewed",), ("plant",), ("settled", "globex"), ("meter-03", "failed"), ("A6",),
        ("1,234.50",), ("%",), ("_1%",), ("08:00",), ("2026-07-25 00:00",), ("account overdue",), ("[one]",),
        ("usd",), ("CNY",), ("cn",), ("13 Oct",), ("Oct",), ("3 oct",),
        ("refused",), ("BOUGHT",), ("nothing like it",), ("null",), ("\\",), ("amount",),
    ],
)  # fmt: skip
def test_every_match_contains_the_words(eventful: Workspace, words: tuple[str, ...]) -> None:
    shown = {event.seq: line_of(event, eventful).casefold() for event in eventful.history.events()}
    wanted = [number for number, line in shown.items() if all(word.casefold() in line for word in words)]
    assert eventful.history.search(LogFilter(words=words), 0, len(shown) + 1) == wanted[::-1]


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("kind:renewed", lambda event: event.type == "renewed"),
        ("kind:bill,notice", lambda event: "bill" in event.type or "notice" in event.type),
        ("rule:a", lambda event: (event.rule or "").startswith("A")),
        ("account:glo", lambda event: (event.account or "").startswith("glo")),
        ("instance:plant", lambda event: (event.instance or "").startswith("plant")),
        ('instance:"plant"', lambda event: event.instance == "plant"),
        ('instance:"plant-12"', lambda event: event.instance == "plant-12"),
        ("state:exp,rel", lambda event: getattr(event.fact, "target", "") in ("expired", "released")),
        ("bad:any", lambda event: badness(event) >= TROUBLE),
        ("bad:service", lambda event: badness(event) >= SERVICE_LOST),
        ("bad:data plant", lambda event: badness(event) >= DATA_LOST and "plant" in event.instance),
    ],
)
def test_the_terms_of_the_log_filter(eventful: Workspace, text: str, fits: Callable[[Event], bool]) -> None:
    wanted, problem = read_log_filter(text)
    expected = [event.seq for event in eventful.history.events() if fits(event)][::-1]
    assert problem is None
    assert eventful.history.search(wanted, 0, eventful.head.events + 1) == expected
    assert bool(expected) == (text != 'instance:"plant"')


def test_on_accepts_the_beginning_of_a_date(eventful: Workspace) -> None:
    wanted, _ = read_log_filter("on:2026-08,2026-07-2")
    days = {
        eventful.calendar.format(event.at)[:10]
        for event in eventful.history.numbered(eventful.history.search(wanted, 0, 10_000)[:900])
    }
    assert all(day.startswith(("2026-08", "2026-07-2")) for day in days)
    assert {"2026-08-01", "2026-07-29"} <= days


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kind:nope plant", '"nope" is not an event type'), ("bad:worse", '"worse" is not a severity'),
        ("on:july", '"july" is not a date'), ("kind: state: on: plant", None),
        ("state:bogus", 'no state "bogus", only running, frozen, overdue, stopped, expired, restoring, released'),
    ],
)  # fmt: skip
def test_unreadable_terms_are_ignored_and_reported(text: str, problem: str | None) -> None:
    wanted, said = read_log_filter(text)
    assert wanted == LogFilter(words=("plant",) if "plant" in text else ())
    assert (said is None) if problem is None else (said or "").startswith(problem)


def test_bad_alone_means_any(eventful: Workspace) -> None:
    assert read_log_filter("bad: plant") == read_log_filter("bad:any plant")
    assert read_log_filter("bad:any plant")[0].bad > 0


def test_an_unknown_key_is_reported_and_searched_as_a_word() -> None:
    wanted, said = read_log_filter("region:beijing 08:00")
    assert wanted == LogFilter(words=("region:beijing", "08:00"))
    assert said == 'no "region:", only instance: account: kind: state: rule: bad: on:'


@pytest.mark.parametrize("width", [40, 58, 78, 118])
def test_the_full_text_of_an_event_shows_where_it_is_cut(width: int) -> None:
    """At most four lines; the rule's source is in brackets; the last line ends the rule or shows that it is cut."""
    workspace = sample(45)
    rules = rules_of(workspace.policy)
    seen = set()
    for event in workspace.history.events():
        lines = [line.plain for line in explained(event, workspace, width)]
        assert len(lines) <= 4 and all(cell_len(line) <= width + 1 for line in lines)
        rule = rules.get(event.rule or "")
        if rule is None or rule.id in seen:
            continue
        seen.add(rule.id)
        first = next(place for place, line in enumerate(lines) if line.startswith(f" {rule.id} ("))
        told = " ".join(" ".join(line.split()) for line in lines[first:])
        whole = " ".join(f"{rule.id} ({SOURCES[rule.source]}): {rule.text}".split())
        assert told == whole or (told.endswith(ELLIPSIS) and whole.startswith(told.removesuffix(ELLIPSIS).rstrip()))
    assert len(seen) > 8


def test_the_column_of_the_subject_is_named_as_in_the_inbox() -> None:
    assert "About" in [column.title for column in COLUMNS]


# Pictures


SHOTS = {"log": "l j j", "log-filter": "l slash m e t e r minus 0 3 space b a d colon a", "log-of": "j j L j"}


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("shot", SHOTS)
def test_looks(snap_compare: Callable[..., bool], shot: str, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.press(*SHOTS[shot].split())
        await searched(pilot)

    assert snap_compare(app_of(sample(45)), terminal_size=size, run_before=before)


@pytest.mark.parametrize("way", ["key bar", "row", "palette"])
def test_mouse_commands_in_the_log_do_not_block_the_dashboard(way: str) -> None:
    app = app_of(sample(12))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("l")
        log = log_of(app)
        if way == "row":
            log.table.post_message(RowTable.Opened())
        else:
            log.post_message(KeyBar.Pressed("overview" if way == "key bar" else "palette"))
        while app.screen is log:
            await sleep(0.01)
        if way == "palette":
            for key in ("o", "v", "e", "r", "v", "i", "e", "w", "enter"):
                app.post_message(events.Key(key, key if len(key) == 1 else None))
        app.post_message(events.Key("3", "3"))
        for _ in range(500):
            await sleep(0.01)
            if isinstance(app.screen, AccountScreen):
                return
        pytest.fail("no key is answered any more")

    driven(app, steps)
