"""A fork is a full copy of the world: it is equal in every field, and it shares nothing with the original."""

from core.ahead.fork import fork
from core.base.instants import DAY
from core.simulation.simulation import Simulation
from core.world.actions import Charge, TopUp
from core.world.model import World
from tests.support.ledger import History, account, auto, bill, coupon, enterprise, legacy, public, snapshot

FLEET = (
    account(balance="400.00", daily_spend="1.00", coupons=[coupon("c1", "5")], unpaid=[bill("b1", "2026-06-30", "3")]),
    enterprise(renewal=auto()),
    legacy(daily_charge="10"),
    public(last_online="2026-06-20"),
)


def forked(history: History) -> Simulation:
    world = history.world
    return fork(world.accounts.values(), world.instances.values(), world.clock, history.policy)


def comparable(world: World) -> object:
    """Everything except the number of events, because a fork starts counting from zero."""
    return snapshot([world.clock, world.accounts, world.instances])


def test_a_fork_gives_the_same_events_as_the_world() -> None:
    """B1, B2: the usage of the current cycle is copied, too, so that the same bills are issued."""
    history = History(*FLEET).until("2026-07-01 18:00")
    copy = forked(history)
    ahead = [event for events in copy.advance(copy.clock + 40 * DAY) for event in events]
    there = len(history.log)
    history.until("2026-08-10 18:00")
    assert [event._replace(seq=0) for event in ahead] == [event._replace(seq=0) for event in history.log[there:]]
    assert comparable(copy.world) == comparable(history.world)


def test_actions_on_a_fork_do_not_change_the_world() -> None:
    history = History(*FLEET).until("2026-07-05 18:00")
    before = comparable(history.world)
    copy = forked(history)
    for action in (Charge("acme", "900"), TopUp("acme", "9000")):
        copy.act(action)
    for _ in copy.advance(copy.clock + 60 * DAY):
        pass
    assert comparable(history.world) == before
