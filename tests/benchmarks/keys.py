"""The dashboard against a bare Textual app, in turn in a pseudo-terminal: first paint, cursor moves, screen switches.

The answer to a key is timed from the write of the key to the first and the last byte of output. While the clock plays,
its steps write output, too. So the output is fed to a terminal emulator afterwards, and an answer counts as complete
with the piece of output that moves the cursor, and then the inspector, to another instance.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter, sleep
from typing import NamedTuple

from core.base.instants import DAY
from core.formats.document_writing import write_document
from core.rules.rulebook import load_policy
from core.workspace.importing import begin
from tests.benchmarks import bare
from tests.benchmarks.fleets import mixed_fleet
from tests.benchmarks.starting import LAPSE
from tests.benchmarks.terminal import Piece, Terminal

SIZES = (50, 100_000)
ROUNDS = 5
MOVES = 24
"""The number of cursor moves in a round."""
SWITCHES = "231" * 3
SILENCE = 0.030
"""Seconds without output after which the answer to a cursor move is complete."""
LONG_SILENCE = 0.150
"""Seconds without output after which a switch of screens is complete: it may pause in between."""
SETTLED = 1.5
"""Seconds without output after which a program counts as started."""
POINTER, RULE = "▸", "│"
DOWN = "\x1b[B"
HISTORY = 20 * DAY
BARE = [sys.executable, "-m", bare.__name__]


class Answer(NamedTuple):
    """Seconds from a key press to the first and to the last byte of its answer."""

    first: float
    last: float


class Figures:
    """The measurements of one program."""

    def __init__(self) -> None:
        self.painted: list[Answer] = []
        """Seconds from the start of the process to the first complete screen, and to the last byte after it."""
        self.usable: list[float] = []
        """Seconds from the start of the process to the first rows of the table."""
        self.moves: list[Answer] = []
        self.first_switches: list[Answer] = []
        """Switches to a screen that was not shown before."""
        self.switches: list[Answer] = []
        """Later switches."""

    def describe(self) -> str:
        """The medians in milliseconds, as one line."""
        parts = []
        for name, answers in (
            ("paint", self.painted),
            ("move", self.moves),
            ("first switch", self.first_switches),
            ("switch", self.switches),
        ):
            if answers:
                parts.append(f"{name} {ms(first(answers))}/{ms(last(answers))} p95 {ms(worst(answers))}")
        if self.usable:
            parts.insert(1, f"first rows {ms(median(self.usable))}")
        return ", ".join(parts)


def first(answers: Sequence[Answer]) -> float:
    """The median time to the first byte, in seconds."""
    return median(answer.first for answer in answers)


def last(answers: Sequence[Answer]) -> float:
    """The median time to the last byte, in seconds."""
    return median(answer.last for answer in answers)


def worst(answers: Sequence[Answer]) -> float:
    """The 95th percentile of the time to the last byte, in seconds."""
    ends = [answer.last for answer in answers]
    return quantiles(ends, n=20, method="inclusive")[-1] if len(ends) > 1 else ends[0]


def ms(seconds: float) -> str:
    """Seconds as milliseconds, rounded."""
    return f"{seconds * 1000:.1f}"


# Measuring


def started(command: Sequence[str], figures: Figures, sign: str) -> Terminal:
    """Start a program, wait until it shows the text `sign`, and record how long it took to paint and to be usable."""
    terminal = Terminal(command)
    pieces = terminal.wait_for_silence(SETTLED, since=terminal.wait_for(sign))
    whole = show_while(
        terminal, terminal.started, lambda: not (terminal.text()[0].strip() and terminal.text()[-1].strip())
    )
    figures.painted.append(Answer(whole - terminal.started, pieces[-1].at - terminal.started))
    usable = show_while(terminal, whole, lambda: not any(sign in line for line in terminal.text()))
    figures.usable.append(usable - terminal.started)
    terminal.catch_up_all()
    return terminal


def pressed(terminal: Terminal, keys: Sequence[str], random: Random, silence: float = SILENCE) -> Iterator[Answer]:
    """Press keys one after the other, each when the previous answer is complete, and yield the answers."""
    for key in keys:
        at = terminal.press(key)
        pieces = terminal.wait_for_silence(silence, since=at)
        yield Answer(pieces[0].at - at, pieces[-1].at - at)
        sleep(random.uniform(0, 0.03))


def pressed_playing(terminal: Terminal, keys: Sequence[str], random: Random) -> tuple[list[float], list[Piece]]:
    """Press keys while the clock plays. Returns when each key was pressed, and all output meanwhile."""
    terminal.press("p")
    sleep(1.0)
    begun, times = perf_counter(), []
    for key in keys:
        times.append(terminal.press(key))
        sleep(0.1 + random.uniform(0, 0.15))
    terminal.wait_for_silence(SETTLED, since=terminal.press("p"))
    return times, [piece for piece in terminal.pieces if piece.at >= begun]


def moves_among_ticks(terminal: Terminal, times: Sequence[float]) -> Iterator[Answer]:
    """The answers to keys that each move the cursor one row down: when the cursor, and then the inspector, moved."""
    show_until(terminal, times[0])
    row = row_under_cursor(terminal)
    for moves, at in enumerate(times, 1):
        moved = show_while(terminal, at, partial(is_above, terminal, row + moves))
        yield Answer(moved - at, show_while(terminal, moved, partial(lags, terminal)) - at)


def switches_among_ticks(pieces: Sequence[Piece], times: Sequence[float]) -> Iterator[Answer]:
    """The answers to switches of screens: until there is no output for a moment. Steps of the clock may make them
    longer.
    """
    for at in times:
        after = [piece.at for piece in pieces if piece.at > at]
        end = after[0]
        for moment in after:
            if moment - end > SILENCE:
                break
            end = moment
        yield Answer(after[0] - at, end - at)


def show_until(terminal: Terminal, at: float) -> None:
    """Feed the emulator all output that had arrived by `at`."""
    while len(terminal.pieces) > terminal.shown and terminal.pieces[terminal.shown].at <= at:
        terminal.catch_up()


def show_while(terminal: Terminal, at: float, waiting: Callable[[], bool]) -> float:
    """Feed the emulator all output that had arrived by `at`, and more while `waiting` is true. Returns when the last
    extra piece arrived, or `at`.
    """
    show_until(terminal, at)
    while waiting():
        at = terminal.catch_up()
    return at


def row_under_cursor(terminal: Terminal) -> int:
    """The number in the id of the instance under the cursor; -1 if no cursor is shown."""
    return next((int(line.split()[1][-6:]) for line in terminal.text() if line.startswith(POINTER)), -1)


def is_above(terminal: Terminal, row: int) -> bool:
    """Whether the cursor is still above a row."""
    return row_under_cursor(terminal) < row


def lags(terminal: Terminal) -> bool:
    """Whether the inspector, to the right of the vertical line, does not show the instance under the cursor yet."""
    named = f"iot-{row_under_cursor(terminal):06}"
    return not any(line.partition(RULE)[2].strip() == named for line in terminal.text()[2:8])


# Rounds


def fleet_file(folder: Path, size: int) -> Path:
    """The file of a fleet with some history."""
    policy, path = load_policy(), folder / f"fleet-{size}.db"
    world = mixed_fleet(size, policy)
    kept, _ = begin(path, write_document(world, policy), world.clock, policy, "measured")
    kept.advance(kept.clock + HISTORY)
    kept.close()
    return path


def bare_round(figures: Figures, random: Random) -> None:
    """Measure the bare app once."""
    terminal = started(BARE, figures, bare.FIRST)
    figures.moves += pressed(terminal, [DOWN] * MOVES, random)
    terminal.close()


def lapse_round(file: Path, still: Figures, playing: Figures, random: Random) -> None:
    """Measure the dashboard once, on a copy of a fleet's file: with the clock paused, then playing at 1 day/s."""
    copied = file.with_name("played.db")
    for ending in ("-wal", "-shm"):
        # Files that a killed program left beside the previous copy do not belong to the new one.
        copied.with_name(copied.name + ending).unlink(missing_ok=True)
    shutil.copyfile(file, copied)
    terminal = started([str(LAPSE), "--no-settings", "--db", str(copied)], still, POINTER)
    still.moves += pressed(terminal, "j" * MOVES, random)
    switched = list(pressed(terminal, SWITCHES, random, LONG_SILENCE))
    still.first_switches += switched[:2]
    still.switches += switched[2:]
    terminal.catch_up_all()
    # Sort by id, so that no instance leaves its row while the clock plays.
    terminal.wait_for_silence(LONG_SILENCE, since=terminal.press("sg"))
    times, _ = pressed_playing(terminal, "j" * MOVES, random)
    playing.moves += moves_among_ticks(terminal, times)
    times, pieces = pressed_playing(terminal, SWITCHES, random)
    playing.switches += switches_among_ticks(pieces, times)
    terminal.close()


