"""The forecasts the screens show follow the fleet: after any change they say what ones made anew would say."""

from threading import Lock, Thread

import pytest

from core.actions import Action, Charge, EnableAutoRenewal, Renew, TopUp
from core.forecast import AccountForecast, Days
from core.instants import DAY
from core.workspace import Workspace
from tests.dashboards import workspace_of
from tests.ledger import account, auto, document, enterprise, legacy, public
from tui.forecasts import AHEAD, NEED_DAYS, SMALL, Forecasts, Start
from tui.rightofway import RightOfWay


def fleet(each: int) -> Workspace:
    """Two accounts with so many instances of each kind."""
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
    """A workspace and its forecasts, changed as a session changes them."""

    def __init__(self, each: int, start: Start) -> None:
        self.workspace = fleet(each)
        self.told = 0
        self.forecasts = Forecasts(self.workspace, Lock(), start, self._tell, RightOfWay())
        self.forecasts.follow(None)

    def _tell(self) -> None:
        self.told += 1

    def act(self, action: Action) -> None:
        self.forecasts.follow(self.workspace.act(action))

    def move(self, days: int) -> None:
        self.forecasts.follow(self.workspace.advance(self.workspace.clock + days * DAY))

    def check(self) -> None:
        """What is kept says what forecasts made anew say."""
        workspace, days = self.workspace, Days()
        clock = workspace.clock
        for name, there in workspace.world.accounts.items():
            kept = self.forecasts.of(name)
            assert kept is not None and kept.until >= clock + AHEAD
            anew = AccountForecast(there, self.forecasts.instances_of(name), clock, workspace.policy, fleet=days)
            for _ in anew.run(kept.until):
                pass
            for instance in self.forecasts.instances_of(name):
                assert kept.outlook(instance, clock) == anew.outlook(instance, clock)
            assert list(kept.movements(clock)) == list(anew.movements(clock))
            paid = AccountForecast(there, self.forecasts.instances_of(name), clock, workspace.policy, paid=True)
            for _ in paid.run(clock + NEED_DAYS * DAY):
                pass
            needed = self.forecasts.needed(name) or self.forecasts.needed(name)
            assert needed == paid.drawn(clock, clock + NEED_DAYS * DAY)
        today = workspace.calendar.day_of(clock)
        ahead = {day: counts for day, counts in self.forecasts.days.items() if day > today and any(counts)}
        assert ahead == {day: counts for day, counts in days.items() if day > today}


def at_once(work: object) -> None:
    raise AssertionError("a small fleet needs no thread")


def in_turn(work: object) -> None:
    """A thread that is done before anybody looks."""
    assert callable(work)
    thread = Thread(target=work)
    thread.start()
    thread.join()


@pytest.mark.parametrize("each", [4, SMALL])
def test_after_any_change_they_say_what_ones_made_anew_say(each: int):
    kept = Kept(each, at_once if each * 3 <= SMALL else in_turn)
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


def test_a_large_fleet_is_told_of_what_a_thread_has_made():
    kept = Kept(SMALL, in_turn)
    before = kept.told
    kept.act(TopUp("acme", "1"))
    assert kept.told > before


def test_closed_it_starts_nothing_more():
    kept = Kept(SMALL, in_turn)
    kept.forecasts.close()
    kept.act(TopUp("acme", "1"))
    assert kept.forecasts.of("acme") is None
