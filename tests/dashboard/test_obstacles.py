"""Why a command is not possible: the reason does not depend on the order of the marks."""

from collections.abc import Sequence

import pytest

from core.workspace.workspace import Workspace
from core.world.model import ENTERPRISE, PUBLIC, Instance
from tests.support.dashboards import sample
from tui.commands.obstacles import Situation
from tui.commands.table import BY_NAME
from tui.live import limits

ON_SELECTIONS = ("renew", "auto-renewal", "manual", "non-renewal", "continue-trial", "devices")


def why_not(workspace: Workspace, name: str, instances: Sequence[Instance]) -> str | None:
    return BY_NAME[name].why_not(Situation(workspace, instances, None))


@pytest.mark.parametrize("name", ON_SELECTIONS)
def test_the_order_of_the_marks_does_not_matter(name: str) -> None:
    workspace = sample()
    there = workspace.world.instances.values()
    public = next(item for item in there if item.kind == PUBLIC)
    enterprise = next(item for item in there if item.kind == ENTERPRISE)
    marks = [public] * (limits.TRIED_FOR_OBSTACLES + 10) + [enterprise] * 10
    assert why_not(workspace, name, marks) == why_not(workspace, name, marks[::-1])


@pytest.mark.parametrize("name", ON_SELECTIONS)
def test_one_possible_instance_is_enough_and_only_a_limited_number_is_tried(name: str) -> None:
    workspace = sample()
    there = list(workspace.world.instances.values())
    assert why_not(workspace, name, there[: limits.TRIED_FOR_OBSTACLES]) is None
    legacy = [item for item in there if item.id == "legacy-01"]
    assert why_not(workspace, name, legacy) is not None
    assert why_not(workspace, name, legacy * (limits.TRIED_FOR_OBSTACLES + 1)) is None, (
        "the rules say it when it is done"
    )
    assert why_not(workspace, name, ()) == "No instance is selected."
