"""The fleet of a recording, in memory."""

import json
from collections.abc import Mapping
from typing import cast

from core.base.errors import BadInput, TimeGoesForward
from core.formats.files import Loaded, Options, load_fleet
from core.rules.policy import Policy
from core.rules.rulebook import load_policy
from core.store.file import MEMORY
from core.workspace.importing import begin
from core.workspace.workspace import Workspace
from data import SAMPLE_FLEET
from tui.recording.script import Script


def fleet_of(script: Script) -> Workspace:
    """The script's fleet, its clock moved to the script's start. Raises BadInput."""
    policy = load_policy()
    if script.fleet is None:
        document = cast(Mapping[str, object], json.loads(SAMPLE_FLEET.read_text(encoding="utf-8")))
        clock, name = policy.calendar.parse(str(document["clock"])), "sample"
    else:
        loaded = _loaded(script, policy)
        document, clock, name = loaded.document, loaded.world.clock, loaded.name
    workspace, _ = begin(MEMORY, document, clock, policy, name)
    if script.start:
        try:
            workspace.advance(policy.calendar.parse_when(script.start, workspace.clock))
        except (BadInput, TimeGoesForward) as error:
            raise BadInput(f"{script.path}: start: {error}") from None
    return workspace


def _loaded(script: Script, policy: Policy) -> Loaded:
    """The script's fleet. If its file has no clock, like a CSV file, the script's start is its clock."""
    assert script.fleet is not None
    try:
        start: int | None = policy.calendar.parse(script.start)
    except BadInput:
        start = None
    loaded = load_fleet([script.fleet], policy, Options(), 0 if start is None else start)
    if not loaded.clock_given and start is None:
        raise BadInput(f'{script.path}: start: {script.fleet.name} has no clock: give an instant, like "2026-07-01"')
    return loaded