class Round(NamedTuple):
    """The measurements of one round: of the bare app, and for each size, of the dashboard paused and playing."""

    bare_app: Figures
    figures: Mapping[int, tuple[Figures, Figures]]


def measured(folder: Path, sizes: Sequence[int] = SIZES, rounds: int = ROUNDS) -> list[Round]:
    """Measure in rounds. The bare app and the dashboard take turns, so that a noisy moment affects both."""
    files, random = {size: fleet_file(folder, size) for size in sizes}, Random(1)
    done = []
    for _ in range(rounds):
        one = Round(Figures(), {size: (Figures(), Figures()) for size in sizes})
        for size, file in files.items():
            bare_round(one.bare_app, random)
            lapse_round(file, *one.figures[size], random)
        done.append(one)
    return done


def together(figures: Iterable[Figures]) -> Figures:
    """The measurements of several rounds in one."""
    whole = Figures()
    for one in figures:
        for name, answers in vars(one).items():
            getattr(whole, name).extend(answers)
    return whole


def described(rounds: Sequence[Round]) -> Iterator[str]:
    """Lines with the medians over all rounds, in milliseconds."""
    yield "bare app, ms (first/last byte): " + together(one.bare_app for one in rounds).describe()
    for size in rounds[0].figures:
        for place, how in enumerate(("", ", playing")):
            figures = together(one.figures[size][place] for one in rounds)
            yield f"{size:,} instances{how}, ms: {figures.describe()}"


