"""The base of the dialogs about an account's money: its figures, a rehearsed action, and the consequences."""

from collections.abc import Sequence
from typing import Final, Generic, NamedTuple

from core.ahead.fork import fork
from core.base.counting import counted
from core.base.errors import BadInput
from core.base.money import group_amount, parse_amount
from core.simulation.credit import available_credit, unpaid_sum
from core.words.sentences import tell_length
from core.world import events
from core.world.actions import Action
from core.world.events import Event
from core.world.model import OVERDUE, RESTORING, Account, Instance
from tui.dialogs.form import WRONG, Form, Result
from tui.live.session import Session
from tui.text.cells import one_line
from tui.widgets.facts import Fact

_NAMED: Final = 3
_REHEARSED_PER_STATE: Final = 10
"""The number of instances of each state that are rehearsed: the others of that state change in the same way."""


class Outcome(NamedTuple):
    """What an action would do: its events, and the account after it. `refused` is the reason if it is refused."""

    events: Sequence[Event]
    account: Account
    refused: events.Refused | None


class MoneyForm(Form[Result], Generic[Result]):
    """A form about the money of one account."""

    def __init__(self, session: Session, account: Account) -> None:
        super().__init__()
        self.session = session
        self.account = account
        self._read_legacy()

    def _read_legacy(self) -> None:
        """Read the instances whose state depends on the account (L1, L2): count them by state, keep a few of each."""
        self._legacy: list[Instance] = []
        self._counts: dict[str, int] = {}
        for instance in self.session.workspace.legacy_of(self.account):
            count = self._counts.get(instance.state, 0)
            self._counts[instance.state] = count + 1
            if count < _REHEARSED_PER_STATE:
                self._legacy.append(instance)

    def fleet_changed(self) -> None:
        """Show the consequences for the changed fleet; close the dialog if the account is gone."""
        account = self.session.workspace.world.accounts.get(self.account.id)
        if account is None:
            told = f"The account {one_line(self.account.id)} is no longer in the fleet: nothing was done."
            self.session.tell(told, "warning", besides=True)
            self.finish(None)
            return
        self.account = account
        self._read_legacy()
        self.say_review()

    def money(self, amount: int) -> str:
        """An amount in the account's currency."""
        return group_amount(amount, self.account.currency)

    def standing(self) -> list[Fact]:
        """What the account has and owes now."""
        account, clock = self.account, self.session.workspace.clock
        unpaid = unpaid_sum(account)
        count = len(account.unpaid)
        bills = f"{self.money(unpaid)}, {counted(count, 'bill')}" if unpaid else "none"
        return [
            Fact("Balance", self.money(account.balance)),
            Fact("Unpaid bills", bills, f"$state-{OVERDUE}" if unpaid else ""),
            Fact("Available", f"{self.money(available_credit(account, clock))}, usable coupons included (C5)"),
        ]

    def wrong_amount(self, text: str) -> str | None:
        """Why an amount as written is invalid; None if it is valid."""
        if not text:
            return "Write an amount like 500.00."
        try:
            minor = parse_amount(text, self.account.currency, negative=True)
        except BadInput as error:
            return sentence(error)
        return None if minor > 0 else "It must be more than zero."

    def rehearse(self, action: Action) -> Outcome:
        """Run an action on copies of the account and its legacy instances. Raises BadInput if the amount is invalid."""
        workspace = self.session.workspace
        simulation = fork((self.account,), self._legacy, workspace.clock, workspace.policy)
        done = simulation.act(action)
        refused = next((event.fact for event in done if isinstance(event.fact, events.Refused)), None)
        return Outcome(done, simulation.world.accounts[self.account.id], refused)

    def afterwards(self, outcome: Outcome) -> Fact:
        """The account's money after the action."""
        after = outcome.account
        credit = available_credit(after, self.session.workspace.clock)
        text = f"balance {self.money(after.balance)}, available {self.money(credit)}"
        return Fact("Afterwards", text, "bold")

    def settled(self, outcome: Outcome) -> list[Fact]:
        """Which bills are settled, whether the account is overdue, and how its legacy instances change."""
        done, account = outcome.events, self.account
        count = sum(isinstance(event.fact, events.BillSettled) for event in done)
        facts: list[Fact] = []
        if account.unpaid and count:
            there = len(account.unpaid)
            which = f"{min(count, there):,} of {there:,} unpaid bills" if there > 1 else "the unpaid bill"
            facts.append(Fact("Bills", f"settles {which}"))
        if any(isinstance(event.fact, events.AccountCleared) for event in done):
            facts.append(Fact("Account", f"{one_line(account.id)} is clear again"))
        elif account.overdue_since is not None:
            facts.append(Fact("Account", f"! {one_line(account.id)} stays overdue", f"$state-{OVERDUE}"))
        if any(isinstance(event.fact, events.AccountOverdue) for event in done):
            facts.append(
                Fact("Account", "! overdue from now on: renewals and purchases are refused (C2)", f"$state-{OVERDUE}")
            )
        if changed := self._changed_instances(done):
            facts.append(self._legacy_change(done, changed))
        if any(isinstance(event.fact, events.NoticeSent) and event.fact.notice == "low_balance" for event in done):
            facts.append(Fact("Notice", "a low balance SMS is sent (N1)", f"$state-{OVERDUE}"))
        return facts

    def _legacy_change(self, done: Sequence[Event], changed: str) -> Fact:
        """How the legacy instances of the account change (L1, L2)."""
        policy = self.session.workspace.policy
        targets = {event.fact.target for event in done if isinstance(event.fact, events.StateChanged)}
        if OVERDUE in targets:
            grace = tell_length(policy.overdue_grace)
            return Fact("Instances", f"! overdue, stopped in {grace} (L1): {changed}", f"$state-{OVERDUE}")
        within = f" within {tell_length(policy.restore_delay)}" if RESTORING in targets else ""
        return Fact("Instances", f"{'service back' if within else 'running again'}{within} (L2): {changed}")

    def _changed_instances(self, done: Sequence[Event]) -> str:
        """The instances whose state changes: the first few names, and how many more."""
        changes = [event for event in done if isinstance(event.fact, events.StateChanged)]
        sources = {event.fact.source for event in changes if isinstance(event.fact, events.StateChanged)}
        count = sum(number for state, number in self._counts.items() if state in sources)
        names = [one_line(event.instance or "") for event in changes[:_NAMED]]
        more = f" and {count - len(names):,} more" if count > len(names) else ""
        return ", ".join(names) + more

    def refusal(self, outcome: Outcome) -> list[Fact]:
        """Why the action is refused, in a sentence; empty if it isn't."""
        return [] if outcome.refused is None else [Fact("", outcome.refused.message, WRONG)]


def sentence(error: BadInput) -> str:
    """An error as a sentence under a field."""
    words = str(error)
    return f"{words[:1].upper()}{words[1:]}."
