"""The settings: read from a file that a person may have written, changed in the dashboard, and saved without losing a
line.
"""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of
from tui.app.lapse_app import COLUMNS_TO_HIDE, LapseApp
from tui.dialogs.settings_list import SettingsDialog, ThemeDialog
from tui.plain.where import settings_file
from tui.settings.settings import FIT, Settings, SettingsStore, read_settings
from tui.settings.settings_file import SettingsError, changed_text, write
from tui.settings.themes import ROUND
from tui.widgets.rows import RowTable

WRITTEN = """\
# My terminals are small.
theme = "nord"   # for the projector
horizon = 60

[hidden]
overview = [
    "Region",  # all are in one
    "Account",
]

[keys]
renew = "R"

[mine]
note = "[hidden]"
"""


def app_on(path: Path) -> LapseApp:
    """The app with the settings of a file."""
    return LapseApp(sample(), name="sample", kept=SettingsStore.read(path))


def press(app: LapseApp, keys: str, size: tuple[int, int] = NARROW) -> str:
    """Press keys; returns the screen's text afterwards."""

    async def steps(pilot: Pilot[None]) -> str:
        await pilot.press(*keys.split())
        await pilot.pause()
        return text_of(app)

    return driven(app, steps, size)


def told(app: LapseApp) -> list[str]:
    """The notifications."""
    return [notification.message for notification in app._notifications]


# Reading


def test_without_a_file_defaults_hold_and_no_file_is_made(tmp_path: Path) -> None:
    path = tmp_path / "lapse" / "settings.toml"
    kept = SettingsStore.read(path)
    assert kept.settings == Settings()
    assert kept.complaints == []
    press(app_on(path), "j enter 2 3 1 question_mark escape O escape q")
    assert list(tmp_path.iterdir()) == []


def test_settings_written_by_a_person_are_read(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(WRITTEN)
    kept = SettingsStore.read(tmp_path / "s.toml")
    assert kept.settings == Settings(
        theme="nord", horizon=60, hidden={"overview": ("Region", "Account")}, keys={"renew": ("R",)}
    )
    assert [complaint.partition(":")[0] for complaint in kept.complaints] == ["Settings, mine"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "colour = 3",
            "Settings, colour: there is no such setting: there are theme, horizon, mouse, glyphs, hidden, keys.",
        ),
        ("theme = 7", 'Settings, theme: it must be a name like "lapse-light", not 7.'),
        ("horizon = 31", 'Settings, horizon: it must be "fit" or 30, 45, 60 or 90 days, not 31.'),
        ("horizon = true", 'Settings, horizon: it must be "fit" or 30, 45, 60 or 90 days, not true.'),
        ('mouse = "off"', 'Settings, mouse: it must be true or false, not "off".'),
        ('glyphs = "nerd"', 'Settings, glyphs: it must be auto, unicode or ascii, not "nerd".'),
        ("hidden = 1", "Settings, hidden: it must be a table [hidden], not 1."),
        (
            "[hidden]\naccount = ['x']",
            "Settings, hidden.account: it must be overview or renewal: only these have columns to hide.",
        ),
        ("[hidden]\noverview = [1]", 'Settings, hidden.overview: it must be a text, or a list of texts, not a list.'),
        ("[keys]\nrenew = 5", 'Settings, keys.renew: it must be a text, or a list of texts, not 5.'),
    ],
)  # fmt: skip
def test_an_invalid_setting_is_explained_and_the_rest_is_used(line: str, sentence: str) -> None:
    own = {"horizon": "theme = 'nord'\n", "theme": "glyphs = 'ascii'\n"}.get(
        line.split(maxsplit=1)[0], "horizon = 90\n"
    )
    settings, complaints = read_settings(tomllib.loads(own + line))
    assert complaints == [sentence]
    assert settings != Settings()


