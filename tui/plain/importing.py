"""`lapse import`: a fleet taken into the kept file; what is there already is updated."""

import sys
import time
from argparse import Namespace
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from core.errors import BadInput, FleetMoved, LapseError
from core.fleets.files import Loaded, load_fleet
from core.fleets.merging import Merged
from core.policy import Policy, load_policy
from core.store.file import sentences
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
        while True:
            try:
                return self._import(database(self.asked.db))
            except FleetMoved:
                # Another process wrote between reading and writing: what it left is what to import into.
                continue

    def _import(self, path: Path) -> int:
        asked = self.asked
        there = _is_there(path)
        kept = Workspace.open_if_any(path) if there and not asked.restart else None
        policy = _policy(asked.policy, kept)
        loaded = load_fleet(asked.files, policy, fleet_options(asked, policy), int(time.time()))
        clock, copy = loaded.world.clock, None
        if kept is None:
            copy = _free_copy(path) if there and asked.restart else None
            kept, merged = _begun(path, loaded, policy, asked.files[0].stem, copy)
        else:
            try:
                merged = kept.merge(loaded.document, clock)
            except BadInput as error:
                raise BadInput(f"{asked.files[0]}: {error}") from None
        _say(kept, merged, loaded, copy, as_json=asked.json)
        return 0


def _is_there(path: Path) -> bool:
    """Whether there is a file that isn't empty. Raises StoreError where that can't be told."""
    with sentences(path):
        try:
            return path.stat().st_size > 0
        except FileNotFoundError:
            return False


def _begun(path: Path, loaded: Loaded, policy: Policy, name: str, copy: Path | None) -> tuple[Workspace, Merged]:
    """A fleet begun anew; where that can't be done, no copy of the old one is left."""
    try:
        return begin(path, loaded.document, loaded.world.clock, policy, name, copy_to=copy)
    except LapseError:
        if copy is not None:
            copy.unlink(missing_ok=True)
        raise


def _policy(given: Path | None, kept: Workspace | None) -> Policy:
    if kept is None:
        return load_policy(given)
    if given is not None and load_policy(given).source != kept.policy.source:
        raise BadInput(
            f"{given}: the kept fleet was begun with another policy: leave --policy out, or begin anew with --restart"
        )
    return kept.policy


def _free_copy(path: Path) -> Path:
    """A new, empty file beside the fleet's, named with today's date: nobody else takes that name from now on."""
    day = time.strftime("%Y-%m-%d")
    with sentences(path):
        for number in count(1):
            copy = path.with_name(f"{path.stem}.{day}{f'-{number}' if number > 1 else ''}{path.suffix}")
            try:
                copy.touch(exist_ok=False)
            except FileExistsError:
                continue
            return copy
    raise AssertionError


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
