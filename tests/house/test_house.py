"""Rules of the house: every rule is tested and named where it lives; core knows no screen, no clock and no chance."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.rules.rulebook import load_policy, rules_of
from data import SAMPLE_FLEET
from tests.reference.model import CODES

ROOT = Path(__file__).resolve().parents[2]
CORE = sorted((ROOT / "core").rglob("*.py"))
RULES = list(rules_of(load_policy()))


def docstrings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(node) or ""


def words(texts: Iterator[str]) -> set[str]:
    return {word for text in texts for word in re.findall(r"\w+", text)}


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_test_that_names_it(rule: str) -> None:
    """In the docstring of a test function, where its history and its dates stand."""
    named: set[str] = set()
    for path in (ROOT / "tests" / "rules").glob("test_rules_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                named |= words(iter([ast.get_docstring(node) or ""]))
    assert rule in named


@pytest.mark.parametrize("code", [*CODES, "time_goes_forward"])
def test_every_refusal_has_a_test_that_names_it(code: str) -> None:
    assert code in words(docstrings(ROOT / "tests" / "rules" / "test_rules_refusals.py"))


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_named_where_it_lives(rule: str) -> None:
    """Somewhere in core, so that one who looks for a rule's id finds the code that keeps it."""
    assert any(re.search(rf"\b{rule}\b", path.read_text(encoding="utf-8")) for path in CORE)


def imported(code: str, *arguments: str) -> set[str]:
    """The packages that a fresh process has loaded after some code."""
    ending = "\nimport sys\nprint('\\n' + ' '.join(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", code + ending, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_core_knows_no_screen() -> None:
    """Importing all of it loads neither textual nor rich nor tui."""
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in CORE]
    assert not {"textual", "rich", "tui"} & imported("\n".join(f"import {name}" for name in names))


def test_help_loads_next_to_nothing() -> None:
    """Neither a screen nor a database."""
    loaded = imported("import sys\nfrom tui.cli import main\nmain(['--help'])")
    assert not {"textual", "rich", "sqlite3", "sqlite_utils"} & loaded


def test_plain_commands_load_no_screen(tmp_path: Path) -> None:
    """All modules of the plain commands, and each of these run on a kept fleet."""
    names = [f"tui.plain.{path.stem}" for path in (ROOT / "tui" / "plain").glob("*.py") if path.stem != "__init__"]
    code = "\n".join(
        [
            *(f"import {name}" for name in names),
            "import sys",
            "from tui.cli import main",
            "db, fleet = ['--db', sys.argv[1]], sys.argv[2]",
            "assert main(['simulate', fleet, '--until', '40d', '--json']) == 0",
            "assert main(['import', fleet, *db]) == 0",
            "for command in ('status', 'log', 'verify', 'rules'):",
            "    assert main([command, *(db if command != 'rules' else [])]) == 0",
            "assert main(['advance', '10d', *db]) == 0",
            "assert main(['top-up', 'acme', '500', *db]) == 0",
            "assert main(['advance', '--help']) == 0",
            "assert main(['nonsense']) == 2",
        ]
    )
    assert not {"textual", "rich"} & imported(code, str(tmp_path / "fleet.db"), str(SAMPLE_FLEET))


FORBIDDEN_MODULES = {"random", "secrets", "uuid", "time", "locale", "zoneinfo", "getpass", "socket", "tempfile"}
FORBIDDEN_NAMES = {
    "now", "utcnow", "today", "environ", "environb", "getenv", "getenvb", "urandom", "fromtimestamp", "localtime",
    "astimezone",
}  # fmt: skip


@pytest.mark.parametrize("path", CORE, ids=[str(path.relative_to(ROOT)) for path in CORE])
def test_core_has_no_clock_no_chance_and_no_environment(path: Path) -> None:
    """T2: only a person moves the clock; the same input gives the same history, wherever and whenever it runs."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not {name.name.partition(".")[0] for name in node.names} & FORBIDDEN_MODULES
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in FORBIDDEN_MODULES
            assert not {name.name for name in node.names} & FORBIDDEN_NAMES
        elif isinstance(node, ast.Attribute):
            assert node.attr not in FORBIDDEN_NAMES


@pytest.mark.parametrize("path", CORE, ids=[str(path.relative_to(ROOT)) for path in CORE])
def test_core_does_not_count_in_floats(path: Path) -> None:
    """M1: no float is written, asked for, or made by a division of whole numbers."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value % 1)
        assert not (isinstance(node, ast.Name) and node.id == "float")
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            # A path and its parts are joined with the same sign.
            assert isinstance(node.left, ast.Name | ast.Attribute | ast.BinOp), ast.unparse(node)
            assert isinstance(node.right, ast.Constant | ast.JoinedStr | ast.Name), ast.unparse(node)
