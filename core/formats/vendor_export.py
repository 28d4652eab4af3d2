"""Turns the vendor's export, answers of QueryAvailableInstances and QueryAccountBalance, into a fleet document.

The export contains no prices, so the user must give them as options; nothing is guessed.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from core.base.counting import counted
from core.base.errors import BadInput, shown
from core.base.instants import Calendar
from core.base.reading import read_count, read_instant, read_text
from core.formats.document import FORMAT
from core.formats.vendor_answers import Balance, ExportRow, Page, named, read_row, scalars, text_of
from core.formats.vendor_money import Prices, Terms, accounts_of
from core.rules.policy import Policy
from core.world.model import AUTO, CONSOLE, ENTERPRISE, LEGACY_PUBLIC, MANUAL, NONE

_PRODUCT: Final = "iot"
_NEVER: Final = ("2099-12-31", "0001-01-01")
"""Dates that the vendor writes to mean "never"."""
_MODES: Final = {"AutoRenewal": AUTO, "ManualRenewal": MANUAL, "": MANUAL, "NotRenewal": NONE}
_PAGE_SIZES: Final = (20, 50, 100, 300)
"""How many rows a full page can have: the call's default, the sizes that tools request, and the call's maximum."""
_UNIT_MONTHS: Final = {"M": 1, "Y": 12}


class Export(NamedTuple):
    """An export as a fleet document, each instance's name in error messages, and remarks for the user."""

    document: dict[str, object]
    labels: list[str]
    notes: tuple[str, ...]


def export_document(
    pages: Sequence[Page], balances: Sequence[Balance], terms: Terms, clock: int, policy: Policy
) -> Export:
    """The fleet document of an export, at the instant `clock`.

    Instances come in the order of the pages, accounts in the order in which instances name them. Raises BadInput, which
    names the file, the instance and what would be right; also if there is nothing to import.
    """
    rows, others = _select_product(pages, terms.product)
    if not rows and not balances:
        raise _nothing_taken(pages, others)
    accounts = accounts_of(rows, balances, terms, clock, policy.calendar)
    prices = Prices(rows, terms, accounts.currency)
    prices.check()
    document: dict[str, object] = {
        "format": FORMAT,
        "clock": policy.calendar.format(clock),
        "accounts": accounts.entries,
        "instances": [_instance(row, prices, clock, policy) for row in rows],
    }
    return Export(document, [row.where for row in rows], _notes(pages, len(rows), others))


def _nothing_taken(pages: Sequence[Page], others: Sequence[str]) -> BadInput:
    name = pages[0].name
    if not others:
        return BadInput(f"{name}: has no instance: save the answer of QueryAvailableInstances that lists some")
    return BadInput(
        f"{name}: nothing was taken, {_left_out(others)}: give --product CODE, such as {_shown_code(others[0])}"
    )


def _select_product(pages: Sequence[Page], product: str | None) -> tuple[list[ExportRow], list[str]]:
    """The rows to import, one per instance, and the product code of every other row."""
    taken: dict[str, ExportRow] = {}
    others: list[str] = []
    for page in pages:
        for index, item in enumerate(page.rows):
            where = f"{page.name}: InstanceList[{index}]"
            if not isinstance(item, dict):
                raise BadInput(f"{where}: {shown(item)} must be an object")
            entry = named(item, where)
            code = text_of(entry, "ProductCode", where)
            if not code:
                raise BadInput(f"{where}: ProductCode is missing: save the whole answer of QueryAvailableInstances")
            if code == product or (product is None and code.startswith(_PRODUCT)):
                _take(read_row(entry, where, page.name), taken)
            else:
                others.append(code)
    return list(taken.values()), others


def _take(row: ExportRow, taken: dict[str, ExportRow]) -> None:
    """Add a row, unless an overlapping page already gave the same one. Raises BadInput if the two differ."""
    first = taken.setdefault(row.id, row)
    if scalars(first.fields) != scalars(row.fields):
        raise BadInput(f"{row.where} appears twice with different values, first in {first.where}: export it again")


