"""`lapse import`: imports a fleet into the kept file, or updates the fleet that is there."""

from argparse import Namespace
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from core.base.errors import BadInput, FleetLost, FleetMoved, shown
from core.formats.files import Loaded, load_fleet
from core.formats.naming import read_name
from core.rules.policy import Policy
from core.rules.rulebook import load_policy
from core.workspace.importing import Imported, begin_from, is_there, merge_into, tell_import
from core.workspace.workspace import Workspace
from tui.live import wall_clock
from tui.plain.parsing import Parser, add_db, add_fleet_options, add_json
from tui.plain.piped import piped
from tui.plain.simulate import fleet_options
from tui.plain.where import database
from tui.text.output import complain, say
from tui.text.printing import print_json


@dataclass(frozen=True)
class Import:
    """`lapse import FILE... [--restart]`."""

    args: Namespace

    @classmethod
    def read(cls, arguments: list[str]) -> "Import":
        """Parse the command's arguments. Raises BadInput."""
        parser = Parser(
            "import",
            "Import a fleet into the kept file, from our own JSON or CSV or from all pages of the vendor's export.",
        )
        parser.add_argument(
            "files",
            nargs="+",
            type=Path,
            metavar="FILE",
            help="JSON, CSV, or the vendor's export; - is standard input",
        )
        parser.add_argument("--name", metavar="NAME", help="name of a new fleet (else that of its folder or file)")
        parser.add_argument("--restart", action="store_true", help="start over; the old fleet is kept as a dated copy")
        add_fleet_options(parser)
        add_db(parser)
        add_json(parser)
        return cls(parser.parse_args(arguments))

    def run(self) -> int:
        """Import, and print what was added, changed and unchanged. Raises BadInput before anything is written."""
        content = piped(self.args.files)
        with ExitStack() as opened:
            imported, loaded = self._imported(database(self.args.db), content, opened)
            # Check that the file is still in place before reporting success. What others do later follows the import.
            imported.workspace.check_place()
            _report(imported, loaded, as_json=self.args.json)
        return 0

    def _imported(self, path: Path, content: bytes | None, opened: ExitStack) -> tuple[Imported, Loaded]:
        """Import; if another process wrote between our reading and writing, import again into what it wrote."""
        while True:
            try:
                return self._import(path, content, opened)
            except (FleetMoved, FleetLost):
                opened.close()

    def _import(self, path: Path, content: bytes | None, opened: ExitStack) -> tuple[Imported, Loaded]:
        args = self.args
        kept = Workspace.open_if_any(path) if is_there(path) and not args.restart else None
        if kept is not None:
            opened.callback(kept.close)
        policy = _policy(args.policy, kept)
        name = _name(args.name, kept)
        loaded = load_fleet(args.files, policy, fleet_options(args, policy), wall_clock.now(), content)
        if kept is not None:
            return merge_into(kept, loaded, args.files), loaded
        today = wall_clock.today() if args.restart else None
        imported = begin_from(path, loaded, args.files, policy, today, name)
        opened.callback(imported.workspace.close)
        return imported, loaded


def _policy(given: Path | None, kept: Workspace | None) -> Policy:
    if kept is None:
        return load_policy(given)
    if given is not None and load_policy(given).source != kept.policy.source:
        raise BadInput(
            f"{given}: the kept fleet was created with another policy: leave --policy out, or start over with --restart"
        )
    return kept.policy


def _name(given: str | None, kept: Workspace | None) -> str | None:
    try:
        name = None if given is None else read_name(given)
    except BadInput as error:
        raise BadInput(f"--name: {error}") from None
    if kept is not None and name not in (None, kept.name):
        raise BadInput(
            f"--name: the kept fleet is called {shown(kept.name)}: leave --name out, or start over with --restart"
        )
    return name


def _report(imported: Imported, loaded: Loaded, *, as_json: bool) -> None:
    kept, merged, copy = imported.workspace, imported.merged, imported.copy
    for note in loaded.notes:
        complain(note)
    if as_json:
        clock = kept.calendar.format(kept.clock)
        print_json({"clock": clock, **merged._asdict(), "notes": list(loaded.notes), "copy": copy and str(copy)})
        return
    for sentence in tell_import(imported):
        say(sentence)
