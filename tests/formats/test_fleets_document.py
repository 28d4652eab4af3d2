"""Lapse's own JSON, `lapse-fleet/1`: its keys, their defaults, and what is refused."""

import copy
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from core.base.errors import BadInput
from core.base.instants import format_day
from core.formats.document import read_document
from core.formats.document_writing import write_document
from core.formats.files import Loaded, Options, load_fleet
from core.rules.rulebook import load_policy
from core.world.model import Renewal, World

POLICY = load_policy()
CAL = POLICY.calendar
CLOCK = CAL.parse("2026-07-01")

# The contract's own example.
EXAMPLE = json.loads(
    """{
  "format": "lapse-fleet/1",
  "clock": "2026-07-01T00:00:00+08:00",
  "accounts": [
    {"id": "acme", "currency": "CNY", "balance": "5.00", "low_balance_alert": "200.00", "daily_spend": "0.00",
     "coupons": [{"id": "c1", "amount": "50.00", "starts": "2026-07-05T00:00:00+08:00", "expires": null}],
     "unpaid": [{"id": "b1", "issued": "2026-06-30T04:00:00+08:00", "amount": "12.00"}],
     "overdue_since": "2026-06-30T04:00:00+08:00"}
  ],
  "instances": [
    {"id": "ent-1", "account": "acme", "name": "Factory line 1", "kind": "enterprise", "region": "cn-shanghai",
     "trial": false, "expires": "2026-07-10T00:00:00+08:00", "anchor_day": 10, "monthly_price": "300.00",
     "renewal": {"mode": "auto", "schedule": "console", "months": 1, "enabled_on": "2026-06-01"}},
    {"id": "pub-1", "account": "acme", "kind": "public", "region": "cn-shanghai", "devices_online": false,
     "last_online": "2026-06-20T12:00:00+08:00", "trial_continued": null},
    {"id": "leg-1", "account": "acme", "kind": "legacy_public", "region": "cn-shanghai", "daily_charge": "12.00"}
  ]
}"""
)


def bare(*instances: dict[str, object], **account: object) -> dict[str, object]:
    """A fleet with one account, acme, on 1 July 2026."""
    owned = [{"account": "acme", **instance} for instance in instances]
    return {"clock": "2026-07-01", "accounts": [{"id": "acme", **account}], "instances": owned}


def enterprise(**more: object) -> dict[str, object]:
    return {"id": "ent-1", "kind": "enterprise", "expires": "2026-07-10", "monthly_price": "300.00", **more}


def public(**more: object) -> dict[str, object]:
    return {"id": "pub-1", "kind": "public", **more}


def read(document: object) -> World:
    return read_document(document, POLICY)


def complaint(document: object) -> str:
    with pytest.raises(BadInput) as caught:
        read(document)
    return str(caught.value)


def test_the_contracts_example_is_read() -> None:
    world = read(EXAMPLE)
    acme, ent, pub, leg = world.accounts["acme"], *world.instances.values()
    assert world.clock == CLOCK
    assert (acme.currency, acme.balance, acme.low_balance_alert, acme.daily_spend) == ("CNY", 500, 20000, 0)
    assert [(c.id, c.amount, c.remaining, c.starts, c.expires) for c in acme.coupons] == [
        ("c1", 5000, 5000, CAL.parse("2026-07-05"), None)
    ]
    assert [(b.id, b.issued, b.amount) for b in acme.unpaid] == [("b1", CAL.parse("2026-06-30T04:00"), 1200)]
    assert acme.overdue_since == CAL.parse("2026-06-30T04:00")
    assert (ent.name, ent.expires, ent.anchor_day, ent.monthly_price) == (
        "Factory line 1",
        CAL.parse("2026-07-10"),
        10,
        30000,
    )
    assert ent.renewal[:3] == ("auto", "console", 1)
    assert ent.renewal.enabled_on is not None and format_day(ent.renewal.enabled_on) == "2026-06-01"
    assert (pub.name, pub.devices_online, pub.last_online) == ("pub-1", False, CAL.parse("2026-06-20T12:00"))
    assert (leg.daily_charge, leg.state) == (1200, "overdue")


