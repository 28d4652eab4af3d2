"""The fleet document, `lapse-fleet/1`: every fleet is read from this form, and written in it.

CSV files and the vendor's export are turned into such a document first, so that each check exists only once.
"""

from collections.abc import Callable, Mapping, Sequence
from sys import intern
from typing import Final, TypeVar

from core.base.counting import counted, listed_names
from core.base.errors import BadInput, shown
from core.base.instants import Calendar, format_day
from core.base.money import check_currency, parse_amount
from core.base.reading import read_day, read_flag, read_id, read_instant, read_text, read_whole
from core.rules.policy import Policy
from core.simulation.loading import derive_state, new_usage
from core.world.model import (
    AUTO,
    CHECKOUT,
    CONSOLE,
    ENTERPRISE,
    KINDS,
    LEGACY_PUBLIC,
    MODES,
    PUBLIC,
    SCHEDULES,
    Account,
    Bill,
    Coupon,
    Instance,
    Renewal,
    World,
)

FORMAT: Final = "lapse-fleet/1"

Label = Callable[[int], str]
"""Names a list entry in error messages, given its position from 0: "instances[3]", or "row 5" for a CSV file."""

T = TypeVar("T")

_NO_ENTRIES: Final[list[object]] = []

_ACCOUNT_KEYS: Final = (
    "id", "currency", "balance", "low_balance_alert", "daily_spend", "coupons", "unpaid", "overdue_since",
)  # fmt: skip
INSTANCE_KEYS: Final = (
    "id", "account", "name", "kind", "region", "trial", "expires", "anchor_day", "monthly_price", "renewal",
    "devices_online", "last_online", "trial_continued", "daily_charge", "released",
)  # fmt: skip
"""The keys that an instance may have."""

_PRICES: Final = ((ENTERPRISE, "monthly_price"), (LEGACY_PUBLIC, "daily_charge"))
"""Each kind of instance that has a price, with the key of that price."""


class Fields:
    """Reads one JSON object key by key. Every error message names the object (`where`) and the key."""

    def __init__(self, value: object, where: str, keys: Sequence[str]) -> None:
        if not isinstance(value, Mapping):
            raise BadInput(f"{where}: {shown(value)} must be an object with the keys {', '.join(keys)}")
        for key in value:
            if key not in keys:
                raise BadInput(f"{where}: unknown key {shown(key)}: it may have {', '.join(keys)}")
        self.where = where
        self._value = value

    def has(self, key: str) -> bool:
        """Whether the key is present and not null."""
        return self._value.get(key) is not None

    def get(self, key: str, read: Callable[[object], T]) -> T:
        """The value of a required key, converted by `read`. Raises BadInput if it is missing or `read` refuses it."""
        if key not in self._value:
            raise BadInput(f'{self.where}: "{key}" is missing')
        try:
            return read(self._value[key])
        except BadInput as error:
            raise self.wrong(key, str(error)) from None

    def maybe(self, key: str, read: Callable[[object], T], default: T) -> T:
        """The value of an optional key, converted by `read`; `default` if it is missing or null. Raises BadInput."""
        return self.get(key, read) if self.has(key) else default

    def wrong(self, key: str, sentence: str) -> BadInput:
        """The error to raise for a key; for the whole object if `key` is empty."""
        return BadInput(f"{self.where}.{key}: {sentence}" if key else f"{self.where}: {sentence}")


def read_document(
    document: object, policy: Policy, clock: int | None = None, label: Label = "instances[{}]".format
) -> World:
    """Read a fleet document. The world is at `clock` if given, else at the document's clock; states follow I1.

    Raises BadInput, which names the key and what would be right.
    """
    calendar = policy.calendar
    fields = Fields(document, "the fleet", ("format", "clock", "accounts", "instances"))
    if fields.maybe("format", read_text, FORMAT) != FORMAT:
        raise fields.wrong("format", f'it must be "{FORMAT}"')
    if clock is None or fields.has("clock"):
        written = fields.get("clock", lambda value: read_instant(value, calendar))
        clock = written if clock is None else clock
    try:
        calendar.check_clock(clock)
    except BadInput as error:
        raise fields.wrong("clock", str(error)) from None
    accounts: dict[str, Account] = {}
    for index, entry in enumerate(fields.maybe("accounts", _list, _NO_ENTRIES)):
        account = _account(entry, f"accounts[{index}]", clock, calendar)
        if account.id in accounts:
            raise BadInput(f"accounts[{index}].id: {shown(account.id)} appears twice: give each account its own id")
        accounts[account.id] = account
    instances: dict[str, Instance] = {}
    entries = fields.maybe("instances", _list, _NO_ENTRIES)
    for kind, key in _PRICES:
        _check_prices(entries, kind, key)
    for index, entry in enumerate(entries):
        instance = _instance(entry, label(index), accounts, clock, policy)
        if instance.id in instances:
            raise BadInput(f"{label(index)}.id: {shown(instance.id)} appears twice: give each instance its own id")
        instances[instance.id] = instance
    return World(clock, accounts, instances)


