"""A file that is broken in any way gives a world or one plain sentence, never anything else."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.errors import BadInput
from core.formats.files import Options, load_fleet
from core.rules.rulebook import load_policy
from core.world.model import World

POLICY = load_policy()
NOW = POLICY.calendar.parse("2026-11-20")
SAMPLES = Path(__file__).parent / "samples"
PRICED = Options(monthly_price="300", daily_charge="12.00")

FLEET = b"""{"format": "lapse-fleet/1", "clock": "2026-07-01T00:00:00+08:00",
 "accounts": [{"id": "acme", "currency": "CNY", "balance": 5.25, "low_balance_alert": "200.00",
  "coupons": [{"id": "c1", "amount": "50.00", "starts": "2026-07-05T00:00:00+08:00", "expires": null}],
  "unpaid": [{"id": "b1", "issued": "2026-06-30T04:00:00+08:00", "amount": "12.00"}]}],
 "instances": [
  {"id": "ent-1", "account": "acme", "kind": "enterprise", "expires": "2026-07-10", "anchor_day": 10,
   "monthly_price": "300.00",
   "renewal": {"mode": "auto", "schedule": "console", "months": 1, "enabled_on": "2026-06-01"}},
  {"id": "pub-1", "account": "acme", "kind": "public",
   "devices_online": false, "last_online": "2026-06-20T12:00:00Z"},
  {"id": "leg-1", "account": "acme", "kind": "legacy_public", "daily_charge": "12.00"}]}
