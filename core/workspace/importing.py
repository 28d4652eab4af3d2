"""Imports a fleet into a file: merges it into the fleet there, or begins a new one and keeps the old as a dated copy.

Both `lapse import` and the dashboard use this module.
"""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple

from core.base.errors import BadInput, FleetMoved, StoreError
from core.formats.document import FORMAT
from core.formats.files import Loaded
from core.formats.merging import Merged, merge
from core.formats.naming import NEW_FLEET
from core.rules.policy import Policy
from core.store.copying import copy_file
from core.store.file import MEMORY, store_errors
from core.store.fleet_file import FleetFile, Head
from core.store.imports import write_import
from core.workspace.workspace import Workspace
from core.world.model import World
from data import SAMPLE_FLEET


class Imported(NamedTuple):
    """The result of an import: the open fleet, what was merged, and the dated copy of a replaced fleet, if any."""

    workspace: Workspace
    merged: Merged
    copy: Path | None = None


def is_there(path: Path) -> bool:
    """Whether there is a file at `path` that is not empty. Raises StoreError if the system can't tell."""
    with store_errors(path):
        try:
            return path.stat().st_size > 0
        except FileNotFoundError:
            return False


def check_taken(loaded: Loaded, files: Sequence[Path]) -> None:
    """Raise BadInput if there is nothing to import: neither an account nor an instance."""
    if not loaded.world.accounts and not loaded.world.instances:
        raise BadInput(f"{files[0]}: has no account and no instance, so nothing was taken: give a fleet that has some")


def merge_into(kept: Workspace, loaded: Loaded, files: Sequence[Path]) -> Imported:
    """Merge an import into an open fleet. Raises the errors of `Workspace.merge`; BadInput names the first file."""
    check_taken(loaded, files)
    try:
        return Imported(kept, kept.merge(loaded.document, loaded.world.clock))
    except BadInput as error:
        raise BadInput(f"{files[0]}: {error}") from None


def begin(
    path: Path, document: Mapping[str, object], clock: int, policy: Policy, name: str, *, copy_to: Path | None = None
) -> tuple[Workspace, Merged]:
    """Begin a fleet at `path` from a fleet document, at the instant `clock`. Copies an old fleet to `copy_to` first.

    If the new fleet is not begun, no copy is left. Raises BadInput for an invalid document, before anything is written;
    FleetMoved if there is a fleet but no `copy_to`, if the copy's name is taken, or if the fleet changed after it was
    copied; StoreError if the file can't be opened or written.
    """
    world = World(clock, {}, {})
    merged = merge(world, document, policy)
    file = FleetFile(path, create=True)
    try:
        if copy_to is not None:
            copy_file(file, copy_to)
        elif file.head is not None:
            raise FleetMoved(f"{path}: another program created a fleet here in the meantime")
        try:
            with file.writing():
                revision = file.head.revision if file.head else 0
                file.clear()
                simulation = write_import(file, world, Head(name, clock, clock, 0, revision, policy), document)
        except BaseException as error:
            if copy_to is not None:
                _remove_copy(copy_to, file, error)
            raise
        file.merge()
        return Workspace(file, simulation=simulation), merged
    except BaseException:
        file.close()
        raise


def _remove_copy(copy: Path, file: FleetFile, error: BaseException) -> None:
    """Remove the copy if the old fleet is certainly still in its file. If not, the copy may be all that is left."""
    with suppress(StoreError):
        if isinstance(error, FleetMoved) or file.is_current() or file.goes_on():
            copy.unlink(missing_ok=True)


def begin_from(
    path: Path, loaded: Loaded, files: Sequence[Path], policy: Policy, today: str | None, name: str | None = None
) -> Imported:
    """Begin a fleet at `path` from an import. It is named `name`, or else after its files.

    With `today`, a date as text, an old fleet is kept as a copy with that date in its name. Raises BadInput if there is
    nothing to import, and the errors of `begin`.
    """
    check_taken(loaded, files)
    copy = _copy_name(path, today) if today is not None and path != MEMORY and is_there(path) else None
    kept, merged = begin(path, loaded.document, loaded.world.clock, policy, name or loaded.name, copy_to=copy)
    return Imported(kept, merged, copy)


def _copy_name(path: Path, today: str) -> Path:
    """An unused file name with a date, in the folder of the fleet's file."""
    with store_errors(path):
        names = (
            path.with_name(f"{path.stem}.{today}{f'-{number}' if number > 1 else ''}{path.suffix}")
            for number in count(1)
        )
        return next(name for name in names if not os.path.lexists(name))


def begin_sample(path: Path, policy: Policy) -> Workspace:
    """Begin the sample fleet at `path`. Raises the errors of `begin`."""
    document = json.loads(SAMPLE_FLEET.read_text(encoding="utf-8"))
    workspace, _ = begin(path, document, policy.calendar.parse(document["clock"]), policy, "sample")
    return workspace


def begin_empty(path: Path, account: str, currency: str, balance: str, clock: int, policy: Policy) -> Workspace:
    """Begin a fleet with one account and no instance. Raises BadInput for invalid values, and the errors of `begin`."""
    entry: dict[str, object] = {"id": account, "currency": currency, "balance": balance}
    document: dict[str, object] = {"format": FORMAT, "accounts": [entry], "instances": []}
    workspace, _ = begin(path, document, clock, policy, NEW_FLEET)
    return workspace


def tell_import(imported: Imported) -> list[str]:
    """The result of an import in sentences, one per line."""
    kept, merged, copy = imported
    where = "" if kept.path == MEMORY else f"; the fleet is kept in {kept.path}"
    return [
        f"Instances: {merged.added} added, {merged.changed} changed, {merged.unchanged} unchanged.",
        f"Accounts: {merged.accounts_added} added, {merged.accounts_changed} changed, "
        f"{merged.accounts_unchanged} unchanged.",
        *([f"The old fleet is kept as {copy}."] if copy is not None else []),
        f"The clock is at {kept.calendar.format(kept.clock)}{where}.",
    ]
