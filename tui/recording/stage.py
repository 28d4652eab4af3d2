"""Plays a script in the dashboard, in this process and in scripted time, and records every frame that differs."""

import asyncio
from typing import Final

from rich.console import RenderableType
from textual import _time, events
from textual.color import Color
from textual.notifications import Notify
from textual.screen import Screen

from core.base.errors import BadInput, Refused
from core.base.instants import Duration
from tui.app.lapse_app import LapseApp
from tui.commands.table import BY_NAME
from tui.framework.internals import drawn_rows, is_leaving
from tui.recording.captions import CaptionBand
from tui.recording.environment import bare_environment
from tui.recording.fleet import fleet_of
from tui.recording.keys import character_of
from tui.recording.pictures import Chapter, Colour, Frame, Inks, Look, Recording
from tui.recording.script import MAX_LENGTH, SECOND, TOO_LONG, Script, Step
from tui.recording.scripted_time import ScriptedLoop, scripted
from tui.settings.settings import Settings, SettingsStore

_FRAME_INTERVAL: Final = 5
"""Hundredths of a second between two looks at the screen."""
_WARM_UP: Final = 1.0
"""Seconds for the dashboard to be drawn before the recording begins."""
_SETTLING: Final = 0.001
"""The screen is read this many seconds after an instant, so that everything due at the instant has been done."""
_KEYS_STAY: Final = 120
"""How long pressed keys are shown, in hundredths of a second."""
_PLAY: Final = BY_NAME["play"].keys[0]


def record(script: Script) -> Recording:
    """Play a script. Raises BadInput if its fleet can't be read or a step can't be done."""
    with bare_environment(), asyncio.Runner(loop_factory=ScriptedLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, ScriptedLoop)
        recorded: list[Recording] = []
        with scripted(loop):
            # Not as the coroutine's result: when the runner restores ctrl+c, it makes a repr of the whole result.
            runner.run(_record(script, loop, recorded))
    return recorded[0]


async def _record(script: Script, loop: ScriptedLoop, recorded: list[Recording]) -> None:
    workspace = fleet_of(script)
    # Settings of its own, in memory, so that the user's settings change nothing.
    app = _StagedApp(workspace, name=workspace.head.name, kept=SettingsStore(Settings(theme=script.theme)))
    async with app.run_test(size=(script.columns, script.rows), notifications=True):
        try:
            await asyncio.sleep(_WARM_UP)
            stage = _Stage(app, script, loop)
            for step in script.steps:
                try:
                    await stage.do(step)
                except (BadInput, Refused) as error:
                    raise BadInput(f"{script.path}: step {step.number}: {error}") from None
            recorded.append(stage.recording())
        finally:
            loop.end_script()


class _StagedApp(LapseApp):
    """The dashboard for a recording. `drawn` tells whether it has drawn anything since it was set to False.

    Its notifications are dated in scripted time: Textual would date them in real time.
    """

    CSS_PATH = "../app/app.tcss"
    drawn = True

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        super()._display(screen, renderable)
        self.drawn = True

    def on_notify(self, event: Notify) -> None:
        """Date a notification in scripted time before it is shown."""
        event.notification.raised_at = _time.get_time()


