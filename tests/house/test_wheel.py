"""A wheel that works: built, installed where nothing of the checkout is on the path, and run from there."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
APART: Final = f"import sys; sys.path[:] = [entry for entry in sys.path if entry != {str(ROOT)!r}]\n"
"""What an editable install puts on the path is taken off it again."""
COMMAND: Final = "from tui.cli import main; sys.exit(main())"


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", *arguments]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the wheel brings, and nothing else of ours."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    (wheel,) = folder.glob("lapse-*.whl")
    pip("install", "--no-deps", "--target", str(folder / "site"), str(wheel))
    return folder / "site"


def lapse(installed: Path, program: str, *arguments: str) -> str:
    """What a program prints that finds Lapse in the wheel's folder alone; what Lapse needs comes from where it is."""
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


def test_the_modules_are_the_wheels(installed: Path) -> None:
    told = lapse(installed, "import core, tui, data; print(core.__file__, tui.__file__, data.__file__, sep='\\n')")
    assert [Path(line).is_relative_to(installed) for line in told.splitlines()] == [True] * 3


def test_simulate_runs_from_it(installed: Path) -> None:
    """The default policy and the sample fleet lie inside."""
    fleet = installed / "data" / "fleets" / "sample.json"
    assert "released" in lapse(installed, COMMAND, "simulate", str(fleet), "--until", "45d")


def test_the_dashboard_runs_from_it(installed: Path) -> None:
    """The styles lie inside: the demo is drawn and quit with its key."""
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


def test_the_scenarios_lie_inside(installed: Path) -> None:
    here, there = ROOT / "data", installed / "data"
    ours = {path.relative_to(here) for path in here.rglob("*") if path.suffix in (".toml", ".json")}
    assert ours == {path.relative_to(there) for path in there.rglob("*") if path.suffix in (".toml", ".json")}
