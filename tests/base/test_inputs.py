"""Input files: only ordinary files are read, each within the limit of its kind, and the message names the limit."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.base import inputs
from core.base.errors import BadInput
from core.base.inputs import MAX_NESTING, MAX_PARTS, parse_toml, read_bytes
from core.base.reading import MAX_DEPTH, MAX_DIGITS, parse_json
from data import SAMPLE_FLEET
from tests.support.pseudo_terminal import PATIENCE, ROOT
from tui.cli import main
from tui.settings.settings import Settings, SettingsStore
from tui.settings.settings_file import SettingsError

FLEET = str(SAMPLE_FLEET)


@pytest.fixture(autouse=True)
def no_person_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAPSE_DB", str(tmp_path / "kept.db"))
    monkeypatch.setenv("LAPSE_SETTINGS", str(tmp_path / "none.toml"))


def commands_reading(file: Path) -> Iterator[list[str]]:
    """Every command that reads a file, with `file` in each position."""
    name = str(file)
    yield ["import", name]
    yield ["import", FLEET, name]
    yield ["import", FLEET, "--policy", name]
    yield ["simulate", name, "--until", "1d"]
    yield ["simulate", FLEET, "--until", "1d", "--script", name]
    yield ["simulate", FLEET, "--until", "1d", "--policy", name]
    yield ["simulate", str(ROOT / "none.json"), name, "--until", "1d"]
    yield ["rules", "--policy", name]
    yield ["record", name, "-o", str(file.parent / "x.svg")]


@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "folder", "missing", "link to a pipe"])
def test_only_an_ordinary_file_is_read(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "input.toml"
    if kind in ("pipe", "link to a pipe"):
        os.mkfifo(path)
    if kind == "link to a pipe":
        path, pipe = tmp_path / "link.toml", path
        path.symlink_to(pipe)
    if kind == "device":
        path.symlink_to("/dev/zero")
    if kind == "folder":
        path.mkdir()
    if kind == "socket":
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(path))
    for arguments in commands_reading(path):
        assert main(arguments) == 2, arguments
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and ("input.toml" in said or "link.toml" in said or "none.json" in said), said
    kept = SettingsStore.read(path)
    assert len(kept.complaints) == (kind != "missing")
    if kind != "missing":
        with pytest.raises(SettingsError):
            kept.change(Settings(mouse=False))


@pytest.mark.parametrize("limit", ["MAX_FLEET", "MAX_SCRIPT", "MAX_TABLES", "MAX_TOML"])
def test_no_file_is_read_beyond_its_limit(limit: str, tmp_path: Path) -> None:
    path, most = tmp_path / "large", getattr(inputs, limit)
    with path.open("wb") as file:
        file.truncate(most + 1)
    with pytest.raises(BadInput, match=f"is too large: {most // 2**20} MiB at most"):
        read_bytes(path, most, "")
    with path.open("wb") as file:
        file.truncate(min(most, 2**20))
    assert len(read_bytes(path, most, "")) == min(most, 2**20)


def test_each_command_applies_its_limit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("large.toml", "large.json"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(inputs.MAX_FLEET + 1)
        for arguments in commands_reading(tmp_path / name):
            if "none.json" not in arguments[1]:
                assert main(arguments) == 2
                assert " MiB at most" in capsys.readouterr().err, arguments
    assert " MiB at most" in SettingsStore.read(tmp_path / "large.toml").complaints[0]


TOML = {
    "a number of 4,301 digits": ("a = " + "9" * 4301, f"holds a number of 4,301 digits: {MAX_DIGITS:,} at most"),
    "a negative one": ("\n\na = -" + "9" * 4301, "line 3: holds a number of 4,302 digits"),
    "digits apart": ("a = " + "9_" * 4301 + "9", "holds a number of "),
    "a fraction": ("a = 0." + "9" * 500_000, "holds a number of 500,000 digits"),
    "an exponent": ("a = 1e" + "9" * 900, "a number in it is too large"),
    "hexadecimal": ("a = 0x" + "f" * 500_000, "holds a number of "),
    "binary": ("a = 0b" + "1" * 500_000, "holds a number of "),
    "in a list": ("a = [1, 2, " + "9" * 4301 + "]", "holds a number of 4,301 digits"),
    "500 brackets": ("a = " + "[" * 500 + "]" * 500, f"is nested too deeply: {MAX_NESTING} "),
    "500 brackets, open": ("a = " + "[" * 500, "is nested too deeply"),
    "500 tables": ("a = " + "{a=" * 500 + "1" + "}" * 500, "is nested too deeply"),
    "both in turn": ("a = " + "[{a=" * 250 + "1" + "}]" * 250, "is nested too deeply"),
    "a key of 100,000 parts": (".".join("a" * 100_000) + " = 1", f"a key has too many parts: {MAX_PARTS} at most"),
    "with spaces": (" . ".join("a" * 100_000) + " = 1", "a key has too many parts"),
    "quoted": (".".join(['"a"'] * 100_000) + " = 1", "a key has too many parts"),
    "a table's name": ("[" + ".".join("a" * 100_000) + "]", "a key has too many parts"),
    "a list's name": ("[[" + ".".join("a" * 100_000) + "]]", "a key has too many parts"),
    "in a table": ("a = {" + ".".join("a" * 100_000) + " = 1}", "a key has too many parts"),
    "an open text": ('a = """' + '\\"""' * 200_000, "is not valid TOML"),
    "an open text of quotes": ("a = '''" + "''\n" * 200_000, "is not valid TOML"),
    "an open line": ('a = "' + "\\" * 500_000, "is not valid TOML"),
    "nothing but quotes": ('"' * 500_000, "is not valid TOML"),
}


@pytest.mark.parametrize("case", TOML)
def test_toml_beyond_its_limits_is_one_sentence(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, sentence = TOML[case]
    with pytest.raises(BadInput) as raised:
        parse_toml(text)
    assert sentence in str(raised.value)
    path = tmp_path / "input.toml"
    path.write_text(text)
    for arguments in (
        ["rules", "--policy", str(path)],
        ["simulate", FLEET, "--until", "1d", "--script", str(path)],
        ["record", str(path), "-o", str(tmp_path / "x.svg")],
    ):
        assert main(arguments) == 2
        assert capsys.readouterr().err.startswith(f"lapse: {path}: ")
    assert sentence in " ".join(SettingsStore.read(path).complaints)


def test_toml_within_its_limits_is_read() -> None:
    deep = parse_toml("a = " + "[" * MAX_NESTING + "]" * MAX_NESTING)
    assert isinstance(deep["a"], list)
    parse_toml(".".join("a" * MAX_PARTS) + " = 1.5")
    parse_toml("a = " + "9" * MAX_DIGITS)
    assert parse_toml("[a.b]\nc.d = 1.25\n" * 1) == {"a": {"b": {"c": {"d": __import__("decimal").Decimal("1.25")}}}}
    # The limits do not apply inside strings and comments.
    text = "[" * 900 + "." * 900 + "9" * 2000
    assert (
        parse_toml(f'a = "{text}" # {text}\nb = \'{text}\'\nc = """\n{text}\\""" {text}"""\nd = \'\'\'{text}\'\'\'')[
            "a"
        ]
        == text
    )


