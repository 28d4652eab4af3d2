"""Instants, dates, durations and months: which texts are read, which are refused, and how they are written (T1, T5,
T6).
"""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.errors import BadInput
from core.base.instants import (
    DAY,
    Calendar,
    Duration,
    calendar_at,
    format_day,
    format_seconds,
    parse_day,
    parse_duration,
)

EIGHT = calendar_at(8 * 3600)
JULY = EIGHT.parse("2026-07-10T00:00:00+08:00")

OFFSETS = st.sampled_from([0, 8 * 3600, -(3 * 3600 + 1800), 14 * 3600, -14 * 3600])


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2026-07-10T00:00:00+08:00", "2026-07-10T00:00:00+08:00"),
        ("2026-07-10", "2026-07-10T00:00:00+08:00"),
        ("2026-07-10T08:30", "2026-07-10T08:30:00+08:00"),
        ("2026-07-10 08:30:15", "2026-07-10T08:30:15+08:00"),
        ("2026-07-09T16:00:00Z", "2026-07-10T00:00:00+08:00"),
        ("2026-07-09t16:00z", "2026-07-10T00:00:00+08:00"),
        ("2026-07-10T00:00-03:30", "2026-07-10T11:30:00+08:00"),
        ("2026-07-10T00:00:00+05:30", "2026-07-10T02:30:00+08:00"),
        ("2026-07-10T08:00:00.000", "2026-07-10T08:00:00+08:00"),
        ("  2026-07-10  ", "2026-07-10T00:00:00+08:00"),
        ("2028-02-29", "2028-02-29T00:00:00+08:00"),
        ("2000-02-29", "2000-02-29T00:00:00+08:00"),
        ("2026-12-31T23:59:59", "2026-12-31T23:59:59+08:00"),
    ],
)
def test_valid_instants(written: str, shown: str) -> None:
    """T1: with or without seconds, any offset, Z. Without an offset, the policy's; a bare date is its midnight."""
    assert EIGHT.format(EIGHT.parse(written)) == shown


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "now", "tomorrow", "2026", "2026-07", "2026-7-10", "10.07.2026", "07/10/2026", "2026-02-29",
        "2026-02-30",
        "2100-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-07-00", "2026-07-32", "2026-07-10T25:00",
        "2026-07-10T08:60", "2026-07-10T08:00:60", "2026-07-10T08:00:00.5", "2026-07-10T08:00:00.001Z", "2026-07-10T",
        "2026-07-10T08:00:00+24:00", "2026-07-10T08:00:00 CST", "2026-07-10+08:00", "1751472000", "-2026-07-10",
        "２０２６-07-10", "2026-07-10T08:00:00\n2026", "2026-07-10\x00", "9999-12-31", "0001-01-01", "12026-07-10",
        "2026-07-10T08:00:00+08:00[Asia/Shanghai]",
    ],
    ids=repr,
)  # fmt: skip
def test_invalid_instants(written: str) -> None:
    """T1: dates that don't exist, fractions of a second, other forms, years out of range. Each gives one sentence."""
    with pytest.raises(BadInput) as caught:
        EIGHT.parse(written)
    assert "\n" not in str(caught.value)
    assert "\x00" not in str(caught.value)


@settings(derandomize=True, database=None)
@given(st.integers(-(2 * 10**9), 2 * 10**11), OFFSETS, OFFSETS)
def test_an_instant_written_in_any_offset_is_read_back(instant: int, offset: int, other: int) -> None:
    """T1: by a calendar of any offset."""
    assert Calendar(other).parse(Calendar(offset).format(instant)) == instant


@pytest.mark.parametrize("written", ["1900-01-01T00:00:00", "8999-12-31T23:59:59"])
@pytest.mark.parametrize("offset", ["Z", "+08:00", "+14:00", "-14:00"])
def test_an_instant_read_can_be_written_and_read_back(written: str, offset: str) -> None:
    """Also at the ends of the range, where the year may differ in another offset."""
    try:
        instant = EIGHT.parse(written + offset)
    except BadInput:
        return
    assert EIGHT.parse(EIGHT.format(instant)) == instant


@pytest.mark.parametrize("written", ["7000y", "6973y", "83676mo", "9000y", "200000000w", "2546640d"])
def test_an_instant_after_a_duration_can_be_written_and_read_back(written: str) -> None:
    """A duration leads to an instant that a file can hold, or it is refused."""
    try:
        instant = EIGHT.parse_when(written, JULY)
    except BadInput as error:
        assert "too far" in str(error)
        return
    assert EIGHT.parse(EIGHT.format(instant)) == instant


