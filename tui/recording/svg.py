"""The last screen of a recording as an SVG: text as text, lines and blocks as shapes, and no external fonts."""

from collections.abc import Iterator
from html import escape
from typing import Final

from tui.recording.pictures import CellRow, Colour, Look, Recording, Run, runs_of
from tui.recording.shapes import WHOLE, bars_of
from tui.recording.window import DOTS, Window, title_colour

FONTS: Final = (
    "ui-monospace, 'Cascadia Mono', 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
)
_SIZE: Final = 14
_WIDTH: Final = 8.4
_HEIGHT: Final = 18
_BASELINE: Final = 13.5
_THIN: Final = 1.2


def write_svg(recording: Recording) -> bytes:
    """The content of the file."""
    window = Window(_WIDTH, _HEIGHT, recording.columns, recording.rows)
    rows = recording.frames[-1].rows
    inside = f'<g transform="translate({_number(window.margin)} {_number(window.bar)})">'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_number(window.width)} {_number(window.height)}"'
        f' width="{_number(window.width)}" height="{_number(window.height)}" role="img">',
        f"<title>{escape(recording.title)}</title>",
        "<style>",
        f"text {{ font: {_SIZE}px {FONTS}; white-space: pre; }}",
        ".b { font-weight: bold; } .i { font-style: italic; } .u { text-decoration: underline; }"
        " .s { text-decoration: line-through; } rect { shape-rendering: crispEdges; }",
        "</style>",
        *_frame(recording, window),
        inside,
        *(line for number, row in enumerate(rows) for line in _grounds(row, number, recording.ground, window)),
        *(line for number, row in enumerate(rows) for line in _inks(row, number)),
        "</g>",
        "</svg>",
    ]
    return ("\n".join(parts) + "\n").encode()


def _frame(recording: Recording, window: Window) -> Iterator[str]:
    width, height, bar, radius = window.width, window.height, window.bar, window.radius
    foot = height - window.margin
    below = recording.frames[-1].rows[-1][0].look.background
    yield (
        f'<path fill="{_hex(below)}" d="M0 {_number(foot)}H{_number(width)}V{_number(height - radius)}'
        f"a{radius} {radius} 0 0 1 -{radius} {radius}H{radius}"
        f'a{radius} {radius} 0 0 1 -{radius} -{radius}z"/>'
    )
    yield _rect(0, bar, width, foot - bar, recording.ground.background)
    yield (
        f'<path fill="{_hex(recording.bar.background)}" d="M0 {_number(bar)}V{radius}a{radius} {radius} 0 0 1 '
        f'{radius} -{radius}H{_number(width - radius)}a{radius} {radius} 0 0 1 {radius} {radius}V{_number(bar)}z"/>'
    )
    for (x, y), colour in zip(window.dots, DOTS, strict=True):
        yield f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{_number(window.dot_radius)}" fill="{_hex(colour)}"/>'
    yield (
        f'<text x="{_number(width / 2)}" y="{_number(bar / 2 + _SIZE / 3)}" text-anchor="middle" '
        f'fill="{_hex(title_colour(recording))}">{escape(recording.title)}</text>'
    )


def _grounds(row: CellRow, number: int, ground: Look, window: Window) -> Iterator[str]:
    """The backgrounds of a row where they differ from the screen's."""
    flat = tuple(cell._replace(look=ground._replace(background=cell.look.background)) for cell in row)
    for run in runs_of(flat):
        if run.look != ground:
            left, right = window.reach(run.column, run.column + run.width)
            yield _rect(left, number * _HEIGHT, right - left, _HEIGHT, run.look.background)


def _inks(row: CellRow, number: int) -> Iterator[str]:
    """The texts and shapes of a row."""
    for run in runs_of(row):
        for part in _parts(row, run):
            if bars_of(part.text[:1]):
                yield from _shapes(part, number)
            elif part.text.strip():
                yield _text(part, number)


def _parts(row: CellRow, run: Run) -> Iterator[Run]:
    """A run, split into texts without wide gaps and into repetitions of one shape."""
    start, end = run.column, run.column + run.width
    while start < end:
        first = row[start].text
        shape = bool(bars_of(first))
        stop = start + 1
        while stop < end and (
            row[stop].text == first
            if shape or first == " "
            else not bars_of(row[stop].text)
            and not (row[stop].text == " " and stop + 1 < end and row[stop + 1].text == " ")
        ):
            stop += 1
        yield Run(start, stop - start, "".join(cell.text for cell in row[start:stop]), run.look)
        start = stop


def _text(run: Run, number: int) -> str:
    text = run.text.rstrip()
    left = len(text) - len(text.lstrip())
    width = run.width - (len(run.text) - len(text)) - left
    look = run.look
    flags = ((look.bold, "b"), (look.italic, "i"), (look.underline, "u"), (look.strike, "s"))
    names = " ".join(name for flag, name in flags if flag)
    return (
        f'<text x="{_number((run.column + left) * _WIDTH)}" y="{_number(number * _HEIGHT + _BASELINE)}"'
        f' textLength="{_number(width * _WIDTH)}" lengthAdjust="spacingAndGlyphs" fill="{_hex(look.foreground)}"'
        + (f' class="{names}"' if names else "")
        + f">{escape(text.lstrip(), quote=False)}</text>"
    )


def _shapes(run: Run, number: int) -> Iterator[str]:
    """The rectangles of a repeated character. Those that reach from side to side are joined into one."""
    for bar in bars_of(run.text[0]):
        joined = bar.left == 0 and bar.right == WHOLE
        top, height = bar.top * _HEIGHT / WHOLE, (bar.bottom - bar.top) * _HEIGHT / WHOLE
        for place in range(1 if joined else run.width):
            left = (run.column + place + bar.left / WHOLE) * _WIDTH
            width = run.width * _WIDTH if joined else (bar.right - bar.left) * _WIDTH / WHOLE
            # A thin line is one unit wide and starts at a whole unit: otherwise viewers would draw it across two.
            if height < _THIN:
                top, height = int(top + 0.5), 1
            if width < _THIN:
                left, width = int(left + 0.5), 1
            yield _rect(left, number * _HEIGHT + top, width, height, run.look.foreground, bar.share)


def _rect(x: float, y: float, width: float, height: float, colour: Colour, share: int = 4) -> str:
    opacity = "" if share == 4 else f' opacity="{share / 4}"'
    return (
        f'<rect x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" height="{_number(height)}"'
        f' fill="{_hex(colour)}"{opacity}/>'
    )


def _number(value: float) -> str:
    """A number rounded to a hundredth, in its shortest form."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
