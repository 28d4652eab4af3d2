"""The kept forecasts follow the fleet: after any change they equal freshly made ones."""

import threading
from collections.abc import Callable
from threading import Lock, Thread

import pytest

from core.ahead.forecast import AccountForecast, Days
from core.base.instants import DAY
from core.workspace.workspace import Workspace
from core.world.actions import Action, Charge, EnableAutoRenewal, Purchase, Renew, TopUp
from tests.support.dashboards import workspace_of
from tests.support.ledger import account, auto, bill, coupon, document, enterprise, legacy, public
from tui.live import forecasts, limits
from tui.live.forecasts import AHEAD, NEED_DAYS, Forecasts, Start
from tui.live.right_of_way import RightOfWay


def fleet(each: int) -> Workspace:
    """Two accounts with `each` instances of each kind."""
    entries = [account(balance="900"), account("beta", balance="100")]
    for number in range(each):
        owner = {"account": ("acme", "beta")[number % 2]}
        expires = f"2026-07-{2 + number % 25:02d}"
        entries += [
            enterprise(f"ent-{number:03d}", expires=expires, monthly_price="30", renewal=auto(), **owner),
            legacy(f"leg-{number:03d}", daily_charge="0.50", **owner),
            public(f"pub-{number:03d}", last_online="2026-06-12", **owner),
        ]
    return workspace_of(document(entries, "2026-07-01"))


class Kept:
    """A workspace and its forecasts, changed in the way a session changes them."""

    def __init__(self, each: int, start: Start, workspace: Workspace | None = None) -> None:
        self.workspace = workspace or fleet(each)
        self.told = 0
        self._lock = Lock()
        self.forecasts = Forecasts(self.workspace, self._lock, start, self._tell, RightOfWay())
        self.forecasts.follow(None)

    def _tell(self) -> None:
        self.told += 1

    def act(self, action: Action) -> None:
        with self._lock:
            change = self.workspace.act(action)
        self.forecasts.follow(change)

    def move(self, days: int) -> None:
        with self._lock:
            change = self.workspace.advance(self.workspace.clock + days * DAY)
        self.forecasts.follow(change)

    def check(self) -> None:
        """The kept forecasts equal freshly made ones."""
        workspace, days = self.workspace, Days()
        clock = workspace.clock
        for name, there in workspace.world.accounts.items():
            kept = self.forecasts.of(name)
            assert kept is not None and kept.until >= clock + AHEAD
            anew = AccountForecast(there, self.forecasts.instances_of(name), clock, workspace.policy)
            for _ in anew.run(kept.until):
                pass
            for day, counts in anew.take_days().items():
                days[day] = [a + b for a, b in zip(days.get(day, [0] * len(counts)), counts, strict=True)]
            for instance in self.forecasts.instances_of(name):
                assert kept.outlook(instance, clock) == anew.outlook(instance, clock)
            assert list(kept.movements(clock)) == list(anew.movements(clock))
            paid = AccountForecast(there, self.forecasts.instances_of(name), clock, workspace.policy, paid=True)
            for _ in paid.run(clock + NEED_DAYS * DAY):
                pass
            drawn = paid.drawn(clock, clock + NEED_DAYS * DAY)
            assert self.forecasts.needed(name) in (None, drawn)
            assert self.forecasts.needed(name) == drawn
        today = workspace.calendar.day_of(clock)
        ahead = {day: counts for day, counts in self.forecasts.days.items() if day > today and any(counts)}
        assert ahead == {day: counts for day, counts in days.items() if day > today}


def at_once(work: object) -> None:
    raise AssertionError("a small fleet needs no thread")


def in_turn(work: object) -> None:
    """A thread that finishes before anybody looks."""
    assert callable(work)
    thread = Thread(target=work)
    thread.start()
    thread.join()


@pytest.mark.parametrize("each", [4, limits.FORECAST_AT_ONCE])
def test_after_any_change_they_equal_freshly_made_ones(each: int):
    kept = Kept(each, at_once if each * 3 <= limits.FORECAST_AT_ONCE else in_turn)
    kept.check()
    for days in (1, 2, 7):
        kept.move(days)
        kept.check()
    for action in (
        TopUp("acme", "250"),
        Renew(("ent-001",), 3),
        Charge("beta", "99999", None),
        EnableAutoRenewal(("ent-002",), 12),
        TopUp("nobody", "1"),
    ):
        kept.act(action)
        kept.check()
        kept.move(1)
        kept.check()
    kept.forecasts.follow(None)
    kept.check()


