"""Importing again updates the fleet instead of duplicating it, and says what was added, changed and unchanged.

An import has a journal entry like any action: after each one, replaying the journal gives the same fleet.
"""

import copy
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from core.base.errors import BadInput, NoFleet, Refused, StoreError
from core.formats.merging import Merged
from core.workspace.workspace import Workspace
from core.world.actions import Charge, ContinueTrial, GrantCoupon, Renew, SetManualRenewal, TopUp, Upgrade
from core.world.model import EXPIRED, FROZEN, OVERDUE, RELEASED, RESTORING, RUNNING, STOPPED, Instance
from tests.support.keeping import CALENDAR, asked, digest, keep, lapse, names, one_sentence, told, when

START: Final = "2026-07-01T00:00:00+08:00"

Form = dict[str, object]
Document = dict[str, list[Form]]


def document(**changes: Form) -> Document:
    """The fleet to import: three instances of one account, with these keys changed or added."""
    account: Form = {"id": "acme", "balance": "1000.00", "low_balance_alert": "200.00"}
    instances: dict[str, Form] = {
        "ent": {"id": "ent", "kind": "enterprise", "expires": "2026-07-31", "monthly_price": "300.00"},
        "pub": {"id": "pub", "kind": "public", "last_online": "2026-06-20T12:00:00+08:00"},
        "leg": {"id": "leg", "kind": "legacy_public", "daily_charge": "12.00"},
    }
    account |= changes.pop("acme", {})
    for name, keys in changes.items():
        instances[name] = instances.get(name, {"id": name}) | keys
    return {
        "accounts": [account],
        "instances": [{"account": "acme", **instance} for instance in instances.values()],
    }


@pytest.fixture
def kept(tmp_path: Path) -> Workspace:
    """The fleet, imported once."""
    return keep(tmp_path / "fleet.db", document(), START)


def import_again(kept: Workspace, at: str = START, **changes: Form) -> Merged:
    """Import the fleet again, with these keys changed or added."""
    return import_document(kept, document(**changes), at)


def import_document(kept: Workspace, again: Document, at: str = START) -> Merged:
    """Import a document, and check that journal, file and memory hold the same fleet afterwards."""
    merged = kept.merge(again, when(at))
    assert kept.check() == []
    reopened = Workspace.open(kept.path)
    assert reopened.world == kept.world
    reopened.close()
    return merged


def bills(kept: Workspace) -> list[tuple[object, ...]]:
    """The day and the amount of every issued bill."""
    return asked(
        kept.path, "SELECT substr(at, 1, 10), detail->>'amount' FROM events WHERE type = 'bill_issued' ORDER BY seq"
    )


# What was added, changed and unchanged


def test_importing_the_same_file_changes_nothing(kept: Workspace) -> None:
    """Importing again updates the fleet instead of duplicating it: the same file changes nothing."""
    before = told(kept.path)
    assert import_again(kept) == Merged(0, 0, 3, 0, 0, 1)
    after = told(kept.path)
    assert after == before
    assert asked(kept.path, "SELECT kind FROM journal") == [("import",), ("import",)]


@pytest.mark.parametrize(
    ("name", "keys", "attribute", "value"),
    (
        ("ent", {"expires": "2026-08-15"}, "expires", when("2026-08-15")),
        ("ent", {"monthly_price": "350.00"}, "monthly_price", 350_00),
        ("ent", {"name": "Line 1"}, "name", "Line 1"),
        ("ent", {"region": "cn-shanghai"}, "region", "cn-shanghai"),
        ("ent", {"trial": True}, "trial", True),
        ("pub", {"devices_online": True}, "devices_online", True),
        ("leg", {"daily_charge": "6.00"}, "daily_charge", 6_00),
    ),
)
def test_one_changed_key_changes_one_instance(
    kept: Workspace, name: str, keys: Form, attribute: str, value: object
) -> None:
    """The result counts one changed instance; the others are unchanged."""
    assert import_again(kept, START, **{name: keys}) == Merged(0, 1, 2, 0, 0, 1)
    assert getattr(kept.world.instances[name], attribute) == value


def test_a_renewal_mode_changed_elsewhere(kept: Workspace) -> None:
    """Auto-renewal that was turned on elsewhere is imported, and tried on the schedule's next day."""
    assert import_again(kept, acme={"balance": "5000.00"}, ent={"renewal": {"mode": "auto", "months": 3}}).changed == 1
    renewal = kept.world.instances["ent"].renewal
    assert (renewal.mode, renewal.schedule, renewal.months) == ("auto", "console", 3)
    kept.advance(when("2026-08-01"))
    assert asked(kept.path, "SELECT at, detail->>'months' FROM events WHERE type = 'renewed'") == [
        ("2026-07-28T08:00:00+08:00", 3)
    ]