def test_missing_keys_have_the_contracts_defaults() -> None:
    """Currency CNY, money 0, no alert, name = id, renewal manual, anchor day the day of `expires` (T5)."""
    world = read(bare(enterprise(expires="2026-07-31")))
    acme, ent = world.accounts["acme"], world.instances["ent-1"]
    assert (acme.currency, acme.balance, acme.low_balance_alert, acme.daily_spend, acme.overdue_since) == (
        "CNY",
        0,
        None,
        0,
        None,
    )
    assert (ent.name, ent.region, ent.trial, ent.anchor_day, ent.renewal) == ("ent-1", "", False, 31, Renewal())


def test_auto_renewal_defaults_to_console_monthly_and_enabled_long_ago() -> None:
    world = read(bare(enterprise(renewal={"mode": "auto"})))
    assert world.instances["ent-1"].renewal == Renewal("auto", "console", 1, None)


def test_unpaid_bills_without_overdue_since_count_from_the_oldest() -> None:
    bills = [{"id": "b2", "issued": "2026-06-30", "amount": 2}, {"id": "b1", "issued": "2026-06-28", "amount": 1}]
    acme = read(bare(unpaid=bills)).accounts["acme"]
    assert [bill.id for bill in acme.unpaid] == ["b1", "b2"]
    assert acme.overdue_since == CAL.parse("2026-06-28")


@pytest.mark.parametrize(
    ("expires", "trial", "state"),
    [
        ("2026-07-01T00:00:01", False, "running"),
        ("2026-07-01", False, "expired"),
        ("2026-06-16T00:00:01", False, "expired"),
        ("2026-06-16", False, "released"),
        ("2026-06-16", True, "released"),
    ],
)
def test_states_are_derived_and_an_expiry_at_the_clock_has_passed(expires: str, trial: bool, state: str) -> None:
    """I1: an expiry at exactly the clock has passed."""
    assert read(bare(enterprise(expires=expires, trial=trial))).instances["ent-1"].state == state


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("1000.00", 100000),
        (" 12,500.50\n", 1250050),
        ("12 500.5", 1250050),
        (300, 30000),
        (Decimal("0.1"), 10),
        (Decimal("1E+2"), 10000),
        ("0", 0),
        (".5", 50),
        ("0" * 5000 + "5", 500),
    ],
)
def test_amounts_may_be_texts_or_exact_numbers(written: object, minor: int) -> None:
    """M1 and the contract: never read through a float; spaces and thousands commas are accepted, and zero is valid."""
    assert read(bare(balance=written)).accounts["acme"].balance == minor


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", ".", "-", "-1", "1,00", "1e3", "NaN", "Infinity", "1.005", "١٢", "1" * 16, "9" * 5000, True, [], {}),
        *(1.5, -1, Decimal("NaN"), Decimal("Infinity"), Decimal("1e999999"), Decimal("-0.01")),
        pytest.param(10**5000, id="a number of 5001 digits"),
    ],
)
def test_an_invalid_amount_is_refused(written: object) -> None:
    assert complaint(bare(balance=written)).startswith("accounts[0].balance: ")


def test_the_currency_limits_the_decimals() -> None:
    """M1: CNY has 2 decimals, JPY has 0."""
    assert read(bare(currency="JPY", balance="12")).accounts["acme"].balance == 12
    assert complaint(bare(currency="JPY", balance="12.0")) == (
        'accounts[0].balance: "12.0" has more decimals than JPY has (0)'
    )


def test_ids_may_use_any_script() -> None:
    world = read(bare(enterprise(id="工厂 一"), enterprise(id="ent\xa02")))
    assert list(world.instances) == ["工厂 一", "ent\xa02"]


Change = Callable[..., object]

