"""The refusals: every code, the order in which they are checked, and that a refused action changes nothing."""

import pytest

from core.base.errors import BadInput, TimeGoesForward
from core.world.actions import (
    Action,
    Charge,
    ContinueTrial,
    DevicesOffline,
    DevicesOnline,
    EnableAutoRenewal,
    GrantCoupon,
    Purchase,
    Renew,
    SetLowBalanceAlert,
    SetManualRenewal,
    SetNonRenewal,
    TopUp,
    Upgrade,
)
from tests.support.ledger import Form, History, account, bill, coupon, enterprise, legacy, public, snapshot

NOON = 1782878400
"""2026-07-01 12:00, the instant of every action here."""


def fleet() -> list[Form]:
    """One of everything: an account with 500.00, an overdue account with 500.00, and an account without money."""
    return [
        account("rich", balance="500", coupons=[coupon("c1", "1"), coupon("used", "0")]),
        account("overdue", balance="500", unpaid=[bill("b1", "2026-06-30 12:00:01", "600")]),
        account("poor", currency="JPY"),
        enterprise("ent", account="rich"),
        enterprise("gone", "2026-06-01", account="rich"),
        enterprise("late", account="overdue"),
        enterprise("late-gone", "2026-06-01", account="overdue"),
        enterprise("cheap", monthly_price="100", account="poor"),
        public("pub", devices_online=True, account="rich"),
        public("ice", last_online="2026-05-01", account="rich"),
        public("late-pub", devices_online=True, account="overdue"),
        legacy("leg", account="rich"),
    ]


def message_of(action: Action) -> object:
    """The sentence with which an action is refused."""
    return History(*fleet()).until("2026-07-01 12:00").at("0m", action).forms()[-1]["message"]


def code_of(action: Action, policy: str = "") -> str | None:
    """The code with which an action is refused. Also checks that neither the fleet nor its future changes."""
    history, untouched = (History(*fleet(), policy=policy).until("2026-07-01 12:00") for _ in range(2))
    assert history.world.clock == NOON
    before = snapshot(history.world)
    history.at("0m", action)
    form = history.forms()[-1]
    if form["type"] != "refused":
        return None
    history.world.events -= 1
    assert snapshot(history.world) == before
    history.world.events += 1
    assert len(history.log) == len(untouched.log) + 1
    ahead, other = (item.until("2026-08-15").events() for item in (history, untouched))
    assert [line for line in ahead if "refused" not in line] == other
    message = form["message"]
    assert isinstance(message, str)
    assert message.strip() == message
    assert "\n" not in message
    assert message.endswith((".", ")"))
    assert form["rule"] is None
    return str(form["code"])