def test_a_missing_key_keeps_its_value(kept: Workspace) -> None:
    """An entry updates only the keys that it has."""
    kept.act(SetManualRenewal(("ent",)))
    sparse = document()
    sparse["accounts"] = [{"id": "acme"}]
    sparse["instances"][0] |= {"region": "cn-shanghai"}
    assert import_document(kept, sparse) == Merged(0, 1, 2, 0, 0, 1)
    account, instance = kept.world.accounts["acme"], kept.world.instances["ent"]
    assert (account.balance, account.low_balance_alert) == (1000_00, 200_00)
    assert (instance.region, instance.renewal.mode) == ("cn-shanghai", "manual")


def test_null_removes_an_alert_but_no_required_value(kept: Workspace) -> None:
    """Null removes an alert. For a key that always has a value, null means "not given"."""
    assert import_again(kept, acme={"balance": None, "low_balance_alert": None}).accounts_changed == 1
    account = kept.world.accounts["acme"]
    assert (account.balance, account.low_balance_alert) == (1000_00, None)


def test_instances_not_named_stay(kept: Workspace) -> None:
    """Instances and accounts that the import does not name stay unchanged."""
    only = document()
    only["instances"] = only["instances"][:1]
    assert import_document(kept, only) == Merged(0, 0, 1, 0, 0, 1)
    assert list(kept.world.instances) == ["ent", "pub", "leg"]


def test_a_new_instance_and_a_new_account(kept: Workspace) -> None:
    """New instances and accounts are added after the existing ones."""
    more = document(new={"kind": "enterprise", "expires": "2026-09-01", "monthly_price": "1"})
    more["accounts"].insert(0, {"id": "globex", "currency": "USD", "balance": "5.00"})
    more["instances"].insert(0, {"id": "usd", "account": "globex", "kind": "legacy_public", "daily_charge": "1.00"})
    assert import_document(kept, more) == Merged(2, 0, 3, 1, 0, 1)
    assert list(kept.world.instances) == ["ent", "pub", "leg", "usd", "new"]
    assert list(kept.world.accounts) == ["acme", "globex"]


def test_the_import_sets_the_balance(kept: Workspace) -> None:
    """After an import an account has the import's balance, whatever the simulation did before."""
    kept.act(TopUp("acme", "500.00"))
    assert import_again(kept) == Merged(0, 0, 3, 0, 1, 0)
    assert kept.world.accounts["acme"].balance == 1000_00
    assert kept.head.events == 1, "an import settles nothing and writes no event"


def test_an_unchanged_coupon_keeps_its_granted_amount(kept: Workspace) -> None:
    """A partly used coupon that the import does not change keeps the amount that was granted."""
    kept.act(GrantCoupon("acme", "c1", "50.00"))
    kept.act(GrantCoupon("acme", "c2", "8.00"))
    kept.act(Charge("acme", "20.00"))
    import_again(kept, acme={"balance": "7.00"})
    assert asked(kept.path, "SELECT id, remaining, amount FROM coupons") == [
        ("c1", "30.00", "50.00"),
        ("c2", "8.00", "8.00"),
    ]
    import_again(kept, acme={"coupons": [{"id": "c1", "amount": "50.00"}]})
    assert asked(kept.path, "SELECT id, remaining, amount FROM coupons") == [("c1", "50.00", "50.00")]


def test_an_anchor_day_that_no_longer_fits(kept: Workspace) -> None:
    """T5: the anchor day follows the new expiry only if the old anchor day does not fit it."""
    import_again(kept, ent={"expires": "2026-09-30"})
    assert kept.world.instances["ent"].anchor_day == 31, "30 September is what the 31st clamps to"
    import_again(kept, ent={"expires": "2026-09-12"})
    assert kept.world.instances["ent"].anchor_day == 12


# States


def test_states_are_derived_anew(kept: Workspace) -> None:
    """I1: what changed gets its state derived anew from the clock and the dates."""
    assert import_again(kept, ent={"expires": "2026-06-25"}, pub={"last_online": "2026-05-01"}).changed == 2
    states = {name: instance.state for name, instance in kept.world.instances.items()}
    assert states == {"ent": EXPIRED, "pub": FROZEN, "leg": RUNNING}
    import_again(kept, ent={"expires": "2026-06-01"})
    assert kept.world.instances["ent"].state == RELEASED
    import_again(kept)
    assert [instance.state for instance in kept.world.instances.values()] == [RUNNING] * 3


