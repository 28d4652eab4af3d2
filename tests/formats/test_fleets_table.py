"""Lapse's CSV: one row per instance, the JSON's key names as columns; and the price table."""

from pathlib import Path

import pytest

from core.base.errors import BadInput
from core.formats.csv_table import read_prices, read_table
from core.formats.files import Loaded, Options, load_fleet
from core.rules.rulebook import load_policy
from core.world.model import Renewal, World

POLICY = load_policy()
CAL = POLICY.calendar
CLOCK = CAL.parse("2026-07-01")

FLEET = """id,account,name,kind,region,trial,expires,anchor_day,monthly_price,renewal,renewal_schedule,renewal_months,\
renewal_enabled_on,devices_online,last_online,trial_continued,daily_charge
ent-1,acme,Factory line 1,enterprise,cn-shanghai,false,2026-07-10,10,"1,300.00",auto,console,3,2026-06-01,,,,
ent-2,acme,,enterprise,,yes,2026-07-31T00:00:00+08:00,,0,none,,,,,,,
pub-1,umbra,,public,cn-shanghai,,,,,,,,,TRUE,,,
pub-2,umbra,,public,cn-shanghai,,,,,,,,,0,2026-06-20T12:00,2026-06-30,
leg-1,acme,,legacy_public,cn-shanghai,,,,,,,,,,,,12.00
"""


def read(text: str) -> World:
    return read_table(text, POLICY, CLOCK).world


def complaint(text: str) -> str:
    with pytest.raises(BadInput) as caught:
        read(text)
    return str(caught.value)


def load(tmp_path: Path, content: str | bytes, options: Options, now: int | None = CLOCK) -> Loaded:
    path = tmp_path / "fleet.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load_fleet([path], POLICY, options, now)


def test_every_kind_of_row_is_read() -> None:
    world = read(FLEET)
    ent, trial, online, offline, leg = world.instances.values()
    assert (ent.name, ent.monthly_price, ent.anchor_day, ent.trial) == ("Factory line 1", 130000, 10, False)
    assert ent.renewal == Renewal("auto", "console", 3, CAL.day_of(CAL.parse("2026-06-01")))
    assert (trial.name, trial.trial, trial.anchor_day, trial.renewal) == ("ent-2", True, 31, Renewal("none"))
    assert (online.devices_online, online.renewal) == (True, Renewal())
    assert (offline.devices_online, offline.last_online) == (False, CAL.parse("2026-06-20T12:00"))
    assert offline.trial_continued == CAL.parse("2026-06-30")
    assert leg.daily_charge == 1200


def test_accounts_are_created_in_order_of_appearance() -> None:
    assert list(read(FLEET).accounts) == ["acme", "umbra"]


def test_every_account_gets_the_given_balance_and_currency(tmp_path: Path) -> None:
    world = load(tmp_path, "id,account,kind,daily_charge\na,x,legacy_public,1\nb,y,legacy_public,2\n", Options()).world
    assert [(a.currency, a.balance) for a in world.accounts.values()] == [("CNY", 0), ("CNY", 0)]
    options = Options(balance="1,000", currency="JPY")
    world = load(tmp_path, "id,account,kind,daily_charge\na,x,legacy_public,1\nb,y,legacy_public,2\n", options).world
    assert [(a.currency, a.balance) for a in world.accounts.values()] == [("JPY", 1000), ("JPY", 1000)]


@pytest.mark.parametrize(
    "text",
    [
        FLEET.replace("\n", "\r\n"),
        FLEET.replace("\n", "\r"),
        "\ufeff" + FLEET,
        "\n\n" + FLEET.replace("\nent-2", "\n\n,,,\nent-2"),
        FLEET.replace('"1,300.00"', "1300.00").replace(",", ";"),
        FLEET.replace(",", ", ").replace('"1, 300.00"', '"1,300.00"'),
        FLEET.replace("\n", ",,\n"),
        FLEET.rstrip("\n"),
    ],
    ids=["CRLF", "CR", "BOM", "empty rows", "semicolons", "spaces", "empty columns", "no last line end"],
)
def test_csv_dialects_give_the_same_fleet(tmp_path: Path, text: str) -> None:
    """ "A byte order mark and `;` as separator are tolerated"."""
    assert load(tmp_path, text, Options()).world == read(FLEET)


def test_a_file_with_only_a_header_is_an_empty_fleet() -> None:
    assert read("id,account,kind\n").instances == {}


def test_the_clock_is_the_option_or_now(tmp_path: Path) -> None:
    """ "--clock WHEN (required with simulate)"; `lapse import` passes the current time as `now`."""
    later = CAL.parse("2026-07-02")
    assert load(tmp_path, FLEET, Options(), CLOCK)[2:4] == ((), False)
    loaded = load(tmp_path, FLEET, Options(clock=later), CLOCK)
    assert (loaded.world.clock, loaded.clock_given) == (later, True)
    with pytest.raises(BadInput, match=r"fleet\.csv: has no clock: give --clock WHEN"):
        load(tmp_path, FLEET, Options(), None)


HEAD = "id,account,kind,expires,monthly_price,anchor_day,trial,renewal,renewal_months,renewal_enabled_on\n"
GOOD = "a,acme,enterprise,2026-07-10,300,,,,,\n"

