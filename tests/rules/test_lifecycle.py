"""The lifecycle table: what its check refuses, and that the diagram shows each row once."""

import re

import pytest

from core.rules.lifecycle import LOADED, STEPS, TABLE, Transition, check, diagram
from core.rules.rulebook import load_policy, rules_of
from core.world.model import ENTERPRISE, KINDS, LEGACY_PUBLIC, PUBLIC, RELEASED, STATES

ARROW = re.compile(r"(?P<start>\[\*\]|\w+) --> (?P<end>\[\*\]|\w+)(?:: (?P<label>.+))?")


def row(kind: str, state: str | None, trigger: str, target: str, guard: str | None = None) -> Transition:
    return Transition(kind, state, trigger, guard, target, "E1")


def test_the_table_is_sound() -> None:
    """I2: no transition leaves `released`."""
    assert check(TABLE) == STEPS
    assert len(STEPS) == len(TABLE)
    assert not [item for item in TABLE if item.state == RELEASED]


@pytest.mark.parametrize(
    "more",
    [
        row(ENTERPRISE, "running", "expiry", "released"),
        row(ENTERPRISE, "running", "expiry", "expired"),
        row(ENTERPRISE, None, "purchased", "expired"),
        row(LEGACY_PUBLIC, "restoring", "restored", "overdue", "account clear"),
        row(LEGACY_PUBLIC, "overdue", "grace over", "running", "account clear"),
    ],
)
def test_two_rows_for_one_case(more: Transition) -> None:
    """The same kind, state, trigger and guard twice, or a guard although another row has none."""
    with pytest.raises(ValueError, match="two rules"):
        check((*TABLE, more))


def test_a_row_without_a_guard_beside_rows_with_one() -> None:
    """Such a row would be a second one for each of their cases, wherever it is in the table."""
    unguarded = row(LEGACY_PUBLIC, "restoring", "restored", "running")
    for table in ((unguarded, *TABLE), (*TABLE, unguarded)):
        with pytest.raises(ValueError, match="two rules"):
            check(table)


@pytest.mark.parametrize("target", ["running", "expired", "released"])
def test_a_transition_out_of_released(target: str) -> None:
    """I2: released is final."""
    with pytest.raises(ValueError, match="released is final"):
        check((*TABLE, row(ENTERPRISE, "released", "renewed", target)))


def test_a_state_that_no_instance_can_reach() -> None:
    """The only transition to a state is missing, or a kind has a state to which no transition leads."""
    with pytest.raises(ValueError, match="enterprise can never be expired"):
        check(tuple(item for item in TABLE if item.trigger != "expiry"))
    with pytest.raises(ValueError, match="public can never be stopped"):
        check((*TABLE, row(PUBLIC, "stopped", "account cleared", "running")))
    with pytest.raises(ValueError, match="legacy_public can never be overdue"):
        check(tuple(item for item in TABLE if item.target != "overdue"))


@pytest.mark.parametrize(
    "more",
    [
        row(ENTERPRISE, "paused", "renewed", "running"),
        row(ENTERPRISE, "running", "paused by hand", "paused"),
        row("premium", "running", "expiry", "expired"),
        row(ENTERPRISE, "Running", "renewed", "running"),
    ],
)
def test_an_unknown_kind_or_state(more: Transition) -> None:
    """A kind or a state that the model does not have."""
    with pytest.raises(ValueError, match="unknown"):
        check((*TABLE, more))


def test_every_rule_named_is_a_rule() -> None:
    assert {item.rule for item in TABLE} <= set(rules_of(load_policy()))


def arrows() -> list[re.Match[str]]:
    """The diagram's transitions."""
    found = [ARROW.fullmatch(line.strip()) for line in diagram().splitlines() if "-->" in line]
    assert all(found), "a line with an arrow that is no transition"
    return [match for match in found if match is not None]


def test_the_diagram_contains_each_row_once() -> None:
    """With its start, end, trigger and rule, and its guard if it has one."""
    drawn = [match.groups() for match in arrows()]
    for item in TABLE:
        kind = ENTERPRISE if item.trigger == "upgraded" else item.kind
        start = f"{item.kind}_{item.state}" if item.state else "[*]"
        guard = f" [{item.guard}]" if item.guard else ""
        assert drawn.count((start, f"{kind}_{item.target}", f"{item.trigger}{guard} ({item.rule})")) == 1
    loaded = sum(len(states) for states in LOADED.values())
    ends = sum(match["end"] == "[*]" for match in arrows())
    assert (ends, len(drawn)) == (2, len(TABLE) + loaded + ends)


def test_the_diagram_is_mermaid() -> None:
    """Its first line, balanced braces, four forms of line, and each state declared before it is used."""
    lines = [line.strip() for line in diagram().splitlines()]
    assert lines[0] == "stateDiagram-v2"
    depth = 0
    declared = {"[*]"}
    for line in lines[1:]:
        if opened := re.fullmatch(r"state (\w+) \{", line):
            assert opened[1] in KINDS
            depth += 1
        elif line == "}":
            depth -= 1
        elif named := re.fullmatch(r'state "([a-z]+)" as (\w+)', line):
            assert named[1] in STATES
            assert named[2] not in declared, "declared twice"
            declared.add(named[2])
        else:
            match = ARROW.fullmatch(line)
            assert match, f"no Mermaid: {line}"
            assert {match["start"], match["end"]} <= declared
            assert ":" not in (match["label"] or ""), "a colon ends the label"
        assert depth in (0, 1)
    assert depth == 0
    loaded = {(kind, state) for kind, states in LOADED.items() for state in states}
    assert len(declared) == 1 + len({(item.kind, item.target) for item in TABLE} | loaded)
