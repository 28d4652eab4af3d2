"""Importing a fleet into a kept file: merged into what is there, or begun anew with the old history as a dated copy.

The road of both `lapse import` and the dashboard.
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
from core.store.file import MEMORY, sentences
from core.store.fleet_file import FleetFile, Head
from core.store.imports import write_import
from core.workspace.workspace import Workspace
from core.world.model import World
from data import SAMPLE_FLEET


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


def check_taken(loaded: Loaded, files: Sequence[Path]) -> None:
    """Raise BadInput where there is nothing to import: neither an account nor an instance."""
    if not loaded.world.accounts and not loaded.world.instances:
        raise BadInput(f"{files[0]}: has no account and no instance, so nothing was taken: give a fleet that has some")


def merge_into(kept: Workspace, loaded: Loaded, files: Sequence[Path]) -> Imported:
    """Import into a kept fleet. Raises BadInput naming the first file, and otherwise as `Workspace.merge`."""
    check_taken(loaded, files)
    try:
        return Imported(kept, kept.merge(loaded.document, loaded.world.clock))
    except BadInput as error:
        raise BadInput(f"{files[0]}: {error}") from None


def begin(
    path: Path, document: Mapping[str, object], clock: int, policy: Policy, name: str, *, copy_to: Path | None = None
) -> tuple[Workspace, Merged]:
    """Begin a fleet at `path` from a fleet document, at `clock`; a fleet that is there is copied to `copy_to` first.

    Where it isn't begun no copy is left. Raises BadInput for a document that can't be read, before anything is written;
    FleetMoved where a fleet is there and no copy was asked for, something bears the copy's name, or the fleet changed
    since it was copied; StoreError as opening does.
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
                _take_back(copy_to, file, error)
            raise
        file.merge()
        return Workspace(file, simulation=simulation), merged
    except BaseException:
        file.close()
        raise


def _take_back(copy: Path, file: FleetFile, error: BaseException) -> None:
    """Remove a copy of what is there still. Where that isn't certain it stays: it may be all that is left."""
    with suppress(StoreError):
        if isinstance(error, FleetMoved) or file.is_current() or file.goes_on():
            copy.unlink(missing_ok=True)


def begin_from(
    path: Path, loaded: Loaded, files: Sequence[Path], policy: Policy, today: str | None, name: str | None = None
) -> Imported:
    """Begin a fleet at `path` from an import, called `name` or else after its files. With `today` it may be there
    already, and is kept as a copy named with that date. Raises BadInput where there is nothing to import, and as
    `begin`.
    """
    check_taken(loaded, files)
    copy = _copy_name(path, today) if today is not None and path != MEMORY and is_there(path) else None
    kept, merged = begin(path, loaded.document, loaded.world.clock, policy, name or loaded.name, copy_to=copy)
    return Imported(kept, merged, copy)


def _copy_name(path: Path, today: str) -> Path:
    """A name beside the fleet's file with a date, which nothing bears yet."""
    with sentences(path):
        names = (
            path.with_name(f"{path.stem}.{today}{f'-{number}' if number > 1 else ''}{path.suffix}")
            for number in count(1)
        )
        return next(name for name in names if not os.path.lexists(name))


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
        f"Instances: {merged.added} added, {merged.changed} changed, {merged.unchanged} unchanged.",
        f"Accounts: {merged.accounts_added} added, {merged.accounts_changed} changed, "
        f"{merged.accounts_unchanged} unchanged.",
        *([f"The old fleet is kept as {copy}."] if copy is not None else []),
        f"The clock is at {kept.calendar.format(kept.clock)}{where}.",
    ]
