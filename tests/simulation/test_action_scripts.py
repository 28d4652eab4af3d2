"""Scripts of actions in JSON and TOML: their order, and what stops a run before anything happens."""

import json
from pathlib import Path

import pytest

from core.base.errors import BadInput
from core.simulation.action_scripts import Scripted, load_script
from core.world import actions
from tests.support.ledger import Form, History, account, enterprise, public

FLEET = (account(balance="500"), account("jp", currency="JPY"), enterprise(), public(devices_online=True))


def load(tmp_path: Path, text: str | bytes, name: str = "script.json") -> list[Scripted]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    history = History(*FLEET)
    return load_script(path, history.world, history.policy)


def one(tmp_path: Path, **action: object) -> Scripted:
    (scripted,) = load(tmp_path, json.dumps([{"at": "1h", **action}]))
    return scripted


EVERY_ACTION: list[tuple[Form, actions.Action]] = [
    ({"do": "top_up", "account": "acme", "amount": "5.00"}, actions.TopUp("acme", "5.00")),
    ({"do": "grant_coupon", "account": "acme", "id": "c", "amount": 5}, actions.GrantCoupon("acme", "c", 5)),
    ({"do": "charge", "account": "acme", "amount": "5", "note": "x"}, actions.Charge("acme", "5", "x")),
    ({"do": "set_low_balance_alert", "account": "acme", "amount": None}, actions.SetLowBalanceAlert("acme", None)),
    (
        {"do": "purchase", "account": "acme", "id": "n", "months": 3, "monthly_price": "9", "auto_renew": True},
        actions.Purchase("acme", "n", 3, "9", None, None, True),
    ),
    ({"do": "renew", "instances": ["ent-1"], "months": 1}, actions.Renew(("ent-1",), 1)),
    ({"do": "enable_auto_renewal", "instances": ["a", "b"], "months": 2}, actions.EnableAutoRenewal(("a", "b"), 2)),
    ({"do": "set_manual_renewal", "instances": ["a"]}, actions.SetManualRenewal(("a",))),
    ({"do": "set_non_renewal", "instances": ["a"]}, actions.SetNonRenewal(("a",))),
    ({"do": "continue_trial", "instance": "a"}, actions.ContinueTrial("a")),
    ({"do": "upgrade", "instance": "a", "months": 1, "monthly_price": "9"}, actions.Upgrade("a", 1, "9")),
    ({"do": "devices_online", "instance": "a"}, actions.DevicesOnline("a")),
    ({"do": "devices_offline", "instance": "a"}, actions.DevicesOffline("a")),
]


@pytest.mark.parametrize(("form", "action"), EVERY_ACTION, ids=[str(form["do"]) for form, _ in EVERY_ACTION])
def test_every_action(tmp_path: Path, form: Form, action: actions.Action) -> None:
    """Every action in the contract's table."""
    assert one(tmp_path, **form).action == action


def test_every_action_is_listed() -> None:
    assert {form["do"] for form, _ in EVERY_ACTION} == set(actions.ACTIONS)


def test_optional_keys(tmp_path: Path) -> None:
    """A key that is null counts as missing. Instants are read."""
    form = {"do": "grant_coupon", "account": "acme", "id": "c", "amount": "5", "starts": None, "expires": "2026-08-01"}
    action = one(tmp_path, **form).action
    assert isinstance(action, actions.GrantCoupon)
    assert (action.starts, action.expires) == (None, History().policy.calendar.parse("2026-08-01"))


