"""The dialog that asks for a new file in which to save a fleet that is not saved."""

import os
from pathlib import Path

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.dialogs.dialog import Dialog
from tui.dialogs.form import WRONG
from tui.dialogs.paths import completed
from tui.text.cells import one_line
from tui.widgets.entry import Entry


class KeepDialog(Dialog[Path]):
    """Asks for the path of a file that does not exist yet; returns it. `was` is the previous file, if any."""

    title_text = "Keep the fleet in a new file"
    keys_text = "tab complete · enter keep · esc cancel"

    def __init__(self, was: Path | None) -> None:
        super().__init__()
        self._was = was

    def parts(self) -> list[Widget]:
        """A field, and a message about the path in it."""
        return [
            Static("In which file? It is written with the whole history.", classes="question", markup=False),
            Entry("" if self._was is None else str(_free_beside(self._was)), placeholder="e.g. ~/fleet.db"),
            Static(classes="answer", markup=False),
        ]

    def on_mount(self) -> None:
        """Show the message about the proposed path."""
        self.typed(self.query_one(Entry).value)

    def typed(self, text: str) -> None:
        """Show why no file can be created at the path, or the full path."""
        wrong = self._wrong(text)
        told = wrong or (f"Kept in {Path(os.path.expanduser(text.strip())).absolute()}." if text.strip() else "")
        self.query_one(".answer", Static).update(Content.styled(one_line(told), WRONG if wrong else "$quiet"))

    def action_confirm(self) -> None:
        """Return the path, if a file can be created there."""
        text = self.query_one(Entry).value
        if text.strip() and not self._wrong(text):
            self.finish(Path(os.path.expanduser(text.strip())))

    def action_field(self, steps: int) -> None:
        """Complete the path as far as it is unambiguous."""
        entry = self.query_one(Entry)
        if steps == 1:
            entry.value = completed(entry.value)
            entry.cursor_position = len(entry.value)

    def _wrong(self, text: str) -> str:
        path = Path(os.path.expanduser(text.strip()))
        if not text.strip():
            return ""
        if "\0" in text or not text.isprintable():
            return "A name can't contain such characters: give another."
        if os.path.isdir(path):
            return "That is a folder: give the name of a new file in it."
        if os.path.lexists(path):
            return "That file already exists: give a new name."
        if not os.path.isdir(path.parent):
            return f"There is no folder {path.parent}: give one that exists."
        return ""


def _free_beside(path: Path) -> Path:
    """An unused path in the same folder as `path`."""
    number = 2
    while os.path.lexists(free := path.with_name(f"{path.stem}-{number}{path.suffix}")):
        number += 1
    return free
