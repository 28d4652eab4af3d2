"""`lapse` and `lapse demo`: the dashboard, where there is a terminal to draw it on."""

import json
import shlex
import sys
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadInput
from core.policy import load_policy
from core.store.file import MEMORY
from core.workspace import Workspace, begin
from data import SAMPLE_FLEET
from tui.plain.opening import open_fleet
from tui.plain.parsing import Parser, add_db
from tui.plain.where import settings_file


@dataclass(frozen=True)
class Dashboard:
    """The dashboard on the kept fleet, or on the sample fleet kept nowhere."""

    demo: bool
    asked: Namespace

    @classmethod
    def read(cls, name: str, arguments: list[str]) -> "Dashboard":
        """Read the command's arguments."""
        demo = name == "demo"
        parser = Parser(name, "The dashboard on the sample fleet, kept nowhere." if demo else "The dashboard.")
        if demo:
            parser.add_argument("--policy", metavar="FILE", type=Path, help="your own numbers for the rulebook")
        else:
            add_db(parser)
        parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
        parser.add_argument("--no-settings", action="store_true", help="neither read nor keep settings")
        return cls(demo, parser.parse_args(arguments))

    def run(self) -> int:
        """Open the dashboard. Raises BadInput where there is no terminal."""
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            instead = f"lapse simulate {shlex.quote(str(SAMPLE_FLEET))} --until 45d" if self.demo else "lapse status"
            raise BadInput(f"the dashboard needs a terminal; without one, run: {instead}")
        kept = sample_fleet(self.asked.policy) if self.demo else open_fleet(self.asked.db)
        from tui.app import run
        from tui.settings import Kept

        settings = Kept() if self.asked.no_settings else Kept.read(settings_file())
        return run(kept, name=kept.head.name, kept=settings, mouse=not self.asked.no_mouse)


def sample_fleet(policy_file: Path | None) -> Workspace:
    """The sample fleet, kept nowhere."""
    policy = load_policy(policy_file)
    document = json.loads(SAMPLE_FLEET.read_text(encoding="utf-8"))
    kept, _ = begin(MEMORY, document, policy.calendar.parse(document["clock"]), policy, "sample")
    return kept
