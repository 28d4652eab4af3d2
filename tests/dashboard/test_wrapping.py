"""Wrapped sentences: no line break falls within a date, an amount, or a number with its unit, and days are aligned."""

import re
from collections.abc import Sequence

import pytest
from textual.content import Content
from textual.pilot import Pilot

from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of
from tui.text.cells import wrapped, wrapped_content
from tui.widgets.dates import in_column

WHOLE = (
    "12 Jul 09:00", "9 Aug", "1 Mar 2027", "31 Dec 2027 23:59", "2026-07-10 08:00", "Fri 2026-07-10 08:00",
    "CNY 1,000.00", "USD -0.15", "JPY 500", "30 d", "9 d 8 h", "1,200 d", "24 h", "3 mo", "12 months", "31 days",
)  # fmt: skip


@pytest.mark.parametrize("unit", WHOLE)
def test_no_line_break_falls_within_a_date_an_amount_or_a_number(unit: str) -> None:
    """At any position in the line, at any sufficient width, and with an indent too."""
    for before in range(24):
        text = f"{'x ' * before}{unit}, {unit} after; {unit}."
        for width in range(len(unit) + 4, 60):
            for indent in (0, 2):
                lines = wrapped(text, width, indent=indent)
                assert all(len(line) <= width for line in lines)
                assert " ".join(line.strip() for line in lines).split() == text.split()
                assert sum(line.count(unit) for line in lines) == 3, lines


@pytest.mark.parametrize("text", ["CNY " + "9" * 60, "12 Jul " * 20, "x" * 90, "", "31 december 2 may 5 dogs"])
def test_a_unit_longer_than_a_line_is_broken_anyway(text: str) -> None:
    for width in range(4, 40):
        lines = wrapped(text, width)
        assert all(len(line) <= width for line in lines)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_text_keeps_its_styles() -> None:
    text = Content.assemble("paid on ", ("12 Jul 09:00", "bold"), " or ", ("not", "italic"))
    lines = wrapped_content(text, 14)
    assert [line.plain.rstrip() for line in lines] == ["paid on", "12 Jul 09:00", "or not"]
    assert [span.style for span in lines[1].spans] == ["bold"] and [span.style for span in lines[2].spans] == ["italic"]


SCREENS = (("1", "G"), ("2",), ("2", "tab"), ("3",), ("l",), ("2", "r"), ("2", "e"), ("2", "a", "x"))


@pytest.mark.parametrize("size", [(60, 15), (72, 24), NARROW, (100, 30), WIDE, (160, 50)])
def test_no_screen_separates_an_amount_from_its_currency(size: tuple[int, int]) -> None:
    """The line ends of every pane, including dialogs; the inspector is beside the table or below it."""
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        for keys in SCREENS:
            await pilot.press("escape", "escape", "1", *keys)
            await pilot.pause()
            for line in text_of(app).splitlines():
                for part in re.split("[│┃]", line):
                    assert not re.search(r"\b(?:CNY|USD)\s*\Z", part), (keys, part)

    driven(app, steps, size)


def test_the_days_of_a_column_are_aligned() -> None:
    assert [in_column(told) for told in ("9 Aug", "25 Jul 00:00", "today", "-", "")] == [
        " 9 Aug", "25 Jul 00:00", "today", "-", "",
    ]  # fmt: skip


@pytest.mark.parametrize("keys", [("2",), ("2", "tab"), ("2", "a", "m"), ("2", "a", "x"), ("2", "r")])
def test_all_dates_in_one_column_are_aligned(keys: Sequence[str]) -> None:
    """In the tables, the dialogs and the coming events: the months begin in the same cell."""
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press(*keys)
        await pilot.pause()
        begins: dict[int, int] = {}
        for line in text_of(app).splitlines()[4:]:
            for found in re.finditer(r"(?<=  )( ?\d{1,2}) (?:Jul|Aug|Sep|Oct|Nov|Dec)\b(?=  |\Z| \d\d:\d\d {2})", line):
                begins[found.end(1)] = begins.get(found.end(1), 0) + 1
        assert begins and all(end + 1 not in begins for end in begins), begins

    driven(app, steps, WIDE)
