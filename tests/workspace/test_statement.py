"""An account's statement: its balances agree with the events, in whatever order they are read, and only what is needed
is read. Also the account's money ahead, which is derived from the forecast.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest

from core.ahead.forecast import FAILED, UNPAID, AccountForecast, money_needed
from core.ahead.money_ahead import MoneyAhead, slot_of
from core.base.instants import DAY
from core.simulation.credit import unpaid_sum
from core.store.fleet_file import FleetFile
from core.store.log_search import LogFilter
from core.workspace.history import History as FileHistory
from core.workspace.statement import MOVEMENTS, NOTICES, Pages, Statement, statement_line
from core.workspace.workspace import Workspace
from core.world.actions import Charge, GrantCoupon, TopUp
from core.world.events import BillIssued, Event
from core.world.model import Instance
from tests.support.dashboards import sample
from tests.support.keeping import FLEET, keep, mixed_document
from tests.support.ledger import History, account, auto, bill, coupon, enterprise
from tui.lists.log_pages import Found


def balances_of(workspace: Workspace, name: str, opening: int) -> list[int]:
    """The balance after each event of the statement, newest first, computed forward from the opening balance."""
    balance, found = opening, []
    for event in workspace.history.events(account=name, kinds=MOVEMENTS):
        balance += getattr(event.fact, "amount", 0) if event.type == "topped_up" else 0
        balance -= getattr(event.fact, "from_balance", 0)
        found.append(balance)
    return found[::-1]


@pytest.mark.parametrize("first", [0, 40, -1])
def test_balances_agree_with_those_counted_forward(first: int) -> None:
    workspace = sample(45)
    workspace.act(TopUp("acme", "5000"))
    workspace.act(Charge("acme", "12.34"))
    statement = Statement(workspace, "acme")
    expected = balances_of(workspace, "acme", 151150)
    assert len(statement) == len(expected) > 60
    places = range(len(statement))
    begin = places[first]
    assert statement.balance_after(begin) == expected[begin]
    assert [statement.balance_after(place) for place in places] == expected


def test_a_statement_follows_the_log() -> None:
    workspace = sample(20)
    statement = Statement(workspace, "acme")
    assert statement.balance_after(len(statement) - 1) is not None
    before = len(statement)
    workspace.advance(workspace.clock + 20 * DAY)
    workspace.act(TopUp("acme", "1.23"))
    added = statement.catch_up()
    assert len(statement) == before + added
    assert [statement.balance_after(place) for place in range(len(statement))] == balances_of(workspace, "acme", 151150)
    events = [statement.event(place) for place in range(len(statement))]
    assert events == list(workspace.history.events(account="acme", kinds=MOVEMENTS))[::-1]
    assert statement.catch_up() == 0


@contextmanager
def committing(workspace: Workspace, to: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """While this context is open, a thread has written an advance but not committed it. It commits at the end."""
    written, go = Flag(), Flag()
    inner = FleetFile.move_head

    def move_head(self: FleetFile, clock: int, events: int) -> None:
        inner(self, clock, events)
        written.set()
        assert go.wait(60)

    with monkeypatch.context() as slow:
        slow.setattr(FleetFile, "move_head", move_head)
        thread = Thread(target=lambda: workspace.advance(to))
        thread.start()
        try:
            assert written.wait(60)
            yield
        finally:
            go.set()
            thread.join()


def balances(statement: Statement) -> list[int | None]:
    return [statement.balance_after(place) for place in range(len(statement))]


def test_uncommitted_events_of_a_thread_are_counted_once_after_the_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep(tmp_path / "fleet.db", mixed_document(300))
    kept.advance(kept.clock + 5 * DAY)
    name = next(iter(kept.world.accounts))
    wanted = LogFilter(of_account=name)
    there, search = Statement(kept, name), Found(kept, wanted)
    search.step()
    before = len(there)
    with committing(kept, kept.clock + 20 * DAY, monkeypatch):
        made = Statement(kept, name)
        assert (there.catch_up(), search.catch_up()) == (0, 0)
        balances(there), balances(made)
    for statement in (there, made):
        assert len(statement) == before
        assert statement.catch_up() > 0
    search.catch_up()
    anew, search_anew = Statement(kept, name), Found(kept, wanted)
    search_anew.step()
    assert list(there) == list(made) == list(anew)
    assert balances(there) == balances(made) == balances(anew)
    assert list(search.numbers()) == list(search_anew.numbers())


def test_an_event_committed_during_the_count_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = keep(tmp_path / "fleet.db", FLEET)
    statement = Statement(kept, "acme")
    inner = FileHistory.count_events

    def count_events(self: FileHistory, *, account: str, kinds: Sequence[str], after: int, before: int) -> int:
        kept.act(TopUp("acme", "1"))
        return inner(self, account=account, kinds=kinds, after=after, before=before)

    kept.act(TopUp("acme", "1"))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(FileHistory, "count_events", count_events)
        made = Statement(kept, "acme")
        assert statement.catch_up() == 2
    made.catch_up(), statement.catch_up()
    assert len(made) == len(statement) == len(Statement(kept, "acme")) == 3


def test_balances_before_an_import_are_unknown(tmp_path: Path) -> None:
    kept = keep(tmp_path / "fleet.db", FLEET)
    kept.act(TopUp("acme", "10"))
    kept.merge({"format": "lapse-fleet/1", "accounts": [{"id": "acme", "balance": "77.00"}]}, kept.clock)
    assert Statement(kept, "acme").balance_after(0) is None
    kept.act(TopUp("acme", "3"))
    statement = Statement(kept, "acme")
    assert [statement.balance_after(place) for place in range(2)] == [8000, None]


def test_pages_are_read_when_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = sample(0)
    for number in range(350):
        workspace.act(TopUp("acme", str(number + 1)))
    read: list[int] = []
    inner = workspace.history.events

    def events(*, account: str, kinds: Sequence[str], after: int, before: int) -> Iterator[Event]:
        for event in inner(account=account, kinds=kinds, after=after, before=before):
            read.append(event.seq)
            yield event

    monkeypatch.setattr(workspace.history, "events", events)
    pages = Pages(workspace, "acme", MOVEMENTS)
    assert len(pages) == 350
    assert read == []
    ends = [pages.event(0), pages.event(349)]
    assert [str(event.seq) for event in ends if event] == [pages[0], pages[-1]]
    assert len(read) <= 200
    assert pages[:2] == [pages[0], pages[1]]
    assert pages.place_of(pages[123]) == 123
    assert pages.place_of("99999999") is None
    assert pages.since(int(pages[10])) == 10


def test_an_inbox_holds_the_notices_of_one_account() -> None:
    workspace = sample(45)
    pages = Pages(workspace, "globex", NOTICES)
    events = [event for event in map(pages.event, range(len(pages))) if event]
    assert len(events) == len(pages) > 0
    assert {event.account for event in events} == {"globex"}
    assert {event.type for event in events} == {"notice_sent"}


def test_every_event_of_a_statement_has_a_line() -> None:
    workspace = sample(45)
    workspace.act(TopUp("acme", "20"))
    workspace.act(GrantCoupon("acme", "c", "5"))
    lines = [
        statement_line(event, "CNY", workspace.clock, workspace.calendar)
        for event in workspace.history.events(account="acme", kinds=MOVEMENTS)
    ]
    assert {line.moved for line in lines} == {-1, 0, 1}
    assert all(line.what and "CNY -" not in line.what for line in lines)
    issued = BillIssued("b1", 500, "for [markup]")
    event = next(workspace.history.events(account="acme", kinds=("bill_issued",)))._replace(fact=issued)
    assert statement_line(event, "CNY", 0, workspace.calendar) == ("issued bill b1: for [markup]", 500, 0)


# The money ahead


def ahead_of(history: History, days: int) -> MoneyAhead:
    """The money ahead of the account acme, for this many days from the clock."""
    world, clock = history.world, history.world.clock
    forecast = AccountForecast(world.accounts["acme"], members(history), clock, history.policy)
    for _ in forecast.run(clock + days * DAY):
        pass
    return MoneyAhead(world.accounts["acme"], forecast, clock)


def members(history: History) -> list[Instance]:
    return list(history.world.instances.values())


def fleet_with_arrears() -> History:
    """Bills that can't be settled until a coupon starts, and an auto-renewal that fails until then."""
    return History(
        account(
            balance="5.00", daily_spend="6.00", unpaid=[bill("b1", "2026-06-30", "7.00")],
            coupons=[coupon("c1", "25.00", starts="2026-07-05")],
        ),
        enterprise(renewal=auto()),
    )  # fmt: skip


