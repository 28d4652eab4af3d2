"""Steps of a large fleet's clock that run in a thread, and what a person does meanwhile."""

import asyncio
from pathlib import Path
from threading import Event as Flag

import pytest
from textual.pilot import Pilot

from core.base.instants import DAY
from core.rules.rulebook import load_policy
from core.workspace.importing import begin_sample
from core.workspace.workspace import Workspace
from tests.support.dashboards import WIDE, driven, sample, text_of
from tui.app.lapse_app import LapseApp
from tui.commands.table import MODES
from tui.live import limits
from tui.screens.greeting_screen import Begun


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LapseApp:
    """The sample fleet in a file; all its steps run in a thread."""
    monkeypatch.setattr(limits, "STEPPED_IN_THREAD", 1)
    return LapseApp(begin_sample(tmp_path / "fleet.db", load_policy()), name="sample")


@pytest.mark.parametrize("key", ["question_mark", "colon", "O", "I"])
def test_a_step_that_fails_while_a_dialog_is_open(app: LapseApp, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    goes_on = Flag()
    advance = Workspace.advance

    def held(self: Workspace, *arguments, **how):
        assert goes_on.wait(30)
        return advance(self, *arguments, **how)

    monkeypatch.setattr(Workspace, "advance", held)

    async def steps(pilot: Pilot[None]) -> None:
        session = app.session
        session.pacer.play(until_bad=True)
        session.start_step(session.workspace.clock + 40 * DAY, app.player.stepped)
        await pilot.press(key)
        goes_on.set()
        while session.pacer.reason is None:
            await pilot.pause(0.02)
        await pilot.press("escape")
        assert "overdue" in text_of(app)

    driven(app, steps, WIDE)


def test_a_key_before_the_thread_starts_runs_the_step_itself(app: LapseApp) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        begun = app.session.workspace.clock
        app.session.pacer.play()
        app.player.step()
        app.action_step(1)
        assert app.session.workspace.clock == begun + app.session.pacer.speed.step + DAY
        await pilot.pause(0.1)
        assert app.session.workspace.clock == begun + app.session.pacer.speed.step + DAY

    driven(app, steps, WIDE)


@pytest.mark.parametrize("after", [0.1, 0.45, 0.8, 1.4])
def test_a_fleet_started_over_while_screens_are_prepared(after: float) -> None:
    app = LapseApp(sample(), name="sample")

    async def steps(pilot: Pilot[None]) -> None:
        app.run_worker(app._prepare(MODES))
        await asyncio.sleep(after)
        app._begun(Begun(sample(), False, "anew"))
        await pilot.pause(0.8)
        await app.workers.wait_for_complete()
        await pilot.press("2", "3", "1")
        stacks = app._screen_stacks
        assert all(getattr(stacks[mode][0], "session", None) is app.session for mode in MODES)

    driven(app, steps, WIDE)
