"""A small language in which a test reads like a ledger: a short history, and what must hold on which date.

    history = History(account(balance="300"), enterprise("ent-1", expires="2026-07-10", renewal=auto()))
    assert history.state("ent-1", "2026-07-09 23:59:59") == "running"
    history.at("2026-07-10 07:00", TopUp("acme", "300")).until("2026-07-11")
    assert history.events("ent-1") == ["07-07 08:00 ent-1 renewed by auto 1 mo 300.00 = 0.00 + 300.00 to 2026-08-10 A5"]

Time only goes forward: each method that takes a date moves the clock there first. A payment reads: amount charged =
part from coupons + part from the balance.
"""

from collections.abc import Sequence
from typing import Self, cast

from core.formats.document import read_document
from core.rules.policy import Policy
from core.rules.rulebook import read_policy
from core.simulation.simulation import Simulation
from core.words.event_json import event_form
from core.words.state_json import account_form, instance_form
from core.world.actions import Action
from core.world.events import Event
from core.world.model import Instance, World

Form = dict[str, object]


def account(name: str = "acme", **keys: object) -> Form:
    """An account in the form of the fleet document."""
    return {"id": name, **keys}


def enterprise(name: str = "ent-1", expires: str = "2026-07-10", monthly_price: str = "300.00", **keys: object) -> Form:
    """An Enterprise Edition instance in the form of the fleet document."""
    return {"id": name, "kind": "enterprise", "expires": expires, "monthly_price": monthly_price, **keys}


def public(name: str = "pub-1", **keys: object) -> Form:
    """A new public instance in the form of the fleet document."""
    return {"id": name, "kind": "public", **keys}


def legacy(name: str = "leg-1", daily_charge: str = "12.00", **keys: object) -> Form:
    """A legacy public instance in the form of the fleet document."""
    return {"id": name, "kind": "legacy_public", "daily_charge": daily_charge, **keys}


def auto(schedule: str = "console", months: int = 1, enabled_on: str | None = None) -> Form:
    """The renewal settings of an instance with auto-renewal on."""
    return {"mode": "auto", "schedule": schedule, "months": months, "enabled_on": enabled_on}


def bill(name: str, issued: str, amount: str) -> Form:
    """An unpaid bill of an account, in the form of the fleet document."""
    return {"id": name, "issued": issued, "amount": amount}


def coupon(name: str, amount: str, starts: str | None = None, expires: str | None = None) -> Form:
    """A coupon of an account, in the form of the fleet document."""
    return {"id": name, "amount": amount, "starts": starts, "expires": expires}


def document(entries: Sequence[Form], clock: str) -> Form:
    """A fleet document with these accounts and instances. An instance without an account belongs to the first one."""
    accounts = [entry for entry in entries if "kind" not in entry] or [account()]
    instances = [{"account": accounts[0]["id"], **entry} for entry in entries if "kind" in entry]
    return {"format": "lapse-fleet/1", "clock": clock, "accounts": accounts, "instances": instances}


