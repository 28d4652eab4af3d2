"""The order of what is lost next, by the forecast: what will be renewed in time does not stand above the rest."""

from core.ahead.foresight import next_loss
from core.workspace.workspace import Workspace
from core.world.model import Instance
from tui.lists.listing import Order, Place, by_loss, place_of_loss
from tui.live import limits
from tui.live.session import Session


def by_coming_loss(session: Session) -> Order:
    """First what is down already, then what will lose its service or its data, soonest first; then what the forecast
    sees no loss for, by date; the released last. Where there is no forecast yet, by date.
    """

    def order(instance: Instance, workspace: Workspace) -> Place:
        if len(workspace.world.instances) > limits.ORDERED_BY_LOSS:
            return by_loss(instance, workspace)
        forecast = session.forecasts.of(instance.account)
        if forecast is None:
            return by_loss(instance, workspace)
        date = next_loss(instance, workspace.world.accounts[instance.account], workspace.policy)
        return place_of_loss(instance, forecast.lost_at(instance, workspace.clock), date)

    return order
