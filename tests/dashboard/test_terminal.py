"""The dashboard in a real terminal: a pseudo-terminal read by a terminal emulator."""

import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.workspace.workspace import Workspace
from tests.fuzz_terminal import run
from tests.support.pseudo_terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(str(tmp_path / "fleet.db"))
    yield terminal
    terminal.close()


def test_a_session_in_a_terminal(terminal: Terminal, tmp_path: Path) -> None:
    terminal.wait_for("Lapse sim")
    terminal.wait_for("plant-07")
    terminal.press("\x1b[C")
    terminal.wait_for("2026-07-02 00:00")
    terminal.press("d+8d\r")
    terminal.wait_for("2026-07-10 00:00")
    terminal.press("2")
    terminal.wait_for("Non-renewal")
    terminal.press("1")
    terminal.resize(40, 10)
    terminal.wait_for("60 x 15")
    terminal.resize(80, 24)
    terminal.wait_for("plant-01")
    terminal.press("?")
    terminal.wait_for("Keys on Overview")
    terminal.press("\x1b")
    terminal.wait_for("Keys on Overview", gone=True)
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    _, _, after = terminal.raw.decode(errors="replace").rpartition("\x1b[?1049l")
    assert f"sample: the clock is at Fri 2026-07-10 00:00; kept in {tmp_path / 'fleet.db'} (" in after


def test_the_terminal_is_restored(terminal: Terminal) -> None:
    terminal.wait_for("plant-07")
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    assert termios.tcgetattr(terminal._fd) == terminal.modes
    for mode in (b"1049", b"1000", b"2004"):
        entered, left = b"\x1b[?%sh" % mode, b"\x1b[?%sl" % mode
        assert terminal.raw.rfind(left) > terminal.raw.rfind(entered) >= 0, left


def test_the_fleet_is_loaded_again_after_quitting(tmp_path: Path) -> None:
    terminal = Terminal(str(tmp_path / "fleet.db"))
    terminal.wait_for("plant-07")
    terminal.press(".")
    terminal.wait_for("2026-07-02 04:00")
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    terminal.close()
    workspace = Workspace.open(tmp_path / "fleet.db")
    assert workspace.calendar.format(workspace.clock) == "2026-07-02T04:00:00+08:00"


def test_a_bug_in_the_program_does_not_exit_with_0(tmp_path: Path) -> None:
    terminal = Terminal(str(tmp_path / "fleet.db"), "fault")
    terminal.wait_for("plant-07")
    terminal.press("T")
    assert terminal.wait_for_end() == 1
    assert termios.tcgetattr(terminal._fd) == terminal.modes
    terminal.close()


def test_no_typed_keys_end_it_with_an_error(tmp_path: Path) -> None:
    run(1, tmp_path / "fleet.db", gestures=60)


def test_no_typed_keys_end_it_on_a_playing_fleet_of_two_thousand(tmp_path: Path) -> None:
    run(2, tmp_path / "fleet.db", gestures=60, instances=2_000)


def test_enter_pressed_before_the_terminal_is_in_raw_mode_counts(terminal: Terminal) -> None:
    """The terminal still turns the key into a line feed."""
    terminal.press("\r")
    terminal.wait_for("account acme")
    terminal.press("\x1b")
    terminal.wait_for("plant-07")


def test_keys_of_a_burst_are_answered_in_order(terminal: Terminal) -> None:
    terminal.wait_for("plant-07")
    terminal.press("/state:expired\rgj/\x15plant-1\rj")
    terminal.wait_for("▸ plant-12")
    terminal.wait_for("/ plant-1 ")
    terminal.wait_for("1 of 24")
    terminal.press("d+8d\r3t200\rC50\tgift\r1/\x15meter\r2\tf")
    terminal.wait_for("▸ plant-07 ")
    terminal.press("3")
    for shown in ("2026-07-09 00:00", "gift", "topped up", "+200.00"):
        terminal.wait_for(shown)
    terminal.press(":top up\r500\r")
    terminal.wait_for("+500.00")
