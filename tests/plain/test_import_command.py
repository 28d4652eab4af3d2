"""Fleets on the command line: what is imported, how the fleet is named, and input from standard input."""

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from core.workspace.workspace import Workspace
from tests.support.keeping import FLEET, LAPSE, PATIENCE, Said, lapse, names, one_sentence

TABLE: Final = "id,account,kind,expires,monthly_price\nent-1,acme,enterprise,2026-07-10,300\n"
ROW: Final[dict[str, object]] = {
    "InstanceID": "iot-1", "OwnerId": 7, "ProductCode": "iot", "SubscriptionType": "Subscription",
    "EndTime": "2026-07-31T16:00:00Z", "RenewStatus": "ManualRenewal",
}  # fmt: skip
PRICED: Final = ("--monthly-price", "300", "--clock", "2026-07-01")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder is called north. The fleet is kept in another folder."""
    folder = tmp_path / "north"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("LAPSE_DB", str(tmp_path / "fleet.db"))
    return folder


def kept() -> Workspace:
    """The fleet in LAPSE_DB."""
    return Workspace.open(Path(os.environ["LAPSE_DB"]))


def piped(content: str, *arguments: str) -> Said:
    """Run `lapse` in a process of its own with a text on its standard input."""
    done = subprocess.run(
        [*LAPSE, *arguments], input=content, capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False
    )
    return Said(done.returncode, done.stdout, done.stderr)


# What is imported


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("others.json", json.dumps([{**ROW, "ProductCode": "rds"}])),
        ("no-rows.json", '{"Data": {"InstanceList": [], "TotalCount": 0}}'),
        ("header.csv", TABLE.split("\n", 1)[0]),
        ("empty.json", '{"clock": "2026-07-01"}'),
        ("lists.json", '{"clock": "2026-07-01", "accounts": [], "instances": []}'),
    ],
)
@pytest.mark.parametrize("there", [False, True])
def test_an_import_of_nothing_is_bad_input(
    here: Path, name: str, content: str, there: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """ "An import exits 0 only if it took something"."""
    (here / "fleet.json").write_text(json.dumps(FLEET))
    if there:
        assert lapse("import", "fleet.json") == 0
    capsys.readouterr()
    (here / name).write_text(content)
    options = PRICED if name in ("others.json", "no-rows.json") else ()
    for restart in ((), ("--restart",)):
        assert lapse("import", name, *options, *restart) == 2
        said = capsys.readouterr()
        assert one_sentence(said.err).startswith(f"{name}: ")
        assert said.out == ""
    written = [name for name in names(here.parent) if name.endswith(".db")]
    assert written == (["fleet.db"] if there else [])
    assert not there or len(kept().world.instances) == 3


def test_importing_the_same_again_succeeds(here: Path) -> None:
    """The instances are unchanged, but they were imported: exit status 0."""
    (here / "fleet.json").write_text(json.dumps(FLEET))
    assert [lapse("import", "fleet.json"), lapse("import", "fleet.json")] == [0, 0]


def test_an_account_without_instances_can_be_imported(here: Path) -> None:
    (here / "balance.json").write_text('{"Data": {"AvailableAmount": "5.00", "Currency": "CNY"}}')
    assert lapse("import", "balance.json", "--account", "acme") == 0
    assert kept().world.accounts["acme"].balance == 500


def test_a_note_says_that_a_page_may_be_missing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{**ROW, "InstanceID": f"iot-{number}"} for number in range(20)]
    (here / "first.json").write_text(json.dumps({"Data": {"InstanceList": rows}}))
    for command in (("import",), ("simulate", "--until", "1d")):
        assert lapse(command[0], "first.json", *PRICED, *command[1:]) == 0
        assert one_sentence(capsys.readouterr().err).endswith("a page may be missing")


# The fleet's name


def test_a_new_fleet_is_named_after_its_folder_or_with_name(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "query-available-instances-1.json").write_text(json.dumps([ROW]))
    assert lapse("import", "query-available-instances-1.json", *PRICED) == 0
    assert kept().name == "north"
    assert lapse("import", "query-available-instances-1.json", *PRICED, "--restart", "--name", " Plant North ") == 0
    assert kept().name == "Plant North"
    assert lapse("import", "query-available-instances-1.json", *PRICED, "--name", "Plant North") == 0
    capsys.readouterr()
    assert lapse("import", "query-available-instances-1.json", *PRICED, "--name", "south") == 2
    assert one_sentence(capsys.readouterr().err).startswith('--name: the kept fleet is called "Plant North"')


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x1b[31m", "x" * 1001])
def test_a_name_must_be_one_line_of_text(here: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "fleet.json").write_text(json.dumps(FLEET))
    assert lapse("import", "fleet.json", "--name", name) == 2
    assert one_sentence(capsys.readouterr().err).startswith("--name: ")


# Standard input


def test_a_fleet_is_read_from_standard_input() -> None:
    """JSON, CSV and the vendor's export; `simulate` and `import`."""
    for content, options in (
        (json.dumps(FLEET), ()),
        (TABLE, PRICED[2:]),
        (json.dumps([{**ROW, "InstanceID": "ent-1"}]), PRICED),
    ):
        said = piped(content, "simulate", "-", *options, "--until", "1d")
        assert (said.status, said.err) == (0, "")
        assert "ent-1" in said.out
    assert piped(TABLE, "import", "-").status == 0
    assert (kept().name, list(kept().world.instances)) == ("fleet", ["ent-1"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "standard input: is empty: give a fleet "),
        ("{", "standard input: is not valid JSON: "),
        (TABLE.replace("300", "x"), 'standard input: row 2, monthly_price: "x" is not an amount'),
    ],
)
def test_an_error_in_it_names_standard_input(content: str, said: str) -> None:
    found = piped(content, "simulate", "-", "--clock", "2026-07-01", "--until", "1d")
    assert found.status == 2
    assert one_sentence(found.err).startswith(said)


