"""The order of what is lost next, by the forecast: what will be renewed in time does not stand above the rest."""

from typing import Final

from core.foresight import next_loss
from core.model import EXPIRED, FROZEN, RELEASED, STOPPED, Instance
from core.workspace import Workspace
from tui.screens.listing import FAR, Order, Place, by_loss
from tui.session import Session

LARGEST: Final = 10_000
"""In a fleet of more instances they stand by their dates alone: to sort them again at each action would be felt."""

_LOST, _DOWN, _SAFE, _GONE = range(4)
_WITHOUT_SERVICE: Final = frozenset((STOPPED, FROZEN, EXPIRED))


def by_coming_loss(session: Session) -> Order:
    """First what will lose its service or its data, soonest first; then what is without service; then what the forecast
    sees no loss for, by date; the released last. Where there is no forecast yet, by date.
    """

    def order(instance: Instance, workspace: Workspace) -> Place:
        if len(workspace.world.instances) > LARGEST:
            return by_loss(instance, workspace)
        forecast = session.forecasts.of(instance.account)
        if forecast is None:
            return by_loss(instance, workspace)
        if instance.state == RELEASED:
            return (_GONE, 0, "", instance.id)
        lost = forecast.lost_at(instance, workspace.clock)
        if lost is not None:
            return (_LOST, lost, "", instance.id)
        if instance.state in _WITHOUT_SERVICE:
            return (_DOWN, 0, "", instance.id)
        date = next_loss(instance, workspace.world.accounts[instance.account], workspace.policy)
        return (_SAFE, FAR if date is None else date, "", instance.id)

    return order
