"""Screens that a terminal can be too small for: what they say then, and the focus that they take up again after it."""

from typing import Final, TypeVar

from textual import events
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from tui.commands.keymap import keymap_of

Result = TypeVar("Result")

TALL: Final = 32
"""From so many lines on there is room around what a dialog says."""
BREAKPOINTS_ACROSS: Final = [(0, "-tiny"), (60, "-narrow"), (110, "-wide"), (160, "-vast")]
BREAKPOINTS_DOWN: Final = [(0, "-flat"), (15, "-high"), (TALL, "-tall"), (46, "-lofty")]
"""The class a screen has by its width, and the one by its height. Under 60 columns or 15 lines it only says that it is
too small.
"""


class TooSmall(Static):
    """Says so instead of a screen that can't be read."""

    def __init__(self) -> None:
        super().__init__(classes="too-small", markup=False)

    def on_mount(self) -> None:
        """Say how to leave, too."""
        quits = keymap_of(self.app).key("quit-dialog")
        self.update(f"Lapse needs 60 x 15:\nmake the window larger.\n{quits} quits")


class SizedScreen(Screen[Result], inherit_bindings=False):
    """A screen whose parts lose the focus while they can't be seen, and have it again when they can."""

    HORIZONTAL_BREAKPOINTS = BREAKPOINTS_ACROSS
    VERTICAL_BREAKPOINTS = BREAKPOINTS_DOWN
    AUTO_FOCUS = None

    _stop: Widget | None = None
    """What had the focus last while it could be seen."""

    @property
    def too_small(self) -> bool:
        """Whether it shows nothing but that it is too small."""
        return self.has_class("-tiny") or self.has_class("-flat")

    def first_stop(self) -> Widget | None:
        """What has the focus at first."""
        return None

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Remember it."""
        if not self.too_small and event.widget.screen is self:
            self._stop = event.widget

    def on_resize(self, event: events.Resize) -> None:
        """Give the focus back once the parts are seen again."""
        self.call_after_refresh(self._take_up_focus)

    def on_screen_resume(self) -> None:
        """Give the focus back: another screen may have been over it while the size changed."""
        self._take_up_focus()

    def _take_up_focus(self) -> None:
        if self.too_small or self.focused is not None or not self.is_mounted:
            return
        stop = self._stop if self._stop is not None and self._stop.focusable else self.first_stop()
        if stop is not None:
            self.set_focus(stop)
