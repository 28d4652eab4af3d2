"""The dialog that puts money on an account, and shows beforehand what it will do."""

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from core import events
from core.actions import TopUp
from core.credit import available_credit, unpaid_sum
from core.errors import LapseError
from core.events import Event
from core.foresight import rehearse
from core.model import Account
from core.money import format_amount, group_amount
from tui.dialogs.dialog import Dialog
from tui.session import Session
from tui.widgets.cells import one_line

_NAMED = 3


class TopUpDialog(Dialog[TopUp]):
    """Asks how much; gives the action."""

    keys_text = "enter top up · esc leave"

    def __init__(self, session: Session, account: Account) -> None:
        super().__init__()
        self._session = session
        self._account = account
        self.title_text = f"Top up {one_line(account.id)}"

    def parts(self) -> list[Widget]:
        """The money there is, a field, and what the amount will do."""
        account, clock = self._account, self._session.workspace.clock
        credit, currency = available_credit(account, clock), account.currency
        needed = format_amount(-credit, currency) if credit < 0 else ""
        field = Input(value=needed, placeholder="500.00", compact=True, select_on_focus=True)
        field.cursor_blink = False
        rows = [
            ("Balance", group_amount(account.balance, currency)),
            (
                "Unpaid bills",
                group_amount(unpaid_sum(account), currency) + (f"  ({len(account.unpaid)})" if account.unpaid else ""),
            ),
            ("Available credit", group_amount(credit, currency)),
        ]
        question = "How much? This clears the unpaid bills:" if needed else "How much?"
        return [
            Static("\n".join(f"{title:<18}{amount}" for title, amount in rows), markup=False),
            Static(question, classes="question", markup=False),
            field,
            Static(classes="answer", markup=False),
        ]

    def on_mount(self) -> None:
        """Say what the suggested amount does."""
        self._answer()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what the amount does."""
        event.stop()
        self._answer()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the field."""
        event.stop()
        self.action_confirm()

    def action_confirm(self) -> None:
        """Do it, if it can be done."""
        text = self.query_one(Input).value.strip()
        if not text:
            self._say("Write an amount like 500.00.", wrong=True)
            return
        action = TopUp(self._account.id, text)
        wrong, _ = self._try(action)
        if wrong is None:
            self.finish(action)
        else:
            self._say(wrong, wrong=True)

    def _try(self, action: TopUp) -> tuple[str | None, list[Event]]:
        """What is wrong with it, or what it will do."""
        workspace = self._session.workspace
        legacy = workspace.legacy_of(self._account)
        try:
            done = rehearse(action, self._account, legacy, workspace.clock, workspace.policy)
        except LapseError as error:
            return str(error), []
        for event in done:
            if isinstance(event.fact, events.Refused):
                return event.fact.message, []
        return None, done

    def _answer(self) -> None:
        text = self.query_one(Input).value.strip()
        if not text:
            self._say("Simulated money: nothing is paid.", wrong=False)
            return
        wrong, done = self._try(TopUp(self._account.id, text))
        self._say(wrong or self._effect(done), wrong=wrong is not None)

    def _effect(self, done: list[Event]) -> str:
        account = self._account
        settled = sum(isinstance(event.fact, events.BillSettled) for event in done)
        back = [one_line(event.instance or "") for event in done if isinstance(event.fact, events.StateChanged)]
        sentences = []
        if settled:
            sentences.append(f"Settles {settled} of {len(account.unpaid)} unpaid bills.")
        if any(isinstance(event.fact, events.AccountCleared) for event in done):
            sentences.append(f"{one_line(account.id)} is clear again.")
        elif account.unpaid:
            sentences.append(f"{one_line(account.id)} stays overdue.")
        if back:
            names = ", ".join(back[:_NAMED]) + (f" and {len(back) - _NAMED} more" if len(back) > _NAMED else "")
            sentences.append(f"Service comes back: {names}.")
        return " ".join(sentences) or "Goes to the balance: there is no unpaid bill."

    def _say(self, sentence: str, *, wrong: bool) -> None:
        self.query_one(".answer", Static).update(Content.styled(sentence, "$state-stopped" if wrong else "$quiet"))
