"""The money of the vendor's export: whose balance it is, arrears, and the prices, which the user must give."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from core.base.counting import listed_names
from core.base.errors import BadInput, shown
from core.base.instants import Calendar
from core.base.money import check_currency, format_amount, parse_amount
from core.formats.vendor_answers import Balance, ExportRow, scalars, text_of

_DEFAULT_CURRENCY: Final = "CNY"


class Terms(NamedTuple):
    """The command line's values for what the export lacks: amounts as text, prices by instance id."""

    product: str | None = None
    monthly_price: str | None = None
    prices: Mapping[str, str] | None = None
    prices_name: str = ""
    daily_charge: str | None = None
    balance: str | None = None
    currency: str | None = None
    account: str | None = None


class Accounts(NamedTuple):
    """The accounts of an export as entries of the fleet document, and the currency that they share."""

    entries: list[dict[str, object]]
    currency: str


class Prices:
    """The prices given for an export, as amounts in its currency. Raises BadInput for an invalid amount."""

    def __init__(self, rows: Sequence[ExportRow], terms: Terms, currency: str) -> None:
        self._rows, self._terms, self._currency = rows, terms, currency
        self._monthly = _amount("--monthly-price", terms.monthly_price, currency)
        self._daily = _amount("--daily-charge", terms.daily_charge, currency)

    def check(self) -> None:
        """If any rows have no price, raise BadInput, which names all of them and the options that give prices."""
        table, name = self._terms.prices, self._terms.prices_name
        without = [
            row for row in self._rows if (self.monthly if self.is_subscription(row) else self.daily)(row) is None
        ]
        subscriptions = [row for row in without if self.is_subscription(row)]
        if subscriptions and table is not None:
            rest = f"add {'a row for it' if len(subscriptions) == 1 else 'rows for them'}"
            lacks = "give --monthly-price AMOUNT for what the table lacks"
            raise BadInput(f"{name}: has no price for {_listed(subscriptions)}: {rest}, or {lacks}")
        missing = ["--monthly-price AMOUNT or --prices FILE"] if subscriptions else []
        if len(subscriptions) < len(without):
            missing.append("--daily-charge AMOUNT for pay-as-you-go instances")
        if missing:
            file = without[0].file
            raise BadInput(f"{file}: {_listed(without)}: the export holds no prices: give {', and '.join(missing)}")

    def is_subscription(self, row: ExportRow) -> bool:
        """Whether a row is a subscription; otherwise it is pay-as-you-go. Raises BadInput for any other type."""
        kind = text_of(row.fields, "SubscriptionType", row.where)
        if kind not in ("Subscription", "PayAsYouGo"):
            raise BadInput(f"{row.where}: SubscriptionType: {shown(kind)} must be Subscription or PayAsYouGo")
        return kind == "Subscription"

    def monthly(self, row: ExportRow) -> str | None:
        """The monthly price of a row: from the price table, else from --monthly-price; None without either."""
        table, name = self._terms.prices, self._terms.prices_name
        if table is not None and row.id in table:
            return _amount(f"{name}: the price of {shown(row.id)}", table[row.id], self._currency)
        return self._monthly

    def daily(self, row: ExportRow) -> str | None:
        """The daily charge of a pay-as-you-go row; None if --daily-charge was not given."""
        return self._daily


def _listed(rows: Sequence[ExportRow]) -> str:
    return f"{'instance' if len(rows) == 1 else 'instances'} {listed_names([row.id for row in rows])}"


def accounts_of(
    rows: Sequence[ExportRow], balances: Sequence[Balance], terms: Terms, clock: int, calendar: Calendar
) -> Accounts:
    """One account per owner, in the order in which the rows name them.

    All of them get --balance if it was given. A balance in the export goes to its own account only. Raises BadInput,
    which names the option or the file and what would be right.
    """
    balance = _single(balances)
    currency = _currency(balance, terms)
    if balance is not None and terms.balance is not None:
        raise BadInput(f"--balance: {balance.name} already gives the balance: leave one of the two out")
    if balance is None and terms.account is not None:
        raise BadInput("--account names the owner of the balance: give the answer of QueryAccountBalance too")
    stated = _amount("--balance", terms.balance, currency)
    common = {"currency": currency} if stated is None else {"currency": currency, "balance": stated}
    accounts: dict[str, dict[str, object]] = {row.owner: {"id": row.owner, **common} for row in rows}
    if balance is not None:
        owner = _owner(balance, list(accounts), terms.account)
        accounts[owner] = {"id": owner, "currency": currency, **_available(balance, currency, clock, calendar)}
    return Accounts(list(accounts.values()), currency)


def _single(balances: Sequence[Balance]) -> Balance | None:
    if any(scalars(balance.data) != scalars(balances[0].data) for balance in balances):
        raise BadInput(f"{balances[1].name}: is a second account balance: give one at a time, with --account ID")
    return balances[0] if balances else None


def _currency(balance: Balance | None, terms: Terms) -> str:
    """The currency of the whole export: the balance's, else --currency, else CNY."""
    asked = terms.currency
    if balance is None:
        return asked or _DEFAULT_CURRENCY
    stated = text_of(balance.data, "Currency", balance.name)
    if not stated and asked is None:
        raise BadInput(f"{balance.name}: Currency is missing: give --currency CODE")
    if stated and asked is not None and stated != asked:
        raise BadInput(f"{balance.name}: Currency is {shown(stated)}, not {asked}: leave out --currency")
    try:
        return check_currency(stated or asked or "")
    except BadInput as error:
        raise BadInput(f"{balance.name}: Currency: {error}") from None


def _owner(balance: Balance, owners: list[str], account: str | None) -> str:
    """The account that the balance belongs to: --account, else the only owner of the instances."""
    listed = ", ".join(shown(owner) for owner in owners[:5]) + (", ..." if len(owners) > 5 else "")
    if account is not None:
        if owners and account not in owners:
            raise BadInput(f"--account: {shown(account)} owns none of the instances taken: their owners are {listed}")
        return account
    if len(owners) != 1:
        told = f"the instances belong to {listed}" if owners else "no instance names its owner"
        raise BadInput(f"{balance.name}: names no account, and {told}: give --account ID")
    return owners[0]


def _available(balance: Balance, currency: str, clock: int, calendar: Calendar) -> dict[str, object]:
    """The balance; or, for a negative AvailableAmount, an unpaid bill for the arrears, overdue since the clock.

    AvailableAmount is everything that can be spent, credit included. AvailableCashAmount is only its cash part.
    """
    if "AvailableAmount" not in balance.data:
        raise BadInput(f"{balance.name}: AvailableAmount is missing: save the whole answer of QueryAccountBalance")
    try:
        available = parse_amount(balance.data["AvailableAmount"], currency, negative=True)
    except BadInput as error:
        raise BadInput(f"{balance.name}: AvailableAmount: {error}") from None
    if available >= 0:
        return {"balance": format_amount(available, currency)}
    bill = {"id": "arrears", "issued": calendar.format(clock), "amount": format_amount(-available, currency)}
    return {"balance": "0", "unpaid": [bill], "overdue_since": bill["issued"]}


def _amount(name: str, written: str | None, currency: str) -> str | None:
    if written is None:
        return None
    try:
        return format_amount(parse_amount(written, currency), currency)
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from None
