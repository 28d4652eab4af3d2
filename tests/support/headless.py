"""Saves work that an invisible app need not repeat, so that tests of what keys do take half the time.

In tests that ask for it, nothing is painted between two reads of the screen; a read draws all of it. Apps with the same
style sheet and theme share the parsed rules.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import pytest
from rich.console import RenderableType
from textual._compositor import Compositor
from textual._context import active_app
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation
from textual.screen import Screen

_paint = Compositor.render_update
_parse = Stylesheet._parse_rules
_paints: ContextVar[bool] = ContextVar("paints", default=True)
_parsed: dict[object, list[RuleSet]] = {}


@contextmanager
def unpainted() -> Iterator[None]:
    """Paint only when a test reads the screen, instead of after each change."""
    before = _paints.set(False)
    try:
        yield
    finally:
        _paints.reset(before)


def _paint_if_asked(
    self: Compositor, full: bool = False, screen_stack: list[Screen[object]] | None = None, simplify: bool = False
) -> RenderableType | None:
    if full or _paints.get() or not active_app.get().is_headless:
        return _paint(self, full, screen_stack, simplify)
    self._dirty_regions.clear()
    return None


def _parse_once(
    self: Stylesheet,
    css: str,
    read_from: CSSLocation,
    is_default_rules: bool = False,
    tie_breaker: int = 0,
    scope: str = "",
) -> list[RuleSet]:
    key = (css, read_from, is_default_rules, tie_breaker, scope, frozenset(self._variables.items()))
    if key not in _parsed:
        _parsed[key] = _parse(self, css, read_from, is_default_rules, tie_breaker, scope)
    return _parsed[key]


def install() -> None:
    """Apply these savings to all apps of this process."""
    patch = pytest.MonkeyPatch()
    patch.setattr(Compositor, "render_update", _paint_if_asked)
    patch.setattr(Stylesheet, "_parse_rules", _parse_once)
