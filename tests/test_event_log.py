"""From an event to its instance and back, the whole log as a list that can be searched, and the ticker."""

from textual.pilot import Pilot

from tests.dashboards import app_of, driven, sample
from tui.app import LapseApp
from tui.screens.overview import OverviewScreen


def told(app: LapseApp) -> list[str]:
    """The notifications."""
    return [notification.message for notification in app._notifications]


def test_an_instance_is_shown_on_the_overview_and_a_filter_that_hides_it_goes() -> None:
    app = app_of(sample(12))

    async def steps(pilot: Pilot[None]) -> None:
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        screen.set_filter("state:frozen")
        await pilot.press("enter", "3")
        await app.action_show_instance("legacy-02")
        await pilot.pause()
        assert isinstance(app.screen, OverviewScreen)
        assert (screen.table.cursor, screen.listing.filter_text) == ("legacy-02", "")
        assert screen.focused is screen.table
        screen.set_filter("legacy")
        await app.action_show_instance("legacy-03")
        assert (screen.table.cursor, screen.listing.filter_text) == ("legacy-03", "legacy")

    driven(app, steps)


def test_an_instance_that_is_not_there_is_said_to_be_so() -> None:
    app = app_of(sample())

    async def steps(pilot: Pilot[None]) -> None:
        await app.action_show_instance("no[/]where")

    driven(app, steps)
    assert told(app) == ["There is no instance no[/]where in the fleet."]