def test_an_account_falls_overdue_and_is_cleared_by_imports(kept: Workspace) -> None:
    """I1, L1: an import without the unpaid bill clears the account, and its legacy instances follow at once."""
    unpaid: list[Form] = [{"id": "b1", "issued": "2026-06-30T12:00:00+08:00", "amount": "5000.00"}]
    assert import_again(kept, acme={"unpaid": unpaid}) == Merged(0, 0, 3, 0, 1, 0)
    assert kept.world.instances["leg"].state == OVERDUE
    kept.advance(when("2026-07-01T12:00"))
    assert kept.world.instances["leg"].state == STOPPED
    kept.advance(when("2026-07-03"))
    assert import_again(kept, at="2026-07-03", acme={"unpaid": []}).accounts_changed == 1
    assert kept.world.accounts["acme"].overdue_since is None
    assert kept.world.instances["leg"].state == RUNNING
    kept.advance(when("2026-07-06"))
    assert bills(kept) == [("2026-07-02", "6.00"), ("2026-07-04", "12.00"), ("2026-07-05", "12.00")]


def test_overdue_since_follows_the_unpaid_bills(kept: Workspace) -> None:
    """With `unpaid` but no `overdue_since` it is the oldest `issued`. Without `unpaid` both stay as they are."""
    unpaid: list[Form] = [{"id": "b1", "issued": "2026-06-30T12:00:00+08:00", "amount": "5000.00"}]
    import_again(kept, acme={"unpaid": unpaid, "overdue_since": "2026-06-30T18:00:00+08:00"})
    assert kept.world.accounts["acme"].overdue_since == when("2026-06-30T18:00")
    import_again(kept, acme={"balance": "7.00", "overdue_since": None})
    assert kept.world.accounts["acme"].overdue_since == when("2026-06-30T18:00")
    import_again(kept, acme={"unpaid": unpaid})
    assert kept.world.accounts["acme"].overdue_since == when("2026-06-30T12:00")


def test_the_reason_of_a_state_is_kept(kept: Workspace) -> None:
    """An import that changes something else keeps an instance's state, its `since` and its rule."""
    kept.advance(when("2026-08-02"))
    before = {name: (item.state, item.since, item.rule) for name, item in kept.world.instances.items()}
    assert before["ent"] == (EXPIRED, when("2026-07-31"), "E1")
    import_again(kept, at="2026-08-02", acme={"balance": "1.00"}, ent={"name": "Line 1"}, pub={"name": "Attic"})
    assert {name: (item.state, item.since, item.rule) for name, item in kept.world.instances.items()} == before


@pytest.mark.parametrize("changes", ({"ent": {"name": "Line 1"}}, {"acme": {"balance": "1.00"}}, {}))
def test_an_import_does_not_complete_a_restoration(kept: Workspace, changes: dict[str, Form]) -> None:
    """R3: an import during a restoration does not complete it. It completes when it is due."""
    kept.advance(when("2026-08-02"))
    kept.act(Renew(("ent",), 1))
    renewed = {"expires": CALENDAR.format(kept.world.instances["ent"].expires or 0)}
    changes = changes | {"ent": changes.get("ent", {}) | renewed}
    import_again(kept, at="2026-08-02T00:10:00+08:00", **changes)
    assert kept.world.instances["ent"].state == RESTORING
    kept.advance(when("2026-08-02T00:30"))
    assert (kept.world.instances["ent"].state, kept.check()) == (RUNNING, [])


def test_an_import_does_not_complete_a_legacy_restoration(kept: Workspace) -> None:
    """L2: the same for a legacy instance whose account was cleared by a top-up."""
    unpaid: list[Form] = [{"id": "b1", "issued": "2026-06-29T12:00:00+08:00", "amount": "5000.00"}]
    import_again(kept, acme={"unpaid": unpaid})
    assert kept.world.instances["leg"].state == STOPPED
    kept.act(TopUp("acme", "5000.00"))
    assert kept.world.instances["leg"].state == RESTORING
    import_again(kept, at="2026-07-01T00:10", leg={"name": "Old one"}, acme={"balance": "90.00"})
    assert kept.world.instances["leg"].state == RESTORING
    kept.advance(when("2026-07-01T00:30"))
    assert (kept.world.instances["leg"].state, kept.check()) == (RUNNING, [])


@pytest.mark.parametrize("named", [True, False], ids=["named", "unnamed"])
@pytest.mark.parametrize(
    ("issued", "state"),
    [("2026-06-30T12:00", OVERDUE), ("2026-06-30T00:20", STOPPED)],
    ids=["in grace", "past it by then"],
)
def test_an_import_that_makes_an_account_overdue_does_not_end_a_restoration(
    kept: Workspace, issued: str, state: str, *, named: bool
) -> None:
    """L2: the first completion stands, whatever happens in between. The state after it depends on the account then."""
    unpaid: list[Form] = [{"id": "b1", "issued": "2026-06-29T12:00:00+08:00", "amount": "5000.00"}]
    import_again(kept, acme={"unpaid": unpaid})
    kept.act(TopUp("acme", "5000.00"))
    assert kept.world.instances["leg"].state == RESTORING
    again = document(acme={"balance": "0.00", "unpaid": [{"id": "b2", "issued": issued, "amount": "1.00"}]})
    if not named:
        del again["instances"]
    import_document(kept, again, at="2026-07-01T00:10")
    assert (kept.world.instances["leg"].state, kept.world.instances["leg"].restored_at) == (
        RESTORING, when("2026-07-01T00:30"),
    )  # fmt: skip
    kept.advance(when("2026-07-01T00:30"))
    assert (kept.world.instances["leg"].state, kept.check()) == (state, [])