def test_a_terminal_as_standard_input_is_refused() -> None:
    """The command does not wait for a person to type a fleet."""
    ours, theirs = pty.openpty()
    try:
        for command in (("simulate", "-", "--until", "1d"), ("import", "-")):
            done = subprocess.run(
                [*LAPSE, *command], stdin=theirs, capture_output=True, text=True, timeout=PATIENCE, check=False
            )
            assert done.returncode == 2
            assert one_sentence(done.stderr).startswith('"-" stands for standard input, and nothing is piped in: ')
    finally:
        os.close(ours)
        os.close(theirs)


def test_without_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert lapse("simulate", "-", "--until", "1d") == 2
    assert "nothing is piped in" in one_sentence(capsys.readouterr().err)


@pytest.mark.parametrize("command", ["simulate - --until 1d", "import -"])
def test_a_closed_standard_input(command: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"$@" {command} <&-', "sh", *LAPSE], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 2
    assert "nothing is piped in" in one_sentence(done.stderr)


@pytest.mark.parametrize("command", [("simulate", "-", "--until", "1d"), ("import", "-")])
def test_a_non_blocking_standard_input(command: tuple[str, ...]) -> None:
    ours, theirs = os.pipe()
    try:
        os.set_blocking(ours, False)
        done = subprocess.run(
            [*LAPSE, *command], stdin=ours, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 2
    assert one_sentence(done.stderr).startswith("standard input: can't be read: ")


def test_standard_input_is_read_only_for_a_dash(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "fleet.json").write_text(json.dumps(FLEET))
    unread = io.TextIOWrapper(io.BytesIO(b"something"))
    monkeypatch.setattr(sys, "stdin", unread)
    assert lapse("simulate", "fleet.json", "--until", "1d") == 0
    assert unread.buffer.read() == b"something"


# Singular and plural


def test_one_instance_is_in_the_singular(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "one.csv").write_text(TABLE)
    assert lapse("import", "one.csv", "--clock", "2026-07-09") == 0
    for command, said in (("status", "1 instance: 1 running"), ("verify", "the same 0 events")):
        assert lapse(command) == 0
        assert said in capsys.readouterr().out
    assert lapse("top-up", "acme", "5") == 0
    capsys.readouterr()
    assert lapse("verify") == 0
    assert "the journal gives the same 1 event and" in capsys.readouterr().out
