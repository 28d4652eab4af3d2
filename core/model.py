"""The world as plain data: accounts, instances, coupons, bills. No behaviour; the simulation changes it.

Instants are seconds since 1970 (`core.instants`), days are local days since 1970, money is minor units of the account's
currency (`core.money`), periods are months.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

ENTERPRISE: Final = "enterprise"
PUBLIC: Final = "public"
LEGACY_PUBLIC: Final = "legacy_public"
KINDS: Final = (ENTERPRISE, PUBLIC, LEGACY_PUBLIC)

RUNNING: Final = "running"
FROZEN: Final = "frozen"
OVERDUE: Final = "overdue"
STOPPED: Final = "stopped"
EXPIRED: Final = "expired"
RESTORING: Final = "restoring"
RELEASED: Final = "released"
STATES: Final = (RUNNING, FROZEN, OVERDUE, STOPPED, EXPIRED, RESTORING, RELEASED)
SERVING: Final = frozenset((RUNNING, OVERDUE))
"""The states in which an instance serves (B2)."""

MANUAL: Final = "manual"
AUTO: Final = "auto"
NONE: Final = "none"
MODES: Final = (MANUAL, AUTO, NONE)
CONSOLE: Final = "console"
CHECKOUT: Final = "checkout"
SCHEDULES: Final = (CONSOLE, CHECKOUT)

Due = tuple[int, int, str | int, str]
"""An entry of the agenda: instant, step (T3), then what orders it within the step."""


class Renewal(NamedTuple):
    """How an Enterprise instance is renewed (A1 to A8). Schedule, months and the day it was enabled only for `auto`."""

    mode: str = MANUAL
    schedule: str | None = None
    months: int | None = None
    enabled_on: int | None = None
    """The local day it was enabled; None is long ago."""


BY_HAND: Final = Renewal()


@dataclass(slots=True)
class Coupon:
    """Money for charges only (M2): usable from `starts` (None: always) until just before `expires` (None: for ever)."""

    id: str
    amount: int
    remaining: int
    starts: int | None = None
    expires: int | None = None


@dataclass(slots=True)
class Bill:
    """An unpaid bill (C1)."""

    id: str
    issued: int
    amount: int


@dataclass(slots=True)
class UsageLine:
    """What one legacy instance served in the open cycle, where it did not serve all of it so far (B2)."""

    daily_charge: int
    served: int
    """Seconds served before `since`."""
    since: int | None
    """Serving since then; None when it does not serve now."""


@dataclass(slots=True)
class Usage:
    """An account's pay-as-you-go meter (B2): the open cycle, and closed cycles whose bills are not issued yet."""

    opened: int
    """When the open cycle began to count: its midnight, or later when the fleet was loaded within it."""
    lines: dict[str, UsageLine] = field(default_factory=dict)
    """By instance id; an instance without a line that serves has served since `opened`."""
    closed: list[tuple[int, int]] = field(default_factory=list)
    """(end of the cycle, amount), oldest first."""


@dataclass(slots=True)
class Account:
    """A billing account. Overdue while it has an unpaid bill, since `overdue_since` (C1)."""

    id: str
    currency: str
    usage: Usage
    balance: int = 0
    low_balance_alert: int | None = None
    daily_spend: int = 0
    coupons: list[Coupon] = field(default_factory=list)
    unpaid: list[Bill] = field(default_factory=list)
    """Oldest first, in the order they were issued."""
    overdue_since: int | None = None
    due: Due | None = field(default=None, compare=False, repr=False)
    """Its entry in the agenda; follows from the rest (T4) and is never kept."""


@dataclass(slots=True)
class Instance:
    """An IoT Platform instance. Fields that its kind does not use stay at their defaults."""

    id: str
    account: str
    kind: str
    name: str
    region: str = ""
    state: str = RUNNING
    since: int | None = None
    """When the state began; None: before the fleet was loaded."""
    rule: str | None = None
    """The rule that led to the state; None: it was so when the fleet was loaded."""
    restored_at: int | None = None
    """When the restoration under way completes (R3, L2)."""
    trial: bool = False
    expires: int | None = None
    anchor_day: int | None = None
    monthly_price: int = 0
    renewal: Renewal = BY_HAND
    daily_charge: int = 0
    devices_online: bool = False
    last_online: int | None = None
    trial_continued: int | None = None
    due: Due | None = field(default=None, compare=False, repr=False)
    """Its entry in the agenda; follows from the rest (T4) and is never kept."""

    @property
    def serving(self) -> bool:
        """Whether its service is up (B2)."""
        return self.state in SERVING


@dataclass(slots=True)
class World:
    """One fleet at one instant: all that the simulation knows. Dicts keep the fleet's order, purchases at the end."""

    clock: int
    accounts: dict[str, Account]
    instances: dict[str, Instance]
    events: int = 0
    """How many events its log holds; the next one's number is one more."""
