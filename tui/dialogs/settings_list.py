"""The dialogs for the dashboard's settings: a change takes effect at once and is saved."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeVar

from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from tui.dialogs.dialog import Dialog
from tui.look.configured_app import ConfiguredApp
from tui.settings.settings import AUTO, FIT, GLYPHS, HORIZONS, Settings
from tui.settings.themes import ROUND
from tui.text.cells import one_line
from tui.widgets.rows import Cell, Column, Row, RowTable

Choice = TypeVar("Choice")

_PLAIN: Final = {
    "theme": "The colours: enter lists the themes, and shows each as you go through them.",
    "horizon": "How many days the lifeline shows.",
    "mouse": "Off, the terminal keeps the mouse: select text with it.",
    "glyphs": "auto takes ASCII where the terminal's encoding isn't UTF-8.",
}
"""The descriptions of the plain settings."""
_WRONG: Final = "!"
"""The prefix of the row keys of settings that could not be used."""
_WHERE: Final = "shown where there is room"
"""The note beside the first column of each screen."""
_AROUND: Final = 9
"""Lines of the box that are not rows."""


class SettingsDialog(Dialog[None]):
    """Every setting with its value; enter changes the one under the cursor."""

    title_text = "Settings"
    keys_text = "enter change · esc close"

    def __init__(self, app: ConfiguredApp) -> None:
        super().__init__()
        self._settled = app
        self._rows = [*_PLAIN, *(f"{screen}:{title}" for screen, titles in app.columns.items() for title in titles)]
        self._wrong = {f"{_WRONG}{number}": one_line(told) for number, told in enumerate(app.complaints)}
        self._rows += self._wrong

    def parts(self) -> list[Widget]:
        """The settings, the description of the one under the cursor, and the file that keeps them."""
        columns = (Column("Setting", 18), Column("Value", 30, grows=True))
        return [
            RowTable(columns, self._row, ""),
            Static(classes="question", id="about", markup=False),
            Static(one_line(_kept_in(self._settled.kept.path)), id="kept", markup=False),
        ]

    def on_mount(self) -> None:
        """Start with the first setting."""
        self.query_one(".box", Vertical).styles.max_height = len(self._rows) + _AROUND
        table = self.query_one(RowTable)
        table.cursor_moved = self._tell_about
        table.show(self._rows)
        self._tell_about()

    def on_row_table_opened(self) -> None:
        """A row was clicked twice."""
        self.change()

    def action_confirm(self) -> None:
        """Change the setting under the cursor."""
        self.change()

    def action_tick(self) -> None:
        """Change the setting under the cursor, as enter does."""
        self.change()

    def change(self) -> None:
        """Set the setting under the cursor to its next value; for the theme, show the list of themes."""
        key = self.query_one(RowTable).cursor
        if key == "theme":
            self.add_class("-aside")
            self.app.push_screen(ThemeDialog(self._settled), lambda _: self._come_back())
        elif key is not None and key not in self._wrong:
            self._settled.apply_settings(changed(self._settled.kept.settings, key))
            self._draw()

    def _come_back(self) -> None:
        self.remove_class("-aside")
        self._draw()

    def _draw(self) -> None:
        self.query_one(RowTable).refresh()

    def _tell_about(self) -> None:
        key = self.query_one(RowTable).cursor or ""
        screen, _, title = key.partition(":")
        about = self._wrong.get(key) or _PLAIN.get(
            key, f"Whether {screen.capitalize()} shows {title}: ticked, it is shown where there is room."
        )
        self.query_one("#about", Static).update(about)

    def _row(self, key: str) -> Row:
        settings = self._settled.kept.settings
        if key in self._wrong:
            first = key == f"{_WRONG}0"
            return Row((Cell("Could not be used" if first else "", "stopped"), Cell(_short(self._wrong[key]))))
        screen, _, title = key.partition(":")
        if title:
            first = title == self._settled.columns[screen][0]
            box = "[ ]" if title in settings.hidden.get(screen, ()) else "[x]"
            group = Cell(f"{screen.capitalize()} columns" if first else "", "quiet")
            note = ((f"   {_WHERE}", "quiet"),) if first else ()
            return Row((group, Cell("", runs=((box, "accent"), (f" {title}", ""), *note))))
        signs = f"{AUTO}: {'ascii' if self._settled.ascii else 'unicode'} here"
        label, value = {
            "theme": ("Theme", self._settled.theme),
            "horizon": ("Lifeline", "as many days as fit" if settings.horizon == FIT else f"{settings.horizon} days"),
            "mouse": ("Mouse", "on" if settings.mouse else "off"),
            "glyphs": ("Symbols", signs if settings.glyphs == AUTO else settings.glyphs),
        }[key]
        return Row((Cell(label), Cell(value, "accent")))


def _short(complaint: str) -> str:
    """A complaint without the prefix that all complaints share."""
    return complaint.removeprefix("Settings, ")


def changed(settings: Settings, key: str) -> Settings:
    """The settings with the next value of one setting, named by its row key in `SettingsDialog`."""
    screen, _, title = key.partition(":")
    if title:
        before = settings.hidden.get(screen, ())
        titles = tuple(item for item in before if item != title) if title in before else (*before, title)
        return settings._replace(hidden={**settings.hidden, screen: titles})
    if key == "horizon":
        return settings._replace(horizon=_after(HORIZONS, settings.horizon))
    if key == "glyphs":
        return settings._replace(glyphs=_after(GLYPHS, settings.glyphs))
    return settings._replace(mouse=not settings.mouse)


def _after(choices: Sequence[Choice], choice: Choice) -> Choice:
    return choices[(choices.index(choice) + 1) % len(choices)]


def _kept_in(path: Path | None) -> str:
    if path is None:
        return "Not saved: changes apply until you quit."
    home = Path.home()
    return f"Kept in {Path('~') / path.relative_to(home) if path.is_relative_to(home) else path}"


class ThemeDialog(Dialog[None]):
    """The themes: the one under the cursor is previewed, and enter keeps it."""

    title_text = "Theme"
    keys_text = "enter keep · esc cancel"

    def __init__(self, app: ConfiguredApp) -> None:
        super().__init__()
        self._settled = app
        self._before = app.theme

    def parts(self) -> list[Widget]:
        """The names of the themes."""
        return [RowTable((Column("Shown at once", 18, grows=True),), lambda key: Row((Cell(key),)), "")]

    def on_mount(self) -> None:
        """Start with the current theme."""
        self.query_one(".box", Vertical).styles.max_height = len(ROUND) + 5
        table = self.query_one(RowTable)
        table.show(ROUND)
        table.move_to_key(self._before)
        table.cursor_moved = self._preview

    def _preview(self) -> None:
        theme = self.query_one(RowTable).cursor
        if theme is not None:
            self._settled.theme = theme

    def on_row_table_opened(self) -> None:
        """A row was clicked twice."""
        self.action_confirm()

    def action_confirm(self) -> None:
        """Keep the theme that is shown."""
        settings = self._settled.kept.settings
        self._settled.apply_settings(settings._replace(theme=self._settled.theme))
        self.finish(None)

    def action_leave(self) -> None:
        """Restore the previous theme."""
        self._settled.theme = self._before
        self.finish(None)
