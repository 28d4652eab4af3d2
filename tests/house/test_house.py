"""Every rule is named in a test and in core; core uses no screen, no clock, no randomness and no environment."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from core.rules.rulebook import load_policy, rules_of
from data import SAMPLE_FLEET
from tests.reference.model import CODES

ROOT = Path(__file__).resolve().parents[2]
CORE = sorted((ROOT / "core").rglob("*.py"))
RULES = list(rules_of(load_policy()))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def words_of_docstrings(folder: Path, pattern: str, *, tests_only: bool = False) -> frozenset[str]:
    """The words in the docstrings of some files, or only in those of their test functions."""
    return frozenset(
        word
        for path in folder.glob(pattern)
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))
        or (not tests_only and isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef))
        for word in re.findall(r"\w+", ast.get_docstring(node) or "")
    )


@cache
def words_of_core() -> frozenset[str]:
    return frozenset(word for path in CORE for word in re.findall(r"\w+", path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_test_that_names_it(rule: str) -> None:
    """The rule's id is in the docstring of a test function, beside the history and the dates."""
    assert rule in words_of_docstrings(ROOT / "tests" / "rules", "test_rules_*.py", tests_only=True)


@pytest.mark.parametrize("code", [*CODES, "time_goes_forward"])
def test_every_refusal_has_a_test_that_names_it(code: str) -> None:
    assert code in words_of_docstrings(ROOT / "tests" / "rules", "test_rules_refusals.py")


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_named_in_core(rule: str) -> None:
    """A reader who searches for a rule's id finds the code that implements it."""
    assert rule in words_of_core()


def imported(code: str, *arguments: str) -> set[str]:
    """The top-level packages that a fresh process has loaded after running some code."""
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


def test_core_imports_no_screen() -> None:
    """Importing all of core loads neither textual nor rich nor tui."""
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in CORE]
    assert not {"textual", "rich", "tui"} & imported("\n".join(f"import {name}" for name in names))


def test_help_imports_little() -> None:
    """`lapse --help` loads neither a screen nor a database."""
    loaded = imported("import sys\nfrom tui.cli import main\nmain(['--help'])")
    assert not {"textual", "rich", "sqlite3", "sqlite_utils"} & loaded


def test_plain_commands_import_no_screen(tmp_path: Path) -> None:
    """Neither importing their modules nor running them loads textual or rich."""
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
def test_core_has_no_clock_no_randomness_and_no_environment(path: Path) -> None:
    """T2: only a person moves the clock. The same input gives the same history wherever and whenever it runs."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            assert not {name.name.partition(".")[0] for name in node.names} & FORBIDDEN_MODULES
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in FORBIDDEN_MODULES
            assert not {name.name for name in node.names} & FORBIDDEN_NAMES
        elif isinstance(node, ast.Attribute):
            assert node.attr not in FORBIDDEN_NAMES


@pytest.mark.parametrize("path", CORE, ids=[str(path.relative_to(ROOT)) for path in CORE])
def test_core_does_not_calculate_with_floats(path: Path) -> None:
    """M1: core has no float literal, does not use the type, and does not divide with `/`."""
    for node in ast.walk(tree_of(path)):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value % 1)
        assert not (isinstance(node, ast.Name) and node.id == "float")
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            # Paths are joined with the same operator.
            assert isinstance(node.left, ast.Name | ast.Attribute | ast.BinOp), ast.unparse(node)
            assert isinstance(node.right, ast.Constant | ast.JoinedStr | ast.Name), ast.unparse(node)
