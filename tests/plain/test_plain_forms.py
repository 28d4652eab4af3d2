"""The JSON that other programs rely on (the contract): the same from `simulate` and from a kept fleet."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from data import SAMPLE_FLEET
from tests.support.keeping import FLEET, digest, lapse, names, one_sentence

Form = dict[str, object]


def is_instant(value: object) -> bool:
    """ISO 8601 with the policy's offset, to the second."""
    return isinstance(value, str) and len(value) == 25 and value[10] == "T" and value.endswith("+08:00")


def is_money(value: object) -> bool:
    """A string with the currency's decimals, which are two in these fleets."""
    return isinstance(value, str) and value[-3:-2] == "." and value.replace(".", "").replace("-", "").isdigit()


def is_text(value: object) -> bool:
    return isinstance(value, str)


def is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_flag(value: object) -> bool:
    return isinstance(value, bool)


def or_null(check: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or check(value)


def one_of(*words: str) -> Callable[[object], bool]:
    return lambda value: value in words


Shape = dict[str, Callable[[object], bool]]

ACCOUNT: Final[Shape] = {
    "id": is_text, "currency": is_text, "balance": is_money, "available_credit": is_money, "unpaid": is_money,
    "overdue_since": or_null(is_instant),
}  # fmt: skip
INSTANCE: Final[Shape] = {
    "id": is_text, "name": is_text, "account": is_text,
    "kind": one_of("enterprise", "public", "legacy_public"),
    "state": one_of("running", "frozen", "overdue", "stopped", "expired", "restoring", "released"),
    "serving": is_flag, "expires": or_null(is_instant), "release_at": or_null(is_instant),
    "renewal": lambda value: isinstance(value, dict) and holds(value, RENEWAL),
}  # fmt: skip
RENEWAL: Final[Shape] = {
    "mode": one_of("manual", "auto", "none"),
    "schedule": or_null(one_of("console", "checkout")),
    "months": or_null(is_whole),
}
EVENT: Final[Shape] = {"seq": is_whole, "at": is_instant, "type": is_text, "rule": or_null(is_text)}
BOUGHT: Final[Shape] = {
    "amount": is_money, "from_coupons": is_money, "from_balance": is_money, "months": is_whole, "expires": is_instant,
}  # fmt: skip
EVENTS: Final[dict[str, Shape]] = {
    "state_changed": {"from": or_null(is_text), "to": is_text},
    "bill_issued": {"bill": is_text, "amount": is_money},
    "bill_settled": {"bill": is_text, "amount": is_money, "from_coupons": is_money, "from_balance": is_money},
    "account_overdue": {},
    "account_cleared": {},
    "topped_up": {"amount": is_money},
    "coupon_granted": {"amount": is_money},
    "coupon_ended": {"amount": is_money},
    "purchased": BOUGHT,
    "upgraded": BOUGHT,
    "renewed": BOUGHT | {"by": one_of("manual", "auto")},
    "auto_renewal_failed": {"reason": is_text, "amount": is_money},
    "auto_renewal_changed": {"mode": is_text, "schedule": or_null(is_text), "months": or_null(is_whole)},
    "low_balance_alert_set": {"amount": or_null(is_money)},
    "trial_continued": {},
    "devices_changed": {"online": is_flag},
    "notice_sent": {"channel": one_of("sms", "email"), "notice": is_text},
    "refused": {"do": is_text, "code": is_text, "message": is_text},
}
"""The contract's keys of each type of event."""

SCRIPT: Final[list[Form]] = [
    {"at": "1h", "do": "set_low_balance_alert", "account": "acme", "amount": "900.00"},
    {"at": "1h", "do": "set_low_balance_alert", "account": "acme", "amount": None},
    {"at": "2026-07-02", "do": "top_up", "account": "acme", "amount": 5000},
    {"at": "2026-07-02", "do": "top_up", "account": "acme", "amount": 0},
    {"at": "3d", "do": "grant_coupon", "account": "acme", "id": "c1", "amount": "900.5", "expires": "2026-07-09"},
    {
        "at": "3d",
        "do": "purchase",
        "account": "acme",
        "id": "new-1",
        "months": 1,
        "monthly_price": "9.99",
        "name": "新",
    },
    {"at": "4d", "do": "renew", "instances": ["ent-1", "new-1"], "months": 1, "auto_renew": True},
    {"at": "4d", "do": "renew", "instances": ["ent-1", "pub-1", "nobody"], "months": 1},
    {"at": "4d", "do": "enable_auto_renewal", "instances": ["new-1"], "months": 3},
    {"at": "4d", "do": "set_non_renewal", "instances": ["new-1"]},
    {"at": "4d", "do": "set_manual_renewal", "instances": ["new-1"]},
    {"at": "4d", "do": "devices_online", "instance": "pub-1"},
    {"at": "4d", "do": "devices_offline", "instance": "pub-1"},
    {"at": "35d", "do": "continue_trial", "instance": "pub-1"},
    {"at": "36d", "do": "upgrade", "instance": "leg-1", "months": 1, "monthly_price": "1.00"},
    {"at": "37d", "do": "charge", "account": "acme", "amount": "99999.00", "note": "x"},
    {"at": "38d", "do": "top_up", "account": "acme", "amount": "200,000.00"},
]
"""Every action at least once, so that every type of event occurs."""


def holds(form: object, shape: Shape) -> bool:
    """Whether an object has all these keys, each with a value of its type. It may have more keys."""
    return isinstance(form, dict) and all(key in form and check(form[key]) for key, check in shape.items())


def assert_forms(accounts: list[Form], instances: list[Form], events: list[Form]) -> None:
    """Every account, instance and event has the contract's keys and types."""
    for account in accounts:
        assert holds(account, ACCOUNT), account
    for instance in instances:
        assert holds(instance, INSTANCE), instance
    for event in events:
        assert holds(event, EVENT | EVENTS[str(event["type"])]), event
        assert "account" in event or "instance" in event or event["type"] == "refused"
        advice = event.get("advice", [])
        assert isinstance(advice, list)
        assert all(isinstance(sentence, str) for sentence in advice)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a fleet and a script in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fleet.json").write_text(json.dumps(FLEET))
    (tmp_path / "script.json").write_text(json.dumps(SCRIPT))
    return tmp_path


def test_simulate(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`simulate --json` prints one object: clock, accounts, instances, events. It touches no database."""
    before = {name: digest(here / name) for name in names(here)}
    assert lapse("simulate", "fleet.json", "--script", "script.json", "--until", "90d", "--json") == 0
    said = capsys.readouterr()
    assert said.err == ""
    form = json.loads(said.out)
    assert set(form) >= {"clock", "accounts", "instances", "events"}
    assert form["clock"] == "2026-09-29T00:00:00+08:00"
    assert_forms(form["accounts"], form["instances"], form["events"])
    happened = {event["type"] for event in form["events"]}
    assert happened >= set(EVENTS) - {"auto_renewal_failed"}
    assert [item["id"] for item in form["instances"]] == ["ent-1", "pub-1", "leg-1", "new-1"]
    assert {name: digest(here / name) for name in names(here)} == before


def test_the_same_on_a_kept_fleet(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`status --json` and `log --json` print what `simulate --json` prints under accounts, instances and events."""
    assert lapse("simulate", SAMPLE_FLEET, "--until", "45d", "--json") == 0
    simulated = json.loads(capsys.readouterr().out)
    assert lapse("import", SAMPLE_FLEET, "--db", "fleet.db") == 0
    assert lapse("advance", "20d", "--db", "fleet.db") == 0
    assert lapse("advance", "25d", "--db", "fleet.db") == 0
    capsys.readouterr()
    assert lapse("status", "--json", "--db", "fleet.db") == 0
    status = json.loads(capsys.readouterr().out)
    assert lapse("log", "--json", "--db", "fleet.db") == 0
    log = json.loads(capsys.readouterr().out)["events"]
    assert {key: status[key] for key in ("clock", "accounts", "instances")} | {"events": log} == simulated
    assert_forms(status["accounts"], status["instances"], log)
    assert "auto_renewal_failed" in {event["type"] for event in log}


def test_commands_instead_of_a_script(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The actions of a script, run as commands on a kept fleet, give the same result as the script."""
    assert lapse("simulate", "fleet.json", "--script", "script.json", "--until", "40d", "--json") == 0
    simulated = json.loads(capsys.readouterr().out)
    db = ("--db", "fleet.db")
    assert lapse("import", "fleet.json", *db) == 0
    statuses = []
    for entry in SCRIPT:
        at = str(entry["at"])
        to = at
        if not at.startswith("2026"):
            hours = int(at[:-1]) * (1 if at.endswith("h") else 24)
            day = hours // 24
            to = f"2026-{7 + day // 31:02d}-{1 + day % 31:02d}T{hours % 24:02d}:00"
        assert lapse("advance", "--to", to, *db) == 0
        command: list[object] = [str(entry["do"]).replace("_", "-")]
        for key, value in entry.items():
            if key in ("account", "instance", "id"):
                command.append(value)
            elif key == "amount":
                command.append("none" if value is None else value)
            elif key == "instances":
                assert isinstance(value, list)
                command += value
            elif key == "auto_renew":
                command.append("--auto-renew")
            elif key not in ("at", "do"):
                command += [f"--{key.replace('_', '-')}", value]
        statuses.append(lapse(*command, *db))
    assert statuses.count(1) == 2
    assert set(statuses) == {0, 1}
    assert lapse("advance", "--to", "2026-08-10", *db) == 0
    capsys.readouterr()
    assert lapse("status", "--json", *db) == 0
    status = json.loads(capsys.readouterr().out)
    assert lapse("log", "--json", *db) == 0
    assert {**status, **json.loads(capsys.readouterr().out)} == simulated


def test_actions_after_the_end(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Actions after --until are not run, and a line on standard error says how many."""
    assert lapse("simulate", "fleet.json", "--script", "script.json", "--until", "36d", "--json") == 0
    said = capsys.readouterr()
    assert said.err.splitlines() == ["lapse: 2 actions after --until not run"]
    assert json.loads(said.out)["events"][-1]["at"] <= "2026-08-06T00:00:00+08:00"
    assert lapse("simulate", "fleet.json", "--script", "script.json", "--until", "37d", "--json") == 0
    assert capsys.readouterr().err.splitlines() == ["lapse: 1 action after --until not run"]


@pytest.mark.parametrize(
    ("until", "status", "words"),
    (
        ("0d", 0, ""),
        ("2026-07-01", 0, ""),
        ("+1y", 0, ""),
        ("2026-06-30", 2, "is before the fleet's clock"),
        ("whenever", 2, "--until"),
        ("9999y", 2, "--until"),
    ),
)
def test_until(until: str, status: int, words: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--until` is an instant or a duration after the fleet's clock. An instant before the clock is bad usage."""
    assert lapse("simulate", "fleet.json", "--until", until, "--json") == status
    said = capsys.readouterr()
    if status:
        assert said.out == ""
        assert words in one_sentence(said.err)


@pytest.mark.parametrize(
    ("action", "words"),
    (
        ({"at": "2026-06-30", "do": "top_up", "account": "acme", "amount": 5}, "is before the fleet's clock"),
        ({"at": "1d", "do": "dance"}, '"dance" is not an action'),
        ({"at": "1d", "do": "top_up", "account": "acme"}, '"amount" is missing'),
        ({"do": "top_up", "account": "acme", "amount": 5}, '"at" is missing'),
        ({"at": "1d", "do": "top_up", "account": 7, "amount": 5}, "account"),
        ({"at": "1d", "do": "renew", "instances": [], "months": 1}, "at least one"),
        ({"at": "1d", "do": "top_up", "account": "acme", "amount": 5, "tip": 1}, 'unknown key "tip"'),
    ),
)
def test_a_malformed_action(action: Form, words: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A malformed action stops the program before anything runs. The sentence names the file and the action."""
    (here / "script.json").write_text(json.dumps([SCRIPT[0], action]))
    assert lapse("simulate", "fleet.json", "--script", "script.json", "--until", "90d", "--json") == 2
    said = capsys.readouterr()
    assert said.out == ""
    sentence = one_sentence(said.err)
    assert sentence.startswith("script.json: action 2: ")
    assert words in sentence


def test_acts_and_advances_print_their_events(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With `--json` an action and an advance print the clock and their own events."""
    db = ("--db", "fleet.db")
    assert lapse("import", "fleet.json", *db) == 0
    capsys.readouterr()
    assert lapse("top-up", "acme", "500", "--json", *db) == 0
    assert json.loads(capsys.readouterr().out) == {
        "clock": "2026-07-01T00:00:00+08:00",
        "events": [
            {"seq": 1, "at": "2026-07-01T00:00:00+08:00", "type": "topped_up", "account": "acme", "rule": None,
             "amount": "500.00"}
        ],
    }  # fmt: skip
    assert lapse("advance", "3d", "--json", *db) == 0
    advanced = json.loads(capsys.readouterr().out)
    assert [event["seq"] for event in advanced["events"]] == list(range(2, 2 + len(advanced["events"])))
    assert lapse("rules", "--json") == 0
    assert {rule["id"] for rule in json.loads(capsys.readouterr().out)["rules"]} >= {"T1", "E2", "A9", "N2"}