def test_toml_is_the_same(tmp_path: Path) -> None:
    """[[action]] tables. TOML's own dates are instants, too."""
    text = """
        [[action]]
        at = 2026-07-02T12:00:00+08:00
        do = "top_up"
        account = "acme"
        amount = 0.10
        [[action]]
        at = 2026-07-02T12:30:00
        do = "renew"
        instances = ["ent-1"]
        months = 1
        [[action]]
        at = 2026-07-03
        do = "grant_coupon"
        account = "acme"
        id = "c"
        amount = "5"
        expires = 2026-08-01
        [[action]]
        at = "3d"
        do = "continue_trial"
        instance = "pub-1"
    """
    calendar = History().policy.calendar
    scripted = load(tmp_path, text, "script.toml")
    assert [calendar.format(item.at)[:16] for item in scripted] == [
        "2026-07-02T12:00", "2026-07-02T12:30", "2026-07-03T00:00", "2026-07-04T00:00",
    ]  # fmt: skip
    first, _, third, _ = (item.action for item in scripted)
    assert isinstance(first, actions.TopUp)
    assert str(first.amount) == "0.10", "an amount never passes through a float"
    assert third == actions.GrantCoupon("acme", "c", "5", None, calendar.parse("2026-08-01"))
    assert load(tmp_path, "", "empty.toml") == []
    assert load(tmp_path, "[]") == []
    assert load(tmp_path, b"\xef\xbb\xbf[]") == []


def test_actions_run_in_order_of_at_ties_in_file_order(tmp_path: Path) -> None:
    """Whatever the form of `at`."""
    written = ["3d", "2026-07-02", "2d", "2026-07-03T00:00:00+08:00", "24h", "2026-07-01T16:00:00Z", "0m"]
    entries = [
        {"at": at, "do": "top_up", "account": "acme", "amount": str(number)} for number, at in enumerate(written, 1)
    ]
    amounts = [
        item.action.amount for item in load(tmp_path, json.dumps(entries)) if isinstance(item.action, actions.TopUp)
    ]
    assert amounts == ["7", "2", "5", "6", "3", "4", "1"]


@pytest.mark.parametrize(
    ("at", "fine"), [("2026-07-01", True), ("0m", True), ("2026-06-30T23:59:59", False), ("-1d", False)]
)
def test_at_is_not_before_the_clock(tmp_path: Path, at: str, fine: bool) -> None:
    """The fleet's clock itself is valid; a second earlier is bad input."""
    text = json.dumps([{"at": at, "do": "continue_trial", "instance": "pub-1"}])
    if fine:
        assert len(load(tmp_path, text)) == 1
    else:
        with pytest.raises(BadInput, match="action 1"):
            load(tmp_path, text)


GOOD = {"at": "1h", "do": "top_up", "account": "acme", "amount": "5"}
RENEW = {"at": "1h", "do": "renew", "instances": ["ent-1"], "months": 1}


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        (GOOD | {"do": "top-up"}, "top-up"),
        (GOOD | {"do": None}, "do"),
        (GOOD | {"do": ["top_up"]}, "do"),
        ({key: value for key, value in GOOD.items() if key != "do"}, "do"),
        ({key: value for key, value in GOOD.items() if key != "at"}, "at"),
        ({key: value for key, value in GOOD.items() if key != "amount"}, "amount"),
        ({key: value for key, value in GOOD.items() if key != "account"}, "account"),
        ({key: value for key, value in RENEW.items() if key != "months"}, "months"),
        ({key: value for key, value in RENEW.items() if key != "instances"}, "instances"),
        (GOOD | {"amuont": "5"}, "amuont"),
        (GOOD | {"at": "soon"}, "soon"),
        (GOOD | {"at": 5}, "5"),
        (GOOD | {"at": None}, "null"),
        (GOOD | {"at": "2026-02-30"}, "2026-02-30"),
        (GOOD | {"amount": None}, "amount"),
        (GOOD | {"amount": True}, "amount"),
        (GOOD | {"amount": "NaN"}, "amount"),
        (GOOD | {"amount": "5.001"}, "decimals"),
        (GOOD | {"account": "jp", "amount": "5.5"}, "decimals"),
        (GOOD | {"account": 5}, "account"),
        (GOOD | {"account": ""}, "account"),
        (RENEW | {"instances": []}, "instances"),
        (RENEW | {"instances": "ent-1"}, "instances"),
        (RENEW | {"instances": ["ent-1", "ent-1"]}, "twice"),
        (RENEW | {"instances": [1]}, "instances"),
        (RENEW | {"months": "1"}, "months"),
        (RENEW | {"months": 1.5}, "months"),
        (RENEW | {"months": True}, "months"),
        (RENEW | {"months": None}, "months"),
        (RENEW | {"auto_renew": "yes"}, "auto_renew"),
        ({"at": "1h", "do": "grant_coupon", "account": "acme", "id": "c", "amount": "5", "starts": "x"}, "starts"),
        ({"at": "1h", "do": "grant_coupon", "account": "acme", "id": "c", "amount": "5", "starts": 5}, "starts"),
        ({"at": "1h", "do": "upgrade", "instance": "ent-1", "months": 1, "monthly_price": "1.005"}, "decimals"),
        ({"at": "1h", "do": "set_low_balance_alert", "account": "acme"}, "amount"),
        ({"at": "1h", "do": "devices_online", "instance": ["pub-1"]}, "instance"),
        ("top_up", "object"),
        (None, "object"),
        ([], "object"),
    ],
)  # fmt: skip
def test_a_malformed_action(tmp_path: Path, entry: object, named: str) -> None:
    """One sentence names the file, the number of the action and the fault, even if the action before it is valid."""
    with pytest.raises(BadInput) as caught:
        load(tmp_path, json.dumps([GOOD, entry]))
    sentence = str(caught.value)
    assert sentence.startswith(f"{tmp_path / 'script.json'}: action 2")
    assert named in sentence
    assert "\n" not in sentence


