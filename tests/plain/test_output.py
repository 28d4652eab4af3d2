"""No text from a file, a path or a name controls the terminal, on standard output, standard error or the screen."""

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

HOSTILE = "\x1b[2J\x1b]0;title\x07\x9b31m\x9d0;t\x9c\r\b\x7f\u202eevil\u2066\u2028"
"""An escape sequence, OSC, BEL, C1 controls, CR, BS, DEL, bidi overrides and a line separator."""
LAPSE = "import sys; from tui.cli import main; sys.exit(main())"


def control_characters(text: str) -> set[str]:
    """The characters of a text that could control a terminal."""
    return {c for c in text if not c.isprintable() and c not in "\n\xa0\u3000"}


def quoted(text: str) -> str:
    return json.dumps(text)


def policy_of(folder: Path) -> Path:
    """A policy with control characters in its name and in the texts of its rules."""
    path = folder / f"policy{HOSTILE.replace('/', '')}.toml"
    # TOML allows control characters only as escapes.
    rules = {"I1": HOSTILE, "E2": f"kept {{retention}} {HOSTILE}"}
    tables = [f"[rules.{rule}]\ntext = {quoted(text)}\n" for rule, text in rules.items()]
    path.write_text(f"name = {quoted(HOSTILE)}\n" + "".join(tables))
    return path


