"""The virtual list: draws only the rows in sight, so that 100,000 rows open at once. Cells are plain text, never
markup.
"""

from collections.abc import Callable, Collection, Sequence
from itertools import chain, zip_longest
from typing import ClassVar, Final, NamedTuple, Self

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.text.cells import cut, fit, fit_id
from tui.text.glyphs import CURSOR, DOWNWARDS, MARKED, UPWARDS
from tui.text.states import STYLES
from tui.widgets.drawing import lifted
from tui.widgets.drawing import runs as runs_of
from tui.widgets.scrolled import fit_content

_GAP: Final = 2
_LEAST: Final = 6
"""The narrowest width in cells to which a column is cut to make room for others."""
_MARGIN: Final = 2
"""Cells before the first column, for the cursor and the mark. One more cell stays free at the right edge."""
_NEAR: Final = 500
"""How many rows up and down are searched for the nearest neighbour of a removed row."""


class Column(NamedTuple):
    """A column of `width` cells. A column that `grows` takes the remaining cells, up to `most` unless that is zero; the
    next such column takes the rest. The column with the highest `optional` is left out first. `ids` is not zero in a
    column of ids: they are cut in the middle, and the column shrinks to that width before any column is left out.
    """

    title: str
    width: int
    grows: bool = False
    right: bool = False
    optional: int = 0
    ids: int = 0
    most: int = 0


class Cell(NamedTuple):
    """A cell's text and its style, one of `STYLES` or empty. `runs` replaces the text: texts and their styles that
    already fit the width.
    """

    text: str
    style: str = ""
    runs: tuple[tuple[str, str], ...] = ()


class Row(NamedTuple):
    """A row's cells, one per column; a `dim` row is drawn in the quiet colour."""

    cells: tuple[Cell, ...]
    dim: bool = False


class Look(NamedTuple):
    """What a row's drawing depends on besides its cells."""

    pointed: bool
    marked: bool
    focused: bool


