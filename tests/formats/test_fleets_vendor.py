"""The vendor's export: QueryAvailableInstances and QueryAccountBalance, as its command line tool saves them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.base.errors import BadInput
from core.formats.files import Loaded, Options, load_fleet
from core.formats.vendor_answers import read_answers
from core.rules.rulebook import load_policy
from core.world.model import Renewal

Load = Callable[..., Loaded]
Complaint = Callable[..., str]

POLICY = load_policy()
CAL = POLICY.calendar
CLOCK = CAL.parse("2026-11-20")
SAMPLES = Path(__file__).parent / "samples"
PAGES = [SAMPLES / "query-available-instances-1.json", SAMPLES / "query-available-instances-2.json"]
BALANCE = SAMPLES / "query-account-balance.json"
OWNER, OTHER = "1184847062244573", "1184847062244999"
PRICES = Options(monthly_price="300", daily_charge="12.00")


def subscription(**more: object) -> dict[str, object]:
    """A row as the API gives it: a subscription that ends on 10 December at 00:00, UTC+8."""
    return {
        "InstanceID": "iot-1",
        "OwnerId": 7,
        "ProductCode": "iot",
        "Region": "cn-shanghai",
        "SubscriptionType": "Subscription",
        "Status": "Normal",
        "RenewStatus": "ManualRenewal",
        "CreateTime": "2025-11-08T02:11:40Z",
        "EndTime": "2026-12-09T16:00:00Z",
        "ReleaseTime": "",
        **more,
    }


def pay_as_you_go(**more: object) -> dict[str, object]:
    never: dict[str, object] = {"EndTime": "2099-12-31T15:59:00Z", "RenewStatus": ""}
    return subscription(**{"InstanceID": "iot-2", "SubscriptionType": "PayAsYouGo", **never, **more})


def page(*rows: object, **more: object) -> dict[str, object]:
    return {"Code": "Success", "Success": True, "Data": {"InstanceList": list(rows), **more}}


def money(amount: object = "100.00", currency: str = "CNY", **more: object) -> dict[str, object]:
    return {"Success": True, "Data": {"AvailableAmount": amount, "Currency": currency, **more}}


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load answers, each from its own file 0.json, 1.json ..., on 20 November 2026."""

    def load(*answers: object, options: Options = PRICES, now: int | None = CLOCK, prices: str | None = None) -> Loaded:
        paths = [tmp_path / f"{index}.json" for index in range(len(answers))]
        for path, answer in zip(paths, answers, strict=True):
            path.write_text(json.dumps(answer), encoding="utf-8")
        if prices is not None:
            (tmp_path / "prices.csv").write_text(prices, encoding="utf-8")
            options = options._replace(prices=tmp_path / "prices.csv")
        return load_fleet(paths, POLICY, options, now)

    return load


@pytest.fixture
def complaint(load: Load, tmp_path: Path) -> Complaint:
    """The error for these answers, without the folder's name."""

    def complaint(*answers: object, **more: object) -> str:
        with pytest.raises(BadInput) as caught:
            load(*answers, **more)
        assert str(caught.value).isprintable()
        return str(caught.value).replace(f"{tmp_path}/", "")

    return complaint


def test_the_samples_load_together_and_in_any_order() -> None:
    options = PRICES._replace(account=OWNER)
    loaded = load_fleet([*PAGES, BALANCE], POLICY, options, CLOCK)
    world = loaded.world
    assert [
        (i.id[4:], i.account, i.kind, i.state, i.expires and CAL.format(i.expires)) for i in world.instances.values()
    ] == [
        ("060a0b2s", OWNER, "enterprise", "running", "2026-12-09T00:00:00+08:00"),
        ("060a0c77", OWNER, "enterprise", "running", "2026-11-26T00:00:00+08:00"),
        ("060a1d90", OWNER, "enterprise", "running", "2027-04-01T00:00:00+08:00"),
        ("05zz91aq", OWNER, "enterprise", "running", "2026-12-01T00:00:00+08:00"),
        ("05zz07bc", OWNER, "enterprise", "expired", "2026-11-15T00:00:00+08:00"),
        ("04legacy1", OWNER, "legacy_public", "running", None),
        ("0300n7qq", OTHER, "enterprise", "running", "2026-12-31T12:04:00+08:00"),
    ]
    assert [i.renewal for i in world.instances.values()][:4] == [
        Renewal("manual"),
        Renewal("auto", "console", 3),
        Renewal("auto", "console", 12),
        Renewal("none"),
    ]
    assert [(a.id, a.currency, a.balance) for a in world.accounts.values()] == [
        (OWNER, "CNY", 1250050),
        (OTHER, "CNY", 0),
    ]
    assert loaded.notes == ("1 row of other products (rds) left out",)
    again = load_fleet([BALANCE, *reversed(PAGES)], POLICY, options, CLOCK)
    assert again.world.accounts == world.accounts and again.world.instances == world.instances


