"""Screens that open faster than Textual's own: styles are applied once instead of several times."""

from typing import Final

from textual import events
from textual.timer import Timer

from tui.framework.internals import breakpoint_classes
from tui.widgets.sized_screen import SizedScreen

_AGAIN: Final = 0.004
"""Least real seconds between two updates of the screen. Textual's 0.016 would delay a key that arrives during a clock
step, and both draw too little to need that pause.
"""


class QuickScreen(SizedScreen[None], inherit_bindings=False):
    """A screen of a mode. It must call `prepare` before it creates widgets."""

    _drawing: Timer | None = None

    @property
    def _update_timer(self) -> Timer:
        """The timer that draws pending changes."""
        if self._drawing is None:
            self._drawing = self.set_interval(_AGAIN, self._on_timer_update, name="screen_update", pause=True)
        return self._drawing

    def prepare(self) -> None:
        """Adopt the app's size and look, so that new widgets get their final styles at once."""
        width, height = self.app.size
        self.add_class(
            *breakpoint_classes(self, width, self.HORIZONTAL_BREAKPOINTS),
            *breakpoint_classes(self, height, self.VERTICAL_BREAKPOINTS),
        )
        self._look = self._present_look()

    def _present_look(self) -> tuple[str, bool]:
        return self.app.theme, self.app.app_focus

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """Apply the styles again only if the look changed while another screen was shown."""
        look = self._present_look()
        event.refresh_styles = look != self._look
        self._look = look
