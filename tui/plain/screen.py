"""`lapse` and `lapse demo`: the dashboard, where there is a terminal to draw it on."""

import shlex
import sys
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from core.base.errors import BadInput, NoFleet
from core.rules.rulebook import load_policy
from core.store.file import MEMORY
from core.workspace.importing import begin_sample
from core.workspace.workspace import Unread, Workspace
from data import SAMPLE_FLEET
from tui.live import limits
from tui.plain.parsing import Parser, add_db
from tui.plain.where import database, settings_file
from tui.process.signals import SIGNALS, leave


@dataclass(frozen=True)
class Dashboard:
    """The dashboard on the kept fleet, or on the sample fleet not saved."""

    demo: bool
    asked: Namespace

    @classmethod
    def read(cls, name: str, arguments: list[str]) -> "Dashboard":
        """Read the command's arguments."""
        demo = name == "demo"
        parser = Parser(name, "The dashboard on the sample fleet, not saved." if demo else "The dashboard.")
        if demo:
            parser.add_argument("--policy", metavar="FILE", type=Path, help="your own numbers for the rulebook")
        else:
            add_db(parser)
        parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
        parser.add_argument("--no-settings", action="store_true", help="neither read nor keep settings")
        return cls(demo, parser.parse_args(arguments))

    def run(self) -> int:
        """Open the dashboard. Raises BadInput where there is no terminal."""
        if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
            instead = f"lapse simulate {shlex.quote(str(SAMPLE_FLEET))} --until 45d" if self.demo else "lapse status"
            raise BadInput(f"the dashboard needs a terminal; without one, run: {instead}")
        # Nothing is begun until it is drawn: a signal need not be waited for, and modules can't be left half loaded.
        SIGNALS.answer = leave
        path = MEMORY if self.demo else database(self.asked.db)
        kept = begin_sample(path, load_policy(self.asked.policy)) if self.demo else _kept(path)
        from tui.app.lapse_app import run
        from tui.settings.settings import Kept

        settings = Kept() if self.asked.no_settings else Kept.read(settings_file())
        if self.asked.no_mouse:
            settings.settings = settings.settings._replace(mouse=False)
        name = "" if kept is None else kept.head.name
        return run(kept, name=name, path=path, kept=settings)


def _kept(path: Path) -> Workspace | Unread | None:
    """The fleet that is kept, a large one not read yet; None where there is none. Raises StoreError."""
    try:
        fleet = Unread(path)
    except NoFleet:
        return None
    return fleet if fleet.size >= limits.READ_WHILE_SHOWN else fleet.read()
