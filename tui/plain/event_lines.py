"""Events printed for people and programs."""

import sys
from collections.abc import Iterable

from core.events import Event
from core.instants import Calendar
from core.report import Json
from core.telling import tell
from tui.plain.printing import clean, padded, to_json


def event_line(event: Event, currency: str, calendar: Calendar) -> str:
    """An event on one line: when, whom, what, by which rule."""
    at = calendar.format(event.at)[:19].replace("T", " ")
    rule = f" ({event.rule})" if event.rule else ""
    advice = "".join(f"\n{'':19}  ! {clean(sentence)}" for sentence in event.advice)
    whom = clean(event.instance or event.account or "")
    return f"{at}  {padded(whom, 20)}  {clean(tell(event, currency, calendar))}{rule}{advice}"


def write_events(forms: Iterable[Json]) -> None:
    """Events as a JSON list on standard output, written one at a time."""
    sys.stdout.write("[")
    separator = "\n"
    for form in forms:
        sys.stdout.write(separator + to_json(form))
        separator = ",\n"
    sys.stdout.write("]")
