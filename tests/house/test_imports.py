"""Imports only go down the list of packages, and modules never import in a circle."""

import ast
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = (
    "data",
    "core",
    "core.base",
    "core.world",
    "core.rules",
    "core.simulation",
    "core.ahead",
    "core.words",
    "core.formats",
    "core.store",
    "core.workspace",
    "tui.framework",
    "tui.text",
    "tui.process",
    "tui.settings",
    "tui.live",
    "tui.commands",
    "tui.lists",
    "tui.widgets",
    "tui.look",
    "tui.dialogs",
    "tui.screens",
    "tui.app",
    "tui.recording",
    "tui.plain",
    "tui",
)
"""From the bottom up. A package may import from itself and from the packages before it."""
MODULES: Final = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for folder in ("core", "tui", "data")
    for path in sorted((ROOT / folder).rglob("*.py"))
}


def package_of(module: str) -> str:
    """The package of a module. A package is its own package."""
    return module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]


def imports_of(source: str) -> Iterator[str]:
    """Our own modules that a source imports anywhere: at the top, in a function, or only for type checking."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                found = inner if inner in MODULES else node.module
                if found in MODULES:
                    yield found


IMPORTS: Final = {module: set(imports_of(path.read_text(encoding="utf-8"))) for module, path in MODULES.items()}


def upward(module: str, imported: set[str]) -> list[str]:
    """The modules of higher packages that a module imports."""
    level = PACKAGES.index(package_of(module))
    return sorted(name for name in imported if PACKAGES.index(package_of(name)) > level)


def test_every_package_is_listed() -> None:
    assert {package_of(module) for module in MODULES} == set(PACKAGES)


@pytest.mark.parametrize("module", MODULES)
def test_imports_only_go_down(module: str) -> None:
    assert not upward(module, IMPORTS[module])


def test_an_import_that_goes_up_is_found() -> None:
    source = "def ask():\n    from tui.app.lapse_app import LapseApp\n"
    assert upward("core.workspace.workspace", set(imports_of(source))) == ["tui.app.lapse_app"]


def test_no_circle() -> None:
    """Modules of the same package don't import in a circle either."""
    try:
        TopologicalSorter(IMPORTS).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_no_two_modules_have_the_same_name() -> None:
    """A file's name alone identifies it."""
    names = Counter(path.stem for path in MODULES.values() if path.name != "__init__.py")
    assert [name for name, count in names.items() if count > 1] == []
