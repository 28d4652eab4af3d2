"""What reaches a terminal: nothing that came from a file, a path or a name steers it, on any stream or the screen."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.workspace.workspace import Workspace
from tests.support.pseudo_terminal import PATIENCE, ROOT, Terminal

STEERING = "\x1b[2J\x1b]0;title\x07\x9b31m\x9d0;t\x9c\r\b\x7f\u202eevil\u2066\u2028"
"""An escape sequence, OSC, BEL, C1 controls, CR, BS, DEL, bidi overrides and a line separator."""
LAPSE = "import sys; from tui.cli import main; sys.exit(main())"


def steers(text: str) -> set[str]:
    """The characters of a text that would steer a terminal."""
    return {c for c in text if not c.isprintable() and c not in "\n\xa0\u3000"}


def quoted(text: str) -> str:
    return json.dumps(text)


def policy_of(folder: Path) -> Path:
    """A policy whose name and rules' texts steer."""
    path = folder / f"policy{STEERING.replace('/', '')}.toml"
    # TOML takes control characters as escapes only.
    rules = {"I1": STEERING, "E2": f"kept {{retention}} {STEERING}"}
    tables = [f"[rules.{rule}]\ntext = {quoted(text)}\n" for rule, text in rules.items()]
    path.write_text(f"name = {quoted(STEERING)}\n" + "".join(tables))
    return path


def fleet_of(folder: Path) -> Path:
    """A fleet in which all that may be any text steers."""
    path = folder / f"fleet{STEERING}.json"
    instances = [
        {"id": f"i{number}\u202e\u2066", "account": "acme\u202e", "name": STEERING, "region": STEERING,
         "kind": "enterprise", "expires": "2026-07-20", "monthly_price": "5.00"}
        for number in range(3)
    ]  # fmt: skip
    document = {"clock": "2026-07-10", "accounts": [{"id": "acme\u202e", "balance": "12"}], "instances": instances}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def tampered(db: Path) -> None:
    """A kept fleet's texts, as another program may have changed them."""
    import sqlite3

    with sqlite3.connect(db) as connection:
        for statement in (
            "UPDATE instances SET region = ?1, name = ?1",
            "UPDATE events SET rule = ?1",
            "UPDATE events SET instance = instance || ?1 WHERE instance IS NOT NULL AND seq % 2",
            "UPDATE fleet SET name = ?1",
        ):
            connection.execute(statement, (STEERING,))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / f"folder{STEERING}"
    folder.mkdir()
    return folder


def run(*arguments: str, **environment: str) -> str:
    """Both streams of a command, with what no terminal may get looked for."""
    done = subprocess.run(
        [sys.executable, "-c", LAPSE, *arguments], capture_output=True, cwd=ROOT, check=False, timeout=PATIENCE,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "LAPSE_SETTINGS": "/nowhere/none"} | environment,
    )  # fmt: skip
    said = (done.stdout + done.stderr).decode()
    assert steers(said) == set(), (arguments[:1], ascii(said)[:500])
    assert "Traceback" not in said
    return said


def test_no_command_prints_what_steers_a_terminal(place: Path) -> None:
    """Every command, with hostile texts in every place, done and refused."""
    fleet, policy, db = fleet_of(place), policy_of(place), place / f"kept{STEERING}.db"
    settings = place / f"settings{STEERING}.toml"
    settings.write_text(
        f"theme = {quoted(STEERING)}\n{quoted(STEERING)} = 1\n[keys]\n{quoted(STEERING)} = {quoted(STEERING)}\n"
    )
    script, scenario = place / f"script{STEERING}.json", place / f"scenario{STEERING}.toml"
    script.write_text(json.dumps([
        {"at": "1d", "do": "charge", "account": "acme\u202e", "amount": "5", "note": STEERING},
        {"at": "1d", "do": "renew", "instances": [STEERING], "months": 1},
    ]))  # fmt: skip
    scenario.write_text(f"title = {quoted(STEERING)}\n")
    kept = ["--db", str(db)]
    ways: list[Sequence[str]] = [
        ["import", str(fleet), "--policy", str(policy), *kept],
        ["import", str(fleet), *kept, "--json"],
        ["status", *kept], ["status", "--json", *kept],
        ["charge", "acme\u202e", "5", "--note", STEERING, *kept],
        ["top-up", STEERING, "5", *kept], ["top-up", "acme\u202e", STEERING, *kept], ["renew", STEERING, *kept],
        ["renew", STEERING, "x", "--months", "1", *kept], ["advance", STEERING, *kept], ["advance", "40d", *kept],
        ["advance", "10d", "--json", *kept],
        ["purchase", "acme\u202e", STEERING, "--months", "1", "--monthly-price", "1", *kept],
        ["log", *kept], ["log", "--json", *kept], ["log", "--instance", STEERING, *kept],
        ["log", "--last", STEERING, *kept],
        ["log", "--type", STEERING, *kept], ["verify", *kept], ["rules", *kept], ["rules", "--json", *kept],
        ["rules", "--policy", str(policy)], ["rules", "--policy", str(policy), "--json"],
        ["rules", "--policy", str(fleet)],
        ["simulate", str(fleet), "--until", "30d", "--script", str(script)],
        ["simulate", str(fleet), "--until", "30d", "--json", "--policy", str(policy)],
        ["simulate", str(policy), "--until", STEERING], ["simulate", STEERING, "--until", "1d"],
        ["record", str(scenario), "-o", STEERING], ["record", str(scenario), "-o", str(place / "x.svg")],
        ["keys"], ["keys", "--json"], ["demo"], ["demo", "--policy", STEERING], [STEERING], [f"--{STEERING}"],
        ["status", STEERING], ["import", str(fleet), "--restart", *kept],
    ]  # fmt: skip
    for arguments in ways:
        run(*arguments, LAPSE_SETTINGS=str(settings))
    run("import", str(fleet), "--restart", *kept)
    run("advance", "40d", *kept)
    tampered(db)
    for arguments in (["status"], ["status", "--json"], ["log"], ["log", "--json"], ["verify"], ["advance", "5d"]):
        run(*arguments, *kept)


