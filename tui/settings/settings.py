"""The user's settings: theme, hidden columns, horizon, mouse, glyphs and keys. They are kept in one TOML file."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from core.base.errors import BadInput, shown

FIT: Final = 0
HORIZONS: Final = (FIT, 30, 45, 60, 90)
"""The days that the lifeline can show; FIT means as many as there is room for."""
AUTO: Final = "auto"
GLYPHS: Final = (AUTO, "unicode", "ascii")
TABLES: Final = ("overview", "renewal")
"""The screens with columns that can be hidden."""


class Settings(NamedTuple):
    """The settings. `theme` None means our dark theme, or on a terminal of 16 colours the terminal's own colours."""

    theme: str | None = None
    horizon: int = FIT
    mouse: bool = True
    glyphs: str = AUTO
    hidden: Mapping[str, tuple[str, ...]] = {}
    """The titles of the hidden columns, by screen."""
    keys: Mapping[str, tuple[str, ...]] = {}
    """The user's keys, as written in the file, by command."""


class SettingsStore:
    """The settings and the file they are kept in, if any. Without a file nothing is read or written."""

    def __init__(self, settings: Settings | None = None, path: Path | None = None) -> None:
        self.settings = settings or Settings()
        self.path = path
        self.complaints: list[str] = []
        """One sentence for each entry of the file that can't be used."""
        self._readable = True

    @classmethod
    def read(cls, path: Path) -> "SettingsStore":
        """Read the settings from a file; the defaults if there is no file. What is wrong in it is in `complaints`."""
        kept = cls(path=path)
        if not os.path.lexists(path):
            return kept
        from core.base.inputs import read_toml

        try:
            document = read_toml(path, "settings are a file in TOML")
        except BadInput as error:
            return kept._unreadable(error)
        kept.settings, kept.complaints = read_settings(document)
        return kept

    def _unreadable(self, error: BadInput) -> "SettingsStore":
        unused = "the defaults are used, and nothing is written to it"
        self.complaints = [f"Settings, {self.path}: {error}; {unused}."]
        self._readable = False
        return self

    def change(self, settings: Settings) -> None:
        """Use these settings from now on, and write those that changed into the file, if there is one.

        Raises SettingsError if they can't be written. They are used until the program ends all the same.
        """
        before, self.settings = self.settings, settings
        if self.path is None:
            return
        from tui.settings.settings_file import SettingsError, write

        if not self._readable:
            raise SettingsError(f"Not kept: {self.path} could not be read. Correct it, or delete it.")
        write(self.path, _differences(before, settings))


def _differences(before: Settings, after: Settings) -> dict[tuple[str, ...], object]:
    """The entries to write, by their path in the file."""
    found: dict[tuple[str, ...], object] = {}
    if after.theme != before.theme:
        found["theme",] = after.theme
    if after.horizon != before.horizon:
        found["horizon",] = after.horizon or "fit"
    if after.mouse != before.mouse:
        found["mouse",] = after.mouse
    if after.glyphs != before.glyphs:
        found["glyphs",] = after.glyphs
    for screen in TABLES:
        if after.hidden.get(screen, ()) != before.hidden.get(screen, ()):
            found["hidden", screen] = list(after.hidden.get(screen, ()))
    return found


def read_settings(document: Mapping[str, object]) -> tuple[Settings, list[str]]:
    """The settings in a file's document, and a sentence for each entry that can't be used and is left out."""
    reader = _Reader(document)
    settings = Settings(
        theme=reader.word("theme"),
        horizon=reader.horizon(),
        mouse=reader.flag("mouse", True),
        glyphs=reader.choice("glyphs", GLYPHS),
        hidden={name: values for name, values in reader.lists("hidden").items() if reader.is_table(name)},
        keys=reader.lists("keys"),
    )
    for key in document:
        if key not in Settings._fields:
            reader.complain(key, f"there is no such setting: there are {', '.join(Settings._fields)}.")
    return settings, reader.complaints


class _Reader:
    """Reads and checks the entries of a document. Bad ones get their default and a complaint."""

    def __init__(self, document: Mapping[str, object]) -> None:
        self._document = document
        self.complaints: list[str] = []

    def complain(self, key: str, what: str) -> None:
        """Add a sentence that says what is wrong with an entry."""
        self.complaints.append(f"Settings, {shown(key)[1:-1]}: {what}")

    def word(self, key: str) -> str | None:
        """Read a text; None if it is missing."""
        value = self._document.get(key)
        if value is None or isinstance(value, str):
            return value
        self.complain(key, f'it must be a name like "lapse-light", not {shown(value)}.')
        return None

    def flag(self, key: str, default: bool) -> bool:
        """Read true or false."""
        value = self._document.get(key, default)
        if isinstance(value, bool):
            return value
        self.complain(key, f"it must be true or false, not {shown(value)}.")
        return default

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """Read one of some words; the first is the default."""
        value = self._document.get(key, choices[0])
        if isinstance(value, str) and value in choices:
            return value
        self.complain(key, f"it must be {_listed(choices)}, not {shown(value)}.")
        return choices[0]

    def horizon(self) -> int:
        """Read the days of the lifeline."""
        value = self._document.get("horizon", "fit")
        if value == "fit":
            return FIT
        if isinstance(value, int) and not isinstance(value, bool) and value in HORIZONS[1:]:
            return value
        days = _listed(tuple(str(number) for number in HORIZONS[1:]))
        self.complain("horizon", f'it must be "fit" or {days} days, not {shown(value)}.')
        return FIT

    def is_table(self, name: str) -> bool:
        """Whether a name is that of a screen whose columns can be hidden."""
        if name in TABLES:
            return True
        self.complain(f"hidden.{name}", f"it must be {_listed(TABLES)}: only these have columns to hide.")
        return False

    def lists(self, key: str) -> dict[str, tuple[str, ...]]:
        """Read a table whose values are texts or lists of texts."""
        table = self._document.get(key, {})
        if not isinstance(table, dict):
            self.complain(key, f"it must be a table [{key}], not {shown(table)}.")
            return {}
        found: dict[str, tuple[str, ...]] = {}
        for name, value in table.items():
            words = [value] if isinstance(value, str) else value
            if isinstance(words, list) and all(isinstance(word, str) for word in words):
                found[str(name)] = tuple(words)
            else:
                self.complain(f"{key}.{name}", f"it must be a text, or a list of texts, not {shown(value)}.")
        return found


def _listed(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
