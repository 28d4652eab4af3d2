"""`lapse simulate`: runs a fleet in memory, with an optional script of actions. It touches no database."""

import gc
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass

from core.base.counting import counted
from core.base.errors import BadInput
from core.formats.files import Options, load_fleet
from core.rules.policy import Policy
from core.rules.rulebook import load_policy
from core.simulation.action_scripts import Scripted, load_script
from core.simulation.simulation import Simulation
from core.words.event_json import event_form
from core.words.state_json import world_form
from core.world.events import Event
from core.world.model import World
from tui.plain.parsing import Parser, add_fleet_options, add_json
from tui.plain.piped import piped
from tui.plain.status import print_status
from tui.text.log_lines import event_line, write_events
from tui.text.output import complain, say, write
from tui.text.printing import to_json


def fleet_options(args: Namespace, policy: Policy) -> Options:
    """The options of the command line for reading a fleet's file. Raises BadInput if `--clock` is not an instant."""
    return Options(
        clock=None if args.clock is None else _clock(args.clock, policy),
        balance=args.balance,
        currency=args.currency,
        product=args.product,
        monthly_price=args.monthly_price,
        prices=args.prices,
        daily_charge=args.daily_charge,
        account=args.account,
    )


def _clock(text: str, policy: Policy) -> int:
    try:
        return policy.calendar.parse(text)
    except BadInput as error:
        raise BadInput(f"--clock: {error}") from None


@dataclass(frozen=True)
class Simulate:
    """`lapse simulate FLEET [--script FILE] --until WHEN [--json]`."""

    args: Namespace

    @classmethod
    def read(cls, arguments: list[str]) -> "Simulate":
        """Parse the command's arguments. Raises BadInput."""
        from pathlib import Path

        parser = Parser("simulate", "Run a fleet in memory and print what happens. Touches no database.")
        parser.add_argument(
            "fleet",
            nargs="+",
            type=Path,
            metavar="FLEET",
            help="JSON, CSV, or the vendor's export; - is standard input",
        )
        parser.add_argument("--script", type=Path, metavar="FILE", help="a script of actions, JSON or TOML")
        parser.add_argument("--until", required=True, metavar="WHEN", help="an instant, or a duration after the clock")
        add_fleet_options(parser)
        add_json(parser)
        return cls(parser.parse_args(arguments))

    def run(self) -> int:
        """Run the fleet until `--until`, print its events and its final state. Raises BadInput before anything runs."""
        args = self.args
        policy = load_policy(args.policy)
        loaded = load_fleet(args.fleet, policy, fleet_options(args, policy), None, piped(args.fleet))
        world = loaded.world
        until = _until(args.until, world, policy)
        script = load_script(args.script, world, policy) if args.script is not None else []
        for note in loaded.notes:
            complain(note)
        late = sum(item.at > until for item in script)
        if late:
            complain(f"{counted(late, 'action')} after --until not run")
        simulation = Simulation(world, policy)
        # The fleet lives to the end of the process: spare the garbage collector from scanning it again and again.
        gc.freeze()
        events = run_script(simulation, [item for item in script if item.at <= until], until)
        if args.json:
            _print_json(events, world, policy)
        else:
            _print_lines(events, world, policy)
        return 0


def _until(text: str, world: World, policy: Policy) -> int:
    try:
        until = policy.calendar.parse_when(text, world.clock)
    except BadInput as error:
        raise BadInput(f"--until: {error}") from None
    if until < world.clock:
        raise BadInput(f"--until: {text} is before the fleet's clock, {policy.calendar.format(world.clock)}")
    return until


def run_script(simulation: Simulation, script: list[Scripted], until: int) -> Iterator[Event]:
    """Run a script and then the clock on to `until`; yields every event in order (T2)."""
    for at, action in script:
        for batch in simulation.advance(at):
            yield from batch
        yield from simulation.act(action)
    for batch in simulation.advance(until):
        yield from batch


def _currency(world: World, event: Event) -> str:
    account = world.accounts.get(event.account or "")
    return account.currency if account else "CNY"


def _print_json(events: Iterator[Event], world: World, policy: Policy) -> None:
    calendar = policy.calendar
    write('{"events": ')
    write_events(event_form(event, _currency(world, event), calendar) for event in events)
    form = world_form(world, policy)
    for key in ("clock", "accounts", "instances"):
        write(f',\n"{key}": {to_json(form[key])}')
    write("}\n")


def _print_lines(events: Iterator[Event], world: World, policy: Policy) -> None:
    calendar = policy.calendar
    for event in events:
        say(event_line(event, _currency(world, event), calendar))
    say()
    print_status(world, policy)