JSON = {
    "digits": ("[" + "9" * 4301 + "]", f"holds a number of 4301 digits: {MAX_DIGITS} at most"),
    "deep": ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), f"{MAX_DEPTH} levels at most"),
    "deeper": ("[" * 100_000, f"{MAX_DEPTH} levels at most"),
    "deep objects": ('{"a":' * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1), f"{MAX_DEPTH} levels at most"),
}


@pytest.mark.parametrize("case", JSON)
def test_json_beyond_its_limits_is_one_sentence(case: str) -> None:
    text, sentence = JSON[case]
    with pytest.raises(BadInput) as raised:
        parse_json(text)
    assert sentence in str(raised.value)


def test_a_duplicate_among_many_keys_is_found_in_linear_time() -> None:
    """Each key is compared once, so the work grows with the number of keys and not with its square."""
    names = [f"key{number}" for number in range(200_000)]
    for doubled in (names[0], names[100_000], names[-1]):
        text = "{" + ",".join(f"{json.dumps(name)}:1" for name in [*names, doubled]) + "}"
        with pytest.raises(BadInput, match=f'the key "{doubled}" appears twice'):
            parse_json(text)


@pytest.mark.parametrize("value", ["1" + "0" * 21, "9" * 5000, "x", "", "1.5", "-1", "1_0", "٣", "0x10", "1e3"])
def test_the_message_for_an_invalid_number_names_its_option(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", FLEET]) == 0
    for arguments, option in (
        (["log", f"--last={value}"], "--last"),
        (["renew", "plant-07", f"--months={value}"], "--months"),
        (["enable-auto-renewal", "plant-07", f"--months={value}"], "--months"),
        (["purchase", "acme", "new", f"--months={value}", "--monthly-price", "1"], "--months"),
        (["import", FLEET, f"--balance=x{value}"], "--balance"),
        (["advance", f"--to=x{value}"], "--to"),
    ):
        capsys.readouterr()
        assert main(arguments) == 2, arguments
        said = capsys.readouterr().err
        assert option in said and len(said) < 400, said


def test_an_empty_pipe_does_not_block(tmp_path: Path) -> None:
    """Nobody writes into the pipe, and still the command answers; so does a program whose settings file is a pipe."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    program = "import sys; from tui.cli import main; sys.exit(main())"
    for arguments in (["simulate", str(pipe), "--until", "1d"], ["keys"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], cwd=ROOT, check=False, capture_output=True, timeout=PATIENCE,
            env=os.environ | {"LAPSE_SETTINGS": str(pipe)},
        )  # fmt: skip
        assert b"is a pipe" in done.stderr + done.stdout