@pytest.mark.parametrize("content", [b"theme = \n", b"\xff\xfe\xff", b"theme = 1\ntheme = 2\n"])
def test_an_unreadable_file_is_explained_and_never_written(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    app = app_on(path)
    press(app, "escape")
    assert [sentence.startswith(f"Settings, {path}: is not ") for sentence in told(app)] == [True]
    app = app_on(path)
    press(app, "T")
    assert told(app) == [f"Not kept: {path} could not be read. Correct it, or delete it."]
    assert app.theme == "lapse-light"
    assert path.read_bytes() == content


def test_a_folder_in_its_place_is_explained(tmp_path: Path) -> None:
    assert SettingsStore.read(tmp_path).complaints[0].startswith(f"Settings, {tmp_path}: is a folder: ")


def test_complaints_are_shown_when_the_dashboard_opens_up_to_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('theme = "no such"\nmouse = 1\nglyphs = 2\nhorizon = 3\na = 1\n')
    app = app_on(path)
    press(app, "j")
    assert told(app) == ["5 settings could not be used: O lists them."]
    app = app_on(path)
    shown = press(app, "O G", (160, 50))
    assert "Could not be used   horizon: " in shown
    for key in ("mouse", "glyphs", "horizon", "a", "theme"):
        assert f" {key}: " in shown
    assert "Settings, theme: there is no theme" in shown, "the one under the cursor in full"
    path.write_text('theme = "no such"\n')
    app = app_on(path)
    press(app, "j")
    assert told(app) == ['Settings, theme: there is no theme "no such": T switches to the next one.']
    assert app.theme == "lapse-dark"


def test_an_unknown_column_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[hidden]\noverview = ["Instance", "region", "Regoin"]\n')
    app = app_on(path)
    text = press(app, "j", (200, 40))
    titles = ", ".join(COLUMNS_TO_HIDE["overview"])
    assert app.complaints == [
        f'Settings, hidden.overview: "{title}" can\'t be hidden: choose from {titles}.'
        for title in ("Instance", "Regoin")
    ]
    assert "Instance" in text
    assert " Region" not in text.splitlines()[3]


def test_where_the_file_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAPSE_SETTINGS", str(tmp_path / "mine.toml"))
    assert settings_file() == tmp_path / "mine.toml"
    monkeypatch.delenv("LAPSE_SETTINGS")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert settings_file().parts[-2:] == ("lapse", "settings.toml")


# Writing


def test_a_change_keeps_the_line_endings(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(b"# mine\r\nhorizon = 60\r\n")
    write(path, {("horizon",): 90, ("mouse",): False})
    assert path.read_bytes() == b"# mine\r\nhorizon = 90\r\nmouse = false\r\n"


def test_a_change_leaves_every_other_line_as_it_is() -> None:
    changed = changed_text(WRITTEN, ("horizon",), 90)
    assert changed == WRITTEN.replace("horizon = 60", "horizon = 90")
    changed = changed_text(WRITTEN, ("hidden", "overview"), ["Name"])
    begin, end = WRITTEN.index("overview = ["), WRITTEN.index("\n[keys]")
    assert changed == WRITTEN[:begin] + 'overview = ["Name"]\n' + WRITTEN[end:]
    changed = changed_text(WRITTEN, ("hidden", "renewal"), ["Region"])
    assert changed == WRITTEN.replace("]\n\n[keys]", ']\nrenewal = ["Region"]\n\n[keys]')
    changed = changed_text(WRITTEN, ("mouse",), False)
    assert changed == WRITTEN.replace("horizon = 60\n", "horizon = 60\nmouse = false\n")


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("", 'theme = "nord"\n'),
        ("# nothing yet", '# nothing yet\ntheme = "nord"\n'),
        ("'theme' = 'dracula' # mine\r\nmouse = true\r\n", "'theme' = \"nord\" # mine\r\nmouse = true\r\n"),
        ("[keys]\nplay = 'P'\n", "theme = \"nord\"\n\n[keys]\nplay = 'P'\n"),
        ('note = """\ntheme = 1\n"""\ntheme = "x"\n', 'note = """\ntheme = 1\n"""\ntheme = "nord"\n'),
    ],
)
def test_a_change_in_any_file(text: str, result: str) -> None:
    assert changed_text(text, ("theme",), "nord") == result


def test_a_new_table_comes_last() -> None:
    assert changed_text("mouse = false\n", ("hidden", "renewal"), ["Region"]) == (
        'mouse = false\n\n[hidden]\nrenewal = ["Region"]\n'
    )
    assert changed_text("", ("hidden", "renewal"), ['a "b" \\ \x7f é']) == (
        '[hidden]\nrenewal = ["a \\"b\\" \\\\ \\u007f é"]\n'
    )


@pytest.mark.parametrize(
    "text", ["hidden = {{overview = {}}}\n", "hidden.overview = {} # mine\n", "[hidden]\noverview = {} # mine\n"]
)
def test_a_table_in_any_form(text: str) -> None:
    changed = changed_text(text.format("[]"), ("hidden", "overview"), ["Region"])
    assert changed == text.format('["Region"]')


@pytest.mark.parametrize("text", ["hidden = 1\n", "[[hidden]]\noverview = []\n"])
def test_a_value_that_is_not_a_table_is_left_unchanged(text: str) -> None:
    with pytest.raises(SettingsError, match="Not kept"):
        changed_text(text, ("hidden", "overview"), ["Region"])


