"""Merging an import into a fleet: the import replaces the values that it has; everything else stays as it is."""

from collections.abc import Mapping
from typing import Final, NamedTuple, cast

from core.base.errors import BadInput, shown
from core.base.reading import read_instant
from core.formats.document import read_document
from core.formats.document_writing import write_document
from core.rules.policy import Policy
from core.simulation.engine import Engine
from core.simulation.loading import derive_state
from core.world.model import (
    ENTERPRISE,
    LEGACY_PUBLIC,
    OVERDUE,
    RELEASED,
    RESTORING,
    RUNNING,
    STOPPED,
    Account,
    Coupon,
    Instance,
    World,
)

Form = dict[str, object]

_CLEARED_BY_NULL: Final = ("low_balance_alert", "last_online", "trial_continued", "released")
"""Keys whose value is removed by null. For any other key, null means "not given"."""

_CONTINUES_RESTORING: Final = {ENTERPRISE: (RUNNING,), LEGACY_PUBLIC: (RUNNING, OVERDUE, STOPPED)}
"""By kind: the newly derived states in which an instance that is being restored goes on being restored."""
_UNAFFECTED: Final = (RELEASED, RESTORING)
"""The states that a legacy instance keeps when its account becomes overdue or clear (I2, L2)."""


class Merged(NamedTuple):
    """How many instances and accounts an import added, changed and left unchanged."""

    added: int
    changed: int
    unchanged: int
    accounts_added: int
    accounts_changed: int
    accounts_unchanged: int


def merge(world: World, document: Mapping[str, object], policy: Policy) -> Merged:
    """Merge a fleet document into a world at the world's clock. What changes gets its state derived anew (I1).

    An entry updates only the keys that it has. Instances and accounts that the document does not name stay unchanged.
    Raises BadInput like `read_document`, and if an account's currency would change; then the world is untouched.
    """
    if not world.accounts:
        read = read_document(document, policy, world.clock)
        world.accounts, world.instances = read.accounts, read.instances
        return Merged(len(read.instances), 0, 0, len(read.accounts), 0, 0)
    existing = write_document(world, policy)
    read = _read_over(existing, document, policy, world.clock)
    accounts, instances = _by_id(existing["accounts"]), _by_id(existing["instances"])
    named_accounts, named_instances = _by_id(document.get("accounts")), _by_id(document.get("instances"))
    written = write_document(read, policy)
    account_forms, instance_forms = _by_id(written["accounts"]), _by_id(written["instances"])
    new_accounts = [item for item in read.accounts.values() if accounts.get(item.id) != account_forms[item.id]]
    new_instances = [item for item in read.instances.values() if instances.get(item.id) != instance_forms[item.id]]
    _take(world, new_accounts, new_instances, policy)
    added = sum(item.id not in instances for item in new_instances)
    accounts_added = sum(item.id not in accounts for item in new_accounts)
    return Merged(
        added, len(new_instances) - added, len(named_instances) - len(new_instances),
        accounts_added, len(new_accounts) - accounts_added, len(named_accounts) - len(new_accounts),
    )  # fmt: skip


def check_merge(world: World, document: Mapping[str, object], policy: Policy, clock: int) -> None:
    """Raise BadInput if `merge` would raise it at the instant `clock`. The world is not touched."""
    _read_over(write_document(world, policy), document, policy, clock)


def _read_over(existing: Form, document: Mapping[str, object], policy: Policy, clock: int) -> World:
    """Read the document's entries, each laid over the existing entry with its id, and all other existing accounts."""
    accounts, instances = _by_id(existing["accounts"]), _by_id(existing["instances"])
    named_accounts, named_instances = _by_id(document.get("accounts")), _by_id(document.get("instances"))
    for name, form in named_accounts.items():
        kept, asked = accounts.get(name, form).get("currency"), form.get("currency")
        if asked is not None and asked != kept:
            raise BadInput(
                f"the account {shown(name)} has the currency {kept}, but the import has {shown(asked)}: "
                "an account's currency can't change"
            )
    # The document's entries come first, so that error messages number them as the document does.
    whole = {
        **document,
        "accounts": [
            *(_updated(accounts.get(name), form, policy) for name, form in named_accounts.items()),
            *(form for name, form in accounts.items() if name not in named_accounts),
        ],
        "instances": [_updated(instances.get(name), form, policy) for name, form in named_instances.items()],
    }
    return read_document(whole, policy, clock)


