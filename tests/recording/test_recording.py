"""`lapse record`: what a script may contain, the same bytes every time, and the four file formats."""

import json
import os
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import pyte
import pytest
from PIL import Image

from core.base.instants import Duration
from tests.support.keeping import lapse, mixed_document, names, one_sentence, run_apart
from tui.recording import writing
from tui.recording.cast import write_cast
from tui.recording.gif import write_gif
from tui.recording.pictures import Frame, Look, Recording, cells_of, changed
from tui.recording.png import write_png
from tui.recording.raster import Canvas
from tui.recording.script import CAPTION_ROWS, SECOND, load_script
from tui.recording.shapes import WHOLE, bars_of
from tui.recording.stage import record
from tui.recording.svg import write_svg

SMALL: Final = """
title = "three <steps>"
size = "80x24"

[[step]]
caption = "Two days pass."
play = "2d"

[[step]]
caption = "What comes next?"
keys = ". ."
gap = 0.3

[[step]]
keys = "d"
pause = 1.5
"""
SIZE: Final = 'size = "80x24"\n'


def recorded(folder: Path, text: str) -> Recording:
    script = folder / "script.toml"
    script.write_text(text, encoding="utf-8")
    return record(load_script(script))


def shown(frame: Frame) -> str:
    return "\n".join("".join(cell.text for cell in row) for row in frame.rows)


def at(recording: Recording, seconds: float) -> str:
    """The text on the screen at some second of a recording."""
    return shown(next(frame for frame in reversed(recording.frames) if frame.at <= seconds * SECOND))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return recorded(tmp_path_factory.mktemp("small"), SMALL)


# Scripts


def test_a_script_with_everything(tmp_path: Path) -> None:
    path = tmp_path / "all.toml"
    path.write_text(
        """
        title = "All"
        fleet = "mine.json"
        start = "9d"
        size = "100x30"
        theme = "lapse-light"
        [[step]]
        caption = "One"
        keys = "/ esc shift+right ctrl+d . space"
        repeat = 2
        gap = 0.5
        play = "10d"
        pause = 1.25
        hidden = true
        [[step]]
        type = "a b"
        """,
        encoding="utf-8",
    )
    script = load_script(path)
    assert script[:7] == (path, "All", tmp_path / "mine.json", "9d", 100, 30, "lapse-light")
    first, second = script.steps
    assert first.caption == "One"
    assert first.keys == ("slash", "escape", "shift+right", "ctrl+d", "full_stop", "space") * 2
    assert first.shown_keys == "/ esc shift+right ctrl+d . space × 2"
    assert (first.gap, first.play, first.pause, first.hidden) == (50, Duration(0, 864_000), 125, True)
    assert (second.keys, second.shown_keys, second.caption) == (("a", "space", "b"), "", None)


def test_an_empty_script_shows_the_sample_fleet(tmp_path: Path) -> None:
    recording = recorded(tmp_path, "")
    assert (recording.columns, recording.rows, len(recording.frames)) == (120, 40, 1)
    assert "plant-07" in at(recording, 0)


