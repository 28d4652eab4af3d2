"""First use: the greeting, importing from the dashboard, and screens that are still empty."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from textual import events
from textual.pilot import Pilot

from core.base.errors import BadInput
from core.rules.rulebook import load_policy
from core.store.file import MEMORY
from core.workspace.importing import begin
from core.workspace.workspace import Workspace
from core.world.actions import TopUp
from data import SAMPLE_FLEET
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of, workspace_of
from tests.support.keeping import digest, names, one_sentence, run_apart
from tui.app.lapse_app import LapseApp
from tui.dialogs.buy import PurchaseDialog
from tui.dialogs.import_fleet import ImportDialog, with_field_labels
from tui.dialogs.paths import completed, files_of, matching
from tui.live import wall_clock
from tui.screens.greeting_screen import Greeting
from tui.screens.overview_screen import OverviewScreen
from tui.widgets.entry import Entry
from tui.widgets.rows import RowTable

NOW: Final = 1_783_500_000
"""2026-07-08 16:40 in the policy's offset."""
CSV: Final = "id,account,kind,expires,monthly_price\nent-1,acme,enterprise,2026-09-10,300\n"
EXPORTED: Final[dict[str, object]] = {
    "InstanceID": "iot-1", "ProductCode": "iot", "OwnerId": 42, "Region": "cn-shanghai", "Status": "Normal",
    "SubscriptionType": "Subscription", "EndTime": "2026-09-01T16:00:00Z", "RenewStatus": "ManualRenewal",
}  # fmt: skip
EXPORT: Final = {
    "Success": True,
    "Data": {"TotalCount": 1, "PageNum": 1, "PageSize": 20, "InstanceList": [EXPORTED]},
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary working folder, and a wall clock that stands still."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(wall_clock, "now", lambda: NOW)
    monkeypatch.setattr(wall_clock, "today", lambda: "2026-07-08")
    return tmp_path


class Seen:
    """What the screen showed after some keys."""

    def __init__(self, app: LapseApp) -> None:
        self.screen = type(app.screen)
        self.text = text_of(app)
        self.told = [notification.message for notification in app._notifications]

    @property
    def words(self) -> str:
        """The text of the dialog, without its frame."""
        inside = [line.partition("│")[2].rpartition("│")[0] for line in self.text.splitlines()]
        return " ".join(" ".join(inside).split())


def pressed(app: LapseApp, *keys: str, size: tuple[int, int] = NARROW) -> Seen:
    """Press keys, and type the words that are not names of keys; then look."""

    async def steps(pilot: Pilot[None]) -> Seen:
        for key in keys:
            if key.startswith("type:"):
                screen = app.screen
                assert isinstance(screen, ImportDialog)
                entry = screen.row("path").entry
                entry.value = key.removeprefix("type:")
                entry.cursor_position = len(entry.value)
            else:
                await pilot.press(key)
            await app.workers.wait_for_complete()
            await pilot.pause()
        await pilot.pause()
        return Seen(app)

    return driven(app, steps, size)


def newcomer(path: Path = Path("fleet.db")) -> LapseApp:
    """The dashboard without a saved fleet."""
    return LapseApp(None, name="", path=path)


def kept(name: str = "fleet.db", days: int = 0) -> Workspace:
    """The sample fleet, saved in a file."""
    policy = load_policy()
    document = json.loads(SAMPLE_FLEET.read_text(encoding="utf-8"))
    workspace, _ = begin(Path(name), document, policy.calendar.parse(document["clock"]), policy, "sample")
    if days:
        workspace.advance(workspace.clock + days * 86_400)
    return workspace


# The greeting


def test_the_sample_fleet_is_saved_in_the_named_file(here: Path) -> None:
    app = newcomer()
    seen = pressed(app, "enter")
    assert seen.screen is OverviewScreen
    assert "24 all" in seen.text
    assert app.session.workspace.path == Path("fleet.db")
    assert app.parting().startswith("sample: the clock is at Wed 2026-07-01 00:00; kept in fleet.db")
    again = Workspace.open(here / "fleet.db")
    assert len(again.world.instances) == 24
    assert again.check() == []


def test_leaving_the_greeting_leaves_no_file(here: Path) -> None:
    app = newcomer()
    seen = pressed(app, "j", "k", "I", "escape", "B", "escape", "p", "r", "2", "question_mark", "T")
    assert seen.screen is Greeting
    assert names(here) == []
    assert app.parting() == "No fleet was created: there is none in fleet.db yet."


def test_an_empty_fleet_begins_with_an_account_and_leads_to_buying(here: Path) -> None:
    app = newcomer()
    seen = pressed(app, "j", "j", "enter", "enter")
    assert seen.screen is PurchaseDialog
    workspace = app.session.workspace
    assert workspace.calendar.format(workspace.clock) == "2026-07-08T00:00:00+08:00"
    assert [(account.id, account.balance) for account in workspace.world.accounts.values()] == [("main", 100_000)]
    seen = pressed(app_of(workspace), "B", "escape")
    assert "This fleet has no instances" in seen.text
    assert Workspace.open(here / "fleet.db").check() == []


def test_errors_about_the_first_account_are_shown_under_their_fields(here: Path) -> None:
    app = newcomer()
    seen = pressed(app, "B", "tab", *"XYZ", "enter")
    assert '"XYZ" is not a currency' in seen.text
    assert names(here) == []


@pytest.mark.parametrize("keys", [("enter",), ("B", "enter")])
def test_the_greeting_says_that_nothing_can_be_written(here: Path, keys: tuple[str, ...]) -> None:
    (here / "file").write_text("x")
    seen = pressed(newcomer(here / "file" / "fleet.db"), *keys)
    assert "can't be used" in seen.words + " ".join(seen.told)
    assert names(here) == ["file"]


def test_a_fleet_created_meanwhile_by_another_program_is_not_touched(here: Path) -> None:
    app = newcomer()

    async def steps(pilot: Pilot[None]) -> Seen:
        kept().act(TopUp("acme", "5"))
        await pilot.press("enter")
        await pilot.pause()
        return Seen(app)

    seen = driven(app, steps)
    assert seen.screen is Greeting
    assert "another program created a fleet here in the meantime" in seen.told[0]
    assert Workspace.open(here / "fleet.db").head.events == 1


def test_importing_from_the_greeting(here: Path) -> None:
    (here / "mine.csv").write_text(CSV)
    app = newcomer()
    seen = pressed(app, "I", "type:mine.csv", "enter")
    assert "1 instance on 1 account" in seen.text
    assert "2026-07-08 16:40:00" in seen.text, "the clock it is read at can be seen, and changed"
    assert not (here / "fleet.db").exists()
    app = newcomer()
    seen = pressed(app, "I", "type:mine.csv", "enter", "enter")
    assert seen.screen is OverviewScreen
    assert app.session.name == "mine"
    assert app.session.workspace.clock == NOW
    assert Workspace.open(here / "fleet.db").check() == []


def test_without_a_terminal_one_sentence_is_printed(here: Path) -> None:
    done = run_apart("--db", here / "fleet.db")
    assert done.status == 2
    assert one_sentence(done.err) == "the dashboard needs a terminal; without one, run: lapse status"
    assert names(here) == []


# Importing


def test_importing_into_a_saved_fleet_merges_and_reports_the_result(here: Path) -> None:
    document = json.loads(SAMPLE_FLEET.read_text(encoding="utf-8"))
    document["clock"] = "2026-07-04T00:00:00+08:00"
    document["instances"] = [
        *document["instances"][:3],
        {"id": "new", "account": "acme", "kind": "enterprise", "expires": "2026-12-01", "monthly_price": "9.00"},
    ]
    (here / "more.json").write_text(json.dumps(document))
    workspace = kept(days=1)
    app = app_of(workspace)
    seen = pressed(app, "I", "type:more.json", "enter", size=WIDE)
    assert "4 instances on 2 accounts" in seen.text
    assert "the clock moves to that date, 2 d, and everything due happens" in seen.words
    assert "new" not in workspace.world.instances
    seen = pressed(app_of(workspace), "2", "I", "type:more.json", "enter", "enter", size=WIDE)
    assert seen.told[0].startswith("Instances: 1 added, ")
    assert workspace.calendar.format(workspace.clock) == "2026-07-04T00:00:00+08:00"
    assert "new" in workspace.world.instances
    assert workspace.check() == []


def test_an_import_with_an_earlier_clock_can_start_over(here: Path) -> None:
    workspace = kept(days=10)
    shutil.copy(SAMPLE_FLEET, here / "again.json")
    app = app_of(workspace)
    seen = pressed(app, "I", "type:again.json", "enter", "enter")
    assert "the fleet is past that: its clock is at Sat 2026-07-11 00:00" in seen.words
    assert "as a dated copy" in seen.words
    assert seen.screen is ImportDialog, "it isn't begun anew before that is ticked"
    assert Workspace.open(here / "fleet.db").clock == workspace.clock
    app = app_of(kept_again())
    seen = pressed(app, "I", "type:again.json", "enter", "space", "enter")
    assert seen.screen is OverviewScreen
    new = app.session.workspace
    assert new.calendar.format(new.clock) == "2026-07-01T00:00:00+08:00"
    assert "The old fleet is kept as fleet.2026-07-08.db." in seen.told[0]
    pressed(app_of(new), "right")
    assert new.calendar.format(new.clock) == "2026-07-02T00:00:00+08:00"
    assert Workspace.open(here / "fleet.2026-07-08.db").clock == workspace.clock
    assert new.check() == []


def kept_again() -> Workspace:
    return Workspace.open(Path("fleet.db"))


def test_an_import_in_memory_merges_or_starts_over(here: Path) -> None:
    shutil.copy(SAMPLE_FLEET, here / "again.json")
    app = app_of(sample(3))
    seen = pressed(app, "I", "type:again.json", "enter", "space")
    assert "the history until now is not saved and will be lost" in seen.words
    app = app_of(sample(3))
    seen = pressed(app, "3", "I", "type:again.json", "enter", "space", "enter")
    assert seen.screen is OverviewScreen
    assert app.session.workspace.path == MEMORY
    assert app.session.workspace.head.events == 0
    assert names(here) == ["again.json"]


def test_a_csv_is_read_at_the_fleets_clock_unless_another_is_given(here: Path) -> None:
    (here / "mine.csv").write_text(CSV)
    workspace = kept(days=1)
    seen = pressed(app_of(workspace), "I", "type:mine.csv", "enter", "enter")
    assert seen.told[0].startswith("Instances: 1 added, 0 changed")
    assert workspace.calendar.format(workspace.clock) == "2026-07-02T00:00:00+08:00"


def test_an_export_asks_for_the_prices_it_lacks(here: Path) -> None:
    (here / "export.json").write_text(json.dumps(EXPORT))
    workspace = kept()
    app = app_of(workspace)
    seen = pressed(app, "I", "type:export.json", "enter")
    assert 'give "Monthly price" or "Price list"' in seen.words
    for label in ("Clock", "Balance", "Currency", "Account", "Product", "Monthly price", "Price list", "Daily charge"):
        assert f"│  {label} " in seen.text
    app = app_of(workspace)
    seen = pressed(app, "I", "type:export.json", "enter", *"120", "enter", "enter")
    assert workspace.world.instances["iot-1"].monthly_price == 12_000
    assert workspace.world.instances["iot-1"].account == "42"
    assert workspace.check() == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "JSON"),
        ('{"clock": "2026-07-01", "accounts": [{"id": "a", "balance": "x"}]}', 'bad.json: accounts[0].balance: "x"'),
        ('{"hello": 1}', "bad.json: is not a fleet"),
        ("", "bad.json: is empty"),
        ("[" * 100_000, "bad.json:"),
    ],
)
def test_a_malformed_file_is_a_sentence_in_the_dialog(here: Path, content: str, sentence: str) -> None:
    (here / "bad.json").write_text(content)
    workspace = kept()
    before = digest(here / "fleet.db"), workspace.head
    seen = pressed(app_of(workspace), "I", "type:bad.json", "enter", "enter")
    assert seen.screen is ImportDialog
    assert sentence in seen.words
    assert (digest(here / "fleet.db"), workspace.head) == before


