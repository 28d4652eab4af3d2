"""What ends or stops the dashboard from outside: signals, a lost terminal, ctrl+z.
The law: the terminal is restored, the exit status is 128 + the number of the signal, and committed changes are kept.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import quote

import pytest

from core.rules.rulebook import load_policy
from core.workspace.importing import begin
from core.workspace.workspace import Workspace
from tests.support.pseudo_terminal import PATIENCE, ROOT, Terminal

ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
MODES = (b"1049", b"1000", b"1003", b"1006", b"1015", b"1004", b"2004")
LAPSE = "import sys; from tui.cli import main; sys.exit(main())"
MANY = 5_200
"""The number of instances from which the clock plays in a thread."""

Opener = Callable[..., Terminal]


@pytest.fixture
def open_terminal() -> Iterator[Opener]:
    opened: list[Terminal] = []

    def opener(*arguments: str, program: str = LAPSE, db: Path | None = None) -> Terminal:
        environment = {"LAPSE_SETTINGS": os.devnull + "/none", **({} if db is None else {"LAPSE_DB": str(db)})}
        opened.append(Terminal(*arguments, program=program, environment=environment))
        return opened[-1]

    yield opener
    for terminal in opened:
        terminal.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved fleet whose clock plays in a thread."""
    path = tmp_path_factory.mktemp("large") / "fleet.db"
    policy = load_policy()
    document: dict[str, object] = {
        "accounts": [{"id": "acme", "balance": "1000000"}],
        "instances": [
            {"id": f"i-{number:05}", "account": "acme", "kind": "enterprise", "expires": f"2026-0{number % 9 + 1}-10",
             "monthly_price": "5"}
            for number in range(MANY)
        ],
    }  # fmt: skip
    workspace, _ = begin(path, document, policy.calendar.parse("2026-01-01"), policy, "large")
    workspace.close()
    return path


def left_whole(terminal: Terminal) -> None:
    """Assert that the terminal is restored, and that nothing unreadable was printed."""
    assert termios.tcgetattr(terminal._fd) == terminal.modes
    for mode in MODES:
        entered, left = b"\x1b[?%sh" % mode, b"\x1b[?%sl" % mode
        assert terminal.raw.rfind(left) > terminal.raw.rfind(entered), left
    assert terminal.raw.rfind(b"\x1b[?25h") > terminal.raw.rfind(b"\x1b[?25l"), "the cursor is shown"
    assert terminal.raw.rfind(b"\x1b[<u") > terminal.raw.rfind(b"\x1b[>"), "the keyboard's protocol is left"
    assert b"Traceback" not in terminal.raw and b"Error" not in terminal.raw


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_ends_the_dashboard_and_leaves_the_terminal(open_terminal: Opener, number: int) -> None:
    terminal = open_terminal("demo")
    terminal.wait_for("plant-07")
    os.kill(terminal.child, number)
    assert terminal.wait_for_end() == 128 + number
    left_whole(terminal)
    assert b"nothing was kept" in terminal.raw
    assert b"is kept" not in terminal.raw.replace(b"is kept nowhere", b"")


@pytest.mark.parametrize("number", ENDING)
def test_the_farewell_after_a_signal_says_truthfully_what_was_saved(
    open_terminal: Opener, large: Path, tmp_path: Path, number: int
) -> None:
    """For a fleet in a file, and for the demo fleet once it was saved in a file."""
    db = tmp_path / "fleet.db"
    db.write_bytes(large.read_bytes())
    kept, demo = open_terminal(db=db), open_terminal("demo")
    kept.wait_for("i-00000")
    demo.wait_for("plant-07")
    demo.press(f"K{tmp_path / 'demo.db'}\r")
    demo.wait_for("is kept in")
    for terminal in (kept, demo):
        os.kill(terminal.child, number)
        assert terminal.wait_for_end() == 128 + number
        left_whole(terminal)
        assert b"what was committed before is kept" in terminal.raw
        assert b"nothing was kept" not in terminal.raw
    assert Workspace.open(tmp_path / "demo.db").check() == []


@pytest.mark.parametrize("keys", ["t", "I", "?", ":", "d", "l", "p", "b"])
def test_a_signal_ends_it_whatever_is_open(open_terminal: Opener, keys: str) -> None:
    terminal = open_terminal("demo")
    terminal.wait_for("plant-07")
    terminal.press(keys)
    terminal.read_for(0.3)
    os.kill(terminal.child, signal.SIGTERM)
    assert terminal.wait_for_end() == 128 + signal.SIGTERM
    left_whole(terminal)


