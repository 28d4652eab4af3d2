"""The rules of notices, N1 and N2: which notices are sent to the inbox, and when."""

import pytest

from core.world.actions import Charge, ContinueTrial, Renew, SetManualRenewal, TopUp
from tests.support.ledger import Form, History, account, auto, bill, enterprise, legacy, public


def reminders(history: History) -> list[str]:
    return [line[:11] for line in history.notices() if "renewal_reminder" in line]


# N1


def test_one_sms_for_a_low_balance() -> None:
    """N1: to the account, through the channel `sms`."""
    history = History(account(balance="10", low_balance_alert="10")).at("2026-07-01", Charge("acme", "1"))
    assert history.notices() == ["07-01 00:00 acme sms low_balance N1"]


def test_one_email_for_each_failed_payment() -> None:
    """N1: five attempts, five emails."""
    history = History(account(), enterprise(renewal=auto())).until("2026-08-01")
    failed = [line for line in history.notices() if "auto_renewal_failed" in line]
    days = ("07-07", "07-09", "07-10", "07-16", "07-24")
    assert failed == [f"{day} 08:00 ent-1 email auto_renewal_failed N1" for day in days]


# N2


@pytest.mark.parametrize(
    ("renewal", "days"),
    [
        ({"mode": "manual"}, ["07-03 09:00", "07-07 09:00", "07-09 09:00"]),
        (None, ["07-03 09:00", "07-07 09:00", "07-09 09:00"]),
        ({"mode": "none"}, ["07-07 09:00"]),
        (auto(months=36), []),
        (auto(months=36, enabled_on="2026-07-01"), []),
    ],
)
def test_renewal_reminders(renewal: Form | None, days: list[str]) -> None:
    """N2: at 09:00 on T-7, T-3 and T-1 for `manual`, on T-3 for `none`, never for `auto`."""
    assert reminders(History(account(), enterprise(renewal=renewal)).until("2026-08-01")) == days


def test_reminders_come_at_nine() -> None:
    """N2: not a second earlier. Hour and days are numbers of the policy."""
    history = History(enterprise())
    assert history.until("2026-07-03 08:59:59").log == []
    assert history.until("2026-07-03 09:00:00").notices() == ["07-03 09:00 ent-1 email renewal_reminder N2"]
    policy = 'rules.N2.reminder_time = "21:15"\nrules.N2.manual_days = [-2]\nrules.N2.non_renewal_days = [-5, -4]'
    assert reminders(History(enterprise(), policy=policy).until("2026-08-01")) == ["07-08 21:15"]
    none = enterprise(renewal={"mode": "none"})
    assert reminders(History(none, policy=policy).until("2026-08-01")) == ["07-05 21:15", "07-06 21:15"]


def test_a_renewal_cancels_the_reminders() -> None:
    """N2, T4: after a renewal at 08:59:59 on T-3, the next reminder is T-7 of the new expiry."""
    history = History(account(balance="300"), enterprise()).at("2026-07-07 08:59:59", Renew(("ent-1",), 1))
    assert reminders(history.until("2026-08-04")) == ["07-03 09:00", "08-03 09:00"]


def test_set_to_manual_between_two_reminders() -> None:
    """N2: the reminders still ahead are sent; those whose instant has passed are not."""
    history = History(account(), enterprise(renewal=auto(months=36))).at(
        "2026-07-07 08:59:59", SetManualRenewal(("ent-1",))
    )
    assert reminders(history.until("2026-08-01")) == ["07-07 09:00", "07-09 09:00"]


def test_overdue_and_cleared() -> None:
    """N2: one email each, to the account."""
    history = (
        History(account())
        .at("2026-07-01", Charge("acme", "5"), Charge("acme", "5"))
        .at("2026-07-02", TopUp("acme", "10"))
    )
    assert history.notices() == [
        "07-01 00:00 acme email account_overdue N2",
        "07-02 00:00 acme email account_cleared N2",
    ]


def test_expired_released_tomorrow_released() -> None:
    """N2: when the service stops, 24 hours before the release, and at the release."""
    assert History(enterprise(renewal={"mode": "none"}), clock="2026-07-08").until("2026-09-01").notices() == [
        "07-10 00:00 ent-1 email expired N2",
        "07-24 00:00 ent-1 email release_tomorrow N2",
        "07-25 00:00 ent-1 email released N2",
    ]


@pytest.mark.parametrize(("clock", "told"), [("2026-07-23 23:59:59", True), ("2026-07-24 00:00:00", False)])
def test_release_tomorrow_is_not_made_up(clock: str, told: bool) -> None:
    """N2, I1: in a fleet loaded 24 hours or less before a release, this notice counts as past."""
    inbox = History(enterprise(), clock=clock).until("2026-07-24 12:00").notices()
    assert inbox == (["07-24 00:00 ent-1 email release_tomorrow N2"] if told else [])


def test_a_renewal_cancels_the_announcement_of_the_release() -> None:
    """N2, T4: even if it comes one second before."""
    history = History(account(balance="300"), enterprise()).at("2026-07-23 23:59:59", Renew(("ent-1",), 1))
    assert not [line for line in history.until("2026-07-26").notices() if "release" in line]


def test_how_far_ahead_a_release_is_announced() -> None:
    """N2: three days, as the policy says."""
    history = History(enterprise(), clock="2026-07-10", policy='rules.N2.release_notice = "72h"').until("2026-08-01")
    assert history.notices()[0] == "07-22 00:00 ent-1 email release_tomorrow N2"


def test_no_release_is_announced_before_the_expiry() -> None:
    """N2: with a retention of 12 hours, nothing is announced 24 hours ahead, because the instance still runs then."""
    none = enterprise(renewal={"mode": "none"})
    history = History(none, clock="2026-07-08", policy='rules.E2.retention = "12h"').until("2026-07-09 23:59:59")
    assert history.log == []


def test_stopped() -> None:
    """N2: when a legacy instance is stopped. Its grace period and its restoration send no notice."""
    history = History(account(unpaid=[bill("b1", "2026-06-30 12:00", "5")]), legacy(daily_charge="0"))
    history.at("2026-07-02", TopUp("acme", "5")).until("2026-07-03")
    assert history.notices("leg-1") == ["07-01 12:00 leg-1 email stopped N2"]


def test_frozen() -> None:
    """N2: each time an instance freezes."""
    history = History(public(last_online="2026-06-10")).at("2026-07-10", ContinueTrial("pub-1")).until("2026-08-09")
    assert history.notices() == ["07-10 00:00 pub-1 email frozen N2", "08-09 00:00 pub-1 email frozen N2"]


def test_nothing_else_is_sent() -> None:
    """N2: a renewal, a restoration, a top-up and the end of a coupon send no notice."""
    history = History(account(balance="900"), enterprise(expires="2026-06-30"))
    history.at("2026-07-01", Renew(("ent-1",), 12), TopUp("acme", "5")).until("2026-07-10")
    assert history.notices() == []
