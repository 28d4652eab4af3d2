"""Textual's private names: those that we use exist, only one module uses them, and none is overridden by accident."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from textual.app import App
from textual.driver import Driver
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from tests.house.test_imports import MODULES
from tui.framework import internals

ROOT: Final = Path(__file__).resolve().parents[2]
USED: Final = {
    App: ("_background_screens", "_check_bindings", "_css_update_count", "_driver", "_exit", "_init_mode", "_modes",
          "_screen_stacks"),
    Screen: ("_compositor", "_css_update_count", "_dirty_widgets", "_get_breakpoint_classes", "_layout_required",
             "_layout_widgets", "_refresh_layout", "_repaint_required", "_scroll_required"),
    Widget: ("_get_style", "_styles_cache"),
    Input: ("_on_key", "_on_paste"),
    Driver: ("_mouse", "_enable_mouse_support", "_disable_mouse_support"),
}  # fmt: skip
"""The private names that the module uses, by Textual's class. Those of Driver are in its subclass for terminals."""
_SET: Final[dict[type[object], set[str]]] = {}
OF_SUBCLASSES: Final = {
    name for table in (internals.OVERRIDDEN, internals.INHERITED) for names in table.values() for name in names
}


def class_of(name: str) -> type[object]:
    module, _, found = name.partition(":")
    kind = getattr(importlib.import_module(module), found)
    assert isinstance(kind, type)
    return kind


def has(kind: type[object], name: str) -> bool:
    """Whether a class has an attribute of its own or of a base, or sets it on its instances."""
    return any(has_own(base, name) for base in kind.__mro__ if base.__module__.startswith("textual"))


@pytest.mark.parametrize("kind", USED, ids=lambda kind: kind.__name__)
def test_what_is_used_exists(kind: type[object]) -> None:
    there = class_of("textual.drivers.linux_driver:LinuxDriver") if kind is Driver else kind
    assert [name for name in USED[kind] if not has(there, name)] == []


@pytest.mark.parametrize("table", [internals.OVERRIDDEN, internals.INHERITED])
def test_what_our_subclasses_need_exists(table: dict[str, tuple[str, ...]]) -> None:
    missing = [(name, inner) for name, names in table.items() for inner in names if not has(class_of(name), inner)]
    assert missing == []


def test_the_table_is_complete() -> None:
    """The table above names every private attribute in the module, and no other."""
    tree = ast.parse(inspect.getsource(internals))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr.startswith("_")}
    assert used == {name for names in USED.values() for name in names}


def our_classes() -> Iterator[type[object]]:
    """Every class of the dashboard that has a base in Textual."""
    for module in MODULES:
        if module.startswith("tui."):
            for kind in vars(importlib.import_module(module)).values():
                if isinstance(kind, type) and kind.__module__ == module and issubclass(kind, MessagePump | Driver):
                    yield kind


def test_nothing_else_is_overridden() -> None:
    """If a private method of ours had the name of one of Textual's, Textual would call it."""
    found = {
        (kind.__name__, name)
        for kind in our_classes()
        for name in re.findall(r"^    (?:async )?def (_[a-z]\w+)", inspect.getsource(kind), re.MULTILINE)
        if name not in OF_SUBCLASSES
        for base in kind.__mro__[1:]
        if base.__module__.startswith("textual") and has_own(base, name)
    }
    assert found == set()


def has_own(kind: type[object], name: str) -> bool:
    """Whether a class itself has an attribute, or sets it on its instances."""
    return name in vars(kind) or name in set_by(kind)


def set_by(kind: type[object]) -> set[str]:
    """The attributes that a class sets on its instances."""
    if kind not in _SET:
        _SET[kind] = set(re.findall(r"self\.(\w+)\s*(?::[^=\n]*)?=", inspect.getsource(kind)))
    return _SET[kind]


def test_no_other_module_imports_a_private_module() -> None:
    for module, path in MODULES.items():
        if module != internals.__name__:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"from textual(?:\.\w+)*\._|import textual\._", text), module


def test_no_other_module_reaches_into_textual() -> None:
    """No attribute is used that only Textual has. Names that our own classes use as well don't count."""
    textual = {name for names in USED.values() for name in names}
    ours = {"_exit", "_modes", "_driver", *OF_SUBCLASSES}
    found = [
        (module, node.lineno, node.attr)
        for module, path in MODULES.items()
        if module != internals.__name__ and module.startswith("tui.")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in textual - ours
    ]
    assert found == []


def test_the_version_is_pinned() -> None:
    """The version is pinned exactly, because any release may remove a private name."""
    import textual

    assert f'"textual=={textual.__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