@pytest.mark.parametrize("path", PAGES)
def test_a_sample_page_loads_alone_with_a_note_about_the_missing_page(path: Path) -> None:
    notes = load_fleet([path], POLICY, PRICES, CLOCK).notes
    assert notes[-1].startswith("the export counts 8 instances, the files given hold ")


def test_a_balance_loads_alone_if_its_account_is_given() -> None:
    world = load_fleet([BALANCE], POLICY, Options(account="acme"), CLOCK).world
    assert [(a.id, a.balance) for a in world.accounts.values()] == [("acme", 1250050)]
    assert world.instances == {}
    with pytest.raises(BadInput, match="names no account, and no instance names its owner: give --account ID"):
        load_fleet([BALANCE], POLICY, Options(), CLOCK)


def test_an_instance_has_the_values_of_its_row(load: Load) -> None:
    one, two = load(page(subscription(), pay_as_you_go())).world.instances.values()
    assert (one.id, one.name, one.account, one.region, one.monthly_price, one.anchor_day, one.trial) == (
        *("iot-1", "iot-1", "7", "cn-shanghai", 30000, 10, False),
    )
    assert (two.id, two.kind, two.daily_charge, two.expires) == ("iot-2", "legacy_public", 1200, None)


def test_an_owner_may_be_a_number_or_text(load: Load) -> None:
    world = load(page(subscription(OwnerId=1184847062244573), pay_as_you_go(OwnerId="1184847062244573"))).world
    assert list(world.accounts) == [OWNER]


def test_times_are_read_without_seconds_and_with_an_offset(load: Load) -> None:
    ends = ["2026-12-31T04:04Z", "2026-12-31T12:04+08:00", "2026-12-31T04:04:00Z"]
    rows = [subscription(InstanceID=f"iot-{index}", EndTime=end) for index, end in enumerate(ends)]
    assert {i.expires for i in load(page(*rows)).world.instances.values()} == {CAL.parse("2026-12-31T12:04")}


@pytest.mark.parametrize("key", ["ReleaseTime", "StopTime", "ExpectedReleaseTime", "CreateTime"])
@pytest.mark.parametrize("written", ["", None, "2099-12-31T15:59:00Z", "0001-01-01T00:00:00Z"])
def test_times_that_mean_never_are_ignored(load: Load, key: str, written: str | None) -> None:
    assert len(load(page(subscription(**{key: written}))).world.instances) == 1


@pytest.mark.parametrize("end", ["", None, "2099-12-31T15:59:00Z", "2099-12-31\nx", "0001-01-01T00:00Z"])
def test_a_subscription_without_an_end_is_refused(complaint: Complaint, end: str | None) -> None:
    """2099-12-31 and 0001-01-01 mean "never", so the row does not say when the subscription expires."""
    assert complaint(page(subscription(EndTime=end))).startswith('0.json: instance "iot-1": EndTime: ')


@pytest.mark.parametrize("end", ["", "2099-12-31T15:59:00Z", "0001-01-01T00:00:00Z", "2026-01-01T00:00:00Z"])
def test_pay_as_you_go_has_no_end(load: Load, end: str) -> None:
    assert load(page(pay_as_you_go(EndTime=end))).world.instances["iot-2"].state == "running"


@pytest.mark.parametrize(
    ("row", "renewal"),
    [
        ({"RenewStatus": "ManualRenewal"}, Renewal("manual")),
        ({"RenewStatus": "ManualRenewal", "RenewalDuration": 0, "RenewalDurationUnit": ""}, Renewal("manual")),
        ({"RenewStatus": ""}, Renewal("manual")),
        ({"RenewStatus": None}, Renewal("manual")),
        ({"RenewStatus": "NotRenewal"}, Renewal("none")),
        (
            {"RenewStatus": "AutoRenewal", "RenewalDuration": 6, "RenewalDurationUnit": "M"},
            Renewal("auto", "console", 6),
        ),
        (
            {"RenewStatus": "AutoRenewal", "RenewalDuration": 3, "RenewalDurationUnit": "Y"},
            Renewal("auto", "console", 36),
        ),
    ],
)
def test_the_row_gives_the_renewal_settings(load: Load, row: dict[str, object], renewal: Renewal) -> None:
    assert load(page(subscription(**row))).world.instances["iot-1"].renewal == renewal


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"RenewalDuration": 3},
        {"RenewalDuration": 0, "RenewalDurationUnit": "M"},
        {"RenewalDuration": 5, "RenewalDurationUnit": "M"},
        {"RenewalDuration": 1, "RenewalDurationUnit": "D"},
        {"RenewalDuration": "3 months", "RenewalDurationUnit": "M"},
        {"RenewalDuration": 1.5, "RenewalDurationUnit": "M"},
        {"RenewalDuration": True, "RenewalDurationUnit": "M"},
        {"RenewalDuration": 10**900, "RenewalDurationUnit": "Y"},
    ],
)
def test_auto_renewal_needs_a_period_that_is_offered(complaint: Complaint, row: dict[str, object]) -> None:
    """A2: 1, 2, 3, 6, 12, 24 or 36 months."""
    said = complaint(page(subscription(RenewStatus="AutoRenewal", **row)))
    assert said.startswith('0.json: instance "iot-1": RenewalDuration ')
    assert said.endswith("1, 2, 3, 6, 12, 24, 36 months")


