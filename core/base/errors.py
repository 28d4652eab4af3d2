"""The errors of Lapse. Each carries one sentence for people: what was wrong and what would be right."""

from collections.abc import Mapping
from typing import Final

_SPACES: Final = "\xa0\u3000"


class LapseError(Exception):
    """Anything Lapse tells a person instead of going on. `exit_status` is what the command line ends with."""

    exit_status = 2


class BadInput(LapseError):
    """A file, a key, a word or a number that can't be read as what it should be. Nothing was written."""


class PolicyError(BadInput):
    """A policy file that can't be used: an unknown key, a negative duration, an impossible hour."""


class Refused(LapseError):
    """An action the rules refuse. `code` is one of the rulebook's refusal codes; the refusal is in the log."""

    exit_status = 1

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NoDate(BadInput):
    """A text is not a date or instant, however it is read."""


class NoSuchDate(NoDate):
    """A text is written like a date or an instant, but the calendar has none such: the 30th of February, 25:00."""


class TimeGoesForward(Refused):
    """The clock was asked to go back (`time_goes_forward`)."""

    def __init__(self, clock: str, asked: str) -> None:
        super().__init__(
            "time_goes_forward", f"The clock is at {clock} and can't go back to {asked}: name a later instant."
        )


class StoreError(LapseError):
    """The fleet's file can't be used: not ours, from a newer Lapse, read-only, full disk, locked."""


class NoFleet(StoreError):
    """There is no fleet in the file yet."""


class FleetMoved(StoreError):
    """Another process changed the file since it was read. Reload, then try again."""


class FleetLost(StoreError):
    """The path no longer leads to the file that was opened, or that holds another fleet. Nothing is written to it."""


def shown(value: object) -> str:
    """A value as a short text on one line, for an error sentence. Never raises."""
    if isinstance(value, str):
        text = f'"{value[:61]}"'
        return _short("".join(c if c.isprintable() or c in _SPACES else _escaped(c) for c in text))
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and abs(value) >= 10**60:
        return "a number of over 60 digits"
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, (list, tuple)) else _short(str(value))


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
