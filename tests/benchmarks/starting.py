"""Whole processes: how long commands without a screen take, against `python -c pass`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from core.rules.rulebook import load_policy
from core.workspace.importing import begin
from data import SAMPLE_FLEET

LAPSE = Path(sys.executable).with_name("lapse")


def sample_file(folder: Path) -> Path:
    """The file of the sample fleet."""
    policy = load_policy()
    document = json.loads(SAMPLE_FLEET.read_text(encoding="utf-8"))
    kept, _ = begin(folder / "sample.db", document, policy.calendar.parse(document["clock"]), policy, "sample")
    kept.close()
    return folder / "sample.db"


def ratio(command: list[str], runs: int = 21) -> float:
    """How many times as long as `python -c pass` a command takes. The two run in turn; the result is the median of the
    ratios.
    """
    # Run once before, so that Python can store compiled modules: the first start after an install is not typical.
    _seconds(command)
    pairs = [_seconds(command) / _seconds([sys.executable, "-c", "pass"]) for _ in range(runs)]
    return median(pairs)


def _seconds(command: list[str]) -> float:
    started = perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return perf_counter() - started