def test_only_iot_products_are_imported_and_the_rest_counted(load: Load) -> None:
    rows = [
        subscription(),
        subscription(InstanceID="iot-3", ProductCode="iot_x"),
        *(subscription(InstanceID=f"x-{code}", ProductCode=code) for code in ("rds", "ecs", "rds")),
    ]
    loaded = load(page(*rows))
    assert list(loaded.world.instances) == ["iot-1", "iot-3"]
    assert loaded.notes == ("3 rows of other products (ecs, rds) left out",)


def test_the_product_option_selects_another_product(load: Load) -> None:
    """ "`--product CODE` takes another"."""
    rows = [subscription(), subscription(InstanceID="rm-1", ProductCode="rds")]
    loaded = load(page(*rows), options=PRICES._replace(product="rds"))
    assert list(loaded.world.instances) == ["rm-1"]
    assert loaded.notes == ("1 row of other products (iot) left out",)


def test_rows_of_other_products_are_not_checked(load: Load) -> None:
    assert list(load(page(subscription(), {"ProductCode": "rds"})).world.instances) == ["iot-1"]


# Prices


def test_no_price_is_guessed(complaint: Complaint) -> None:
    both = page(subscription(), pay_as_you_go())
    assert complaint(both, options=Options()) == (
        '0.json: instances "iot-1", "iot-2": the export holds no prices: '
        "give --monthly-price AMOUNT or --prices FILE, and --daily-charge AMOUNT for pay-as-you-go instances"
    )
    assert complaint(page(subscription()), options=Options(daily_charge="1")) == (
        '0.json: instance "iot-1": the export holds no prices: give --monthly-price AMOUNT or --prices FILE'
    )
    assert complaint(both, options=Options(monthly_price="1")) == (
        '0.json: instance "iot-2": the export holds no prices: give --daily-charge AMOUNT for pay-as-you-go instances'
    )


def test_a_price_is_needed_only_for_the_kinds_in_the_export(load: Load) -> None:
    assert len(load(page(subscription()), options=Options(monthly_price="1")).world.instances) == 1
    assert len(load(page(pay_as_you_go()), options=Options(daily_charge="1")).world.instances) == 1


def test_prices_are_looked_up_by_id(load: Load, complaint: Complaint) -> None:
    rows = page(subscription(), subscription(InstanceID="iot-9"))
    table = 'id,price\niot-1,"1,200.00"\nelsewhere,5\n'
    assert complaint(rows, options=Options(), prices=table).startswith('prices.csv: has no price for instance "iot-9"')
    world = load(rows, options=Options(), prices=table + "iot-9,7").world
    assert [i.monthly_price for i in world.instances.values()] == [120000, 700]
    world = load(rows, options=Options(monthly_price="8"), prices=table).world
    assert [i.monthly_price for i in world.instances.values()] == [120000, 800]


@pytest.mark.parametrize(
    ("options", "prices", "start"),
    [
        (Options(monthly_price="x"), None, '--monthly-price: "x" is not an amount'),
        (Options(monthly_price="-1"), None, '--monthly-price: "-1" is negative'),
        (Options(monthly_price="1", daily_charge="1.005"), None, '--daily-charge: "1.005" has more decimals'),
        (Options(monthly_price="1.5", currency="JPY"), None, '--monthly-price: "1.5" has more decimals than JPY'),
        (Options(), "iot-1,1.005", 'prices.csv: the price of "iot-1": "1.005" has more decimals than CNY'),
        (Options(), "iot-1,-1", 'prices.csv: the price of "iot-1": "-1" is negative'),
        (Options(), "iot-1,x", 'prices.csv: row 1, price: "x" is not an amount'),
        (Options(), "", "prices.csv: is empty"),
        (Options(), "a\0,1", "prices.csv: is not UTF-8 text"),
        (Options(prices=Path("/nowhere/p.csv")), None, "/nowhere/p.csv: can't be read (No such file or directory)"),
        (Options(monthly_price="1", currency="RMB"), None, '--currency: "RMB" is not a currency'),
    ],
)
def test_a_bad_price_is_named(complaint: Complaint, options: Options, prices: str | None, start: str) -> None:
    assert complaint(page(subscription()), options=options, prices=prices).startswith(start)


