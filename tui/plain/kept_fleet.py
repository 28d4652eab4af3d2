"""The commands on the kept fleet's log and clock: log, check, advance."""

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
from tui.plain.opening import open_fleet, retried
from tui.plain.parsing import Asked, Parser, add_db, add_json, whole_number
from tui.text.log_lines import print_lines, write_events
from tui.text.output import complain, say, write
from tui.text.printing import to_json


@dataclass(frozen=True)
class Log:
    """`lapse log [--instance ID] [--account ID] [--type TYPE] [--last N] [--all] [--json]`."""

    asked: Namespace

    @classmethod
    def read(cls, arguments: list[str]) -> "Log":
        """Read the command's arguments."""
        parser = Parser("log", "Print everything that happened, oldest first, with the rule behind it.")
        parser.add_argument("--instance", metavar="ID", help="only events of this instance")
        parser.add_argument("--account", metavar="ID", help="only events of this account")
        parser.add_argument("--type", metavar="TYPE", choices=sorted(TYPES.values()), help="only this type of event")
        parser.add_argument("--last", metavar="N", help="only the newest N; routine bills in a row are one")
        _add_all(parser)
        add_db(parser)
        add_json(parser)
        return cls(parser.parse_args(arguments))

    def run(self) -> int:
        """Print the log, one event at a time."""
        last = None if self.asked.last is None else whole_number("--last", self.asked.last)
        with closing(open_fleet(self.asked.db, read_only=True)) as kept:
            self._print(kept, last)
        return 0

    def _print(self, kept: Workspace, last: int | None) -> None:
        asked = self.asked
        kinds = None if asked.type is None else (asked.type,)
        if not (asked.json or asked.all):
            print_lines(self._folded(kept, kinds, last), kept.currency_of, kept.calendar)
            return
        events = kept.history.events(instance=asked.instance, account=asked.account, kinds=kinds, last=last)
        if not asked.json:
            print_lines(events, kept.currency_of, kept.calendar)
            return
        write('{"events": ')
        write_events(event_form(event, kept.currency_of(event.account), kept.calendar) for event in events)
        write("}\n")

    def _folded(self, kept: Workspace, kinds: tuple[str, ...] | None, most: int | None) -> Iterable[Line]:
        """The log without its routine, or the newest lines of it."""
        asked = self.asked

        def page(before: int | None, last: int) -> list[Event]:
            return list(
                kept.history.events(
                    instance=asked.instance, account=asked.account, kinds=kinds, before=before, last=last
                )
            )

        if most is None or most >= kept.head.events:
            return fold(kept.history.events(instance=asked.instance, account=asked.account, kinds=kinds))
        lines = newest(page, most)
        return lines[max(len(lines) - most, 0) :]


@dataclass(frozen=True)
class Verify:
    """`lapse verify`: the journal replayed against what is kept."""

    asked: Namespace

    @classmethod
    def read(cls, arguments: list[str]) -> "Verify":
        """Read the command's arguments."""
        parser = Parser("verify", "Replay the journal from the beginning and compare it with what is kept.")
        add_db(parser)
        return cls(parser.parse_args(arguments))

    def run(self) -> int:
        """Compare; exit status 1 where something differs."""
        with closing(open_fleet(self.asked.db, read_only=True)) as kept:
            differences = kept.check()
        for difference in differences:
            complain(difference)
        if not differences:
            say(f"{kept.path}: the journal gives the same {counted(kept.world.events, 'event')} and the same fleet.")
        return 1 if differences else 0


@dataclass(frozen=True)
class Advance:
    """`lapse advance DURATION`, `--to WHEN` or `--next`."""

    asked: Namespace

    @classmethod
    def read(cls, arguments: list[str]) -> "Advance":
        """Read the command's arguments."""
        parser = Parser("advance", "Move the simulated clock; everything that falls due on the way happens.")
        parser.add_argument("duration", nargs="?", metavar="DURATION", help="30m, 36h, 10d, 2w, 3mo, 1y")
        parser.add_argument("--to", metavar="WHEN", help="an instant, or a duration after the clock")
        parser.add_argument("--next", action="store_true", help="to the next instant at which something happens")
        _add_all(parser)
        add_db(parser)
        add_json(parser)
        asked = parser.parse_args(arguments)
        if sum((asked.duration is not None, asked.to is not None, asked.next)) != 1:
            raise BadInput("advance: give one of DURATION, --to WHEN or --next")
        return cls(asked)

    def run(self) -> int:
        """Advance; the events are printed as they are committed. Raises TimeGoesForward, StoreError."""
        with closing(open_fleet(self.asked.db)) as kept:
            start = kept.world.events
            if self.asked.next:
                retried(kept.advance_to_next_event)
            else:
                self._advance(kept)
            kept.check_file()
            self._print(kept, start)
        return 0

    def _advance(self, kept: Workspace) -> None:
        """Advance, whatever other processes do meanwhile: what was begun is gone to its end, and nothing twice."""
        begun = False

        def begin(clock: int, events: int) -> bool:
            nonlocal begun
            begun = True
            return False

        to = self._target(kept)
        while True:
            try:
                kept.advance(to, begin)
                return
            except FleetMoved:
                to = max(to if begun else self._target(kept), kept.clock)

    def _target(self, kept: Workspace) -> int:
        asked = self.asked
        name, text = ("--to", asked.to) if asked.to is not None else ("DURATION", asked.duration)
        try:
            if asked.to is None:
                from core.base.instants import parse_duration

                return kept.calendar.after(kept.clock, parse_duration(text))
            return kept.calendar.parse_when(text, kept.clock)
        except BadInput as error:
            raise BadInput(f"advance: {name}: {error}") from None

    def _print(self, kept: Workspace, start: int) -> None:
        calendar = kept.calendar
        events = kept.history.events(after=start)
        if self.asked.json:
            write(f'{{"clock": {to_json(calendar.format(kept.clock))}, "events": ')
            write_events(event_form(event, kept.currency_of(event.account), calendar) for event in events)
            write("}\n")
            return
        print_lines(events if self.asked.all else fold(events), kept.currency_of, calendar)
        if kept.world.events == start:
            say("Nothing will ever be due." if self.asked.next else "Nothing happened.")
        say(f"The clock is at {calendar.format(kept.clock)}.")


def _add_all(parser: Parser) -> None:
    parser.add_argument("--all", action="store_true", help="every routine bill on a line of its own")


READERS: Final[dict[str, Callable[[list[str]], Asked]]] = {
    "log": Log.read,
    "verify": Verify.read,
    "advance": Advance.read,
}
"""How each of these commands reads its arguments."""
