"""A second implementation of the rulebook, as simple as possible: no heaps and no caches; every step scans everything.

It reads only valid fleets and scripts, knows only the default numbers, and returns what `lapse simulate --json` prints.
An instant is the number of seconds of UTC+8 wall-clock time since 0001-01-01, so that midnights are multiples of a day.
Money is in minor units.
"""

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

Form = dict[str, object]

OFFSET = 8 * 3600
DAY = 86400
RESTORE_DELAY = 30 * 60
BILL_DELAY = 4 * 3600
RETENTION = 15 * DAY
TRIAL_RETENTION = 15 * DAY
OVERDUE_GRACE = 24 * 3600
IDLE_LIMIT = 30 * DAY
CHARGE_TIME = 8 * 3600
REMINDER_TIME = 9 * 3600
SOLD_MONTHS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36)
CONSOLE_MONTHS = (1, 2, 3, 6, 12, 24, 36)
CONSOLE_DAYS = (-3, -1, 0, 6, 14)
CHECKOUT_DAYS = (-9, -8, -7, -6, -5, -4, -3, -2, -1)
REMINDERS: dict[str, tuple[int, ...]] = {"manual": (-7, -3, -1), "none": (-3,), "auto": ()}
DECIMALS = {"CNY": 2, "USD": 2, "JPY": 0}

CODES = (
    "unknown_account", "unknown_instance", "duplicate_id", "several_accounts", "wrong_kind", "released", "frozen",
    "not_frozen", "invalid_amount", "invalid_period", "account_overdue", "period_in_past", "insufficient_funds",
)  # fmt: skip
"""The codes of refusals in the rulebook's order: the first one that applies is the result."""


# Time


def parse_instant(text: object) -> int:
    """Read an ISO 8601 date or date-time."""
    moment = dt.datetime.fromisoformat(cast(str, text).strip().upper().replace(" ", "T"))
    offset = moment.utcoffset()
    naive = moment.replace(tzinfo=None)
    if offset is not None:
        naive = naive - offset + dt.timedelta(seconds=OFFSET)
    since = naive - dt.datetime(1, 1, 1)
    return since.days * DAY + since.seconds


def maybe_instant(text: object) -> int | None:
    """Read an instant that may be missing."""
    return None if text is None else parse_instant(text)


def show(instant: int) -> str:
    """An instant as the contract writes it."""
    return (dt.datetime(1, 1, 1) + dt.timedelta(seconds=instant)).isoformat() + "+08:00"


def maybe_show(instant: int | None) -> str | None:
    """An instant that may be missing, as the contract writes it."""
    return None if instant is None else show(instant)


def date_of(instant: int) -> int:
    """The day of an instant."""
    return instant // DAY


def ymd(day: int) -> tuple[int, int, int]:
    """The year, the month and the day of the month of a day."""
    date = dt.date.fromordinal(day + 1)
    return date.year, date.month, date.day