def test_an_amount_for_an_instance_the_script_buys(tmp_path: Path) -> None:
    """The purchase gives the account, and so the currency: an upgrade in yen can't have decimals."""
    bought = {"at": "1h", "do": "purchase", "account": "jp", "id": "n", "months": 1, "monthly_price": "1"}
    upgraded = {"at": "2h", "do": "upgrade", "instance": "n", "months": 1, "monthly_price": "1.5"}
    with pytest.raises(BadInput, match=r"action 2.*decimals"):
        load(tmp_path, json.dumps([bought, upgraded]))


def test_refusals_are_decided_only_when_the_script_runs(tmp_path: Path) -> None:
    """An unknown account or instance, a zero amount, or months that are not sold are refusals, not bad input."""
    entries = [
        GOOD | {"account": "ghost", "amount": "5.0001"},
        GOOD | {"amount": "-5"},
        RENEW | {"instances": ["ghost"], "months": 10},
    ]
    assert len(load(tmp_path, json.dumps(entries))) == 3


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "script.json"), ("{", "script.json"), ("{}", "script.json"), ('"top_up"', "script.json"), ("null",
        "script.json"),
        ('[{"at": "1h", "do": "top_up", "account": "acme", "amount": NaN}]', "script.json"),
        ('[{"at": "1h", "do": "top_up", "account": "acme", "amount": 1e400}]', "script.json"),
        ("[" * 100_000, "script.json"), (b"[\xff]", "script.json"), (b"\x00", "script.json"),
        ("action = 5", "script.toml"), ("[action]", "script.toml"), ("[[actions]]", "script.toml"),
        ("[[action]", "script.toml"),
        ("action = [5]", "script.toml"), ('name = "x"\n[[action]]', "script.toml"), (b"\xff", "script.toml"),
    ],
    ids=range(17),
)  # fmt: skip
def test_invalid_scripts(tmp_path: Path, text: str | bytes, name: str) -> None:
    """One sentence that names the file."""
    with pytest.raises(BadInput) as caught:
        load(tmp_path, text, name)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert "\n" not in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    history = History(*FLEET)
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(BadInput, match=r"can't be read|is a folder"):
            load_script(path, history.world, history.policy)


@pytest.mark.parametrize("name", ["script.json", "script.toml"])
def test_a_script_in_utf_16_with_a_byte_order_mark(tmp_path: Path, name: str) -> None:
    """As some shells write it, with amounts grouped as a spreadsheet writes them."""
    entries = json.dumps([{"at": "1h", "do": "top_up", "account": "acme", "amount": "1\xa0000.00"}])
    toml = '[[action]]\nat = "1h"\ndo = "top_up"\naccount = "acme"\namount = "1\xa0000.00"\n'
    text = entries if name.endswith("json") else toml
    assert len(load(tmp_path, text.encode("utf-16"), name)) == 1
    with pytest.raises(BadInput, match="is not UTF-8 text"):
        load(tmp_path, text.encode("utf-16-le"), name)