def test_the_forecast_arrears_follow_the_bills() -> None:
    """C1: bills accumulate while the oldest can't be paid; then a coupon settles the oldest ones."""
    history = fleet_with_arrears()
    ahead = ahead_of(history, 20)
    for moment in ahead.after(history.world.clock):
        history.until(history.policy.calendar.format(moment.at))
        there = history.world.accounts["acme"]
        assert (moment.balance, moment.owed) == (there.balance, unpaid_sum(there))
        assert ahead.at(moment.at) == (there.balance, unpaid_sum(there))
    assert {0, 1300, 1900} <= {moment.owed for moment in ahead.after(0)}


def test_a_slot_shows_its_worst_event() -> None:
    history = fleet_with_arrears()
    clock = history.world.clock
    ahead = ahead_of(history, 20)
    slots = ahead.slots(clock, clock + 20 * DAY, 20)
    assert len(slots) == 20
    worst = [slot.worst for slot in slots]
    assert set(worst) == {UNPAID, FAILED, None}
    failing = next(moment for moment in ahead.after(clock) if moment.fails_to_renew)
    assert worst[slot_of(failing.at, clock, clock + 20 * DAY, 20)] == FAILED
    assert (slots[-1].balance, slots[-1].owed) == ahead.at(clock + 20 * DAY)