"""
TABLE = b"""\
id,account,name,kind,trial,expires,anchor_day,monthly_price,renewal,renewal_months,devices_online,daily_charge
ent-1,acme,"Line, 1",enterprise,false,2026-12-10,10,"1,300.00",auto,3,,
pub-1,umbra,,public,,,,,,,true,
leg-1,acme,,legacy_public,,,,,,,,12.00
"""
PAGE = (SAMPLES / "query-available-instances-1.json").read_bytes()
BALANCE = (SAMPLES / "query-account-balance.json").read_bytes()
VALID = {"fleet.json": FLEET, "fleet.csv": TABLE, "page.json": PAGE, "balance.json": BALANCE}

WIDE_SPACES = {0xA0: " ", 0x3000: " "}
"""Spaces that texts may contain, although Python does not count them as printable."""


def options_for(name: str) -> Options:
    """The options with which the valid file of that name loads."""
    return {"page.json": PRICED, "balance.json": Options(account="acme")}.get(name, Options())


def outcome(paths: Sequence[Path], options: Options) -> str | World:
    """The world, or the error sentence. Any other exception is not caught and fails the test."""
    try:
        return load_fleet(paths, POLICY, options, NOW).world
    except BadInput as error:
        return str(error)


def assert_world_or_sentence(result: str | World) -> None:
    if isinstance(result, str):
        assert result.strip() and result.translate(WIDE_SPACES).isprintable(), repr(result)
        assert len(result) < 800


def changed(old: bytes, new: bytes, source: bytes = FLEET) -> bytes:
    assert old in source
    return source.replace(old, new, 1)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


MALFORMED: dict[str, tuple[str, bytes, str]] = {
    "empty": ("fleet.json", b"", "is empty"),
    "empty csv": ("fleet.csv", b"", "is empty"),
    "white space": ("fleet.csv", b" \r\n\t\n", "is empty"),
    "a byte order mark alone": ("fleet.json", b"\xef\xbb\xbf", "is empty"),
    "binary": ("fleet.json", bytes(range(256)), "is not UTF-8 text"),
    "a zip": ("fleet.csv", b"PK\x03\x04\x14\x00\x06\x00", "is not UTF-8 text"),
    "UTF-16 cut in a character": ("fleet.json", FLEET.decode().encode("utf-16")[:-1], "is not UTF-8 text"),
    "UTF-16 without a mark": ("fleet.json", FLEET.decode().encode("utf-16-le"), "is not UTF-8 text"),
    "UTF-32": ("fleet.csv", TABLE.decode().encode("utf-32"), "is not UTF-8 text"),
    "Latin-1": ("fleet.csv", TABLE.replace(b"Line", b"Stra\xdfe"), "is not UTF-8 text"),
    "a NUL": ("fleet.csv", TABLE.replace(b"Line", b"Li\0ne"), "is not UTF-8 text"),
    "truncated": ("fleet.json", FLEET[:300], "is not valid JSON: "),
    "truncated in a character": ("fleet.json", b'{"clock": "\xe5\xb7', "is not UTF-8 text"),
    "two fleets in one file": (
        "fleet.json",
        FLEET + FLEET,
        "holds 2 JSON values, and one is a fleet in Lapse's own JSON",
    ),
    "words after the end": ("fleet.json", FLEET + b"done.", "is not valid JSON: Expecting value"),
    "a page that was cut after another": ("page.json", PAGE + PAGE[:300], "is not valid JSON: "),
    "a trailing comma": ("fleet.json", changed(b'"12.00"}]}\n', b'"12.00"},]}\n'), "is not valid JSON: "),
    "single quotes": ("fleet.json", FLEET.replace(b'"', b"'"), "is not valid JSON: "),
    "a comment": ("fleet.json", b"// fleet\n" + FLEET, "is not valid JSON: "),
    "a raw line break in a text": ("fleet.json", changed(b"acme", b"ac\nme"), "is not valid JSON: "),
    "NaN": ("fleet.json", changed(b"5.25", b"NaN"), "is not valid JSON: NaN"),
    "Infinity": ("fleet.json", changed(b"5.25", b"-Infinity"), "is not valid JSON: -Infinity"),
    "a number too long": ("fleet.json", changed(b"5.25", b"1" + b"0" * 5000), "holds a number of 5001 digits"),
    "a long number": ("fleet.json", changed(b"5.25", b"1" + b"0" * 900), "accounts[0].balance: "),
    "a long fraction": ("fleet.json", changed(b"5.25", b"5." + b"1" * 9000), "accounts[0].balance: "),
    "a huge exponent": ("fleet.json", changed(b"5.25", b"1e999999999"), "accounts[0].balance: "),
    "an exponent past all": ("fleet.json", changed(b"5.25", b"1e9999999999999999999"), "a number that is too large"),
    "a tiny exponent": ("fleet.json", changed(b"5.25", b"1e-999999999"), "accounts[0].balance: "),
    "an exponent for a day": ("fleet.json", changed(b'_day": 10', b'_day": 1e999999'), "anchor_day"),
    "a key twice": (
        "fleet.json",
        changed(b'"id": "acme"', b'"id": "acme", "id": "acme"'),
        'the key "id" appears twice',
    ),
    "a vendor's key twice": (
        "page.json",
        changed(b'"Message"', b'"Code": "x", "Message"', PAGE),
        'the key "Code" appears',
    ),
    "half a character": ("fleet.json", changed(b'"ent-1"', b'"\\ud800"'), "instances[0].id: "),
    "half a character as key": ("fleet.json", changed(b'"format"', b'"\\udc00"'), 'unknown key "\\udc00"'),
    "an escaped NUL": ("fleet.json", changed(b'"ent-1"', b'"a\\u0000"'), "instances[0].id: "),
    "an escape sequence for a terminal": ("fleet.json", changed(b'"CNY"', b'"\\u001b[31m"'), "accounts[0].currency: "),
    "a long text": ("fleet.json", changed(b'"ent-1"', b'"' + b"x" * 2000 + b'"'), "instances[0].id: "),
    "too deep": ("fleet.json", nested(200_000), "is nested too deeply"),
    "deep in the format": ("fleet.json", changed(b'"lapse-fleet/1"', nested(500)), "format: "),
    "deep in an amount": ("fleet.json", changed(b"5.25", nested(500)), "accounts[0].balance: "),
    "deep in an id": ("page.json", changed(b'"iot-060a0b2s"', nested(500), PAGE), "InstanceID: "),
    "deep in a list of rows": ("page.json", nested(500), "is not a fleet"),
    "not an object": ("fleet.json", b"7", "is not a fleet: give "),
    "null": ("fleet.json", b"null", "is not a fleet: give "),
    "nothing known": ("fleet.json", b'{"a": 1}', "is not a fleet: give "),
    "a list": ("fleet.json", b"[]", "is not a fleet: give "),
    "json in a csv file": ("fleet.csv", FLEET[:300], "is not valid JSON: "),
    "csv in a json file": ("fleet.json", TABLE, "is not valid JSON: "),
    "text": ("notes.txt", b"Dear all,\nplease find attached\n", "row 1: unknown column"),
    "html": ("fleet.html", b"<!doctype html><html></html>", "is HTML or XML"),
    "no header": ("fleet.csv", TABLE.split(b"\n", 1)[1], "row 1: unknown column"),
    "a column twice": ("fleet.csv", changed(b"name", b"kind", TABLE), 'row 1: the column "kind" appears twice'),
    "an open quote": ("fleet.csv", changed(b'"Line, 1"', b'"Line, 1', TABLE), "row 2: is not valid CSV"),
    "too many cells": ("fleet.csv", changed(b"umbra", b"um,bra", TABLE), "row 3: it has 13 cells, the header 12"),
    "too few cells": ("fleet.csv", changed(b",true,", b",true", TABLE), "row 3: it has 11 cells, the header 12"),
    "a decimal comma": ("fleet.csv", TABLE.replace(b'"1,300.00"', b'"1300,00"'), 'row 2, monthly_price: "1300,00"'),
    "a tab as separator": ("fleet.csv", TABLE.replace(b",", b"\t"), "row 1: unknown column"),
    "both separators": ("fleet.csv", changed(b"id,", b"id;", TABLE), "row 1: unknown column"),
    "an endless cell": ("fleet.csv", changed(b"umbra", b"x" * 200_000, TABLE), "row 3: is not valid CSV"),
    "a number too long in a cell": (
        "fleet.csv",
        changed(b",10,", b"," + b"1" * 9999 + b",", TABLE),
        "row 2, anchor_day",
    ),
    "a failed call": ("page.json", b'{"Success": false, "Code": "Bad", "Message": "a\\nb"}', '("Bad", "a\\nb")'),
    "rows that are none": ("page.json", b'{"Data": {"InstanceList": [null]}}', "InstanceList[0]: null must be"),
    "no list": ("page.json", b'{"Data": {"InstanceList": "none"}}', 'InstanceList: "none" must be a list'),
    "a list for Data": ("page.json", b'{"Data": [1]}', "its Data must hold"),
    "a balance that is none": ("balance.json", changed(b"12,500.50", b"12.500,50", BALANCE), "AvailableAmount: "),
    "no such currency": ("balance.json", changed(b"CNY", b"RMB", BALANCE), "Currency: "),
    "a huge total": (
        "page.json",
        changed(b'"TotalCount": 8', b'"TotalCount": 1' + b"0" * 4400, PAGE),
        "of 4401 digits",
    ),
}


@pytest.mark.parametrize(("name", "content", "said"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_file_gives_one_sentence(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    """ "One plain sentence … naming the file, the row or key, and what would be right"."""
    path = tmp_path / name
    path.write_bytes(content)
    result = outcome([path], options_for(name))
    assert isinstance(result, str)
    assert_world_or_sentence(result)
    assert result.startswith(f"{path}: ") and said in result


@pytest.mark.parametrize("name", VALID)
def test_the_unchanged_files_load(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(VALID[name])
    assert isinstance(outcome([tmp_path / name], options_for(name)), World)


def test_a_path_without_a_file_gives_one_sentence(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.json", Path("a\0b"), Path("a\nb"), Path("\ud800"), Path("x" * 9999)):
        result = outcome([path], Options())
        assert isinstance(result, str)
        assert ("is a folder: name a file in it" if path == tmp_path else "can't be read") in result
        assert_world_or_sentence(result[:500])


def test_no_path_at_all_gives_one_sentence() -> None:
    assert str(outcome([], Options())).startswith("no file is given")


def test_deep_values_in_overlapping_pages_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "page.json"
    path.write_bytes(changed(b'"Seller": "26842"', b'"Tags": ' + nested(500), PAGE))
    assert isinstance(outcome([path, path], PRICED), World)


NASTY = [
    *(
        b"",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\\ud800",
        b"\r",
        b"\n",
        b'"',
        b"'",
        b",",
        b";",
        b":",
        b"{",
        b"}",
        b"[",
        b"]",
    ),
    *(b"null", b"true", b"NaN", b"Infinity", b"1e999999999", b"1e9999999999999999999", b"-1", b"0.001", b"9" * 5000),
    *(
        b"\xe2\x80\xa8",
        b"\x1b[2J",
        b"[" * 2000,
        b'{"a":' * 300,
        b'"2099-12-31"',
        b"0001-01-01",
        b"9999-12-31",
        b"24:00",
    ),
]
Edit = tuple[int, int, bytes]


def edited(content: bytes, edits: Sequence[Edit]) -> bytes:
    """The bytes with some ranges replaced: each edit is a position, a length and the new bytes."""
    for position, length, new in edits:
        start = position % (len(content) + 1)
        content = content[:start] + new + content[start + length :]
    return content


@settings(max_examples=400, deadline=None)
@given(
    name=st.sampled_from(sorted(VALID)),
    edits=st.lists(
        st.tuples(
            st.integers(0, 10_000),
            st.sampled_from([0, 0, 1, 2, 5, 20, 200]),
            st.sampled_from(NASTY) | st.binary(max_size=5),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_bytes_changed_anywhere_give_a_world_or_a_sentence(name: str, edits: list[Edit]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(edited(VALID[name], edits))
        assert_world_or_sentence(outcome([path], options_for(name)))


def paths_in(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path, as keys and indexes, of every value inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, item in inner for path in paths_in(item, (*at, key)))]


def replaced(value: object, at: Sequence[str | int], new: object) -> object:
    """The JSON value with the value at a path replaced."""
    if not at:
        return new
    if isinstance(value, dict):
        return {key: replaced(item, at[1:], new) if key == at[0] else item for key, item in value.items()}
    assert isinstance(value, list)
    return [replaced(item, at[1:], new) if index == at[0] else item for index, item in enumerate(value)]


JSON = {name: json.loads(content) for name, content in VALID.items() if name.endswith(".json")}
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(
        ["2026-06-01", "2099-12-31T15:59Z", "\ud800", "a\u2028b", "-5.00", "auto", "acme", 10**500, -1, 0]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=400, deadline=None)
@given(name=st.sampled_from(sorted(JSON)), data=st.data())
def test_any_value_in_any_place_gives_a_world_or_a_sentence(name: str, data: st.DataObject) -> None:
    at = data.draw(st.sampled_from(paths_in(JSON[name])))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(json.dumps(replaced(JSON[name], at, data.draw(VALUES))), encoding="utf-8")
        assert_world_or_sentence(outcome([path], options_for(name)))


@settings(max_examples=200, deadline=None)
@given(
    row=st.integers(0, 3),
    column=st.integers(0, 11),
    cell=st.text(max_size=12) | st.sampled_from(["1", "yes", "9" * 99]),
)
def test_any_text_in_any_cell_gives_a_world_or_a_sentence(row: int, column: int, cell: str) -> None:
    lines = [
        line.split(",") for line in TABLE.decode().replace('"Line, 1"', "L").replace('"1,300.00"', "1").splitlines()
    ]
    lines[row][column] = cell
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fleet.csv"
        path.write_text("\n".join(",".join(line) for line in lines), encoding="utf-8", newline="")
        assert_world_or_sentence(outcome([path], Options()))
