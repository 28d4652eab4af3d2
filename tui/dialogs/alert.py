"""The dialog that sets the threshold of an account's low balance alert (C3)."""

from collections.abc import Sequence
from typing import ClassVar

from core.base.money import format_amount
from core.world.actions import SetLowBalanceAlert
from core.world.model import Account
from tui.dialogs.amount import MoneyForm
from tui.dialogs.form import Field, Review
from tui.live.session import Session
from tui.text.cells import one_line
from tui.widgets.facts import Fact


class AlertDialog(MoneyForm[SetLowBalanceAlert]):
    """Asks for the balance below which an SMS is sent; returns the action."""

    keys_text = "enter set · esc cancel"
    lines_of_facts: ClassVar[int] = 4

    def __init__(self, session: Session, account: Account) -> None:
        super().__init__(session, account)
        self.title_text = f"Low balance alert of {one_line(account.id)}"

    def fields(self) -> Sequence[Field]:
        """The threshold."""
        alert = self.account.low_balance_alert
        value = "" if alert is None else format_amount(alert, self.account.currency)
        return [Field("amount", "Alert below", value, placeholder="none", amount=True)]

    def review(self) -> Review:
        """When an SMS will be sent."""
        text, now = self.values["amount"], self.account.low_balance_alert
        notes = {"amount": f"{self.account.currency}, or empty for no alert"}
        wrong = self.wrong_amount(text) if text else None
        facts = [
            Fact("Balance", self.money(self.account.balance)),
            Fact("Alert now", "none" if now is None else f"below {self.money(now)}"),
        ]
        if wrong is not None:
            return Review(facts, {"amount": wrong}, notes)
        outcome = self.rehearse(self._action())
        if outcome.refused is not None:
            return Review([*facts, *self.refusal(outcome)], {}, notes, refused=True)
        alert = outcome.account.low_balance_alert
        if alert is None:
            then = "no SMS is sent any more"
        elif self.account.balance < alert:
            then = "the balance is already below it: an SMS is sent the next time it falls below (C3)"
        else:
            then = f"one SMS is sent when the balance falls below {self.money(alert)} (C3)"
        return Review([*facts, Fact("Then", then, "bold")], {}, notes)

    def submit(self) -> None:
        """Return the action that sets the threshold."""
        self.finish(self._action())

    def _action(self) -> SetLowBalanceAlert:
        return SetLowBalanceAlert(self.account.id, self.values["amount"] or None)
