"""Terminals of every kind: sixteen colours or none, ASCII, no mouse, copying over ssh, and names hard to draw."""

import ast
import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from textual.color import Color
from textual.pilot import Pilot
from textual.theme import BUILTIN_THEMES
from wcwidth import wcwidth

from data import SAMPLE_FLEET
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of, workspace_of
from tests.support.hard_names import HARD, HARD_FLEET, fleet
from tests.support.pseudo_terminal import Terminal
from tui.app.lapse_app import LapseApp
from tui.look.configured_app import Surroundings
from tui.screens.instance_screen import MOST_COPIED
from tui.settings.legible import contrast
from tui.settings.settings import Settings, SettingsStore
from tui.settings.themes import defaults
from tui.text.cells import fit, one_line, wrapped
from tui.text.glyphs import STAND_INS, AsciiOnly, missing, wants_ascii

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, sys
from core.rules.rulebook import load_policy
from core.store.file import MEMORY
from core.workspace.importing import begin
from tui.app.lapse_app import run
from tui.settings.settings import SettingsStore, Settings

document, policy = json.load(open(sys.argv[1], encoding="utf-8")), load_policy()
workspace, _ = begin(MEMORY, document, policy.calendar.parse(document["clock"]), policy, "sample")
kept = SettingsStore(Settings(**json.loads(sys.argv[2])))
raise SystemExit(run(workspace, name="sample", kept=kept))
"""


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Opens terminals, and closes them at the end."""
    opened: list[Terminal] = []

    def begin(document: dict[str, object], settings: str = "{}", **environment: str) -> Terminal:
        file = tmp_path / f"{len(opened)}.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        opened.append(Terminal(str(file), settings, program=PROGRAM, size=(120, 40), environment=environment))
        return opened[-1]

    yield begin
    for terminal in opened:
        terminal.close()


def end(terminal: Terminal) -> str:
    """Quit; returns everything that was written."""
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    return terminal.raw.decode("utf-8", errors="surrogateescape")


Opener = Callable[..., Terminal]


# Copying


