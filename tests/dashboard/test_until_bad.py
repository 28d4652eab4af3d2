"""Playing until something bad happens: the clock stops at that very instant and gives the reason."""

from textual.pilot import Pilot

from core.base.instants import Calendar
from core.words.sentences import tell, tell_clock, tell_coming
from core.world.events import AutoRenewalFailed, Event
from tests.support.dashboards import NARROW, app_of, driven, text_of, workspace_of
from tests.support.ledger import account, auto, document, enterprise, public
from tui.app.lapse_app import LapseApp
from tui.screens.instance_screen import InstanceScreen

FLEET = document(
    (
        account(balance="300"),
        enterprise("ent-1", expires="2026-07-08 13:00:05"),
        enterprise("ent-2", expires="2026-07-06", renewal=auto()),
        enterprise("ent-3", expires="2026-07-20 10:00", renewal=auto()),
        public(last_online="2026-06-21 09:30"),
    ),
    "2026-07-01",
)


def stops(app: LapseApp, times: int) -> list[tuple[str, str | None, str | None]]:
    """Where the clock stops after each `b`, the reason it gives, and the instance under the cursor."""

    async def steps(pilot: Pilot[None]) -> list[tuple[str, str | None, str | None]]:
        found = []
        for _ in range(times):
            await pilot.press("b")
            while app.session.pacer.playing:
                app.player.step()
            await pilot.pause()
            session = app.session
            assert isinstance(app.screen, InstanceScreen)
            current = app.screen.current()
            assert (session.pacer.reason or "?")[:20] in text_of(app)
            where = tell_clock(session.workspace.clock, session.workspace.calendar)
            found.append((where, session.pacer.reason, None if current is None else current.id))
        return found

    return driven(app, steps, NARROW)


def test_it_stops_at_the_instant_and_names_the_worst_event():
    """E1 in the middle of a step, A6 at eight, E1, P2; the successful renewal of ent-2 is no reason to stop."""
    assert stops(app_of(workspace_of(FLEET)), 4) == [
        ("Wed 2026-07-08 13:00", "ent-1: expires, service stops (E1)", "ent-1"),
        ("Fri 2026-07-17 08:00", "ent-3: payment fails, not enough money for CNY 300.00 (A6)", "ent-3"),
        ("Sun 2026-07-19 08:00", "ent-3: payment fails, not enough money for CNY 300.00 (A6)", "ent-3"),
        ("Mon 2026-07-20 08:00", "ent-3: payment fails, not enough money for CNY 300.00 (A6)", "ent-3"),
    ]


def test_the_clock_stops_at_that_very_second():
    workspace = workspace_of(FLEET)
    stops(app_of(workspace), 1)
    assert workspace.calendar.format(workspace.clock) == "2026-07-08T13:00:05+08:00"


def test_a_person_can_pause_it_and_the_next_action_clears_the_reason():
    app = app_of(workspace_of(FLEET))

    async def steps(pilot: Pilot[None]) -> list[tuple[bool, bool, str | None]]:
        seen = []
        for key in ("b", "b", "b"):
            await pilot.press(key)
            seen.append(app.session.pacer.state[:2])
        while app.session.pacer.playing:
            app.player.step()
        reasons = [app.session.pacer.reason]
        await pilot.press("right")
        reasons.append(app.session.pacer.reason)
        return [*((*pair, None) for pair in seen), *((False, False, reason) for reason in reasons)]

    assert driven(app, steps, NARROW) == [
        (True, True, None),
        (False, False, None),
        (True, True, None),
        (False, False, "ent-1: expires, service stops (E1)"),
        (False, False, None),
    ]


def test_a_failed_payment_shows_its_price_and_not_the_missing_amount() -> None:
    calendar = Calendar(0)
    for reason, told in (
        ("insufficient_funds", "not enough money for CNY 900.00"),
        ("account_overdue", "the account is overdue, CNY 900.00 was due"),
        ("period_in_past", "the new period would already be over, CNY 900.00 was due"),
    ):
        event = Event(0, 0, "A6", "acme", "ent-1", AutoRenewalFailed(reason, 90_000))
        assert tell(event, "CNY", calendar) == f"auto-renewal failed: {told}"
        assert tell_coming(event, 0, "CNY", calendar, 0) == f"payment fails, {told}"
    assert tell_coming(event, 100, "CNY", calendar, 0) == "payment fails, short by CNY 1.00 of CNY 900.00"
