"""Random typing, clicks and resizes in a pseudo-terminal, where screens are made ready ahead of time and keys have the
right of way: nothing may end the dashboard, draw outside its alternate screen, or leave a file that doesn't replay.

`python -m tests.fuzz_terminal FIRST:LAST` runs the seeds FIRST to just before LAST: on the sample fleet, or with
`--instances N` on a generated one, kept in a file as well; `--seconds S` goes on with each for so long. The clock plays
most of the time.
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
# Without what quits: q, ctrl+q, ctrl+c.
SIGNS: Final = tuple(sign for sign in map(chr, range(ord("!"), ord("~") + 1)) if sign != "q")
KEYS: Final = (*SIGNS, *"123123jjkkpp", *ARROWS, *ARROWS, *CONTROLS, *CONTROLS)
PASTED: Final = ("+30d", "2026-12-31", "500", "state:expired", "\t\r\n", "上海 [b]x[/b]")
SEQUENCE: Final = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|[\r ]+")
LEAVING: Final = ("\x1b", "\x1b", "\x1b")
"""Out of a field or a dialog, and to a table without marks and filter."""
PAUSE: Final = 0.12
"""Seconds after which an escape is a key of its own."""
WATCHED: Final = 0.02
"""Seconds between two gestures, at most."""


class Typist:
    """A person at a terminal who knows nothing."""

    def __init__(self, seed: int, file: Path) -> None:
        self.choose = random.Random(seed)
        self.file = file
        self.size = (80, 24)
        self.done: list[str] = []
        self.begin()

    def begin(self) -> None:
        """Open the fleet."""
        self.terminal = Terminal(str(self.file), size=self.size, environment={"PYTHONFAULTHANDLER": "1"})

    def gesture(self) -> None:
        """Do one thing."""
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
            # What follows an escape at once would make another key of it.
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
        """Open the fleet again where the palette or a click quit."""
        if self.terminal.ended:
            status = self.terminal.wait_for_end()
            assert status == 0, f"it ended with {status}: {self.told()}"
            self.done.append("quit")
            self.terminal.close()
            self.begin()

    def leave(self) -> None:
        """From wherever it is now, esc leads out."""
        self.terminal.resize(80, 24)
        for _ in range(8):
            # What comes right after it would make another key of it.
            self.terminal.press("\x1b")
            self.terminal.read_for(0.3)
            self.go_on()
        self.terminal.press("3")
        self.terminal.wait_for("Money ahead")
        self.terminal.press("q")
        assert self.terminal.wait_for_end() == 0, self.told()

    def told(self) -> str:
        """What was done last, and what was written last: where it still runs, what it was at."""
        if not self.terminal.ended:
            os.kill(self.terminal.child, signal.SIGABRT)
            self.terminal.read_for(2)
        written = SEQUENCE.sub(b" ", self.terminal.raw)[-4000:].decode(errors="replace")
        return f"{len(self.done)} gestures, at last: {' '.join(self.done[-40:])}\n{written}"


def run(seed: int, file: Path, gestures: int = GESTURES, *, instances: int = 0, seconds: float = 0) -> None:
    """Run a seed on the sample fleet, or one of so many `instances`: that many gestures, and more for so many seconds.
    Raises AssertionError, after telling what was done.
    """
    if instances:
        keep(file, mixed_document(instances)).close()
    typist = Typist(seed, file)
    end = time.monotonic() + seconds
    whole = False
    try:
        while len(typist.done) < gestures or time.monotonic() < end:
            typist.gesture()
            typist.go_on()
        typist.leave()
        whole = True
    finally:
        if not whole:
            print(f"seed {seed}: {typist.told()}", file=sys.stderr, flush=True)
        typist.terminal.close()
    assert Workspace.open(file).check() == [], f"seed {seed}"


def main(arguments: list[str]) -> int:
    """Run the seeds that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz_terminal")
    parser.add_argument("seeds", metavar="FIRST:LAST")
    parser.add_argument("--gestures", type=int, default=GESTURES, metavar="N")
    parser.add_argument("--instances", type=int, default=0, metavar="N", help="a generated fleet, not the sample")
    parser.add_argument("--seconds", type=float, default=0, metavar="S", help="go on with each seed for so long")
    asked = parser.parse_args(arguments)
    first, _, last = asked.seeds.partition(":")
    begun = time.monotonic()
    for seed in range(int(first), int(last or int(first) + 1)):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "fleet.db"
            run(seed, file, asked.gestures, instances=asked.instances, seconds=asked.seconds)
    print(f"seeds {asked.seeds} in {time.monotonic() - begun:.0f} s: nothing ended it")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