CASES: list[tuple[Action, str | None]] = [
    # unknown_account
    (TopUp("ghost", "5"), "unknown_account"),
    (TopUp("ghost", "-5"), "unknown_account"),
    (GrantCoupon("ghost", "c1", "0"), "unknown_account"),
    (Charge("ghost", "0"), "unknown_account"),
    (SetLowBalanceAlert("ghost", None), "unknown_account"),
    (Purchase("ghost", "ent", 10, "0"), "unknown_account"),
    (TopUp("Rich", "5"), "unknown_account"),
    # unknown_instance
    (Renew(("ghost",), 10), "unknown_instance"),
    (EnableAutoRenewal(("ghost",), 10), "unknown_instance"),
    (SetManualRenewal(("ghost",)), "unknown_instance"),
    (SetNonRenewal(("ghost",)), "unknown_instance"),
    (ContinueTrial("ghost"), "unknown_instance"),
    (Upgrade("ghost", 10, "0"), "unknown_instance"),
    (DevicesOnline("ghost"), "unknown_instance"),
    (DevicesOffline("ghost"), "unknown_instance"),
    (ContinueTrial("rich"), "unknown_instance"),
    # duplicate_id
    (Purchase("rich", "ent", 1, "1"), "duplicate_id"),
    (Purchase("rich", "gone", 10, "0"), "duplicate_id"),
    (Purchase("overdue", "leg", 1, "1"), "duplicate_id"),
    (GrantCoupon("rich", "c1", "0", None, NOON), "duplicate_id"),
    (GrantCoupon("rich", "used", "5"), "duplicate_id"),
    (GrantCoupon("poor", "c1", "5"), None),
    # several_accounts
    (Renew(("ent", "late"), 10), "invalid_period"),
    (Renew(("ent", "cheap"), 1), "several_accounts"),
    # wrong_kind
    (Renew(("pub",), 10), "wrong_kind"),
    (Renew(("leg",), 1), "wrong_kind"),
    (EnableAutoRenewal(("pub",), 10), "wrong_kind"),
    (SetManualRenewal(("leg",)), "wrong_kind"),
    (SetNonRenewal(("ice",)), "wrong_kind"),
    (Upgrade("ent", 10, "0"), "wrong_kind"),
    (Upgrade("gone", 1, "1"), "wrong_kind"),
    (ContinueTrial("ent"), "wrong_kind"),
    (ContinueTrial("gone"), "wrong_kind"),
    (ContinueTrial("leg"), "wrong_kind"),
    (DevicesOnline("ent"), "wrong_kind"),
    (DevicesOffline("leg"), "wrong_kind"),
    # released
    (Renew(("gone",), 10), "released"),
    (Renew(("late-gone",), 1), "released"),
    (EnableAutoRenewal(("gone",), 10), "released"),
    (SetManualRenewal(("gone",)), "released"),
    (SetNonRenewal(("gone",)), "released"),
    # frozen
    (DevicesOnline("ice"), "frozen"),
    (DevicesOffline("ice"), None),
    # not_frozen
    (ContinueTrial("pub"), "not_frozen"),
    (ContinueTrial("ice"), None),
    # invalid_amount
    (TopUp("rich", "0"), "invalid_amount"),
    (TopUp("rich", "-0.01"), "invalid_amount"),
    (TopUp("rich", "0.01"), None),
    (Charge("rich", "0.00"), "invalid_amount"),
    (GrantCoupon("rich", "c2", "0", None, NOON), "invalid_amount"),
    (GrantCoupon("rich", "c2", "-1"), "invalid_amount"),
    (SetLowBalanceAlert("rich", "0"), "invalid_amount"),
    (SetLowBalanceAlert("rich", "-5"), "invalid_amount"),
    (Purchase("rich", "new", 10, "0"), "invalid_amount"),
    (Purchase("overdue", "new", 1, "-1"), "invalid_amount"),
    (Upgrade("pub", 10, "0"), "invalid_amount"),
    (Upgrade("late-pub", 1, "-1"), "invalid_amount"),
    # invalid_period
    (Renew(("late",), 10), "invalid_period"),
    (Renew(("late",), 0), "invalid_period"),
    (Renew(("cheap",), -1), "invalid_period"),
    (EnableAutoRenewal(("ent",), 4), "invalid_period"),
    (EnableAutoRenewal(("ent",), 0), "invalid_period"),
    (Purchase("overdue", "new", 11, "9999"), "invalid_period"),
    (Upgrade("late-pub", 37, "9999"), "invalid_period"),
    (GrantCoupon("rich", "c2", "5", None, NOON), "invalid_period"),
    (GrantCoupon("rich", "c2", "5", None, NOON - 1), "invalid_period"),
    (GrantCoupon("rich", "c2", "5", None, NOON + 1), None),
    (GrantCoupon("rich", "c2", "5", NOON + 20, NOON + 10), "invalid_period"),
    (GrantCoupon("rich", "c2", "5", NOON - 20, NOON + 1), None),
    # account_overdue
    (Renew(("late",), 1), "account_overdue"),
    (Renew(("late",), 36), "account_overdue"),
    (Purchase("overdue", "new", 1, "1"), "account_overdue"),
    (Purchase("overdue", "new", 1, "9999"), "account_overdue"),
    (Upgrade("late-pub", 1, "9999"), "account_overdue"),
    # insufficient_funds
    (Renew(("ent",), 2), "insufficient_funds"),
    (Renew(("ent",), 1), None),
    (Renew(("cheap",), 1), "insufficient_funds"),
    (Purchase("rich", "new", 1, "501.01"), "insufficient_funds"),
    (Purchase("rich", "new", 1, "501.00"), None),
    (Upgrade("pub", 3, "167.01"), "insufficient_funds"),
    (Upgrade("pub", 3, "167.00"), None),
]
"""Each action and its code, or None if it is done. If several refusals apply, the first in the rulebook's order."""


@pytest.mark.parametrize(
    ("action", "code"), CASES, ids=lambda item: type(item).__name__ if isinstance(item, tuple) else item
)
def test_refusals(action: Action, code: str | None) -> None:
    """unknown_account, unknown_instance, duplicate_id, several_accounts, wrong_kind, released, frozen, not_frozen,
    invalid_amount, invalid_period, account_overdue, insufficient_funds: if several apply, the first of these counts.
    """
    assert code_of(action) == code


@pytest.mark.parametrize(
    ("action", "code"),
    [
        (Renew(("late",), 1), "account_overdue"),
        (Renew(("late",), 10), "invalid_period"),
        (Renew(("old",), 1), "period_in_past"),
        (Renew(("old",), 36), "insufficient_funds"),
        (Renew(("old", "cheap"), 1), "period_in_past"),
    ],
)
def test_period_in_past(action: Action, code: str) -> None:
    """period_in_past comes after account_overdue and before insufficient_funds. It needs a long retention."""
    entries = [
        account("poor"), account("overdue", unpaid=[bill("b1", "2026-06-30", "600")]),
        enterprise("old", "2025-07-01", account="poor"), enterprise("cheap", monthly_price="1", account="poor"),
        enterprise("late", "2025-07-01", account="overdue"),
    ]  # fmt: skip
    history = History(*entries, policy='rules.E2.retention = "800d"').at("2026-07-01 12:00", action)
    assert history.code() == code


