"""Why a command isn't possible now. What the rules say is asked of the rules: the action is done on copies first."""

from collections.abc import Callable
from typing import Final, NamedTuple

from core.actions import Action, ContinueTrial, EnableAutoRenewal, Renew, SetManualRenewal, SetNonRenewal
from core.events import Refused
from core.foresight import rehearse
from core.model import PUBLIC, Account, Instance
from core.workspace import Workspace

MOST: Final = 50
"""So many instances of a selection are tried; whatever is wrong with the others, the rules say when it is done."""
_ABOUT_MONEY: Final = frozenset(("account_overdue", "insufficient_funds", "period_in_past"))


class Situation(NamedTuple):
    """What it depends on whether a command is possible."""

    workspace: Workspace
    instances: tuple[Instance, ...]
    """The marked ones, or else the one under the cursor."""
    account: Account | None
    """The account of the instance under the cursor, or the selected one."""
    filtered: bool = False
    """Whether a filter is set."""


Obstacle = Callable[[Situation], str | None]
"""Why a command isn't possible, in one sentence; None when it is."""


def refusal(situation: Situation, action: Action, *, money: bool = True) -> str | None:
    """Why the rules would refuse an action on the selection; without `money`, only what money can't mend counts."""
    workspace, instances = situation.workspace, situation.instances
    account = workspace.world.accounts[instances[0].account]
    for event in rehearse(action, account, instances, workspace.clock, workspace.policy):
        if isinstance(event.fact, Refused) and (money or event.fact.code not in _ABOUT_MONEY):
            return event.fact.message
    return None


def no_instance(situation: Situation) -> str | None:
    """Something must be selected."""
    return None if situation.instances else "No instance is selected."


def no_filter(situation: Situation) -> str | None:
    """A filter must be set."""
    return None if situation.filtered else "No filter is set: / sets one."


def no_account(situation: Situation) -> str | None:
    """There must be an account."""
    return None if situation.account is not None else "No account is selected."


def cant_renew(situation: Situation) -> str | None:
    """Renewing: a lack of money is no obstacle, the dialog shows it."""
    months = situation.workspace.policy.months_sold[0]
    return _one_account(situation) or refusal(_first(situation), Renew(_ids(situation), months), money=False)


def cant_enable(situation: Situation) -> str | None:
    """Turning auto-renewal on."""
    months = situation.workspace.policy.console_months[0]
    return _one_account(situation) or refusal(_first(situation), EnableAutoRenewal(_ids(situation), months))


def cant_set_manual(situation: Situation) -> str | None:
    """Setting to manual renewal."""
    return _one_account(situation) or refusal(_first(situation), SetManualRenewal(_ids(situation)))


def cant_set_non_renewal(situation: Situation) -> str | None:
    """Setting to non-renewal."""
    return _one_account(situation) or refusal(_first(situation), SetNonRenewal(_ids(situation)))


def cant_continue(situation: Situation) -> str | None:
    """Continuing a trial: each of the selection must be frozen."""
    for instance in situation.instances[:MOST]:
        why_not = refusal(situation._replace(instances=(instance,)), ContinueTrial(instance.id))
        if why_not is not None:
            return why_not
    return no_instance(situation)


def no_devices(situation: Situation) -> str | None:
    """Devices: each of the selection must be a new public instance; that one is frozen, the rules say themselves."""
    for instance in situation.instances:
        if instance.kind != PUBLIC:
            return f"{instance.id} is no new public instance: only of those it matters whether devices are online."
    return no_instance(situation)


def _one_account(situation: Situation) -> str | None:
    accounts = {instance.account for instance in situation.instances}
    if len(accounts) > 1:
        return f"The marked instances are on {len(accounts)} accounts, and an order is on one (R4): mark those of one."
    return no_instance(situation)


def _ids(situation: Situation) -> tuple[str, ...]:
    return tuple(instance.id for instance in situation.instances[:MOST])


def _first(situation: Situation) -> Situation:
    return situation._replace(instances=situation.instances[:MOST])