REFUSED: list[tuple[str, Change, str]] = [
    ("no clock", lambda f: f.pop("clock"), 'the fleet: "clock" is missing'),
    ("another format", lambda f: f.update(format="lapse-fleet/2"), "the fleet.format: it must be"),
    ("a format that is not text", lambda f: f.update(format=[1]), "the fleet.format: a list is not text"),
    ("an unknown key", lambda f: f.update(colour=1), 'the fleet: unknown key "colour"'),
    ("accounts no list", lambda f: f.update(accounts={}), "the fleet.accounts: an object must be a list"),
    ("an account no object", lambda f: f.update(accounts=[7]), "accounts[0]: 7 must be an object"),
    ("an account twice", lambda f: f["accounts"].append({"id": "acme"}), "accounts[1].id: "),
    ("an account without id", lambda f: f["accounts"][0].pop("id"), 'accounts[0]: "id" is missing'),
    ("no currency", lambda f: f["accounts"][0].update(currency="RMB"), "accounts[0].currency: "),
    (
        "a bill twice",
        lambda f: f["accounts"][0]["unpaid"].append(f["accounts"][0]["unpaid"][0]),
        "accounts[0].unpaid[1]",
    ),
    (
        "a coupon twice",
        lambda f: f["accounts"][0]["coupons"].append(f["accounts"][0]["coupons"][0]),
        "accounts[0].coup",
    ),
    (
        "overdue without a bill",
        lambda f: f["accounts"][0].update(unpaid=[]),
        "accounts[0].overdue_since: the account has no unpaid bill",
    ),
    (
        "overdue after the clock",
        lambda f: f["accounts"][0].update(overdue_since="2026-07-02"),
        "accounts[0].overdue_since: ",
    ),
    (
        "a bill after the clock",
        lambda f: f["accounts"][0]["unpaid"][0].update(issued="2026-07-02"),
        "accounts[0].unpaid[0].issued: ",
    ),
    ("an instance twice", lambda f: f["instances"].append(f["instances"][0]), "instances[3].id: "),
    ("an unknown account", lambda f: f["instances"][0].update(account="umbra"), "instances[0].account: there is no"),
    ("an unknown kind", lambda f: f["instances"][0].update(kind="pro"), "instances[0].kind: "),
    ("no expiry", lambda f: f["instances"][0].pop("expires"), 'instances[0]: "expires" is missing'),
    ("a null expiry", lambda f: f["instances"][0].update(expires=None), 'instances[0]: "expires" is missing'),
    ("no price", lambda f: f["instances"][0].pop("monthly_price"), 'instances[0]: "monthly_price" is missing'),
    ("no charge", lambda f: f["instances"][2].pop("daily_charge"), 'instances[2]: "daily_charge" is missing'),
    ("no devices", lambda f: f["instances"][1].pop("last_online"), "instances[1].last_online: it is missing"),
    (
        "devices seen after the clock",
        lambda f: f["instances"][1].update(last_online="2026-07-02"),
        "instances[1].last_online: ",
    ),
    (
        "a trial continued after the clock",
        lambda f: f["instances"][1].update(trial_continued="2026-07-02"),
        "instances[1].trial_continued: ",
    ),
    ("an anchor that does not fit", lambda f: f["instances"][0].update(anchor_day=11), "instances[0].anchor_day: "),
    ("an anchor past 31", lambda f: f["instances"][0].update(anchor_day=32), "instances[0].anchor_day: "),
    ("a flag that is none", lambda f: f["instances"][0].update(trial="no"), "instances[0].trial: "),
    (
        "renewal enabled after the clock",
        lambda f: f["instances"][0]["renewal"].update(enabled_on="2026-07-02"),
        "instances[0].renewal.enabled_on: 2026-07-02 is after the clock",
    ),
    (
        "a period not offered",
        lambda f: f["instances"][0]["renewal"].update(months=5),
        "instances[0].renewal.months: 5 is not a period of the console schedule",
    ),
    (
        "a checkout period of more than a month",
        lambda f: f["instances"][0]["renewal"].update(schedule="checkout", months=2),
        "instances[0].renewal.months: 2 is not a period of the checkout schedule",
    ),
    ("an unknown mode", lambda f: f["instances"][0]["renewal"].update(mode="on"), "instances[0].renewal.mode: "),
    ("no mode", lambda f: f["instances"][0]["renewal"].pop("mode"), 'instances[0].renewal: "mode" is missing'),
    ("renewal no object", lambda f: f["instances"][0].update(renewal="auto"), "instances[0].renewal: "),
    ("an id with a line break", lambda f: f["instances"][0].update(id="a\u2028b"), "instances[0].id: "),
    ("an empty id", lambda f: f["instances"][0].update(id=" "), "instances[0].id: "),
    ("half a character", lambda f: f["instances"][0].update(name="\ud800"), "instances[0].name: "),
    ("no such day", lambda f: f["instances"][0].update(expires="2026-02-30"), "instances[0].expires: "),
    ("a long text for a date", lambda f: f["instances"][0].update(expires="x\n" * 9999), "instances[0].expires: "),
]


