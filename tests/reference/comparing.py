"""Runs a case through core and through the model, and describes the first difference."""

import json
from decimal import Decimal
from itertools import zip_longest
from typing import cast

from core.formats.document import read_document
from core.rules.policy import Policy
from core.rules.rulebook import load_policy
from core.simulation.simulation import Simulation
from core.words.event_json import event_form
from core.words.state_json import world_form
from core.world.actions import read_action
from core.world.events import Event
from tests.reference import model
from tests.reference.histories import Case, make, plain
from tests.reference.model import Form

ACCOUNT = ("id", "currency", "balance", "available_credit", "unpaid", "overdue_since")
INSTANCE = ("id", "name", "account", "kind", "state", "serving", "expires", "release_at", "renewal")
MORE = {
    "state_changed": ("from", "to"),
    "bill_issued": ("bill", "amount"),
    "bill_settled": ("bill", "amount", "from_coupons", "from_balance"),
    "account_overdue": (),
    "account_cleared": (),
    "topped_up": ("amount",),
    "coupon_granted": ("coupon", "amount"),
    "coupon_ended": ("coupon", "amount"),
    "purchased": ("amount", "from_coupons", "from_balance", "months", "expires"),
    "upgraded": ("amount", "from_coupons", "from_balance", "months", "expires"),
    "renewed": ("amount", "from_coupons", "from_balance", "months", "expires", "by"),
    "auto_renewal_failed": ("reason", "amount"),
    "auto_renewal_changed": ("mode", "schedule", "months"),
    "low_balance_alert_set": ("amount",),
    "trial_continued": (),
    "devices_changed": ("online",),
    "notice_sent": ("channel", "notice"),
    "refused": ("do", "code", "offenders"),
}
"""The contract's keys of each type of event, besides `seq`, `at`, `type`, `rule`, `account` and `instance`."""


def run_core(case: Case, policy: Policy) -> Form:
    """The result of running a case through core, in the contract's form."""
    fleet = json.loads(json.dumps(case.fleet), parse_float=Decimal)
    script = json.loads(json.dumps(case.script), parse_float=Decimal)
    world = read_document(fleet, policy)
    calendar, simulation = policy.calendar, Simulation(world, policy)
    until = calendar.parse_when(case.until, world.clock)
    timed = [(calendar.parse_when(entry["at"], world.clock), read_action(entry, calendar)) for entry in script]
    log: list[Event] = []
    for at, action in sorted(timed, key=lambda pair: pair[0]):
        if at <= until:
            for events in simulation.advance(at):
                log += events
            log += simulation.act(action)
    for events in simulation.advance(until):
        log += events
    currencies = {account.id: account.currency for account in world.accounts.values()}
    told = [event_form(event, currencies.get(event.account or "", "CNY"), calendar) for event in log]
    return {**world_form(world, policy), "events": told}


def difference(seed: int, policy: Policy | None = None) -> str | None:
    """The first difference between core and the model on the case of a seed; None if they agree."""
    case = make(seed)
    expected = model.simulate(plain(case.fleet), [plain(action) for action in case.script], case.until)
    got = run_core(case, policy or load_policy())
    found = _events(_forms(expected, "events"), _forms(got, "events"), _Bills(case.fleet))
    if found is None and expected["clock"] != got["clock"]:
        found = f"clock: {expected['clock']}, not {got['clock']}"
    for what, keys in (("accounts", ACCOUNT), ("instances", INSTANCE)):
        found = found or _standing(_forms(expected, what), _forms(got, what), keys)
    return found and f"seed {seed}: {found}"


def _forms(result: Form, key: str) -> list[Form]:
    return cast(list[Form], result[key])


class _Bills:
    """Pairs of bill ids, by account. Core and the model each invent ids for new bills; those in the fleet are equal."""

    def __init__(self, fleet: Form) -> None:
        self._pairs: dict[object, dict[object, object]] = {}
        for account in _forms(fleet, "accounts"):
            unpaid = cast(list[Form], account.get("unpaid", []))
            self._pairs[account["id"]] = {bill["id"]: bill["id"] for bill in unpaid}

    def are_same(self, account: object, one: object, other: object) -> bool:
        """Whether two ids stand for the same bill. Two ids that are both new become a pair."""
        pairs = self._pairs[account]
        if one not in pairs and other in pairs.values():
            return False
        return pairs.setdefault(one, other) == other


def _events(expected: list[Form], got: list[Form], bills: _Bills) -> str | None:
    for index, (one, other) in enumerate(zip_longest(expected, got)):
        wrong = ["one side has no more events"]
        if one is not None and other is not None:
            wrong = _wrong_keys(one, other, bills)
        if wrong:
            lines = [f"event {index + 1}: {', '.join(wrong)}"]
            for side, events in (("model", expected), ("core ", got)):
                lines += [f"  {side} {_line(event)}" for event in events[max(0, index - 3) : index + 3]]
            return "\n".join(lines)
    return None


def _wrong_keys(one: Form, other: Form, bills: _Bills) -> list[str]:
    kind = str(one["type"])
    keys = ("seq", "at", "type", "rule", "account", "instance", *MORE[kind])
    wrong = [key for key in keys if key != "bill" and one.get(key) != other.get(key)]
    if kind == "refused":
        # The contract does not say which account or instance a refusal names if it does not exist.
        wrong = [key for key in wrong if key not in ("account", "instance", "offenders") or _differ(one, other, key)]
    elif "bill" in MORE[kind] and not bills.are_same(one["account"], one["bill"], other.get("bill")):
        wrong.append("bill")
    return wrong


def _differ(one: Form, other: Form, key: str) -> bool:
    if key == "offenders":
        return (one.get(key) or []) != (other.get(key) or []) and one["do"] == "renew"
    return one.get(key) is not None and other.get(key) is not None


def _standing(expected: list[Form], got: list[Form], keys: tuple[str, ...]) -> str | None:
    for one, other in zip_longest(expected, got, fillvalue=cast(Form, {})):
        for key in keys:
            if one.get(key) != other.get(key):
                return f"{one.get('id')}: {key}: {one.get(key)}, not {other.get(key)}"
    return None


def _line(event: Form) -> str:
    return json.dumps({key: value for key, value in event.items() if key != "advice"}, ensure_ascii=False)