class _Stage:
    """Presses a script's keys in the dashboard and records the frames."""

    def __init__(self, app: _StagedApp, script: Script, loop: ScriptedLoop) -> None:
        self._app = app
        self._script = script
        self._loop = loop
        self._begun = loop.time()
        self._at = 0
        self._hidden = False
        self._caption = ""
        self._keys = ""
        self._keys_until = 0
        self._below = ("", "")
        self._frames: list[Frame] = []
        self._chapters: list[Chapter] = []
        self._ground = self._look_of("foreground", "background")
        self._inks = Inks(self._ground, app.ansi_theme)
        accent = self._look_of("background", "accent")
        self._band = CaptionBand(
            self._look_of("foreground", "surface"),
            self._look_of("foreground", "surface")._replace(bold=True),
            accent._replace(bold=True),
        )

    async def do(self, step: Step) -> None:
        """Do one step. Raises BadInput and Refused if it can't be done."""
        self._hidden = step.hidden
        if step.caption is not None and step.caption != self._caption:
            self._caption = step.caption
            if step.caption:
                self._chapters.append(Chapter(self._at, step.caption))
        self._record_frame()
        for key in step.keys:
            await self._press(key, step.shown_keys, step.gap)
        if step.play is not None:
            await self._play(step.play)
        await self._wait(step.pause)

    def recording(self) -> Recording:
        """The recording up to now."""
        self._hidden = False
        self._record_frame()
        bar = self._look_of("foreground", "panel")
        frames, chapters = tuple(self._frames), tuple(self._chapters)
        return Recording(self._script.title, self._ground, bar, frames, chapters, max(self._at, 1))

    async def _press(self, key: str, shown_keys: str, gap: int) -> None:
        if shown_keys:
            self._keys, self._keys_until = shown_keys, self._at + (0 if self._hidden else _KEYS_STAY)
        self._app.post_message(events.Key(key, character_of(key)))
        await self._wait(gap)

    async def _play(self, duration: Duration) -> None:
        """Play until the clock has moved on by `duration`, or until the dashboard pauses by itself."""
        workspace = self._app.session.workspace
        to = workspace.calendar.after(workspace.clock, duration)
        if not self._is_playing():
            await self._press(_PLAY, BY_NAME["play"].key, 0)
        if not self._is_playing():
            raise BadInput("the clock can't play here: close the dialog that is open first")
        while self._is_playing() and workspace.clock < to:
            await self._wait(_FRAME_INTERVAL)
        if self._is_playing():
            await self._press(_PLAY, BY_NAME["play"].key, 0)

    def _is_playing(self) -> bool:
        return self._app.session.pacer.playing

    async def _wait(self, hundredths: int) -> None:
        """Let scripted time pass, and record a frame whenever the screen has changed. A hidden step records none."""
        if self._hidden:
            self._begun += hundredths / SECOND
            hundredths = 0
        end = self._at + hundredths
        if end > MAX_LENGTH:
            raise BadInput(TOO_LONG)
        await self._catch_up()
        while self._at < end:
            self._at = min(self._at - self._at % _FRAME_INTERVAL + _FRAME_INTERVAL, end)
            await self._catch_up()
            self._record_frame()

    async def _catch_up(self) -> None:
        """Let the dashboard do everything that is due by `self._at`."""
        await asyncio.sleep(max(self._begun + self._at / SECOND - self._loop.time(), 0))
        # Scripted time moves on only when all work of an instant is done: this returns after that.
        await asyncio.sleep(_SETTLING)
        if is_leaving(self._app):
            raise BadInput("quits the dashboard: remove the key that does it")

    def _record_frame(self) -> None:
        """Record a frame if the screen, the caption or the keys differ from the last one."""
        if self._hidden:
            return
        app, script = self._app, self._script
        keys = self._keys if self._at < self._keys_until else ""
        if not app.drawn and (self._caption, keys) == self._below:
            return
        app.drawn, self._below = False, (self._caption, keys)
        rows = [
            self._inks.row((segment for strip in strips for segment in strip), script.columns)
            for strips in drawn_rows(app)
        ]
        if script.caption_rows:
            rows += self._band.rows(script.columns, self._caption, keys)
        if self._frames and self._frames[-1].at == self._at:
            self._frames.pop()
        before = self._frames[-1].rows if self._frames else ()
        if tuple(rows) != before:
            # Reuse the objects of unchanged rows, so that frames can be compared quickly.
            same = zip(rows, before or rows, strict=True)
            self._frames.append(Frame(self._at, tuple(old if old == new else new for new, old in same)))

    def _look_of(self, foreground: str, background: str) -> Look:
        """A look from the names of two theme colours."""
        return Look(self._colour(foreground, foreground=True), self._colour(background, foreground=False))

    def _colour(self, name: str, *, foreground: bool) -> Colour:
        colour = Color.parse(self._app.get_css_variables()[name]).rich_color
        red, green, blue = colour.get_truecolor(self._app.ansi_theme, foreground=foreground)
        return red, green, blue
