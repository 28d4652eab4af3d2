"""A recording as an asciicast, version 2: the output that a terminal would have received, with scripted times."""

import json
from collections.abc import Iterator

from tui.recording.pictures import CellRow, Colour, Look, Recording, Run, changed, runs_of
from tui.recording.script import SECOND

_CLEAR = "\x1b[?25l\x1b[2J"
_PLAIN = "\x1b[0m"


def write_cast(recording: Recording) -> bytes:
    """The content of the file. The first frame is drawn in full, later ones where they differ. Captions are markers."""
    header = {
        "version": 2,
        "width": recording.columns,
        "height": recording.rows,
        "duration": recording.length / SECOND,
        "title": recording.title,
        "env": {"TERM": "xterm-256color"},
    }
    entries = sorted(
        [(chapter.at, 0, "m", chapter.caption) for chapter in recording.chapters]
        + [(frame.at, 1, "o", text) for frame, text in zip(recording.frames, _redraws(recording), strict=True)]
    )
    # An empty output at the end makes a player show the last frame until the script's end.
    lines = [
        header,
        *([at / SECOND, kind, text] for at, _, kind, text in entries),
        [recording.length / SECOND, "o", ""],
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def _redraws(recording: Recording) -> Iterator[str]:
    """The output for each frame."""
    before: tuple[CellRow, ...] = ()
    for frame in recording.frames:
        parts = [] if before else [_CLEAR]
        for line, row in enumerate(frame.rows):
            if not before:
                parts.append(f"\x1b[{line + 1};1H" + _drawn(runs_of(row)))
            elif row is not before[line]:
                start, end = changed(before[line], row)
                parts.append(f"\x1b[{line + 1};{start + 1}H" + _drawn(runs_of(row, start, end)))
        before = frame.rows
        yield "".join(parts) + _PLAIN


def _drawn(runs: Iterator[Run]) -> str:
    return "".join(f"\x1b[{_attributes(run.look)}m{run.text}" for run in runs)


def _attributes(look: Look) -> str:
    flags = ((look.bold, "1"), (look.italic, "3"), (look.underline, "4"), (look.strike, "9"))
    return ";".join(
        ["0", *(code for flag, code in flags if flag), _colour(38, look.foreground), _colour(48, look.background)]
    )


def _colour(kind: int, colour: Colour) -> str:
    return f"{kind};2;{colour[0]};{colour[1]};{colour[2]}"
