"""Scripts of recordings: a TOML file, which is read and checked completely before anything runs."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from rich.cells import cell_len

from core.base.errors import BadInput, shown
from core.base.inputs import read_toml
from core.base.instants import Duration, parse_duration
from core.base.reading import read_flag, read_text
from tui.recording.keys import Pressed, read_keys, typed_keys
from tui.settings.themes import ROUND
from tui.text.cells import one_line

SECOND: Final = 100
"""Hundredths of a second in a second. Scripted time is counted in them, as in a GIF."""
MAX_LENGTH: Final = 3600 * SECOND
"""The longest possible recording, in hundredths of a second."""
CAPTION_ROWS: Final = 3
"""The rows for captions below the dashboard, if a script has captions."""
KEY_COLUMNS: Final = 14
"""The columns in these rows that are reserved for the keys pressed."""
TOO_LONG: Final = "the recording would be longer than an hour: make it shorter"

_COLUMNS: Final = (20, 300)
_ROWS: Final = (5, 100)
_MAX_PRESSES: Final = 1000
_KEY_GAP: Final = 25
"""The default time after each key, in hundredths of a second."""
_TYPING_GAP: Final = 8
"""The same for each character of a typed text."""
_HEAD: Final = ("title", "fleet", "start", "size", "theme", "step")
_STEP: Final = ("caption", "keys", "type", "repeat", "gap", "play", "pause", "hidden")

Value = TypeVar("Value")


class Step(NamedTuple):
    """One step of a script: its caption is shown, its keys are pressed, the clock plays, and then there is a pause."""

    number: int
    """The step's number in the file, from 1."""
    caption: str | None
    """None: the caption before stays. Empty: it is removed."""
    keys: tuple[str, ...]
    """All keys to press, by Textual's names, including repetitions."""
    shown_keys: str
    """The text that shows the keys beside the caption."""
    gap: int
    """The time after each key, in hundredths of a second."""
    play: Duration | None
    """How far the clock plays, at the dashboard's speed."""
    pause: int
    """The pause at the end, in hundredths of a second."""
    hidden: bool
    """Whether the step is done without being recorded."""

    @property
    def length(self) -> int:
        """The step's time in the recording, in hundredths of a second, without the time that the clock plays."""
        return 0 if self.hidden else len(self.keys) * self.gap + self.pause


class Script(NamedTuple):
    """A script that has been read and checked."""

    path: Path
    title: str
    fleet: Path | None
    """None: the sample fleet."""
    start: str
    """The clock is moved here before the recording begins: an instant or a duration. Empty: it is not moved."""
    columns: int
    rows: int
    """The size of the dashboard, without the rows for captions."""
    theme: str
    steps: tuple[Step, ...]

    @property
    def caption_rows(self) -> int:
        """The number of rows below the dashboard: 0 if no step has a caption."""
        return CAPTION_ROWS if any(step.caption for step in self.steps) else 0


def load_script(path: Path) -> Script:
    """Read a script. Raises BadInput that names the file, the step and what would be right."""
    try:
        document = read_toml(path, "give a script in TOML (see lapse record --help)")
        return _script(path, document)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None


