"""The order of the next loss by the forecast: an instance that will be renewed in time does not rank as threatened."""

from core.ahead.foresight import next_loss
from core.workspace.workspace import Workspace
from core.world.model import Instance
from tui.lists.listing import Order, SortKey, by_loss, loss_key
from tui.live import limits
from tui.live.session import Session


def by_coming_loss(session: Session) -> Order:
    """The order of loss: instances that are down; then those that will lose service or data, soonest first; then those
    without a loss in the forecast, by date; released instances last. Without a forecast, dates alone decide.
    """

    def order(instance: Instance, workspace: Workspace) -> SortKey:
        if len(workspace.world.instances) > limits.ORDERED_BY_LOSS:
            return by_loss(instance, workspace)
        forecast = session.forecasts.of(instance.account)
        if forecast is None:
            return by_loss(instance, workspace)
        date = next_loss(instance, workspace.world.accounts[instance.account], workspace.policy)
        return loss_key(instance, forecast.lost_at(instance, workspace.clock), date)

    return order
