"""The rules of pay-as-you-go, B1 to B3: the daily cycle, its bill, and bills outside the cycle."""

from core.world.actions import Charge, TopUp, Upgrade
from tests.support.ledger import History, account, bill, enterprise, legacy, public

RICH = account(balance="900")


def bills(history: History, when: str) -> list[str]:
    return history.until(when).events(only="bill_issued")


# B1


def test_the_bill_comes_four_hours_after_the_cycle() -> None:
    """B1: the cycle of 1 July ends at 00:00 on the 2nd. Its bill is issued at 04:00:00, not at 03:59:59."""
    history = History(RICH, legacy())
    assert bills(history, "2026-07-02 03:59:59") == []
    assert bills(history, "2026-07-02 04:00:00") == ["07-02 04:00 acme bill 12.00 B1"]
    assert bills(history, "2026-07-04 04:00:00")[1:] == [
        "07-03 04:00 acme bill 12.00 B1",
        "07-04 04:00 acme bill 12.00 B1",
    ]


def test_the_cycle_is_a_day_of_the_policys_offset() -> None:
    """B1, T1: with the offset +00:00, a fleet loaded at 00:00 UTC+8 is in a cycle that ends eight hours later."""
    history = History(RICH, legacy(), policy='rules.T1.utc_offset = "+00:00"', clock="2026-06-30T16:00:00Z")
    assert bills(history, "2026-07-02 00:00") == ["07-01 04:00 acme bill 4.00 B1"]


def test_the_bill_delay_is_a_number_of_the_policy() -> None:
    """B1: with no delay, the bill comes at midnight; with 60 hours it comes while later cycles are running."""
    assert bills(History(RICH, legacy(), policy='rules.B1.bill_delay = "0h"'), "2026-07-02") == [
        "07-02 00:00 acme bill 12.00 B1"
    ]
    history = History(RICH, legacy(), policy='rules.B1.bill_delay = "60h"').at(
        "2026-07-03 06:00", Upgrade("leg-1", 1, "1")
    )
    assert bills(history, "2026-07-31") == [
        "07-04 12:00 acme bill 12.00 B1",
        "07-05 12:00 acme bill 12.00 B1",
        "07-06 12:00 acme bill 3.00 B1",
    ]


# B2


def test_one_bill_with_a_line_for_each_instance() -> None:
    """B2, M1: each line is rounded by itself: two lines of 0.005 and the other usage of 0.005 make 0.03."""
    history = History(
        account(balance="9", daily_spend="0.01"), legacy("a", "0.01"), legacy("b", "0.01"), clock="2026-07-01 12:00"
    )
    assert bills(history, "2026-07-02 04:00") == ["07-02 04:00 acme bill 0.03 B1"]


def test_a_cycle_that_began_before_the_fleet_was_loaded_counts_from_then() -> None:
    """B2: loaded at 18:00, a quarter of 12.00 and of 2.00 is billed. Loaded at 02:00, the previous cycle is not."""
    history = History(account(balance="99", daily_spend="2"), legacy(), clock="2026-07-01 18:00")
    assert bills(history, "2026-07-03 04:00") == ["07-02 04:00 acme bill 3.50 B1", "07-03 04:00 acme bill 14.00 B1"]
    assert bills(History(RICH, legacy(), clock="2026-07-01 02:00"), "2026-07-01 23:59:59") == []


def test_the_shortest_usage_is_one_second() -> None:
    """B2: loaded at 23:59:59, a daily charge of 864.00 makes 0.01; loaded at 00:00:00, a whole day."""
    history = History(RICH, legacy(daily_charge="864"), clock="2026-07-01 23:59:59")
    assert bills(history, "2026-07-02 04:00") == ["07-02 04:00 acme bill 0.01 B1"]
    history = History(RICH, legacy(daily_charge="864"), clock="2026-07-02 00:00:00")
    assert bills(history, "2026-07-03 04:00") == ["07-03 04:00 acme bill 864.00 B1"]


def test_no_lines_above_zero_no_bill() -> None:
    """B2: no bill for what costs nothing, for what rounds to zero, or without any usage."""
    assert bills(History(RICH, legacy(daily_charge="0"), enterprise(), public(devices_online=True)), "2026-07-20") == []
    assert bills(History(RICH, legacy(daily_charge="0.01"), clock="2026-07-01 12:00:01"), "2026-07-02 12:00") == []