class History:
    """A fleet, its clock, and every event so far."""

    def __init__(self, *entries: Form, clock: str = "2026-07-01", policy: str = "") -> None:
        self.policy: Policy = read_policy(policy, "the test's policy")
        self.world: World = read_document(document(entries, clock), self.policy)
        self.simulation = Simulation(self.world, self.policy)
        self.log: list[Event] = []

    # Moving on

    def until(self, when: str) -> Self:
        """Move the clock to an instant, or forward by a duration."""
        target = self.policy.calendar.parse_when(when, self.world.clock)
        for events in self.simulation.advance(target):
            self.log += events
        return self

    def at(self, when: str, *actions: Action) -> Self:
        """Move the clock, then do actions."""
        self.until(when)
        for action in actions:
            self.log += self.simulation.act(action)
        return self

    # What happened

    def forms(self) -> list[Form]:
        """The log as `simulate --json` prints it."""
        calendar, accounts = self.policy.calendar, self.world.accounts
        return [
            event_form(event, accounts[event.account].currency if event.account in accounts else "CNY", calendar)
            for event in self.log
        ]

    def events(self, about: str = "", *, only: str = "", but: str = "") -> list[str]:
        """The log, one line per event. `about` selects one instance, or the events of an account that concern no
        instance; `only` and `but` list event types, separated by spaces.
        """
        return [
            told(form)
            for form in self.forms()
            if (not about or about == form.get("instance", form.get("account")))
            and (not only or form["type"] in only.split())
            and form["type"] not in but.split()
        ]

    def moves(self, about: str = "") -> list[str]:
        """The changes of state in the log."""
        return self.events(about, only="state_changed")

    def notices(self, about: str = "") -> list[str]:
        """The notices in the log."""
        return self.events(about, only="notice_sent")

    def advice(self) -> list[str]:
        """The advice of the last event that has any."""
        return next((list(event.advice) for event in reversed(self.log) if event.advice), [])

    def code(self) -> str | None:
        """The refusal code of the last action, or None if it was done."""
        last = self.forms()[-1]
        return cast(str, last["code"]) if last["type"] == "refused" else None

    # How things stand

    def instance(self, name: str) -> Instance:
        """An instance, only for reading."""
        return self.world.instances[name]

    def state(self, name: str, when: str = "0m") -> str:
        """The state of an instance, now or at a later date."""
        self.until(when)
        return self.world.instances[name].state

    def shown(self, name: str, when: str = "0m") -> Form:
        """An account or instance as `status --json` prints it, now or at a later date."""
        self.until(when)
        calendar = self.policy.calendar
        if name in self.world.accounts:
            return account_form(self.world.accounts[name], self.world.clock, calendar)
        return instance_form(self.world.instances[name], self.policy, calendar)

    def expires(self, name: str, when: str = "0m") -> str:
        """The expiry of an instance without the offset: "2026-07-10 00:00:00"."""
        return str(self.shown(name, when)["expires"])[:19].replace("T", " ")

    def balance(self, name: str = "acme", when: str = "0m") -> str:
        """The balance of an account, now or at a later date."""
        return str(self.shown(name, when)["balance"])


def snapshot(value: object) -> object:
    """The content of a world, or of a part of it, as plain data to compare, without the derived field `due` (T4)."""
    if isinstance(value, dict):
        return {key: snapshot(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [snapshot(item) for item in value]
    names = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    return {name: snapshot(getattr(value, name)) for name in names if name != "due"} if names else value


def told(form: Form) -> str:
    """An event in one line: date, account or instance, what happened, and the rule, if any."""
    at = str(form["at"])
    seconds = at[16:19] if at[17:19] != "00" else ""
    who = form.get("instance", form.get("account", "?"))
    rule = f" {form['rule']}" if form["rule"] else ""
    return f"{at[5:10]} {at[11:16]}{seconds} {who} {_what(form)}{rule}"


def _what(form: Form) -> str:
    paid = f"{form.get('amount')} = {form.get('from_coupons')} + {form.get('from_balance')}"
    bought = f"{form.get('months')} mo {paid} to {_date(str(form.get('expires')))}"
    match str(form["type"]):
        case "state_changed":
            return f"{form['from'] or 'new'} -> {form['to']}"
        case "bill_issued":
            return f"bill {form['amount']}"
        case "bill_settled":
            return f"settled {paid}"
        case "account_overdue" | "account_cleared" | "trial_continued" as word:
            return word.replace("_", " ")
        case "topped_up":
            return f"topped up {form['amount']}"
        case "coupon_granted":
            return f"coupon {form['coupon']} {form['amount']}"
        case "coupon_ended":
            return f"coupon {form['coupon']} lost {form['amount']}"
        case "purchased" | "upgraded" as word:
            return f"{word} {bought}"
        case "renewed":
            return f"renewed by {form['by']} {bought}"
        case "auto_renewal_failed":
            return f"failed {form['reason']} {form['amount']}"
        case "auto_renewal_changed":
            return (
                f"set to auto, {form['schedule']}, {form['months']} mo"
                if form["schedule"]
                else f"set to {form['mode']}"
            )
        case "low_balance_alert_set":
            return f"alert {form['amount'] or 'off'}"
        case "devices_changed":
            return "devices online" if form["online"] else "devices offline"
        case "notice_sent":
            return f"{form['channel']} {form['notice']}"
        case "refused":
            return f"refused {form['do']}: {form['code']}"
        case unknown:
            raise AssertionError(f"the contract names no event of type {unknown}")


def _date(instant: str) -> str:
    return instant[:10] if instant[11:19] == "00:00:00" else instant[:19].replace("T", " ")