WRONG: Final = (
    ("size =", "is not valid TOML"),
    ('sice = "80x24"', 'there is no "sice": did you mean size?'),
    ("size = 80", "size: 80 is not text: put it in quotes"),
    ('size = "80"', 'size: "80" is not a size: write columns x rows, like "120x40"'),
    ('size = "4x4"', 'size: "4x4" must lie between 20x5 and 300x100'),
    ('theme = "pink"', 'theme: there is no theme "pink": there are lapse-dark, lapse-light'),
    ('title = "a\\nb"', 'title: "a\\nb" must be one line without control characters'),
    ('step = "p"', "step must be [[step]] tables"),
    ('start = "yesterday"', 'start: "yesterday" is not a date or time'),
    ('start = "2020-01-01"', "start: The clock is at 2026-07-01T00:00:00+08:00 and can't go back"),
    ('fleet = "nowhere.json"', "nowhere.json: can't be read (No such file or directory)"),
    ("[[step]]", "step 1: is empty: give a caption, keys, type, play or pause"),
    ('[[step]]\npause = 1\n[[step]]\ncaptoin = "x"', 'step 2: there is no "captoin": did you mean caption?'),
    ('[[step]]\nkeys = "hyper+q"', 'step 1: keys: there is no key "hyper+q": name keys like r, /, enter'),
    ('[[step]]\nkeys = ["r"]', "step 1: keys: a list is not text: put it in quotes"),
    ('[[step]]\nkeys = " "', "step 1: keys: names no key"),
    ('[[step]]\nkeys = "r"\ntype = "x"', "step 1: has both keys and type: make it two steps"),
    ('[[step]]\ntype = ""', "step 1: type: is empty"),
    ("[[step]]\nrepeat = 2", "step 1: has repeat without keys"),
    ('[[step]]\nkeys = "j"\nrepeat = 0', "step 1: repeat: 0 must be a whole number of at least 1"),
    ('[[step]]\nkeys = "j"\nrepeat = 9999', "step 1: presses 9,999 keys: 1,000 at most"),
    ("[[step]]\npause = -1", "step 1: pause: -1 must be a number of seconds from 0 to 3600"),
    ("[[step]]\npause = nan", "step 1: pause: NaN must be a number of seconds"),
    ("[[step]]\npause = 0.125", "step 1: pause: 0.125 is too precise: hundredths of a second at most"),
    ('[[step]]\nplay = "soon"', 'step 1: play: "soon" is not a duration'),
    ('[[step]]\nplay = "0d"', "step 1: play: must be more than zero"),
    ("[[step]]\nhidden = 1", "step 1: hidden: 1 must be true or false"),
    (f'[[step]]\ncaption = "{"x" * 107}"', "step 1: caption takes 107 cells: at most 106 fit below 120 columns"),
    ('[[step]]\nkeys = "right"\n[[step]]\nkeys = "q"', "step 2: quits the dashboard: remove the key that does it"),
    ('[[step]]\nkeys = "?"\n[[step]]\nplay = "1d"', "step 2: the clock can't play here: close the dialog that is open"),
    ("[[step]]\npause = 3600\n[[step]]\npause = 1", "step 2: the recording would be longer than an hour"),
)
"""Mistakes in a script, and words of the sentence about each."""


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_a_mistake_in_a_script(text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One plain sentence names the file, the step and what would be right. Nothing is written."""
    script = tmp_path / "script.toml"
    script.write_text(text, encoding="utf-8")
    assert lapse("record", script, "-o", tmp_path / "out.svg") == 2
    said = capsys.readouterr()
    sentence = one_sentence(said.err)
    assert words in sentence
    assert sentence.startswith(str(tmp_path))
    assert (said.out, names(tmp_path)) == ("", ["script.toml"])


def test_a_fleet_without_a_clock(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The script's start becomes its clock. If there is none, that is an error."""
    (tmp_path / "fleet.csv").write_text(
        "id,account,kind,monthly_price,expires\nmine-1,acme,enterprise,300,2026-07-10\n", encoding="utf-8"
    )
    script = tmp_path / "script.toml"
    script.write_text('fleet = "fleet.csv"', encoding="utf-8")
    assert lapse("record", script, "-o", tmp_path / "out.svg") == 2
    assert "start: fleet.csv has no clock: give an instant" in one_sentence(capsys.readouterr().err)
    shown = at(recorded(tmp_path, SIZE + 'fleet = "fleet.csv"\nstart = "2026-07-08"'), 0)
    assert "mine-1" in shown
    assert "2026-07-08 00:00" in shown


# Files


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("out.mp4", "the file extension selects the format: use one of .cast, .gif, .svg, .png"),
        ("out", "the file extension selects the format"),
        ("nowhere/out.svg", "there is no folder"),
        ("folder.svg", "is a folder: name a file in it"),
    ],
)
def test_a_file_that_cannot_be_made(
    target: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error is reported before the script is read and played."""
    (tmp_path / "folder.svg").mkdir()
    assert lapse("record", tmp_path / "none.toml", "-o", tmp_path / target) == 2
    assert words in one_sentence(capsys.readouterr().err)
    assert names(tmp_path) == ["folder.svg"]


def test_without_the_packages_for_drawing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a .gif the sentence says what to install. An .svg needs no packages."""
    (tmp_path / "script.toml").write_text(SIZE, encoding="utf-8")
    monkeypatch.setattr(writing, "find_spec", lambda name: None)
    assert lapse("record", tmp_path / "script.toml", "-o", tmp_path / "out.gif") == 2
    assert "pip install 'lapse[record]'" in one_sentence(capsys.readouterr().err)
    assert lapse("record", tmp_path / "script.toml", "-o", tmp_path / "out.svg") == 0


def test_a_file_is_written_completely_or_not_at_all(
    small: Recording, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.svg"
    target.write_text("before", encoding="utf-8")
    (tmp_path / "script.toml").write_text(SIZE, encoding="utf-8")

    def full(path: Path, target: Path) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        assert lapse("record", tmp_path / "script.toml", "-o", target) == 2
    assert "out.svg: can't be written (No space left on device)" in one_sentence(capsys.readouterr().err)
    assert (names(tmp_path), target.read_text(encoding="utf-8")) == (["out.svg", "script.toml"], "before")
    writing.write(small, target)
    assert (names(tmp_path), target.read_bytes()) == (["out.svg", "script.toml"], write_svg(small))


# The same every time


def test_the_same_bytes_every_time(small: Recording, tmp_path: Path) -> None:
    again = recorded(tmp_path, SMALL)
    for form in (write_cast, write_svg, write_gif, write_png):
        assert form(again) == form(small)


def test_the_same_bytes_in_any_environment(small: Recording, tmp_path: Path) -> None:
    """No environment variable and no setting of the user changes a picture."""
    (tmp_path / "script.toml").write_text(SMALL, encoding="utf-8")
    settings = {
        "NO_COLOR": "1", "TEXTUAL_THEME": "dracula", "TEXTUAL_FILTERS": "dim", "TEXTUAL_COLOR_SYSTEM": "standard",
        "TEXTUAL_ANIMATIONS": "full", "TEXTUAL_FPS": "5", "TEXTUAL_DIM_FACTOR": "10", "TERM": "dumb", "COLORTERM": "",
        "COLUMNS": "20", "LINES": "5", "LANG": "C", "TZ": "America/New_York", "UNICODE_VERSION": "4.1.0",
    }  # fmt: skip
    files = [tmp_path / "out.cast", tmp_path / "out.svg"]
    said = run_apart("record", tmp_path / "script.toml", "-o", files[0], "-o", files[1], environment=settings)
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines() == [f"{files[0]}: 80x27, 4.35 s, {len(small.frames)} frames", f"{files[1]}: 80x27"]
    assert [file.read_bytes() for file in files] == [write_cast(small), write_svg(small)]
    assert "NO_COLOR" not in os.environ


def test_a_large_fleet_gives_the_same_bytes(tmp_path: Path) -> None:
    """Its forecasts are made in a thread. Scripted time stands still until they are ready."""
    (tmp_path / "fleet.json").write_text(json.dumps(mixed_document(120)), encoding="utf-8")
    text = 'fleet = "fleet.json"\n' + SIZE + '[[step]]\nkeys = "right"\n[[step]]\nplay = "1d"'
    one, other = recorded(tmp_path, text), recorded(tmp_path, text)
    assert write_cast(one) == write_cast(other)


# Playing, captions, hidden steps


def test_playing_takes_scripted_time(small: Recording) -> None:
    """At a day a second, two days take two seconds. Then the clock is paused."""
    assert "2026-07-01 00:00" in at(small, 0)
    assert "2026-07-02 00:00" in at(small, 1)
    assert "▶" in at(small, 1)
    assert "2026-07-03 00:00" in at(small, 2)
    assert "▶" not in at(small, 2.04)
    assert small.length == 435
    assert all(before.rows != after.rows for before, after in zip(small.frames, small.frames[1:], strict=False))


def test_a_notification_stays_for_ten_scripted_seconds(tmp_path: Path) -> None:
    """It does not matter how long the recording takes."""
    recording = recorded(tmp_path, SIZE + '[[step]]\nkeys = "n"\n[[step]]\npause = 12')
    assert len(recording.frames) >= 3
    assert recording.frames[0].rows == recording.frames[-1].rows
    assert 10 * SECOND <= recording.frames[-1].at <= 10.3 * SECOND


def test_captions_are_below_the_dashboard(small: Recording, tmp_path: Path) -> None:
    """Captions have rows of their own. The rows above are the same as without captions."""
    without = recorded(tmp_path, SIZE)
    assert (small.rows, without.rows) == (24 + CAPTION_ROWS, 24)
    assert small.frames[0].rows[:24] == without.frames[0].rows
    below = [shown(Frame(0, frame.rows[24:])) for frame in small.frames]
    assert "Two days pass." in below[0]
    assert "What comes next?" in below[-1]
    assert [chapter.caption for chapter in small.chapters] == ["Two days pass.", "What comes next?"]
    assert any(line.rstrip().endswith(". .") for line in below)


def test_hidden_steps_are_not_recorded(tmp_path: Path) -> None:
    """Hidden steps at the beginning are done before the first frame."""
    text = SIZE + '[[step]]\nkeys = "right 2"\nhidden = true\n[[step]]\npause = 0.5'
    recording = recorded(tmp_path, text)
    assert recording.length == 50
    assert "2026-07-02 00:00" in at(recording, 0)
    assert "Non-renewal" in at(recording, 0)


def test_typing_and_dialogs(tmp_path: Path) -> None:
    steps = '[[step]]\nkeys = "t"\n[[step]]\ntype = "12.50"\n[[step]]\nkeys = "enter"'
    recording = recorded(tmp_path, SIZE + steps)
    assert "12.5" in at(recording, 0.6)
    assert "1,524.00" in at(recording, 9)


def test_the_readme_s_script_does_what_it_says(tmp_path: Path) -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    script = next(part for part in re.findall("```toml\n(.*?)```", readme, re.DOTALL) if "[[step]]" in part)
    recording = recorded(tmp_path, re.sub("(?m)^fleet .*$", "", script))
    assert "renewed for 1 mo" in shown(recording.frames[-1])


# The file formats


def lines_of(cast: bytes) -> tuple[dict[str, object], list[tuple[float, str, str]]]:
    header, *events = (json.loads(line) for line in cast.decode().splitlines())
    return header, [(at, kind, data) for at, kind, data in events]


def test_the_format_of_an_asciicast(small: Recording) -> None:
    """A header, then events in order. A terminal that receives the events shows each frame."""
    header, events = lines_of(write_cast(small))
    assert header == {
        "version": 2, "width": 80, "height": 27, "duration": small.length / SECOND, "title": "three <steps>",
        "env": {"TERM": "xterm-256color"},
    }  # fmt: skip
    times = [at for at, _, _ in events]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (0, small.length / SECOND)
    assert [data for _, kind, data in events if kind == "m"] == ["Two days pass.", "What comes next?"]
    screen = pyte.Screen(80, 27)
    stream = pyte.Stream(screen)
    outputs = [data for _, kind, data in events if kind == "o"]
    for frame, data in zip(small.frames, outputs, strict=False):
        stream.feed(data)
        assert "\n".join(screen.display) == shown(frame)
    assert len(outputs) == len(small.frames) + 1
    assert max(map(len, outputs[1:])) < len(outputs[0])


def test_wide_characters_are_never_cut() -> None:
    look = Look((0, 0, 0), (9, 9, 9))
    rows = [tuple(cells_of(text, look)) for text in ("ab冷d e", "ab冷x e", "a冷链 e", "abcd e ")]
    assert [len(row) for row in rows] == [7, 7, 7, 7]
    assert changed(rows[0], rows[0]) == (0, 0)
    assert changed(rows[0], rows[1]) == (4, 5)
    assert changed(rows[0], rows[2]) == (1, 5)
    assert changed(rows[0], rows[3]) == (2, 7)


def frames_of(content: bytes) -> Iterator[Image.Image]:
    with Image.open(BytesIO(content)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            yield image


def test_a_gif_plays_the_whole_recording(small: Recording) -> None:
    """Its durations add up to the script's, it plays in a loop, and its last frame is the last screen."""
    content = write_gif(small)
    durations = []
    for image in frames_of(content):
        durations.append(image.info["duration"])
        assert image.info["loop"] == 0
        last = image.convert("RGB")
    assert sum(durations) == small.length * 10
    assert len(durations) == len(small.frames)
    canvas = Canvas(small, 8, 17, 4)
    canvas.draw(small.frames[-1])
    expected = canvas.image.copy()
    expected.putpalette(canvas.palette.flat())
    inside = (8, 26, last.width - 8, last.height - 8)
    assert last.crop(inside).tobytes() == expected.convert("RGB").crop(inside).tobytes()


def test_a_long_pause_in_a_gif(small: Recording) -> None:
    """A GIF shows one image for at most 655.35 seconds. A longer frame becomes several images."""
    still = small._replace(frames=small.frames[:1], length=2000 * SECOND)
    assert sum(image.info["duration"] for image in frames_of(write_gif(still))) == 2_000_000


def test_a_png_has_the_window_s_size_and_corners(small: Recording) -> None:
    for image in frames_of(write_png(small)):
        assert (image.mode, image.size) == ("RGBA", (80 * 16 + 2 * 16, 27 * 34 + 51 + 16))
        assert image.getpixel((0, 0)) == (29, 36, 44, 0)


def test_an_svg_stands_alone(small: Recording) -> None:
    """It contains all texts and refers to no other file."""
    content = write_svg(small).decode()
    root = ElementTree.fromstring(content)
    assert content.count("http") == 1  # the name of the form
    assert not any(word in content for word in ("url(", "@import", "@font-face", "href"))
    texts = {"".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"three <steps>", "What comes next?", "Move the clock", "Which date, or how far ahead?"} <= texts
    assert root.find("{http://www.w3.org/2000/svg}title") is not None


def test_any_number_of_colours_fits_a_palette(small: Recording) -> None:
    """If there are too many, similar colours become one."""
    row = tuple(cell._replace(look=Look((n, 255 - n, n * 3 % 256), (n % 7, n, 0))) for n, cell in enumerate(
        tuple(cells_of("x" * 250, small.ground))
    ))  # fmt: skip
    canvas = Canvas(small._replace(frames=(Frame(0, (row,)),)), 8, 17, 8)
    canvas.draw(Frame(0, (row,)))
    assert len(canvas.palette.colours) <= 255
    assert len(canvas.palette.flat()) == 768


def test_lines_and_blocks_meet_their_neighbours() -> None:
    """Each character reaches those sides of its cell that its lines lead to."""
    sides = {"─": "lr", "│": "ud", "┌": "dr", "╭": "dr", "┘": "ul", "├": "udr", "┼": "udlr", "█": "udlr", "▄": "dlr"}
    for character, reached in sides.items():
        bars = bars_of(character)
        edges = {
            "l": min(bar.left for bar in bars) == 0, "r": max(bar.right for bar in bars) == WHOLE,
            "u": min(bar.top for bar in bars) == 0, "d": max(bar.bottom for bar in bars) == WHOLE,
        }  # fmt: skip
        assert {side for side, is_reached in edges.items() if is_reached} == set(reached), character
    heights = [WHOLE - bars_of(character)[0].top for character in "▁▂▃▄▅▆▇█"]
    assert heights == [WHOLE * eighth // 8 for eighth in range(1, 9)]
    assert bars_of("x") == bars_of("") == ()
