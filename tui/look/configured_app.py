"""The layer of the app that applies settings: theme, glyphs, mouse and keys. A change takes effect at once."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from textual.filter import LineFilter, Monochrome, NoColor
from textual.theme import Theme

from core.base.errors import shown
from tui.commands.keymap import Keymap, read_keymap
from tui.framework.internals import every_screen, turn_mouse
from tui.look.key_order import OrderedApp
from tui.settings.colourless import without_colour
from tui.settings.settings import Settings, SettingsStore
from tui.settings.themes import LAPSE_DARK, OURS, SIXTEEN_DARK, SIXTEEN_LIGHT, defaults, legible_accent
from tui.text.cells import PrintableOnly
from tui.text.glyphs import AsciiOnly, wants_ascii

Columns = Mapping[str, Sequence[str]]
"""The titles of the columns that can be hidden, by screen."""

_PRINTABLE: Final = PrintableOnly()
"""Shared by all apps, because Textual caches the result of each filter with the line."""


class Surroundings(NamedTuple):
    """What is known about the terminal: the encoding of its output, its name (TERM), and whether it is known to have a
    light background.
    """

    encoding: str
    name: str
    light: bool

    @classmethod
    def ask(cls) -> "Surroundings":
        """Read them from the environment. The dashboard is drawn on standard error."""
        encoding = "utf-8" if sys.__stderr__ is None else sys.__stderr__.encoding
        # Some terminals give the numbers of their colours, for example "0;15": the background is the last one.
        ground = os.environ.get("COLORFGBG", "").rpartition(";")[2]
        return cls(encoding, os.environ.get("TERM", ""), ground in ("7", "15"))


class ConfiguredApp(OrderedApp, inherit_bindings=False):
    """An app that follows its settings. If `surroundings` is None, the terminal is assumed to show everything."""

    # Textual crashes if selected text disappears, as a notification does after a moment.
    ALLOW_SELECT = False

    def __init__(self, kept: SettingsStore, columns: Columns, surroundings: Surroundings | None = None) -> None:
        self._ascii: AsciiOnly | None = None
        self._colourless: tuple[str, Sequence[LineFilter]] | None = None
        """The name of a theme, and the filters that remove its colours."""
        super().__init__()
        self.kept = kept
        self.columns: Final = columns
        self._surroundings = surroundings
        for theme in OURS:
            self.register_theme(theme)
        self.keymap, self._complaints = self._read_keys()
        self._complaints = [*kept.complaints, *self._complaints, *self._read_columns()]
        self.set_keymap(self.keymap.changed())
        self.theme = self._first_theme()
        self._ascii = self._filter()

    def _read_keys(self) -> tuple[Keymap, list[str]]:
        keymap, complaints = read_keymap(self.kept.settings.keys)
        return keymap, [f"Settings, {complaint}" for complaint in complaints]

    def _read_columns(self) -> list[str]:
        """Read the titles of the columns to hide, without regard to case. Returns a sentence for each unknown title."""
        hidden: dict[str, tuple[str, ...]] = {}
        complaints: list[str] = []
        for screen, written in self.kept.settings.hidden.items():
            known = {title.casefold(): title for title in self.columns[screen]}
            hidden[screen] = tuple(known[title.casefold()] for title in written if title.casefold() in known)
            complaints += [
                f"Settings, hidden.{screen}: {shown(title)} can't be hidden: choose from {', '.join(known.values())}."
                for title in written
                if title.casefold() not in known
            ]
        self.kept.settings = self.kept.settings._replace(hidden=hidden)
        return complaints

    def _first_theme(self) -> str:
        theme = self.kept.settings.theme
        if theme is not None:
            if theme in self.available_themes:
                return theme
            key = self.keymap.key("theme")
            self._complaints.append(
                f'Settings, theme: there is no theme "{theme[:40]}": {key} switches to the next one.'
            )
        if self._surroundings is None or self.console.color_system != "standard":
            return LAPSE_DARK.name
        return SIXTEEN_LIGHT if self._surroundings.light else SIXTEEN_DARK

    def _filter(self) -> AsciiOnly | None:
        encoding, name, _ = self._surroundings or Surroundings("utf-8", "", False)
        return AsciiOnly(encoding) if wants_ascii(self.kept.settings.glyphs, encoding, name) else None

    def _without_colour(self) -> Sequence[LineFilter]:
        """The filters that remove the colours of the current theme."""
        if self._colourless is None or self._colourless[0] != self.theme:
            self._colourless = self.theme, without_colour(self.current_theme)
        return self._colourless[1]

    @property
    def ascii(self) -> bool:
        """Whether the app draws in ASCII."""
        return self._ascii is not None

    @property
    def complaints(self) -> list[str]:
        """One sentence for each setting that could not be used."""
        return self._complaints

    def told_at_first(self) -> list[str]:
        """What the person is told about the complaints when the dashboard opens: one in full, or how many there are."""
        number = len(self._complaints)
        lists = self.keymap.key("settings")
        return [f"{number} settings could not be used: {lists} lists them."] if number > 1 else self._complaints

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters and ours. Ours remove control characters, emphasise what is bad if there is no colour, and
        replace characters that the terminal can't show by ASCII.
        """
        filters = super().get_line_filters()
        if self.no_color:
            # Textual chose its own filters for the theme at the start, which may not be the current one.
            others = [one for one in filters if not isinstance(one, Monochrome | NoColor)]
            filters = [*others, *self._without_colour()]
        filters = [_PRINTABLE, *filters]
        return filters if self._ascii is None else [*filters, self._ascii]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colours of states for themes that do not define them."""
        theme: Theme = self.current_theme
        return defaults(theme)

    def get_css_variables(self) -> dict[str, str]:
        """The theme's colours. The accent is made legible, unless the theme uses the terminal's own colours."""
        variables = super().get_css_variables()
        if not self.current_theme.ansi:
            self.theme_variables = variables = {**variables, "accent": legible_accent(variables)}
        return variables

    def apply_settings(self, settings: Settings) -> None:
        """Apply settings and save them. Raises SettingsError if they can't be saved; they are applied all the same."""
        before = self.kept.settings
        try:
            self.kept.change(settings)
        finally:
            if settings.theme is not None and settings.theme != self.theme:
                self.theme = settings.theme
            if settings.glyphs != before.glyphs:
                self._ascii = self._filter()
                self._draw_all()
            if settings.mouse != before.mouse:
                turn_mouse(self, settings.mouse)

    def _draw_all(self) -> None:
        """Redraw every line of every screen."""
        for screen in every_screen(self):
            for widget in (screen, *screen.walk_children()):
                widget.notify_style_update()
                widget.refresh()
