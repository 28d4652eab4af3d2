"""Measures and prints every ratio that the project promises. `make bench` runs it."""

import tempfile
from pathlib import Path
from statistics import median

from tests.benchmarks import clockwork, keeping, keys, starting

ROUNDS = 7
SMALL, LARGE = 10_000, 100_000


def report(what: str, value: float, limit: float, *, at_least: bool = False, unit: str = "x") -> None:
    """Print one line: whether the bound is kept, the measured value, the bound, and what was measured."""
    kept = value >= limit if at_least else value <= limit
    bound = f"{'at least' if at_least else 'at most'} {limit:g}{unit}"
    print(f"{'ok  ' if kept else 'MISS'}  {value:8.2f}{unit:3}  {bound:17}  {what}", flush=True)


def run_in_memory() -> None:
    """Measure the simulation against SimPy, and how its cost grows with the size of the fleet."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(clockwork.events_per_second(SMALL))
        theirs.append(clockwork.timeouts_per_second(SMALL, 300_000))
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    print(f"      {median(ours):8,.0f} events/s, SimPy {median(theirs):,.0f} timeouts/s (medians of {ROUNDS})")
    report(
        "events/s in memory, a year of 10,000 instances, against SimPy's timeouts/s", median(ratios), 0.5, at_least=True
    )
    growth = [clockwork.events_per_second(SMALL) / clockwork.events_per_second(LARGE) for _ in range(3)]
    report("time per event, 100,000 instances against 10,000", median(growth), 1.5)
    report("memory of the loaded world, per instance", clockwork.bytes_per_instance(LARGE) / 1024, 1.5, unit="KB")


def run_kept(folder: Path) -> None:
    """Measure the cost of storing a fleet in a file."""
    ratios = []
    for _ in range(ROUNDS):
        persisted = keeping.persisted_year(folder, SMALL)
        memory, rows = keeping.year_in_memory(SMALL)
        ratios.append(persisted / (memory + keeping.bulk_insert(folder, rows)))
    report("a persisted year of 10,000 instances, against memory plus bulk insert", median(ratios), 1.5)
    report("an advance of a day, 100,000 instances, nothing due", keeping.quiet_day(folder, LARGE) * 1000, 5, unit="ms")


def run_processes(folder: Path) -> None:
    """Measure whole commands against `python -c pass`."""
    report("lapse --help against python -c pass", starting.ratio([str(starting.LAPSE), "--help"]), 3)
    sample = str(starting.sample_file(folder))
    report(
        "lapse status on the sample fleet against python -c pass",
        starting.ratio([str(starting.LAPSE), "status", "--db", sample]),
        6,
    )


def run_dashboard(folder: Path) -> None:
    """Measure the dashboard in a terminal against a bare Textual app."""
    rounds = keys.measured(folder)
    for line in keys.described(rounds):
        print("      " + line)
    for verdict in keys.verdicts(rounds):
        report(f"{verdict.what}, against a bare Textual app", verdict.ratio, verdict.most)


def main() -> None:
    """Measure everything and print the results."""
    run_in_memory()
    with tempfile.TemporaryDirectory() as folder:
        run_kept(Path(folder))
        run_processes(Path(folder))
        run_dashboard(Path(folder))


if __name__ == "__main__":
    main()
