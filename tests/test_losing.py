"""What is lost next stands first, by the forecast and not by dates alone; and it moves when an action changes that."""

from textual.pilot import Pilot

from core.actions import Renew, TopUp
from tests.dashboards import NARROW, app_of, driven, workspace_of
from tests.ledger import account, auto, document, enterprise, legacy, public
from tui.app import LapseApp
from tui.screens.overview import OverviewScreen

FLEET = document(
    (
        account(balance="320"),
        enterprise("a-renewed", expires="2026-07-05", renewal=auto()),
        enterprise("b-lapses", expires="2026-07-20"),
        enterprise("c-fails", expires="2026-07-12", renewal=auto()),
        enterprise("d-far", expires="2027-07-12"),
        enterprise("e-gone", expires="2026-06-01"),
        public("f-idle", last_online="2026-06-10"),
        public("g-frozen", last_online="2026-05-10"),
        legacy("h-stops", daily_charge="5"),
    ),
    "2026-07-01",
)


def test_the_table_follows_what_the_forecast_says_is_lost():
    app: LapseApp = app_of(workspace_of(FLEET))

    async def steps(pilot: Pilot[None]) -> list[list[str]]:
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        seen = [list(screen.listing.keys)]
        app.session.act(Renew(("b-lapses",), 1))
        await pilot.pause()
        seen.append(list(screen.listing.keys))
        app.session.act(TopUp("acme", "5000"))
        await pilot.pause()
        seen.append(list(screen.listing.keys))
        return seen

    at_first, with_less_money, with_plenty = driven(app, steps, NARROW)
    # Of the 320.00 a-renewed takes 300.00 on the 2nd, and has nothing in August; the bills of four days take the rest.
    assert at_first == [
        "h-stops", "f-idle", "c-fails", "b-lapses", "a-renewed", "g-frozen", "d-far", "e-gone",
    ]  # fmt: skip
    # Renewed by hand for 300.00, b-lapses takes the money that a-renewed would have had.
    assert with_less_money.index("a-renewed") < with_less_money.index("f-idle")
    assert with_less_money.index("b-lapses") > with_less_money.index("c-fails")
    assert with_plenty == [
        "f-idle", "b-lapses", "g-frozen", "a-renewed", "c-fails", "d-far", "h-stops", "e-gone",
    ]  # fmt: skip


def test_a_loss_that_the_moving_clock_brings_within_reach_moves_its_row():
    """A forecast that is run on finds the expiry of October, and what expires stands above what is down already."""
    fleet = document(
        (account(), public("a-down", last_online="2026-05-01"), enterprise("b-later", expires="2026-10-05")),
        "2026-07-01",
    )
    app = app_of(workspace_of(fleet))

    async def steps(pilot: Pilot[None]) -> list[list[str]]:
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        seen = [list(screen.listing.keys)]
        await pilot.press("shift+right")
        seen.append(list(screen.listing.keys))
        return seen

    assert driven(app, steps, NARROW) == [["a-down", "b-later"], ["b-later", "a-down"]]
