"""Random fleets and scripts, aimed at the instants and amounts at which the outcome changes.

A seed always gives the same fleet and script. A script is made while the model runs: the instant and the amounts of the
next action are chosen from what is due and from the current fleet. The result is always valid input, and never a case
that the rulebook leaves open.
"""

import datetime as dt
import json
from collections.abc import Callable
from random import Random
from typing import NamedTuple, cast

from tests.reference.model import (
    CHECKOUT_DAYS,
    CONSOLE_DAYS,
    CONSOLE_MONTHS,
    DAY,
    DECIMALS,
    OVERDUE_GRACE,
    Account,
    Form,
    Instance,
    Model,
    date_of,
    last_day,
    parse_instant,
    show,
    show_money,
    ymd,
)

HOUR = 3600
Written = str | int | float
TIMES = (
    0, 0, 0, 8 * HOUR, 8 * HOUR, 9 * HOUR, 4 * HOUR, DAY - 1, 8 * HOUR - 1, 8 * HOUR + 1, 1, 1800, 12 * HOUR,
    4 * HOUR - 1, 4 * HOUR + 1, 9 * HOUR - 1, 9 * HOUR + 1, 7 * HOUR + 1800, 13 * HOUR + 61, 23 * HOUR + 1800,
)  # fmt: skip
"""Times of day, in seconds, at or near which the rules act."""
ACCOUNTS = [
    "acme",
    "Acme",
    "ACME",
    "a1",
    "a10",
    "a2",
    "Äcme",
    "éclair",
    "zz",
    "Z",
    "名",
    "_x",
    "10",
    "9",
    "😀",
    "～",
    "b-1",
    "B",
]
INSTANCES = ["ent", "Ent", "e", "E", "leg", "pub", "ñ", "漢", "😀", "～", "_", "z", "Z", "é", "10", "9"]
COUPONS = ["c1", "C1", "c10", "c2", "ç", "券"]
PRICES = {2: (1, 5, 7, 99, 333, 10000, 29999, 30000, 33333, 100000), 0: (1, 3, 100, 3333, 5000)}
DAILY = {2: (1, 2, 3, 5, 7, 33, 100, 333, 1000, 1200, 4321), 0: (1, 2, 3, 7, 100, 333)}
WEIGHTS = {
    "top_up": 16, "grant_coupon": 8, "charge": 9, "set_low_balance_alert": 5, "purchase": 6, "renew": 20,
    "enable_auto_renewal": 9, "set_manual_renewal": 3, "set_non_renewal": 3, "upgrade": 5, "continue_trial": 4,
    "devices_online": 4, "devices_offline": 4,
}  # fmt: skip


class Case(NamedTuple):
    """A fleet, a script for it, and the instant or duration at which the run ends."""

    fleet: Form
    script: list[Form]
    until: str


