"""The README's pictures are those that `make screenshots` makes now. If a test fails, run it."""

import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from itertools import zip_longest
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from data import SCENARIOS
from tui.recording.cast import write_cast
from tui.recording.gif import write_gif
from tui.recording.pictures import CellRow, Frame, Recording
from tui.recording.png import write_png
from tui.recording.script import SECOND, load_script
from tui.recording.stage import record
from tui.recording.svg import write_svg

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "screenshots"
MOVIE: Final = "lapse"
STILLS: Final = sorted(path.stem for path in SCENARIOS.glob("*.toml") if path.stem != MOVIE)


@cache
def recording(name: str) -> Recording:
    return record(load_script(SCENARIOS / f"{name}.toml"))


def text_of(row: CellRow) -> str:
    return "".join(cell.text for cell in row)


def states(frame: Frame) -> dict[str, str]:
    """The state of each instance in the table that a frame shows."""
    rows = (re.match(r"[ ▸][ •]([a-z]+-\d\d) +\S (\w+)", text_of(row)) for row in frame.rows)
    return {row[1]: row[2] for row in rows if row}


def pictures(content: bytes) -> Iterator[tuple[int, bytes]]:
    """For each frame how long it is shown, in milliseconds, and its pixels."""
    with Image.open(BytesIO(content)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            yield image.info.get("duration", 0), image.convert("RGBA").tobytes()


def assert_same_pictures(kept: bytes, made: bytes) -> None:
    """The pixels are the same. The bytes need not be: another version of Pillow may compress them differently."""
    assert kept == made or all(one == other for one, other in zip_longest(pictures(kept), pictures(made)))


def test_every_picture_has_its_scenario() -> None:
    wanted = {f"{name}.{ending}" for name in STILLS for ending in ("svg", "png")}
    assert {path.name for path in FOLDER.iterdir()} == wanted | {f"{MOVIE}.gif", f"{MOVIE}.cast"}


@pytest.mark.parametrize("name", STILLS)
def test_a_still_is_fresh(name: str) -> None:
    assert (FOLDER / f"{name}.svg").read_bytes() == write_svg(recording(name))
    assert_same_pictures((FOLDER / f"{name}.png").read_bytes(), write_png(recording(name)))


def test_the_movie_is_fresh() -> None:
    assert (FOLDER / f"{MOVIE}.cast").read_bytes() == write_cast(recording(MOVIE))
    assert_same_pictures((FOLDER / f"{MOVIE}.gif").read_bytes(), write_gif(recording(MOVIE)))


def test_the_movie_tells_its_story() -> None:
    """45 days in about half a minute. In the end the instance that was renewed runs, and the other one is released."""
    movie = recording(MOVIE)
    assert 25 * SECOND <= movie.length <= 40 * SECOND
    first, last = (states(frame) for frame in (movie.frames[0], movie.frames[-1]))
    assert (first["plant-12"], first["meter-01"]) == ("running", "running")
    assert (last["plant-12"], last["meter-01"]) == ("running", "released")
    assert "2026-08-15 00:00" in text_of(movie.frames[-1].rows[0])


def test_the_movie_is_small_and_opens_the_readme() -> None:
    assert (FOLDER / f"{MOVIE}.gif").stat().st_size < 1_000_000
    shown = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert shown[0] == f"screenshots/{MOVIE}.gif"
    assert all((ROOT / path).exists() for path in shown)