def _script(path: Path, document: Mapping[str, object]) -> Script:
    _check_names(document, _HEAD)
    columns, rows = _read(document, "size", _size, (120, 40))
    entries = document.get("step", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadInput("step must be [[step]] tables, one after the other")
    steps: list[Step] = []
    length = 0
    for number, entry in enumerate(entries, 1):
        try:
            steps.append(_step(number, entry, columns))
            length += steps[-1].length
            if length > MAX_LENGTH:
                raise BadInput(TOO_LONG)
        except BadInput as error:
            raise BadInput(f"step {number}: {error}") from None
    fleet = _read(document, "fleet", read_text, "")
    return Script(
        path=path,
        title=_read(document, "title", _text, "lapse"),
        fleet=path.parent / fleet if fleet else None,
        start=_read(document, "start", _text, ""),
        columns=columns,
        rows=rows,
        theme=_read(document, "theme", _theme, ROUND[0]),
        steps=tuple(steps),
    )


def _step(number: int, entry: Mapping[str, object], columns: int) -> Step:
    _check_names(entry, _STEP)
    if not entry:
        raise BadInput("is empty: give a caption, keys, type, play or pause")
    if "keys" in entry and "type" in entry:
        raise BadInput("has both keys and type: make it two steps")
    typed = "type" in entry
    none: Pressed = ((), "")
    keys, shown_keys = _read(entry, "type", typed_keys, _read(entry, "keys", read_keys, none))
    for name in ("repeat", "gap"):
        if name in entry and not keys:
            raise BadInput(f"has {name} without keys: give keys or type")
    repeat = _read(entry, "repeat", _repeat, 1)
    if len(keys) * repeat > _MAX_PRESSES:
        raise BadInput(f"presses {len(keys) * repeat:,} keys: {_MAX_PRESSES:,} at most")
    caption = _read(entry, "caption", _text, None)
    room = columns - KEY_COLUMNS
    if caption is not None and cell_len(caption) > room:
        raise BadInput(f"caption takes {cell_len(caption)} cells: at most {room} fit below {columns} columns")
    return Step(
        number=number,
        caption=caption,
        keys=keys * repeat,
        shown_keys=f"{shown_keys} × {repeat}" if repeat > 1 else shown_keys,
        gap=_read(entry, "gap", _seconds, _TYPING_GAP if typed else _KEY_GAP),
        play=_read(entry, "play", _duration, None),
        pause=_read(entry, "pause", _seconds, 0),
        hidden=_read(entry, "hidden", read_flag, False),
    )


# Single values


def _check_names(table: Mapping[str, object], names: tuple[str, ...]) -> None:
    for name in table:
        if name not in names:
            close = get_close_matches(name, names, 1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
            raise BadInput(f"there is no {shown(name)}: {hint}")


def _read(table: Mapping[str, object], name: str, reader: Callable[[object], Value], default: Value) -> Value:
    if name not in table:
        return default
    try:
        return reader(table[name])
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{shown(value)} is not text: put it in quotes")
    if not value.isprintable():
        raise BadInput(f"{shown(value)} must be one line without control characters")
    return one_line(value)


def _size(value: object) -> tuple[int, int]:
    parts = _text(value).split("x")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
        raise BadInput(f'{shown(value)} is not a size: write columns x rows, like "120x40"')
    columns, rows = int(parts[0]), int(parts[1])
    if not (_COLUMNS[0] <= columns <= _COLUMNS[1] and _ROWS[0] <= rows <= _ROWS[1]):
        raise BadInput(f"{shown(value)} must lie between {_COLUMNS[0]}x{_ROWS[0]} and {_COLUMNS[1]}x{_ROWS[1]}")
    return columns, rows


def _theme(value: object) -> str:
    name = _text(value)
    if name not in ROUND:
        raise BadInput(f"there is no theme {shown(name)}: there are {', '.join(ROUND)}")
    return name


def _duration(value: object) -> Duration | None:
    duration = parse_duration(_text(value))
    if duration == Duration(0, 0):
        raise BadInput('must be more than zero, like "10d"')
    return duration


def _repeat(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadInput(f"{shown(value)} must be a whole number of at least 1")
    return value


def _seconds(value: object) -> int:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool) and Decimal(value).is_finite()
    if not is_number or not isinstance(value, int | Decimal) or not 0 <= value <= MAX_LENGTH // SECOND:
        raise BadInput(f"{shown(value)} must be a number of seconds from 0 to {MAX_LENGTH // SECOND}, like 1.5")
    hundredths = Decimal(value) * SECOND
    if hundredths != int(hundredths):
        raise BadInput(f"{shown(value)} is too precise: hundredths of a second at most")
    return int(hundredths)
