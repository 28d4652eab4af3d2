"""Random keys, clicks, wheel turns, pastes and resizes on fleets of every kind. No input may crash the dashboard, draw
a row of a wrong width, lead to a screen that can't be left, or write a file that does not replay.

`python -m tests.fuzz FIRST:LAST` runs the seeds from FIRST to just before LAST. With `--seconds N`, it starts new seeds
from FIRST on for N seconds, whatever LAST is. With `--instances N`, it uses a generated fleet that is stored in a file.
It stops at the first fault and prints what was done before.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from textual import events
from textual.pilot import Pilot

from core.workspace.workspace import Workspace
from tests.support.dashboards import driven, sample, workspace_of
from tests.support.hard_names import HARD, HARD_FLEET, fleet
from tests.support.keeping import keep, mixed_document
from tui.app.lapse_app import COLUMNS_TO_HIDE, LapseApp
from tui.commands.key_names import SIGNS
from tui.commands.table import COMMANDS
from tui.screens.account_screen import AccountScreen
from tui.settings.settings import GLYPHS, HORIZONS, Settings, SettingsStore
from tui.settings.themes import ROUND

GESTURES: Final = 120
"""The default number of gestures per seed."""
SIZES: Final = (
    (80, 24), (80, 24), (120, 40), (120, 40), (160, 50), (200, 60), (100, 30), (60, 15), (61, 16), (59, 14), (40, 12),
    (20, 5), (20, 5), (1, 1), (300, 8), (30, 90),
)  # fmt: skip
LEAVING: Final = frozenset(("q", "ctrl+q", "ctrl+c"))
TYPED: Final = ("backspace", "delete", "0", "5", "9", "minus", "colon", "full_stop", "a", "d", "h", "x", "m", "space")
KEYS: Final = (*sorted({key for command in COMMANDS for key in command.keys} - LEAVING), *TYPED)
EMPTY: Final = {"format": "lapse-fleet/1", "clock": "2026-07-01T00:00:00+08:00"}


class Case:
    """What a seed determines: a fleet, settings, and a sequence of gestures."""

    def __init__(self, seed: int, workspace: Workspace | None = None) -> None:
        self.choose = random.Random(seed)
        self.seed = seed
        self.done: list[str] = []
        self.workspace = workspace or self._workspace()
        self.size = self.choose.choice(SIZES)
        self.app = LapseApp(
            self.workspace, name=self.choose.choice(("sample", HARD[0])), kept=SettingsStore(self._settings())
        )

    def _workspace(self) -> Workspace:
        days = self.choose.choice((0, 0, 3, 12, 45, 200))
        document: Mapping[str, object] | None = self.choose.choice((
            None, None, None, HARD_FLEET, EMPTY, {**EMPTY, "accounts": [{"id": "acme"}]},
            fleet([f"plant-{number}" for number in range(700)]),
        ))  # fmt: skip
        return sample(days) if document is None else workspace_of(document, days)

    def _settings(self) -> Settings:
        choose = self.choose
        hidden = {name: tuple(choose.sample(titles, choose.randrange(3))) for name, titles in COLUMNS_TO_HIDE.items()}
        return Settings(choose.choice(ROUND), choose.choice(HORIZONS), True, choose.choice(GLYPHS), hidden)

    def told(self) -> str:
        """The seed and the latest gestures, for an error message."""
        return f"seed {self.seed}, {len(self.done)} gestures, at last: {' · '.join(self.done[-30:])}"

    async def gesture(self, pilot: Pilot[None]) -> None:
        """Do one random gesture, and check the screen after it."""
        choose, app = self.choose, self.app
        kinds = {"keys": 50, "burst": 12, "click": 16, "wheel": 8, "resize": 8, "paste": 3, "wait": 3, "play": 6}
        kind = choose.choices(tuple(kinds), tuple(kinds.values()))[0]
        column, line = choose.randrange(self.size[0]), choose.randrange(self.size[1])
        if kind == "keys":
            keys = choose.choices(KEYS, k=choose.choice((1, 1, 1, 2, 3, 8)))
            self.done.append(" ".join(keys))
            await pilot.press(*keys)
        elif kind == "burst":
            keys = choose.choices(KEYS, k=choose.randrange(2, 16))
            self.done.append(f"at once {' '.join(keys)}")
            for key in keys:
                app.post_message(events.Key(key, SIGNS.get(key)))
        elif kind == "click":
            times = choose.choice((1, 1, 2, 3))
            self.done.append(f"{times} clicks at {column}, {line}")
            await pilot.click(offset=(column, line), times=times)
        elif kind == "wheel":
            turn = choose.choice((events.MouseScrollDown, events.MouseScrollUp))
            self.done.append(f"{turn.__name__} at {column}, {line}")
            for _ in range(choose.randrange(1, 6)):
                app.post_message(turn(None, column, line, 0, 0, 0, False, False, False, column, line))
        elif kind == "resize":
            self.size = choose.choice(SIZES)
            self.done.append(f"{self.size[0]}x{self.size[1]}")
            await pilot.resize_terminal(*self.size)
        elif kind == "paste":
            text = choose.choice((*HARD, "+30d", "2026-12-31", "500", "state:expired", "plant", "\n\r\t"))
            self.done.append(f"paste {text[:20]!a}")
            app.post_message(events.Paste(text))
        elif kind == "play":
            keys = ["escape", "escape", "escape", choose.choice("123"), choose.choice("pppb"), "plus"]
            self.done.append(" ".join(keys))
            await pilot.press(*keys)
            await pilot.pause(0.12)
        else:
            self.done.append("wait")
            await pilot.pause(0.12)
        await pilot.pause()
        self.look()

    def look(self) -> None:
        """Check that every row has the width of the screen."""
        screen = self.app.screen
        for strip in screen._compositor.render_strips():
            assert strip.cell_length == screen.size.width, f"a row of {strip.cell_length} cells: {self.told()}"

    async def leave(self, pilot: Pilot[None]) -> None:
        """Check that esc leads out of whatever is shown."""
        await self.app.workers.wait_for_complete()
        await pilot.resize_terminal(80, 24)
        await pilot.press(*["escape"] * 8)
        await pilot.press("3")
        await pilot.pause()
        assert isinstance(self.app.screen, AccountScreen), f"stuck on {self.app.screen}: {self.told()}"

    async def steps(self, pilot: Pilot[None], gestures: int) -> None:
        """Do all gestures, then leave. A click on the key that quits ends it early."""
        for _ in range(gestures):
            await self.gesture(pilot)
            if not self.app.is_running or self.app._exit:
                return
        await self.leave(pilot)


def run(seed: int, gestures: int = GESTURES, instances: int = 0) -> Case:
    """Run a seed. If `instances` is not 0, use a generated fleet of that size that is stored in a file. Prints what was
    done, and raises what the dashboard raised or AssertionError, if there is a fault.
    """
    if not instances:
        return _run_case(Case(seed), gestures)
    with tempfile.TemporaryDirectory() as folder:
        workspace = keep(Path(folder) / "fleet.db", mixed_document(instances))
        try:
            return _run_case(Case(seed, workspace), gestures)
        finally:
            workspace.close()


def _run_case(case: Case, gestures: int) -> Case:
    passed = False
    try:
        driven(case.app, lambda pilot: case.steps(pilot, gestures), case.size)
        assert case.app.return_code in (None, 0), case.told()
        assert case.workspace.check() == [], case.told()
        passed = True
    finally:
        if not passed:
            print(case.told(), file=sys.stderr, flush=True)
    return case


def main(arguments: list[str]) -> int:
    """Run the seeds that the command line names, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("seeds", nargs="?", default="0:10", metavar="FIRST:LAST")
    parser.add_argument("--seconds", type=float, metavar="N", help="start seeds for N seconds, whatever LAST is")
    parser.add_argument("--gestures", type=int, default=GESTURES, metavar="N")
    parser.add_argument("--instances", type=int, default=0, metavar="N", help="use a generated fleet, stored in a file")
    asked = parser.parse_args(arguments)
    first, _, last = asked.seeds.partition(":")
    seed, end = int(first), int(last or int(first) + 1)
    begun, done = time.monotonic(), 0
    while seed < end if asked.seconds is None else time.monotonic() - begun < asked.seconds:
        done += len(run(seed, asked.gestures, asked.instances).done)
        seed += 1
    print(f"seeds {first} to {seed - 1}, {done} gestures: no fault found")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
