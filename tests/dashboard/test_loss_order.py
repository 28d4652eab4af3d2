"""The order of loss: instances that are down, then the next losses in the forecast; actions change the order."""

import pytest
from textual.pilot import Pilot

from core.world.actions import Renew, TopUp
from tests.support.dashboards import NARROW, WIDE, app_of, driven, workspace_of
from tests.support.ledger import account, auto, bill, document, enterprise, legacy, public
from tui.app.lapse_app import LapseApp
from tui.live import limits
from tui.screens.overview_screen import OverviewScreen
from tui.text.glyphs import DOWNWARDS, UPWARDS
from tui.widgets.rows import RowTable

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


def test_the_order_follows_the_losses_in_the_forecast():
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
    # a-renewed takes 300.00 of the 320.00 on the 2nd and fails in August; the bills of four days take the rest.
    assert at_first == [
        "g-frozen", "h-stops", "f-idle", "c-fails", "b-lapses", "a-renewed", "d-far", "e-gone",
    ]  # fmt: skip
    # The manual renewal of b-lapses took the 300.00 that a-renewed needs.
    assert with_less_money.index("a-renewed") < with_less_money.index("f-idle")
    assert with_less_money.index("b-lapses") > with_less_money.index("c-fails")
    assert with_plenty == [
        "g-frozen", "f-idle", "b-lapses", "a-renewed", "c-fails", "d-far", "h-stops", "e-gone",
    ]  # fmt: skip


def test_a_loss_that_enters_the_forecast_moves_its_row():
    """The forecast reaches an expiry in October as the clock moves; its row moves above the rows without a loss."""
    fleet = document(
        (
            account(balance="900"),
            public("a-down", last_online="2026-05-01"),
            enterprise("b-renewed", expires="2026-09-05", renewal=auto()),
            enterprise("c-later", expires="2026-10-05"),
        ),
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

    assert driven(app, steps, NARROW) == [["a-down", "b-renewed", "c-later"], ["a-down", "c-later", "b-renewed"]]


DOWN = document(
    (
        account(),
        account("owing", unpaid=[bill("b1", "2026-06-01", "5")]),
        account("late", unpaid=[bill("b1", "2026-06-30T12:00", "5")]),
        enterprise("a-running", expires="2026-07-03"),
        enterprise("b-expired", expires="2026-06-28"),
        enterprise("c-expired-sooner", expires="2026-06-20"),
        public("d-frozen", last_online="2026-05-10"),
        legacy("e-stopped", account="owing"),
        legacy("f-overdue", account="late"),
        enterprise("g-gone", expires="2026-05-01"),
        enterprise("h-trial", expires="2026-06-19", trial=True),
        public("i-safe", devices_online=True),
    ),
    "2026-07-01",
)
ORDER = [
    "h-trial", "c-expired-sooner", "b-expired", "e-stopped", "d-frozen",
    "f-overdue", "a-running", "i-safe", "g-gone",
]  # fmt: skip
"""Down, soonest loss first; next losses; no loss ahead; released."""


@pytest.mark.parametrize("largest", [0, limits.ORDERED_BY_LOSS])
def test_down_comes_first_and_overdue_is_not_down(largest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With forecasts, and by dates alone, as in a fleet too large for forecasts (L1, E1, E2, P2)."""
    monkeypatch.setattr(limits, "ORDERED_BY_LOSS", largest)
    app = app_of(workspace_of(DOWN))

    async def steps(pilot: Pilot[None]) -> list[str]:
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        return list(screen.listing.keys)

    assert driven(app, steps, NARROW) == ORDER


def test_a_restoring_instance_is_down_until_it_serves_again():
    app = app_of(workspace_of(DOWN))

    async def steps(pilot: Pilot[None]) -> list[list[str]]:
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        app.session.act(TopUp("owing", "5"))
        await pilot.pause()
        seen = [list(screen.listing.keys)]
        app.session.advance(app.session.workspace.clock + 1800)
        await pilot.pause()
        return [*seen, list(screen.listing.keys)]

    restoring, serving = driven(app, steps, NARROW)
    assert restoring.index("e-stopped") == restoring.index("d-frozen") + 1 < restoring.index("f-overdue")
    assert serving.index("e-stopped") > serving.index("f-overdue")


@pytest.mark.parametrize("size", [NARROW, WIDE, (160, 50)])
def test_the_head_shows_the_sort_mark_and_cuts_no_date(size: tuple[int, int]) -> None:
    app = app_of(workspace_of(DOWN))

    async def steps(pilot: Pilot[None]) -> None:
        table = app.screen.query_one("#table", RowTable)
        head = table._header().text.rstrip()
        assert head.endswith(UPWARDS) or f"{UPWARDS}  Account" in head
        assert set(head.split("1 Jul")[1].split(UPWARDS)[0].split()) <= {"8", "15", "22", "29", "5", "Aug", "12"}
        await pilot.press("S")
        assert DOWNWARDS in table._header().text

    driven(app, steps, size)
