"""The lifecycle of instances as a table: kind, state, trigger, guard, next state, rule. Importing it checks it.

The simulation looks up every change of state in `STEPS`, and the diagram is drawn from the same rows.
"""

from typing import Final, NamedTuple

from core.world.events import NoticeSent, StateChanged
from core.world.model import (
    ENTERPRISE,
    EXPIRED,
    FROZEN,
    KINDS,
    LEGACY_PUBLIC,
    OVERDUE,
    PUBLIC,
    RELEASED,
    RESTORING,
    RUNNING,
    STATES,
    STOPPED,
)

PURCHASED: Final = "purchased"
EXPIRY: Final = "expiry"
RENEWED: Final = "renewed"
RETENTION_OVER: Final = "retention over"
RESTORED: Final = "restored"
IDLE: Final = "idle limit reached"
TRIAL_CONTINUED: Final = "trial continued"
UPGRADED: Final = "upgraded"
ACCOUNT_OVERDUE: Final = "account overdue"
ACCOUNT_CLEARED: Final = "account cleared"
GRACE_OVER: Final = "grace over"

CLEAR: Final = "account clear"
IN_GRACE: Final = "account overdue, in grace"
PAST_GRACE: Final = "account overdue, grace over"


class Transition(NamedTuple):
    """One row: an instance of `kind` in `state` (None: not bought yet) goes to `target` on `trigger` if `guard` holds.

    A `guard` of None always holds. `rule` is the id of the rule that says so.
    """

    kind: str
    state: str | None
    trigger: str
    guard: str | None
    target: str
    rule: str


TABLE: Final = (
    Transition(ENTERPRISE, None, PURCHASED, None, RUNNING, "T6"),
    Transition(ENTERPRISE, RUNNING, EXPIRY, None, EXPIRED, "E1"),
    Transition(ENTERPRISE, RUNNING, RENEWED, None, RUNNING, "R2"),
    Transition(ENTERPRISE, EXPIRED, RENEWED, None, RESTORING, "R3"),
    Transition(ENTERPRISE, EXPIRED, RETENTION_OVER, None, RELEASED, "E2"),
    Transition(ENTERPRISE, RESTORING, RESTORED, None, RUNNING, "R3"),
    Transition(ENTERPRISE, RESTORING, EXPIRY, None, EXPIRED, "E1"),
    Transition(ENTERPRISE, RESTORING, RENEWED, None, RESTORING, "R2"),
    Transition(PUBLIC, RUNNING, IDLE, None, FROZEN, "P2"),
    Transition(PUBLIC, FROZEN, TRIAL_CONTINUED, None, RUNNING, "P3"),
    Transition(PUBLIC, RUNNING, UPGRADED, None, RUNNING, "P4"),
    Transition(PUBLIC, FROZEN, UPGRADED, None, RUNNING, "P4"),
    Transition(LEGACY_PUBLIC, RUNNING, ACCOUNT_OVERDUE, None, OVERDUE, "L1"),
    Transition(LEGACY_PUBLIC, OVERDUE, GRACE_OVER, None, STOPPED, "L1"),
    Transition(LEGACY_PUBLIC, OVERDUE, ACCOUNT_CLEARED, None, RUNNING, "L2"),
    Transition(LEGACY_PUBLIC, STOPPED, ACCOUNT_CLEARED, None, RESTORING, "L2"),
    Transition(LEGACY_PUBLIC, RESTORING, RESTORED, CLEAR, RUNNING, "L2"),
    Transition(LEGACY_PUBLIC, RESTORING, RESTORED, IN_GRACE, OVERDUE, "L2"),
    Transition(LEGACY_PUBLIC, RESTORING, RESTORED, PAST_GRACE, STOPPED, "L2"),
    Transition(LEGACY_PUBLIC, RUNNING, UPGRADED, None, RUNNING, "L3"),
    Transition(LEGACY_PUBLIC, RESTORING, UPGRADED, None, RUNNING, "L3"),
)
"""Every transition of every kind. An upgrade makes the instance one of kind `enterprise`."""

