"""The message that a screen shows instead of an empty table: nothing is there yet, and which key changes that."""

from typing import Final, NamedTuple

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from core.base.money import group_amount
from core.simulation.credit import funds
from core.workspace.workspace import Workspace
from tui.commands.keymap import keymap_of
from tui.text.cells import fit, one_line

_KEY: Final = 6
_IMPORT: Final = ("import", "import a fleet from a file")


class Emptiness(NamedTuple):
    """What is missing, as a title and a sentence, and the commands that help, each with what it does."""

    title: str
    sentence: str
    commands: tuple[tuple[str, str], ...]


class EmptyState(Widget):
    """Shows an emptiness in the middle of the screen; hidden if the screen has content."""

    def __init__(self) -> None:
        super().__init__(classes="nothing")
        self._emptiness: Emptiness | None = None

    def show(self, emptiness: Emptiness) -> None:
        """Show this message."""
        self._emptiness = emptiness
        self.refresh()

    def render(self) -> Content:
        """A centred block of left-aligned lines."""
        if self._emptiness is None:
            return Content("")
        title, sentence, commands = self._emptiness
        longest = max(cell_len(title), cell_len(sentence), *(cell_len(text) + _KEY for _, text in commands))
        width = max(min(longest, self.size.width - 2), _KEY + 1)
        lines = [
            Content.styled(fit(title, width), "bold $accent"),
            Content(fit(sentence, width)),
            Content(" " * width),
        ]
        for name, text in commands:
            key = keymap_of(self.app).key(name)
            lines.append(Content.assemble((fit(key, _KEY), "bold $accent"), fit(text, width - _KEY)))
        return Content("\n").join(lines)


def no_instances(workspace: Workspace, title: str) -> Emptiness:
    """The message for a fleet without instances. Without accounts, nothing can be bought either."""
    account = next(iter(workspace.world.accounts.values()), None)
    if account is None:
        return no_account()
    there = group_amount(funds(account, workspace.clock), account.currency)
    commands = (("buy", "buy the first one"), ("top-up", "top up the account"), _IMPORT)
    return Emptiness(title, f"{one_line(account.id)} has {there} to spend.", commands)


def no_account() -> Emptiness:
    """The message for a fleet without accounts."""
    return Emptiness(
        "This fleet has no account",
        "Instances belong to accounts, which pay for them.",
        (_IMPORT, ("help", "all keys")),
    )
