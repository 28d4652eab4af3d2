"""The commands on a kept fleet: their output and their exit status.

Exit status: 0 done; 1 an action was refused (message and code on standard error); 2 bad usage or bad input: one plain
sentence on standard error, never a traceback, and nothing is written.
"""

import gc
import json
import shlex
import subprocess
from pathlib import Path
from typing import Final

import pytest

from core.workspace.workspace import Workspace
from core.world.actions import ACTIONS
from tests.support.keeping import (
    FLEET,
    LAPSE,
    PATIENCE,
    asked,
    digest,
    keep,
    lapse,
    names,
    one_sentence,
    run_apart,
    told,
    when,
)
from tui.cli import COMMANDS

NAMES: Final = [name for _, name, _ in COMMANDS]


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a small fleet. LAPSE_DB names it."""
    path = tmp_path / "fleet.db"
    keep(path, FLEET).close()
    monkeypatch.setenv("LAPSE_DB", str(path))
    monkeypatch.chdir(tmp_path)
    return path


@pytest.mark.parametrize("before", [("--db", "own.db"), ("--db=own.db",)])
def test_the_file_may_be_named_before_the_command(
    before: tuple[str, ...], db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db.rename(tmp_path / "own.db")
    assert lapse(*before, "top-up", "acme", "5") == 0
    assert "topped up CNY 5.00" in capsys.readouterr().out
    assert lapse(*before, "nonsense") == 2
    assert "nonsense" in one_sentence(capsys.readouterr().err)


# Actions


def test_every_action_has_its_command() -> None:
    """The command has the action's name, with dashes."""
    assert {name.replace("_", "-") for name in ACTIONS} <= set(NAMES)


DONE: Final = (
    (("top-up", "acme", "1,500.50"), "topped up CNY 1,500.50"),
    (("top-up", "acme", " 500 "), "topped up CNY 500.00"),
    (("grant-coupon", "acme", "c1", "50", "--starts", "2026-07-05", "--expires", "30d"), "c1"),
    (("charge", "acme", "12.00", "--note", "support"), "CNY 12.00"),
    (("set-low-balance-alert", "acme", "200"), "CNY 200.00"),
    (("set-low-balance-alert", "acme", "None"), "alert"),
    (("purchase", "acme", "new-1", "--months", "1", "--monthly-price", "30.00", "--name", "Neu"), "new-1"),
    (("purchase", "acme", "new-2", "--months", "1", "--monthly-price", "30.00", "--auto-renew"), "new-2"),
    (("renew", "ent-1", "--months", "2"), "ent-1"),
    (("enable-auto-renewal", "ent-1", "--months", "3"), "ent-1"),
    (("set-manual-renewal", "ent-1"), "ent-1"),
    (("set-non-renewal", "ent-1"), "ent-1"),
    (("upgrade", "leg-1", "--months", "1", "--monthly-price", "10"), "leg-1"),
    (("devices-online", "pub-1"), "pub-1"),
    (("devices-offline", "pub-1"), "pub-1"),
)
"""Each action as a command, and words of its output."""


