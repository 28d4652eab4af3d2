"""The documents match the code: they name every package, module, table and column, and nothing that does not exist."""

import re
import sqlite3
from contextlib import closing
from typing import Final

from core.store.schema import migrate
from tests.house.test_imports import PACKAGES, ROOT

DOCS: Final = ROOT / "docs"


def sections(text: str) -> dict[str, str]:
    """The text under each heading of the second level, by heading."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_module_is_named_under_its_package() -> None:
    told = sections((DOCS / "packages.md").read_text(encoding="utf-8"))
    inner = [package for package in PACKAGES if "." in package]
    assert list(told) == [package.replace(".", "/") for package in inner]
    for package in inner:
        folder = package.replace(".", "/")
        there = sorted(path.stem for path in (ROOT / folder).glob("*.py") if path.stem != "__init__")
        named = [name for name in re.findall(r"`([a-z_]+)`", told[folder]) if name in there]
        assert sorted(named) == there, package


def test_every_package_is_on_the_map() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert [package for package in PACKAGES if "." in package and f"`{package.replace('.', '/')}`" not in text] == []


def test_every_path_in_a_document_exists() -> None:
    documents = [*DOCS.glob("*.md"), ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"]
    for document in documents:
        named = re.findall(r"`((?:core|tui|data|tests|docs)/[\w./]+)`", document.read_text(encoding="utf-8"))
        assert [path for path in named if not (ROOT / path).exists()] == [], document.name


def test_every_table_and_column_is_documented() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        tables = {
            name: [column for _, column, *_ in connection.execute(f"PRAGMA table_info({name})")]
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith(("sqlite_", "_"))
        }
    rows = re.findall(r"^\| `(\w+)` \| .+? \| (.+) \|$", (DOCS / "file.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {name: re.findall(r"`(\w+)`", columns) for name, columns in rows} == tables
