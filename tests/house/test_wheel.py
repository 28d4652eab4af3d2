"""The wheel works: it is built, installed in a folder outside of the checkout, and run from there."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
APART: Final = f"import sys; sys.path[:] = [entry for entry in sys.path if entry != {str(ROOT)!r}]\n"
"""Takes the checkout, which an editable install adds, off the import path."""
COMMAND: Final = "from tui.cli import main; sys.exit(main())"


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", *arguments]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content only."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    (wheel,) = folder.glob("lapse-*.whl")
    pip("install", "--no-deps", "--target", str(folder / "site"), str(wheel))
    return folder / "site"


def lapse(installed: Path, program: str, *arguments: str) -> str:
    """The output of a program that imports Lapse from the wheel's folder; dependencies come from the environment."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "HOME": str(installed.parent)}
    done = subprocess.run(
        [sys.executable, "-c", APART + program, *arguments],
        check=False,
        cwd=installed.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_modules_come_from_the_wheel(installed: Path) -> None:
    told = lapse(installed, "import core, tui, data; print(core.__file__, tui.__file__, data.__file__, sep='\\n')")
    assert [Path(line).is_relative_to(installed) for line in told.splitlines()] == [True] * 3


def test_simulate_runs_from_the_wheel(installed: Path) -> None:
    """The wheel contains the default policy and the sample fleet."""
    fleet = installed / "data" / "fleets" / "sample.json"
    assert "released" in lapse(installed, COMMAND, "simulate", str(fleet), "--until", "45d")


def test_the_dashboard_runs_from_the_wheel(installed: Path) -> None:
    """The wheel contains the styles: the demo is drawn, and its key quits it."""
    program = (
        "import asyncio\n"
        "from core.rules.rulebook import load_policy\n"
        "from core.store.file import MEMORY\n"
        "from core.workspace.importing import begin_sample\n"
        "from tui.app.lapse_app import LapseApp\n"
        "async def run():\n"
        "    app = LapseApp(begin_sample(MEMORY, load_policy()), name='sample')\n"
        "    async with app.run_test(size=(80, 24)) as pilot:\n"
        "        await pilot.pause()\n"
        "        print(app.screen.query('RowTable').first().size.height > 3)\n"
        "        await pilot.press('q')\n"
        "asyncio.run(run())\n"
    )
    assert lapse(installed, program).strip() == "True"


def test_the_wheel_contains_the_scenarios(installed: Path) -> None:
    here, there = ROOT / "data", installed / "data"
    ours = {path.relative_to(here) for path in here.rglob("*") if path.suffix in (".toml", ".json")}
    assert ours == {path.relative_to(there) for path in there.rglob("*") if path.suffix in (".toml", ".json")}
