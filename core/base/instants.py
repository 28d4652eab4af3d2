"""Instants, calendar days, months and durations (T1, T5, T6).

An instant is a whole number of seconds since 1970-01-01T00:00:00Z. A day is a whole number of local days since
1970-01-01. Calendar arithmetic uses one fixed offset, so neither daylight saving nor a time zone database can change
a result.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final, NamedTuple

from core.base.errors import BadInput, NoDate, NoSuchDate, shown

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86400

_EPOCH: Final = datetime(1970, 1, 1)
_EPOCH_ORDINAL: Final = _EPOCH.toordinal()
_YEARS: Final = (1900, 9989)
_LAST_CLOCK_YEAR: Final = 8999
_ISO_FORM: Final = re.compile(r"[0-9]{4}[0-9W-]{2,6}(?:[T ][0-9]{2}[0-9:]*(?:[.,]0+)? ?(?:Z|[+-][0-9:]{2,8})?)?")
_UNPADDED: Final = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:([T ])([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2}))?"
    r" ?(?:(Z)|([+-])([0-9]{1,2})(?::?([0-9]{2}))?)?)?"
)
_DURATION: Final = re.compile(r"([0-9]{1,9})\s*(s|m|h|d|w|mo|y)")
_UNITS: Final = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}


def _year_begins(year: int) -> int:
    return (datetime(year, 1, 1) - _EPOCH) // timedelta(seconds=1)


_FIRST: Final = _year_begins(_YEARS[0])
_END: Final = _year_begins(_YEARS[1] + 1)
_CLOCK_END: Final = _year_begins(_LAST_CLOCK_YEAR + 1)


class Duration(NamedTuple):
    """A length of time, either in calendar `months` (T5) or in `seconds`. The other one is zero."""

    months: int
    seconds: int


def parse_duration(text: str) -> Duration:
    """Read `30m`, `36h`, `10d`, `2w`, `3mo`, `1y` (and `45s`). Raises BadInput."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise BadInput(f"{shown(text)} is not a duration: write it like 30m, 36h, 10d, 2w, 3mo or 1y")
    number, unit = int(match[1]), match[2]
    if unit in ("mo", "y"):
        return Duration(number * (12 if unit == "y" else 1), 0)
    return Duration(0, number * _UNITS[unit])


def format_seconds(seconds: int) -> str:
    """A length of time in the largest unit that divides it: 1296000 is "15d", 1800 is "30m"."""
    for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if seconds % size == 0 and seconds:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


