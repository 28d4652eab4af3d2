"""Every private name of Textual that Lapse uses, in one place; the version of Textual is pinned exactly.

Other modules call the functions. `OVERRIDDEN` and `INHERITED` list what our subclasses override or read.
`tests/house/test_framework.py` checks that each name exists, and that nothing else is overridden by accident.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

from textual import events
from textual._compositor import LayoutUpdate
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Input
from textual.widgets._toast import ToastRack

Result = TypeVar("Result")
Other = TypeVar("Other")

__all__ = ["ParseError", "ToastRack", "XTermParser"]

OVERRIDDEN: Final[Mapping[str, tuple[str, ...]]] = {
    "textual.app:App": ("_display", "_handle_exception"),
    "textual.screen:Screen": ("_on_screen_resume", "_on_timer_update", "_update_timer"),
    "textual.widgets:Input": ("_on_key",),
    "textual.drivers.linux_driver:LinuxDriver": ("_disable_mouse_support",),
}
"""Private methods that our subclasses override or call, by the class that has them. Only some systems have them all."""
INHERITED: Final[Mapping[str, tuple[str, ...]]] = {
    "textual.driver:Driver": ("_app", "_debug", "_loop"),
    "textual.drivers.linux_driver:LinuxDriver": ("_file", "_key_thread", "_mouse_pixels"),
}
"""Private attributes that our subclasses read or set, by the class that sets them."""


# Screens


def every_screen(app: App[Result]) -> Iterator[Screen[object]]:
    """The screens of all modes, whether shown or not."""
    for stack in app._screen_stacks.values():
        yield from stack


def has_mode(app: App[Result], mode: str) -> bool:
    """Whether the app has a mode of this name."""
    return mode in app._modes


def has_screen(app: App[Result], mode: str) -> bool:
    """Whether the screen of a mode was made."""
    return mode in app._screen_stacks


async def make_screen(app: App[Result], mode: str) -> Screen[object]:
    """Make the screen of a mode without showing it."""
    await app._init_mode(mode)
    return app._screen_stacks[mode][0]


def lay_out(screen: Screen[Result], size: Size) -> None:
    """Lay out a screen that is not shown."""
    screen._refresh_layout(size)


def draw_unseen(screen: Screen[Result], size: Size) -> None:
    """Lay out and draw a screen that is not shown, and drop the requests to do so again when it is shown."""
    screen._refresh_layout(size)
    screen._compositor.render_update(full=True)
    screen._layout_required = screen._scroll_required = screen._repaint_required = False
    screen._layout_widgets.clear()
    screen._dirty_widgets.clear()


def take_styles_of(app: App[Result], screen: Screen[Other]) -> None:
    """Mark a new screen as styled for the app's current theme, so that it does not read all styles again."""
    screen._css_update_count = app._css_update_count


def breakpoint_classes(screen: Screen[Result], size: int, breakpoints: list[tuple[int, str]] | None) -> set[str]:
    """The breakpoint classes of a screen whose width, or height, is `size` cells."""
    return screen._get_breakpoint_classes(size, breakpoints or [])


def drawn_rows(app: App[Result]) -> list[list[Strip]]:
    """All rows that are drawn, including the screens behind a dialog; each row is a list of strips."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert isinstance(update, LayoutUpdate)
    return [list(strips) for strips in update.strips]


def is_leaving(app: App[Result]) -> bool:
    """Whether the app was asked to end."""
    return app._exit


# Keys and text fields


async def press_binding(app: App[Result], key: str) -> bool:
    """Run the command that a key is bound to for the focused widget; False if it is bound to none."""
    return await app._check_bindings(key)


async def type_key(field: Input, event: events.Key) -> None:
    """Make a text field handle a key now, without its message queue."""
    await field._on_key(event)


def paste(field: Input, event: events.Paste) -> None:
    """Make a text field insert a pasted text now, without its message queue."""
    field._on_paste(event)


# Drawing


def style_parser(widget: Widget) -> Callable[[str | Style], Style]:
    """The function that turns the name of a style into a style, as the widget draws it."""
    return widget._get_style


def forget_lines(widget: Widget) -> None:
    """Drop the lines of a widget that Textual has cached."""
    widget._styles_cache.clear()


# The terminal


def driver_of(app: App[Result]) -> Driver | None:
    """The driver, which reads and writes the terminal; None if the app is not running."""
    return app._driver


def turn_mouse(app: App[Result], on: bool) -> None:
    """Make the terminal report the mouse to the app, or keep the mouse for selecting text."""
    if sys.platform == "win32":
        return
    from textual.drivers.linux_driver import LinuxDriver

    driver = app._driver
    if isinstance(driver, LinuxDriver):
        # The driver ignores both calls while this flag is off.
        driver._mouse = True
        if on:
            driver._enable_mouse_support()
        else:
            driver._disable_mouse_support()
            driver._mouse = False
