"""The world as plain data: accounts, instances, coupons, bills. It has no behaviour; the simulation changes it.

Instants are in seconds since 1970 (`instants`), days in local days since 1970, money in minor units of the account's
currency (`money`), periods in months.
"""

from operator import attrgetter
from typing import Final, NamedTuple

from core.base.record import Record

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
STATES_OF: Final = {
    ENTERPRISE: (RUNNING, EXPIRED, RESTORING, RELEASED),
    PUBLIC: (RUNNING, FROZEN),
    LEGACY_PUBLIC: (RUNNING, OVERDUE, STOPPED, RESTORING, RELEASED),
}
"""The states that an instance of each kind can have, when loaded or after a transition (`core.rules.lifecycle`)."""
STATE_RULES: Final = ("T6", "E1", "E2", "R2", "R3", "P2", "P3", "P4", "L1", "L2", "L3")
"""The rules whose transitions lead to a state (`core.rules.lifecycle`)."""
SERVING: Final = frozenset((RUNNING, OVERDUE))
"""The states in which the service of an instance is up (B2)."""

MANUAL: Final = "manual"
AUTO: Final = "auto"
NONE: Final = "none"
MODES: Final = (MANUAL, AUTO, NONE)
CONSOLE: Final = "console"
CHECKOUT: Final = "checkout"
SCHEDULES: Final = (CONSOLE, CHECKOUT)

Due = tuple[int, int, str | int, str]
"""An entry of the agenda: instant, step (T3), and two ids or numbers that give its order within the step."""


class Renewal(NamedTuple):
    """How an Enterprise instance is renewed (A1 to A8). Only mode `auto` uses the fields after `mode`."""

    mode: str = MANUAL
    schedule: str | None = None
    months: int | None = None
    enabled_on: int | None = None
    """The local day on which auto-renewal was enabled; None means long ago."""


MANUAL_RENEWAL: Final = Renewal()


class Coupon(Record):
    """Money that only pays charges (M2), usable from `starts` until just before `expires`. None means no limit."""

    __slots__ = ("amount", "expires", "id", "remaining", "starts")

    def __init__(
        self, id: str, amount: int, remaining: int, starts: int | None = None, expires: int | None = None
    ) -> None:
        self.id = id
        self.amount = amount
        self.remaining = remaining
        self.starts = starts
        self.expires = expires


class Bill(Record):
    """An unpaid bill (C1)."""

    __slots__ = ("amount", "id", "issued")

    def __init__(self, id: str, issued: int, amount: int) -> None:
        self.id = id
        self.issued = issued
        self.amount = amount


class UsageLine(Record):
    """The usage in the open cycle of a legacy instance that has not served all of it so far (B2).

    `served` is the number of seconds served before `since`. `since` is when the present service began, or None if the
    instance does not serve now.
    """

    __slots__ = ("daily_charge", "served", "since")

    def __init__(self, daily_charge: int, served: int, since: int | None) -> None:
        self.daily_charge = daily_charge
        self.served = served
        self.since = since


class Usage(Record):
    """An account's pay-as-you-go meter (B2): the open cycle, and the closed cycles whose bills are not issued yet."""

    __slots__ = ("closed", "lines", "opened")

    def __init__(self, opened: int) -> None:
        self.opened = opened
        """When the open cycle began to count: its midnight, or a later instant if the fleet was loaded within it."""
        self.lines: dict[str, UsageLine] = {}
        """By instance id. An instance that serves and has no line has served since `opened`."""
        self.closed: list[tuple[int, int]] = []
        """(end of the cycle, amount) of each closed cycle, oldest first."""

    def copy(self) -> "Usage":
        """A copy that shares no mutable data."""
        other = super().copy()
        other.lines = {name: line.copy() for name, line in self.lines.items()}
        other.closed = list(self.closed)
        return other