def test_slots_end_where_the_forecast_ends() -> None:
    history = History(account(balance="100.00", daily_spend="1.00"))
    clock = history.world.clock
    assert len(ahead_of(history, 10).slots(clock, clock + 20 * DAY, 20)) == 11


def test_money_ahead_catches_up_with_a_running_forecast() -> None:
    history = fleet_with_arrears()
    world, clock = history.world, history.world.clock
    forecast = AccountForecast(world.accounts["acme"], members(history), clock, history.policy)
    ahead = MoneyAhead(world.accounts["acme"], forecast, clock)
    for steps, _ in enumerate(forecast.run(clock + 20 * DAY)):
        if steps % 3 == 0:
            ahead.catch_up()
    ahead.catch_up()
    assert list(ahead.after(clock)) == list(ahead_of(history, 20).after(clock))


def test_a_failure_says_what_is_missing() -> None:
    """M2: usable coupons count; money already paid at the same instant does not."""
    history = History(
        account(balance="500.00", coupons=[coupon("c1", "50.00")]),
        enterprise("ent-1", monthly_price="300.00", renewal=auto()),
        enterprise("ent-2", monthly_price="400.00", renewal=auto()),
    )
    failure = ahead_of(history, 7).first_failure(history.world.clock)
    assert failure is not None
    assert failure.first_failed is not None
    assert (failure.first_failed.instance, failure.first_failed.missing) == ("ent-2", 15000)
    assert (failure.paid, failure.failed) == (1, 1)


def test_the_money_needed_is_known_in_every_currency() -> None:
    """M1: the forecast's "unlimited" money is a valid amount in every currency."""
    for currency in ("JPY", "CNY", "BHD", "CLF"):
        history = History(account(currency=currency, balance="1"), enterprise(monthly_price="300", renewal=auto()))
        there = history.world.accounts["acme"]
        price = members(history)[0].monthly_price
        assert money_needed(there, members(history), history.world.clock, history.policy, 30) == price - there.balance