def copied(raw: str) -> list[str]:
    """The texts that the terminal was asked to put on the clipboard (OSC 52)."""
    return [base64.b64decode(found).decode() for found in re.findall(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", raw)]


def test_ids_are_copied_exactly_over_any_connection(open_terminal: Opener) -> None:
    ids = ["冷链-01", "🏭👩‍🔧", *(f"plant-{number:03}" for number in range(300))]
    terminal = open_terminal(fleet(ids))
    terminal.wait_for("plant-000")
    terminal.press("sSg")
    terminal.press("y")
    terminal.wait_for("Copied 🏭")
    terminal.press("jy")
    terminal.wait_for("Copied 冷")
    terminal.press("ay")
    terminal.wait_for("Copied 302 ids.")
    first, second, all_of_them = copied(end(terminal))
    assert (first, second) == ("🏭👩‍🔧", "冷链-01")
    assert set(all_of_them.split("\n")) == set(ids)


def test_text_too_long_for_the_clipboard_is_reported_and_not_sent(open_terminal: Opener) -> None:
    ids = [f"plant-{number:04}-{'x' * 40}" for number in range(1200)]
    terminal = open_terminal(fleet(ids))
    terminal.wait_for("plant-0000")
    terminal.press("ay")
    terminal.wait_for("1,200 ids are")
    terminal.press("ay")
    terminal.wait_for("Copied")
    sent = copied(end(terminal))
    assert len(sent) == 1
    assert len("\n".join(ids).encode()) > MOST_COPIED
    assert len(base64.b64encode(b"x" * MOST_COPIED)) <= 74_994


# The mouse

ON, OFF = "\x1b[?1000h", "\x1b[?1000l"


def test_the_mouse_chooses_rows_and_counts_and_presses_keys(open_terminal: Opener) -> None:
    terminal = open_terminal(fleet([f"plant-{number:02}" for number in range(50)]))
    terminal.wait_for("▸ plant-00")
    terminal.wait_for("2 Renewal")
    terminal.wait_for(" plant-05")

    def click(column: int, line: int, button: int = 0) -> None:
        terminal.press(f"\x1b[<{button};{column + 1};{line + 1}M\x1b[<{button};{column + 1};{line + 1}m")

    def row_of(text: str) -> int:
        return next(number for number, line in enumerate(terminal.lines()) if text in line)

    click(6, row_of(" plant-05"))
    terminal.wait_for("▸ plant-05")
    # The wheel scrolls the pane under the pointer.
    for _ in range(4):
        click(6, 12, 65)
    terminal.wait_for(" plant-00 ", gone=True)
    bar = terminal.lines()[-1]
    click(bar.index("? help") + 2, 39)
    terminal.wait_for("Keys on Overview")
    terminal.press("\x1b")
    terminal.wait_for("Keys on Overview", gone=True)
    click(bar.index("2 Renewal") + 2, 39)
    terminal.wait_for("Monthly price")
    raw = end(terminal)
    assert ON in raw
    assert raw.rindex(OFF) > raw.rindex(ON)


def test_the_mouse_can_be_off_and_be_turned_on(open_terminal: Opener) -> None:
    terminal = open_terminal(fleet(["plant"]), '{"mouse": false}')
    terminal.wait_for("plant")
    assert ON.encode() not in terminal.raw
    terminal.press("Ojj\r")
    terminal.wait_for(f"{'Mouse':<20}on")
    assert ON.encode() in terminal.raw
    terminal.press("\r")
    terminal.wait_for(f"{'Mouse':<20}off")
    assert terminal.raw.rindex(OFF.encode()) > terminal.raw.rindex(ON.encode())
    terminal.press("\r")
    terminal.wait_for(f"{'Mouse':<20}on")
    terminal.press("\x1b")
    terminal.wait_for("Settings", gone=True)
    raw = end(terminal)
    assert raw.rindex(OFF) > raw.rindex(ON)


def test_options_for_one_run_leave_the_settings_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('glyphs = "ascii"\n[keys]\nhelp = "H"\n')
    program = "import sys; from tui.cli import main; raise SystemExit(main(sys.argv[1:]))"
    named = {"LAPSE_SETTINGS": str(path)}
    terminal = Terminal("demo", "--no-mouse", program=program, environment=named)
    terminal.wait_for("> coldchain-01")
    terminal.press("H")
    terminal.wait_for("Keys on Overview")
    terminal.press("\x1b")
    terminal.wait_for("Keys on Overview", gone=True)
    assert ON not in end(terminal)
    terminal.close()
    assert path.read_text() == 'glyphs = "ascii"\n[keys]\nhelp = "H"\n'
    terminal = Terminal("demo", "--no-settings", program=program, environment=named)
    terminal.wait_for("▸ coldchain-01")
    assert ON in end(terminal)
    terminal.close()


# Colours


def test_sixteen_colours_are_the_terminals_own_and_the_cursor_row_is_reversed(open_terminal: Opener) -> None:
    terminal = open_terminal(fleet(["plant-01", "plant-02"]), TERM="xterm-16color")
    terminal.wait_for("▸ plant-01")
    terminal.press("j")
    terminal.wait_for("▸ plant-02")
    line = terminal.screen.buffer[next(n for n, line in enumerate(terminal.lines()) if "▸ plant-02" in line)]
    assert all(line[column].reverse for column in range(60))
    raw = end(terminal)
    assert "38;2;" not in raw and "48;2;" not in raw and "38;5;" not in raw


@pytest.mark.parametrize(("ground", "colour"), [("15;0", "brightblue"), ("0;15", "blue"), ("", "brightblue")])
def test_a_terminal_that_reports_its_background_gets_matching_colours(
    open_terminal: Opener, ground: str, colour: str
) -> None:
    terminal = open_terminal(fleet(["plant-01", "plant-02"]), TERM="xterm-16color", COLORFGBG=ground)
    terminal.wait_for("plant-02")
    number = next(n for n, line in enumerate(terminal.lines()) if "  plant-02" in line)
    column = terminal.lines()[number].index("+ running")
    assert terminal.screen.buffer[number][column].fg == colour


def test_without_colour_only_greys_are_used_and_the_cursor_row_is_visible(open_terminal: Opener) -> None:
    terminal = open_terminal(fleet(["plant-01", "plant-02"]), NO_COLOR="1", COLORTERM="truecolor")
    terminal.wait_for("▸ plant-01")
    terminal.press("j")
    terminal.wait_for("▸ plant-02")
    numbers = {name: next(n for n, line in enumerate(terminal.lines()) if name in line) for name in ("▸", "-01")}
    row, other = (terminal.screen.buffer[numbers[name]][4] for name in ("▸", "-01"))
    assert row.bold and not other.bold
    assert row.bg != other.bg
    for found in re.findall(r"[34]8;2;(\d+);(\d+);(\d+)", end(terminal)):
        assert len(set(found)) == 1


@pytest.mark.parametrize("theme", ["lapse-dark", "lapse-light", "ansi-dark", "ansi-light"])
def test_without_colour_the_worst_stands_out_most(open_terminal: Opener, theme: str) -> None:
    document = cast(dict[str, object], json.loads(SAMPLE_FLEET.read_text(encoding="utf-8")))
    terminal = open_terminal(document, json.dumps({"theme": theme}), NO_COLOR="1", COLORTERM="truecolor")
    terminal.wait_for("▸ coldchain-01")
    terminal.press("d+25d\r")
    terminal.wait_for("2026-07-26 00:00")
    terminal.wait_for("Move the clock", gone=True)
    terminal.wait_for("13 d ago")
    terminal.wait_for("22 Jul 09:00")

    def drawn(text: str) -> tuple[bool, str]:
        """Whether the text is bold in the last row that has it, and its colour."""
        number, line = [(number, line) for number, line in enumerate(terminal.lines()) if text in line][-1]
        cell = terminal.screen.buffer[number][line.index(text)]
        return cell.bold, cell.fg

    found = [drawn(text) for text in ("x expired", "short ", "no end", "+ running")]
    assert [bold for bold, _ in found] == [True, True, False, False]
    colours = [colour for _, colour in found]
    if theme.startswith("ansi"):
        assert colours == ["default"] * 4
    else:
        assert colours == sorted(colours, reverse=theme.endswith("dark"))
        assert colours[0] == ("ffffff" if theme.endswith("dark") else "000000")
    end(terminal)


XTERM = {
    "ansi_red": "#cd0000", "ansi_green": "#00cd00", "ansi_yellow": "#cdcd00", "ansi_blue": "#0000ee",
    "ansi_magenta": "#cd00cd", "ansi_cyan": "#00cdcd", "ansi_white": "#e5e5e5", "ansi_bright_black": "#7f7f7f",
    "ansi_bright_red": "#ff0000", "ansi_bright_yellow": "#ffff00", "ansi_bright_blue": "#5c5cff",
    "ansi_bright_magenta": "#ff00ff", "ansi_bright_cyan": "#00ffff",
}  # fmt: skip
"""The sixteen colours of xterm."""


@pytest.mark.parametrize(("name", "ground"), [("ansi-dark", "#000000"), ("ansi-light", "#ffffff")])
def test_states_are_legible_in_the_ordinary_sixteen_colours(name: str, ground: str) -> None:
    for key, value in defaults(BUILTIN_THEMES[name]).items():
        if key.startswith("state-"):
            assert contrast(Color.parse(XTERM[value]), Color.parse(ground)) >= 3, key


# ASCII


def constants(path: Path) -> list[str]:
    """The string constants in a module's code, without docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in documented]
    return [node.value for node in nodes if isinstance(node.value, str)]


NOT_DRAWN = ("cli.py", "output.py", "cells.py", "errors.py", "reading.py", "money.py")
"""Modules that name characters but draw none; plain commands don't draw signs either, and pictures need no ASCII
replacements.
"""
DRAWN = [
    path
    for path in sorted([*(ROOT / "tui").rglob("*.py"), *(ROOT / "core").glob("*.py")])
    if path.parent.name not in ("plain", "recording") and path.name not in NOT_DRAWN
]


@pytest.mark.parametrize("path", DRAWN, ids=[str(path.relative_to(ROOT)) for path in DRAWN])
def test_every_drawn_sign_has_an_ascii_replacement(path: Path) -> None:
    assert missing(constants(path)) == set()


def test_an_ascii_replacement_is_as_wide_as_its_sign() -> None:
    for sign, stand_in in STAND_INS.items():
        assert wcwidth(sign) == 1, sign
        assert len(stand_in) == 1 and stand_in.isascii() and stand_in.isprintable(), sign


@pytest.mark.parametrize(
    ("choice", "encoding", "terminal", "result"),
    [
        ("auto", "utf-8", "xterm", False), ("auto", "UTF8", "xterm", False), ("auto", "iso-8859-1", "xterm", True),
        ("auto", "ascii", "", True), ("auto", "utf-8", "linux", True), ("unicode", "ascii", "linux", False),
        ("ascii", "utf-8", "xterm", True),
    ],
)  # fmt: skip
def test_when_signs_are_ascii(choice: str, encoding: str, terminal: str, result: bool) -> None:
    assert wants_ascii(choice, encoding, terminal) is result


def test_characters_missing_in_an_encoding_become_question_marks_of_their_width() -> None:
    assert AsciiOnly("iso-8859-1").plain("é ▸ 漢字 │") == "é > ???? |"
    assert AsciiOnly("ascii").plain("é…") == "?~"
    assert AsciiOnly().plain("é ▸ 漢字") == "é > 漢字"


EVERYWHERE = (
    "",
    "enter escape",
    "r escape",
    "t escape",
    "question_mark",
    "escape colon",
    "escape d",
    "escape O",
    "escape 2",
    "3",
)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_everything_is_drawn_in_ascii(size: tuple[int, int]) -> None:
    app = LapseApp(sample(45), name="sample", kept=SettingsStore(Settings(glyphs="ascii")))

    async def steps(pilot: Pilot[None]) -> None:
        for keys in EVERYWHERE:
            await pilot.press(*keys.split())
            await pilot.pause()
            text = text_of(app)
            names = {item.name for item in app.session.workspace.world.instances.values()}
            unseen = {c for c in text if not c.isascii()} - {c for name in names for c in name}
            assert not unseen, (keys, unseen)

    driven(app, steps, size)


@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "iso-8859-1"}, {"PYTHONIOENCODING": "ascii", "TERM": "linux"}]
)
def test_a_terminal_without_utf_8_gets_only_characters_it_can_show(
    open_terminal: Opener, environment: dict[str, str]
) -> None:
    terminal = open_terminal(fleet(["plant-01", "冷链-02"]), **environment)
    terminal.wait_for("> plant-01")
    terminal.press("j?")
    terminal.wait_for("Keys on Overview")
    terminal.press("\x1b")
    terminal.wait_for("Keys on Overview", gone=True)
    terminal.wait_for("????-02")
    raw = end(terminal)
    assert "\\u" not in raw and "\\x" not in raw
    assert all(ord(character) < 128 for character in raw)


# Names that are hard to draw


def cells(text: str) -> int:
    """The cells of a text as a terminal counts them, character by character."""
    widths = [wcwidth(character) for character in text]
    assert min(widths, default=0) >= 0, ascii(text)
    return sum(widths)


@pytest.mark.parametrize("name", HARD)
def test_a_hard_name_takes_the_counted_cells(name: str) -> None:
    line = one_line(name)
    for width in (0, 1, 2, 7, 40, 250):
        assert cells(fit(line, width)) == width
        assert cells(fit(line, width, right=True)) == width
        if width >= 7:
            assert all(cells(part) <= width for part in wrapped(line, width, indent=2))


def test_every_character_takes_the_counted_cells() -> None:
    for start in range(0x20, 0x110000, 64):
        block = "".join(chr(code) for code in range(start, min(start + 64, 0x110000)))
        line = one_line(block)
        assert cells(fit(line, 200)) == 200, hex(start)


HARD_KEYS = (
    "", "j", "j enter", "escape r", "escape t", "escape space space e", "escape slash x", "escape escape O",
    "escape y", "2", "j", "r", "escape 3", "j tab", "question_mark", "escape colon",
)  # fmt: skip


@pytest.mark.parametrize("size", [NARROW, WIDE, (200, 50)])
def test_hard_names_break_no_row(size: tuple[int, int]) -> None:
    app = app_of(workspace_of(HARD_FLEET, 12))

    async def steps(pilot: Pilot[None]) -> None:
        for keys in HARD_KEYS:
            await pilot.press(*keys.split())
            await pilot.pause()
            for line in text_of(app).splitlines():
                assert cells(line) == size[0], (keys, line)

    driven(app, steps, size)


def test_hard_names_in_a_real_terminal_leave_the_edges_where_they_are(open_terminal: Opener) -> None:
    # The emulator drops what follows a zero-width mark that is not an accent; other terminals don't.
    plain = [item for item in HARD if item.isprintable() and not re.search("[\u0900-\u0e7f]", item)]
    document = fleet([f"{place} {text}" for place, text in enumerate(plain)])
    for place, instance in enumerate(cast(list[dict[str, str]], document["instances"])):
        instance["name"] = instance["region"] = plain[place]
    terminal = open_terminal(document)
    terminal.wait_for("▸ 0 冷")
    terminal.wait_for("│")
    edge = {line.index("│") for line in _as_cells(terminal) if "│" in line}
    assert len(edge) == 1
    terminal.press("2")
    terminal.wait_for("Monthly price")
    terminal.press("j")
    terminal.wait_for("▸ 1 ")
    column = next(line for line in _as_cells(terminal) if "Monthly price" in line).index("Expires")
    rows = [line for line in _as_cells(terminal) if "in 10 d" in line.partition("│")[0]]
    assert len(rows) == len(plain)
    assert {line.index("in 10 d") for line in rows} == {column}
    end(terminal)


def _as_cells(terminal: Terminal) -> list[str]:
    """The lines with one character for each cell."""
    lines = [[terminal.screen.buffer[number][column].data for column in range(120)] for number in range(40)]
    return ["".join(cell[:1] or " " for cell in line) for line in lines]


# How it looks


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("theme", ["lapse-light", "ansi-dark"])
@pytest.mark.parametrize("screen", ["1", "2", "3"])
def test_looks(snap_compare: Callable[..., bool], screen: str, theme: str, size: tuple[int, int]) -> None:
    app = app_of(sample(45))

    async def before(pilot: Pilot[None]) -> None:
        app.theme = theme
        await pilot.press(screen, "j")
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("case", ["ascii", "hard-names", "no-colour", "sixteen-dialog"])
def test_other_looks(
    snap_compare: Callable[..., bool], monkeypatch: pytest.MonkeyPatch, case: str, size: tuple[int, int]
) -> None:
    if case == "no-colour":
        monkeypatch.setenv("NO_COLOR", "1")
    settings = {"ascii": Settings(glyphs="ascii"), "sixteen-dialog": Settings(theme="ansi-dark")}.get(case, Settings())
    workspace = workspace_of(HARD_FLEET, 5) if case == "hard-names" else sample(9)
    app = LapseApp(workspace, name="sample", kept=SettingsStore(settings))

    async def before(pilot: Pilot[None]) -> None:
        await pilot.press(*("j", "j", "t") if case == "sixteen-dialog" else ("j", "j"))
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)


def test_surroundings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    monkeypatch.setenv("COLORFGBG", "0;default;15")
    found = Surroundings.ask()
    assert (found.name, found.light) == ("linux", True)
    app = LapseApp(sample(), name="sample", surroundings=Surroundings("utf-8", "linux", False))
    assert app.ascii