def last_day(year: int, month: int) -> int:
    """The number of the last day of a month."""
    return (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day


def add_months(instant: int, months: int, anchor: int) -> int:
    """An instant some months later, on the anchor day or the last day of the month, at the same time of day (T5)."""
    year, month, _ = ymd(date_of(instant))
    year, month = divmod(year * 12 + month - 1 + months, 12)
    month += 1
    day = dt.date(year, month, min(anchor, last_day(year, month))).toordinal() - 1
    return day * DAY + instant % DAY


def parse_when(text: object, clock: int) -> int:
    """Read an instant, or a duration after the clock."""
    match = re.fullmatch(r"(\d+)(mo|m|h|d|w|y)", cast(str, text))
    if match is None:
        return parse_instant(text)
    number, unit = int(match[1]), match[2]
    if unit in ("mo", "y"):
        return add_months(clock, number * (12 if unit == "y" else 1), ymd(date_of(clock))[2])
    return clock + number * {"m": 60, "h": 3600, "d": DAY, "w": 7 * DAY}[unit]


def purchased_period(instant: int, months: int) -> tuple[int, int]:
    """The end and the anchor day of a period that is bought at an instant (T6)."""
    start = -(-instant // DAY) * DAY
    anchor = ymd(date_of(start))[2]
    return add_months(start, months, anchor), anchor


# Money


def parse_money(written: object, decimals: int) -> int:
    """Read an amount into minor units."""
    text = str(written).replace(" ", "").replace(",", "")
    return int(Decimal(text).scaleb(decimals))


def show_money(units: int, decimals: int) -> str:
    """An amount with the currency's decimals."""
    sign, units = "-" if units < 0 else "", abs(units)
    if decimals == 0:
        return f"{sign}{units}"
    return f"{sign}{units // 10**decimals}.{units % 10**decimals:0{decimals}d}"


def half_up(number: int, by: int) -> int:
    """The quotient of two whole numbers, rounded half up."""
    return (2 * number + by) // (2 * by)


# Objects


@dataclass
class Coupon:
    id: str
    left: int
    starts: int | None
    expires: int | None


@dataclass
class Bill:
    id: str
    issued: int
    amount: int


@dataclass
class Account:
    id: str
    currency: str
    decimals: int
    balance: int
    alert: int | None
    daily_spend: int
    coupons: list[Coupon]
    unpaid: list[Bill]
    overdue_since: int | None


@dataclass
class Instance:
    id: str
    account: Account
    kind: str
    name: str
    state: str | None = None
    trial: bool = False
    expires: int = 0
    anchor: int = 0
    price: int = 0
    mode: str = "manual"
    schedule: str | None = None
    months: int | None = None
    enabled_on: int | None = None
    online: bool = False
    offline_since: int | None = None
    continued: int | None = None
    daily_charge: int = 0
    served: list[tuple[int, int | None]] = field(default_factory=list)
    """For a legacy public instance: the start and end of each period of service; the end is None if it still runs."""
    restored_at: int | None = None

    @property
    def retention(self) -> int:
        """Seconds from its expiry to its release (E2, E4)."""
        return TRIAL_RETENTION if self.trial else RETENTION

    @property
    def freezes_at(self) -> int:
        """The instant at which it is frozen if no device comes online (P2)."""
        return max(x for x in (self.offline_since, self.continued) if x is not None) + IDLE_LIMIT


class Model:
    """A fleet and its clock."""

    def __init__(self, fleet: Form) -> None:
        self.clock = self.loaded = parse_instant(fleet["clock"])
        self.events: list[Form] = []
        self._inbox: list[tuple[str, str, str, Account, Instance | None]] = []
        self._bills = 0
        self.accounts = [self._load_account(form) for form in cast(list[Form], fleet["accounts"])]
        self.instances: list[Instance] = []
        for form in cast(list[Form], fleet["instances"]):
            self.instances.append(self._load_instance(form))

    # Loading (I1)

    def _load_account(self, form: Form) -> Account:
        currency = cast(str, form.get("currency", "CNY"))
        decimals = DECIMALS[currency]
        alert = form.get("low_balance_alert")
        coupons = [
            Coupon(
                cast(str, item["id"]), parse_money(item["amount"], decimals),
                maybe_instant(item.get("starts")), maybe_instant(item.get("expires")),
            )
            for item in cast(list[Form], form.get("coupons", []))
        ]  # fmt: skip
        unpaid = [
            Bill(cast(str, item["id"]), parse_instant(item["issued"]), parse_money(item["amount"], decimals))
            for item in cast(list[Form], form.get("unpaid", []))
        ]
        unpaid.sort(key=lambda bill: bill.issued)
        overdue_since = maybe_instant(form.get("overdue_since"))
        if unpaid and overdue_since is None:
            overdue_since = unpaid[0].issued
        return Account(
            cast(str, form["id"]), currency, decimals, parse_money(form.get("balance", 0), decimals),
            None if alert is None else parse_money(alert, decimals), parse_money(form.get("daily_spend", 0), decimals),
            coupons, unpaid, overdue_since,
        )  # fmt: skip

    def _load_instance(self, form: Form) -> Instance:
        account = self.account(form["account"])
        assert account is not None
        name = cast(str, form["id"])
        it = Instance(name, account, cast(str, form["kind"]), cast(str, form.get("name", name)), "running")
        if it.kind == "enterprise":
            it.trial = cast(bool, form.get("trial", False))
            it.expires = parse_instant(form["expires"])
            it.anchor = cast(int, form.get("anchor_day", ymd(date_of(it.expires))[2]))
            it.price = parse_money(form["monthly_price"], account.decimals)
            renewal = cast(Form, form.get("renewal", {"mode": "manual"}))
            it.mode = cast(str, renewal["mode"])
            if it.mode == "auto":
                it.schedule = cast(str, renewal.get("schedule", "console"))
                it.months = cast(int, renewal.get("months", 1))
                if renewal.get("enabled_on") is not None:
                    it.enabled_on = date_of(parse_instant(renewal["enabled_on"]))
            if it.expires <= self.clock:
                it.state = "expired"
            if it.expires + it.retention <= self.clock:
                it.state = "released"
        elif it.kind == "public":
            it.online = cast(bool, form.get("devices_online", False))
            it.offline_since = maybe_instant(form.get("last_online"))
            it.continued = maybe_instant(form.get("trial_continued"))
            if not it.online and it.freezes_at <= self.clock:
                it.state = "frozen"
        else:
            it.daily_charge = parse_money(form["daily_charge"], account.decimals)
            if account.overdue_since is not None:
                it.state = "overdue"
                if account.overdue_since + OVERDUE_GRACE <= self.clock:
                    it.state = "stopped"
            if it.state != "stopped":
                it.served.append((self.clock, None))
        return it

    # Looking up

    def account(self, name: object) -> Account | None:
        """An account by its id."""
        return next((account for account in self.accounts if account.id == name), None)

    def instance(self, name: object) -> Instance | None:
        """An instance by its id."""
        return next((it for it in self.instances if it.id == name), None)

    def _by_account(self) -> list[Account]:
        return sorted(self.accounts, key=lambda account: account.id)

    def _by_instance(self) -> list[Instance]:
        return sorted(self.instances, key=lambda it: (it.account.id, it.id))

    def _usable(self, account: Account) -> list[Coupon]:
        """The coupons that are usable at the clock, in the order of use (M2)."""
        usable = [
            coupon
            for coupon in account.coupons
            if coupon.left > 0
            and (coupon.starts is None or coupon.starts <= self.clock)
            and (coupon.expires is None or self.clock < coupon.expires)
        ]
        return sorted(usable, key=lambda coupon: (coupon.expires is None, coupon.expires or 0, coupon.id))

    def funds(self, account: Account) -> int:
        """The balance plus the usable coupons (M2)."""
        return account.balance + sum(coupon.left for coupon in self._usable(account))

    # Writing the log

    def _log(
        self, kind: str, rule: str | None, account: str | None, instance: str | None = None, /, **more: object
    ) -> None:
        form: Form = {"seq": len(self.events) + 1, "at": show(self.clock), "type": kind, "rule": rule}
        if account is not None:
            form["account"] = account
        if instance is not None:
            form["instance"] = instance
        self.events.append(form | more)

    def _notice(self, rule: str, channel: str, notice: str, account: Account, instance: Instance | None = None) -> None:
        self._inbox.append((rule, channel, notice, account, instance))

    def _send_notices(self) -> None:
        for rule, channel, notice, account, it in self._inbox:
            self._log("notice_sent", rule, account.id, it.id if it else None, channel=channel, notice=notice)
        self._inbox = []

    def _enter(self, it: Instance, state: str, rule: str) -> None:
        if it.state == state:
            return
        old, it.state = it.state, state
        if state != "restoring":
            it.restored_at = None
        if it.kind == "legacy_public":
            was, now = old in ("running", "overdue"), state in ("running", "overdue")
            if was and not now:
                self._stop_counting(it)
            if now and not was:
                it.served.append((self.clock, None))
        self._log("state_changed", rule, it.account.id, it.id, **{"from": old, "to": state})
        if state in ("expired", "stopped", "released", "frozen"):
            self._notice("N2", "email", state, it.account, it)

    def _stop_counting(self, it: Instance) -> None:
        it.served[-1] = (it.served[-1][0], self.clock)

    # Moving money

    def _move(self, account: Account, change: int) -> None:
        before = account.balance
        account.balance += change
        if account.alert is not None and before >= account.alert > account.balance:
            self._notice("N1", "sms", "low_balance", account)

    def _pay(self, account: Account, amount: int) -> Form:
        """Pay an amount that is covered: from coupons first, then from the balance (M2)."""
        rest = amount
        for coupon in self._usable(account):
            part = min(rest, coupon.left)
            coupon.left -= part
            rest -= part
        self._move(account, -rest)
        parts = {"amount": amount, "from_coupons": amount - rest, "from_balance": rest}
        return {key: show_money(part, account.decimals) for key, part in parts.items()}

    def _issue(self, account: Account, amount: int, rule: str) -> None:
        self._bills += 1
        bill = Bill(f"bill-{self._bills}", self.clock, amount)
        account.unpaid.append(bill)
        self._log("bill_issued", rule, account.id, bill=bill.id, amount=show_money(amount, account.decimals))

    def _settle(self, account: Account) -> None:
        """Settle bills, the oldest first, each completely; then make the account overdue or clear (C1)."""
        while account.unpaid and account.unpaid[0].amount <= self.funds(account):
            bill = account.unpaid.pop(0)
            paid = self._pay(account, bill.amount)
            self._log("bill_settled", "C1", account.id, bill=bill.id, **paid)
        legacy = [it for it in self._by_instance() if it.account is account and it.kind == "legacy_public"]
        if account.unpaid and account.overdue_since is None:
            account.overdue_since = self.clock
            self._log("account_overdue", "C1", account.id)
            self._notice("N2", "email", "account_overdue", account)
            for it in legacy:
                if it.state == "running":
                    self._enter(it, "overdue", "L1")
        elif not account.unpaid and account.overdue_since is not None:
            account.overdue_since = None
            self._log("account_cleared", "C1", account.id)
            self._notice("N2", "email", "account_cleared", account)
            for it in legacy:
                if it.state == "overdue":
                    self._enter(it, "running", "L2")
                elif it.state == "stopped":
                    self._enter(it, "restoring", "L2")
                    it.restored_at = self.clock + RESTORE_DELAY

    # The clock

    def instants_ahead(self) -> list[int]:
        """Every instant after the clock at which something may be due. At some of them, nothing is."""
        found: list[int | None] = []
        for time_of_day in (BILL_DELAY, CHARGE_TIME, REMINDER_TIME):
            today = date_of(self.clock) * DAY + time_of_day
            found.append(today if today > self.clock else today + DAY)
        for account in self.accounts:
            for coupon in account.coupons:
                found += [coupon.starts, coupon.expires]
        for it in self.instances:
            found.append(it.restored_at)
            if it.kind == "enterprise" and it.state != "released":
                found += [it.expires, it.expires + it.retention - DAY, it.expires + it.retention]
            if it.kind == "public" and not it.online and it.state == "running":
                found.append(it.freezes_at)
            if it.kind == "legacy_public" and it.account.overdue_since is not None:
                found.append(it.account.overdue_since + OVERDUE_GRACE)
        return [instant for instant in found if instant is not None and instant > self.clock]

    def advance(self, to: int) -> None:
        """Move the clock to `to`; everything due until then happens (T2)."""
        while ahead := [instant for instant in self.instants_ahead() if instant <= to]:
            self.clock = min(ahead)
            self._process_instant()
        self.clock = to

    def _process_instant(self) -> None:
        """Do everything due at the clock, in the order of T3. With the default numbers, one pass is enough."""
        self._settle_accounts(self._coupons() + self._bills_of_the_day())
        self._payments()
        self._restorations()
        self._losses()
        self._timed_notices()
        self._send_notices()

    def _coupons(self) -> list[Account]:
        started = []
        for account in self._by_account():
            for coupon in sorted(account.coupons, key=lambda coupon: coupon.id):
                if coupon.starts == self.clock:
                    started.append(account)
                if coupon.expires == self.clock and coupon.left > 0:
                    lost = show_money(coupon.left, account.decimals)
                    self._log("coupon_ended", "M2", account.id, amount=lost, coupon=coupon.id)
        return started

    def _bills_of_the_day(self) -> list[Account]:
        billed = []
        if self.clock % DAY == BILL_DELAY:
            for account in self._by_account():
                amount = self._cycle(account, self.clock - BILL_DELAY - DAY)
                if amount > 0:
                    self._issue(account, amount, "B1")
                    billed.append(account)
        return billed

    def _cycle(self, account: Account, start: int) -> int:
        """The bill of the cycle that began at `start` (B2)."""
        start, end = max(start, self.loaded), start + DAY
        if end <= start:
            return 0
        total = half_up(account.daily_spend * (end - start), DAY)
        for it in self.instances:
            if it.account is account and it.daily_charge:
                spells = [(max(start, since), min(end, end if to is None else to)) for since, to in it.served]
                seconds = sum(max(0, to - since) for since, to in spells)
                total += half_up(it.daily_charge * seconds, DAY)
        return total

    def _settle_accounts(self, accounts: list[Account]) -> None:
        for account in self._by_account():
            if account in accounts:
                self._settle(account)

    def _payments(self) -> None:
        for it in sorted(self.instances, key=lambda it: (it.expires, it.id)):
            if it.kind == "enterprise" and self._payment_due(it):
                self._auto_pay(it)

    def _restorations(self) -> None:
        for it in self._by_instance():
            if it.state != "restoring" or it.restored_at is None or it.restored_at > self.clock:
                continue
            if it.kind == "enterprise":
                self._enter(it, "running", "R3")
            elif it.account.overdue_since is None:
                self._enter(it, "running", "L2")
            else:
                self._enter(it, "stopped" if self._grace_is_over(it.account) else "overdue", "L2")

    def _grace_is_over(self, account: Account) -> bool:
        return account.overdue_since is not None and account.overdue_since + OVERDUE_GRACE <= self.clock

    def _losses(self) -> None:
        """Change states to expired and stopped, then to released, then to frozen."""
        for it in self._by_instance():
            if it.kind == "enterprise" and it.state == "running" and it.expires <= self.clock:
                self._enter(it, "expired", "E1")
            if it.kind == "legacy_public" and it.state == "overdue" and self._grace_is_over(it.account):
                self._enter(it, "stopped", "L1")
        for it in self._by_instance():
            if it.kind == "enterprise" and it.state == "expired" and it.expires + it.retention <= self.clock:
                self._enter(it, "released", "E2")
        for it in self._by_instance():
            if it.kind == "public" and it.state == "running" and not it.online and it.freezes_at <= self.clock:
                self._enter(it, "frozen", "P2")

    def _timed_notices(self) -> None:
        for it in self._by_instance():
            if it.kind != "enterprise" or it.state == "released":
                continue
            days = date_of(self.clock) - date_of(it.expires)
            if self.clock % DAY == REMINDER_TIME and days in REMINDERS[it.mode]:
                self._notice("N2", "email", "renewal_reminder", it.account, it)
            if it.state == "expired" and self.clock == it.expires + it.retention - DAY:
                self._notice("N2", "email", "release_tomorrow", it.account, it)

    # Renewing

    def _payment_due(self, it: Instance) -> bool:
        if it.mode != "auto" or it.state == "released" or self.clock % DAY != CHARGE_TIME:
            return False
        if it.enabled_on is not None and date_of(self.clock) <= it.enabled_on:
            return False
        days = CONSOLE_DAYS if it.schedule == "console" else CHECKOUT_DAYS
        return date_of(self.clock) - date_of(it.expires) in days

    def _auto_pay(self, it: Instance) -> None:
        account = it.account
        months = it.months or 1
        cost = it.price * months
        reason = None
        if account.overdue_since is not None:
            reason = "account_overdue"
        elif cost > self.funds(account):
            reason = "insufficient_funds"
        if reason is None:
            self._renew_one(it, months, "auto")
        else:
            shown = show_money(cost, account.decimals)
            self._log("auto_renewal_failed", "A6", account.id, it.id, reason=reason, amount=shown)
            self._notice("N1", "email", "auto_renewal_failed", account, it)

    def _renew_one(self, it: Instance, months: int, by: str) -> None:
        paid = self._pay(it.account, it.price * months)
        it.expires = add_months(it.expires, months, it.anchor)
        it.trial = False
        more: Form = {"months": months, "expires": show(it.expires), "by": by}
        self._log("renewed", "A5" if by == "auto" else None, it.account.id, it.id, **paid, **more)
        if it.state == "expired":
            self._enter(it, "restoring", "R3")
            it.restored_at = self.clock + RESTORE_DELAY

    def _tick_auto_renewal(self, it: Instance) -> None:
        """Enable auto-renewal as if its box was ticked at checkout (R5)."""
        if it.mode != "auto":
            it.mode, it.schedule, it.months, it.enabled_on = "auto", "checkout", 1, date_of(self.clock)
            self._log("auto_renewal_changed", "R5", it.account.id, it.id, mode="auto", schedule="checkout", months=1)

    # Actions

    def act(self, action: Form) -> None:
        """Do one action of the contract at the clock."""
        _ACTIONS[cast(str, action["do"])](self, action)
        self._send_notices()

    def _refuse(
        self,
        action: Form,
        code: str,
        account: object = None,
        instance: object = None,
        offenders: list[Form] | None = None,
    ) -> None:
        more: Form = {} if offenders is None else {"offenders": offenders}
        named, about = cast(str | None, account), cast(str | None, instance)
        self._log("refused", None, named, about, do=action["do"], code=code, **more)

    def _top_up(self, action: Form) -> None:
        account = self.account(action["account"])
        if account is None:
            return self._refuse(action, "unknown_account", action["account"])
        amount = parse_money(action["amount"], account.decimals)
        if amount <= 0:
            return self._refuse(action, "invalid_amount", account.id)
        self._log("topped_up", None, account.id, amount=show_money(amount, account.decimals))
        self._move(account, amount)
        return self._settle(account)

    def _grant_coupon(self, action: Form) -> None:
        account = self.account(action["account"])
        if account is None:
            return self._refuse(action, "unknown_account", action["account"])
        starts, expires = maybe_instant(action.get("starts")), maybe_instant(action.get("expires"))
        starts = self.clock if starts is None else starts
        amount = parse_money(action["amount"], account.decimals)
        code = first(
            (any(coupon.id == action["id"] for coupon in account.coupons), "duplicate_id"),
            (amount <= 0, "invalid_amount"),
            (expires is not None and (expires <= self.clock or expires < starts), "invalid_period"),
        )
        if code:
            return self._refuse(action, code, account.id)
        coupon = Coupon(cast(str, action["id"]), amount, starts, expires)
        account.coupons.append(coupon)
        shown = show_money(amount, account.decimals)
        self._log("coupon_granted", None, account.id, amount=shown, coupon=coupon.id)
        return self._settle(account)

    def _charge(self, action: Form) -> None:
        account = self.account(action["account"])
        if account is None:
            return self._refuse(action, "unknown_account", action["account"])
        amount = parse_money(action["amount"], account.decimals)
        if amount <= 0:
            return self._refuse(action, "invalid_amount", account.id)
        self._issue(account, amount, "B3")
        return self._settle(account)

    def _set_low_balance_alert(self, action: Form) -> None:
        account = self.account(action["account"])
        if account is None:
            return self._refuse(action, "unknown_account", action["account"])
        amount = None if action["amount"] is None else parse_money(action["amount"], account.decimals)
        if amount is not None and amount <= 0:
            return self._refuse(action, "invalid_amount", account.id)
        account.alert = amount
        shown = None if amount is None else show_money(amount, account.decimals)
        return self._log("low_balance_alert_set", None, account.id, amount=shown)

    def _purchase(self, action: Form) -> None:
        account = self.account(action["account"])
        if account is None:
            return self._refuse(action, "unknown_account", action["account"])
        months, price = cast(int, action["months"]), parse_money(action["monthly_price"], account.decimals)
        code = first(
            (self.instance(action["id"]) is not None, "duplicate_id"),
            (price <= 0, "invalid_amount"),
            (months not in SOLD_MONTHS, "invalid_period"),
            (account.overdue_since is not None, "account_overdue"),
            (price * months > self.funds(account), "insufficient_funds"),
        )
        if code:
            return self._refuse(action, code, account.id)
        name = cast(str, action["id"])
        it = Instance(name, account, "enterprise", cast(str, action.get("name", name)), price=price)
        it.expires, it.anchor = purchased_period(self.clock, months)
        self.instances.append(it)
        paid = self._pay(account, price * months)
        self._log("purchased", None, account.id, it.id, months=months, expires=show(it.expires), **paid)
        self._enter(it, "running", "T6")
        if action.get("auto_renew"):
            self._tick_auto_renewal(it)
        return None

    def _upgrade(self, action: Form) -> None:
        it = self.instance(action["instance"])
        if it is None:
            return self._refuse(action, "unknown_instance", None, action["instance"])
        account = it.account
        months, price = cast(int, action["months"]), parse_money(action["monthly_price"], account.decimals)
        code = first(
            (it.kind == "enterprise", "wrong_kind"),
            (price <= 0, "invalid_amount"),
            (months not in SOLD_MONTHS, "invalid_period"),
            (account.overdue_since is not None, "account_overdue"),
            (price * months > self.funds(account), "insufficient_funds"),
        )
        if code:
            return self._refuse(action, code, account.id, it.id)
        rule = "P4" if it.kind == "public" else "L3"
        paid = self._pay(account, price * months)
        if it.served and it.served[-1][1] is None:
            self._stop_counting(it)
        it.kind, it.price = "enterprise", price
        it.expires, it.anchor = purchased_period(self.clock, months)
        self._log("upgraded", None, account.id, it.id, months=months, expires=show(it.expires), **paid)
        return self._enter(it, "running", rule)

    def _offenders(self, action: Form, check_order: bool) -> tuple[list[Instance], list[Form]]:
        """The known instances of an action on a list, and the offenders with their codes. `check_order` adds the checks
        for a renewal, which is one order.
        """
        names = cast(list[str], action["instances"])
        found = [self.instance(name) for name in names]
        known = [it for it in found if it is not None]
        sold = SOLD_MONTHS if check_order else CONSOLE_MONTHS
        months = cast(int | None, action.get("months"))
        offenders: list[Form] = []
        for name, it in zip(names, found, strict=True):
            code = "unknown_instance" if it is None else first(
                (check_order and it.account is not known[0].account, "several_accounts"),
                (it.kind != "enterprise", "wrong_kind"),
                (it.state == "released", "released"),
                (months is not None and months not in sold, "invalid_period"),
                (check_order and it.account.overdue_since is not None, "account_overdue"),
            )  # fmt: skip
            if code:
                offenders.append({"instance": name, "code": code})
        return known, offenders

    def _refuse_list(self, action: Form, known: list[Instance], offenders: list[Form]) -> None:
        names = cast(list[str], action["instances"])
        code = cast(str, offenders[0]["code"]) if offenders else "insufficient_funds"
        one = names[0] if len(names) == 1 else None
        self._refuse(action, code, known[0].account.id if known else None, one, offenders)

    def _renew(self, action: Form) -> None:
        known, offenders = self._offenders(action, check_order=True)
        months = cast(int, action["months"])
        if offenders or sum(it.price * months for it in known) > self.funds(known[0].account):
            return self._refuse_list(action, known, offenders)
        for it in known:
            self._renew_one(it, months, "manual")
            if action.get("auto_renew"):
                self._tick_auto_renewal(it)
        return None

    def _enable_auto_renewal(self, action: Form) -> None:
        known, offenders = self._offenders(action, check_order=False)
        if offenders:
            return self._refuse_list(action, known, offenders)
        for it in known:
            if it.mode != "auto":
                it.mode, it.enabled_on = "auto", date_of(self.clock)
            it.schedule, it.months = "console", cast(int, action["months"])
            more: Form = {"mode": "auto", "schedule": "console", "months": it.months}
            self._log("auto_renewal_changed", None, it.account.id, it.id, **more)
        return None

    def _set_renewal(self, action: Form) -> None:
        known, offenders = self._offenders(action, check_order=False)
        if offenders:
            return self._refuse_list(action, known, offenders)
        for it in known:
            it.mode = "manual" if action["do"] == "set_manual_renewal" else "none"
            it.schedule, it.months, it.enabled_on = None, None, None
            more: Form = {"mode": it.mode, "schedule": None, "months": None}
            self._log("auto_renewal_changed", None, it.account.id, it.id, **more)
        return None

    def _continue_trial(self, action: Form) -> None:
        it = self.instance(action["instance"])
        if it is None:
            return self._refuse(action, "unknown_instance", None, action["instance"])
        if code := first((it.kind != "public", "wrong_kind"), (it.state != "frozen", "not_frozen")):
            return self._refuse(action, code, it.account.id, it.id)
        it.continued = self.clock
        self._log("trial_continued", None, it.account.id, it.id)
        return self._enter(it, "running", "P3")

    def _devices(self, action: Form) -> None:
        online = action["do"] == "devices_online"
        it = self.instance(action["instance"])
        if it is None:
            return self._refuse(action, "unknown_instance", None, action["instance"])
        if code := first((it.kind != "public", "wrong_kind"), (online and it.state == "frozen", "frozen")):
            return self._refuse(action, code, it.account.id, it.id)
        if it.online and not online:
            it.offline_since = self.clock
        it.online = online
        return self._log("devices_changed", None, it.account.id, it.id, online=online)

    # The result

    def result(self) -> Form:
        """What `lapse simulate --json` prints."""
        accounts: list[Form] = []
        for account in self.accounts:
            unpaid = sum(bill.amount for bill in account.unpaid)
            accounts.append({
                "id": account.id, "currency": account.currency,
                "balance": show_money(account.balance, account.decimals),
                "available_credit": show_money(self.funds(account) - unpaid, account.decimals),
                "unpaid": show_money(unpaid, account.decimals),
                "overdue_since": maybe_show(account.overdue_since),
            })  # fmt: skip
        instances: list[Form] = []
        for it in self.instances:
            ends = it.kind == "enterprise"
            instances.append({
                "id": it.id, "name": it.name, "account": it.account.id, "kind": it.kind, "state": it.state,
                "serving": it.state in ("running", "overdue"),
                "expires": show(it.expires) if ends else None,
                "release_at": show(it.expires + it.retention) if ends else None,
                "renewal": {"mode": it.mode, "schedule": it.schedule, "months": it.months},
            })  # fmt: skip
        return {"clock": show(self.clock), "accounts": accounts, "instances": instances, "events": self.events}


def first(*checks: tuple[bool, str]) -> str | None:
    """The code of the first refusal that applies, in the rulebook's order."""
    codes = [code for applies, code in checks if applies]
    return min(codes, key=CODES.index) if codes else None


_ACTIONS = {
    "top_up": Model._top_up,
    "grant_coupon": Model._grant_coupon,
    "charge": Model._charge,
    "set_low_balance_alert": Model._set_low_balance_alert,
    "purchase": Model._purchase,
    "renew": Model._renew,
    "enable_auto_renewal": Model._enable_auto_renewal,
    "set_manual_renewal": Model._set_renewal,
    "set_non_renewal": Model._set_renewal,
    "continue_trial": Model._continue_trial,
    "upgrade": Model._upgrade,
    "devices_online": Model._devices,
    "devices_offline": Model._devices,
}


def simulate(fleet: Form, script: list[Form], until: str) -> Form:
    """Run a script on a fleet until an instant or duration, and return the result. Later actions are not done."""
    model = Model(fleet)
    end = parse_when(until, model.clock)
    timed = sorted(((parse_when(action["at"], model.clock), action) for action in script), key=lambda pair: pair[0])
    for at, action in timed:
        if at <= end:
            model.advance(at)
            model.act(action)
    model.advance(end)
    return model.result()
