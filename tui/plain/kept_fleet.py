"""The commands on the kept fleet's log, journal and clock: log, verify, advance."""

from argparse import Namespace
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from core.base.counting import counted
from core.base.errors import BadInput, FleetMoved
from core.words.event_json import event_form
from core.words.folding import Line, fold, newest
from core.workspace.workspace import Workspace
from core.world.events import TYPES, Event
from tui.plain.opening import open_fleet, retry_on_conflict
from tui.plain.parsing import ParsedCommand, Parser, add_db, add_json, whole_number
from tui.text.log_lines import print_lines, write_events
from tui.text.output import complain, say, write
from tui.text.printing import to_json


@dataclass(frozen=True)
class Log:
    """`lapse log [--instance ID] [--account ID] [--type TYPE] [--last N] [--all] [--json]`."""

    args: Namespace

    @classmethod
    def read(cls, arguments: list[str]) -> "Log":
        """Parse the command's arguments. Raises BadInput."""
        parser = Parser("log", "Print everything that happened, oldest first, with the rule behind it.")
        parser.add_argument("--instance", metavar="ID", help="only events of this instance")
        parser.add_argument("--account", metavar="ID", help="only events of this account")
        parser.add_argument("--type", metavar="TYPE", choices=sorted(TYPES.values()), help="only this type of event")
        parser.add_argument("--last", metavar="N", help="only the newest N; consecutive routine bills count as one")
        _add_all(parser)
        add_db(parser)
        add_json(parser)
        return cls(parser.parse_args(arguments))

    def run(self) -> int:
        """Print the log, one event at a time, so that it need not fit in memory. Raises BadInput and StoreError."""
        last = None if self.args.last is None else whole_number("--last", self.args.last)
        with closing(open_fleet(self.args.db, read_only=True)) as kept:
            self._print(kept, last)
        return 0

    def _print(self, kept: Workspace, last: int | None) -> None:
        args = self.args
        kinds = None if args.type is None else (args.type,)
        if not (args.json or args.all):
            print_lines(self._folded(kept, kinds, last), kept.currency_of, kept.calendar)
            return
        events = kept.history.events(instance=args.instance, account=args.account, kinds=kinds, last=last)
        if not args.json:
            print_lines(events, kept.currency_of, kept.calendar)
            return
        write('{"events": ')
        write_events(event_form(event, kept.currency_of(event.account), kept.calendar) for event in events)
        write("}\n")

    def _folded(self, kept: Workspace, kinds: tuple[str, ...] | None, last: int | None) -> Iterable[Line]:
        """The log with consecutive routine bills folded into one line: all of it, or its newest `last` lines."""
        args = self.args

        def page(before: int | None, size: int) -> list[Event]:
            return list(
                kept.history.events(instance=args.instance, account=args.account, kinds=kinds, before=before, last=size)
            )

        if last is None or last >= kept.head.events:
            return fold(kept.history.events(instance=args.instance, account=args.account, kinds=kinds))
        lines = newest(page, last)
        return lines[max(len(lines) - last, 0) :]


@dataclass(frozen=True)
class Verify:
    """`lapse verify`: replays the journal and compares the result with the kept fleet."""

    args: Namespace

    @classmethod
    def read(cls, arguments: list[str]) -> "Verify":
        """Parse the command's arguments. Raises BadInput."""
        parser = Parser("verify", "Replay the journal from the beginning and compare the result with the kept fleet.")
        add_db(parser)
        return cls(parser.parse_args(arguments))

    def run(self) -> int:
        """Verify. Returns 0 if all is the same; otherwise prints each difference and returns 1. Raises StoreError."""
        with closing(open_fleet(self.args.db, read_only=True)) as kept:
            differences = kept.check()
        for difference in differences:
            complain(difference)
        if not differences:
            say(f"{kept.path}: the journal gives the same {counted(kept.world.events, 'event')} and the same fleet.")
        return 1 if differences else 0


@dataclass(frozen=True)
class Advance:
    """`lapse advance DURATION`, `--to WHEN` or `--next`."""

    args: Namespace

    @classmethod
    def read(cls, arguments: list[str]) -> "Advance":
        """Parse the command's arguments. Raises BadInput."""
        parser = Parser("advance", "Move the simulated clock. Everything that falls due on the way happens.")
        parser.add_argument(
            "duration", nargs="?", metavar="DURATION", help="advance by a duration, such as 30m, 36h, 10d, 2w, 3mo, 1y"
        )
        parser.add_argument("--to", metavar="WHEN", help="advance to an instant, or by a duration after the clock")
        parser.add_argument(
            "--next", action="store_true", help="advance to the next instant at which something happens"
        )
        _add_all(parser)
        add_db(parser)
        add_json(parser)
        args = parser.parse_args(arguments)
        if sum((args.duration is not None, args.to is not None, args.next)) != 1:
            raise BadInput("advance: give one of DURATION, --to WHEN or --next")
        return cls(args)

    def run(self) -> int:
        """Advance the clock and print the committed events. Raises BadInput, TimeGoesForward and StoreError."""
        with closing(open_fleet(self.args.db)) as kept:
            start = kept.world.events
            if self.args.next:
                retry_on_conflict(kept.advance_to_next_event)
            else:
                self._advance(kept)
            kept.check_file()
            self._print(kept, start)
        return 0

    def _advance(self, kept: Workspace) -> None:
        """Advance to the target, even if other processes change the fleet meanwhile.

        A duration counts from the clock at which our own run starts. Once it has started the target stays the same, so
        that a retry does not advance any part of the duration twice.
        """
        started = False

        def on_progress(clock: int, events: int) -> bool:
            nonlocal started
            started = True
            return False

        to = self._target(kept)
        while True:
            try:
                kept.advance(to, on_progress)
                return
            except FleetMoved:
                to = max(to if started else self._target(kept), kept.clock)

    def _target(self, kept: Workspace) -> int:
        args = self.args
        name, text = ("--to", args.to) if args.to is not None else ("DURATION", args.duration)
        try:
            if args.to is None:
                from core.base.instants import parse_duration

                return kept.calendar.after(kept.clock, parse_duration(text))
            return kept.calendar.parse_when(text, kept.clock)
        except BadInput as error:
            raise BadInput(f"advance: {name}: {error}") from None

    def _print(self, kept: Workspace, start: int) -> None:
        calendar = kept.calendar
        events = kept.history.events(after=start)
        if self.args.json:
            write(f'{{"clock": {to_json(calendar.format(kept.clock))}, "events": ')
            write_events(event_form(event, kept.currency_of(event.account), calendar) for event in events)
            write("}\n")
            return
        print_lines(events if self.args.all else fold(events), kept.currency_of, calendar)
        if kept.world.events == start:
            say("Nothing will ever be due." if self.args.next else "Nothing happened.")
        say(f"The clock is at {calendar.format(kept.clock)}.")


def _add_all(parser: Parser) -> None:
    parser.add_argument("--all", action="store_true", help="print every routine bill on a line of its own")


READERS: Final[dict[str, Callable[[list[str]], ParsedCommand]]] = {
    "log": Log.read,
    "verify": Verify.read,
    "advance": Advance.read,
}
"""The function that parses the arguments of each of these commands."""
