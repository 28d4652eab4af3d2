"""The actions that a person can ask for, as the contract names them, and their reader for JSON and TOML objects.

An amount stays as it was written until `core.simulation.perform` knows the account, and so the currency.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, NamedTuple, get_args

from core.base.errors import BadInput, shown
from core.base.instants import Calendar
from core.base.reading import read_flag, read_id, read_instant, read_text, read_unparsed_amount, read_whole

WrittenAmount = str | int | Decimal
"""An amount as a person wrote it."""


class TopUp(NamedTuple):
    """Add money to an account's balance."""

    account: str
    amount: WrittenAmount


class GrantCoupon(NamedTuple):
    """Give an account a coupon. Without `starts` it is usable at once; without `expires` it never ends."""

    account: str
    id: str
    amount: WrittenAmount
    starts: int | None = None
    expires: int | None = None


class Charge(NamedTuple):
    """Issue a bill outside the billing cycle (B3)."""

    account: str
    amount: WrittenAmount
    note: str | None = None


class SetLowBalanceAlert(NamedTuple):
    """Set the threshold of the low balance alert; None removes the alert (C3)."""

    account: str
    amount: WrittenAmount | None


class Purchase(NamedTuple):
    """Buy a new Enterprise instance for some months (T6). `auto_renew` turns on auto-renewal at checkout (R5)."""

    account: str
    id: str
    months: int
    monthly_price: WrittenAmount
    name: str | None = None
    region: str | None = None
    auto_renew: bool = False


class Renew(NamedTuple):
    """Renew instances of one account in one order (R1 to R5). `auto_renew` turns on auto-renewal at checkout (R5)."""

    instances: tuple[str, ...]
    months: int
    auto_renew: bool = False


class EnableAutoRenewal(NamedTuple):
    """Enable auto-renewal in renewal management, or change its period (A2, A8)."""

    instances: tuple[str, ...]
    months: int


class SetManualRenewal(NamedTuple):
    """Set instances to manual renewal (A8)."""

    instances: tuple[str, ...]


class SetNonRenewal(NamedTuple):
    """Set instances to non-renewal: like manual renewal, but with a single reminder."""

    instances: tuple[str, ...]


class ContinueTrial(NamedTuple):
    """Continue the trial of a frozen public instance (P3)."""

    instance: str


class Upgrade(NamedTuple):
    """Upgrade a public or legacy public instance to Enterprise Edition (P4, L3)."""

    instance: str
    months: int
    monthly_price: WrittenAmount


class DevicesOnline(NamedTuple):
    """A device of a public instance comes online (P2)."""

    instance: str


class DevicesOffline(NamedTuple):
    """The last device of a public instance goes offline (P2)."""

    instance: str


Action = (
    TopUp | GrantCoupon | Charge | SetLowBalanceAlert | Purchase | Renew | EnableAutoRenewal | SetManualRenewal
    | SetNonRenewal | ContinueTrial | Upgrade | DevicesOnline | DevicesOffline
)  # fmt: skip

ACTIONS: Final[dict[str, type[Action]]] = {
    re.sub("(?<=[a-z])(?=[A-Z])", "_", action.__name__).lower(): action for action in get_args(Action)
}
"""The type of each action by its name in the contract."""

NAMES: Final[dict[type[Action], str]] = {action: name for name, action in ACTIONS.items()}
"""The name of each type of action in the contract."""

_OPTIONAL: Final = ("starts", "expires", "note", "name", "region")


def read_action(fields: Mapping[str, object], calendar: Calendar) -> Action:
    """Read an action from a JSON or TOML object, which holds `do` and the keys of that type of action.

    The key `at` is ignored: it belongs to the script. Raises BadInput.
    """
    do = fields.get("do")
    if not isinstance(do, str) or do not in ACTIONS:
        raise BadInput(f"do: {shown(do)} is not an action: it is one of {', '.join(ACTIONS)}")
    action = ACTIONS[do]
    for key in fields:
        if key not in action._fields and key not in ("do", "at"):
            raise BadInput(f"{do}: unknown key {shown(key)}: it takes {', '.join(action._fields)}")
    values: list[object] = []
    for key in action._fields:
        if key in fields:
            values.append(_read(action, key, fields[key], calendar))
        elif key in action._field_defaults:
            values.append(action._field_defaults[key])
        else:
            raise BadInput(f'{do}: "{key}" is missing')
    return action._make(values)


def _read(action: type[Action], key: str, value: object, calendar: Calendar) -> object:
    if value is None and (key in _OPTIONAL or (action is SetLowBalanceAlert and key == "amount")):
        return None
    try:
        return _READERS[key](value, calendar)
    except BadInput as error:
        raise BadInput(f"{NAMES[action]}: {key}: {error}") from None


def _instances(value: object, _: Calendar) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not value:
        raise BadInput("give a list of instance ids, at least one")
    ids = tuple(read_id(item) for item in value)
    if len(set(ids)) < len(ids):
        duplicate = next(item for item in ids if ids.count(item) > 1)
        raise BadInput(f"{shown(duplicate)} is named twice: name each instance once")
    return ids


_READERS: Final[dict[str, Callable[[object, Calendar], object]]] = {
    "account": lambda value, _: read_id(value),
    "id": lambda value, _: read_id(value),
    "instance": lambda value, _: read_id(value),
    "instances": _instances,
    "amount": lambda value, _: read_unparsed_amount(value),
    "monthly_price": lambda value, _: read_unparsed_amount(value),
    "months": lambda value, _: read_whole(value),
    "auto_renew": lambda value, _: read_flag(value),
    "name": lambda value, _: read_text(value),
    "region": lambda value, _: read_text(value),
    "note": lambda value, _: read_text(value),
    "starts": read_instant,
    "expires": read_instant,
}