def test_two_signals_at_once_end_it_once(open_terminal: Opener) -> None:
    terminal = open_terminal("demo")
    terminal.wait_for("plant-07")
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        os.kill(terminal.child, number)
    assert terminal.wait_for_end() - 128 in ENDING
    left_whole(terminal)


@pytest.mark.parametrize("keys", ["pp+++p", "d+8y\r"], ids=["playing", "a long run"])
def test_a_working_thread_is_ended_and_committed_changes_are_kept(
    open_terminal: Opener, large: Path, tmp_path: Path, keys: str
) -> None:
    db = tmp_path / "fleet.db"
    db.write_bytes(large.read_bytes())
    terminal = open_terminal(db=db)
    terminal.wait_for("i-00000")
    terminal.press(keys)
    terminal.read_for(0.7)
    os.kill(terminal.child, signal.SIGTERM)
    assert terminal.wait_for_end() == 128 + signal.SIGTERM
    left_whole(terminal)
    workspace = Workspace.open(db)
    assert workspace.check() == [], "the journal gives what is kept"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_blocked_terminal_does_not_keep_the_program_running(open_terminal: Opener, number: int) -> None:
    terminal = open_terminal("demo")
    terminal.wait_for("plant-07")
    terminal.press("+++++p")
    os.kill(terminal.child, number)
    _, status = os.waitpid(terminal.child, 0)
    terminal.status = os.waitstatus_to_exitcode(status)
    assert terminal.status == 128 + number


@pytest.mark.parametrize("ignored", [False, True], ids=["", "nohup"])
@pytest.mark.parametrize("keys", ["", "p", "t"])
def test_a_lost_terminal_ends_it(open_terminal: Opener, keys: str, ignored: bool) -> None:
    """Even without SIGHUP: the dashboard can't read or draw any more."""
    program = f"import signal; signal.signal(1, signal.SIG_IGN); {LAPSE}" if ignored else LAPSE
    terminal = open_terminal("demo", program=program)
    terminal.wait_for("plant-07")
    terminal.press(keys)
    os.close(terminal._fd)
    _, status = os.waitpid(terminal.child, 0)
    terminal.status = os.waitstatus_to_exitcode(status)
    assert terminal.status == 128 + signal.SIGHUP
    terminal._fd = os.open(os.devnull, os.O_RDONLY)


INTERRUPTED = """
import importlib.abc, os, sys

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), {number})

sys.meta_path.insert(0, Finder())
"""


@pytest.mark.parametrize("number", ENDING)
@pytest.mark.parametrize(
    "module", ["core.base.errors", "tui.plain.dispatch", "core.workspace.importing", "textual.app", "tui.app.lapse_app"]
)
def test_a_signal_while_modules_load(open_terminal: Opener, module: str, number: int) -> None:
    terminal = open_terminal("demo", program=INTERRUPTED.format(module=module, number=int(number)) + LAPSE)
    status = terminal.wait_for_end()
    # Before the program's own code runs, the system ends it.
    assert status in (128 + number, -number)
    assert status != -signal.SIGINT
    assert terminal.raw.strip() == b""


@pytest.mark.parametrize("number", ENDING)
@pytest.mark.parametrize("command", ["advance", "record", "simulate"])
def test_a_signal_to_a_plain_command(tmp_path: Path, large: Path, command: str, number: int) -> None:
    """No output, status 128 + n, and nothing half-written."""
    db, script = tmp_path / "fleet.db", tmp_path / "long.toml"
    db.write_bytes(large.read_bytes())
    script.write_text('[[step]]\nplay = "500d"\npause = 900\n')
    arguments = {
        "advance": ["advance", "500y", "--db", str(db)],
        "record": ["record", str(script), "-o", str(tmp_path / "long.gif")],
        "simulate": ["simulate", str(ROOT / "data/fleets/sample.json"), "--until", "6000y"],
    }[command]
    program = _AT_WORK.format(int(number)) + LAPSE
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False,
        timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 128 + number
    kept = "nothing was kept" if command == "simulate" else "what was committed before is kept"
    assert done.stderr == (f"lapse: interrupted; {kept}\n" if number == signal.SIGINT else "")
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("fleet.db")) == ["long.toml"]
    with sqlite3.connect(db) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert Workspace.open(db).check() == []