@pytest.mark.parametrize("each", [4, limits.FORECAST_AT_ONCE])
def test_events_before_the_clock_are_dropped(each: int):
    kept = Kept(each, at_once if each * 3 <= limits.FORECAST_AT_ONCE else in_turn)
    kept.act(TopUp("acme", "90000000"))
    kept.act(EnableAutoRenewal(tuple(f"ent-{number:03d}" for number in range(0, each, 2)), 1))
    sizes = []
    for _ in range(24):
        kept.move(30)
        forecast = kept.forecasts.of("acme")
        assert forecast is not None and forecast.begins == kept.workspace.calendar.parse("2026-07-01")
        events = [event for events in forecast._events.values() for event in events]
        instants = [*(event.at for event in events), *(movement.at for movement in forecast._movements[1:])]
        assert min(instants) >= kept.workspace.clock - 31 * DAY
        assert {event.seq for event in events} >= forecast._short.keys()
        assert min(kept.forecasts.days) >= kept.workspace.calendar.day_of(kept.workspace.clock)
        sizes.append(len(events) + len(forecast._movements) + len(kept.forecasts.days))
    assert max(sizes[12:]) <= max(sizes[:12])
    kept.check()


@pytest.mark.parametrize("each", [4, limits.FORECAST_AT_ONCE])
def test_after_a_long_jump_they_are_remade_instead_of_continued(each: int):
    kept = Kept(each, at_once if each * 3 <= limits.FORECAST_AT_ONCE else in_turn)
    for days, begins in ((90, 0), (50 * 365, 90 + 50 * 365), (40, 90 + 50 * 365)):
        kept.move(days)
        kept.check()
        for name in kept.workspace.world.accounts:
            forecast = kept.forecasts.of(name)
            assert forecast is not None
            assert forecast.begins == kept.workspace.calendar.parse("2026-07-01") + begins * DAY


def test_the_needed_amount_is_remade_after_a_long_time_without_requests():
    workspace = workspace_of(document((account(balance="0"), enterprise("ent-1", expires="2026-07-20")), "2026-07-01"))
    kept = Kept(0, at_once, workspace)
    kept.forecasts.needed("acme")
    for _ in range(12):
        kept.move(30)
    assert kept.forecasts.needed("acme") == 0
    assert kept.forecasts._paid["acme"].begins == workspace.clock


def test_a_large_fleet_is_notified_of_forecasts_made_in_a_thread():
    kept = Kept(limits.FORECAST_AT_ONCE, in_turn)
    before = kept.told
    kept.act(TopUp("acme", "1"))
    assert kept.told > before


def test_after_closing_nothing_more_starts():
    kept = Kept(limits.FORECAST_AT_ONCE, in_turn)
    kept.forecasts.close()
    kept.act(TopUp("acme", "1"))
    assert kept.forecasts.of("acme") is None


def test_made_in_a_thread_during_changes_they_are_correct_in_the_end(monkeypatch: pytest.MonkeyPatch):
    """Purchases, renewals and days go by while a thread copies a few instances at a time and runs ahead."""
    monkeypatch.setattr(forecasts, "_COPIED", 7)
    threads: list[Thread] = []

    def beside(work: Callable[[], None]) -> None:
        threads.append(Thread(target=work))
        threads[-1].start()

    kept = Kept(limits.FORECAST_AT_ONCE, beside)
    for number in range(12):
        kept.act(TopUp("acme", "1000"))
        kept.act(Purchase("acme", f"new-{number}", 1, "5"))
        kept.forecasts.needed("acme")
        kept.act(Renew((f"ent-{number * 2:03d}",), 1))
        kept.move(1)
    kept.forecasts.needed("beta")
    while threads:
        threads.pop().join()
    for name in ("acme", "beta"):
        # Ask once for each account, so that the thread finishes before the comparison.
        kept.forecasts.of(name), kept.forecasts.needed(name)
        while threads:
            threads.pop().join()
    kept.check()


def test_a_thread_that_fails_does_not_stop_the_next(monkeypatch: pytest.MonkeyPatch):
    kept = Kept(limits.FORECAST_AT_ONCE, in_turn)
    kept.act(TopUp("acme", "1"))
    with monkeypatch.context() as broken:
        broken.setattr(AccountForecast, "run", lambda *_: 1 / 0)
        broken.setattr(threading, "excepthook", lambda _: None)
        kept.act(TopUp("acme", "2"))
    kept.forecasts.follow(None)
    kept.check()


def test_the_needed_amount_counts_a_coupon_that_has_settled_bills_meanwhile():
    """C1, M2: if paid now, the bill would be settled with money, and the coupon kept for the renewal."""
    owing = account(unpaid=[bill("b1", "2026-06-30", "100")], coupons=[coupon("c1", "150", starts="2026-07-03")])
    workspace = workspace_of(document((owing, enterprise("ent-1", expires="2026-07-20", renewal=auto())), "2026-07-01"))
    kept = Kept(0, at_once, workspace)
    assert kept.forecasts.needed("acme") == 10_000 + 30_000 - 15_000
    kept.move(2)
    assert kept.forecasts.needed("acme") == 30_000 - 5_000


def test_no_days_of_the_old_fleet_remain_when_another_process_starts_over():
    kept = Kept(4, at_once)
    assert any(any(counts) for counts in kept.forecasts.days.values())
    kept.workspace._simulation = workspace_of(document((account("zeta"),), "2026-07-01"))._simulation
    kept.forecasts.follow(None)
    assert not any(any(counts) for counts in kept.forecasts.days.values())