@pytest.mark.parametrize("clock", ["8999-01-31", "8998-06-30", "8999-12-31"])
def test_the_end_of_a_period_can_be_written_and_read_back(clock: str) -> None:
    """T5: a file can hold the end of 36 months, or the period is refused."""
    try:
        end = EIGHT.add_months(EIGHT.parse(clock), 36, 30)
    except BadInput:
        return
    assert EIGHT.parse(EIGHT.format(end)) == end


@pytest.mark.parametrize(
    ("written", "duration"),
    [
        ("30m", (0, 1800)), ("36h", (0, 129600)), ("10d", (0, 864000)), ("2w", (0, 1209600)), ("3mo", (3, 0)),
        ("1y", (12, 0)),
        ("0m", (0, 0)), ("0d", (0, 0)), ("100y", (1200, 0)), (" 5d ", (0, 432000)), ("045m", (0, 2700)),
    ],
)  # fmt: skip
def test_valid_durations(written: str, duration: tuple[int, int]) -> None:
    assert parse_duration(written) == Duration(*duration)


@pytest.mark.parametrize(
    "written", ["", "5", "d", "-5d", "1.5h", "1h30m", "5D", "5mos", "5 days", "P1D", "١d", "1e3d", "9" * 40 + "d"]
)
def test_invalid_durations(written: str) -> None:
    with pytest.raises(BadInput, match="duration"):
        parse_duration(written)


@pytest.mark.parametrize(
    ("clock", "written", "then"),
    [
        ("2026-01-31T09:30:00", "1mo", "2026-02-28T09:30:00"), ("2026-01-31", "2mo", "2026-03-31T00:00:00"),
        ("2028-02-29", "1y", "2029-02-28T00:00:00"), ("2028-02-29", "4y", "2032-02-29T00:00:00"),
        ("2026-12-31T23:59:59", "2mo", "2027-02-28T23:59:59"), ("2026-07-01", "36h", "2026-07-02T12:00:00"),
        ("2026-07-01", "0m", "2026-07-01T00:00:00"), ("2026-07-01", "2026-07-05", "2026-07-05T00:00:00"),
        ("2026-03-08T01:00:00", "1d", "2026-03-09T01:00:00"),
    ],
)  # fmt: skip
def test_a_duration_after_the_clock(clock: str, written: str, then: str) -> None:
    """T5: months and years keep the clock's day of the month, or clamp it to the last day."""
    assert EIGHT.format(EIGHT.parse_when(written, EIGHT.parse(clock))) == f"{then}+08:00"


