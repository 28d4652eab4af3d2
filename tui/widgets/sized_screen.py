"""Screens for which a terminal can be too small: the message they show then, and how they restore the focus."""

from typing import Final, TypeVar

from textual import events
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from tui.commands.keymap import keymap_of

Result = TypeVar("Result")

TALL: Final = 32
"""From this number of lines on, a dialog's text has space around it."""
BREAKPOINTS_ACROSS: Final = [(0, "-tiny"), (60, "-narrow"), (110, "-wide"), (160, "-vast")]
BREAKPOINTS_DOWN: Final = [(0, "-flat"), (15, "-high"), (TALL, "-tall"), (46, "-lofty")]
"""The CSS classes of a screen by its width and by its height. Below 60 columns or 15 lines it shows only that it is too
small.
"""


class TooSmall(Static):
    """Replaces a screen that is too small to read with a message."""

    def __init__(self) -> None:
        super().__init__(classes="too-small", markup=False)

    def on_mount(self) -> None:
        """Write the message, including how to quit."""
        quits = keymap_of(self.app).key("quit-dialog")
        self.update(f"Lapse needs 60 x 15:\nmake the window larger.\n{quits} quits")


class SizedScreen(Screen[Result], inherit_bindings=False):
    """A screen whose parts lose the focus while they are hidden, and get it back when they are shown again."""

    HORIZONTAL_BREAKPOINTS = BREAKPOINTS_ACROSS
    VERTICAL_BREAKPOINTS = BREAKPOINTS_DOWN
    AUTO_FOCUS = None

    _stop: Widget | None = None
    """The widget that last had the focus while it was visible."""

    @property
    def too_small(self) -> bool:
        """Whether the screen shows only that it is too small."""
        return self.has_class("-tiny") or self.has_class("-flat")

    def first_stop(self) -> Widget | None:
        """The widget that has the focus at first."""
        return None

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Remember the focused widget."""
        if not self.too_small and event.widget.screen is self:
            self._stop = event.widget

    def on_resize(self, event: events.Resize) -> None:
        """Restore the focus once the parts are visible again."""
        self.call_after_refresh(self._take_up_focus)

    def on_screen_resume(self) -> None:
        """Restore the focus: the size may have changed while another screen was on top."""
        self._take_up_focus()

    def _take_up_focus(self) -> None:
        if self.too_small or self.focused is not None or not self.is_mounted:
            return
        stop = self._stop if self._stop is not None and self._stop.focusable else self.first_stop()
        if stop is not None:
            self.set_focus(stop)
