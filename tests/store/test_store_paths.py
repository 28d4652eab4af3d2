"""`--db FILE` is always a path: whatever it looks like, the fleet is kept there and nowhere else."""

import json
from pathlib import Path
from typing import Final

import pytest

from core.workspace.workspace import Workspace
from tests.support.keeping import FLEET, lapse, names, one_sentence, run_apart

ODD: Final = (
    "file:x.db",
    "file:x.db?mode=memory",
    "file:x.db?mode=ro&immutable=1",
    "file::memory:",
    "file:///x.db",
    "FILE:x.db",
    "a?b#c%41.db",
    "%66ile:x.db",
    ":memory:.db",
    " spaced .db",
    "-d.db",
    "'quoted\".db",
    "\N{LATIN SMALL LETTER E WITH ACUTE}.db",
)
"""Names that SQLite could read as a URI, or a program as an option or a pattern."""
COMMANDS: Final = (
    ("import", "fleet.json"),
    ("import", "fleet.json", "--restart"),
    ("status",),
    ("log",),
    ("verify",),
    ("advance", "1d"),
    ("top-up", "acme", "5"),
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a fleet's document."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fleet.json").write_text(json.dumps(FLEET))
    return tmp_path


@pytest.mark.parametrize("name", ODD)
def test_a_path_that_looks_like_a_uri_or_an_option(name: str, here: Path) -> None:
    """A fleet is begun, changed, read and restarted in the file with exactly this name, with a copy in its folder."""
    folder = (here / name).parent
    for command in COMMANDS:
        assert lapse(*command, f"--db={name}") == 0
    assert (here / name).stat().st_size > 0
    made = [item for item in names(folder) if not item.endswith((".json", "-wal", "-shm")) and item != "file:"]
    assert len(made) == 2 and Path(name).name in made
    kept = Workspace.open(Path(name))
    assert kept.check() == []
    # The connection that reads while a thread writes must be to the same file.
    with kept._file.writing():
        kept._file._writer = -1
        assert list(kept.history.events()) == list(kept._log.read(kept._file.connection))
    kept.close()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_in_memory(
    command: tuple[str, ...], here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """:memory: would keep nothing, so it is refused, and the sentence says what to do instead."""
    said = ":memory: keeps nothing: name a file with --db FILE, or run lapse demo"
    assert lapse(*command, "--db", ":memory:") == 2
    assert one_sentence(capsys.readouterr().err) == said
    monkeypatch.setenv("LAPSE_DB", ":memory:")
    assert lapse(*command) == 2
    assert one_sentence(capsys.readouterr().err) == said
    assert names(here) == ["fleet.json"]


@pytest.mark.parametrize("command", COMMANDS)
def test_an_empty_path(command: tuple[str, ...], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty name must not mean the current folder: the sentence says that it is empty."""
    assert lapse(*command, "--db", "") == 2
    assert "argument --db: it is empty: name a file" in one_sentence(capsys.readouterr().err)
    assert names(here) == ["fleet.json"]


@pytest.mark.parametrize("name", ["/proc/kmsg", "/proc/kpagecount", "/proc/self/mem", "/proc/self/pagemap"])
def test_a_pseudo_file(name: str, here: Path) -> None:
    """A pseudo-file may be endless, or block until there is something to read: Lapse neither waits nor writes."""
    for arguments in (
        ("status", "--db", name),
        ("import", "fleet.json", "--restart", "--db", name),
        ("rules", "--policy", name),
        ("import", name, "--db", "new.db"),
    ):
        said = run_apart(*arguments)
        assert said.status == 2
        assert one_sentence(said.err).startswith(f"{name}: ")
    assert names(here) == ["fleet.json"]
