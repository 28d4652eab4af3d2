"""The dialog that adds a charge to an account: a bill that is issued at once (B3)."""

from collections.abc import Sequence
from typing import ClassVar, Final

from core.base.errors import BadInput
from core.base.reading import read_text
from core.simulation.credit import available_credit
from core.world import events
from core.world.actions import Charge
from core.world.model import OVERDUE, Account
from tui.dialogs.amount import MoneyForm, Outcome, sentence
from tui.dialogs.form import Field, Review
from tui.live.session import Session
from tui.text.cells import one_line
from tui.widgets.facts import Fact

_OVERDUE: Final = f"$state-{OVERDUE}"


class ChargeDialog(MoneyForm[Charge]):
    """Asks for an amount and a note; returns the action."""

    keys_text = "tab next · enter add · esc cancel"
    lines_of_facts: ClassVar[int] = 7

    def __init__(self, session: Session, account: Account) -> None:
        super().__init__(session, account)
        self.title_text = f"Add a charge to {one_line(account.id)}"

    def fields(self) -> Sequence[Field]:
        """The amount and a note."""
        return [
            Field("amount", "Amount", placeholder="e.g. 120.00", amount=True),
            Field("note", "Note", placeholder="what it is for (optional)", long=True),
        ]

    def review(self) -> Review:
        """How the charge would be settled, or what follows if it can't be."""
        values, wrong = self.values, {}
        if (bad := self.wrong_amount(values["amount"])) is not None:
            wrong["amount"] = bad
        try:
            read_text(values["note"])
        except BadInput as error:
            wrong["note"] = sentence(error)
        notes = {"amount": self.account.currency}
        if wrong:
            return Review(self.standing(), wrong, notes)
        outcome = self.rehearse(self._action())
        return Review(self._facts(outcome), wrong, notes, outcome.refused is not None)

    def _facts(self, outcome: Outcome) -> list[Fact]:
        if outcome.refused is not None:
            return self.refusal(outcome)
        last = outcome.events[0].fact
        assert isinstance(last, events.BillIssued)
        settled = next(
            (event.fact for event in outcome.events if isinstance(event.fact, events.BillSettled)
             and event.fact.bill == last.bill), None,
        )  # fmt: skip
        if settled is not None:
            parts = [(settled.from_coupons, "by coupons"), (settled.from_balance, "from the balance")]
            told = ", ".join(f"{self.money(amount)} {where}" for amount, where in parts if amount)
            first = Fact("Settled", f"at once: {told} (M2)")
        elif (others := len(outcome.account.unpaid) - 1) > 0:
            waiting = "1 other bill" if others == 1 else f"{others:,} other bills"
            first = Fact("Unpaid", f"stays unpaid, like {waiting} (C1)", _OVERDUE)
        else:
            missing = self.money(-available_credit(outcome.account, self.session.workspace.clock))
            first = Fact("Unpaid", f"can't be settled: short by {missing} (C1)", _OVERDUE)
        return [first, *self.settled(outcome), self.afterwards(outcome)]

    def submit(self) -> None:
        """Return the charge."""
        self.finish(self._action())

    def _action(self) -> Charge:
        values = self.values
        return Charge(self.account.id, values["amount"], values["note"] or None)