class Account(Record):
    """A billing account. It is overdue while it has an unpaid bill, since `overdue_since` (C1)."""

    __slots__ = (
        "balance", "coupons", "currency", "daily_spend", "due", "id", "low_balance_alert", "overdue_since", "unpaid",
        "usage",
    )  # fmt: skip
    derived = ("due",)

    def __init__(
        self,
        id: str,
        currency: str,
        usage: Usage,
        balance: int = 0,
        low_balance_alert: int | None = None,
        daily_spend: int = 0,
        overdue_since: int | None = None,
    ) -> None:
        self.id = id
        self.currency = currency
        self.usage = usage
        self.balance = balance
        self.low_balance_alert = low_balance_alert
        self.daily_spend = daily_spend
        self.coupons: list[Coupon] = []
        self.unpaid: list[Bill] = []
        """In the order they were issued, oldest first."""
        self.overdue_since = overdue_since
        self.due: Due | None = None
        """Its entry in the agenda. It is derived from the other fields (T4) and never stored."""

    def copy(self) -> "Account":
        """A copy that shares no mutable data."""
        other = super().copy()
        other.usage = self.usage.copy()
        other.coupons = [coupon.copy() for coupon in self.coupons]
        other.unpaid = list(self.unpaid)
        return other


class Instance(Record):
    """An IoT Platform instance. Fields that its kind does not use stay at their defaults.

    `since` is when the state began (None: before the fleet was loaded). `rule` is the rule that led to the state (None:
    the fleet was loaded in it). `restored_at` is when the running restoration completes (R3, L2).
    """

    __slots__ = (
        "account", "anchor_day", "daily_charge", "devices_online", "due", "expires", "id", "kind", "last_online",
        "monthly_price", "name", "region", "renewal", "restored_at", "rule", "since", "state", "trial",
        "trial_continued",
    )  # fmt: skip
    derived = ("due",)

    def __init__(
        self,
        id: str,
        account: str,
        kind: str,
        name: str,
        region: str = "",
        state: str = RUNNING,
        since: int | None = None,
        rule: str | None = None,
        restored_at: int | None = None,
        trial: bool = False,
        expires: int | None = None,
        anchor_day: int | None = None,
        monthly_price: int = 0,
        renewal: Renewal = MANUAL_RENEWAL,
        daily_charge: int = 0,
        devices_online: bool = False,
        last_online: int | None = None,
        trial_continued: int | None = None,
    ) -> None:
        self.id = id
        self.account = account
        self.kind = kind
        self.name = name
        self.region = region
        self.state = state
        self.since = since
        self.rule = rule
        self.restored_at = restored_at
        self.trial = trial
        self.expires = expires
        self.anchor_day = anchor_day
        self.monthly_price = monthly_price
        self.renewal = renewal
        self.daily_charge = daily_charge
        self.devices_online = devices_online
        self.last_online = last_online
        self.trial_continued = trial_continued
        self.due: Due | None = None
        """Its entry in the agenda. It is derived from the other fields (T4) and never stored."""

    def copy(self) -> "Instance":
        """A copy. It is faster than the inherited one, because forecasts copy whole fleets."""
        return Instance(*_constructor_values(self))

    @property
    def serving(self) -> bool:
        """Whether the service is up (B2)."""
        return self.state in SERVING


_constructor_values: Final = attrgetter(
    "id", "account", "kind", "name", "region", "state", "since", "rule", "restored_at", "trial", "expires",
    "anchor_day", "monthly_price", "renewal", "daily_charge", "devices_online", "last_online", "trial_continued",
)  # fmt: skip
"""Gets the values of an instance in the order of the constructor's parameters."""


class World(Record):
    """One fleet at one instant: everything that the simulation knows.

    The dicts, by id, keep the fleet's order, with purchases at the end. `events` is the number of events in its log.
    """

    __slots__ = ("accounts", "clock", "events", "instances")

    def __init__(
        self, clock: int, accounts: dict[str, Account], instances: dict[str, Instance], events: int = 0
    ) -> None:
        self.clock = clock
        self.accounts = accounts
        self.instances = instances
        self.events = events