# Pages


def test_an_instance_on_two_pages_is_imported_once(load: Load, complaint: Complaint) -> None:
    alike, later = page(subscription()), page(subscription(EndTime="2027-12-09T16:00:00Z"))
    assert len(load(alike, alike).world.instances) == 1
    assert complaint(alike, later).startswith('1.json: instance "iot-1" appears twice with different values')


def test_an_answer_may_be_only_its_data_or_its_rows(load: Load) -> None:
    """Only Data, or only its list of rows."""
    assert load(page(subscription())["Data"]).world == load([subscription()]).world


@pytest.mark.parametrize(
    ("answer", "start"),
    [
        (
            {"Success": False, "Code": "NotAuthorized", "Message": "no\nway", "Data": None},
            '0.json: is the answer of a call that failed ("NotAuthorized", "no\\nway")',
        ),
        (
            {"Code": "Throttling", "Message": "slow down", "RequestId": "A"},
            '0.json: is the answer of a call that failed ("Throttling", "slow down")',
        ),
        ({"Success": True, "Data": None}, "0.json: its Data must hold InstanceList or AvailableAmount"),
        ({"Success": True, "Data": {"Modules": []}}, "0.json: its Data must hold"),
        ({"Success": True}, "0.json: its Data must hold"),
        (page() | {"Data": {"InstanceList": {"Instance": 7}}}, "0.json: InstanceList: an object must be a list"),
        (page(7), "0.json: InstanceList[0]: 7 must be an object"),
        (page(subscription(ProductCode="")), "0.json: InstanceList[0]: ProductCode is missing"),
        (page(subscription(ProductCode=["iot"])), "0.json: InstanceList[0]: ProductCode: a list is not text"),
        (page(subscription(InstanceID="")), "0.json: InstanceList[0]: InstanceID: an id must not be empty"),
        (page(subscription(InstanceID="a\ud800")), "0.json: InstanceList[0]: InstanceID: "),
        (page(subscription(OwnerId=None)), '0.json: instance "iot-1": OwnerId: null must be'),
        (page(subscription(OwnerId=1.5)), '0.json: instance "iot-1": OwnerId: 1.5 must be'),
        (page(subscription(OwnerId=True)), '0.json: instance "iot-1": OwnerId: true must be'),
        (page(subscription(Region={})), '0.json: instance "iot-1": Region: an object is not text'),
        (page(subscription(SubscriptionType="")), '0.json: instance "iot-1": SubscriptionType: "" must be'),
        (page(subscription(EndTime="soon")), '0.json: instance "iot-1": EndTime: "soon" is not a date or time'),
        (page(subscription(EndTime=1765296000)), '0.json: instance "iot-1": EndTime: 1765296000 is not text'),
        (page(subscription(RenewStatus="Maybe")), '0.json: instance "iot-1": RenewStatus: "Maybe" must be one of'),
        ([], "0.json: is not a fleet: give "),
        ([{"id": "x"}], "0.json: is not a fleet: give "),
        ({}, "0.json: is not a fleet: give "),
        ("text", "0.json: is not a fleet: give "),
    ],
)
def test_a_bad_answer_is_refused_and_its_key_named(complaint: Complaint, answer: object, start: str) -> None:
    assert complaint(answer).startswith(start)


# Balance


@pytest.mark.parametrize("written", ["12,500.50", "12500.50\n", " 12500.5", 12500.5])
def test_the_balance_is_the_available_amount(load: Load, written: object) -> None:
    """Real answers hold texts with a trailing newline and thousands commas. Credit counts as available."""
    answer = money(written, AvailableCashAmount="10000.00\n", CreditAmount="2500.50")
    assert load(page(subscription()), answer).world.accounts["7"].balance == 1250050