def test_one_bill_per_account() -> None:
    """B2, T3: bills are issued in order of account id, not of the file, and all before any is settled."""
    accounts = [account("b", balance="99"), account("a", balance="99"), account("c", daily_spend="0.50")]
    history = History(
        *accounts, legacy("leg-2", account="a"), legacy("leg-1", account="b"), legacy("leg-3", account="a")
    )
    assert history.until("2026-07-02 04:00").events(but="notice_sent") == [
        "07-02 04:00 a bill 24.00 B1",
        "07-02 04:00 b bill 12.00 B1",
        "07-02 04:00 c bill 0.50 B1",
        "07-02 04:00 a settled 24.00 = 0.00 + 24.00 C1",
        "07-02 04:00 b settled 12.00 = 0.00 + 12.00 C1",
        "07-02 04:00 c account overdue C1",
    ]


def test_it_serves_while_running_or_overdue() -> None:
    """B2, L1: overdue on the 2nd at 04:00, it is billed until it is stopped on the 3rd at 04:00."""
    history = History(account(), legacy())
    assert bills(history, "2026-07-08") == [
        "07-02 04:00 acme bill 12.00 B1",
        "07-03 04:00 acme bill 12.00 B1",
        "07-04 04:00 acme bill 2.00 B1",
    ]


def test_it_does_not_serve_while_stopped_or_restoring() -> None:
    """B2, L2: stopped at 04:00, cleared at 12:00, running at 12:30: 4 and 11.5 hours of the 3rd are billed."""
    history = History(account(), legacy()).at("2026-07-03 12:00", TopUp("acme", "100"))
    assert bills(history, "2026-07-04 04:00")[2:] == ["07-04 04:00 acme bill 7.75 B1"]


def test_several_periods_of_service_are_one_line() -> None:
    """B2, M1: the seconds of a cycle are added before the line is rounded: twice a quarter of 0.02 is 0.01."""
    history = History(account(unpaid=[bill("b1", "2026-06-30 06:00", "5")], balance="1"), legacy(daily_charge="0.02"))
    # Serving from 00:00 to 06:00, and from 18:00.
    history.at("2026-07-01 17:30", TopUp("acme", "50"))
    assert history.moves() == ["07-01 06:00 leg-1 overdue -> stopped L1", "07-01 17:30 leg-1 stopped -> restoring L2"]
    assert bills(history, "2026-07-02 04:00") == ["07-02 04:00 acme bill 0.01 B1"]


def test_three_periods_of_service_in_a_day() -> None:
    """B2: with no grace and no restore delay, 00:00 to 06:00, 08:00 to 14:00 and from 20:00 are 16 hours."""
    policy = 'rules.L1.overdue_grace = "0h"\nrules.C4.restore_delay = "0m"'
    history = History(account(), legacy(), policy=policy)
    for down, up in (("06:00", "08:00"), ("14:00", "20:00")):
        history.at(f"2026-07-01 {down}", Charge("acme", "1")).at(f"2026-07-01 {up}", TopUp("acme", "1"))
    assert bills(history, "2026-07-02 04:00")[2:] == ["07-02 04:00 acme bill 8.00 B1"]


def test_other_usage_continues_while_the_account_is_overdue() -> None:
    """B2: `daily_spend` counts with the clock, overdue or not."""
    history = History(account(daily_spend="5"))
    assert len(bills(history, "2026-07-05")) == 3
    assert history.shown("acme")["unpaid"] == "15.00"


# B3


def test_a_bill_outside_the_cycle() -> None:
    """B3: it is issued and settled at once."""
    history = History(RICH).at("2026-07-01 10:00", Charge("acme", "33.33", "a text message"))
    assert history.events() == ["07-01 10:00 acme bill 33.33 B3", "07-01 10:00 acme settled 33.33 = 0.00 + 33.33 C1"]
    assert history.forms()[0]["note"] == "a text message"
    assert history.forms()[0]["bill"] == history.forms()[1]["bill"]


def test_bills_of_one_instant_have_different_ids() -> None:
    """B3: two charges at once have two ids, and neither is the id of a bill in the fleet."""
    history = History(account(unpaid=[bill("charge-1", "2026-06-30", "1"), bill("b1", "2026-06-30", "1")]))
    history.at("2026-07-01", Charge("acme", "1"), Charge("acme", "1"))
    assert len({item.id for item in history.world.accounts["acme"].unpaid}) == 4
