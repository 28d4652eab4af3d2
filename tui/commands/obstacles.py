"""Why a command isn't possible now. To learn what the rules say, the action is tried on copies of the accounts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from core.ahead.foresight import rehearse
from core.simulation.orders import RenewalAction
from core.store.file import MEMORY
from core.workspace.workspace import Workspace
from core.world.actions import Action, ContinueTrial, EnableAutoRenewal, Renew, SetManualRenewal, SetNonRenewal, Upgrade
from core.world.events import Refused
from core.world.model import ENTERPRISE, PUBLIC, RELEASED, Account, Instance
from tui.live import limits

_ABOUT_MONEY: Final = frozenset(("account_overdue", "insufficient_funds", "period_in_past"))


class Situation(NamedTuple):
    """Everything that decides whether a command is possible."""

    workspace: Workspace
    instances: Sequence[Instance]
    """The marked instances, or else the one under the cursor."""
    account: Account | None
    """The account of the instance under the cursor, or the selected one."""
    filtered: bool = False
    """Whether a filter is set."""


Obstacle = Callable[[Situation], str | None]
"""An obstacle gives the reason why a command isn't possible now, in one sentence, or None if it is possible."""


def refusal(situation: Situation, action: Action, *, money: bool = True) -> str | None:
    """Why the rules would refuse an action on the selection, or None. Without `money`, refusals that more money would
    prevent don't count.
    """
    workspace, instances = situation.workspace, situation.instances
    account = workspace.world.accounts[instances[0].account]
    for event in rehearse(action, account, instances, workspace.clock, workspace.policy):
        if isinstance(event.fact, Refused) and (money or event.fact.code not in _ABOUT_MONEY):
            return event.fact.message
    return None


def no_instance(situation: Situation) -> str | None:
    """Obstacle for commands that need an instance."""
    return None if situation.instances else "No instance is selected."


def no_filter(situation: Situation) -> str | None:
    """Obstacle for commands that need a filter."""
    return None if situation.filtered else "No filter is set, so there are no matches."


def no_account(situation: Situation) -> str | None:
    """Obstacle for commands that need an account."""
    return None if situation.account is not None else "No account is selected."


def is_kept(situation: Situation) -> str | None:
    """Obstacle for keeping the fleet in a file: it is in one already."""
    path = situation.workspace.path
    return None if path == MEMORY else f"The fleet is kept in {path}."


def cant_renew(situation: Situation) -> str | None:
    """Obstacle for renewing. A lack of money does not count, because the dialog shows it."""
    # As in the dialog, the first instance that can be renewed decides which account the order is for.
    first = sorted(
        situation.instances[: limits.TRIED_FOR_OBSTACLES],
        key=lambda item: item.kind != ENTERPRISE or item.state == RELEASED,
    )
    ids = tuple(instance.id for instance in first)
    return none_possible(situation, Renew(ids, situation.workspace.policy.months_sold[0]))


def cant_enable(situation: Situation) -> str | None:
    """Obstacle for turning auto-renewal on."""
    return none_possible(situation, EnableAutoRenewal(_ids(situation), situation.workspace.policy.console_months[0]))


def cant_set_manual(situation: Situation) -> str | None:
    """Obstacle for setting instances to manual renewal."""
    return none_possible(situation, SetManualRenewal(_ids(situation)))


def cant_set_non_renewal(situation: Situation) -> str | None:
    """Obstacle for setting instances to non-renewal."""
    return none_possible(situation, SetNonRenewal(_ids(situation)))


def none_possible(situation: Situation, action: RenewalAction) -> str | None:
    """Why an action on renewals is possible for no instance of the selection; None if it is possible for at least one.

    The dialog then names the instances for which it isn't.
    """

    def refused() -> Iterator[str | None]:
        found = {offence.instance: offence for offence in situation.workspace.offences(action)}
        for name in action.instances:
            offence = found.get(name)
            yield None if offence is None or offence.code in _ABOUT_MONEY else offence.message

    return of_none(situation, refused())


def cant_buy(situation: Situation) -> str | None:
    """Obstacle for buying. A lack of money does not count, because the dialog shows it."""
    if situation.workspace.world.accounts:
        return None
    return "This fleet has no account that could pay: import a fleet that has one."


def cant_upgrade(situation: Situation) -> str | None:
    """Obstacle for upgrading one public instance. A lack of money does not count, because the dialog shows it."""
    if len(situation.instances) > 1:
        return f"{len(situation.instances):,} are marked: an upgrade is for one instance, each has its own price."
    months = situation.workspace.policy.months_sold[0]
    for instance in situation.instances:
        return refusal(situation, Upgrade(instance.id, months, "1"), money=False)
    return no_instance(situation)


def cant_continue(situation: Situation) -> str | None:
    """Obstacle for continuing a trial: at least one selected instance must be frozen."""
    return of_none(
        situation,
        (refusal(situation._replace(instances=(one,)), ContinueTrial(one.id)) for one in situation.instances),
    )


def no_devices(situation: Situation) -> str | None:
    """Obstacle for turning devices on or off: at least one selected instance must be a new public instance.

    A frozen one is possible here; the rules then refuse the action.
    """
    return of_none(situation, map(_no_public_one, situation.instances))


def _no_public_one(instance: Instance) -> str | None:
    if instance.kind == PUBLIC:
        return None
    return f"{instance.id} is not a new public instance: only those depend on their devices."


def of_none(situation: Situation, reasons: Iterable[str | None]) -> str | None:
    """Why something is possible for no instance of the selection: the first reason. None if it is possible for one.

    `reasons` gives the reason for each instance in turn. A selection of more than `limits.TRIED_FOR_OBSTACLES` is not
    tried: the result is None.
    """
    if len(situation.instances) > limits.TRIED_FOR_OBSTACLES:
        return None
    first = no_instance(situation)
    for why_not in reasons:
        if why_not is None:
            return None
        first = first or why_not
    return first


def _ids(situation: Situation) -> tuple[str, ...]:
    return tuple(instance.id for instance in situation.instances[: limits.TRIED_FOR_OBSTACLES])
