"""The filter of a table: words that a row must contain, and terms such as state:expired. Several values of one key are
alternatives.
"""

import re
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from core.base.errors import LapseError, shown
from core.base.instants import Duration, parse_duration
from core.store.log_search import Name
from core.world.model import KINDS, STATES, Instance
from tui.lists.distances import Distance, read_distances

WITHIN: Final = "within"
KEYS: Final = ("account", "region", "state", "kind", WITHIN)
"""The keys that a term may have."""
HINT: Final = "words, " + " ".join(f"{key}:" for key in KEYS)
_ALLOWED: Final = {"state": STATES, "kind": KINDS}
"""The allowed values of the keys that have a fixed set of them."""
_PIECE: Final = re.compile(r'(?:[^\s":]+:)?"[^"]*"?|\S+')
_TERM: Final = re.compile(r"([^\s\":]+):(.*)", re.DOTALL)


class Terms(NamedTuple):
    """A parsed filter: its words as written, and the values of its terms by key."""

    words: tuple[str, ...]
    values: dict[str, tuple[Name, ...]]
    problem: str | None
    """The complaint about a term with an unknown key, in one sentence. Such a term is searched for as a word."""


def read_terms(text: str, keys: tuple[str, ...], alone: str = "") -> Terms:
    """Parse a filter as typed; any text is a valid filter. One key may list several values: state:expired,frozen.

    Quotes keep words together. A quoted value must match the whole value: account:"acme"; an unquoted one may match
    a part. The key `alone` is also valid without a value; its value is then empty.
    """
    problem: str | None = None
    words: list[str] = []
    values: dict[str, list[Name]] = {}
    for piece in _PIECE.findall(text):
        term = _TERM.fullmatch(piece)
        key = term[1].casefold() if term else ""
        if term is None or key not in keys:
            words += [piece.strip('"')] if piece.strip('"') else []
            if term is not None and term[2] and key.isalpha():
                problem = f"no {shown(f'{key}:')}, only {' '.join(f'{known}:' for known in keys)}"
        elif key == alone and not term[2]:
            values.setdefault(key, []).append(Name("", whole=False))
        elif term[2].startswith('"'):
            values.setdefault(key, []).extend(Name(whole, whole=True) for whole in [term[2].strip('"')] if whole)
        else:
            values.setdefault(key, []).extend(Name(part, whole=False) for part in term[2].split(",") if part)
    # A term without a value is still being typed: it hides nothing.
    return Terms(tuple(words), {key: tuple(names) for key, names in values.items() if names}, problem)


def keep_allowed(names: tuple[Name, ...], what: str, allowed: Sequence[str], problems: list[str]) -> tuple[Name, ...]:
    """The names that match an allowed value. Every other name is left out and adds a complaint to `problems`."""
    found = []
    for name in names:
        folded = name.text.casefold()
        if folded in allowed if name.whole else any(one.startswith(folded) for one in allowed):
            found.append(name)
        else:
            problems.append(f"no {what} {shown(name.text)}, only {', '.join(allowed)}")
    return tuple(found)


class Filter(NamedTuple):
    """A filter of a table. A row passes if it matches every word, every distance and, for each key, one of its
    values.
    """

    words: tuple[str, ...] = ()
    distances: tuple[Distance, ...] = ()
    terms: tuple[tuple[str, tuple[Name, ...]], ...] = ()
    within: Duration | None = None
    """Only instances whose next loss is at most this far ahead."""
    problem: str | None = None
    """What could not be read, in one sentence. That part is left out of the filter."""

    @property
    def shows_all(self) -> bool:
        """Whether the filter hides nothing."""
        return not (self.words or self.distances or self.terms) and self.within is None

    @property
    def reads(self) -> bool:
        """Whether the filter tests the text of a row."""
        return bool(self.words or self.distances)

    def only_grew(self, before: "Filter") -> bool:
        """Whether everything that passes this filter also passed the filter `before`, as when a person types on."""
        same = self.terms == before.terms and self.within == before.within
        grown = all(any(old in new for new in self.words) for old in before.words)
        nearer = self.distances == before.distances or not before.distances
        return grown and nearer and (same or not (before.terms or before.within))


class Fitting(dict[str, bool]):
    """Whether a value matches one of the given names. Each answer is cached: many instances share few values."""

    def __init__(self, names: tuple[Name, ...]) -> None:
        super().__init__()
        self._whole = {name.text for name in names if name.whole}
        self._beginnings = tuple(name.text for name in names if not name.whole)

    def __missing__(self, value: str) -> bool:
        folded = value.casefold()
        fits = self[value] = folded in self._whole or folded.startswith(self._beginnings)
        return fits


VALUES: Final[dict[str, Callable[[Instance], str]]] = {
    "account": attrgetter("account"),
    "region": attrgetter("region"),
    "state": attrgetter("state"),
    "kind": attrgetter("kind"),
}
"""The value of an instance that the terms of each key test."""


def read_filter(text: str) -> Filter:
    """Read a filter as typed. What cannot be read is left out and reported in `Filter.problem`."""
    found, values, unknown = read_terms(text.casefold(), KEYS)
    words, distances = read_distances(found)
    problems = [] if unknown is None else [unknown]
    within = None
    for name in values.pop(WITHIN, ()):
        try:
            within = parse_duration(name.text)
        except LapseError as error:
            problems.append(str(error))
    terms = {
        key: keep_allowed(names, key, _ALLOWED[key], problems) if key in _ALLOWED else names
        for key, names in values.items()
    }
    wanted = tuple((key, names) for key, names in terms.items() if names)
    return Filter(words, distances, wanted, within, problems[0] if problems else None)


def states_in(text: str) -> tuple[str, ...]:
    """The values of the filter's state: terms."""
    return tuple(name.text for name in read_terms(text.casefold(), KEYS).values.get("state", ()))


def with_state(text: str, state: str | None) -> str:
    """The filter with its state: terms replaced by one state; None removes them."""
    kept = [piece for piece in _PIECE.findall(text) if not piece.casefold().startswith("state:")]
    return " ".join([*kept, f"state:{state}"] if state is not None else kept)
