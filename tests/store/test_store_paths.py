"""`--db FILE` is a path: whatever it looks like, the fleet is kept there and nowhere else."""

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
"""Names that SQLite would take for an address, or a shell for something else."""
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
    """A folder with a fleet's document, the current one; `file:` in it is a folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fleet.json").write_text(json.dumps(FLEET))
    return tmp_path


@pytest.mark.parametrize("name", ODD)
def test_a_path_that_looks_like_something_else(name: str, here: Path) -> None:
    """A fleet is begun, changed, read and begun anew in the file of just this name, and a copy lies beside it."""
    folder = (here / name).parent
    for command in COMMANDS:
        assert lapse(*command, f"--db={name}") == 0
    assert (here / name).stat().st_size > 0
    made = [item for item in names(folder) if not item.endswith((".json", "-wal", "-shm")) and item != "file:"]
    assert len(made) == 2 and Path(name).name in made
    kept = Workspace.open(Path(name))
    assert kept.check() == []
    # What is read beside a thread that writes is read from the same file.
    with kept._file.writing():
        kept._file._writer = -1
        assert list(kept.history.events()) == list(kept._log.read(kept._file.connection))
    kept.close()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_in_memory(
    command: tuple[str, ...], here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """:memory: keeps nothing: it is refused, and what to do is said."""
    said = ":memory: keeps nothing: name a file with --db FILE, or run lapse demo"
    assert lapse(*command, "--db", ":memory:") == 2
    assert one_sentence(capsys.readouterr().err) == said
    monkeypatch.setenv("LAPSE_DB", ":memory:")
    assert lapse(*command) == 2
    assert one_sentence(capsys.readouterr().err) == said
    assert names(here) == ["fleet.json"]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_name(command: tuple[str, ...], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty name is no folder's: it is said to be empty."""
    assert lapse(*command, "--db", "") == 2
    assert "argument --db: it is empty: name a file" in one_sentence(capsys.readouterr().err)
    assert names(here) == ["fleet.json"]


@pytest.mark.parametrize("name", ["/proc/kmsg", "/proc/kpagecount", "/proc/self/mem", "/proc/self/pagemap"])
def test_what_the_system_only_calls_a_file(name: str, here: Path) -> None:
    """Of no size, but without an end, or nothing in it yet: it is neither waited for nor written to."""
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
