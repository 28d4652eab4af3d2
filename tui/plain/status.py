"""`lapse status`: the clock, the accounts, the counts by state, the instances. It imports little, to start fast."""

from argparse import Namespace
from contextlib import closing

from core.base.counting import counted
from core.base.instants import DAY, Calendar
from core.base.money import group_amount
from core.rules.policy import Policy
from core.simulation.credit import available_credit, unpaid_sum
from core.simulation.loading import ends_at
from core.store.fleet_file import FleetFile
from core.words.state_json import world_form
from core.world.model import AUTO, ENTERPRISE, LEGACY_PUBLIC, RELEASED, STATES, Account, Instance, World
from tui.plain.parsing import Parser, add_db, add_json
from tui.plain.where import database
from tui.text.output import say
from tui.text.printing import print_json, print_table


class Status:
    """`lapse status [--json]`."""

    def __init__(self, args: Namespace) -> None:
        self.args = args

    @classmethod
    def read(cls, arguments: list[str]) -> "Status":
        """Parse the command's arguments. Raises BadInput."""
        parser = Parser("status", "Print accounts and instances as they are now.")
        add_db(parser)
        add_json(parser)
        return cls(parser.parse_args(arguments))

    def run(self) -> int:
        """Print the kept fleet's present state. Raises StoreError."""
        with closing(FleetFile.holding_a_fleet(database(self.args.db), read_only=True)) as file:
            head, world = file.load()
        if self.args.json:
            print_json(world_form(world, head.policy))
        else:
            print_status(world, head.policy)
        return 0


def print_status(world: World, policy: Policy) -> None:
    """Print the clock, the accounts, the counts by state and the instances."""
    calendar = policy.calendar
    say(f"{calendar.local(world.clock):%a %Y-%m-%d %H:%M:%S} (simulated)")
    say()
    print_table(
        ("Account", "Balance", "Available", "Unpaid", "Overdue since"),
        [_account_row(account, world.clock, calendar) for account in world.accounts.values()],
        right=(1, 2, 3),
    )
    say()
    counts = {state: sum(item.state == state for item in world.instances.values()) for state in STATES}
    shown = [f"{count} {state}" for state, count in counts.items() if count]
    say(counted(len(world.instances), "instance") + (f": {', '.join(shown)}" if shown else ""))
    if world.instances:
        say()
        print_table(
            ("Instance", "State", "Expires", "", "Renewal", "Account", "Name"),
            [_instance_row(item, world.clock, calendar) for item in world.instances.values()],
        )


def _account_row(account: Account, clock: int, calendar: Calendar) -> tuple[str, ...]:
    currency = account.currency
    return (
        account.id,
        group_amount(account.balance, currency),
        group_amount(available_credit(account, clock), currency),
        group_amount(unpaid_sum(account), currency),
        "-" if account.overdue_since is None else _minute(account.overdue_since, calendar),
    )


def _instance_row(item: Instance, clock: int, calendar: Calendar) -> tuple[str, ...]:
    name = "" if item.name == item.id else item.name
    return item.id, item.state, *_expiry(item, clock, calendar), _renewal(item), item.account, name


def _expiry(item: Instance, clock: int, calendar: Calendar) -> tuple[str, str]:
    """When it expires, or was released, and how far off that is from the clock."""
    at = ends_at(item)
    if at is None:
        return ("released, date not known" if item.state == RELEASED else "no end"), ""
    return ("released " if item.state == RELEASED else "") + _minute(at, calendar), days_away(at - clock)


def _renewal(item: Instance) -> str:
    if item.kind == LEGACY_PUBLIC:
        return "pay as you go"
    if item.kind != ENTERPRISE:
        return "-"
    mode, schedule, months, _ = item.renewal
    return f"auto {months} mo, {schedule}" if mode == AUTO else "non-renewal" if mode == "none" else mode


def _minute(instant: int, calendar: Calendar) -> str:
    text = calendar.format(instant)[:19].replace("T", " ")
    return text.removesuffix(":00")


def days_away(seconds: int) -> str:
    """A distance in seconds, in days, hours or minutes: "in 3 d", "in 5 h", and if it is negative "12 d ago"."""
    size = abs(seconds)
    amount = f"{size // DAY} d" if size >= DAY else f"{size // 3600} h" if size >= 3600 else f"{size // 60} min"
    return f"in {amount}" if seconds >= 0 else f"{amount} ago"