def fleet_of(folder: Path) -> Path:
    """A fleet with control characters in every free text."""
    path = folder / f"fleet{HOSTILE}.json"
    instances = [
        {"id": f"i{number}\u202e\u2066", "account": "acme\u202e", "name": HOSTILE, "region": HOSTILE,
         "kind": "enterprise", "expires": "2026-07-20", "monthly_price": "5.00"}
        for number in range(3)
    ]  # fmt: skip
    document = {"clock": "2026-07-10", "accounts": [{"id": "acme\u202e", "balance": "12"}], "instances": instances}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def tampered(db: Path) -> None:
    """Change a kept fleet's texts, as another program might do."""
    import sqlite3

    with sqlite3.connect(db) as connection:
        for statement in (
            "UPDATE instances SET region = ?1, name = ?1",
            "UPDATE events SET rule = ?1",
            "UPDATE events SET instance = instance || ?1 WHERE instance IS NOT NULL AND seq % 2",
            "UPDATE fleet SET name = ?1",
        ):
            connection.execute(statement, (HOSTILE,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / f"folder{HOSTILE}"
    folder.mkdir()
    return folder


def run(*arguments: str, **environment: str) -> str:
    """The output of a command on both streams, after checking that it has no control characters and no traceback."""
    done = subprocess.run(
        [sys.executable, "-c", LAPSE, *arguments], capture_output=True, cwd=ROOT, check=False, timeout=PATIENCE,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "LAPSE_SETTINGS": "/nowhere/none"} | environment,
    )  # fmt: skip
    said = (done.stdout + done.stderr).decode()
    assert control_characters(said) == set(), (arguments[:1], ascii(said)[:500])
    assert "Traceback" not in said
    return said


def test_no_command_prints_control_characters(folder: Path) -> None:
    """Every command with hostile texts in every argument and file, whether it succeeds or not."""
    fleet, policy, db = fleet_of(folder), policy_of(folder), folder / f"kept{HOSTILE}.db"
    settings = folder / f"settings{HOSTILE}.toml"
    settings.write_text(
        f"theme = {quoted(HOSTILE)}\n{quoted(HOSTILE)} = 1\n[keys]\n{quoted(HOSTILE)} = {quoted(HOSTILE)}\n"
    )
    script, scenario = folder / f"script{HOSTILE}.json", folder / f"scenario{HOSTILE}.toml"
    script.write_text(json.dumps([
        {"at": "1d", "do": "charge", "account": "acme\u202e", "amount": "5", "note": HOSTILE},
        {"at": "1d", "do": "renew", "instances": [HOSTILE], "months": 1},
    ]))  # fmt: skip
    scenario.write_text(f"title = {quoted(HOSTILE)}\n")
    kept = ["--db", str(db)]
    ways: list[Sequence[str]] = [
        ["import", str(fleet), "--policy", str(policy), *kept],
        ["import", str(fleet), *kept, "--json"],
        ["status", *kept], ["status", "--json", *kept],
        ["charge", "acme\u202e", "5", "--note", HOSTILE, *kept],
        ["top-up", HOSTILE, "5", *kept], ["top-up", "acme\u202e", HOSTILE, *kept], ["renew", HOSTILE, *kept],
        ["renew", HOSTILE, "x", "--months", "1", *kept], ["advance", HOSTILE, *kept], ["advance", "40d", *kept],
        ["advance", "10d", "--json", *kept],
        ["purchase", "acme\u202e", HOSTILE, "--months", "1", "--monthly-price", "1", *kept],
        ["log", *kept], ["log", "--json", *kept], ["log", "--instance", HOSTILE, *kept],
        ["log", "--last", HOSTILE, *kept],
        ["log", "--type", HOSTILE, *kept], ["verify", *kept], ["rules", *kept], ["rules", "--json", *kept],
        ["rules", "--policy", str(policy)], ["rules", "--policy", str(policy), "--json"],
        ["rules", "--policy", str(fleet)],
        ["simulate", str(fleet), "--until", "30d", "--script", str(script)],
        ["simulate", str(fleet), "--until", "30d", "--json", "--policy", str(policy)],
        ["simulate", str(policy), "--until", HOSTILE], ["simulate", HOSTILE, "--until", "1d"],
        ["record", str(scenario), "-o", HOSTILE], ["record", str(scenario), "-o", str(folder / "x.svg")],
        ["keys"], ["keys", "--json"], ["demo"], ["demo", "--policy", HOSTILE], [HOSTILE], [f"--{HOSTILE}"],
        ["status", HOSTILE], ["import", str(fleet), "--restart", *kept],
    ]  # fmt: skip
    for arguments in ways:
        run(*arguments, LAPSE_SETTINGS=str(settings))
    run("import", str(fleet), "--restart", *kept)
    run("advance", "40d", *kept)
    tampered(db)
    for arguments in (["status"], ["status", "--json"], ["log"], ["log", "--json"], ["verify"], ["advance", "5d"]):
        run(*arguments, *kept)


def test_only_one_module_prints() -> None:
    """tui/text/output.py is the only module that writes to a standard stream."""
    for path in sorted([*(ROOT / "core").rglob("*.py"), *(ROOT / "tui").rglob("*.py")]):
        if path.name == "output.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            assert name not in ("print", "sys.stdout.write", "sys.stderr.write", "json.dump"), (path, ast.unparse(node))


@pytest.mark.parametrize("tamper", [False, True])
def test_the_dashboard_sends_no_control_characters_of_a_text(folder: Path, tamper: bool) -> None:
    """On all screens, dialogs and toasts, and in the line after quitting, only Textual's own sequences are sent."""
    db = folder / f"kept{HOSTILE}.db"
    run("import", str(fleet_of(folder)), "--policy", str(policy_of(folder)), "--db", str(db))
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
    # Textual's own sequences, and the bell that it rings.
    assert control_characters(raw) <= {"\x1b", "\r", "\x07"}
    for sequence in ("\x1b[2J", "\x1b]0;", "\r\b"):
        assert sequence not in raw
    after = re.split(r"\x1b\[\?[0-9]+l", raw)[-1]
    assert control_characters(after) <= {"\r"} and "kept in" in after


@pytest.mark.parametrize("command", [[], ["demo"]])
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "</dev/null", "2>/dev/null", ">/dev/null"])
def test_a_dashboard_without_a_terminal(closed: str, command: list[str], tmp_path: Path) -> None:
    """Exit status 2 and one sentence, even if the other streams are a terminal."""
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


def test_no_file_takes_the_descriptor_of_a_closed_stream(tmp_path: Path) -> None:
    """With all streams closed a command does its work, and no output goes into the fleet's file."""
    db = tmp_path / "fleet.db"
    command = ["sh", "-c", '"$@" <&- >&- 2>&-', "sh", sys.executable, "-c", LAPSE]
    for arguments in (["import", str(ROOT / "data/fleets/sample.json")], ["advance", "3d"], ["top-up", "x", "y"]):
        done = subprocess.run([*command, *arguments, "--db", str(db)], cwd=ROOT, check=False, timeout=PATIENCE)
        assert done.returncode == (0 if arguments[0] != "top-up" else 2)
    assert Workspace.open(db).check() == []
