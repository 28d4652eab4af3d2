"""The rules of legacy public instances, L1 to L3: grace period, stop, restoration, upgrade."""

from core.world.actions import Charge, DevicesOnline, Renew, TopUp, Upgrade
from tests.support.ledger import History, account, bill, legacy

FREE = legacy(daily_charge="0")
STOPPED = (account(unpaid=[bill("b1", "2026-06-29", "5")]), FREE)


def test_it_never_expires() -> None:
    """L1: while its bills are paid, it runs for years."""
    history = History(account(balance="90000"), legacy()).until("2029-07-01")
    assert history.moves() == []
    assert history.shown("leg-1")["expires"] is None


def test_overdue_then_stopped() -> None:
    """L1: when the account becomes overdue, the service stays up for exactly 24 hours and then stops."""
    history = History(account(), FREE).at("2026-07-02 10:20:30", Charge("acme", "0.01"))
    assert (history.state("leg-1"), history.shown("leg-1")["serving"]) == ("overdue", True)
    assert history.state("leg-1", "2026-07-03 10:20:29") == "overdue"
    assert (history.state("leg-1", "2026-07-03 10:20:30"), history.shown("leg-1")["serving"]) == ("stopped", False)
    assert history.moves() == [
        "07-02 10:20:30 leg-1 running -> overdue L1",
        "07-03 10:20:30 leg-1 overdue -> stopped L1",
    ]


def test_the_grace_is_a_number_of_the_policy() -> None:
    """L1: without a grace period it stops at once; with 48 hours it stops a day later."""
    history = History(account(), FREE, policy='rules.L1.overdue_grace = "0h"').at("2026-07-02", Charge("acme", "1"))
    assert history.moves() == ["07-02 00:00 leg-1 running -> overdue L1", "07-02 00:00 leg-1 overdue -> stopped L1"]
    history = History(account(), FREE, policy='rules.L1.overdue_grace = "48h"').at("2026-07-02", Charge("acme", "1"))
    assert history.state("leg-1", "2026-07-03 23:59:59") == "overdue"
    assert history.state("leg-1", "2026-07-04") == "stopped"


def test_all_instances_of_the_account_and_no_others_follow_it() -> None:
    """L1: in the order of their ids. An instance of another account does not change."""
    history = History(
        account("a"),
        account("b"),
        *(legacy(name, "0", account="a") for name in ("y", "x", "z")),
        legacy("q", "0", account="b"),
    )
    history.at("2026-07-02", Charge("a", "1"))
    assert history.moves() == [f"07-02 00:00 {name} running -> overdue L1" for name in ("x", "y", "z")]


def test_cleared_within_the_grace() -> None:
    """L2: one second before the stop, it runs again at once."""
    history = (
        History(account(), FREE).at("2026-07-02", Charge("acme", "1")).at("2026-07-02 23:59:59", TopUp("acme", "1"))
    )
    assert history.until("2026-07-10").moves()[1:] == ["07-02 23:59:59 leg-1 overdue -> running L2"]


def test_cleared_in_the_second_in_which_the_grace_ends() -> None:
    """L2, T2: it has already been stopped, so restoration takes 30 minutes."""
    history = History(account(), FREE).at("2026-07-02", Charge("acme", "1")).at("2026-07-03", TopUp("acme", "1"))
    assert history.until("2026-07-10").moves()[1:] == [
        "07-03 00:00 leg-1 overdue -> stopped L1",
        "07-03 00:00 leg-1 stopped -> restoring L2",
        "07-03 00:30 leg-1 restoring -> running L2",
    ]


def test_a_top_up_that_leaves_a_bill_unpaid_restores_nothing() -> None:
    """L2, C1: with two bills and money for one."""
    history = History(account(unpaid=[bill("b1", "2026-06-29", "5"), bill("b2", "2026-06-30", "5")]), FREE)
    assert history.at("2026-07-01 12:00", TopUp("acme", "9.99")).moves() == []
    assert history.at("2026-07-01 13:00", TopUp("acme", "0.01")).moves() == [
        "07-01 13:00 leg-1 stopped -> restoring L2"
    ]