def test_time_goes_forward() -> None:
    """time_goes_forward: the clock can't go back, not even by a second."""
    history = History(enterprise()).until("2026-07-09")
    with pytest.raises(TimeGoesForward, match="2026-07-08T23:59:59") as caught:
        history.until("2026-07-08 23:59:59")
    assert caught.value.code == "time_goes_forward"
    assert history.until("2026-07-09").world.clock == history.policy.calendar.parse("2026-07-09")


@pytest.mark.parametrize(
    ("names", "offenders"),
    [
        (("gone", "ghost"), [("gone", "released"), ("ghost", "unknown_instance")]),
        (("ent", "cheap", "gone", "leg"), [("cheap", "several_accounts"), ("gone", "released"), ("leg", "wrong_kind")]),
        (("pub", "ent"), [("pub", "wrong_kind")]),
    ],
)
def test_a_bulk_action_is_refused_whole(names: tuple[str, ...], offenders: list[tuple[str, str]]) -> None:
    """R4: its code is the first offender's, even if another's comes earlier in the order of refusals."""
    history = History(*fleet()).at("2026-07-01 12:00", Renew(names, 1))
    assert history.code() == offenders[0][1]
    assert history.forms()[-1]["offenders"] == [{"instance": name, "code": code} for name, code in offenders]
    assert history.balance("rich") == "500.00"


@pytest.mark.parametrize("action", [EnableAutoRenewal(("ent", "gone"), 1), SetManualRenewal(("ent", "gone"))])
def test_setting_several_is_refused_whole_too(action: Action) -> None:
    """released: if one instance can't be set, none is."""
    history = History(*fleet()).at("2026-07-01 12:00", EnableAutoRenewal(("ent",), 3), action)
    assert history.code() == "released"
    assert history.shown("ent")["renewal"] == {"mode": "auto", "schedule": "console", "months": 3}


def test_the_message_says_what_is_missing() -> None:
    """insufficient_funds: for 600.00 with 501.00, 99.00 are missing."""
    history = History(*fleet()).at("2026-07-01 12:00", Renew(("ent",), 2))
    assert "99.00" in str(history.forms()[-1]["message"])


def test_a_refusal_is_kept_in_the_log() -> None:
    """It says whom it concerns, what was asked and why it was refused. The next action goes on."""
    history = History(*fleet()).at("2026-07-01 12:00", Renew(("ent",), 2), TopUp("rich", "1"))
    refused = history.forms()[-2]
    assert {key: refused[key] for key in ("type", "account", "instance", "do", "code", "rule")} == {
        "type": "refused", "account": "rich", "instance": "ent", "do": "renew",
        "code": "insufficient_funds", "rule": None,
    }  # fmt: skip
    assert history.events()[-1] == "07-01 12:00 rich topped up 1.00"


@pytest.mark.parametrize(
    "action",
    [
        TopUp("rich", "0.001"),
        TopUp("poor", "0.5"),
        Purchase("poor", "new", 1, "1.0"),
        GrantCoupon("rich", "c2", "1.234"),
    ],
)
def test_more_decimals_than_the_currency_has_is_no_refusal(action: Action) -> None:
    """M1: it is bad input, and the log does not record it."""
    history = History(*fleet())
    with pytest.raises(BadInput, match="decimals"):
        history.at("2026-07-01 00:00", action)
    assert history.log == []


def test_setting_what_is_already_set() -> None:
    """Repeating a setting is accepted and logged, except for the codes wrong_kind and frozen."""
    history = History(*fleet()).at(
        "2026-07-01 12:00", DevicesOnline("pub"), DevicesOffline("pub"), DevicesOffline("pub")
    )
    history.at("0m", SetLowBalanceAlert("rich", None), DevicesOffline("ice"))
    assert history.events() == [
        "07-01 12:00 pub devices online",
        "07-01 12:00 pub devices offline",
        "07-01 12:00 pub devices offline",
        "07-01 12:00 rich alert off",
        "07-01 12:00 ice devices offline",
    ]


@pytest.mark.parametrize("action", [Renew(("gone",), 1), Upgrade("gone", 1, "1")])
def test_the_refusal_of_a_released_instance_does_not_suggest_a_renewal(action: Action) -> None:
    """E2, I2: it can't be renewed, so the message suggests buying a new instance."""
    assert message_of(action) == "gone was released and its data deleted: buy a new instance."


@pytest.mark.parametrize(
    ("months", "more"), [(1, ""), (2, ", or choose a shorter period"), (36, ", or choose a shorter period")]
)
def test_a_shorter_period_is_suggested_only_if_one_is_sold(months: int, more: str) -> None:
    """R1, M2."""
    for action in (Renew(("cheap",), months), Purchase("poor", "new", months, "100"), Upgrade("pub", months, "1000")):
        assert str(message_of(action)).endswith(f"{more}.")
        assert ("shorter" in str(message_of(action))) is bool(more)