class Verdict(NamedTuple):
    """A measurement as a multiple of the bare app's, and the largest allowed multiple."""

    what: str
    ratio: float
    most: float


def verdicts(rounds: Sequence[Round]) -> Iterator[Verdict]:
    """The verdicts on the promised speed: the median over the rounds, each compared with the bare app of its round."""
    for size in rounds[0].figures:
        for several in zip(*(verdicts_of(one, size) for one in rounds), strict=True):
            yield several[0]._replace(ratio=median(verdict.ratio for verdict in several))


def verdicts_of(one: Round, size: int) -> Iterator[Verdict]:
    """The verdicts of one round on the dashboard with a fleet of `size` instances."""
    fleet, (still, playing) = f"{size:,} instances", one.figures[size]
    paint, key = first(one.bare_app.painted), last(one.bare_app.moves)
    yield Verdict(f"first paint, {fleet}", first(still.painted) / paint, 2)
    for how, figures in ((fleet, still), (f"{fleet}, playing", playing)):
        yield Verdict(f"cursor move, first change, {how}", first(figures.moves) / first(one.bare_app.moves), 4)
        yield Verdict(f"cursor move, last change, {how}", last(figures.moves) / key, 4)
        yield Verdict(f"cursor move, p95 of last change, {how}", worst(figures.moves) / key, 8)
        yield Verdict(f"switch of screens, last change, {how}", last(figures.switches) / key, 12)
    yield Verdict(f"first switch to a screen, {fleet}", last(still.first_switches) / key, 12)


def main() -> None:
    """Run only these measurements: `python -m tests.benchmarks.keys [SIZE] [ROUNDS]`."""
    numbers = [int(word) for word in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder:
        rounds = measured(Path(folder), numbers[:1] or SIZES, *numbers[1:])
    print(*described(rounds), sep="\n")
    for verdict in verdicts(rounds):
        sign = "ok  " if verdict.ratio <= verdict.most else "MISS"
        print(f"{sign}  {verdict.ratio:6.2f}x  at most {verdict.most:g}x  {verdict.what}")


if __name__ == "__main__":
    main()
