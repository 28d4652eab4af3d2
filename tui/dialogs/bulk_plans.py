"""Plans to continue trials or to set devices online or offline: what is possible for each selected instance, and the
result.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from core.ahead.foresight import next_loss
from core.ahead.offers import sorted_out
from core.words.sentences import tell_moment
from core.workspace.workspace import Workspace
from core.world.actions import Action, ContinueTrial, DevicesOffline, DevicesOnline
from core.world.model import FROZEN, PUBLIC, Instance
from tui.text.cells import one_line

_MOST_REASONS: Final = 2


class Plan(NamedTuple):
    """The possible part of a request. `tell` makes the message for the number of actions done."""

    actions: tuple[Action, ...]
    instances: tuple[str, ...]
    """The instance of each action, in the same order."""
    tell: Callable[[int], str]
    not_done: str
    """How many are not possible and why, in sentences; empty if all are possible."""


Planner = Callable[[], Plan]
"""Makes the plan when it is called."""


def plan_trials(workspace: Workspace, instances: Sequence[Instance]) -> Plan:
    """Continue the trial of each instance (P3)."""

    def tell(done: int) -> str:
        when = _frozen_when(workspace, plan.instances[0])
        if len(plan.actions) == 1:
            return f"{one_line(plan.instances[0])} runs again; frozen on {when} if no device comes online (P2)."
        return f"{done:,} run again; each is frozen on {when} if no device of it comes online (P2)."

    plan = _plan(workspace, instances, [ContinueTrial(instance.id) for instance in instances], tell)
    return plan


def plan_devices(workspace: Workspace, instances: Sequence[Instance]) -> Plan:
    """Set the devices of all online or, if none of the selection can come online any more, offline (P2)."""
    public = [item for item in instances if item.kind == PUBLIC]
    could = any(item.state != FROZEN and not item.devices_online for item in public)
    online = could or not any(item.devices_online for item in public)

    def tell(done: int) -> str:
        first = one_line(plan.instances[0])
        if online and len(plan.actions) == 1:
            return f"{first}: devices online. It isn't frozen while one is online (P2)."
        if online:
            return f"{done:,} have devices online. None of them is frozen while one is online (P2)."
        when = _frozen_when(workspace, plan.instances[0])
        if len(plan.actions) == 1:
            return f"{first}: no device online any more; frozen on {when} unless one comes online (P2)."
        return f"{done:,} have no device online any more; each is frozen on {when} unless one comes online (P2)."

    kind = DevicesOnline if online else DevicesOffline
    changing = [item for item in instances if item.kind != PUBLIC or item.devices_online is not online]
    plan = _plan(workspace, changing, [kind(item.id) for item in changing], tell)
    return plan


def _plan(
    workspace: Workspace, instances: Sequence[Instance], actions: Sequence[Action], tell: Callable[[int], str]
) -> Plan:
    accounts = workspace.world.accounts
    owners = {item.account: accounts[item.account] for item in instances}
    names = {action: item.id for action, item in zip(actions, instances, strict=True)}
    found = sorted_out(actions, owners.values(), instances, workspace.clock, workspace.policy)
    reasons: dict[str, list[str]] = {}
    for _, refused in found.refused:
        reasons.setdefault(refused.code, []).append(refused.message)
    not_done = _refusals_in_words(reasons, alone=len(instances) == 1)
    return Plan(tuple(found.actions), tuple(names[action] for action in found.actions), tell, not_done)


def _refusals_in_words(reasons: Mapping[str, Sequence[str]], *, alone: bool) -> str:
    """The refusals in words: "3 can't: trial-01 is not frozen: its trial goes on by itself (and 2 more)."."""
    told = [
        messages[0].removesuffix(".") + (f" (and {len(messages) - 1:,} more)." if len(messages) > 1 else ".")
        for messages in list(reasons.values())[:_MOST_REASONS]
    ]
    count = sum(len(messages) for messages in reasons.values())
    return " ".join(told) if alone or not count else f"{count:,} can't: {' '.join(told)}"


def _frozen_when(workspace: Workspace, name: str) -> str:
    instance = workspace.world.instances[name]
    at = next_loss(instance, workspace.world.accounts[instance.account], workspace.policy)
    return tell_moment(at, workspace.clock, workspace.calendar) if at is not None else "no date"