def test_overdue_again_while_restoring() -> None:
    """L2: it becomes overdue when restoration completes. The grace counts from the new unpaid bill; then it stops."""
    history = History(*STOPPED).at("2026-07-01 12:00", TopUp("acme", "5")).at("2026-07-01 12:10", Charge("acme", "1"))
    assert history.state("leg-1", "2026-07-01 12:29:59") == "restoring"
    assert history.until("2026-07-03").moves()[1:] == [
        "07-01 12:30 leg-1 restoring -> overdue L2",
        "07-02 12:10 leg-1 overdue -> stopped L1",
    ]


def test_the_new_grace_may_have_run_out() -> None:
    """L2: with a restore delay of 25 hours, it is stopped at completion if the new grace is over, else overdue."""
    policy = 'rules.C4.restore_delay = "25h"'
    for again, after in (("2026-07-01 13:00:00", "stopped"), ("2026-07-01 13:00:01", "overdue")):
        history = (
            History(*STOPPED, policy=policy).at("2026-07-01 12:00", TopUp("acme", "5")).at(again, Charge("acme", "1"))
        )
        assert history.until("2026-07-02 13:00:00").moves()[1:] == [f"07-02 13:00 leg-1 restoring -> {after} L2"]


def test_restoration_completes_at_its_first_date() -> None:
    """L2: if the account becomes overdue and clear again meanwhile, the 30 minutes do not start again."""
    history = History(*STOPPED).at("2026-07-01 12:00", TopUp("acme", "5")).at("2026-07-01 12:10", Charge("acme", "1"))
    history.at("2026-07-01 12:20", TopUp("acme", "1"))
    assert history.until("2026-07-02").moves() == [
        "07-01 12:00 leg-1 stopped -> restoring L2",
        "07-01 12:30 leg-1 restoring -> running L2",
    ]


def test_overdue_and_clear_and_overdue_while_restoring() -> None:
    """L2: only the state of the account at completion counts."""
    history = History(*STOPPED).at("2026-07-01 12:00", TopUp("acme", "5")).at("2026-07-01 12:10", Charge("acme", "1"))
    history.at("2026-07-01 12:20", TopUp("acme", "1")).at("2026-07-01 12:30", Charge("acme", "1"))
    assert history.moves() == [
        "07-01 12:00 leg-1 stopped -> restoring L2",
        "07-01 12:30 leg-1 restoring -> running L2",
        "07-01 12:30 leg-1 running -> overdue L1",
    ]


def test_upgrading_still_bills_what_it_served() -> None:
    """L3: upgraded at 18:00, three quarters of the day are billed with the cycle, and nothing after that."""
    history = History(account(balance="900"), legacy()).at("2026-07-01 18:00", Upgrade("leg-1", 1, "100"))
    assert history.events()[0] == "07-01 18:00 leg-1 upgraded 1 mo 100.00 = 0.00 + 100.00 to 2026-08-02"
    assert history.until("2026-07-20").events(only="bill_issued") == ["07-02 04:00 acme bill 9.00 B1"]
    assert history.moves() == []


def test_after_an_upgrade_the_account_does_not_affect_it() -> None:
    """L3, E3: it is an Enterprise instance now, so its state does not depend on the account."""
    history = History(account(balance="100"), FREE).at("2026-07-01", Upgrade("leg-1", 1, "100"), Charge("acme", "1"))
    history.at("2026-07-05", TopUp("acme", "301"), Renew(("leg-1",), 1)).until("2026-07-06")
    assert history.moves() == []
    assert history.expires("leg-1") == "2026-09-01 00:00:00"


def test_upgraded_while_restoring() -> None:
    """L3, P4: it runs at once, and nothing remains to complete at 12:30. What it served before is billed."""
    history = History(account(unpaid=[bill("b1", "2026-06-30 04:00", "5")]), legacy())
    history.at("2026-07-01 12:00", TopUp("acme", "105")).at("2026-07-01 12:10", Upgrade("leg-1", 1, "100"))
    assert history.until("2026-07-02 04:00").moves() == [
        "07-01 04:00 leg-1 overdue -> stopped L1",
        "07-01 12:00 leg-1 stopped -> restoring L2",
        "07-01 12:10 leg-1 restoring -> running L3",
    ]
    assert history.events(only="bill_issued") == ["07-02 04:00 acme bill 2.00 B1"]


def test_it_has_no_trial_and_no_devices() -> None:
    """L1, L3: actions for new public instances are refused."""
    assert History(FREE).at("2026-07-01", DevicesOnline("leg-1")).code() == "wrong_kind"
