"""Events as lines for people and as JSON for programs."""

from collections.abc import Callable, Iterable

from core.base.instants import Calendar
from core.words.folding import Line, RoutineBills, tell_bills
from core.words.sentences import tell
from core.words.state_json import Json
from core.world.events import Event
from tui.text.output import printable, say, write
from tui.text.printing import padded, to_json


def event_line(event: Event, currency: str, calendar: Calendar) -> str:
    """An event on one line: instant, instance or account, sentence, rule. Each piece of advice adds a line."""
    at = _when(event.at, calendar)
    rule = f" ({event.rule})" if event.rule else ""
    advice = "".join(f"\n{'':19}  ! {printable(sentence)}" for sentence in event.advice)
    whom = printable(event.instance or event.account or "")
    return f"{at}  {padded(whom, 20)}  {printable(tell(event, currency, calendar))}{rule}{advice}"


def print_lines(lines: Iterable[Line], currency_of: Callable[[str | None], str], calendar: Calendar) -> None:
    """Print the lines of a log. Consecutive routine bills may be folded into one line."""
    for line in lines:
        if isinstance(line, RoutineBills):
            at, whom = _when(line.at, calendar), padded(printable(line.whom), 20)
            say(f"{at}  {whom}  {tell_bills(line, line.at, calendar)} (--all shows them)")
        else:
            say(event_line(line, currency_of(line.account), calendar))


def _when(at: int, calendar: Calendar) -> str:
    return calendar.format(at)[:19].replace("T", " ")


def write_events(forms: Iterable[Json]) -> None:
    """Print events as a JSON list on standard output, one at a time, so that they need not fit in memory."""
    write("[")
    separator = "\n"
    for form in forms:
        write(separator + to_json(form))
        separator = ",\n"
    write("]")