@pytest.mark.parametrize(("command", "words"), DONE)
def test_done(command: tuple[str, ...], words: str, db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 0: each event is printed on a line, and the fleet is saved."""
    assert lapse(*command) == 0
    said = capsys.readouterr()
    assert words in said.out
    assert said.err == ""
    kept = Workspace.open(db)
    assert kept.head.events > 0
    assert kept.check() == []


def test_continuing_a_trial(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 1 (refused) before the instance is frozen, 0 after it."""
    assert lapse("continue-trial", "pub-1") == 1
    assert one_sentence(capsys.readouterr().err).endswith("(not_frozen)")
    assert lapse("advance", "30d") == 0
    assert lapse("continue-trial", "pub-1") == 0


REFUSED: Final = (
    (("top-up", "nobody", "5"), "unknown_account"),
    (("top-up", "acme", "0"), "invalid_amount"),
    (("top-up", "acme", "-5"), "invalid_amount"),
    (("renew", "nobody", "--months", "1"), "unknown_instance"),
    (("renew", "ent-1", "--months", "10"), "invalid_period"),
    (("renew", "pub-1", "--months", "1"), "wrong_kind"),
    (("renew", "ent-1", "--months", "36"), "insufficient_funds"),
    (("purchase", "acme", "ent-1", "--months", "1", "--monthly-price", "1"), "duplicate_id"),
)
"""Commands that are refused on the small fleet, and the code."""


@pytest.mark.parametrize(("command", "code"), REFUSED)
def test_refused(command: tuple[str, ...], code: str, db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 1: message and code on standard error. The refusal is an event of the log and changes nothing."""
    before = told(db) | {"fleet": [], "events": []}
    assert lapse(*command) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[0].startswith("lapse: ")
    assert said.err.splitlines()[0].endswith(f"({code})")
    assert asked(db, "SELECT type, detail->>'code' FROM events") == [("refused", code)]
    assert told(db) | {"fleet": [], "events": []} == before


def test_a_bulk_refusal_names_every_offender(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bulk action is refused as a whole, and every offending instance is named with its reason (R4)."""
    assert lapse("renew", "ent-1", "pub-1", "nobody", "--months", "1", "--json") == 1
    said = capsys.readouterr()
    assert said.err.splitlines()[1:] == ["lapse: pub-1: wrong_kind", "lapse: nobody: unknown_instance"]
    (event,) = json.loads(said.out)["events"]
    assert (event["type"], event["do"], event["code"]) == ("refused", "renew", "wrong_kind")
    assert event["offenders"] == [
        {"instance": "pub-1", "code": "wrong_kind"},
        {"instance": "nobody", "code": "unknown_instance"},
    ]


BAD: Final = (
    (("frobnicate",), 'there is no command "frobnicate"'),
    (("statsu",), "did you mean status?"),
    (("--frobnicate",), "unrecognized arguments: --frobnicate"),
    (("status", "extra"), "unrecognized arguments: extra"),
    (("status", "--jso"), "unrecognized arguments: --jso"),
    (("top-up",), "the following arguments are required: ACCOUNT, AMOUNT"),
    (("top-up", "acme", "five"), '"five" is not an amount'),
    (("top-up", "acme", "1e3"), '"1e3" is not an amount'),
    (("top-up", "acme", "nan"), '"nan" is not an amount'),
    (("top-up", "acme", "0.001"), "more decimals than CNY has"),
    (("top-up", "acme", "9" * 40), "too large"),
    (("top-up", "", "5"), "must not be empty"),
    (("top-up", "a\x1b[31mb", "5"), "control character"),
    (("renew", "ent-1"), "the following arguments are required: --months"),
    (("renew", "--months", "1"), "the following arguments are required: ID"),
    (("renew", "ent-1", "ent-1", "--months", "1"), "is named twice"),
    (("renew", "ent-1", "--months", "one"), '"one" must be a whole number'),
    (("grant-coupon", "acme", "c1", "5", "--expires", "tomorrow"), '"tomorrow" is not a date or time'),
    (("advance",), "give one of DURATION, --to WHEN or --next"),
    (("advance", "1d", "--next"), "give one of DURATION, --to WHEN or --next"),
    (("advance", "soon"), '"soon" is not a duration'),
    (("advance", "2026-08-01"), "is not a duration"),
    (("advance", "--to", "2026-02-30"), "there is no such date"),
    (("advance", "999999999y"), "too far ahead"),
    (("advance", "999999999d"), "too far ahead"),
    (("log", "--last", "-1"), "is negative"),
    (("log", "--last", "x"), '--last: "x" must be a whole number'),
    (("log", "--type", "gossip"), "invalid choice: 'gossip'"),
    (("import",), "the following arguments are required: FILE"),
    (("import", "nowhere.json"), "nowhere.json: can't be read (No such file or directory)"),
    (("simulate", "nowhere.json"), "the following arguments are required: --until"),
    (("rules", "--policy", "nowhere.toml"), "nowhere.toml"),
)
"""Commands that are bad usage or bad input, and words of the sentence."""


@pytest.mark.parametrize(("command", "words"), BAD)
def test_bad(command: tuple[str, ...], words: str, db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2: one plain sentence on standard error, never a traceback, and nothing is written."""
    gc.collect()
    before, beside = digest(db), names(db.parent)
    assert lapse(*command) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in one_sentence(said.err)
    gc.collect()  # Closes the file, as the end of a process does.
    assert digest(db) == before
    assert names(db.parent) == beside


# Time


def test_advance(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`lapse advance DURATION` and `--to WHEN` print the events and the new clock."""
    assert lapse("advance", "36h") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "The clock is at 2026-07-02T12:00:00+08:00."
    assert lapse("advance", "--to", "2026-07-03") == 0
    assert lapse("advance", "--to", "2026-07-03T04:00:00Z") == 0
    assert lapse("advance", "--to", "+1mo") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "The clock is at 2026-08-03T12:00:00+08:00."


def test_advance_to_the_past(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`lapse advance` to an earlier instant is refused: `time_goes_forward`."""
    before = digest(db)
    assert lapse("advance", "--to", "2026-06-30") == 1
    assert one_sentence(capsys.readouterr().err).endswith("(time_goes_forward)")
    assert digest(db) == before


def test_advance_next(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--next` moves the clock to the next instant at which something happens."""
    assert lapse("advance", "--next", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert {event["at"] for event in said["events"]} == {said["clock"]}
    assert Workspace.open(db).clock == when(said["clock"])


def test_advance_next_if_nothing_is_ever_due(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says so, and the clock stays."""
    path = tmp_path / "quiet.db"
    keep(path, {"clock": "2026-07-01", "accounts": [{"id": "acme"}]}).close()
    assert lapse("advance", "--next", "--db", path) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Nothing will ever be due.",
        "The clock is at 2026-07-01T00:00:00+08:00.",
    ]
    assert lapse("advance", "--next", "--json", "--db", path) == 0
    assert json.loads(capsys.readouterr().out) == {"clock": "2026-07-01T00:00:00+08:00", "events": []}


def test_nothing_happened(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An advance during which nothing falls due says so."""
    assert lapse("advance", "30m") == 0
    assert capsys.readouterr().out.splitlines()[0] == "Nothing happened."


# The log


def test_the_log_filtered(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The events of one instance, account or type, or only the newest ones."""
    assert lapse("advance", "20d") == 0
    capsys.readouterr()

    def log(*options: object) -> list[dict[str, object]]:
        assert lapse("log", "--json", *options) == 0
        events: list[dict[str, object]] = json.loads(capsys.readouterr().out)["events"]
        return events

    everything = log()
    assert [event["seq"] for event in everything] == list(range(1, len(everything) + 1))
    assert log("--instance", "ent-1") == [event for event in everything if event.get("instance") == "ent-1"]
    assert log("--account", "acme") == [event for event in everything if event.get("account") == "acme"]
    assert log("--type", "bill_issued") == [event for event in everything if event["type"] == "bill_issued"]
    assert log("--last", 3) == everything[-3:]
    assert log("--type", "bill_issued", "--last", 2) == log("--type", "bill_issued")[-2:]
    assert log("--last", 0) == log("--instance", "nobody") == []


def test_verify(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`lapse verify` replays the journal and compares the result with the kept fleet."""
    assert lapse("advance", "20d") == 0
    capsys.readouterr()
    assert lapse("verify") == 0
    assert "the journal gives the same" in capsys.readouterr().out


# Which fleet


def test_which_file(db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--db FILE`, else `LAPSE_DB`, else the platform's user data folder."""
    other = tmp_path / "other.db"
    document = tmp_path / "fleet.json"
    document.write_text(json.dumps(FLEET))
    assert lapse("import", document, "--db", other) == 0
    assert lapse("top-up", "acme", "5", "--db", other) == 0
    assert (Workspace.open(db).head.events, Workspace.open(other).head.events) == (0, 1)
    assert lapse("top-up", "acme", "5") == 0
    assert Workspace.open(db).head.events == 1
    home = tmp_path / "home"
    monkeypatch.setenv("LAPSE_DB", "")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    assert lapse("import", document) == 0
    assert [path.name for path in home.rglob("fleet.db")] == ["fleet.db"]
    assert lapse("status") == 0


def test_no_fleet_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If there is no fleet yet, the sentence says what to run, and no file is created."""
    for command in (("status",), ("log",), ("verify",), ("advance", "1d"), ("top-up", "acme", "5")):
        assert lapse(*command, "--db", tmp_path / "none.db") == 2
        sentence = one_sentence(capsys.readouterr().err)
        assert sentence.endswith("there is no fleet here yet: import one with lapse import FILE, or try lapse demo")
    assert names(tmp_path) == []


# Help, terminals, pipes


@pytest.mark.parametrize("name", NAMES)
def test_help_of_every_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`lapse COMMAND --help` works for every command, with exit status 0."""
    assert lapse(name, "--help") == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"usage: lapse {name}")
    assert said.err == ""


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """`lapse --help` names every command. Its lines fit a terminal."""
    for arguments in (("--help",), ("-h",), ("help",)):
        assert lapse(*arguments) == 0
        said = capsys.readouterr()
        assert all(f"  {name} " in said.out for name in NAMES)
        assert all(len(line) <= 100 for line in said.out.splitlines())


def test_no_terminal(db: Path) -> None:
    """Without a terminal `lapse` and `lapse demo` exit with 2 and one sentence that says what to run instead."""
    for arguments, instead in (((), "lapse status"), (("demo",), "lapse simulate")):
        said = run_apart(*arguments)
        assert (said.status, said.out) == (2, "")
        sentence = one_sentence(said.err)
        assert sentence.startswith("the dashboard needs a terminal; without one, run: ")
        assert instead in sentence
    instead = one_sentence(run_apart("demo").err).partition("run: lapse ")[2]
    assert run_apart(*shlex.split(instead)).status == 0, "the command it names works"


@pytest.mark.parametrize("command", (("log",), ("log", "--json"), ("status",), ("rules",), ("--help",)))
def test_a_reader_that_closes_the_pipe(command: tuple[str, ...], db: Path) -> None:
    """`lapse log | head`: the reader stops reading, and that is no error."""
    assert lapse("advance", "3y") == 0
    writer = subprocess.Popen([*LAPSE, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.close()
    _, err = writer.communicate(timeout=PATIENCE)
    assert (writer.returncode, err) == (0, b"")


def test_a_refusal_whose_reader_closes_the_pipe(db: Path) -> None:
    """The exit status is still 1."""
    writer = subprocess.Popen([*LAPSE, "top-up", "acme", "0", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.close()
    _, err = writer.communicate(timeout=PATIENCE)
    assert (writer.returncode, b"invalid_amount" in err) == (1, True)


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert lapse("--version") == 0
    assert capsys.readouterr().out.startswith("lapse 0.")


def test_a_full_output(db: Path) -> None:
    """Output that can't be written, on a full disk, gives exit status 2 and one sentence."""
    if not Path("/dev/full").exists():
        return
    for command in (("status",), ("log", "--json"), ("rules",), ("--help",)):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run([*LAPSE, *command], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 2
        assert "No space left on device" in one_sentence(done.stderr)


def test_no_output_at_all(db: Path) -> None:
    """With standard output closed the command does its work."""
    done = subprocess.run(
        ["/bin/sh", "-c", '"$@" >&-', "sh", *LAPSE, "top-up", "acme", "5"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert Workspace.open(db).head.events == 1


# Names in every script


def test_names_of_every_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names are shown as text: columns stay aligned after wide ones, and no control character reaches the terminal."""
    titles = {
        "a": "苏州工厂 一号线",
        "b": "naïve é",
        "c": "red\x1b[31m bell\a\ttab\nline",
        "d": "\u202egnirts",
        "e": "😀",
    }
    fleet = FLEET | {
        "instances": [
            {"id": name, "account": "acme", "kind": "public", "devices_online": True, "name": title}
            for name, title in titles.items()
        ]
    }
    path = tmp_path / "fleet.db"
    keep(path, fleet).close()
    assert lapse("status", "--db", path) == 0
    out = capsys.readouterr().out
    assert all(character.isprintable() or character == "\n" for character in out)
    assert "苏州工厂 一号线" in out
    assert lapse("status", "--json", "--db", path) == 0
    assert {item["id"]: item["name"] for item in json.loads(capsys.readouterr().out)["instances"]} == titles
    assert lapse("purchase", "acme", "新实例", "--months", "1", "--monthly-price", "5", "--db", path) == 0
    assert "新实例" in capsys.readouterr().out
    assert lapse("top-up", "\u202enobody", "5", "--db", path) == 1
    assert "\u202e" not in capsys.readouterr().err


ASCII: Final = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
"""An environment whose terminal accepts only ASCII."""


def test_an_ascii_terminal(tmp_path: Path) -> None:
    """With LANG=C other characters are escaped, JSON has the same value, and nothing fails."""
    db = ("--db", tmp_path / "fleet.db")
    title = "苏州 naïve 😀"
    keep(tmp_path / "fleet.db", FLEET | {"accounts": [{"id": "acmé"}], "instances": []}).close()
    buy = ("purchase", "acmé", "新", "--months", "1", "--monthly-price", "1", "--name", title)
    for command, status in (
        (buy, 1),
        (("top-up", "acmé", "5"), 0),
        (buy, 0),
        (("status",), 0),
        (("log",), 0),
        (("advance", "1d"), 0),
    ):
        said = run_apart(*command, *db, environment=ASCII)
        assert (said.status, said.out.isascii(), said.err.isascii()) == (status, True, True)
        assert "Traceback" not in said.err
    for command in (("rules",), ("--help",)):
        assert run_apart(*command, environment=ASCII).status == 0
    plain = run_apart("status", "--json", *db, environment={"LC_ALL": "C"})
    escaped = run_apart("status", "--json", *db, environment=ASCII)
    assert escaped.out.isascii()
    assert json.loads(escaped.out) == json.loads(plain.out)
    assert [item["name"] for item in json.loads(plain.out)["instances"]] == [title]