def _by_id(entries: object) -> dict[str, Form]:
    return {str(entry["id"]): entry for entry in cast(list[Form], entries or [])}


def _updated(existing: Form | None, entry: Form, policy: Policy) -> Form:
    """The entry laid over the existing one, without the existing values that it makes invalid."""
    if existing is None:
        return entry
    kept = dict(existing)
    if entry.get("unpaid") is not None:
        kept.pop("overdue_since", None)
    if entry.get("expires") is not None and kept.get("anchor_day") is not None:
        calendar = policy.calendar
        if not calendar.fits_anchor(read_instant(entry["expires"], calendar), cast(int, kept["anchor_day"])):
            del kept["anchor_day"]
    return kept | {key: value for key, value in entry.items() if value is not None or key in _CLEARED_BY_NULL}


def _take(world: World, accounts: list[Account], instances: list[Instance], policy: Policy) -> None:
    """Put changed accounts and instances into the world.

    The seconds served until now are counted by the old states; the open cycle is billed at the new charge (B2).
    """
    engine = Engine(world, policy)
    overdue_changed: set[str] = set()
    for new in accounts:
        old = world.accounts.get(new.id)
        if old is None:
            world.accounts[new.id] = new
            engine.meter.load(new, [])
            continue
        engine.meter.close_cycles(old, world.clock)
        if old.overdue_since != new.overdue_since:
            overdue_changed.add(old.id)
        old.balance, old.low_balance_alert, old.daily_spend = new.balance, new.low_balance_alert, new.daily_spend
        old.coupons = [_as_granted(coupon, old.coupons) for coupon in new.coupons]
        old.unpaid, old.overdue_since = new.unpaid, new.overdue_since
    for instance in instances:
        _replace(engine, instance)
    for instance in world.instances.values():
        if instance.kind == LEGACY_PUBLIC and instance.account in overdue_changed and instance.state not in _UNAFFECTED:
            served = instance.serving
            derive_state(instance, world.accounts[instance.account], world.clock, policy)
            _update_meter(engine, instance, served)


def _as_granted(coupon: Coupon, kept: list[Coupon]) -> Coupon:
    """The existing coupon if the import leaves it unchanged: an import does not hold the amount originally granted."""
    imported = (coupon.id, coupon.remaining, coupon.starts, coupon.expires)
    return next((old for old in kept if (old.id, old.remaining, old.starts, old.expires) == imported), coupon)


def _replace(engine: Engine, new: Instance) -> None:
    world = engine.world
    old = world.instances.get(new.id)
    served = old is not None and old.kind == LEGACY_PUBLIC and old.serving
    if old is not None:
        if served:
            engine.meter.set_counting(world.accounts[old.account], old, False, world.clock)
        if old.state == RESTORING and old.kind == new.kind and new.state in _CONTINUES_RESTORING.get(new.kind, ()):
            # The restoration is paid for and has begun (R3, L2): an import neither completes nor cancels it.
            new.state, new.restored_at = RESTORING, old.restored_at
        if old.state == new.state and (new.state != RELEASED or new.since == old.since):
            new.since, new.rule = old.since, old.rule
    world.instances[new.id] = new
    if new.kind == LEGACY_PUBLIC:
        _update_meter(engine, new, False)
        engine.meter.reprice(world.accounts[new.account], new, world.clock)


def _update_meter(engine: Engine, instance: Instance, served: bool) -> None:
    """Tell the meter if a legacy instance began or stopped serving now. `served`: whether it did before."""
    account, clock = engine.world.accounts[instance.account], engine.world.clock
    if served and not instance.serving:
        engine.meter.set_counting(account, instance, False, clock)
    elif instance.serving and not served:
        engine.meter.set_counting(account, instance, True, clock)