def test_a_conflict_with_the_fleet_is_a_sentence_too(here: Path) -> None:
    (here / "other.json").write_text('{"clock": "2026-07-05", "accounts": [{"id": "acme", "currency": "USD"}]}')
    workspace = kept()
    head = workspace.head
    seen = pressed(app_of(workspace), "I", "type:other.json", "enter", "enter")
    assert seen.screen is ImportDialog
    assert 'the account "acme" has the currency CNY, but the import has "USD"' in seen.words
    assert workspace.head == head


@pytest.mark.parametrize("path", ["nowhere.json", ".", "no*.json", "~nobody/x", "a\x00b", "/dev/null"])
def test_invalid_paths(path: str) -> None:
    seen = pressed(app_of(sample()), "I", f"type:{path}", "enter")
    assert seen.screen is ImportDialog
    assert ": " in seen.text


def test_escape_leaves_everything_as_it_was(here: Path) -> None:
    shutil.copy(SAMPLE_FLEET, here / "again.json")
    workspace = kept()
    head, before = workspace.head, digest(here / "fleet.db")
    seen = pressed(app_of(workspace), "I", "type:again.json", "enter", "escape")
    assert seen.screen is OverviewScreen
    assert (workspace.head, digest(here / "fleet.db")) == (head, before)


