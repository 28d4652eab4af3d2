"""`lapse` and `lapse demo`: the dashboard."""

import shlex
import sys
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from core.base.errors import BadInput, NoFleet
from core.rules.rulebook import load_policy
from core.store.file import MEMORY
from core.workspace.importing import begin_sample
from core.workspace.unread import Unread
from core.workspace.workspace import Workspace
from data import SAMPLE_FLEET
from tui.live import limits
from tui.plain.parsing import Parser, add_db
from tui.plain.where import database, settings_file
from tui.process.signals import SIGNALS, leave


@dataclass(frozen=True)
class Dashboard:
    """Opens the dashboard on the kept fleet, or (`lapse demo`) on the sample fleet in memory."""

    demo: bool
    args: Namespace

    @classmethod
    def read(cls, name: str, arguments: list[str]) -> "Dashboard":
        """Parse the command's arguments. Raises BadInput."""
        demo = name == "demo"
        parser = Parser(name, "The dashboard on the sample fleet, not saved." if demo else "The dashboard.")
        if demo:
            parser.add_argument(
                "--policy", metavar="FILE", type=Path, help="policy file: your own numbers for the rules"
            )
        else:
            add_db(parser)
        parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
        parser.add_argument("--no-settings", action="store_true", help="neither read nor write the settings file")
        return cls(demo, parser.parse_args(arguments))

    def run(self) -> int:
        """Run the dashboard until it is left; returns its exit status. Raises BadInput without a terminal."""
        if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
            instead = f"lapse simulate {shlex.quote(str(SAMPLE_FLEET))} --until 45d" if self.demo else "lapse status"
            raise BadInput(f"the dashboard needs a terminal; without one, run: {instead}")
        # Until the first drawing there is nothing to roll back, and unwinding could break a module's import.
        SIGNALS.answer = leave
        path = MEMORY if self.demo else database(self.args.db)
        kept = begin_sample(path, load_policy(self.args.policy)) if self.demo else _kept(path)
        from tui.app.lapse_app import run
        from tui.settings.settings import SettingsStore

        settings = SettingsStore() if self.args.no_settings else SettingsStore.read(settings_file())
        if self.args.no_mouse:
            settings.settings = settings.settings._replace(mouse=False)
        name = "" if kept is None else kept.head.name
        return run(kept, name=name, path=path, kept=settings)


def _kept(path: Path) -> Workspace | Unread | None:
    """The fleet in the file, not loaded yet if it is large; None if there is no fleet. Raises StoreError."""
    try:
        fleet = Unread(path)
    except NoFleet:
        return None
    return fleet if fleet.size >= limits.READ_WHILE_SHOWN else fleet.read()