def _check_prices(entries: Sequence[object], kind: str, key: str) -> None:
    """If several instances of a kind have no price, name all of them in one error."""
    without = [
        name
        for entry in entries
        if isinstance(entry, Mapping) and entry.get("kind") == kind and entry.get(key) is None
        if isinstance(name := entry.get("id"), str)
    ]
    if len(without) > 1:
        raise BadInput(f'"{key}" is missing for {counted(len(without), "instance")}: {listed_names(without)}')


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise BadInput(f"{shown(value)} must be a list")
    return value


def _as_is(value: object) -> object:
    return value


def _one_of(*words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise BadInput(f"{shown(value)} must be one of {', '.join(words)}")
        return intern(value)

    return read


def _not_after(calendar: Calendar, clock: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        instant = read_instant(value, calendar)
        if instant > clock:
            raise BadInput(f"{shown(value)} is after the clock, {calendar.format(clock)}: it must be at or before it")
        return instant

    return read


def _account(entry: object, where: str, clock: int, calendar: Calendar) -> Account:
    fields = Fields(entry, where, _ACCOUNT_KEYS)
    name = intern(fields.get("id", read_id))
    currency = fields.maybe("currency", _currency, "CNY")

    def amount(value: object) -> int:
        return parse_amount(value, currency)

    account = Account(
        name,
        currency,
        new_usage(clock),
        fields.maybe("balance", amount, 0),
        fields.get("low_balance_alert", amount) if fields.has("low_balance_alert") else None,
        fields.maybe("daily_spend", amount, 0),
    )
    seen: set[str] = set()
    for index, item in enumerate(fields.maybe("coupons", _list, _NO_ENTRIES)):
        coupon = _coupon(item, f"{where}.coupons[{index}]", amount, calendar)
        if coupon.id in seen:
            raise BadInput(f"{where}.coupons[{index}].id: {shown(coupon.id)} appears twice in this account")
        seen.add(coupon.id)
        account.coupons.append(coupon)
    seen = set()
    for index, item in enumerate(fields.maybe("unpaid", _list, _NO_ENTRIES)):
        bill = _bill(item, f"{where}.unpaid[{index}]", amount, _not_after(calendar, clock))
        if bill.id in seen:
            raise BadInput(f"{where}.unpaid[{index}].id: {shown(bill.id)} appears twice in this account")
        seen.add(bill.id)
        account.unpaid.append(bill)
    account.unpaid.sort(key=lambda bill: bill.issued)
    if account.unpaid:
        account.overdue_since = fields.maybe("overdue_since", _not_after(calendar, clock), account.unpaid[0].issued)
    elif fields.has("overdue_since"):
        raise fields.wrong("overdue_since", "the account has no unpaid bill, so it can't be overdue: leave it out")
    return account


def _currency(value: object) -> str:
    return intern(check_currency(read_text(value)))


def _coupon(entry: object, where: str, amount: Callable[[object], int], calendar: Calendar) -> Coupon:
    fields = Fields(entry, where, ("id", "amount", "starts", "expires"))

    def instant(value: object) -> int | None:
        return read_instant(value, calendar)

    identity, worth = fields.get("id", read_id), fields.get("amount", amount)
    starts, expires = fields.maybe("starts", instant, None), fields.maybe("expires", instant, None)
    coupon = Coupon(identity, worth, worth, starts, expires)
    if coupon.starts is not None and coupon.expires is not None and coupon.expires < coupon.starts:
        raise fields.wrong("expires", "the coupon ends before it starts")
    return coupon


def _bill(entry: object, where: str, amount: Callable[[object], int], instant: Callable[[object], int]) -> Bill:
    fields = Fields(entry, where, ("id", "issued", "amount"))
    return Bill(fields.get("id", read_id), fields.get("issued", instant), fields.get("amount", amount))


def _instance(entry: object, where: str, accounts: Mapping[str, Account], clock: int, policy: Policy) -> Instance:
    calendar = policy.calendar
    # A key that only other kinds use is ignored, because a CSV table has columns for all kinds.
    fields = Fields(_without_nulls(entry), where, INSTANCE_KEYS)
    kind = fields.get("kind", _one_of(*KINDS))
    owner = fields.get("account", read_id)
    if owner not in accounts:
        raise fields.wrong("account", f"there is no account {shown(owner)} in this fleet")
    account = accounts[owner]
    identity = fields.get("id", read_id)
    instance = Instance(
        identity,
        account.id,
        kind,
        fields.maybe("name", read_text, identity),
        intern(fields.maybe("region", read_text, "")),
    )

    def amount(value: object) -> int:
        return parse_amount(value, account.currency)

    if kind == ENTERPRISE:
        instance.trial = fields.maybe("trial", read_flag, False)
        instance.expires = expires = fields.get("expires", lambda value: read_instant(value, calendar))
        instance.anchor_day = fields.maybe("anchor_day", _day_of_month, calendar.date_of(expires).day)
        if not calendar.fits_anchor(expires, instance.anchor_day):
            fitting = f"give {calendar.date_of(expires).day}, or leave it out"
            raise fields.wrong(
                "anchor_day", f"{instance.anchor_day} does not fit expires, {calendar.format(expires)}: {fitting}"
            )
        instance.monthly_price = fields.get("monthly_price", amount)
        if fields.has("renewal"):
            instance.renewal = _renewal(fields.get("renewal", _as_is), f"{where}.renewal", clock, policy)
    elif kind == LEGACY_PUBLIC:
        instance.daily_charge = fields.get("daily_charge", amount)
    else:
        instant = _not_after(calendar, clock)
        instance.devices_online = fields.maybe("devices_online", read_flag, False)
        instance.last_online = fields.get("last_online", instant) if fields.has("last_online") else None
        instance.trial_continued = fields.get("trial_continued", instant) if fields.has("trial_continued") else None
        if not instance.devices_online and instance.last_online is None:
            raise fields.wrong("last_online", 'it is missing: give it, or "devices_online": true')
    released = None
    if kind != PUBLIC and fields.has("released"):
        released = fields.get("released", _not_after(calendar, clock))
    derive_state(instance, account, clock, policy, released)
    return instance


def _without_nulls(entry: object) -> object:
    if isinstance(entry, Mapping):
        return {key: value for key, value in entry.items() if value is not None}
    return entry


def _day_of_month(value: object) -> int:
    day = read_whole(value)
    if not 1 <= day <= 31:
        raise BadInput(f"{day} is not a day of the month: 1 to 31")
    return day


def _renewal(entry: object, where: str, clock: int, policy: Policy) -> Renewal:
    fields = Fields(entry, where, ("mode", "schedule", "months", "enabled_on"))
    calendar = policy.calendar
    mode = fields.get("mode", _one_of(*MODES))
    schedule = fields.maybe("schedule", _one_of(*SCHEDULES), CONSOLE)
    sold = (policy.checkout_months,) if schedule == CHECKOUT else policy.console_months
    months = fields.maybe("months", read_whole, sold[0])
    if months not in sold:
        raise fields.wrong(
            "months", f"{months} is not a period of the {schedule} schedule: {', '.join(map(str, sold))}"
        )
    enabled_on = fields.get("enabled_on", lambda value: read_day(value, calendar)) if fields.has("enabled_on") else None
    if enabled_on is not None and enabled_on > calendar.day_of(clock):
        raise fields.wrong(
            "enabled_on",
            f"{format_day(enabled_on)} is after the clock, {calendar.format(clock)}: give that day or an earlier one",
        )
    return Renewal(AUTO, schedule, months, enabled_on) if mode == AUTO else Renewal(mode)
