"""Random keys, clicks and resizes in a pseudo-terminal, where screens are prepared in advance and threads give way to
keys. No input may crash the dashboard, draw outside its alternate screen, or write a file that does not replay.

`python -m tests.fuzz_terminal FIRST:LAST` runs the seeds from FIRST to just before LAST on the sample fleet, or with
`--instances N` on a generated fleet; both are stored in a file. With `--seconds S`, each seed runs for at least S
seconds. The clock plays most of the time.
"""

import argparse
import os
import random
import re
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from core.workspace.workspace import Workspace
from tests.support.keeping import keep, mixed_document
from tests.support.pseudo_terminal import Terminal

GESTURES: Final = 200
SIZES: Final = ((80, 24), (120, 40), (160, 50), (100, 30), (60, 15), (59, 14), (20, 5), (20, 5))
ARROWS: Final = tuple(f"\x1b[{way}" for way in ("A", "B", "C", "D", "1;2C", "5~", "6~", "H", "F", "Z"))
CONTROLS: Final = ("\r", "\t", "\x1b", "\x7f", "\x04", "\x15", "\x10", " ")
# Without the keys that quit: q, ctrl+q, ctrl+c.
SIGNS: Final = tuple(sign for sign in map(chr, range(ord("!"), ord("~") + 1)) if sign != "q")
KEYS: Final = (*SIGNS, *"123123jjkkpp", *ARROWS, *ARROWS, *CONTROLS, *CONTROLS)
PASTED: Final = ("+30d", "2026-12-31", "500", "state:expired", "\t\r\n", "上海 [b]x[/b]")
SEQUENCE: Final = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|[\r ]+")
LEAVING: Final = ("\x1b", "\x1b", "\x1b")
"""Keys that leave a field or a dialog, and remove marks and filter from a table."""
PAUSE: Final = 0.12
"""Seconds after which an escape character counts as the key esc."""
WATCHED: Final = 0.02
"""The longest pause, in seconds, between two gestures."""


class Typist:
    """A person at a terminal who presses keys at random."""

    def __init__(self, seed: int, file: Path) -> None:
        self.choose = random.Random(seed)
        self.file = file
        self.size = (80, 24)
        self.done: list[str] = []
        self.begin()

    def begin(self) -> None:
        """Start the dashboard on the fleet."""
        self.terminal = Terminal(str(self.file), size=self.size, environment={"PYTHONFAULTHANDLER": "1"})

    def gesture(self) -> None:
        """Do one random gesture."""
        choose = self.choose
        kinds = {"key": 60, "burst": 10, "click": 12, "wheel": 4, "resize": 4, "paste": 2, "wait": 4, "play": 6}
        kind = choose.choices(tuple(kinds), tuple(kinds.values()))[0]
        across, down = choose.randrange(self.size[0]) + 1, choose.randrange(self.size[1]) + 1
        if kind == "key":
            self._type(choose.choice(KEYS))
        elif kind == "burst":
            self._type("".join(choose.choices(KEYS, k=choose.randrange(2, 12))))
        elif kind == "click":
            self._type(f"\x1b[<0;{across};{down}M\x1b[<0;{across};{down}m" * choose.choice((1, 1, 2)))
        elif kind == "wheel":
            self._type(f"\x1b[<{choose.choice((64, 65))};{across};{down}M" * choose.randrange(1, 5))
        elif kind == "paste":
            self._type(f"\x1b[200~{choose.choice(PASTED)}\x1b[201~")
        elif kind == "play":
            # An escape followed at once by another character would be read as a different key.
            for keys in (*LEAVING, choose.choice("123"), choose.choice("pppb") + "+" * choose.randrange(3)):
                self._type(keys)
                self.terminal.read_for(PAUSE)
        elif kind == "resize":
            self.size = choose.choice(SIZES)
            self.done.append("{}x{}".format(*self.size))
            self.terminal.resize(*self.size)
        self.terminal.read_for(choose.random() * (0.6 if kind == "wait" else WATCHED))

    def _type(self, keys: str) -> None:
        self.done.append(repr(keys))
        self.terminal.press(keys)

    def go_on(self) -> None:
        """Start the dashboard again if the palette or a click quit it."""
        if self.terminal.ended:
            status = self.terminal.wait_for_end()
            assert status == 0, f"it ended with {status}: {self.told()}"
            self.done.append("quit")
            self.terminal.close()
            self.begin()

    def leave(self) -> None:
        """Check that esc leads out of whatever is shown, and that q quits."""
        self.terminal.resize(80, 24)
        for _ in range(8):
            # An escape followed at once by another character would be read as a different key.
            self.terminal.press("\x1b")
            self.terminal.read_for(0.3)
            self.go_on()
        self.terminal.press("3")
        self.terminal.wait_for("Money ahead")
        self.terminal.press("q")
        assert self.terminal.wait_for_end() == 0, self.told()

    def told(self) -> str:
        """The latest gestures and the latest output, for an error message. If the program still runs, it is aborted, so
        that the output shows where it was.
        """
        if not self.terminal.ended:
            os.kill(self.terminal.child, signal.SIGABRT)
            self.terminal.read_for(2)
        written = SEQUENCE.sub(b" ", self.terminal.raw)[-4000:].decode(errors="replace")
        return f"{len(self.done)} gestures, at last: {' '.join(self.done[-40:])}\n{written}"


def run(seed: int, file: Path, gestures: int = GESTURES, *, instances: int = 0, seconds: float = 0) -> None:
    """Run a seed on the sample fleet, or on a generated one if `instances` is not 0, for at least `gestures` gestures
    and `seconds` seconds. Prints what was done and raises AssertionError if there is a fault.
    """
    if instances:
        keep(file, mixed_document(instances)).close()
    typist = Typist(seed, file)
    end = time.monotonic() + seconds
    passed = False
    try:
        while len(typist.done) < gestures or time.monotonic() < end:
            typist.gesture()
            typist.go_on()
        typist.leave()
        passed = True
    finally:
        if not passed:
            print(f"seed {seed}: {typist.told()}", file=sys.stderr, flush=True)
        typist.terminal.close()
    assert Workspace.open(file).check() == [], f"seed {seed}"


def main(arguments: list[str]) -> int:
    """Run the seeds that the command line names, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz_terminal")
    parser.add_argument("seeds", metavar="FIRST:LAST")
    parser.add_argument("--gestures", type=int, default=GESTURES, metavar="N")
    parser.add_argument("--instances", type=int, default=0, metavar="N", help="use a generated fleet, not the sample")
    parser.add_argument("--seconds", type=float, default=0, metavar="S", help="run each seed for at least S seconds")
    asked = parser.parse_args(arguments)
    first, _, last = asked.seeds.partition(":")
    begun = time.monotonic()
    for seed in range(int(first), int(last or int(first) + 1)):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "fleet.db"
            run(seed, file, asked.gestures, instances=asked.instances, seconds=asked.seconds)
    print(f"seeds {asked.seeds} in {time.monotonic() - begun:.0f} s: no fault found")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