@pytest.mark.parametrize(
    ("start", "anchor", "dates"),
    [
        ("2026-01-31", 31, ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        ("2026-02-28", 31, ["2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"]),
        ("2026-02-28", 30, ["2026-03-30", "2026-04-30", "2026-05-30", "2026-06-30"]),
        ("2027-11-29", 29, ["2027-12-29", "2028-01-29", "2028-02-29", "2028-03-29"]),
        ("2026-11-30", 30, ["2026-12-30", "2027-01-30", "2027-02-28", "2027-03-30"]),
    ],
)
def test_months_step_by_step_never_drift(start: str, anchor: int, dates: list[str]) -> None:
    """T5: adding one month repeatedly gives the same as adding all months at once."""
    instant = EIGHT.parse(start)
    for number, expected in enumerate(dates, 1):
        instant = EIGHT.add_months(instant, 1, anchor)
        assert EIGHT.date_of(instant).isoformat() == expected
        assert EIGHT.add_months(EIGHT.parse(start), number, anchor) == instant


@settings(derandomize=True, database=None)
@given(st.integers(0, 4 * 10**9), st.lists(st.integers(1, 36), min_size=1, max_size=6), OFFSETS)
def test_months_in_parts_are_months_in_one(instant: int, parts: list[int], offset: int) -> None:
    """T5: a sum of months can be added in parts, from any instant and in any offset, if the anchor is kept."""
    calendar = Calendar(offset)
    anchor = calendar.date_of(instant).day
    moved = instant
    for months in parts:
        moved = calendar.add_months(moved, months, anchor)
        assert calendar.fits_anchor(moved, anchor)
    assert moved == calendar.add_months(instant, sum(parts), anchor)
    assert (moved + offset) % DAY == (instant + offset) % DAY


@pytest.mark.parametrize(
    ("instant", "day", "midnight"),
    [
        ("2026-07-10T00:00:00", "2026-07-10", "2026-07-10"), ("2026-07-10T00:00:01", "2026-07-10", "2026-07-11"),
        ("2026-07-09T23:59:59", "2026-07-09", "2026-07-10"), ("1969-12-31T23:59:59", "1969-12-31", "1970-01-01"),
        ("1970-01-01T00:00:00", "1970-01-01", "1970-01-01"), ("1965-02-03T12:00:00", "1965-02-03", "1965-02-04"),
    ],
)  # fmt: skip
def test_days_and_midnights(instant: str, day: str, midnight: str) -> None:
    """A1, T6: a midnight belongs to the day it begins, and is its own next midnight, also before 1970."""
    assert format_day(EIGHT.day_of(EIGHT.parse(instant))) == day
    assert EIGHT.next_midnight(EIGHT.parse(instant)) == EIGHT.parse(midnight)
    assert EIGHT.midnight(parse_day(midnight)) == EIGHT.parse(midnight)


def test_the_offset_decides_the_day() -> None:
    """T1: one instant lies on three different days in three offsets."""
    instant = EIGHT.parse("2026-07-10T12:00:00Z")
    assert [Calendar(hours * 3600).date_of(instant) for hours in (-13, 0, 13)] == [
        date(2026, 7, 9), date(2026, 7, 10), date(2026, 7, 11),
    ]  # fmt: skip
    assert Calendar(-(3 * 3600 + 1800)).format(instant) == "2026-07-10T08:30:00-03:30"
    assert Calendar(0).format(instant) == "2026-07-10T12:00:00+00:00"


@pytest.mark.parametrize("written", ["2026-06-31", "2026-6-1", "20260601", "2026-06-01T00:00", "", "2026-W23-1"])
def test_invalid_days(written: str) -> None:
    with pytest.raises(BadInput, match="date"):
        parse_day(written)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1296000, "15d"), (1800, "30m"), (5400, "90m"), (86400, "1d"), (7200, "2h"), (61, "61s"), (0, "0s")],
)
def test_a_length_is_written_in_the_largest_unit_that_divides_it(seconds: int, text: str) -> None:
    assert format_seconds(seconds) == text
    assert parse_duration(text) == Duration(0, seconds)


def test_the_end_of_a_day() -> None:
    """ISO 8601 writes the end of a day as 24:00, which is the next midnight. No other time of day has hour 24."""
    for written in ("2026-07-10T24:00", "2026-07-10T24:00:00", "2026-07-10T24:00:00+08:00", "2026-07-10 24:00"):
        assert EIGHT.parse(written) == EIGHT.parse("2026-07-11")
    for written in ("2026-07-10T24:01", "2026-07-10T24:00:01", "2026-07-10T25:00"):
        with pytest.raises(BadInput):
            EIGHT.parse(written)


@pytest.mark.parametrize(
    ("written", "padded"),
    [
        ("2026-12-8", "2026-12-08"), ("2026-7-1", "2026-07-01"), (" 2026-7-10 ", "2026-07-10"),
        ("2026-7-1 8:00", "2026-07-01 08:00"), ("2026-07-01 8:00", "2026-07-01 08:00"),
        ("2026-7-1T8:5:3", "2026-07-01T08:05:03"), ("2026-12-8T08:00Z", "2026-12-08T08:00Z"),
        ("2026-12-08T8:00+8", "2026-12-08T08:00+08:00"), ("2026-12-8t08:00-3:30", "2026-12-08T08:00-03:30"),
    ],
)  # fmt: skip
def test_the_message_pads_a_date_with_single_digits(written: str, padded: str) -> None:
    with pytest.raises(BadInput, match=f"with two digits: {re.escape(padded)}$"):
        EIGHT.parse(written)
    EIGHT.parse(padded)


@pytest.mark.parametrize("written", ["2026-13-1", "2026-2-30", "2026-7-1 25:00", "26-7-1", "2026/7/1", "2026-7", "8"])
def test_the_message_shows_the_form_if_padding_does_not_help(written: str) -> None:
    with pytest.raises(BadInput) as caught:
        EIGHT.parse(written)
    assert "two digits" not in str(caught.value)
