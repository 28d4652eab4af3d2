"""Fleets in CSV: one row per instance, with the key names of the JSON as columns.

A CSV file is turned into a fleet document first, and that document is read. Rows are numbered as in a spreadsheet: the
header is row 1, empty rows count, and a line break inside quotes does not start a new row.
"""

import csv
import io
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from core.base.counting import counted
from core.base.errors import BadInput, shown
from core.base.reading import read_id, read_unparsed_amount
from core.formats.document import FORMAT, INSTANCE_KEYS, read_document
from core.rules.policy import Policy
from core.world.model import World

COLUMNS: Final = (*INSTANCE_KEYS, "renewal_schedule", "renewal_months", "renewal_enabled_on")
"""The columns that a fleet in CSV may have. `renewal` is `manual`, `auto` or `none`."""

_REQUIRED: Final = ("id", "account", "kind")
_PRICE_KEYS: Final = ("id", "instanceid", "instance_id")
_FLAGS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_FLAG_COLUMNS: Final = ("trial", "devices_online")
_WHOLE_COLUMNS: Final = ("anchor_day", "renewal_months")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,9}")
_HAS_SEMICOLON: Final = re.compile(r"[\r\n]*[^\r\n;]*;")
_COMPLAINT: Final = re.compile(r"(row [0-9]+)\.(\w+)(?:\.(\w+))?(?=: )")


class CsvRow(NamedTuple):
    """A row that is not empty: its number in the file, counted from 1, and its cells without surrounding spaces."""

    number: int
    cells: list[str]


def read_rows(text: str) -> list[CsvRow]:
    """The rows of a CSV file that are not empty. The separator is `;` if the first row contains one, else `,`.

    Raises BadInput if the text is not valid CSV, for example if a quote is never closed.
    """
    separator = ";" if _HAS_SEMICOLON.match(text) else ","
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    rows: list[CsvRow] = []
    number = 0
    try:
        for number, cells in enumerate(lines, 1):
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                rows.append(CsvRow(number, stripped))
    except csv.Error as error:
        raise BadInput(f"row {number + 1}: is not valid CSV ({error}): is a quote left open?") from None
    return rows


class Table(NamedTuple):
    """A fleet in CSV: the fleet document made from it, and the world read from that document."""

    document: dict[str, object]
    world: World


def read_table(text: str, policy: Policy, clock: int, balance: str | None = None, currency: str | None = None) -> Table:
    """Read a fleet in CSV at the instant `clock`. An account is created when a row first names it.

    Every account gets `balance` and `currency`. An empty cell is a missing value. Raises BadInput, which names the
    row, the column and what would be right.
    """
    rows = read_rows(text)
    if not rows:
        raise BadInput(f"is empty: its first row must name the columns, such as {', '.join(_REQUIRED)}")
    columns = _columns(rows[0])
    common = {key: value for key, value in (("balance", balance), ("currency", currency)) if value is not None}
    accounts: dict[str, dict[str, object]] = {}
    instances: list[dict[str, object]] = []
    width = len(rows[0].cells)
    for row in rows[1:]:
        if len(row.cells) != width:
            cells = f"it has {counted(len(row.cells), 'cell')}, the header {width}"
            raise BadInput(f"row {row.number}: {cells}: give one per column, in quotes if it contains a separator")
        instance = _instance(row, columns)
        instances.append(instance)
        if "account" in instance:
            owner = _read_id_in(row, "account", instance["account"])
            accounts.setdefault(owner, {"id": owner, **common})
    document: dict[str, object] = {"format": FORMAT, "accounts": list(accounts.values()), "instances": instances}
    try:
        world = read_document(document, policy, clock, lambda index: f"row {rows[index + 1].number}")
    except BadInput as error:
        raise BadInput(_COMPLAINT.sub(_in_csv_terms, str(error), count=1)) from None
    return Table(document, world)


def read_prices(text: str) -> dict[str, str]:
    """Monthly prices by instance id, from rows of id and price. A header row is optional. Raises BadInput."""
    prices: dict[str, str] = {}
    for index, row in enumerate(read_rows(text)):
        if index == 0 and _column_name(row.cells[0]) in _PRICE_KEYS:
            continue
        if len(row.cells) != 2:
            raise BadInput(f"row {row.number}: it has {counted(len(row.cells), 'cell')}: give an id and a price")
        identity, price = _read_id_in(row, "id", row.cells[0]), row.cells[1]
        try:
            read_unparsed_amount(price)
        except BadInput as error:
            raise BadInput(f"row {row.number}, price: {error}") from None
        if prices.setdefault(identity, price) != price:
            raise BadInput(f"row {row.number}: {shown(identity)} appears twice with different prices: keep one of them")
    return prices


def _columns(header: CsvRow) -> list[str]:
    """The names of the columns, without empty cells at the end of the header."""
    names = [_column_name(cell) for cell in header.cells]
    while not names[-1]:
        names.pop()
    known = f"the columns may be {', '.join(COLUMNS)}"
    for position, name in enumerate(names):
        if name not in COLUMNS:
            raise BadInput(f"row {header.number}: unknown column {shown(header.cells[position])}: {known}")
        if name in names[:position]:
            raise BadInput(f'row {header.number}: the column "{name}" appears twice: keep one of them')
    for name in _REQUIRED:
        if name not in names:
            raise BadInput(f'row {header.number}: the column "{name}" is missing: {known}')
    return names


def _column_name(cell: str) -> str:
    """The key that a header cell means, in any case and with spaces: "ID" is id, "Monthly price" is monthly_price."""
    return "_".join(cell.casefold().split())


def _instance(row: CsvRow, columns: list[str]) -> dict[str, object]:
    """A row as an instance of the document. A cell that can't be converted stays text: `read_document` refuses it."""
    if any(row.cells[len(columns) :]):
        raise BadInput(f"row {row.number}: it has a cell in a column without a name: name it in the header")
    cells = {name: cell for name, cell in zip(columns, row.cells, strict=False) if cell}
    renewal = _renewal(cells)
    instance = {name: _converted(name, cell) for name, cell in cells.items() if not name.startswith("renewal")}
    return instance | ({"renewal": renewal} if renewal else {})


def _renewal(cells: Mapping[str, str]) -> dict[str, object]:
    parts: dict[str, object] = {
        name.removeprefix("renewal_"): _converted(name, cells[name]) for name in COLUMNS[-3:] if name in cells
    }
    if parts or "renewal" in cells:
        parts["mode"] = cells.get("renewal", "")
    return parts


def _converted(name: str, cell: str) -> object:
    if name in _FLAG_COLUMNS:
        return _FLAGS.get(cell.lower(), cell)
    return int(cell) if name in _WHOLE_COLUMNS and _WHOLE.fullmatch(cell) else cell


def _read_id_in(row: CsvRow, column: str, value: object) -> str:
    try:
        return read_id(value)
    except BadInput as error:
        raise BadInput(f"row {row.number}, {column}: {error}") from None


def _in_csv_terms(complaint: re.Match[str]) -> str:
    """A value's path in the document as row and column: "row 5.renewal.months" becomes "row 5, renewal_months"."""
    row, key, part = complaint.groups()
    return f"{row}, {key}" if part in (None, "mode") else f"{row}, {key}_{part}"
