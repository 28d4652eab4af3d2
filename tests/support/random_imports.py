"""Random policies, and random imports into an existing fleet: with any keys, and with instants near the clock."""

import json
from random import Random
from typing import Final, cast

from core.formats.document_writing import write_document
from core.rules.policy import Policy
from core.rules.rulebook import read_policy
from core.workspace.workspace import Workspace
from tests.reference.model import Form

DAY: Final = 86_400
LENGTHS: Final = ("0m", "1m", "30m", "1h", "8h", "24h", "30h", "77h", "3d", "15d", "40d", "200d")
NUMBERS: Final[dict[str, tuple[object, ...]]] = {
    "T1.utc_offset": ("+08:00", "-14:00", "+14:00", "+05:45"),
    **dict.fromkeys(
        ("C4.restore_delay", "B1.bill_delay", "E2.retention", "E4.trial_retention", "L1.overdue_grace",
         "N2.release_notice"), LENGTHS
    ),
    "P2.idle_limit": ("1m", "1h", "3d", "30d"),
    "R2.renewal_anchor": ("payment_day",),
    "A1.charge_time": ("00:00", "08:00", "13:01", "23:59:59"),
    "A2.console_days": ([-3, -1, 0, 6, 14], [-12, 60], [0, 1, 2]),
    "A3.checkout_days": ([-2, -1], [-9, 0, 40]),
    "N2.reminder_time": ("00:00", "08:00"),
}  # fmt: skip
"""Parameters of the policy, and the values to choose from."""


def random_policy(random: Random) -> Policy:
    """The default policy with random values for about half of these parameters."""
    lines = (f"rules.{key} = {json.dumps(random.choice(values))}" for key, values in NUMBERS.items())
    return read_policy("\n".join(line for line in lines if random.random() < 0.5))


def random_import(random: Random, kept: Workspace, clock: int) -> Form:
    """A fleet document to import at `clock`: some entries of the fleet, with random keys changed."""
    there = write_document(kept.world, kept.policy)
    at = kept.calendar.format

    def chance(share: float) -> bool:
        return random.random() < share

    def near() -> str:
        return at(clock + random.choice((-20 * DAY, -DAY, -1, 0, 1, 1800, DAY, 10 * DAY, 40 * DAY)))

    def past() -> str:
        return at(clock - random.choice((0, 1, DAY - 1, DAY, DAY + 3600, 3 * DAY, 30 * DAY)))

    accounts, instances = cast(list[Form], there["accounts"]), cast(list[Form], there["instances"])
    names = [account["id"] for account in accounts]

    def account(name: object) -> Form:
        entry: Form = {"id": name}
        if chance(0.4):
            entry["balance"] = random.choice(("0", "100", "5000"))
        if chance(0.3):
            entry["unpaid"] = random.choice(([], [{"id": "zz", "issued": past(), "amount": "3"}]))
        if chance(0.3):
            entry["daily_spend"] = random.choice(("0", "5"))
        if chance(0.3):
            entry["coupons"] = random.choice(([], [{"id": "n1", "amount": "9", "starts": near()}]))
        return entry

    def instance(form: Form) -> Form:
        entry: Form = {"id": form["id"]}
        kind = form["kind"]
        if chance(0.15):
            kind = entry["kind"] = random.choice(("enterprise", "public", "legacy_public"))
            entry |= {"devices_online": True, "daily_charge": "7", "monthly_price": "10", "expires": near()}
        if chance(0.1):
            entry["account"] = random.choice(names)
        if kind == "enterprise" and chance(0.5):
            entry["expires"] = near()
        if kind == "enterprise" and chance(0.3):
            entry |= {"trial": chance(0.5), "renewal": {"mode": random.choice(("auto", "none", "manual"))}}
        if kind == "public" and chance(0.5):
            entry |= {"devices_online": False, "last_online": past()}
        if kind == "legacy_public" and chance(0.4):
            entry["daily_charge"] = random.choice(("0", "3", "70"))
        if chance(0.2):
            entry["released"] = random.choice((None, past()))
        return entry

    return {
        "clock": at(clock),
        "accounts": [account(name) for name in names if chance(0.5)],
        "instances": [instance(form) for form in instances if chance(0.5)],
    }
