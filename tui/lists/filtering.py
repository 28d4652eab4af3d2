"""The filter: words that a row must read, and terms such as state:expired. Terms of one key are alternatives."""

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
"""The keys of terms."""
HINT: Final = "words, " + " ".join(f"{key}:" for key in KEYS)
_THERE: Final = {"state": STATES, "kind": KINDS}
"""The values of the keys that have only these."""
_PIECE: Final = re.compile(r'(?:[^\s":]+:)?"[^"]*"?|\S+')
_TERM: Final = re.compile(r"([^\s\":]+):(.*)", re.DOTALL)


class Terms(NamedTuple):
    """A filter taken apart: its words as they were written, and the values by key."""

    words: tuple[str, ...]
    values: dict[str, tuple[Name, ...]]
    problem: str | None
    """A word that looks like a term of another key, in one sentence: it is looked for as a word."""


def read_terms(text: str, keys: tuple[str, ...], alone: str = "") -> Terms:
    """Take apart what a person typed; anything is a filter. Values of one key may be listed: state:expired,frozen.

    Quotes hold words together, and a value in quotes is meant whole: account:"acme". The key `alone` means something
    without a value, too: the value is empty then.
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
                problem = f"no {shown(f'{key}:')}, only {' '.join(f'{there}:' for there in keys)}"
        elif key == alone and not term[2]:
            values.setdefault(key, []).append(Name("", whole=False))
        elif term[2].startswith('"'):
            values.setdefault(key, []).extend(Name(whole, whole=True) for whole in [term[2].strip('"')] if whole)
        else:
            values.setdefault(key, []).extend(Name(part, whole=False) for part in term[2].split(",") if part)
    # A term still being typed shows everything.
    return Terms(tuple(words), {key: tuple(names) for key, names in values.items() if names}, problem)


def known(names: tuple[Name, ...], what: str, there: Sequence[str], problems: list[str]) -> tuple[Name, ...]:
    """The names that mean one of what there is; of the others it is said, and they are left out."""
    found = []
    for name in names:
        folded = name.text.casefold()
        if folded in there if name.whole else any(one.startswith(folded) for one in there):
            found.append(name)
        else:
            problems.append(f"no {what} {shown(name.text)}, only {', '.join(there)}")
    return tuple(found)


class Filter(NamedTuple):
    """What a table shows: every word, every distance, and one of each key's values, must be found."""

    words: tuple[str, ...] = ()
    distances: tuple[Distance, ...] = ()
    terms: tuple[tuple[str, tuple[Name, ...]], ...] = ()
    within: Duration | None = None
    """Lost within so long."""
    problem: str | None = None
    """What was written and can't be read, in one sentence; it is left out."""

    @property
    def shows_all(self) -> bool:
        """Whether everything fits it."""
        return not (self.words or self.distances or self.terms) and self.within is None

    @property
    def reads(self) -> bool:
        """Whether it is about what a row reads."""
        return bool(self.words or self.distances)

    def only_grew(self, before: "Filter") -> bool:
        """Whether nothing fits it that didn't fit the filter before: what is typed at the end only narrows it."""
        same = self.terms == before.terms and self.within == before.within
        grown = all(any(old in new for new in self.words) for old in before.words)
        nearer = self.distances == before.distances or not before.distances
        return grown and nearer and (same or not (before.terms or before.within))


class Fitting(dict[str, bool]):
    """Whether a value fits one of some names, each found out once: many instances have few values."""

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
"""What the terms of each key are about."""


def read_filter(text: str) -> Filter:
    """Read a filter as a person typed it: what can't be read is left out, and said."""
    found, values, unknown = read_terms(text.casefold(), KEYS)
    words, distances = read_distances(found)
    problems = [] if unknown is None else [unknown]
    within = None
    for name in values.pop(WITHIN, ()):
        try:
            within = parse_duration(name.text)
        except LapseError as error:
            problems.append(str(error))
    terms = {key: known(names, key, _THERE[key], problems) if key in _THERE else names for key, names in values.items()}
    wanted = tuple((key, names) for key, names in terms.items() if names)
    return Filter(words, distances, wanted, within, problems[0] if problems else None)


def states_in(text: str) -> tuple[str, ...]:
    """The states a filter asks for."""
    return tuple(name.text for name in read_terms(text.casefold(), KEYS).values.get("state", ()))


def with_state(text: str, state: str | None) -> str:
    """The filter with one state asked for, or any."""
    kept = [piece for piece in _PIECE.findall(text) if not piece.casefold().startswith("state:")]
    return " ".join([*kept, f"state:{state}"] if state is not None else kept)
