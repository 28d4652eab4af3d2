"""The dialog that begins a fleet with one account and no instances."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from core.base.errors import BadInput, LapseError
from core.base.money import check_currency, group_amount, parse_amount
from core.base.reading import read_id
from core.rules.policy import Policy
from core.words.sentences import tell_clock
from core.workspace.importing import begin_empty
from core.workspace.workspace import Workspace
from tui.dialogs.form import WRONG, Field, Form, Review, TickBox
from tui.live import wall_clock
from tui.widgets.facts import Fact


class BeginDialog(Form[Workspace]):
    """Asks for the account; returns the new fleet."""

    title_text = "Begin an empty fleet"
    keys_text = "tab next · enter begin · esc cancel"
    lines_of_facts: ClassVar[int] = 3

    def __init__(self, path: Path, policy: Policy) -> None:
        super().__init__()
        self._path = path
        self._policy = policy
        self._trouble = ""

    def head(self) -> str:
        """The purpose of the dialog."""
        return "One account; it pays for what you buy."

    def fields(self) -> Sequence[Field | TickBox]:
        """The account, its money, and when the clock starts."""
        today = self._policy.calendar.format(wall_clock.now())[:10]
        return [
            Field("account", "Account", "main"),
            Field("currency", "Currency", "CNY"),
            Field("balance", "Balance", "1000"),
            Field("clock", "Clock", today),
        ]

    def review(self) -> Review:
        """What the fleet begins with."""
        values, wrong = self.values, {}
        notes = {
            "account": "its id",
            "currency": "such as CNY, USD, JPY",
            "balance": "simulated money",
            "clock": "where it starts",
        }
        balance, clock = 0, 0
        for name in values:
            try:
                if name == "account":
                    read_id(values[name])
                elif name == "currency":
                    check_currency(values[name])
                elif name == "clock":
                    clock = self._policy.calendar.check_clock(self._policy.calendar.parse(values[name]))
                elif "currency" not in wrong:
                    balance = parse_amount(values[name] or "0", values["currency"])
            except BadInput as error:
                wrong[name] = f"{error}."
        if wrong or self._trouble:
            return Review([Fact("", self._trouble, WRONG)] if self._trouble else [], wrong, notes)
        begins = f"{values['account']} has {group_amount(balance, values['currency'])}"
        return Review([Fact("Begins", f"{tell_clock(clock, self._policy.calendar)}; {begins}")], {}, notes)

    def changed(self) -> None:
        """Clear the last error: the new value may have corrected it."""
        self._trouble = ""
        super().changed()

    def submit(self) -> None:
        """Begin the fleet."""
        values, calendar = self.values, self._policy.calendar
        try:
            clock = calendar.parse(values["clock"])
            workspace = begin_empty(
                self._path, values["account"], values["currency"], values["balance"] or "0", clock, self._policy
            )
        except LapseError as error:
            self._trouble = str(error)
            self.say_review()
        else:
            self.finish(workspace)