@pytest.mark.parametrize(("change", "start"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_bad_input_is_refused_and_its_key_named(change: Change, start: str) -> None:
    """The contract's "Bad input": one sentence that names the key once."""
    fleet = copy.deepcopy(EXAMPLE)
    change(fleet)
    said = complaint(fleet)
    assert said.startswith(start)
    assert said.isprintable() and len(said) < 400


def test_an_anchor_day_may_clamp_to_the_last_day_of_the_month() -> None:
    """T5: anchor day 31 fits an expiry on 30 September."""
    ent = read(bare(enterprise(expires="2026-09-30", anchor_day=31))).instances["ent-1"]
    assert ent.anchor_day == 31


def test_a_key_of_another_kind_is_ignored() -> None:
    world = read(bare(public(devices_online=True, monthly_price=None, daily_charge="0")))
    assert world.instances["pub-1"].state == "running"


def test_writing_and_reading_gives_the_same_fleet() -> None:
    world = read(EXAMPLE)
    assert read(json.loads(json.dumps(write_document(world, POLICY)))) == world


def load(tmp_path: Path, document: object, options: Options | None = None) -> Loaded:
    path = tmp_path / "fleet.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return load_fleet([path], POLICY, options or Options(), None)


def test_the_clock_is_the_documents_or_the_options(tmp_path: Path) -> None:
    """ "The clock of a new file starts at the fleet's `clock`, or at --clock WHEN"."""
    loaded = load(tmp_path, EXAMPLE)
    assert (loaded.world.clock, loaded.clock_given, loaded.notes) == (CLOCK, True, ())
    later = CAL.parse("2026-07-11")
    world = load(tmp_path, EXAMPLE, Options(clock=later)).world
    assert (world.clock, world.instances["ent-1"].state) == (later, "expired")


OTHERS = [
    (Options(balance="1"), "--balance is for CSV and the vendor's export only"),
    (Options(currency="CNY"), "--currency is for CSV and the vendor's export only"),
    (Options(product="iot"), "--product is for the vendor's export only"),
    (Options(monthly_price="1"), "--monthly-price is for the vendor's export only"),
    (Options(prices=Path("p.csv")), "--prices is for the vendor's export only"),
    (Options(daily_charge="1"), "--daily-charge is for the vendor's export only"),
    (Options(account="acme"), "--account is for the vendor's export only"),
]


@pytest.mark.parametrize(("options", "said"), OTHERS)
def test_an_option_for_other_formats_is_refused(tmp_path: Path, options: Options, said: str) -> None:
    with pytest.raises(BadInput, match=rf"fleet\.json: is a fleet in Lapse's own JSON, and {said}: leave it out"):
        load(tmp_path, EXAMPLE, options)


def test_two_fleets_at_once_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(EXAMPLE), encoding="utf-8")
    with pytest.raises(BadInput, match=r"a\.json: is a fleet in Lapse's own JSON: give it alone"):
        load_fleet([path, path], POLICY, Options(), None)


def test_a_byte_order_mark_is_tolerated(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    path.write_text(json.dumps(EXAMPLE), encoding="utf-8-sig")
    assert len(load_fleet([path], POLICY, Options(), None).world.instances) == 3
