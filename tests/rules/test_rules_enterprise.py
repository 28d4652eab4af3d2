"""The rules of Enterprise Edition, E1 to E4, and that a release is final, I2."""

import pytest

from core.world.actions import (
    Action,
    EnableAutoRenewal,
    Renew,
    SetManualRenewal,
    SetNonRenewal,
    TopUp,
)
from tests.support.ledger import History, account, auto, bill, enterprise

RICH = account(balance="9000")


def test_an_instance_expires() -> None:
    """E1: its service stops in the second of `expires`."""
    history = History(enterprise())
    assert history.shown("ent-1", "2026-07-09 23:59:59")["serving"] is True
    assert history.shown("ent-1", "2026-07-10 00:00:00")["serving"] is False
    assert history.moves() == ["07-10 00:00 ent-1 running -> expired E1"]


def test_an_expired_instance_is_released() -> None:
    """E2: 15 days after `expires` without a renewal, its data is deleted for good."""
    history = History(enterprise())
    assert history.state("ent-1", "2026-07-24 23:59:59") == "expired"
    assert history.state("ent-1", "2026-07-25 00:00:00") == "released"
    assert history.moves()[-1] == "07-25 00:00 ent-1 expired -> released E2"


@pytest.mark.parametrize(("when", "code"), [("2026-07-24 23:59:59", None), ("2026-07-25 00:00:00", "released")])
def test_a_released_instance_cannot_be_renewed(when: str, code: str | None) -> None:
    """E2, R1: one second before the release it can be renewed; at the release it can't."""
    history = History(RICH, enterprise()).at(when, Renew(("ent-1",), 1))
    assert history.code() == code
    assert history.state("ent-1", "2026-07-26") == ("running" if code is None else "released")


def test_the_release_date_is_shown_whatever_the_state() -> None:
    """E2: `expires` plus the retention, in the states running, expired, restoring and released."""
    history = History(RICH, enterprise())
    for when in ("2026-07-01", "2026-07-12"):
        assert history.shown("ent-1", when)["release_at"] == "2026-07-25T00:00:00+08:00"
    history.at("2026-07-12", Renew(("ent-1",), 1))
    for when in ("2026-07-12", "2026-09-01"):
        assert history.shown("ent-1", when)["release_at"] == "2026-08-25T00:00:00+08:00"
    assert history.state("ent-1") == "released"


def test_the_retention_is_a_number_of_the_policy() -> None:
    """E2: three days; or none, and then the instance is released when it expires."""
    history = History(enterprise(), policy='rules.E2.retention = "3d"')
    assert history.state("ent-1", "2026-07-12 23:59:59") == "expired"
    assert history.state("ent-1", "2026-07-13 00:00:00") == "released"
    history = History(enterprise(), policy='rules.E2.retention = "0d"').until("2026-07-10")
    assert history.moves() == ["07-10 00:00 ent-1 running -> expired E1", "07-10 00:00 ent-1 expired -> released E2"]


def test_an_overdue_account_does_not_touch_a_running_one() -> None:
    """E3: on an account that is overdue all the time, it runs until it expires like any other."""
    history = History(account(unpaid=[bill("b1", "2026-01-01", "5")]), enterprise()).until("2026-07-25")
    assert history.moves() == ["07-10 00:00 ent-1 running -> expired E1", "07-25 00:00 ent-1 expired -> released E2"]


def test_an_overdue_account_does_not_stop_a_restoration() -> None:
    """E3, R3: renewed at 12:00, it runs at 12:30 although the account becomes overdue at 12:10."""
    history = History(account(balance="300", daily_spend="1"), enterprise(expires="2026-06-30"))
    history.at("2026-07-02 03:40", Renew(("ent-1",), 1)).until("2026-07-02 04:00")
    assert history.shown("acme")["overdue_since"] is not None
    assert history.state("ent-1", "2026-07-02 04:09:59") == "restoring"
    assert history.state("ent-1", "2026-07-02 04:10:00") == "running"


def test_a_trial_follows_the_same_rules() -> None:
    """E4: it expires and is released by the same rules, with a retention of its own."""
    history = History(enterprise(trial=True)).until("2026-07-24 23:59:59")
    assert history.state("ent-1") == "expired"
    assert history.state("ent-1", "2026-07-25") == "released"


def test_a_trials_first_renewal_makes_it_an_ordinary_one() -> None:
    """E4: with a retention of 2 days for trials and 15 for others, a renewed trial is kept for 15 days."""
    policy = 'rules.E4.trial_retention = "2d"'
    history = History(RICH, enterprise(trial=True), policy=policy)
    assert history.shown("ent-1")["release_at"] == "2026-07-12T00:00:00+08:00"
    assert history.at("2026-07-01", Renew(("ent-1",), 1)).shown("ent-1")["release_at"] == "2026-08-25T00:00:00+08:00"
    assert history.state("ent-1", "2026-08-24 23:59:59") == "expired"
    assert History(enterprise(trial=True), policy=policy).state("ent-1", "2026-07-12") == "released"
    by_itself = History(account(balance="300"), enterprise(trial=True, renewal=auto()), policy=policy)
    assert by_itself.shown("ent-1", "2026-07-07 08:00")["release_at"] == "2026-08-25T00:00:00+08:00"


@pytest.mark.parametrize(
    "action",
    [Renew(("ent-1",), 1), EnableAutoRenewal(("ent-1",), 1), SetManualRenewal(("ent-1",)), SetNonRenewal(("ent-1",))],
    ids=lambda action: type(action).__name__,
)
def test_released_is_final_for_every_action(action: Action) -> None:
    """I2: every action is refused as `released` and changes nothing."""
    history = History(RICH, enterprise(renewal=auto(months=36), monthly_price="9000")).until("2026-07-25")
    before = history.shown("ent-1")
    assert history.at("2026-07-26", action).code() == "released"
    assert history.shown("ent-1", "2027-07-26") == before


def test_released_is_final_for_every_payment() -> None:
    """I2: neither a top-up nor a later day of the schedule changes a released instance."""
    history = History(account(), enterprise(renewal=auto()), policy="rules.A2.console_days = [-3, 14, 15, 20]")
    history.at("2026-07-25 07:59:59", TopUp("acme", "9000")).until("2026-12-31")
    assert history.events("ent-1")[-2:] == [
        "07-25 00:00 ent-1 expired -> released E2",
        "07-25 00:00 ent-1 email released N2",
    ]
    assert history.balance() == "9000.00"