def test_a_negative_available_amount_is_arrears(load: Load) -> None:
    """ "The balance is then 0 and that amount an unpaid bill, overdue since the clock"."""
    world = load(money("-1,012.30\n"), page(subscription(), pay_as_you_go())).world
    account = world.accounts["7"]
    assert (account.balance, account.overdue_since) == (0, CLOCK)
    assert [(bill.issued, bill.amount) for bill in account.unpaid] == [(CLOCK, 101230)]
    assert [i.state for i in world.instances.values()] == ["running", "overdue"]


def test_an_available_amount_of_zero_is_not_arrears(load: Load) -> None:
    account = load(money("-0.00"), page(subscription())).world.accounts["7"]
    assert (account.balance, account.unpaid, account.overdue_since) == (0, [], None)


def test_a_balance_with_several_owners_needs_the_account_option(load: Load, complaint: Complaint) -> None:
    rows = page(subscription(), pay_as_you_go(OwnerId=8))
    assert (
        complaint(rows, money()) == '1.json: names no account, and the instances belong to "7", "8": give --account ID'
    )
    accounts = load(rows, money(), options=PRICES._replace(account="8")).world.accounts
    assert [(a.id, a.balance) for a in accounts.values()] == [("7", 0), ("8", 10000)]
    said = complaint(rows, money(), options=PRICES._replace(account="9"))
    assert said == '--account: "9" owns none of the instances taken: their owners are "7", "8"'


def test_all_accounts_have_the_currency_of_the_balance(load: Load, complaint: Complaint) -> None:
    rows = page(subscription(), pay_as_you_go(OwnerId=8))
    world = load(rows, money("5", "USD"), options=PRICES._replace(account="7")).world
    assert [a.currency for a in world.accounts.values()] == ["USD", "USD"]
    assert load(page(subscription()), options=PRICES._replace(currency="USD")).world.accounts["7"].currency == "USD"
    said = complaint(page(subscription()), money(), options=PRICES._replace(currency="USD"))
    assert said == '1.json: Currency is "CNY", not USD: leave out --currency'
    assert complaint(page(subscription()), money(currency="")).startswith("1.json: Currency is missing")
    assert complaint(page(subscription()), money(currency="RMB")).startswith(
        '1.json: Currency: "RMB" is not a currency'
    )


def test_the_balance_option_replaces_a_balance_answer(load: Load, complaint: Complaint) -> None:
    by_hand = PRICES._replace(balance="50")
    assert load(page(subscription()), options=by_hand).world.accounts["7"].balance == 5000
    assert complaint(page(subscription()), money(), options=by_hand).startswith(
        "--balance: 1.json already gives the balance"
    )


def test_a_second_balance_is_refused_unless_it_is_equal(load: Load, complaint: Complaint) -> None:
    assert load(page(subscription()), money(), money()).world.accounts["7"].balance == 10000
    assert complaint(page(subscription()), money(), money("1")).startswith("2.json: is a second account balance")


@pytest.mark.parametrize("amount", ["", "x", "1.005", None, [], "NaN"])
def test_a_bad_balance_is_named(complaint: Complaint, amount: object) -> None:
    assert complaint(page(subscription()), money(amount)).startswith("1.json: AvailableAmount: ")


def test_a_cash_amount_does_not_replace_the_available_amount(complaint: Complaint) -> None:
    answer = {"Data": {"AvailableCashAmount": "5.00", "Currency": "CNY"}}
    assert complaint(page(subscription()), answer).startswith("1.json: AvailableAmount is missing")


def test_the_account_option_without_a_balance_is_refused(complaint: Complaint) -> None:
    assert complaint(page(subscription()), options=PRICES._replace(account="7")).startswith(
        "--account names the owner of the balance"
    )


# The clock


def test_the_clock_is_the_option_or_now(load: Load, complaint: Complaint) -> None:
    """ "…or at --clock WHEN, or for an export without one at the wall clock's now"."""
    loaded = load(page(subscription()))
    assert (loaded.world.clock, loaded.clock_given) == (CLOCK, False)
    loaded = load(page(subscription()), options=PRICES._replace(clock=CAL.parse("2026-12-10")))
    assert (loaded.world.instances["iot-1"].state, loaded.clock_given) == ("expired", True)
    assert complaint(page(subscription()), now=None).startswith("0.json: has no clock: give --clock WHEN")


def test_a_lapse_fleet_and_an_export_cannot_be_mixed(complaint: Complaint) -> None:
    assert complaint(page(subscription()), {"clock": "2026-07-01"}).startswith("1.json: is a fleet in Lapse's own JSON")


@pytest.mark.parametrize("content", [None, True, 7, "x", {"a": 1}, [[]], [1, {"InstanceID": "x"}]])
def test_other_json_is_not_an_answer(content: object) -> None:
    assert read_answers("x.json", [content]) is None
