"""Whole processes: how long the plain commands take to start, against `python -c pass`."""

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
    """The sample fleet in a kept file."""
    policy = load_policy()
    document = json.loads(SAMPLE_FLEET.read_text(encoding="utf-8"))
    kept, _ = begin(folder / "sample.db", document, policy.calendar.parse(document["clock"]), policy, "sample")
    kept.close()
    return folder / "sample.db"


def ratio(command: list[str], runs: int = 21) -> float:
    """How many times `python -c pass` a command takes, the two run in turn: the median of the pairs."""
    # Once before, and free to keep what Python compiles: the first start of an installed program is nobody's usual one.
    _seconds(command)
    pairs = [_seconds(command) / _seconds([sys.executable, "-c", "pass"]) for _ in range(runs)]
    return median(pairs)


def _seconds(command: list[str]) -> float:
    started = perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return perf_counter() - started