_AT_WORK = """
import os
from core.simulation.engine import Engine
at_work = Engine.__init__
def begin(self, *arguments, **named):
    at_work(self, *arguments, **named)
    import threading
    threading.Timer(0.5, os.kill, (os.getpid(), {})).start()
Engine.__init__ = begin
"""
"""Code that sends the process a signal a moment after its simulation was made."""


def at_prompt(shell: str, home: Path) -> Terminal:
    """The dashboard, started by hand in a shell."""
    there = {"PS1": "READY> ", "ENV": "", "HOME": str(home), "LAPSE_SETTINGS": str(home / "none")}
    options = ["--norc", "-i"] if shell == "bash" else ["-i"]
    program = f"import os; os.execvpe({shell!r}, {[shell, *options]!r}, os.environ | {there!r})"
    terminal = Terminal(program=program)
    terminal.wait_for("READY> ")
    terminal.press(f"{quote(sys.executable)} -c '{LAPSE}' demo\r")
    terminal.wait_for("plant-07")
    return terminal


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_suspending_and_resuming(shell: str, tmp_path: Path) -> None:
    """ctrl+z gives the shell a restored terminal; fg redraws everything, even in a resized window."""
    terminal = at_prompt(shell, tmp_path)
    try:
        for size, clock in (((80, 24), "2026-07-02 00:00"), ((120, 40), "2026-07-03 00:00")):
            terminal.press("\x1a")
            terminal.wait_for("Stopped")
            for mode in (*MODES, b"25"):
                entered, left = b"\x1b[?%sh" % mode, b"\x1b[?%sl" % mode
                if mode == b"25":
                    entered, left = left, entered
                # bash turns bracketed paste on while one types.
                assert mode == b"2004" or terminal.raw.rfind(left) > terminal.raw.rfind(entered), left
            terminal.screen.reset()
            terminal.press("stty -a; echo d''one\r")
            terminal.wait_for("done")
            words = terminal.text().replace(";", " ").split()
            assert {"icanon", "isig", "echo", "icrnl", "ixon"} <= set(words)
            terminal.screen.reset()
            terminal.size(*size)
            terminal.press("fg\r")
            terminal.wait_for("plant-07")
            terminal.press("\x1b[C")
            terminal.wait_for(clock)
            assert "READY" not in terminal.text()
            assert max(len(line.rstrip()) for line in terminal.lines()) > size[0] - 4, "it fills the window"
        terminal.press("q")
        terminal.wait_for("not saved")
        terminal.press("\rexit\r")
        assert terminal.wait_for_end() == 0
    finally:
        terminal.close()


def test_ctrl_z_without_a_shell_does_not_stop_it(open_terminal: Opener) -> None:
    terminal = open_terminal("demo")
    terminal.wait_for("plant-07")
    terminal.press("\x1a\x1b[C")
    terminal.press("\x1b[C")
    terminal.wait_for("2026-07-0")
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    left_whole(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_while_suspended(number: int, tmp_path: Path) -> None:
    terminal = at_prompt("bash", tmp_path)
    try:
        terminal.press("\x1a")
        terminal.wait_for("Stopped")
        terminal.screen.reset()
        terminal.press(f"kill -{int(number)} %1; until jobs | grep Exit; do :; done\r")
        terminal.wait_for(f"Exit {128 + number}")
    finally:
        terminal.close()


@pytest.mark.parametrize("back", ["fg", "kill -CONT %1; fg"])
def test_stopping_by_another_program_and_resuming(back: str, tmp_path: Path) -> None:
    """SIGSTOP can't be handled: the terminal is taken again when the program continues, and no key is lost."""
    terminal = at_prompt("bash", tmp_path)
    try:
        (child,) = children(terminal.child)
        os.kill(child, signal.SIGSTOP)
        terminal.wait_for("Stopped")
        terminal.press("\r")
        terminal.screen.reset()
        terminal.press(f"{back}\r")
        terminal.wait_for("plant-07")
        terminal.press("\x1b[C")
        terminal.wait_for("2026-07-02 00:00")
        terminal.press("q")
        terminal.wait_for("not saved")
        terminal.press("\rexit\r")
        assert terminal.wait_for_end() == 0
    finally:
        terminal.close()


def children(parent: int) -> list[int]:
    """The child processes of a process."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=True)
    return [int(line) for line in listed.stdout.split()]