def test_fields_for_another_files_missing_data_are_hidden_again(here: Path) -> None:
    (here / "bad.csv").write_text("id,account,kind,expires,monthly_price\nent-1,acme,enterprise,never,300\n")
    shutil.copy(SAMPLE_FLEET, here / "good.json")
    app = app_of(kept())
    seen = pressed(app, "I", "type:bad.csv", "enter")
    assert "Balance" in seen.words and "Currency" in seen.words
    app = app_of(kept_again())
    seen = pressed(app, "I", "type:bad.csv", "enter", "type:good.json", "enter")
    assert "24 instances on 2 accounts" in seen.words
    assert "of each account" not in seen.words and "Currency" not in seen.words


def test_a_folder_is_refused_as_a_file(here: Path) -> None:
    (here / "exports").mkdir()
    seen = pressed(app_of(kept()), "I", "type:exports", "enter")
    assert "exports: is a folder: name a file in it" in seen.words


def test_another_program_between_reading_and_importing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The periodic check for changes would come only after the key.
    monkeypatch.setattr("tui.app.fleet_app.WATCH", 1_000.0)
    (here / "mine.csv").write_text(CSV)
    workspace = kept()
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> tuple[Seen, Seen]:
        await pilot.press("I")
        screen = app.screen
        assert isinstance(screen, ImportDialog)
        screen.row("path").entry.value = "mine.csv"
        await pilot.press("enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        Workspace.open(here / "fleet.db").act(TopUp("acme", "5"))
        await pilot.press("enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        first = Seen(app)
        for _ in range(2):
            await pilot.press("enter")
            await app.workers.wait_for_complete()
            await pilot.pause()
        return first, Seen(app)

    first, second = driven(app, steps)
    assert "Another program changed the fleet. It was reloaded; nothing was imported" in first.words
    assert second.screen is OverviewScreen
    assert workspace.head.events == 1 and "ent-1" in workspace.world.instances


def test_command_line_options_are_named_by_their_fields() -> None:
    sentence = "x: the export holds no prices: give --monthly-price AMOUNT or --prices FILE, and --daily-charge AMOUNT"
    assert with_field_labels(sentence) == (
        'x: the export holds no prices: give "Monthly price" or "Price list", and "Daily charge"',
        ["monthly_price", "prices", "daily_charge"],
    )


# Paths


@pytest.fixture
def folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Some files, in the home folder too."""
    monkeypatch.setenv("HOME", str(here))
    (here / "exports").mkdir()
    for name in ("fleet-a.json", "fleet-b.csv", "notes.txt", ".hidden.json", "exports/1.json", "exports/2.json"):
        (here / name).write_text("{}")
    return here


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["exports/", "fleet-a.json", "fleet-b.csv"]),
        ("f", ["fleet-a.json", "fleet-b.csv"]),
        ("fleet-b", ["fleet-b.csv"]),
        ("n", ["notes.txt"]),
        (".", [".hidden.json"]),
        ("~", ["~/"]),
        ("~/fleet-a", ["~/fleet-a.json"]),
        ("exports/", ["exports/1.json", "exports/2.json"]),
        ("nowhere/", []),
        ("a\x00/", []),
    ],
)
@pytest.mark.usefixtures("folder")
def test_completions_of_a_path(text: str, found: list[str]) -> None:
    assert matching(text) == found


@pytest.mark.parametrize(
    ("text", "longer"),
    [
        ("f", "fleet-"), ("fleet-a", "fleet-a.json"), ("e", "exports/"), ("x", "x"), ("~", "~/"),
        ("exports/1", "exports/1.json"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("folder")
def test_completing(text: str, longer: str) -> None:
    assert completed(text) == longer


def test_files_of_a_path(folder: Path) -> None:
    assert files_of("~/fleet-a.json") == [folder / "fleet-a.json"]
    assert files_of("exports/*.json") == [Path("exports/1.json"), Path("exports/2.json")]
    (folder / "odd[1].json").write_text("{}")
    assert files_of("odd[1].json") == [Path("odd[1].json")]


DRAGGED: Final = {
    "'{}/my fleet.json'": ["my fleet.json"],
    '"{}/my fleet.json" ': ["my fleet.json"],
    r"{}/my\ fleet.json ": ["my fleet.json"],
    "{}/my fleet.json ": ["my fleet.json"],
    " {}/my fleet.json\n": ["my fleet.json"],
    "file://{}/my%20fleet.json": ["my fleet.json"],
    "file://localhost{}/my%20fleet.json\n": ["my fleet.json"],
    "'file://{}/my%20fleet.json'": ["my fleet.json"],
    "file://{0}/it's.json file://{0}/my%20fleet.json": ["it's.json", "my fleet.json"],
    "'{0}/exports/1.json' '{0}/exports/2.json' ": ["exports/1.json", "exports/2.json"],
    "{0}/exports/1.json {0}/exports/2.json": ["exports/1.json", "exports/2.json"],
    r"{0}/my\ fleet.json {0}/it\'s.json": ["my fleet.json", "it's.json"],
    "'{}/exports/*.json'": ["exports/1.json", "exports/2.json"],
    "'~/my fleet.json'": ["my fleet.json"],
    "{0}/exports/1.json {0}/missing.json": ["exports/1.json", "missing.json"],
    "'{}/missing.json'": ["missing.json"],
}


@pytest.mark.parametrize(("text", "files"), DRAGGED.items())
def test_a_path_dragged_into_the_field_is_understood(folder: Path, text: str, files: list[str]) -> None:
    """In the forms that terminals write: quoted, with backslashes, as an address, several in a row, with a trailing
    space.
    """
    for name in ("my fleet.json", "it's.json"):
        (folder / name).write_text("{}")
    assert files_of(text.format(folder)) == [folder / name for name in files]


@pytest.mark.parametrize(
    "name",
    [
        "'quoted.json'",
        '"x".json',
        r"back\ slash.json",
        "a.json b.json",
        "it's.json",
        "end.json ",
        "f%20.json",
        "file:x",
    ],
)
def test_an_existing_path_is_taken_literally(folder: Path, name: str) -> None:
    for other in (name, "quoted.json", "x.json", "back slash.json", "a.json", "b.json", "end.json", "f .json", "x"):
        (folder / other).write_text("{}")
    assert files_of(name) == [Path(name)]


@pytest.mark.usefixtures("folder")
def test_the_words_of_a_missing_path_stay_together() -> None:
    assert files_of("my other fleet.json") == [Path("my other fleet.json")]
    assert files_of("it's not there.json") == [Path("it's not there.json")]
    for pattern in ("exports/x*.json", "'exports/x*.json'"):
        with pytest.raises(BadInput, match="no file matches"):
            files_of(pattern)


def pasted(app: LapseApp, keys: tuple[str, ...], text: str) -> tuple[str, list[str]]:
    """The text of a field after a paste, and the messages."""

    async def steps(pilot: Pilot[None]) -> tuple[str, list[str]]:
        await pilot.press(*keys)
        app.post_message(events.Paste(text))
        await pilot.pause()
        await pilot.pause()
        assert isinstance(app.focused, Entry)
        return app.focused.value, [notification.message for notification in app._notifications]

    return driven(app, steps)


@pytest.mark.parametrize("keys", [("I",), ("d",), ("slash",), ("t",), ("colon",)], ids=lambda keys: keys[0])
def test_a_field_says_which_of_several_pasted_lines_it_took(keys: tuple[str, ...]) -> None:
    value, told = pasted(app_of(sample()), keys, "\r\n120\r\n30\n40\n")
    assert (value, told) == ("120", ['Pasted 3 lines, but the field holds one: it took the first, "120".'])


@pytest.mark.parametrize("text", ["120", "120\n", "\n120\n\n"])
def test_pasting_one_line_gives_no_message(text: str) -> None:
    assert pasted(app_of(sample()), ("d",), text) == ("120", [])


def test_two_dragged_files_are_imported(here: Path) -> None:
    folder = here / "plant north"
    folder.mkdir()
    for number in (1, 2):
        rows = [{**EXPORTED, "InstanceID": f"iot-{number}"}]
        (folder / f"{number}.json").write_text(json.dumps(rows))
    app = app_of(kept())
    text = f"'{folder}/1.json' '{folder}/2.json' "
    seen = pressed(app, "I", f"type:{text}", "enter", *"120", "enter", "enter")
    assert seen.told[0].startswith("Instances: 2 added")


def test_the_dialog_says_why_an_import_takes_nothing(here: Path) -> None:
    (here / "others.json").write_text(json.dumps([{**EXPORTED, "ProductCode": "rds"}]))
    seen = pressed(app_of(kept()), "I", "type:others.json", "enter")
    assert 'nothing was taken, 1 row of other products (rds) left out: give "Product", such as rds' in seen.words
    (here / "empty.json").write_text('{"clock": "2026-07-05"}')
    seen = pressed(app_of(kept_again()), "I", "type:empty.json", "enter", "enter")
    assert seen.screen is ImportDialog and "has no account and no instance" in seen.words


def test_the_dialog_says_that_a_page_may_be_missing(here: Path) -> None:
    rows = [{**EXPORTED, "InstanceID": f"iot-{number}"} for number in range(20)]
    (here / "first.json").write_text(json.dumps({"Data": {"InstanceList": rows}}))
    seen = pressed(app_of(kept()), "I", "type:first.json", "enter", *"120", "enter", size=WIDE)
    assert "a page may be missing" in seen.words


def test_tab_completes_and_then_goes_on(folder: Path) -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> list[str]:
        values = []
        await pilot.press("I")
        screen = app.screen
        assert isinstance(screen, ImportDialog)
        for key in ("f", "tab", "a", "tab"):
            await pilot.press(key)
            values.append(screen.row("path").entry.value)
        assert "fleet-b.csv" not in text_of(app)
        return values

    assert driven(app, steps) == ["f", "fleet-", "fleet-a", "fleet-a.json"]


def test_a_folder_that_cant_be_read_offers_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert matching("f") == []


# Empty screens


@pytest.mark.parametrize(
    ("mode", "texts"),
    [
        ("1", ("This fleet has no instances yet", "acme has CNY 5.00 to spend.", "B", "I")),
        ("2", ("No Enterprise instance to renew", "buy the first one")),
        ("3", ("Balance", "acme")),
    ],
)
def test_screens_without_instances_say_which_key_does_what(mode: str, texts: tuple[str, ...]) -> None:
    workspace = workspace_of({"clock": "2026-07-01", "accounts": [{"id": "acme", "balance": "5"}]})
    seen = pressed(app_of(workspace), mode)
    for text in texts:
        assert text in seen.text


@pytest.mark.parametrize("mode", ["1", "2", "3"])
def test_screens_without_accounts_say_which_key_does_what(mode: str) -> None:
    seen = pressed(app_of(workspace_of({"clock": "2026-07-01"})), mode)
    assert "This fleet has no account" in seen.text
    assert "import a fleet from a file" in seen.text


def test_an_empty_screen_fills_when_something_is_bought() -> None:
    workspace = workspace_of({"clock": "2026-07-01", "accounts": [{"id": "acme", "balance": "500"}]})
    app = app_of(workspace)
    seen = pressed(app, "B", "tab", "tab", "tab", "tab", *"100", "enter")
    assert "ent-1" in seen.text
    assert "no instances yet" not in seen.text


# How it looks


GREETED: Final = {
    "greeting": (), "greeting-light": ("T",), "begin": ("B",),
    "greeting-import": ("I", "type:data/", "tab"),
}  # fmt: skip
DIALOGS: Final = {
    "import-list": ("I", "type:data/"),
    "import-read": ("I", "type:data/more.json", "enter"),
    "import-late": ("I", "type:data/sample.json", "enter"),
    "import-csv": ("I", "type:data/mine.csv", "enter"),
    "import-export": ("I", "type:data/export.json", "enter"),
    "import-bad": ("I", "type:data/bad.json", "enter"),
}
EMPTY: Final = {"empty-overview": "1", "empty-renewal": "2", "empty-account": "3"}


@pytest.fixture
def data(here: Path) -> None:
    """Files to choose from."""
    (here / "data").mkdir()
    shutil.copy(SAMPLE_FLEET, here / "data" / "sample.json")
    document = json.loads(SAMPLE_FLEET.read_text(encoding="utf-8"))
    (here / "data" / "more.json").write_text(json.dumps({**document, "clock": "2026-07-20"}))
    (here / "data" / "mine.csv").write_text(CSV)
    (here / "data" / "export.json").write_text(json.dumps(EXPORT))
    (here / "data" / "bad.json").write_text('{"clock": "2026-07-01", "accounts": [{"id": "a", "balance": "x"}]}')


def before(app: LapseApp, keys: tuple[str, ...]) -> Callable[[Pilot[None]], object]:
    async def press(pilot: Pilot[None]) -> None:
        for key in keys:
            if key.startswith("type:") and isinstance(app.screen, ImportDialog):
                entry = app.screen.row("path").entry
                entry.value = key.removeprefix("type:")
                entry.cursor_position = len(entry.value)
            else:
                await pilot.press(key)
            await app.workers.wait_for_complete()
            await pilot.pause()

    return press


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("shot", GREETED)
@pytest.mark.usefixtures("data")
def test_the_greeting_looks(snap_compare: Callable[..., bool], shot: str, size: tuple[int, int]) -> None:
    app = newcomer()
    assert snap_compare(app, terminal_size=size, run_before=before(app, GREETED[shot]))


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("shot", DIALOGS)
@pytest.mark.usefixtures("data")
def test_importing_looks(snap_compare: Callable[..., bool], shot: str, size: tuple[int, int]) -> None:
    app = app_of(sample(3))
    assert snap_compare(app, terminal_size=size, run_before=before(app, DIALOGS[shot]))


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("shot", EMPTY)
def test_nothing_looks(snap_compare: Callable[..., bool], shot: str, size: tuple[int, int]) -> None:
    app = app_of(workspace_of({"clock": "2026-07-01", "accounts": [{"id": "acme", "balance": "500"}]}))
    assert snap_compare(app, terminal_size=size, run_before=before(app, (EMPTY[shot],)))


def test_the_columns_follow_a_fleet_that_was_imported() -> None:
    app = app_of(sample())
    name = "a-very-long-name-of-a-plant"
    csv = CSV.replace("ent-1", name)

    async def steps(pilot: Pilot[None]) -> tuple[int, ...]:
        Path("more.csv").write_text(csv, encoding="utf-8")
        widths = [app.screen.query_one("#table", RowTable).columns[0].most]
        await pilot.press("I", *"more", "full_stop", *"csv", "enter")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await pilot.pause(0.3)
        await pilot.press("1")
        widths.append(app.screen.query_one("#table", RowTable).columns[0].most)
        return tuple(widths)

    before, after = driven(app, steps, WIDE)
    assert name in app.session.workspace.world.instances
    assert (before, after) == (len("coldchain-01"), 24)
