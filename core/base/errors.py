"""The errors of Lapse. The message of each is one sentence for people: what was wrong and what would be right."""

from collections.abc import Mapping
from typing import Final

_SPACES: Final = "\xa0\u3000"


class LapseError(Exception):
    """The base of every error that is reported to a person. `exit_status` is the exit status of the command line."""

    exit_status = 2


class BadInput(LapseError):
    """A file, a key, a word or a number is malformed or out of range. Nothing was written."""


class PolicyError(BadInput):
    """A policy file can't be used: for example an unknown key, a negative duration or an impossible hour."""


class Refused(LapseError):
    """The rules refuse an action. `code` is one of the rulebook's refusal codes. The log holds the refusal."""

    exit_status = 1

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NoDate(BadInput):
    """A text does not have the form of a date or an instant."""


class NoSuchDate(NoDate):
    """A text has the form of a date or an instant, but there is no such date or time: the 30th of February, 25:00."""


class TimeGoesForward(Refused):
    """The clock was asked to move backwards (`time_goes_forward`)."""

    def __init__(self, clock: str, asked: str) -> None:
        super().__init__(
            "time_goes_forward", f"The clock is at {clock} and can't go back to {asked}: name a later instant."
        )


class StoreError(LapseError):
    """The fleet's file can't be used: not a Lapse file, from a newer Lapse, read-only, locked, or the disk is full."""


class NoFleet(StoreError):
    """The file holds no fleet yet."""


class FleetMoved(StoreError):
    """Another process changed the file since it was read. Reload, then try again."""


class FleetLost(StoreError):
    """The path no longer leads to the file that was opened, or the file now holds another fleet. Nothing is written."""


def shown(value: object) -> str:
    """A value as short text on one line, for an error message. Never raises."""
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