LOADED: Final = {
    ENTERPRISE: (RUNNING, EXPIRED, RELEASED),
    PUBLIC: (RUNNING, FROZEN),
    LEGACY_PUBLIC: (RUNNING, OVERDUE, STOPPED, RELEASED),
}
"""The states in which instances of each kind can be loaded (I1). A legacy one is released only if its fleet says so."""

NOTICES: Final = {state: NoticeSent("email", state) for state in (STOPPED, EXPIRED, RELEASED, FROZEN)}
"""The email that is sent when an instance enters a state (N2)."""


class Step(NamedTuple):
    """The result of a trigger: next state, rule, fact for the log (None: the state stays the same), and notice."""

    target: str
    rule: str
    fact: StateChanged | None
    notice: NoticeSent | None


def check(table: tuple[Transition, ...]) -> dict[tuple[str, str | None, str, str | None], Step]:
    """Index a table by (kind, state, trigger, guard).

    Raises ValueError for an unknown kind or state, two rows for one case, a transition out of `released`, and a state
    that no instance can reach.
    """
    steps: dict[tuple[str, str | None, str, str | None], Step] = {}
    for kind, state, trigger, guard, target, rule in table:
        if kind not in KINDS or target not in STATES or (state is not None and state not in STATES):
            raise ValueError(f"unknown kind or state in {kind}: {state} -> {target}")
        if state == RELEASED:
            raise ValueError(f"released is final (I2), but {kind} leaves it on {trigger}")
        case = (kind, state, trigger, guard)
        others = {other.guard for other in table if other[:3] == case[:3]}
        if case in steps or (None in others and len(others) > 1):
            raise ValueError(f"two rules for {kind} in {state} on {trigger}")
        changed = StateChanged(state, target) if state != target else None
        steps[case] = Step(target, rule, changed, NOTICES.get(target) if changed else None)
    for kind in KINDS:
        reached = {*LOADED[kind][:1]}
        while True:
            more = {row.target for row in table if row.kind == kind and (row.state is None or row.state in reached)}
            if more <= reached:
                break
            reached |= more
        used = {state for row in table if row.kind == kind for state in (row.state, row.target) if state is not None}
        if lost := (used | set(LOADED[kind]) - {RELEASED}) - reached:
            raise ValueError(f"{kind} can never be {', '.join(sorted(lost))}")
    if missing := set(STATES) - {row.target for row in table}:
        raise ValueError(f"no transition leads to {', '.join(sorted(missing))}")
    return steps


STEPS: Final = check(TABLE)
"""The result of each transition, by (kind, state, trigger, guard)."""


def diagram() -> str:
    """The table as a Mermaid state diagram with one composite state for each kind."""
    lines = ["stateDiagram-v2"]
    for kind in KINDS:
        lines.append(f"    state {kind} {{")
        rows = [row for row in TABLE if row.kind == kind]
        names = sorted({*LOADED[kind], *(state for row in rows for state in (row.state, row.target) if state)})
        lines += [f'        state "{name}" as {kind}_{name}' for name in names]
        lines += [f"        [*] --> {kind}_{state}: loaded (I1)" for state in LOADED[kind]]
        for row in TABLE:
            if row.kind != kind or row.trigger == UPGRADED:
                continue
            start = f"{kind}_{row.state}" if row.state else "[*]"
            guard = f" [{row.guard}]" if row.guard else ""
            lines.append(f"        {start} --> {kind}_{row.target}: {row.trigger}{guard} ({row.rule})")
        if RELEASED in names:
            lines.append(f"        {kind}_{RELEASED} --> [*]")
        lines.append("    }")
    for row in TABLE:
        if row.trigger == UPGRADED:
            lines.append(f"    {row.kind}_{row.state} --> {ENTERPRISE}_{row.target}: {row.trigger} ({row.rule})")
    return "\n".join(lines) + "\n"
