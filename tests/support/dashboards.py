"""Workspaces and apps for tests of the dashboard. `core` builds the history; only what is tested is done by keys."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar, cast

from textual.pilot import Pilot

from core.base.instants import DAY
from core.rules.rulebook import load_policy
from core.store.file import MEMORY
from core.workspace.importing import begin
from core.workspace.workspace import Workspace
from data import SAMPLE_FLEET
from tui.app.lapse_app import LapseApp

WIDE = (120, 40)
NARROW = (80, 24)

T = TypeVar("T")


def workspace_of(document: Mapping[str, object], days: int = 0) -> Workspace:
    """A fleet in memory, `days` after its start."""
    policy = load_policy()
    clock = policy.calendar.parse(str(document["clock"]))
    workspace, _ = begin(MEMORY, document, clock, policy, "sample")
    if days:
        workspace.advance(clock + days * DAY)
    return workspace


def sample(days: int = 0) -> Workspace:
    """The sample fleet in memory, `days` after its start."""
    return workspace_of(cast(dict[str, object], json.loads(SAMPLE_FLEET.read_text(encoding="utf-8"))), days)


def app_of(workspace: Workspace) -> LapseApp:
    """The app for a workspace."""
    return LapseApp(workspace, name="sample")


def driven(app: LapseApp, steps: Callable[[Pilot[None]], Awaitable[T]], size: tuple[int, int] = NARROW) -> T:
    """Run the app without a terminal while `steps` presses its keys."""

    async def run() -> T:
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            result = await steps(pilot)
            await pilot.pause()
        return result

    return asyncio.run(run())


def text_of(app: LapseApp) -> str:
    """The text on the screen, line by line."""
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())
