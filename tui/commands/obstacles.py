"""Why a command isn't possible now. What the rules say is asked of the rules: the action is done on copies first."""

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
    """What it depends on whether a command is possible."""

    workspace: Workspace
    instances: Sequence[Instance]
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
    return None if situation.filtered else "No filter is set, so there are no matches."


def no_account(situation: Situation) -> str | None:
    """There must be an account."""
    return None if situation.account is not None else "No account is selected."


def is_kept(situation: Situation) -> str | None:
    """The fleet must not be kept yet."""
    path = situation.workspace.path
    return None if path == MEMORY else f"The fleet is kept in {path}."


def cant_renew(situation: Situation) -> str | None:
    """Renewing: a lack of money is no obstacle, the dialog shows it."""
    # As in its dialog, the order's account is that of the first one that can be renewed at all.
    first = sorted(
        situation.instances[: limits.TRIED_FOR_OBSTACLES],
        key=lambda item: item.kind != ENTERPRISE or item.state == RELEASED,
    )
    ids = tuple(instance.id for instance in first)
    return none_possible(situation, Renew(ids, situation.workspace.policy.months_sold[0]))


def cant_enable(situation: Situation) -> str | None:
    """Turning auto-renewal on."""
    return none_possible(situation, EnableAutoRenewal(_ids(situation), situation.workspace.policy.console_months[0]))


def cant_set_manual(situation: Situation) -> str | None:
    """Setting to manual renewal."""
    return none_possible(situation, SetManualRenewal(_ids(situation)))


def cant_set_non_renewal(situation: Situation) -> str | None:
    """Setting to non-renewal."""
    return none_possible(situation, SetNonRenewal(_ids(situation)))


def none_possible(situation: Situation, action: RenewalAction) -> str | None:
    """Why not one instance of the selection can be renewed or set. Where one can, the dialog names those that can't."""

    def refused() -> Iterator[str | None]:
        found = {offence.instance: offence for offence in situation.workspace.offences(action)}
        for name in action.instances:
            offence = found.get(name)
            yield None if offence is None or offence.code in _ABOUT_MONEY else offence.message

    return of_none(situation, refused())


def cant_buy(situation: Situation) -> str | None:
    """Buying: a lack of money is no obstacle, the dialog shows it."""
    if situation.workspace.world.accounts:
        return None
    return "This fleet has no account that could pay: import a fleet that has one."


def cant_upgrade(situation: Situation) -> str | None:
    """Upgrading: one public instance; a lack of money is no obstacle, the dialog shows it."""
    if len(situation.instances) > 1:
        return f"{len(situation.instances):,} are marked: an upgrade is for one instance, each has its own price."
    months = situation.workspace.policy.months_sold[0]
    for instance in situation.instances:
        return refusal(situation, Upgrade(instance.id, months, "1"), money=False)
    return no_instance(situation)


def cant_continue(situation: Situation) -> str | None:
    """Continuing a trial: one of the selection at least must be frozen."""
    return of_none(
        situation,
        (refusal(situation._replace(instances=(one,)), ContinueTrial(one.id)) for one in situation.instances),
    )


def no_devices(situation: Situation) -> str | None:
    """Devices: one of the selection at least must be a new public instance; that one is frozen, the rules say."""
    return of_none(situation, map(_no_public_one, situation.instances))


def _no_public_one(instance: Instance) -> str | None:
    if instance.kind == PUBLIC:
        return None
    return f"{instance.id} is not a new public instance: only those depend on their devices."


def of_none(situation: Situation, reasons: Iterable[str | None]) -> str | None:
    """Why something is possible for none of the selection, given why for each instance, one after the other. Where one
    can, or they are too many to be tried, nothing stands against it.
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
