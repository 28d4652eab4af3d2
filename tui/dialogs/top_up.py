"""The dialog that tops up an account. It suggests useful amounts, and shows the effect of an amount."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar, Final, NamedTuple

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from core.ahead.forecast import AccountForecast
from core.ahead.foresight import horizon, needs
from core.base.money import format_amount, parse_amount
from core.simulation.credit import available_credit
from core.words.sentences import tell_day
from core.world.actions import TopUp
from core.world.model import OVERDUE, Account
from tui.dialogs.amount import MoneyForm, Outcome
from tui.dialogs.form import Field, FormRow, Review
from tui.live.session import Session
from tui.text.cells import one_line
from tui.widgets.facts import LABEL, Fact
from tui.widgets.rows import Cell, Column, Row, RowTable

HORIZONS: Final = (30, 90)
"""The horizons in days for which the dialog suggests the amount that covers all coming charges."""
_BILLS: Final = "bills"
_WANTED: Final = "wanted"
"""The key of the suggestion for what the calling dialog lacks."""


class Suggestion(NamedTuple):
    """A suggested amount: its purpose, the instant until which it lasts (None: it is needed at once), and the minimum
    in minor units (None while it is being calculated).
    """

    what: str
    until: int | None
    amount: int | None


class TopUpDialog(MoneyForm[TopUp]):
    """Asks for an amount; returns the action."""

    keys_text = "j k choose · enter top up · esc cancel"
    lines_of_facts: ClassVar[int] = 5

    def __init__(self, session: Session, account: Account, wanted: Suggestion | None = None) -> None:
        super().__init__(session, account)
        self.title_text = f"Top up {one_line(account.id)}"
        self._wanted = wanted
        self.suggestions = self._suggest()
        self._edited = False
        """Whether a person typed or chose an amount; no amount is filled in after that."""
        self._filling = False

    def parts(self) -> list[Widget]:
        """What the account has, the suggested amounts, the field, and the effect of the amount."""
        columns = (Column("Enough for", 20, grows=True), Column("Top up", 20, right=True))
        table = RowTable(columns, self._row, "")
        table.styles.height = len(self.suggestions) + 1
        table.show(list(self.suggestions))
        table.cursor_moved = self._choose
        table.can_focus = False
        return [Static(self._standing(), classes="head", id="standing"), table, *super().parts()]

    def _standing(self) -> Content:
        lines = [
            Content.assemble((f"{label:<{LABEL}}", "$quiet"), (text, style)) for label, text, style in self.standing()
        ]
        return Content("\n").join(lines)

    def fields(self) -> Sequence[Field]:
        """The amount."""
        first = self._first_amount()
        value = "" if first is None else self._written(first)
        return [Field("amount", "Amount", value, placeholder="e.g. 500.00", amount=True)]

    def first_stop(self) -> Widget:
        """The field; up and down move through the suggested amounts from there too."""
        return self.query_one(FormRow).entry

    def on_mount(self) -> None:
        """Calculate the amounts, in a thread if that takes long."""
        self._move_cursor_to_filled()
        self._start_calculating()

    def fleet_changed(self) -> None:
        """Update the suggestions; keep what a person typed."""
        super().fleet_changed()
        if self._finished:
            return
        self.suggestions = self._suggest()
        self.query_one("#standing", Static).update(self._standing())
        table = self.query_one(RowTable)
        table.cursor_moved = None
        table.show(list(self.suggestions))
        table.styles.height = len(self.suggestions) + 1
        table.cursor_moved = self._choose
        self._start_calculating()
        self._show_calculated()

    # The suggested amounts

    def _suggest(self) -> dict[str, Suggestion]:
        """The suggested amounts, as far as they are known at once."""
        account, clock = self.account, self.session.workspace.clock
        suggestions = {} if self._wanted is None else {_WANTED: self._wanted}
        if account.unpaid:
            count = f"the {len(account.unpaid):,} unpaid bills" if len(account.unpaid) > 1 else "the unpaid bill"
            clears = max(-available_credit(account, clock), 1)
            suggestions[_BILLS] = Suggestion(count, None, clears)
        for days in HORIZONS:
            until = horizon(clock, days)
            what = f"all that is due within {days} days, until {self._day(until)}"
            suggestions[str(days)] = Suggestion(what, until, None)
        if self.session.forecasts.at_once:
            for _ in self._calculate(suggestions):
                pass
        return suggestions

    def _start_calculating(self) -> None:
        if not self.session.forecasts.at_once:
            self.run_worker(partial(self._calculate_in_thread, self.suggestions), thread=True)

    def _calculate(self, suggestions: dict[str, Suggestion]) -> Iterator[None]:
        """Calculate the amounts that cover all coming charges. It yields often, so that a caller can stop it."""
        session, workspace = self.session, self.session.workspace
        with session.unchanged():
            instances = session.forecasts.instances_of(self.account.id)
            paid = AccountForecast(self.account, instances, workspace.clock, workspace.policy, paid=True)
        for need in needs(paid, HORIZONS):
            if need is not None:
                key = str(need.days)
                suggestions[key] = suggestions[key]._replace(amount=need.amount)
            yield

    def _calculate_in_thread(self, suggestions: dict[str, Suggestion]) -> None:
        with self.session.right_of_way.beside():
            self._calculate_and_report(suggestions)

    def _calculate_and_report(self, suggestions: dict[str, Suggestion]) -> None:
        known = 0
        for _ in self._calculate(suggestions):
            if self._finished or not self.is_attached or self.suggestions is not suggestions:
                return
            if (now := sum(item.amount is not None for item in suggestions.values())) != known:
                known = now
                self.call_later(self._show_calculated)
        self.call_later(self._show_calculated)

    def _show_calculated(self) -> None:
        """Show the calculated amounts; fill the field unless a person already did."""
        first = self._first_amount()
        if not self._edited and first is not None and not self.values["amount"]:
            self._fill(first)
            self._move_cursor_to_filled()
        self.query_one(RowTable).refresh()
        self.say_review()

    def _first_amount(self) -> int | None:
        """The first known amount that is not zero."""
        return next((item.amount for item in self.suggestions.values() if item.amount), None)

    def _move_cursor_to_filled(self) -> None:
        """Put the cursor on the filled-in amount."""
        keys = list(self.suggestions)
        place = next((place for place, key in enumerate(keys) if self.suggestions[key].amount), 0)
        table = self.query_one(RowTable)
        table.cursor_moved = None
        table.move_to(place)
        table.cursor_moved = self._choose

    def _choose(self) -> None:
        """Fill in the amount under the cursor."""
        key = self.query_one(RowTable).cursor
        amount = None if key is None else self.suggestions[key].amount
        self._edited = True
        if amount:
            self._fill(amount)
        else:
            self.say_review()

    def _fill(self, amount: int) -> None:
        self._filling = True
        entry = self.query_one(FormRow).entry
        entry.value = self._written(amount)
        entry.action_select_all()

    def changed(self) -> None:
        """Review a value that was filled in or typed."""
        self._edited = self._edited or not self._filling
        self._filling = False
        super().changed()

    def action_move(self, rows: int) -> None:
        """Choose the amount below or above."""
        self.query_one(RowTable).move(rows)

    def _written(self, amount: int) -> str:
        return format_amount(amount, self.account.currency)

    def _day(self, instant: int) -> str:
        workspace = self.session.workspace
        return tell_day(instant, workspace.clock, workspace.calendar)

    def _row(self, key: str) -> Row:
        suggestion = self.suggestions[key]
        if suggestion.amount is None:
            return Row((Cell(suggestion.what), Cell("calculating...")), dim=True)
        if not suggestion.amount:
            return Row((Cell(suggestion.what), Cell("already covered")), dim=True)
        return Row((Cell(suggestion.what), Cell(self.money(suggestion.amount))))

    # The effect of an amount

    def review(self) -> Review:
        """What the amount settles, and how long it lasts."""
        text = self.values["amount"]
        notes = {"amount": self.account.currency}
        wrong = self.wrong_amount(text)
        if wrong is not None:
            return Review([Fact("", "Simulated money: nothing is paid.", "$quiet")], {"amount": wrong}, notes)
        outcome = self.rehearse(TopUp(self.account.id, text))
        if outcome.refused is not None:
            return Review(self.refusal(outcome), {}, notes, refused=True)
        return Review(self._facts(outcome, parse_amount(text, self.account.currency)), {}, notes)

    def _facts(self, outcome: Outcome, amount: int) -> list[Fact]:
        return [*self.settled(outcome), *self._how_long(amount), self.afterwards(outcome)]

    def _how_long(self, amount: int) -> list[Fact]:
        """How long an amount lasts, by the amounts calculated so far."""
        known = [item for item in self.suggestions.values() if item.until is not None and item.amount is not None]
        short = next((item for item in known if item.amount is not None and item.amount > amount), None)
        reached = next((item for item in reversed(known) if item.amount is not None and item.amount <= amount), None)
        facts: list[Fact] = []
        if reached is not None and reached.until is not None:
            facts.append(Fact("Enough for", f"everything until {self._day(reached.until)}"))
        if short is not None and short.until is not None and short.amount is not None:
            missing, day = self.money(short.amount - amount), self._day(short.until)
            style = "$quiet" if reached is not None else f"$state-{OVERDUE}"
            label = "Further" if reached is not None else "Not enough"
            facts.append(Fact(label, f"{missing} more covers all until {day}", style))
        return facts

    def submit(self) -> None:
        """Return the top-up."""
        self.finish(TopUp(self.account.id, self.values["amount"]))
