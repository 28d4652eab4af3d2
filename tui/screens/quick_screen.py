"""Screens that come up without the work that Textual does to be sure: styles are applied once, not several times."""

from typing import Final

from textual import events
from textual.timer import Timer

from tui.framework.internals import breakpoint_classes
from tui.widgets.sized_screen import SizedScreen

_AGAIN: Final = 0.004
"""Real seconds between two drawings, at least. Textual lets 0.016 pass, and a key that comes with a step of the clock
waits for them; so little is drawn for either that it needn't.
"""


class QuickScreen(SizedScreen[None], inherit_bindings=False):
    """A screen of a mode. It is to `prepare` before it has widgets."""

    _drawing: Timer | None = None

    @property
    def _update_timer(self) -> Timer:
        """What draws when something changed."""
        if self._drawing is None:
            self._drawing = self.set_interval(_AGAIN, self._on_timer_update, name="screen_update", pause=True)
        return self._drawing

    def prepare(self) -> None:
        """Take over the app's size and look, so that the styles of the widgets to come are right from the first."""
        width, height = self.app.size
        self.add_class(
            *breakpoint_classes(self, width, self.HORIZONTAL_BREAKPOINTS),
            *breakpoint_classes(self, height, self.VERTICAL_BREAKPOINTS),
        )
        self._look = self._present_look()

    def _present_look(self) -> tuple[str, bool]:
        return self.app.theme, self.app.app_focus

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """Let the styles be applied anew only where another look came while another screen was shown."""
        look = self._present_look()
        event.refresh_styles = look != self._look
        self._look = look