class Calendar:
    """The policy's calendar (T1). It reads, writes and counts in one fixed `offset`, in seconds east of UTC."""

    __slots__ = ("_suffix", "_zone", "offset")

    def __init__(self, offset: int) -> None:
        self.offset = offset
        sign, size = ("-", -offset) if offset < 0 else ("+", offset)
        self._suffix = f"{sign}{size // HOUR:02d}:{size % HOUR // MINUTE:02d}"
        self._zone = timezone(timedelta(seconds=offset))

    def parse(self, text: str) -> int:
        """Read an ISO 8601 date or date-time. One without an offset is in this calendar's; a bare date is its midnight.

        Raises BadInput for anything else, for fractions of a second, and outside the years 1900 to 9989.
        """
        written = text.strip().upper()
        if len(written) < 8 or _ISO_FORM.fullmatch(written) is None:
            hint = _two_digits_hint(text) or "write it like 2026-07-10 or 2026-07-10T08:00:00+08:00"
            raise NoDate(f"{shown(text)} is not a date or time: {hint}")
        # ISO 8601 allows 24:00 for the end of a day, but not every Python version reads it.
        end_of_day = re.sub("([T ])24(:?00(?::?00)?)(?=[.,Z +-]|$)", r"\g<1>00\2", written)
        try:
            moment = datetime.fromisoformat(end_of_day.replace(" +", "+").replace(" Z", "Z"))
        except ValueError:
            hint = _two_digits_hint(text) or "there is no such date or time of day, written like 2026-07-10T08:00:00"
            raise NoSuchDate(f"{shown(text)} is not a date or time: {hint}") from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone)
        instant = (moment - _EPOCH.replace(tzinfo=UTC)) // timedelta(seconds=1) + (DAY if end_of_day != written else 0)
        # One day more at both ends: an instant near an end may lie in another year in another offset.
        if not _FIRST - DAY <= instant < _END + DAY:
            raise BadInput(f"{shown(text)} is out of range: the year must lie between {_YEARS[0]} and {_YEARS[1]}")
        return instant

    def parse_when(self, text: str, clock: int) -> int:
        """Read the target of a clock move: an instant, or a duration after `clock` with an optional leading "+".

        Raises BadInput.
        """
        text = text.strip()
        if _DURATION.fullmatch(text.removeprefix("+")):
            return self.after(clock, parse_duration(text.removeprefix("+")))
        return self.check_clock(self.parse(text))

    def after(self, clock: int, duration: Duration) -> int:
        """`clock` plus a duration. Months follow T5, with the clock's own day as the anchor. Raises BadInput."""
        if duration.months:
            months = min(duration.months, 12 * _LAST_CLOCK_YEAR)
            if self.local(clock).year + months // 12 > _LAST_CLOCK_YEAR:
                return self.check_clock(_CLOCK_END)
            return self.check_clock(self.add_months(clock, months, self.date_of(clock).day))
        return self.check_clock(clock + duration.seconds)

    def check_clock(self, instant: int) -> int:
        """The instant itself, if the clock may be set to it. Raises BadInput from the year 9000 on.

        The limit leaves room for the periods that begin before it.
        """
        if instant >= _CLOCK_END:
            raise BadInput(f"that is too far ahead: the clock runs to the year {_LAST_CLOCK_YEAR}")
        return instant

    def format(self, instant: int) -> str:
        """The instant as ISO 8601 in this offset: 2026-07-10T00:00:00+08:00."""
        return (_EPOCH + timedelta(0, instant + self.offset)).isoformat() + self._suffix

    def local(self, instant: int) -> datetime:
        """The local date-time of an instant, without time zone information, for display."""
        return _EPOCH + timedelta(0, instant + self.offset)

    def day_of(self, instant: int) -> int:
        """The local day (days since 1970-01-01) of an instant. A midnight belongs to the day that it begins (A1)."""
        return (instant + self.offset) // DAY

    def midnight(self, day: int) -> int:
        """The instant at which a local day begins."""
        return day * DAY - self.offset

    def next_midnight(self, instant: int) -> int:
        """The midnight at or after an instant (T6)."""
        return self.midnight(-(-(instant + self.offset) // DAY))

    def date_of(self, instant: int) -> date:
        """The local calendar date of an instant."""
        return date.fromordinal(self.day_of(instant) + _EPOCH_ORDINAL)

    def add_months(self, instant: int, months: int, anchor_day: int) -> int:
        """The instant `months` later at the same time of day, on the anchor day or the month's last day (T5).

        Raises BadInput past the year 9989.
        """
        day, time_of_day = divmod(instant + self.offset, DAY)
        return _months_later(day, months, anchor_day) * DAY + time_of_day - self.offset

    def fits_anchor(self, instant: int, anchor_day: int) -> bool:
        """Whether `anchor_day`, clamped to the month's last day, is the instant's day of the month (T5)."""
        day = self.date_of(instant)
        return day.day == min(anchor_day, days_in_month(day.year, day.month))


def days_in_month(year: int, month: int) -> int:
    """The number of days in a month."""
    return (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days


@lru_cache(maxsize=4096)
def _months_later(day: int, months: int, anchor_day: int) -> int:
    start = date.fromordinal(day + _EPOCH_ORDINAL)
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    if year > _YEARS[1]:
        raise BadInput(f"that is too far ahead: Lapse counts to the year {_YEARS[1]}")
    last = days_in_month(year, month + 1)
    return date(year, month + 1, min(anchor_day, last)).toordinal() - _EPOCH_ORDINAL


@lru_cache(maxsize=16)
def calendar_at(offset: int) -> Calendar:
    """The calendar with an offset, in seconds east of UTC."""
    return Calendar(offset)


def two_digits(text: str) -> str | None:
    """A date or date-time with its single digits padded to two: "2026-12-8" gives "2026-12-08".

    None if padding does not make the text a valid date or date-time.
    """
    match = _UNPADDED.fullmatch(text.strip().upper())
    if match is None:
        return None
    year, month, day, between, hour, minute, second, utc, sign, hours, minutes = match.groups()
    padded = f"{year}-{month:0>2}-{day:0>2}"
    if hour is not None:
        padded += f"{between}{hour:0>2}:{minute:0>2}" + ("" if second is None else f":{second:0>2}")
    padded += utc or ("" if sign is None else f"{sign}{hours:0>2}:{minutes or '00'}")
    try:
        datetime.fromisoformat(padded)
    except ValueError:
        return None
    return padded


def _two_digits_hint(text: str) -> str:
    padded = two_digits(text)
    return "" if padded is None else f"write it with two digits: {padded}"


def parse_day(text: str) -> int:
    """Read a calendar date such as 2026-06-01 into a day (days since 1970-01-01). Raises BadInput."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip()):
        try:
            return date.fromisoformat(text.strip()).toordinal() - _EPOCH_ORDINAL
        except ValueError:
            pass
    raise BadInput(f"{shown(text)} is not a date: write it like 2026-06-01")


def format_day(day: int) -> str:
    """A day as a calendar date: 2026-06-01."""
    return date.fromordinal(day + _EPOCH_ORDINAL).isoformat()
