"""The filter: words that an instance must hold, and terms such as state:expired. Terms of one key are alternatives."""

from typing import Final, NamedTuple

from core.model import Instance

KEYS: Final = ("account", "region", "state", "kind")
"""The keys of terms."""
HINT: Final = "words, " + " ".join(f"{key}:" for key in KEYS)


class Filter(NamedTuple):
    """What a table shows: every word, and one of each key's values, must be found."""

    words: tuple[str, ...] = ()
    terms: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def fits(self, instance: Instance) -> bool:
        """Whether an instance is shown."""
        for key, values in self.terms:
            there = _value(instance, key)
            if not any(there.startswith(value) for value in values):
                return False
        if self.words:
            text = f"{instance.id}\n{instance.name}\n{instance.account}\n{instance.region}".casefold()
            return all(word in text for word in self.words)
        return True


def _value(instance: Instance, key: str) -> str:
    if key == "state":
        return instance.state
    if key == "kind":
        return instance.kind
    return (instance.account if key == "account" else instance.region).casefold()


def read_filter(text: str) -> Filter:
    """Read a filter as a person typed it; anything is one. Values of one key may be listed: state:expired,frozen."""
    words: list[str] = []
    terms: dict[str, list[str]] = {}
    for word in text.casefold().split():
        key, colon, value = word.partition(":")
        if colon and key in KEYS:
            # A term still being typed shows everything.
            terms.setdefault(key, []).extend(part for part in value.split(",") if part)
        else:
            words.append(word)
    return Filter(tuple(words), tuple((key, tuple(values)) for key, values in terms.items() if values))


def states_in(text: str) -> tuple[str, ...]:
    """The states a filter asks for."""
    return dict(read_filter(text).terms).get("state", ())


def with_state(text: str, state: str | None) -> str:
    """The filter with one state asked for, or any."""
    kept = [word for word in text.split() if not word.casefold().startswith("state:")]
    return " ".join([*kept, f"state:{state}"] if state is not None else kept)