def _instance(row: ExportRow, prices: Prices, clock: int, policy: Policy) -> dict[str, object]:
    region = text_of(row.fields, "Region", row.where)
    try:
        read_text(region)
    except BadInput as error:
        raise BadInput(f"{row.where}: Region: {error}") from None
    released = _released(row, clock, policy.calendar)
    instance: dict[str, object] = {"id": row.id, "account": row.owner, "region": region, "released": released}
    if prices.is_subscription(row):
        expires = _end(row, policy.calendar, released)
        price, renewal = prices.monthly(row), _renewal(row, policy)
        return instance | {"kind": ENTERPRISE, "expires": expires, "monthly_price": price, "renewal": renewal}
    return instance | {"kind": LEGACY_PUBLIC, "daily_charge": prices.daily(row)}


def _is_never(written: str) -> bool:
    """Whether a time means "never": it is empty, the word itself, or one of the vendor's dates for it."""
    return not written or written.casefold() == "never" or written.startswith(_NEVER)


def _released(row: ExportRow, clock: int, calendar: Calendar) -> str | None:
    """The instance's ReleaseTime if it is at or before the clock (I1), else None."""
    written = text_of(row.fields, "ReleaseTime", row.where)
    if _is_never(written):
        return None
    try:
        return written if read_instant(written, calendar) <= clock else None
    except BadInput as error:
        raise BadInput(f"{row.where}: ReleaseTime: {error}") from None


def _end(row: ExportRow, calendar: Calendar, released: str | None) -> str:
    """When the subscription ends. A released instance whose row gives no end ended at its release at the latest."""
    written = text_of(row.fields, "EndTime", row.where)
    if _is_never(written):
        if released is not None:
            return released
        never = f"{shown(written)} means never" if written else "it is empty"
        raise BadInput(f"{row.where}: EndTime: {never}, but a subscription has an end: give it, or take the row out")
    try:
        read_instant(written, calendar)
    except BadInput as error:
        raise BadInput(f"{row.where}: EndTime: {error}") from None
    return written


def _renewal(row: ExportRow, policy: Policy) -> dict[str, object]:
    status = text_of(row.fields, "RenewStatus", row.where)
    if status not in _MODES:
        raise BadInput(
            f"{row.where}: RenewStatus: {shown(status)} must be one of {', '.join(word for word in _MODES if word)}"
        )
    mode = _MODES[status]
    if mode != AUTO:
        return {"mode": mode}
    count, unit = row.fields.get("RenewalDuration"), text_of(row.fields, "RenewalDurationUnit", row.where)
    offered = policy.console_months
    months = (read_count(count) or 0) * _UNIT_MONTHS.get(unit, 0)
    if months not in offered:
        written = f"RenewalDuration {shown(count)}, RenewalDurationUnit {shown(unit)}"
        periods = ", ".join(map(str, offered))
        raise BadInput(f"{row.where}: {written}: auto-renewal needs a period that is offered: {periods} months")
    return {"mode": AUTO, "schedule": CONSOLE, "months": months}


def _notes(pages: Sequence[Page], taken: int, others: Sequence[str]) -> tuple[str, ...]:
    notes: list[str] = [_left_out(others)] if others else []
    total, given = max((page.total or 0 for page in pages), default=0), taken + len(others)
    if total > given:
        notes.append(
            f"the export counts {counted(total, 'instance')}, the files given hold {given:,}: is a page missing?"
        )
    uncounted = [page for page in pages if not page.total]
    if uncounted and all(_is_full(page) for page in uncounted):
        rows = counted(sum(len(page.rows) for page in uncounted), "row")
        notes.append(f"{uncounted[0].name}: holds {rows} and no TotalCount, like a full page: a page may be missing")
    return tuple(notes)


def _is_full(page: Page) -> bool:
    """Whether a page has exactly as many rows as a full page, so that another page may follow."""
    rows = len(page.rows)
    return rows in _PAGE_SIZES or (page.size is not None and 1 < page.size == rows)


def _left_out(others: Sequence[str]) -> str:
    codes = sorted(set(others))
    listed = ", ".join(map(_shown_code, codes[:5])) + (", ..." if len(codes) > 5 else "")
    return f"{counted(len(others), 'row')} of other products ({listed}) left out"


def _shown_code(code: str) -> str:
    return shown(code).strip('"')