# Usage (B2)


@pytest.mark.parametrize(
    ("changes", "issued"),
    (
        ({}, "12.00"),
        ({"acme": {"balance": "500.00"}}, "12.00"),
        ({"leg": {"name": "Old one"}}, "12.00"),
        ({"leg": {"kind": "enterprise", "expires": "2026-09-01", "monthly_price": "1.00"}}, "6.00"),
        ({"leg": {"kind": "public", "devices_online": True}}, "6.00"),
        ({"leg2": {"kind": "legacy_public", "daily_charge": "2.00"}}, "13.00"),
    ),
)
def test_seconds_served_before_and_after_an_import_are_billed_once(
    kept: Workspace, changes: dict[str, Form], issued: str
) -> None:
    """B2: seconds served before and after an import at noon are each billed exactly once."""
    import_again(kept, at="2026-07-01T12:00:00+08:00", **changes)
    kept.advance(when("2026-07-02T12:00"))
    assert bills(kept) == [("2026-07-02", issued)]
    assert kept.check() == []


def test_a_changed_charge(kept: Workspace) -> None:
    """B2: one line per instance, its daily charge x the seconds served. The charge at the end of the cycle counts."""
    import_again(kept, at="2026-07-01T12:00:00+08:00", leg={"daily_charge": "24.00"})
    kept.advance(when("2026-07-03T12:00"))
    assert bills(kept) == [("2026-07-02", "24.00"), ("2026-07-03", "24.00")]


def test_an_import_that_stops_a_legacy_instance(kept: Workspace) -> None:
    """B2, L1: an import that makes an account overdue beyond the grace period stops a legacy instance.

    It is billed until then.
    """
    unpaid: list[Form] = [{"id": "b1", "issued": "2026-06-29T00:00:00+08:00", "amount": "5000.00"}]
    import_again(kept, at="2026-07-01T06:00:00+08:00", acme={"unpaid": unpaid})
    assert kept.world.instances["leg"].state == STOPPED
    kept.advance(when("2026-07-04"))
    assert bills(kept) == [("2026-07-02", "3.00")]


def test_a_legacy_instance_that_moves(kept: Workspace) -> None:
    """B2: an instance moves to another account. Each account is billed for the seconds served there."""
    moved = document()
    moved["accounts"].append({"id": "globex", "balance": "100.00"})
    moved["instances"][2]["account"] = "globex"
    assert import_document(kept, moved, "2026-07-01T06:00:00+08:00") == Merged(0, 1, 2, 1, 0, 1)
    kept.advance(when("2026-07-02T12:00"))
    issued = asked(kept.path, "SELECT account, detail->>'amount' FROM events WHERE type = 'bill_issued' ORDER BY seq")
    assert issued == [("acme", "3.00"), ("globex", "9.00")]
    assert kept.check() == []


def test_the_journal_rebuilds_imports_between_actions_and_advances(kept: Workspace) -> None:
    """Replaying the journal gives the same fleet after imports, actions and advances in any order."""
    import_again(kept, at="2026-07-03T03:00:00+08:00", leg={"daily_charge": "9.99"}, acme={"daily_spend": "1.01"})
    kept.act(Upgrade("leg", 1, "10.00"))
    kept.advance(when("2026-07-25"))
    kept.act(ContinueTrial("pub"))
    import_again(kept, at="2026-07-26T12:34:56+08:00", leg={"daily_charge": "3.00"}, ent={"expires": "2026-10-01"})
    kept.advance(when("2026-09-30"))
    assert kept.check() == []


# Refused


def test_a_currency_cannot_change(kept: Workspace) -> None:
    """An import that would change an account's currency is refused: nothing is written and the clock stays."""
    before = told(kept.path)
    with pytest.raises(BadInput, match=r'the account "acme" has the currency CNY, but the import has "USD"'):
        kept.merge(document(acme={"currency": "USD"}), when("2026-07-20"))
    assert told(kept.path) == before
    assert kept.clock == when("2026-07-01")
    assert import_again(kept, acme={"currency": None}) == Merged(0, 0, 3, 0, 0, 1)
    assert import_again(kept, acme={"currency": "CNY"}) == Merged(0, 0, 3, 0, 0, 1)


