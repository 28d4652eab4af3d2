"""Loading a fleet (I1): each state is derived from the clock and the dates. The past is neither replayed nor billed."""

from core.base.instants import Calendar
from core.rules.policy import Policy
from core.world.model import (
    ENTERPRISE,
    EXPIRED,
    FROZEN,
    LEGACY_PUBLIC,
    OVERDUE,
    PUBLIC,
    RELEASED,
    RUNNING,
    STOPPED,
    Account,
    Instance,
    Usage,
)


def retention_of(instance: Instance, policy: Policy) -> int:
    """The retention in seconds: how long an expired instance is kept before it is released (E2, E4)."""
    return policy.trial_retention if instance.trial else policy.retention


def release_at(instance: Instance, policy: Policy) -> int | None:
    """When an Enterprise instance is released unless renewed: expiry plus retention, in every state (E2).

    None for the other kinds.
    """
    if instance.kind != ENTERPRISE or instance.expires is None:
        return None
    return instance.expires + retention_of(instance, policy)


def released_at(instance: Instance) -> int | None:
    """When a released instance was released (E2). None if it is not released or the instant is not known."""
    return instance.since if instance.state == RELEASED else None


def ends_at(instance: Instance) -> int | None:
    """The end of an instance: its release if it is released, else its expiry. None if unknown or if it never ends."""
    return released_at(instance) if instance.state == RELEASED else instance.expires


def idle_since(instance: Instance) -> int | None:
    """Since when a public instance is idle (P2): the later of its last device online and the continuation of its trial.

    None if a device is online.
    """
    if instance.devices_online:
        return None
    return max((at for at in (instance.last_online, instance.trial_continued) if at is not None), default=None)


def stated_release(instance: Instance, policy: Policy) -> int | None:
    """The release that a fleet file stated for an instance and that does not follow from its dates, or None."""
    return instance.since if instance.state == RELEASED and instance.since != release_at(instance, policy) else None


def derive_state(instance: Instance, account: Account, clock: int, policy: Policy, released: int | None = None) -> None:
    """Set the state of a loaded instance and when it began (I1). What is due exactly at the clock counts as past.

    `released` is the instant of release if the fleet file states one; it overrides the dates.
    """
    state, since = RUNNING, None
    if released is not None:
        state, since = RELEASED, released
    elif instance.kind == ENTERPRISE and instance.expires is not None:
        release = instance.expires + retention_of(instance, policy)
        if clock >= release:
            state, since = RELEASED, release
        elif clock >= instance.expires:
            state, since = EXPIRED, instance.expires
    elif instance.kind == LEGACY_PUBLIC and account.overdue_since is not None:
        stop = account.overdue_since + policy.overdue_grace
        state, since = (STOPPED, stop) if clock >= stop else (OVERDUE, account.overdue_since)
    elif instance.kind == PUBLIC and (idle := idle_since(instance)) is not None:
        freeze = idle + policy.idle_limit
        if clock >= freeze:
            state, since = FROZEN, freeze
    instance.state, instance.since, instance.rule = state, since, None
    instance.restored_at = None


def new_usage(clock: int) -> Usage:
    """The meter of an account that is loaded at `clock`: its first cycle counts from then (B2)."""
    return Usage(opened=clock)


def cycle_end(opened: int, calendar: Calendar) -> int:
    """The end of the billing cycle that contains an instant: the next midnight after it (B1)."""
    return calendar.midnight(calendar.day_of(opened) + 1)