class _Pen:
    """Writes instants and amounts at random in all the forms that the contract allows."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def instant(self, instant: int) -> str:
        moment = dt.datetime(1, 1, 1) + dt.timedelta(seconds=instant)
        utc = moment - dt.timedelta(hours=8)
        how = self._random.random()
        if how < 0.70:
            return show(instant)
        if how < 0.76 and instant % DAY == 0:
            return moment.date().isoformat()
        if how < 0.82 and instant % 60 == 0:
            return moment.strftime("%Y-%m-%dT%H:%M")
        if how < 0.88:
            return moment.isoformat()
        if how < 0.94:
            return utc.isoformat() + "Z"
        return (utc + dt.timedelta(hours=5, minutes=30)).isoformat() + "+05:30"

    def when(self, instant: int, clock: int) -> str:
        """An instant, sometimes as a duration after the clock."""
        if self._random.random() < 0.15:
            for unit, size in (("w", 7 * DAY), ("d", DAY), ("h", HOUR), ("m", 60)):
                if (instant - clock) % size == 0:
                    return f"{(instant - clock) // size}{unit}"
        return self.instant(instant)

    def money(self, units: int, decimals: int) -> Written:
        text = show_money(units, decimals)
        how = self._random.random()
        if how < 0.8:
            return text
        if how < 0.9 and units >= 0:
            whole, point, fraction = text.partition(".")
            return f"{int(whole):,}{point}{fraction}"
        if units % 10**decimals == 0:
            return int(text.partition(".")[0])
        return float(text) if abs(units) < 10**12 else text


class _Maker:
    """Makes one case."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(f"lapse-{seed}")
        self.pen = _Pen(random)
        self.free: set[str] = set()
        """Accounts that may have instances for free; they are never overdue."""
        self.names = [name if number == 0 else f"{name}{number}" for name in INSTANCES for number in (0, 1, 2, 10)]
        random.shuffle(self.names)
        time_of_day = random.choice(TIMES) if self.odds(0.85) else random.randrange(DAY)
        self.clock = self._some_day() * DAY + time_of_day
        self.stride = random.choice((0.6, 1.5, 3.0, 6.0))

    def odds(self, of_one: float) -> bool:
        return self.random.random() < of_one

    # The fleet

    def _some_day(self) -> int:
        """A random day, often near the end of a month or a leap day."""
        random, how = self.random, self.random.random()
        if how < 0.25:
            day = dt.date(random.choice((2024, 2028)), 2, random.choice((27, 28, 29)))
        elif how < 0.4:
            day = dt.date(random.choice((2025, 2026, 2027)), 2, random.choice((26, 27, 28)))
        elif how < 0.75:
            year, month = random.choice((2025, 2026, 2027)), random.randint(1, 12)
            day = dt.date(year, month, last_day(year, month)) + dt.timedelta(days=random.randint(-3, 3))
        else:
            day = dt.date(2026, 1, 1) + dt.timedelta(days=random.randint(0, 500))
        return day.toordinal() - 1

    def _near(self, first: int, last: int) -> int:
        """An instant some days from the clock, at one of `TIMES` or at about the clock's time of day."""
        days = self.random.randint(first, last)
        if self.odds(0.25):
            return self.clock + days * DAY + self.random.choice((0, 0, -1, 1))
        return (date_of(self.clock) + days) * DAY + self.random.choice(TIMES)

    def _past(self, *back: int) -> int:
        return self.clock - self.random.choice(back)

    def fleet(self) -> Form:
        instances: list[Form] = []
        names = self.random.sample(ACCOUNTS, self.random.choice((1, 1, 2, 2, 3, 4)))
        accounts = [self._account(name, instances) for name in names]
        self.random.shuffle(instances)
        clock = self.pen.instant(self.clock)
        return {"format": "lapse-fleet/1", "clock": clock, "accounts": accounts, "instances": instances}

    def _account(self, name: str, instances: list[Form]) -> Form:
        random, money = self.random, self.pen.money
        currency = random.choice(("CNY", "CNY", "CNY", "USD", "JPY"))
        decimals = DECIMALS[currency]
        price = random.choice(PRICES[decimals])
        form: Form = {"id": name}
        if currency != "CNY" or self.odds(0.6):
            form["currency"] = currency
        if self.odds(0.12):
            self.free.add(name)
        owed = 0 if name in self.free or not self.odds(0.35) else self._unpaid(form, price, decimals)
        balance = 0
        if self.odds(0.9):
            balance = price * random.randint(20, 300) if self.odds(0.3) else random.choice((
                0, 0, price, price - 1, price * 2, price * 3, price * 3 + 1, owed, owed + 1, max(owed - 1, 0),
                price + owed, price * 12, price * 40, random.randrange(1, 100000),
            ))  # fmt: skip
            form["balance"] = money(balance, decimals)
        if self.odds(0.5):
            alert = random.choice((balance, balance + 1, balance - 1, price, price * 2, balance // 2, balance * 2, 1))
            form["low_balance_alert"] = money(max(0, alert), decimals)
        coupons = self._coupons(price, owed, decimals)
        if coupons or self.odds(0.3):
            form["coupons"] = coupons
        owned = [self._instance(name, price, decimals) for _ in range(random.choice((1, 1, 2, 2, 3, 4)))]
        instances += owned
        legacy = any(item["kind"] == "legacy_public" for item in owned)
        if name not in self.free and self.odds(0.5 if legacy else 0.3):
            form["daily_spend"] = money(random.choice((*DAILY[decimals], 0)), decimals)
        return form

    def _unpaid(self, form: Form, price: int, decimals: int) -> int:
        """Give an account unpaid bills, and return their sum."""
        random = self.random
        owed, oldest = 0, self.clock
        bills: list[Form] = []
        for number in range(random.choice((1, 1, 2, 3))):
            back = (0, 1, DAY - 1, DAY, DAY + 1, DAY - 1800, 2 * DAY, 5 * DAY, random.randrange(3 * DAY))
            issued = self._past(*back)
            amount = max(1, random.choice((price, 1, 7, price // 2, price * 2)))
            written = self.pen.money(amount, decimals)
            bills.append(
                {"id": f"{random.choice('bbbbB')}{number}", "issued": self.pen.instant(issued), "amount": written}
            )
            owed, oldest = owed + amount, min(oldest, issued)
        form["unpaid"] = bills
        if self.odds(0.5):
            day = OVERDUE_GRACE
            since = [self.clock - back for back in (0, 1, day, day - 1, day + 1, day - 1800)]
            since = [instant for instant in since if instant >= oldest]
            form["overdue_since"] = self.pen.instant(random.choice((oldest, *since)))
        return owed

    def _coupons(self, price: int, owed: int, decimals: int) -> list[Form]:
        random = self.random
        ends = (None, None, self._near(0, 30), self._near(0, 30))
        begins = (None, None, self.clock, self._near(-3, 20), self._near(-3, 20))
        coupons: list[Form] = []
        for name in random.sample(COUPONS, random.choice((0, 0, 0, 1, 2, 3, 4))):
            starts, expires = random.choice(begins), random.choice(ends)
            if starts is not None and expires is not None and expires <= starts:
                expires = starts + random.choice((1, DAY, HOUR, 10 * DAY))
            amounts = (1, price, price - 1, price // 2, price * 2, owed, owed // 2, 50, random.randrange(1, 5000))
            coupon: Form = {"id": name, "amount": self.pen.money(random.choice(amounts) or 1, decimals)}
            for key, instant in (("starts", starts), ("expires", expires)):
                if instant is not None or self.odds(0.5):
                    coupon[key] = None if instant is None else self.pen.instant(instant)
            coupons.append(coupon)
        return coupons

    def _instance(self, account: str, price: int, decimals: int) -> Form:
        random = self.random
        kind = random.choice(("enterprise",) * 5 + ("public",) * 2 + ("legacy_public",) * 3)
        if kind == "legacy_public" and account in self.free:
            kind = "enterprise"
        form: Form = {"id": self.names.pop(), "account": account, "kind": kind}
        if self.odds(0.3):
            form["name"] = random.choice(("Line 1", "生产线", "x"))
        if self.odds(0.5):
            form["region"] = "cn-shanghai"
        if kind == "enterprise":
            self._enterprise(form, account, price, decimals)
        elif kind == "public":
            self._public(form)
        else:
            form["daily_charge"] = self.pen.money(random.choice((*DAILY[decimals], 0)), decimals)
        return form

    def _enterprise(self, form: Form, account: str, price: int, decimals: int) -> None:
        random = self.random
        if self.odds(0.5):
            form["trial"] = self.odds(0.4)
        expires = self._some_expiry()
        form["expires"] = self.pen.instant(expires)
        year, month, day = ymd(date_of(expires))
        if day == last_day(year, month) and self.odds(0.75):
            form["anchor_day"] = random.randint(day, 31)
        elif self.odds(0.4):
            form["anchor_day"] = day
        monthly = price if self.odds(0.7) else random.choice(PRICES[decimals])
        if account in self.free and self.odds(0.7):
            monthly = 0
        form["monthly_price"] = self.pen.money(monthly, decimals)
        how = random.random()
        if how < 0.3:
            if how < 0.15:
                form["renewal"] = {"mode": "manual"}
        elif how < 0.42:
            form["renewal"] = {"mode": "none"}
        else:
            form["renewal"] = self._auto(expires)

    def _some_expiry(self) -> int:
        random, how = self.random, self.random.random()
        if how < 0.12:
            days = random.choice((0, -15, -14, 1, 2))
            return self.clock + days * DAY + random.choice((0, 0, 1, -1))
        if how < 0.3:
            return self._near(-16, 0)
        if how < 0.5:  # the end of a month
            year, month, _ = ymd(date_of(self.clock) + random.randint(-12, 40))
            last = last_day(year, month)
            day = dt.date(year, month, random.choice((last, last, min(28, last)))).toordinal() - 1
            return day * DAY + random.choice(TIMES)
        return self._near(0, 25)

    def _auto(self, expires: int) -> Form:
        random = self.random
        renewal: Form = {"mode": "auto"}
        if self.odds(0.4):
            renewal["schedule"] = "checkout"
            if self.odds(0.6):
                renewal["months"] = 1
        else:
            if self.odds(0.7):
                renewal["schedule"] = "console"
            if self.odds(0.7):
                renewal["months"] = random.choice((1, 1, 1, *CONSOLE_MONTHS))
        if self.odds(0.6):
            today, t = date_of(self.clock), date_of(expires)
            days = [day for day in (t - 9, t - 3, t - 2, t - 1, t, t + 6) if day <= today]
            enabled_on = random.choice((today, today, today - 1, *days))
            renewal["enabled_on"] = dt.date.fromordinal(enabled_on + 1).isoformat()
        return renewal

    def _public(self, form: Form) -> None:
        random, limit = self.random, 30 * DAY
        back = (0, 1, limit, limit - 1, limit + 1, 29 * DAY, limit - 4 * HOUR, random.randrange(40 * DAY))
        if self.odds(0.35):
            form["devices_online"] = True
        else:
            if self.odds(0.5):
                form["devices_online"] = False
            form["last_online"] = self.pen.instant(self._past(*back))
        if self.odds(0.35):
            form["trial_continued"] = self.pen.instant(self._past(*back))

    # The script

    def case(self) -> Case:
        random = self.random
        fleet = self.fleet()
        how = random.random()
        spans = ((0.05, 0, 5), (0.55, 10, 45), (0.95, 45, 120), (1.0, 400, 400))
        first, last = next((first, last) for share, first, last in spans if how < share)
        days = random.randint(first, last)
        end = self.clock + days * DAY
        if self.odds(0.5):
            end = max(self.clock, (date_of(self.clock) + days) * DAY + random.choice(TIMES))
        until = f"{days}d" if end == self.clock + days * DAY and self.odds(0.3) else self.pen.instant(end)
        model = Model(plain(fleet))
        timed: list[tuple[int, Form]] = []
        for _ in range(random.choice((0, 3, 8, 12, 18, 25, 35))):
            at = self._some_instant(model)
            if at > end and not self.odds(0.1):
                at = max(end, model.clock)
            model.advance(at)
            action = self._some_action(model)
            if action is not None:
                model.act(plain(action))
                timed.append((at, {"at": self.pen.when(at, self.clock), **action}))
        if self.odds(0.4):  # shuffle the script, but keep the order of actions at the same instant
            order = sorted({at for at, _ in timed})
            random.shuffle(order)
            timed.sort(key=lambda pair: order.index(pair[0]))
        return Case(fleet, [action for _, action in timed], until)

    def _ahead(self, model: Model) -> list[int]:
        """Instants after the clock at which something is due or may become due."""
        found = {*model.instants_ahead(), (date_of(model.clock) + 1) * DAY}
        for it in model.instances:
            if it.kind == "enterprise" and it.state != "released":
                auto = it.mode == "auto"
                for day in (*CHECKOUT_DAYS[:2], *CONSOLE_DAYS) if auto else (-7, -3, -1):
                    found.add((date_of(it.expires) + day) * DAY + (8 if auto else 9) * HOUR)
        return sorted(instant for instant in found if instant > model.clock)

    def _some_instant(self, model: Model) -> int:
        random, how, clock = self.random, self.random.random(), model.clock
        if how < 0.2:
            return clock
        restored = [it.restored_at for it in model.instances if it.restored_at is not None]
        if restored and self.odds(0.5):
            return max(clock, random.choice(restored) + random.choice((0, -1, 1, -900, -60, -1500)))
        ahead = self._ahead(model)
        if how < 0.9 and ahead:
            index = min(int(random.expovariate(1 / self.stride)), len(ahead) - 1)
            instant = ahead[index] + random.choice((0, 0, 0, -1, 1))
            if self.odds(0.06):
                instant += random.choice((1800, -1800, 1799, 1801))
        else:
            steps = (1, 1800, 1799, HOUR, DAY, random.randrange(1, 5 * DAY), DAY - 1800)
            instant = clock + random.choice(steps)
        return max(instant, clock)

    def _some_amount(self, model: Model, account: Account) -> int:
        """An amount, in minor units, at or near which the outcome changes."""
        funds, owed = model.funds(account), sum(bill.amount for bill in account.unpaid)
        found = [1, 7, self.random.randrange(1, 3000)]
        if account.unpaid:
            found += [account.unpaid[0].amount - funds, owed - funds, owed - funds - 1, owed - funds + 1, owed] * 2
        if account.alert is not None:
            gap = account.alert - account.balance
            found += [gap, gap - 1, gap + owed, account.alert, -gap, 1 - gap] * 2
        owned = [it for it in model.instances if it.account is account and it.kind == "enterprise"]
        for it in owned:
            found += [it.price, it.price - funds, it.price - 1, it.price * 2 - funds, it.price * 6]
        if self.odds(0.12):
            found = [owed + 40 * max([it.price for it in owned if it.price] or [1000])]
        return self.random.choice([amount for amount in found if amount > 0])

    def _some_action(self, model: Model) -> Form | None:
        """A random action for the current fleet; None if no valid one of the chosen kind exists."""
        random = self.random
        weights = dict(WEIGHTS)
        if any(it.state == "frozen" for it in model.instances):
            weights["continue_trial"] += 8
            weights["upgrade"] += 4
        if any(account.overdue_since is not None for account in model.accounts):
            weights["top_up"] += 10
        do = random.choices(list(weights), list(weights.values()))[0]
        account = random.choice(model.accounts)
        # Often make an account overdue or clear again while a legacy instance of it is being restored.
        restoring = [it.account for it in model.instances if it.kind == "legacy_public" and it.state == "restoring"]
        if restoring and self.odds(0.6):
            account = random.choice(restoring)
            overdue = account.overdue_since is not None
            do = "top_up" if overdue else random.choice(("charge", "charge", "charge", "upgrade"))
        elif do == "top_up" and self.odds(0.6):
            overdue_ones = [other for other in model.accounts if other.overdue_since is not None]
            account = random.choice(overdue_ones or [account])
        build = _BUILDERS.get(do)
        fields = build(self, model, account) if build else self._on_instances(model, do)
        if fields is None:
            return None
        if "account" in fields and self.odds(0.03):
            fields["account"] = "nobody"
        return {"do": do, **fields}

    def _bad_or(self, amount: int, decimals: int) -> Written:
        """The amount, or sometimes one that is refused."""
        return self.pen.money(self.random.choice((0, -1, -500)) if self.odds(0.06) else amount, decimals)

    def _top_up(self, model: Model, account: Account) -> Form | None:
        return {"account": account.id, "amount": self._bad_or(self._some_amount(model, account), account.decimals)}

    def _charge(self, model: Model, account: Account) -> Form | None:
        funds = model.funds(account)
        amounts = (funds, funds + 1, funds - 1, account.balance + 1, self._some_amount(model, account))
        amount = max(1, self.random.choice(amounts))
        if account.id in self.free:
            amount = min(amount, funds)
            if amount <= 0:
                return None
        form: Form = {"account": account.id, "amount": self._bad_or(amount, account.decimals)}
        return form | ({"note": "extra use"} if self.odds(0.2) else {})

    def _set_low_balance_alert(self, model: Model, account: Account) -> Form | None:
        balance = account.balance
        amount = self.random.choice(
            (None, balance, balance + 1, balance - 1, balance // 2, self._some_amount(model, account))
        )
        return {
            "account": account.id,
            "amount": None if amount is None else self._bad_or(max(1, amount), account.decimals),
        }

    def _grant_coupon(self, model: Model, account: Account) -> Form | None:
        random = self.random
        name = random.choice((*COUPONS, "k1", "K1", "k10", "k2", "ß"))
        used = [item for item in account.coupons if item.left <= 0 or (item.expires or DAY**3) <= model.clock]
        if name in [item.id for item in used]:
            return None
        amount = self._bad_or(self._some_amount(model, account), account.decimals)
        form: Form = {"account": account.id, "id": name, "amount": amount}
        ahead = self._ahead(model)[:12]
        clock = model.clock
        if self.odds(0.5):
            form["starts"] = self.pen.instant(random.choice((clock, clock + 1, clock - DAY, clock + DAY, *ahead)))
        if self.odds(0.6):
            ends = (clock, clock + 1, clock + 1800, clock + 20 * DAY, clock - 1, *ahead, *ahead)
            form["expires"] = self.pen.instant(random.choice(ends))
        if "starts" in form and "expires" in form and parse_instant(form["starts"]) == parse_instant(form["expires"]):
            return None
        return form

    def _purchase(self, model: Model, account: Account) -> Form | None:
        random = self.random
        months = self._months((1, 1, 1, 2, 3, 6, 9, 12, 24, 36))
        form: Form = {
            "account": account.id,
            "id": random.choice(model.instances).id if self.odds(0.12) else self.names.pop(),
            "months": months,
            "monthly_price": self._fitting(model, account, months),
        }
        if self.odds(0.3):
            form |= {"name": "Bought", "region": "cn-beijing"}
        if self.odds(0.5):
            form["auto_renew"] = self.odds(0.75)
        return form

    def _upgrade(self, model: Model, _: Account) -> Form | None:
        others = [it for it in model.instances if it.kind != "enterprise"]
        it = self.random.choice(others if others and self.odds(0.8) else model.instances)
        months = self._months((1, 1, 2, 3, 12))
        name = "ghost" if self.odds(0.03) else it.id
        return {"instance": name, "months": months, "monthly_price": self._fitting(model, it.account, months)}

    def _months(self, sold: tuple[int, ...]) -> int:
        return self.random.choice((10, 0, -1, 13, 48) if self.odds(0.06) else sold)

    def _fitting(self, model: Model, account: Account, months: int) -> Written:
        """A monthly price near the most that the account can pay."""
        exact = model.funds(account) // max(1, months)
        some = self.random.choice(PRICES[account.decimals])
        price = -1 if self.odds(0.06) else max(1, self.random.choice((exact, exact + 1, exact, exact // 2, some, some)))
        return self.pen.money(price, account.decimals)

    def _on_instances(self, model: Model, do: str) -> Form | None:
        if do == "renew":
            return self._renew(model)
        if do in ("enable_auto_renewal", "set_manual_renewal", "set_non_renewal"):
            return self._set_renewal(model, do)
        public = [it for it in model.instances if it.kind == "public"]
        if do == "continue_trial" and self.odds(0.8):
            public = [it for it in public if it.state == "frozen"] or public
        if not public and self.odds(0.85):
            return None
        it = self.random.choice(public if public and self.odds(0.9) else model.instances)
        return {"instance": "ghost" if self.odds(0.03) else it.id}

    def _renew(self, model: Model) -> Form | None:
        random = self.random
        live = [it for it in model.instances if it.kind == "enterprise" and it.state != "released"]
        account = random.choice(live or model.instances).account
        own = [it for it in model.instances if it.account is account]
        pool = own if self.odds(0.1) else [it for it in live if it.account is account] or own
        names = self._some_of(pool)
        months = self._months((1, 1, 1, 1, 2, 3, 5, 9, 12, 24, 36))
        others = [it for it in live if it.account is not account]
        if self.odds(0.08) and others and self._is_clean(pool, names, months):
            names.append(random.choice(others).id)
        elif self.odds(0.12):
            rest = [it.id for it in own if it.id not in names]
            names.insert(random.randrange(len(names) + 1), random.choice((*rest, "ghost")))
        form: Form = {"instances": names, "months": months}
        return form | ({"auto_renew": self.odds(0.8)} if self.odds(0.35) else {})

    def _is_clean(self, pool: list[Instance], names: list[str], months: int) -> bool:
        """Whether an order has no other fault, so that only an instance of another account makes it invalid."""
        named = [it for it in pool if it.id in names]
        sold = months in (1, 2, 3, 5, 9, 12, 24, 36)
        overdue = any(it.account.overdue_since is not None for it in named)
        return sold and not overdue and all(it.kind == "enterprise" and it.state != "released" for it in named)

    def _set_renewal(self, model: Model, do: str) -> Form | None:
        live = [it for it in model.instances if it.kind == "enterprise" and it.state != "released"]
        pool = live if live and self.odds(0.93) else model.instances
        account = self.random.choice(pool).account
        names = self._some_of([it for it in pool if it.account is account])
        if self.odds(0.04):
            names.insert(self.random.randrange(len(names) + 1), "ghost")
        if do != "enable_auto_renewal":
            return {"instances": names}
        months = self.random.choice((4, 5, 9, 0) if self.odds(0.06) else (1, 1, *CONSOLE_MONTHS))
        return {"instances": names, "months": months}

    def _some_of(self, pool: list[Instance]) -> list[str]:
        count = min(len(pool), self.random.choice((1, 1, 1, 2, 2, 3)))
        return [it.id for it in self.random.sample(pool, count)]


_BUILDERS: dict[str, Callable[[_Maker, Model, Account], Form | None]] = {
    "top_up": _Maker._top_up,
    "charge": _Maker._charge,
    "set_low_balance_alert": _Maker._set_low_balance_alert,
    "grant_coupon": _Maker._grant_coupon,
    "purchase": _Maker._purchase,
    "upgrade": _Maker._upgrade,
}


def plain(form: Form) -> Form:
    """A form as if read from a JSON file, but with fractional numbers as text, to keep them exact."""
    return cast(Form, json.loads(json.dumps(form), parse_float=str))


def make(seed: int) -> Case:
    """Make the case of a seed."""
    return _Maker(seed).case()