def test_an_amount_that_the_kept_currency_cannot_express(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad input: the error names the file and the key as the file numbers it, and nothing is written."""
    yen = document()
    yen["accounts"] += [{"id": "tokyo", "currency": "JPY", "balance": "500"}]
    path = tmp_path / "fleet.db"
    keep(path, yen, START).close()
    before = told(path)
    again = tmp_path / "again.json"
    again.write_text('{"clock": "2026-07-09", "accounts": [{"id": "tokyo", "balance": "5.00"}]}')
    assert lapse("import", again, "--db", path) == 2
    sentence = one_sentence(capsys.readouterr().err)
    assert sentence == f'{again}: accounts[0].balance: "5.00" has more decimals than JPY has (0)'
    assert told(path) == before


def test_an_import_before_the_fleets_clock_is_refused(kept: Workspace) -> None:
    """If the fleet's clock is past the import's, the import is refused, and the sentence offers --restart."""
    kept.advance(when("2026-07-20"))
    before = told(kept.path)
    with pytest.raises(Refused, match="import with --restart to start over from the import") as refused:
        kept.merge(document(), when("2026-07-19T23:59:59"))
    assert refused.value.code == "time_goes_forward"
    assert told(kept.path) == before
    assert asked(kept.path, "SELECT count(*) FROM journal") == [(2,)]


def test_a_later_import_advances_first(kept: Workspace) -> None:
    """The clock first advances to the import's instant, with everything that is due; then the import is merged."""
    alone = keep(kept.path.with_name("alone.db"), document(), START)
    alone.advance(when("2026-07-20"))
    import_again(kept, at="2026-07-20", acme={"balance": "1000.00"})
    assert kept.clock == when("2026-07-20")
    assert told(kept.path)["events"] == told(alone.path)["events"]
    assert kept.world.accounts["acme"].balance == 1000_00 != alone.world.accounts["acme"].balance
    assert asked(kept.path, "SELECT kind, at, reached FROM journal WHERE id > 1") == [
        ("advance", "2026-07-01T00:00:00+08:00", "2026-07-20T00:00:00+08:00"),
        ("import", "2026-07-20T00:00:00+08:00", "2026-07-20T00:00:00+08:00"),
    ]


# Through the command line


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., tuple[str, ...]]:
    """Writes the fleet to a file, with these keys changed; returns the arguments that import it."""

    def write(at: str = START, **changes: Form) -> tuple[str, ...]:
        path = tmp_path / "fleet.json"
        path.write_text(json.dumps({**document(**changes), "clock": at}))
        return "import", str(path), "--db", str(tmp_path / "fleet.db")

    return write


Files = Callable[..., tuple[str, ...]]