def test_a_file_that_is_a_link_stays_one_and_keeps_its_mode(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles" / "lapse.toml", tmp_path / "settings.toml"
    real.parent.mkdir()
    real.write_text(WRITTEN)
    real.chmod(0o600)
    link.symlink_to(real)
    kept = SettingsStore.read(link)
    kept.change(kept.settings._replace(mouse=False))
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o600
    assert not SettingsStore.read(link).settings.mouse
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["dotfiles", "lapse.toml", "settings.toml"]


def test_a_change_by_another_window_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    one, other = SettingsStore.read(path), SettingsStore.read(path)
    one.change(one.settings._replace(theme="nord"))
    other.change(other.settings._replace(horizon=45))
    assert SettingsStore.read(path).settings == Settings(theme="nord", horizon=45)


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(WRITTEN)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    kept = SettingsStore.read(path)
    with pytest.raises(SettingsError, match=r"can't be written \(No space left on device\)"):
        kept.change(kept.settings._replace(mouse=False))
    assert path.read_text() == WRITTEN
    assert [item.name for item in tmp_path.iterdir()] == ["settings.toml"]


# The dashboard


def test_the_theme_chosen_by_key_is_saved(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.toml"
    app = app_on(path)
    press(app, "T")
    assert path.read_text() == 'theme = "lapse-light"\n'
    assert app_on(path).theme == "lapse-light"


def row(app: LapseApp, key: str) -> None:
    """Put the dialog's cursor on a setting."""
    app.screen.query_one(RowTable).move_to_key(key)


def test_each_setting_of_the_dialog_takes_effect_at_once_and_is_saved(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("# mine\n")
    app = app_on(path)

    async def steps(pilot: Pilot[None]) -> None:
        assert "Region" in text_of(app)
        await pilot.press("O")
        assert isinstance(app.screen, SettingsDialog)
        row(app, "overview:Region")
        await pilot.press("space")
        row(app, "horizon")
        await pilot.press("enter", "enter")
        row(app, "mouse")
        await pilot.press("enter")
        row(app, "glyphs")
        await pilot.press("enter", "enter")
        text = text_of(app)
        assert "[ ] Region" in text
        assert "45 days" in text
        assert "ascii" in text
        await pilot.press("escape")
        await pilot.pause()
        text = text_of(app)
        assert "Region" not in text.splitlines()[3]
        assert ">" in text
        assert all(line.isascii() for line in text.splitlines()[:4])

    driven(app, steps, (200, 50))
    assert path.read_text() == (
        '# mine\nhorizon = 45\nmouse = false\nglyphs = "ascii"\n\n[hidden]\noverview = ["Region"]\n'
    )
    assert SettingsStore.read(path).settings == app.kept.settings
    assert app.session.settings.horizon == 45


def test_a_hidden_column_of_another_screen_is_gone_when_that_screen_is_shown() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("2")
        assert "Monthly price" in text_of(app)
        await pilot.press("1", "O")
        row(app, "renewal:Monthly price")
        await pilot.press("enter", "escape", "2")
        await pilot.pause()
        assert "Monthly price" not in text_of(app)
        assert app.kept.path is None

    driven(app, steps, WIDE)


def test_a_theme_is_shown_as_the_cursor_moves_and_kept_with_enter(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    app = app_on(path)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("O", "enter")
        assert isinstance(app.screen, ThemeDialog)
        await pilot.press("j", "j")
        assert app.theme == ROUND[2]
        await pilot.press("escape")
        assert app.theme == ROUND[0]
        assert not path.exists()
        await pilot.press("enter", "G", "k", "enter")
        assert app.theme == ROUND[-2]
        assert ROUND[-2] in text_of(app)

    driven(app, steps)
    assert SettingsStore.read(path).settings.theme == ROUND[-2]


def test_without_a_settings_file_changes_last_until_quitting() -> None:
    app = app_of(sample())
    text = press(app, "T O")
    assert app.kept.settings.theme == "lapse-light"
    assert "Not saved: changes apply until you quit." in text


def test_the_dialog_names_the_settings_file(tmp_path: Path) -> None:
    assert f"Kept in {str(tmp_path)[:40]}" in press(app_on(tmp_path / "s.toml"), "O", WIDE)


@pytest.mark.parametrize("size", [(60, 15), (59, 15), (20, 5), (1, 1)])
def test_the_dialogs_fit_any_size(size: tuple[int, int]) -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("O", "enter", "j")
        await pilot.resize_terminal(*size)
        await pilot.press("k", "escape", "G", "enter", "escape")

    driven(app, steps)
    assert app.return_code in (None, 0)
    assert app.kept.settings.horizon == FIT


def test_a_click_chooses_a_setting_and_a_second_one_changes_it() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("O")
        await pilot.click(".box RowTable", offset=(4, 3))
        assert app.screen.query_one(RowTable).cursor == "mouse"
        await pilot.click(".box RowTable", offset=(4, 3), times=2)
        assert not app.kept.settings.mouse

    driven(app, steps)


# How it looks


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("keys", ["O j", "O enter j"], ids=["settings", "theme"])
def test_looks(snap_compare: Callable[..., bool], keys: str, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.press(*keys.split())
        await pilot.pause()

    assert snap_compare(app_of(sample(12)), terminal_size=size, run_before=before)