def test_no_file_prints_but_through_the_one_way_out() -> None:
    """tui/text/output.py is the only one that writes to a standard stream."""
    for path in sorted([*(ROOT / "core").rglob("*.py"), *(ROOT / "tui").rglob("*.py")]):
        if path.name == "output.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            assert name not in ("print", "sys.stdout.write", "sys.stderr.write", "json.dump"), (path, ast.unparse(node))


@pytest.mark.parametrize("tamper", [False, True])
def test_the_screen_and_the_parting_line_steer_nothing(place: Path, tamper: bool) -> None:
    """All screens, dialogs and toasts: the terminal gets Textual's own sequences and no others."""
    db = place / f"kept{STEERING}.db"
    run("import", str(fleet_of(place)), "--policy", str(policy_of(place)), "--db", str(db))
    if tamper:
        run("advance", "3d", "--db", str(db))
        tampered(db)
    terminal = Terminal("--db", str(db), program=LAPSE, environment={"LAPSE_SETTINGS": "/nowhere/none"})
    try:
        terminal.wait_for("i0")
        for keys in (
            "j",
            "\r",
            "\x1b",
            "2",
            "r",
            "\x1b",
            "3",
            "l",
            "\x1b",
            "?",
            "\x1b",
            ":",
            "\x1b",
            "d+30d\r",
            "O",
            "\x1b",
        ):
            terminal.press(keys)
            terminal.read_for(0.2)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    finally:
        terminal.close()
    raw = terminal.raw.decode()
    assert "evil" in raw, "the names are shown"
    # Those of Textual's own; it rings the bell.
    assert steers(raw) <= {"\x1b", "\r", "\x07"}
    for sequence in ("\x1b[2J", "\x1b]0;", "\r\b"):
        assert sequence not in raw
    after = re.split(r"\x1b\[\?[0-9]+l", raw)[-1]
    assert steers(after) <= {"\r"} and "kept in" in after


@pytest.mark.parametrize("command", [[], ["demo"]])
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "</dev/null", "2>/dev/null", ">/dev/null"])
def test_a_dashboard_without_a_terminal(closed: str, command: list[str], tmp_path: Path) -> None:
    """Exit status 2 and a sentence; also where the other streams are a terminal."""
    shell = ["sh", "-c", f'"$@" {closed}', "sh", sys.executable, "-c", LAPSE, *command]
    terminal = Terminal(
        program=f"import os; os.execvp('sh', {shell!r})",
        environment={"LAPSE_SETTINGS": "/nowhere/none", "LAPSE_DB": str(tmp_path / "fleet.db")},
    )  # fmt: skip
    try:
        assert terminal.wait_for_end() == 2
    finally:
        terminal.close()
    if "2>" in closed:
        assert terminal.raw == b""
    else:
        assert b"lapse: the dashboard needs a terminal; without one, run: lapse " in terminal.raw
    assert not (tmp_path / "fleet.db").exists()


def test_a_closed_stream_gives_its_place_to_no_file(tmp_path: Path) -> None:
    """All streams closed, a command does its work, and nothing is written into the fleet's file but by SQLite."""
    db = tmp_path / "fleet.db"
    command = ["sh", "-c", '"$@" <&- >&- 2>&-', "sh", sys.executable, "-c", LAPSE]
    for arguments in (["import", str(ROOT / "data/fleets/sample.json")], ["advance", "3d"], ["top-up", "x", "y"]):
        done = subprocess.run([*command, *arguments, "--db", str(db)], cwd=ROOT, check=False, timeout=PATIENCE)
        assert done.returncode == (0 if arguments[0] != "top-up" else 2)
    assert Workspace.open(db).check() == []
