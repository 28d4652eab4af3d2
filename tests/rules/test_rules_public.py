"""The rules of new public instances, P1 to P4: idle, frozen, trial continued, upgraded."""

import pytest

from core.world.actions import Charge, ContinueTrial, DevicesOffline, DevicesOnline, Renew, TopUp, Upgrade
from tests.support.ledger import History, account, bill, legacy, public

IDLE = public(last_online="2026-06-20 12:00:01")
"""Freezes on 20 July at 12:00:01."""


def test_it_never_expires_and_costs_nothing() -> None:
    """P1: in a hundred years with a device online nothing happens, and the account stays as it was."""
    history = History(account(balance="1"), public(devices_online=True)).until("2126-07-01")
    assert history.log == []
    assert (history.state("pub-1"), history.balance()) == ("running", "1.00")
    assert (history.shown("pub-1")["expires"], history.shown("pub-1")["release_at"]) == (None, None)


def test_an_overdue_account_does_not_touch_it() -> None:
    """P1: no change of state when the account is overdue, for a month, and clear again."""
    history = History(account(), public(devices_online=True)).at("2026-07-01", Charge("acme", "5"))
    history.at("2026-08-01", TopUp("acme", "5")).until("2026-08-02")
    assert history.moves("pub-1") == []


def test_it_freezes() -> None:
    """P2: exactly 30 days after the last device went offline."""
    history = History(IDLE)
    assert history.state("pub-1", "2026-07-20 12:00:00") == "running"
    assert history.state("pub-1", "2026-07-20 12:00:01") == "frozen"
    assert history.moves() == ["07-20 12:00:01 pub-1 running -> frozen P2"]


@pytest.mark.parametrize(
    ("last_online", "continued", "freezes"),
    [
        ("2026-06-20", "2026-06-10", "2026-07-20"),
        ("2026-06-10", "2026-06-20", "2026-07-20"),
        ("2026-06-20", "2026-06-20", "2026-07-20"),
        ("2026-06-20", None, "2026-07-20"),
    ],
)
def test_the_idle_time_counts_from_the_later_of_two_events(
    last_online: str, continued: str | None, freezes: str
) -> None:
    """P2: the last device went offline, or the trial was continued."""
    history = History(public(last_online=last_online, trial_continued=continued)).until("2026-09-01")
    assert history.moves() == [f"{freezes[5:]} 00:00 pub-1 running -> frozen P2"]


def test_while_a_device_is_online_nothing_is_counted() -> None:
    """P2: after two months online, the 30 days begin when it goes offline. Going offline again restarts nothing."""
    history = History(IDLE).at("2026-07-20 12:00:00", DevicesOnline("pub-1")).until("2026-09-10")
    history.at("2026-09-10 10:00", DevicesOffline("pub-1")).at("2026-09-20 10:00", DevicesOffline("pub-1"))
    assert history.state("pub-1", "2026-10-10 09:59:59") == "running"
    assert history.state("pub-1", "2026-10-10 10:00:00") == "frozen"


def test_a_device_that_comes_online_in_the_second_it_freezes_is_too_late() -> None:
    """P2, T2: what is due happens before the action, so the instance is already frozen."""
    history = History(IDLE).at("2026-07-20 12:00:01", DevicesOnline("pub-1"))
    assert history.code() == "frozen"


def test_the_idle_limit_is_a_number_of_the_policy() -> None:
    """P2: 90 days."""
    history = History(IDLE, policy='rules.P2.idle_limit = "90d"')
    assert history.state("pub-1", "2026-09-18 12:00:00") == "running"
    assert history.state("pub-1", "2026-09-18 12:00:01") == "frozen"


def test_continuing_the_trial() -> None:
    """P3: it runs at once, and another 30 days are counted from then."""
    history = History(IDLE).at("2026-08-01 10:00", ContinueTrial("pub-1"))
    assert history.state("pub-1") == "running"
    assert history.events(but="notice_sent")[1:] == [
        "08-01 10:00 pub-1 trial continued",
        "08-01 10:00 pub-1 frozen -> running P3",
    ]
    assert history.state("pub-1", "2026-08-31 09:59:59") == "running"
    assert history.state("pub-1", "2026-08-31 10:00:00") == "frozen"


def test_a_device_cannot_come_online_on_a_frozen_one() -> None:
    """P3: "online" is refused; "offline" is accepted and changes nothing. Once the trial is continued, it works."""
    history = History(IDLE).at("2026-07-21", DevicesOnline("pub-1"))
    assert history.code() == "frozen"
    history.at("2026-07-22", DevicesOffline("pub-1"))
    assert (history.code(), history.state("pub-1")) == (None, "frozen")
    assert history.at("2026-07-23", ContinueTrial("pub-1"), DevicesOnline("pub-1")).code() is None
    assert history.state("pub-1", "2026-12-01") == "running"


@pytest.mark.parametrize("when", ["2026-07-19 10:00", "2026-07-21 10:00"], ids=["running", "frozen"])
def test_upgrading(when: str) -> None:
    """P4: it costs the monthly price x months, and it runs at once as an Enterprise instance, with a period by T6."""
    history = History(account(balance="100"), IDLE).at(when, Upgrade("pub-1", 3, "33.33"))
    day = when[5:10]
    frozen = ["07-20 12:00:01 pub-1 running -> frozen P2"] if day == "07-21" else []
    until = {"07-19": "2026-10-20", "07-21": "2026-10-22"}[day]
    assert history.events(but="notice_sent") == [
        *frozen,
        f"{day} 10:00 pub-1 upgraded 3 mo 99.99 = 0.00 + 99.99 to {until}",
        *([f"{day} 10:00 pub-1 frozen -> running P4"] if frozen else []),
    ]
    assert history.shown("pub-1")["kind"] == "enterprise"
    assert history.shown("pub-1")["renewal"] == {"mode": "manual", "schedule": None, "months": None}
    assert history.state("pub-1", f"{until} 00:00") == "expired"


def test_after_an_upgrade_it_is_renewed_and_never_frozen() -> None:
    """P4: the idle limit and the devices no longer apply; renewals do."""
    history = History(account(balance="900"), IDLE).at("2026-07-02", Upgrade("pub-1", 12, "10"), Renew(("pub-1",), 1))
    assert history.expires("pub-1") == "2027-08-02 00:00:00"
    assert history.at("2026-07-03", DevicesOnline("pub-1")).code() == "wrong_kind"
    assert history.state("pub-1", "2027-08-01 23:59:59") == "running"


def test_an_upgrade_is_paid_in_full_or_not_at_all() -> None:
    """P4, M2, C2: with one cent missing, or on an overdue account, it is refused and nothing changes."""
    history = History(account(balance="29.99"), IDLE, legacy()).at("2026-07-01", Upgrade("pub-1", 3, "10"))
    assert history.code() == "insufficient_funds"
    history = History(account(balance="90", unpaid=[bill("b1", "2026-06-30", "91")]), IDLE)
    assert history.at("2026-07-01", Upgrade("pub-1", 3, "10")).code() == "account_overdue"
    assert history.shown("pub-1")["kind"] == "public"