def test_the_command_says_what_was_added_changed_and_unchanged(
    files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sentences for people, and the same numbers as JSON."""
    assert lapse(*files()) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Instances: 3 added, 0 changed, 0 unchanged.",
        "Accounts: 1 added, 0 changed, 0 unchanged.",
        f"The clock is at {START}; the fleet is kept in {tmp_path / 'fleet.db'}.",
    ]
    assert lapse(*files(ent={"name": "Line 1"}, acme={"balance": "4.00"})) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "Instances: 0 added, 1 changed, 2 unchanged.",
        "Accounts: 0 added, 1 changed, 0 unchanged.",
    ]
    assert lapse(*files(), "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "clock": START,
        "added": 0, "changed": 0, "unchanged": 3,
        "accounts_added": 0, "accounts_changed": 1, "accounts_unchanged": 0,
        "notes": [],
        "copy": None,
    }  # fmt: skip


def test_importing_a_csv_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a CSV an empty cell is a missing key: it keeps its value."""
    table = tmp_path / "fleet.csv"
    table.write_text("id,account,kind,name,expires,monthly_price\ne1,acme,enterprise,Line 1,2026-07-31,300\n")
    arguments = ("import", table, "--clock", "2026-07-01", "--balance", "50", "--db", tmp_path / "fleet.db")
    assert lapse(*arguments) == 0
    table.write_text(
        "id;account;kind;name;expires;monthly_price\n"
        "e1;acme;enterprise;;2026-07-31;300\ne2;acme;enterprise;;2026-08-01;30\n"
    )
    assert lapse(*arguments) == 0
    assert "1 added, 0 changed, 1 unchanged" in capsys.readouterr().out
    kept = Workspace.open(tmp_path / "fleet.db")
    assert kept.world.instances["e1"].name == "Line 1"
    assert kept.check() == []


def test_a_refused_import_on_the_command_line(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 1: the sentence, which offers --restart, and the code are on standard error."""
    arguments = files()
    assert lapse(*arguments) == 0
    assert lapse("advance", "10d", *arguments[2:]) == 0
    capsys.readouterr()
    assert lapse(*arguments) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert one_sentence(said.err) == (
        "The clock is at 2026-07-11T00:00:00+08:00, past the import's 2026-07-01T00:00:00+08:00: import with "
        "--restart to start over from the import and keep the old history as a dated copy. (time_goes_forward)"
    )


def test_restart(files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--restart begins a new fleet from the import and keeps the old one as a dated copy."""
    path = tmp_path / "fleet.db"
    for round_number in range(2):
        arguments = files()
        lapse(*arguments, "--restart")
        lapse("top-up", "acme", f"{round_number + 1}.00", "--db", path)
        lapse("advance", "40d", "--db", path)
    before = told(path)
    capsys.readouterr()
    assert lapse(*files(ent={"name": "Line 1"}), "--restart", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["added"], said["clock"]) == (3, START)
    copies = [name for name in names(tmp_path) if re.fullmatch(r"fleet\.\d{4}-\d\d-\d\d(-2)?\.db", name)]
    assert len(copies) == 2
    assert Path(said["copy"]).name in copies
    assert told(Path(said["copy"])) == before
    assert Workspace.open(Path(said["copy"])).check() == []
    anew = Workspace.open(path)
    assert (anew.clock, anew.head.events, anew.check()) == (when(START), 0, [])
    assert asked(path, "SELECT id, kind FROM journal") == [(1, "import")]


def test_restart_with_bad_input(files: Files, tmp_path: Path) -> None:
    """Bad input with --restart: nothing is written, and no copy is made."""
    lapse(*files())
    before = digest(tmp_path / "fleet.db")
    assert lapse(*files(acme={"balance": "-1"}), "--restart") == 2
    assert digest(tmp_path / "fleet.db") == before
    assert not [name for name in names(tmp_path) if name.startswith("fleet.2")]


def test_restart_without_a_fleet(files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--restart begins a fleet even if there is none yet, and then makes no copy."""
    assert lapse(*files(), "--restart") == 0
    assert "kept as" not in capsys.readouterr().out
    assert Workspace.open(tmp_path / "fleet.db").check() == []


def test_amounts_are_kept_exactly(tmp_path: Path) -> None:
    """M1: the journal keeps JSON numbers of any form as exact decimals."""
    fleet = tmp_path / "fleet.json"
    text = (
        json.dumps({**document(), "clock": START})
        .replace('"1000.00"', "1e3")
        .replace('"300.00"', "300.10")
        .replace('"12.00"', "12")
    )
    fleet.write_text(text)
    assert lapse("import", fleet, "--db", tmp_path / "fleet.db") == 0
    kept = Workspace.open(tmp_path / "fleet.db")
    assert kept.world.instances["ent"].monthly_price == 300_10
    assert kept.check() == []
    again = copy.deepcopy(document())
    again["accounts"][0]["balance"] = Decimal("1E+3")
    assert import_document(kept, again).accounts_unchanged == 1


def test_an_unused_key_may_hold_anything(tmp_path: Path) -> None:
    """A key that an instance's kind doesn't use is ignored, whatever it holds, and the journal can still be written."""
    fleet = tmp_path / "fleet.json"
    again = document(ent={"last_online": "half a pair \ud800", "trial_continued": [[1], {}]})
    fleet.write_text(json.dumps({**again, "clock": START}))
    assert lapse("import", fleet, "--db", tmp_path / "fleet.db") == 0
    assert lapse("import", fleet, "--db", tmp_path / "fleet.db") == 0
    assert Workspace.open(tmp_path / "fleet.db").check() == []


# Instances that the import says are released


GONE: Final = "2026-06-25T12:00:00+08:00"


def test_an_instance_imported_as_released_stays_released(kept: Workspace) -> None:
    """I1, I2: whatever its dates say, neither time nor money nor an action changes it any more."""
    auto: Form = {"mode": "auto", "months": 1}
    import_again(kept, ent={"released": GONE, "renewal": auto}, leg={"released": GONE})
    ent, leg = kept.world.instances["ent"], kept.world.instances["leg"]
    assert (ent.state, ent.since, ent.rule) == (RELEASED, when(GONE), None)
    assert (leg.state, leg.since) == (RELEASED, when(GONE))
    for action in (Renew(("ent",), 1), Upgrade("leg", 1, "1.00")):
        refused = kept.act(action).refused
        assert refused is not None and refused.code == "released"
    kept.act(Charge("acme", "5000.00"))
    kept.advance(when("2026-09-01"))
    kept.act(TopUp("acme", "9000.00"))
    kept.advance(when("2026-12-01"))
    assert {item.state for item in (kept.world.instances["ent"], kept.world.instances["leg"])} == {RELEASED}
    assert bills(kept) == [("2026-07-01", "5000.00")]
    assert kept.check() == []


def test_importing_a_released_instance_again_changes_nothing(kept: Workspace) -> None:
    gone: Form = {"released": GONE}
    assert import_again(kept, ent=gone, leg=gone)[1:3] == (2, 1)
    assert import_again(kept, ent=gone, leg=gone)[1:3] == (0, 3)
    assert import_again(kept)[1:3] == (0, 3)
    assert kept.world.instances["leg"].state == RELEASED
    # A new expiry alone does not bring the data back: only an explicit null for `released` does.
    import_again(kept, ent={"expires": "2026-08-31"})
    assert kept.world.instances["ent"].state == RELEASED
    import_again(kept, ent={"released": None}, leg={"released": None})
    assert [kept.world.instances[name].state for name in ("ent", "leg")] == [RUNNING, RUNNING]


def test_an_import_that_makes_an_account_overdue_does_not_touch_released_instances(kept: Workspace) -> None:
    import_again(kept, leg={"released": GONE})
    import_document(
        kept, {"accounts": [{"id": "acme", "unpaid": [{"id": "b1", "issued": START, "amount": "5"}]}], "instances": []}
    )
    assert kept.world.instances["leg"].state == RELEASED


def test_an_imported_release_time_replaces_the_derived_one(kept: Workspace) -> None:
    """E2 released it. The release time in an import replaces the derived one."""
    kept.advance(when("2026-08-20"))
    assert kept.world.instances["ent"].rule == "E2"
    again: Form = {"released": "2026-08-16T00:00:00+08:00"}
    assert import_again(kept, "2026-08-20", ent=again).changed == 1
    assert kept.world.instances["ent"].since == when("2026-08-16")
    assert import_again(kept, "2026-08-20", ent=again).changed == 0


def test_a_release_after_the_clock_is_bad_input(kept: Workspace) -> None:
    with pytest.raises(BadInput, match=r"instances\[0\]\.released: .* is after the clock"):
        import_again(kept, ent={"released": "2026-07-02"})


@pytest.mark.parametrize("clock", (START, "2026-07-31", "2026-08-05", "2026-08-14", "2026-08-15", "2026-12-01"))
def test_an_imported_release_can_be_reopened_at_any_clock(kept: Workspace, clock: str) -> None:
    """I1: an instance released before its expiry stays released at its expiry, during retention, and after.

    L1: a legacy instance stays released, whatever its account's state.
    """
    import_again(kept, ent={"released": GONE}, leg={"released": GONE})
    kept.advance(when(clock))
    reopened = Workspace.open(kept.path)
    assert [(item.state, item.since) for name, item in reopened.world.instances.items() if name != "pub"] == [
        (RELEASED, when(GONE))
    ] * 2
    assert reopened.check() == []


@pytest.mark.parametrize("kind", ("ent", "leg"))
def test_the_first_import_may_hold_released_instances(tmp_path: Path, kind: str) -> None:
    """I1, E2, L1: released instances may also be in the first import."""
    gone: Form = {"released": GONE}
    kept = keep(tmp_path / "fleet.db", document(**{kind: gone}), START)
    kept.advance(when("2026-08-05"))
    assert Workspace.open(kept.path).world == kept.world


@pytest.mark.parametrize(
    ("released", "since"),
    (("2026-07-30T00:00:00+08:00", "2026-07-30"), ("2026-07-29T16:00Z", "2026-07-30"), (None, "2026-08-15")),
)
def test_the_release_time_is_never_the_import_time(kept: Workspace, released: str | None, since: str) -> None:
    """I1: `since` is the imported release time, or the one derived from the dates (E2)."""
    import_again(kept, "2026-08-15T12:00:00+08:00", ent={"released": released})
    instance = kept.world.instances["ent"]
    assert (instance.state, instance.since) == (RELEASED, when(since))
    import_again(kept, "2026-09-01", ent={"name": "Line 1", "released": released})
    assert kept.world.instances["ent"].since == when(since)
    kept.merge({"instances": [{"id": "ent", "region": "cn-shanghai"}]}, when("2026-09-02"))
    assert kept.world.instances["ent"].since == when(since)


# A charge that changes while it doesn't serve (B2)


def stopped_at_noon_after_one_day(path: Path) -> Workspace:
    """L1: a legacy instance at 24.00 a day that served from noon to noon and was then stopped."""
    fleet = document(leg={"daily_charge": "24.00"}, acme={"balance": "0"})
    fleet["instances"] = fleet["instances"][2:]
    kept = keep(path, fleet, "2026-06-30T12:00")
    kept.act(Charge("acme", "1.00"))
    kept.advance(when("2026-07-01T12:00"))
    assert kept.world.instances["leg"].state == STOPPED
    return kept


@pytest.mark.parametrize("reopened", (False, True))
@pytest.mark.parametrize(
    ("at", "restoring", "issued"),
    (
        # Changed in the cycle in which it stopped: the whole cycle, 12 hours or 22:31, is billed at the new charge.
        ("2026-07-01T13:00", False, ["12.00", "3.00", "4.50"]),
        ("2026-07-01T13:00", True, ["12.00", "5.63", "6.00"]),
        # Changed in the next cycle: the ended cycle keeps the old charge, whether its bill was issued or not.
        ("2026-07-02T01:00", False, ["12.00", "12.00", "4.50"]),
        ("2026-07-02T01:00", True, ["12.00", "12.00", "5.63"]),
        ("2026-07-02T05:00", False, ["12.00", "12.00", "4.50"]),
        ("2026-07-02T05:00", True, ["12.00", "12.00", "4.63"]),
    ),
)
def test_a_charge_changed_while_the_instance_does_not_serve(
    tmp_path: Path, at: str, restoring: bool, issued: list[str], reopened: bool
) -> None:
    """B2: one line per cycle, its daily charge x the seconds served, whether it is stopped or restoring in between."""
    kept = stopped_at_noon_after_one_day(tmp_path / "fleet.db")
    kept.advance(when(at) - 60)
    if restoring:
        kept.act(TopUp("acme", "900.00"))
    kept.merge({"instances": [{"id": "leg", "daily_charge": "6.00"}]}, when(at))
    assert kept.world.instances["leg"].state == (RESTORING if restoring else STOPPED)
    assert kept.check() == []
    kept.advance(when("2026-07-02T05:30"))
    if not restoring:
        kept.act(TopUp("acme", "900.00"))
    if reopened:
        kept.close()
        kept = Workspace.open(kept.path)
    kept.advance(when("2026-07-03T12:00"))
    assert [amount for _, amount in bills(kept)][1:] == issued
    assert kept.check() == []


# Kept amounts may have grown beyond the limit of imported ones


def test_an_import_into_a_fleet_with_very_large_amounts(kept: Workspace) -> None:
    """M1: kept amounts of 10^15 and more stay if the import leaves them out; imported amounts are limited."""
    most = "999999999999999.99"
    for _ in range(2):
        kept.act(TopUp("acme", most))
    kept.act(GrantCoupon("acme", "c1", most, when("2026-08-01"), None))
    charged: Form = {"kind": "legacy_public", "daily_charge": most}
    import_again(kept, "2026-07-01T00:00:01", leg=charged, leg2=charged, acme={"balance": None})
    for at in ("2026-07-02T04:00:00", "2026-07-03T04:00:00"):
        kept.advance(when(at))
        account = kept.world.accounts["acme"]
        named = [{"id": "acme", "low_balance_alert": "1.00"}]
        kept.merge({"accounts": named, "instances": [{"id": "ent", "region": at}]}, when(at))
        kept.merge({"instances": [{"id": "pub", "region": at}]}, when(at))
        now = kept.world.accounts["acme"]
        assert (now.balance, now.unpaid, now.coupons) == (account.balance, account.unpaid, account.coupons)
    assert now.unpaid[0].amount > 10**17
    with pytest.raises(BadInput, match="too large: 15 digits"):
        kept.merge({"accounts": [{"id": "acme", "balance": "1000000000000000.00"}]}, kept.clock)
    assert kept.check() == []


# Nothing is committed that can't be read back


@pytest.mark.parametrize("over", (True, False))
@pytest.mark.parametrize(
    ("state", "restored_at"),
    # A state that contradicts the dates (E1), one of another kind, and a restoration that is long due.
    ((EXPIRED, None), (FROZEN, None), (RESTORING, when("2026-06-01"))),
)
def test_an_import_that_could_not_be_read_back_is_not_committed(
    kept: Workspace, monkeypatch: pytest.MonkeyPatch, state: str, restored_at: int | None, over: bool
) -> None:
    """If a fault in Lapse derives an impossible state, there is one sentence, and file and fleet stay as they were."""
    before, other = told(kept.path), kept.path.with_name("other.db")

    def derive(instance: Instance, *_: object) -> None:
        instance.state, instance.restored_at = (state, restored_at) if instance.id == "ent" else (RUNNING, None)

    with monkeypatch.context() as patched:
        patched.setattr("core.formats.document.derive_state", derive)
        with pytest.raises(StoreError, match="nothing was imported, because the fleet could not be opened again"):
            if over:
                kept.merge(document(ent={"name": "Line 1"}), kept.clock)
            else:
                keep(other, document(), START)
    assert told(kept.path) == before
    assert Workspace.open(kept.path).world == kept.world
    assert (kept.world.instances["ent"].name, kept.check()) == ("ent", [])
    with pytest.raises(NoFleet):
        Workspace.open(other)
