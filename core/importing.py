"""Importing a fleet into a kept file: merged into what is there, or begun anew with the old history as a dated copy.

The road of both `lapse import` and the dashboard.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

from core.errors import BadInput, FleetMoved, LapseError
from core.fleets.document import FORMAT
from core.fleets.files import Loaded
from core.fleets.merging import Merged, merge
from core.model import World
from core.policy import Policy
from core.store.file import MEMORY, sentences
from core.store.fleet_file import FleetFile, Head
from core.store.imports import write_import
from core.workspace import Workspace
from data import SAMPLE_FLEET

NEW_FLEET: Final = "fleet"
"""What a fleet is called that was read from no file."""


class Imported(NamedTuple):
    """What an import came to: the fleet it is in now, what it did, and the copy of the history it put an end to."""

    workspace: Workspace
    merged: Merged
    copy: Path | None = None


def is_there(path: Path) -> bool:
    """Whether there is a file that isn't empty. Raises StoreError where that can't be told."""
    with sentences(path):
        try:
            return path.stat().st_size > 0
        except FileNotFoundError:
            return False


def merge_into(kept: Workspace, loaded: Loaded, files: Sequence[Path]) -> Imported:
    """Import into a kept fleet. Raises BadInput naming the first file, and otherwise as `Workspace.merge`."""
    try:
        return Imported(kept, kept.merge(loaded.document, loaded.world.clock))
    except BadInput as error:
        raise BadInput(f"{files[0]}: {error}") from None


def begin(
    path: Path, document: Mapping[str, object], clock: int, policy: Policy, name: str, *, copy_to: Path | None = None
) -> tuple[Workspace, Merged]:
    """Begin a fleet at `path` from a fleet document, at `clock`; a fleet that is there is copied to `copy_to` first.

    Raises BadInput for a document that can't be read, before anything is written; FleetMoved where a fleet is there
    and no copy was asked for, or it changed since it was copied; StoreError as opening does.
    """
    world = World(clock, {}, {})
    merged = merge(world, document, policy)
    file = FleetFile(path, create=True)
    try:
        if copy_to is not None:
            file.copy_to(copy_to)
        elif file.head is not None:
            raise FleetMoved(f"{path}: another program began a fleet here meanwhile")
        with file.writing():
            revision = file.head.revision if file.head else 0
            file.clear()
            write_import(file, world, Head(name, clock, clock, 0, revision, policy), document)
        file.merge()
        return Workspace(file), merged
    except BaseException:
        file.close()
        raise


def begin_from(path: Path, loaded: Loaded, files: Sequence[Path], policy: Policy, today: str | None) -> Imported:
    """Begin a fleet at `path` from an import. With `today` it may be there already, and is kept as a copy named with
    that date.

    Where it can't be begun no copy is left. Raises as `begin`.
    """
    copy = free_copy(path, today) if today is not None and path != MEMORY and is_there(path) else None
    try:
        kept, merged = begin(path, loaded.document, loaded.world.clock, policy, files[0].stem, copy_to=copy)
    except LapseError:
        if copy is not None:
            copy.unlink(missing_ok=True)
        raise
    return Imported(kept, merged, copy)


def free_copy(path: Path, today: str) -> Path:
    """A new, empty file beside the fleet's, named with a date: nobody else takes that name from now on."""
    with sentences(path):
        for number in count(1):
            copy = path.with_name(f"{path.stem}.{today}{f'-{number}' if number > 1 else ''}{path.suffix}")
            try:
                copy.touch(exist_ok=False)
            except FileExistsError:
                continue
            return copy
    raise AssertionError


def begin_sample(path: Path, policy: Policy) -> Workspace:
    """Begin the sample fleet at `path`. Raises as `begin`."""
    document = json.loads(SAMPLE_FLEET.read_text(encoding="utf-8"))
    workspace, _ = begin(path, document, policy.calendar.parse(document["clock"]), policy, "sample")
    return workspace


def begin_empty(path: Path, account: str, currency: str, balance: str, clock: int, policy: Policy) -> Workspace:
    """Begin a fleet of one account and no instance. Raises BadInput for what a fleet can't hold, and as `begin`."""
    entry: dict[str, object] = {"id": account, "currency": currency, "balance": balance}
    document: dict[str, object] = {"format": FORMAT, "accounts": [entry], "instances": []}
    workspace, _ = begin(path, document, clock, policy, NEW_FLEET)
    return workspace


def tell_import(imported: Imported) -> list[str]:
    """What an import did, in sentences."""
    kept, merged, copy = imported
    where = "" if kept.path == MEMORY else f"; the fleet is kept in {kept.path}"
    return [
        f"Instances: {merged.added} added, {merged.changed} changed, {merged.unchanged} left alone.",
        f"Accounts: {merged.accounts_added} added, {merged.accounts_changed} changed, "
        f"{merged.accounts_unchanged} left alone.",
        *([f"The old fleet is kept as {copy}."] if copy is not None else []),
        f"The clock stands at {kept.calendar.format(kept.clock)}{where}.",
    ]
