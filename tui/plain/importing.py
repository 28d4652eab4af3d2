"""`lapse import`: a fleet taken into the kept file; what is there already is updated."""

import sys
import time
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadInput, FleetMoved
from core.fleets.files import Loaded, load_fleet
from core.fleets.merging import Merged
from core.policy import Policy, load_policy
from core.workspace import Workspace, begin
from tui.plain.parsing import Parser, add_db, add_fleet_options, add_json
from tui.plain.printing import print_json
from tui.plain.simulate import fleet_options
from tui.plain.where import database


@dataclass(frozen=True)
class Import:
    """`lapse import FILE... [--restart]`."""

    asked: Namespace

    @classmethod
    def read(cls, arguments: list[str]) -> "Import":
        """Read the command's arguments."""
        parser = Parser(
            "import", "Take a fleet into the kept file: ours (JSON, CSV) or the vendor's export, all its pages."
        )
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="JSON, CSV, or the vendor's answers")
        parser.add_argument("--restart", action="store_true", help="begin anew; the old fleet is kept as a dated copy")
        add_fleet_options(parser)
        add_db(parser)
        add_json(parser)
        return cls(parser.parse_args(arguments))

    def run(self) -> int:
        """Import, and say what was added, changed and left alone. Raises BadInput before anything is written."""
        asked = self.asked
        path = database(asked.db)
        while True:
            try:
                kept = _kept(path, asked.restart)
                policy = _policy(asked.policy, kept)
                loaded = load_fleet(asked.files, policy, fleet_options(asked, policy), int(time.time()))
                copy = _free_copy(path) if asked.restart and path.exists() and path.stat().st_size else None
                if kept is None:
                    clock = loaded.world.clock
                    name = asked.files[0].stem
                    kept, merged = begin(path, loaded.document, clock, policy, name, copy_to=copy)
                else:
                    merged = kept.merge(loaded.document, loaded.world.clock)
                break
            except FleetMoved:
                # Another process wrote between reading and writing: what it left is what to import into.
                continue
        _say(kept, merged, loaded, copy, as_json=asked.json)
        return 0


def _kept(path: Path, restart: bool) -> Workspace | None:
    """The fleet to import into; None where a new one begins."""
    if restart or not path.exists() or path.stat().st_size == 0:
        return None
    return Workspace.open_if_any(path)


def _policy(given: Path | None, kept: Workspace | None) -> Policy:
    if kept is None:
        return load_policy(given)
    if given is not None and load_policy(given).source != kept.policy.source:
        raise BadInput(
            f"{given}: the kept fleet was begun with another policy: leave --policy out, or begin anew with --restart"
        )
    return kept.policy


def _free_copy(path: Path) -> Path:
    """A name beside the file with today's date that is not taken yet."""
    day = time.strftime("%Y-%m-%d")
    number = 1
    while True:
        copy = path.with_name(f"{path.stem}.{day}{f'-{number}' if number > 1 else ''}{path.suffix}")
        if not copy.exists():
            return copy
        number += 1


def _say(kept: Workspace, merged: Merged, loaded: Loaded, copy: Path | None, *, as_json: bool) -> None:
    clock = kept.calendar.format(kept.clock)
    for note in loaded.notes:
        print(f"lapse: {note}", file=sys.stderr)
    if as_json:
        print_json({"clock": clock, **merged._asdict(), "notes": list(loaded.notes), "copy": copy and str(copy)})
        return
    print(f"Instances: {merged.added} added, {merged.changed} changed, {merged.unchanged} left alone.")
    print(
        f"Accounts: {merged.accounts_added} added, {merged.accounts_changed} changed, "
        f"{merged.accounts_unchanged} left alone."
    )
    if copy is not None:
        print(f"The old fleet is kept as {copy}.")
    print(f"The clock stands at {clock}; the fleet is kept in {kept.path}.")