REFUSED = [
    ("no header", GOOD, "row 1: unknown column "),
    ("unknown column", "id,account,kind,colour\n", 'row 1: unknown column "colour": the columns may be id, account'),
    ("account's key as column", "id,account,kind,balance\n", 'row 1: unknown column "balance"'),
    ("unnamed column", "id,,account,kind\n", 'row 1: unknown column ""'),
    ("column twice", "id,account,kind,id\n", 'row 1: the column "id" appears twice'),
    ("no account column", "id,kind\n", 'row 1: the column "account" is missing'),
    ("too few cells", HEAD + GOOD + "b,acme\n", "row 3: it has 2 cells, the header 10"),
    ("too many cells", HEAD + GOOD.strip() + ",x\n", "row 2: it has 11 cells, the header 10"),
    ("a cell too many at the end", HEAD + GOOD.strip() + ",\n", "row 2: it has 11 cells, the header 10"),
    ("a cell under no name", HEAD.strip() + ",\n" + GOOD.strip() + ",x\n", "row 2: it has a cell in a column without"),
    ("an open quote", HEAD + GOOD + '"b,acme\n', "row 3: is not valid CSV"),
    ("text after a quote", HEAD + '"a"b,acme\n', "row 2: is not valid CSV"),
    ("an endless cell", HEAD + "x" * 200_000, "row 2: is not valid CSV"),
    ("rows counted past empty ones", HEAD + "\n\n" + GOOD + "\nb,acme,pro,,,,,,,\n", "row 6, kind: "),
    ("a line break in quotes is one row", HEAD + GOOD.replace("a,", '"a\nb",'), 'row 2, id: "a\\nb" holds'),
    ("an id twice", HEAD + GOOD + GOOD, 'row 3, id: "a" appears twice'),
    ("no id", HEAD + GOOD[1:], 'row 2: "id" is missing'),
    ("no account", HEAD + GOOD.replace("acme", ""), 'row 2: "account" is missing'),
    ("a bad account", HEAD + GOOD.replace("acme", "a\tb"), 'row 2, account: "a\\tb" holds'),
    ("no price", HEAD + GOOD.replace("300", ""), 'row 2: "monthly_price" is missing'),
    ("a bad price", HEAD + GOOD.replace("300", "x"), 'row 2, monthly_price: "x" is not an amount'),
    ("a bad date", HEAD + GOOD.replace("2026-07-10", "10/7/2026"), 'row 2, expires: "10/7/2026" is not a date or time'),
    ("a bad whole number", HEAD + GOOD.replace("300,", "300,1.5"), 'row 2, anchor_day: "1.5" must be a whole number'),
    ("a huge whole number", HEAD + GOOD.replace("300,", "300," + "9" * 5000), "row 2, anchor_day: "),
    ("a bad flag", HEAD + GOOD.replace("300,,", "300,,maybe"), 'row 2, trial: "maybe" must be true or false'),
    ("a bad mode", HEAD + GOOD.replace("300,,,", "300,,,on"), 'row 2, renewal: "on" must be one of manual, auto'),
    ("months without a mode", HEAD + "a,acme,enterprise,2026-07-10,300,,,,3,\n", 'row 2, renewal: "" must be one of'),
    ("bad months", HEAD + "a,acme,enterprise,2026-07-10,300,,,auto,5,\n", "row 2, renewal_months: 5 is not a period"),
    (
        "enabled after the clock",
        HEAD + "a,acme,enterprise,2026-07-10,300,,,auto,,2026-07-02\n",
        "row 2, renewal_enabled_on: 2026-07-02 is after the clock",
    ),
]


@pytest.mark.parametrize(("text", "start"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_bad_input_is_refused_and_row_and_column_named(text: str, start: str) -> None:
    """Rows are counted as in a spreadsheet: the header is row 1."""
    said = complaint(text)
    assert said.startswith(start)
    assert said.isprintable()


@pytest.mark.parametrize(
    ("options", "start"),
    [
        (Options(monthly_price="1"), "--monthly-price is for the vendor's export only"),
        (Options(prices=Path("p.csv")), "--prices is for the vendor's export only"),
        (Options(account="acme"), "--account is for the vendor's export only"),
        (Options(currency="RMB"), '--currency: "RMB" is not a currency'),
        (Options(balance="-5"), '--balance: "-5" is negative'),
        (Options(balance="1.5", currency="JPY"), '--balance: "1.5" has more decimals than JPY'),
    ],
)
def test_a_refused_option_is_named(tmp_path: Path, options: Options, start: str) -> None:
    with pytest.raises(BadInput) as caught:
        load(tmp_path, FLEET, options)
    assert start in str(caught.value)


def test_errors_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        load(tmp_path, HEAD + GOOD.replace("300", "x"), Options())
    assert str(caught.value).startswith(f"{tmp_path / 'fleet.csv'}: row 2, monthly_price: ")


@pytest.mark.parametrize(
    "text",
    [
        'id,price\na,300\nb,"1,200.50"\n',
        'a,300\nb,"1,200.50"',
        "ID;price\r\na;300\r\n\r\nb;1,200.50\r\n",
        'a,300\na,300\nb,"1,200.50"',
    ],
)
def test_the_header_of_a_price_table_is_optional(text: str) -> None:
    assert read_prices(text) == {"a": "300", "b": "1,200.50"}


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("id,price\na\n", "row 2: it has 1 cell: "),
        ("a,1,200\n", "row 1: it has 3 cells"),
        ("a,\n", 'row 1, price: "" is not an amount'),
        ("a,x\n", 'row 1, price: "x" is not an amount'),
        (",3\n", "row 1, id: an id must not be empty"),
        ("a,1\nb,1\na,2\n", 'row 3: "a" appears twice with different prices'),
        ('a,"1\n', "row 1: is not valid CSV"),
    ],
)
def test_a_bad_price_is_refused_and_its_row_named(text: str, start: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_prices(text)
    assert str(caught.value).startswith(start)
