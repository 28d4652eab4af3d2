"""Events printed for people and programs."""

from collections.abc import Iterable

from core.events import Event
from core.instants import Calendar
from core.report import Json
from core.telling import tell
from tui.output import printable, write
from tui.plain.printing import padded, to_json


def event_line(event: Event, currency: str, calendar: Calendar) -> str:
    """An event on one line: when, whom, what, by which rule."""
    at = calendar.format(event.at)[:19].replace("T", " ")
    rule = f" ({event.rule})" if event.rule else ""
    advice = "".join(f"\n{'':19}  ! {printable(sentence)}" for sentence in event.advice)
    whom = printable(event.instance or event.account or "")
    return f"{at}  {padded(whom, 20)}  {printable(tell(event, currency, calendar))}{rule}{advice}"


def write_events(forms: Iterable[Json]) -> None:
    """Events as a JSON list on standard output, written one at a time."""
    write("[")
    separator = "\n"
    for form in forms:
        write(separator + to_json(form))
        separator = ",\n"
    write("]")
