"""Readers of single values from JSON, TOML and CSV. The BadInput that a reader raises says what would be right."""

import json
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from core.base.errors import BadInput, shown
from core.base.instants import Calendar, parse_day
from core.base.money import parse_amount, plain_number

MAX_TEXT = 1000
"""The most characters of a text."""
MAX_DIGITS = 1000
"""The most digits of a whole number in JSON, and of any number in TOML."""
MAX_DEPTH = 600
"""The most levels of nested objects and lists in JSON."""

_TOO_DEEP = f"is nested too deeply: {MAX_DEPTH} levels at most"
_SPACES: Final = re.compile("[ \t\r\n\ufeff]*")
_ROUNDED: Final = re.compile(r"[+-]?(?:[0-9]+[.,][0-9]*E\+?[0-9]{1,3}|[0-9]+E\+[0-9]{1,3}|[0-9]{15,}[.,][0-9]+)", re.I)
_WHOLE: Final = re.compile(r"[+-]?([0-9]{1,10})(?:\.0*)?")


def decode_text(content: bytes) -> str:
    """Decode UTF-8, or UTF-16 with a byte order mark. The result has no mark. Raises BadInput."""
    utf16 = content.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise BadInput("is not UTF-8 text: save it as UTF-8, or as UTF-16 with a byte order mark")
    return text


def read_text(value: object) -> str:
    """A text that can be stored: no lone surrogates, no NUL, at most MAX_TEXT characters. Raises BadInput."""
    if not isinstance(value, str):
        raise BadInput(f"{shown(value)} is not text: put it in quotes")
    if len(value) > MAX_TEXT:
        raise BadInput(f"{shown(value)} is too long: {MAX_TEXT} characters at most")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise BadInput(f"{shown(value)} holds a character that is not text: remove it")
    return value


def was_rounded(value: object) -> bool:
    """Whether a value looks like a long id that a spreadsheet rounded, as in 1.18485E+15: its last digits are lost."""
    return isinstance(value, str | Decimal) and _ROUNDED.fullmatch(str(value).strip()) is not None


def read_id(value: object) -> str:
    """An id: a non-empty text without control characters that is not a number rounded by a spreadsheet.

    Raises BadInput.
    """
    if was_rounded(value):
        raise BadInput(
            f"{shown(value)} is a number that a spreadsheet rounded: give the full id, with its column as text"
        )
    text = read_text(value)
    if not text.strip():
        raise BadInput("an id must not be empty")
    if not text.isprintable() and any(c < " " or "\x7f" <= c < "\xa0" or c in "\u2028\u2029" for c in text):
        raise BadInput(f"{shown(value)} holds a control character: remove it")
    return text


def read_flag(value: object) -> bool:
    """A Boolean. Raises BadInput."""
    if not isinstance(value, bool):
        raise BadInput(f"{shown(value)} must be true or false")
    return value


def read_whole(value: object) -> int:
    """A whole number from -10**9 to 10**9. Raises BadInput."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadInput(f"{shown(value)} must be a whole number")
    if abs(value) > 10**9:
        raise BadInput(f"{shown(value)} is too large")
    return value


def read_count(value: object) -> int | None:
    """The whole number that a number or a text stands for ("42", "1,234", 42.0). None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    match = _WHOLE.fullmatch(str(value).strip().replace(",", ""))
    return int(match[0].partition(".")[0]) if match else None


def read_instant(value: object, calendar: Calendar) -> int:
    """The instant of an ISO 8601 text or of a TOML date or date-time. Raises BadInput."""
    if isinstance(value, (date, datetime)):
        value = value.isoformat()
    if not isinstance(value, str):
        raise BadInput(f'{shown(value)} is not a date or time: write it like "2026-07-10T08:00:00+08:00"')
    return calendar.parse(value)


def read_day(value: object, calendar: Calendar) -> int:
    """A calendar date, or the local date of an instant, in days since 1970-01-01. Raises BadInput."""
    if isinstance(value, str) and len(value.strip()) == len("2026-06-01"):
        return parse_day(value)
    return calendar.day_of(read_instant(value, calendar))


def read_unparsed_amount(value: object) -> str | int | Decimal:
    """Check an amount whose currency is not known yet, and return it as written. Raises BadInput.

    It may have at most four decimals: no currency has more.
    """
    text = plain_number(value) if not isinstance(value, str) else value.strip()
    if len(text.partition(".")[2]) > 4 and text.replace(".", "", 1).isdigit():
        raise BadInput(f"{shown(value)} has more decimals than any currency has (4)")
    parse_amount(value, "CLF", negative=True)
    assert isinstance(value, (str, int, Decimal))
    return value


def parse_json(text: str) -> object:
    """A JSON value with its numbers as int and Decimal, never converted through a float.

    Raises BadInput for invalid JSON, for NaN and infinities, for a key that appears twice in one object, and for
    numbers that are too long or values that are nested too deeply.
    """
    value, rest = _value_at(text, _past_spaces(text, 0))
    if rest < len(text):
        raise _no_json(json.JSONDecodeError("Extra data", text, rest))
    return value


def parse_json_values(text: str) -> list[object]:
    """The JSON values that follow one another in a text, as in JSON Lines and in concatenated files.

    A byte order mark may precede each value. Raises BadInput as `parse_json` does.
    """
    values: list[object] = []
    at = _past_spaces(text, 0)
    while at < len(text) or not values:
        value, at = _value_at(text, at)
        values.append(value)
    return values


def _value_at(text: str, at: int) -> tuple[object, int]:
    """The value that begins at an offset, and the offset of what follows it and its trailing spaces."""
    decoder = json.JSONDecoder(
        parse_float=Decimal, parse_int=_whole, parse_constant=_constant, object_pairs_hook=_object
    )
    try:
        value, end = decoder.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise _no_json(error) from None
    except ArithmeticError:
        raise BadInput("is not valid JSON: it holds a number that is too large") from None
    except RecursionError:
        raise BadInput(_TOO_DEEP) from None
    _check_depth(value)
    return value, _past_spaces(text, end)


def _past_spaces(text: str, at: int) -> int:
    match = _SPACES.match(text, at)
    return match.end() if match else at


def _no_json(error: json.JSONDecodeError) -> BadInput:
    return BadInput(f"is not valid JSON: {error.msg}, line {error.lineno}, column {error.colno}")


def _check_depth(value: object) -> None:
    """Raise BadInput beyond MAX_DEPTH, which does not depend on the interpreter's own recursion limit."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return
        level = [
            child
            for part in level
            for child in (part.values() if isinstance(part, dict) else part if isinstance(part, list) else ())
            if isinstance(child, (dict, list))
        ]
    raise BadInput(_TOO_DEEP)


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise BadInput(f"is not valid JSON: it holds a number of {len(digits)} digits: {MAX_DIGITS} at most")
    return int(digits)


def _constant(word: str) -> object:
    raise BadInput(f"is not valid JSON: {word} is not a number")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        counted = Counter(key for key, _ in pairs)
        duplicate = next(key for key, _ in pairs if counted[key] > 1)
        raise BadInput(f"the key {shown(duplicate)} appears twice in one object: keep one of them")
    return value