class RowTable(ScrollView, inherit_bindings=False):
    """Rows by key; the cursor and the marks follow their keys when the rows change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rows--header", "rows--cursor", "rows--cursor-idle", *(f"rows--{style}" for style in STYLES),
    }  # fmt: skip
    can_focus = True

    class Opened(Message):
        """A row was clicked twice."""

    class HeadClicked(Message):
        """The head of a column was clicked."""

        def __init__(self, title: str) -> None:
            super().__init__()
            self.title = title

    def __init__(
        self, columns: Sequence[Column], row_of: Callable[[str], Row | None], empty: str, *, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.columns: Sequence[Column] = columns
        self.row_of = row_of
        self.empty = empty
        self.sorted_by: tuple[str, bool] | None = None
        """The title of the sort column, and whether the order is descending."""
        self.titles: dict[str, Callable[[str, int], str]] = {}
        """Functions that make the header text from a column's title and width, by title."""
        self.hidden: frozenset[str] = frozenset()
        """The titles of the columns that a person has hidden."""
        self.marked: Collection[str] = ()
        self.cursor_moved: Callable[[], None] | None = None
        """Called at once, in the same turn of the event loop, so that dependent views follow the cursor."""
        self._keys: Sequence[str] = ()
        self._index_of: Callable[[str], int | None] | None = None
        self._cursor = 0
        """The index of the cursor's row."""
        self._key: str | None = None
        """The key that the cursor follows; None if nobody has moved the cursor: it stays in the first row."""
        self._plain = Style()
        self._room = Size(0, 0)
        self._top = 0
        """The index of the first row in sight."""
        self._rows: dict[str, Row | None] = {}
        self._strips: dict[str, dict[Look, Strip]] = {}
        """Drawn rows by key and look, kept until the rows may have changed."""
        self._drawn: dict[int, Strip] = {}
        """The drawing of each line in sight."""
        self._layout_for: tuple[int, int, frozenset[str]] | None = None
        self._widths: list[tuple[int, Column, int]] = []

    # What is shown

    @property
    def keys(self) -> Sequence[str]:
        """The keys of the rows, in order."""
        return self._keys

    @property
    def cursor(self) -> str | None:
        """The key that the cursor follows: the highlighted one, even if rows have moved since."""
        if not self._keys:
            return None
        return self._keys[self._cursor] if self._key is None else self._key

    def show(self, keys: Sequence[str], index_of: Callable[[str], int | None] | None = None) -> str | None:
        """Show these rows. The cursor follows its key; if the key is gone, the cursor goes to the nearest neighbour. If
        nobody has moved it, it stays in the first row. For long lists, `index_of` finds the index of a key. Returns the
        key that the cursor lost, if any.
        """
        before, old, at = self._key, self._keys, self._cursor
        self._keys, self._index_of = keys, index_of
        place = 0 if before is None else self._place_of(before)
        self._cursor = self._beside(old, at) if place is None else place
        self._key = keys[self._cursor] if before is not None and keys else None
        self._fit_scroll()
        self.reread()
        return before if place is None else None

    def shows(self, title: str) -> bool:
        """Whether there is room for the column with this title."""
        return self.width_of(title) > 0

    def width_of(self, title: str) -> int:
        """The current width in cells of the column with this title; 0 if there is no room for it."""
        return next((width for _, column, width in self._laid_out() if column.title == title), 0)

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Replace the columns; every row must have one cell per column."""
        if columns != self.columns:
            self.columns, self._layout_for = columns, None
            self.refresh()

    def grew(self, rows: int) -> None:
        """Tell that `rows` rows were added at the top: the cursor stays with its row, unless nobody has moved it."""
        if self._key is not None:
            self._cursor += rows
        self._fit_scroll()
        self.refresh()

    def start_over(self) -> None:
        """Move the cursor to the first row, as if nobody had moved it."""
        self._cursor, self._key = 0, None

    # Moving

    def hold(self) -> None:
        """Fix the cursor to its row, as if a person had put it there."""
        self._key = self.cursor

    def move(self, rows: int) -> None:
        """Move the cursor by a number of rows."""
        self.move_to(self._cursor + rows)

    def step(self, rows: int) -> None:
        """Move the cursor by a number of rows, and wrap around at both ends."""
        if self._keys:
            self.move_to((self._cursor + rows) % len(self._keys))

    def page(self, pages: float) -> None:
        """Move the cursor by a number of screens of rows."""
        self.move(int(pages * max(self.size.height - 1, 1)) or (1 if pages > 0 else -1))

    def move_to(self, index: int) -> None:
        """Move the cursor to the row with this index."""
        wanted = min(max(index, 0), max(len(self._keys) - 1, 0))
        self._key = self._keys[wanted] if self._keys else None
        if wanted != self._cursor:
            self.refresh_line(self._cursor + 1)
            self._cursor = wanted
            self.refresh_line(wanted + 1)
            self._fit_scroll()
            if self.cursor_moved is not None:
                self.cursor_moved()

    def end(self, direction: int) -> None:
        """Move the cursor to the first or the last row."""
        self.move_to(0 if direction < 0 else len(self._keys) - 1)
        if direction < 0:
            self._key = None

    def move_to_key(self, key: str) -> None:
        """Move the cursor to the row of a key, if it is shown."""
        place = self._place_of(key)
        if place is not None:
            self.move_to(place)

    def _place_of(self, key: str) -> int | None:
        if self._index_of is not None:
            return self._index_of(key)
        return next((index for index, there in enumerate(self._keys) if there == key), None)

    def _beside(self, old: Sequence[str], at: int) -> int:
        """The index of the nearest row of the `old` keys that is still shown; rows below are tried first."""
        place_of = self._index_of or {key: place for place, key in enumerate(self._keys)}.get
        after, before = old[at + 1 : at + 1 + _NEAR], old[max(at - _NEAR, 0) : at][::-1]
        near = (key for key in chain.from_iterable(zip_longest(after, before)) if key is not None)
        places = (place for place in map(place_of, near) if place is not None)
        return next(places, min(at, max(len(self._keys) - 1, 0)))

    def _fit_scroll(self) -> None:
        fit_content(self, Size(self.size.width, len(self._keys) + 1))
        visible = max(self.size.height - 1, 1)
        top = int(self.scroll_target_y)
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, immediate=True)
        elif self._cursor >= top + visible:
            self.scroll_to(y=self._cursor - visible + 1, animate=False, immediate=True)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._layout_for = None
        self._forget()
        self._fit_scroll()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked row; a double click opens it. A click on a header posts `HeadClicked`."""
        index = int(self.scroll_offset.y) + event.y - 1
        if event.y < 1:
            if (title := self._title_at(event.x)) is not None:
                self.post_message(self.HeadClicked(title))
            return
        if index >= len(self._keys):
            return
        if event.chain > 1:
            self.post_message(self.Opened())
        else:
            self.move_to(index)

    def _title_at(self, x: int) -> str | None:
        """The title of the column at the horizontal cell `x`; the gap behind a column belongs to it."""
        begins = _MARGIN
        for _, column, width in self._laid_out():
            ends = begins + width + _GAP
            if begins <= x < ends:
                return column.title
            begins = ends
        return None

    # Drawing

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Redraw these regions; without any, read and redraw all rows."""
        if not regions:
            self._forget()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Redraw everything: the look has changed."""
        self._forget()
        super().notify_style_update()

    def _forget(self) -> None:
        self._rows.clear()
        self._strips.clear()

    def reread(self) -> None:
        """Read the rows in sight again, and redraw the lines that changed."""
        if not self._drawn:
            self.refresh()
            return
        self._measure()
        width, height = self._room
        before, self._rows = self._rows, {key: self.row_of(key) for key in self._keys[self._top : self._top + height]}
        strips = self._strips
        same = (key for key, row in self._rows.items() if key in strips and key in before and row == before[key])
        self._strips = {key: strips[key] for key in same}
        lines = (y for y in range(height) if self._drawn_line(y) != self._drawn.get(y))
        for first, count in runs_of(lines):
            self.refresh(Region(0, first, width, count))

    def _measure(self) -> None:
        """Compute once what all lines share."""
        if self.size.width != self._room.width:
            self._forget()
        self._plain, self._room, self._top = self.rich_style, self.size, int(self.scroll_offset.y)

    def _laid_out(self) -> list[tuple[int, Column, int]]:
        """The columns that fit: index, column and width of each."""
        wanted = (self.size.width, len(self.columns), self.hidden)
        if self._layout_for == wanted:
            return self._widths
        chosen = [item for item in enumerate(self.columns) if item[1].title not in self.hidden]
        room = self.size.width - _MARGIN - 1
        chosen = _narrowed(chosen, room, lambda column: column.ids)
        while _needed(chosen) > room and (dropped := max(chosen, key=lambda item: item[1].optional))[1].optional:
            chosen.remove(dropped)
        chosen = _narrowed(chosen, room, lambda column: 2 * _LEAST if column.grows else 0)
        # As a last resort any column is cut visibly, amounts last of all.
        chosen = _narrowed(chosen, room, lambda column: 0 if column.right else _LEAST)
        chosen = _narrowed(chosen, room, lambda _: _LEAST)
        spare = max(room - _needed(chosen), 0)
        self._widths = []
        for index, column in chosen:
            more = (
                0 if not column.grows else spare if not column.most else min(spare, max(column.most - column.width, 0))
            )
            spare -= more
            self._widths.append((index, column, column.width + more))
        self._layout_for = wanted
        return self._widths

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region; what they share is computed once."""
        self._measure()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line: the header or a row."""
        strip = self._drawn[y] = self._drawn_line(y)
        return strip

    def _drawn_line(self, y: int) -> Strip:
        width, index = self._room.width, self._top + y - 1
        if y == 0:
            strip = self._header()
        elif not self._keys:
            text = f"  {self.empty}" if y == 2 else ""
            strip = Strip([Segment(fit(text, width), self._style("quiet"))])
        elif index < len(self._keys):
            return self._drawn_row(index)
        else:
            return Strip.blank(width, self._plain)
        return strip.adjust_cell_length(width, self._plain)

    def _header(self) -> Strip:
        style = self.get_component_rich_style("rows--header")
        texts = [" " * _MARGIN]
        for _, column, width in self._laid_out():
            heading = self.titles.get(column.title)
            title = column.title if heading is None else heading(column.title, width)
            if self.sorted_by is not None and self.sorted_by[0] == column.title:
                # The sort mark always stays visible.
                title = f"{cut(title, width - 2)} {DOWNWARDS if self.sorted_by[1] else UPWARDS}"
            texts.append(fit(title, width, right=column.right) + " " * _GAP)
        return Strip([Segment("".join(texts), style)])

    def _drawn_row(self, index: int) -> Strip:
        """A row's drawing, made only if it is not cached."""
        key, pointed = self._keys[index], index == self._cursor
        look = Look(pointed, key in self.marked, pointed and self.has_focus)
        looks = self._strips.setdefault(key, {})
        strip = looks.get(look)
        if strip is None:
            if key not in self._rows:
                self._rows[key] = self.row_of(key)
            row = self._rows[key]
            strip = Strip.blank(self._room.width, self._plain) if row is None else self._draw_row(row, look)
            looks[look] = strip
        return strip

    def _draw_row(self, row: Row, look: Look) -> Strip:
        pointed, marked, focused = look
        base = self._plain
        over = Style()
        if pointed:
            base = self.get_component_rich_style("rows--cursor" if focused else "rows--cursor-idle")
            over = base if base.reverse else Style(bgcolor=base.bgcolor, bold=base.bold or None)
        sign = (CURSOR if pointed else " ") + (MARKED if marked else " ")
        segments = [Segment(sign, self._style("accent") + over)]
        for place, column, width in self._laid_out():
            text, name, runs = row.cells[place]
            if runs and sum(cell_len(part) for part, _ in runs) > width:
                text, runs = "".join(part for part, _ in runs), ()
            if runs:
                segments += [Segment(part, self._style(name) + over) for part, name in runs]
                segments.append(Segment(" " * _GAP, self._plain + over))
                continue
            style = self._style("quiet" if row.dim else name) + over
            fitted = fit_id(text, width) if column.ids else fit(text, width, right=column.right)
            segments.append(Segment(fitted + " " * _GAP, style))
        strip = Strip(segments).adjust_cell_length(self._room.width, base)
        return lifted(strip) if pointed else strip

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"rows--{name}") if name else self._plain


def _narrowed(columns: list[tuple[int, Column]], room: int, least: Callable[[Column], int]) -> list[tuple[int, Column]]:
    """The columns narrowed until they fit `room`, the widest first; none below its minimum (zero: not narrowed)."""
    narrower = list(columns)
    while (over := _needed(narrower) - room) > 0:
        places = [place for place, (_, column) in enumerate(narrower) if 0 < least(column) < column.width]
        if not places:
            break
        place = max(places, key=lambda place: narrower[place][1].width)
        index, column = narrower[place]
        others = max((narrower[other][1].width for other in places if other != place), default=0)
        width = max(column.width - over, min(others, column.width - 1), least(column))
        narrower[place] = index, column._replace(width=width)
    return narrower


def _needed(columns: list[tuple[int, Column]]) -> int:
    """The cells that the columns take, including the gaps between them."""
    return sum(column.width + _GAP for _, column in columns) - _GAP
