"""The dialog that turns auto-renewal on or changes its period. It shows beforehand what will be paid, and when."""

from collections.abc import Sequence
from typing import Final

from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from core.ahead.forecast import Attempt
from core.ahead.renewal_preview import Prospect, in_time_from, paid_until, prospect
from core.base.money import group_amount
from core.simulation.renewals import period_price
from core.words.sentences import tell_day
from core.world.actions import EnableAutoRenewal
from core.world.model import AUTO, Instance
from tui.dialogs.bulk import BulkDialog, named, short_reason
from tui.dialogs.rehearsing import Rehearsal
from tui.live import limits
from tui.live.session import Session
from tui.text.cells import one_line
from tui.widgets.dates import MOMENT, in_column, short_moment
from tui.widgets.outcomes import outcome
from tui.widgets.rows import Cell, Column, Row, RowTable

_OUTCOME: Final = len("+ until 13 Aug 2027")
_REMINDER: Final = "Paid from balance and coupons only: top up in time (A9)."


class AutoRenewalDialog(BulkDialog):
    """Asks for the period of auto-renewal; returns the action."""

    keys_text = "enter turn on · tab lists · esc cancel"
    verb = "set"
    rows = 11
    text_lines = 8

    def __init__(self, session: Session, instances: Sequence[Instance]) -> None:
        super().__init__(session, instances)
        self._rehearsal: Rehearsal | None = None
        self._months = 0
        """The rehearsed period in months; 0 if there is none yet."""
        self._too_late: dict[str, None] = {}
        self._order_for: tuple[object, ...] = ()
        self._order: Sequence[str] = ()
        self._rows_for: tuple[object, ...] = ()
        self._rows: Sequence[str] = ()
        self._single = len(self.instances) == 1
        self.look()
        self.title_text = self.title_now()

    def look(self) -> None:
        """Read the instances once: their accounts, how many have auto-renewal on, and those for which it is too late
        for this expiry (A4).
        """
        workspace = self.workspace
        in_time = in_time_from(workspace.clock, workspace.calendar)
        self._chosen = frozenset(self.ids)
        self._accounts = {instance.account for instance in self.instances}
        self._on = sum(instance.renewal.mode == AUTO for instance in self.instances)
        # In list order: the warning names the first.
        self._too_late = dict.fromkeys(
            instance.id
            for instance in self.instances
            if instance.expires is not None and instance.expires < in_time and instance.renewal.mode != AUTO
        )
        if self._on == len(self.instances):
            self.keys_text = "enter change · tab lists · esc cancel"
        # Forces a rehearsal, even if the period stays the same.
        self._months = 0

    def title_now(self) -> str:
        """The title, which names the instances."""
        return f"Auto-renewal of {named(self.instances)}"

    # What is shown

    def parts(self) -> list[Widget]:
        """The periods, the payments that would be tried, and the notes."""
        periods = RowTable(self._period_columns(), self._period, "No period is sold.", id="periods")
        months = self.workspace.policy.console_months
        periods.show([str(number) for number in months])
        periods.styles.width = sum(column.width + 2 for column in periods.columns) + 1
        if len(self.instances) == 1 and self.instances[0].renewal.months in months:
            periods.move_to(months.index(self.instances[0].renewal.months or 1))
        each = RowTable(self._each_columns(), self._each_row, "", id="each")
        return [
            Static(self._head(), id="opening", markup=False),
            Horizontal(periods, each, classes="lists"),
            Static(classes="answer", markup=False),
        ]

    def _period_columns(self) -> Sequence[Column]:
        every = Column("Every", 5, right=True)
        if not self._single:
            return (every,)
        longest = len(self._price(self.instances[0], max(self.workspace.policy.console_months)))
        return (every, Column("Payment", max(longest, 9), right=True), Column("New expiry", 11))

    def _each_columns(self) -> Sequence[Column]:
        when, outcomes = Column("Tried on", MOMENT), Column("Outcome", _OUTCOME)
        if self._single:
            return (when, outcomes._replace(grows=True))
        longest = max(self.workspace.policy.console_months)
        price = max(len(self._price(instance, longest)) for instance in self.instances[: limits.EVERY_PAYMENT])
        return (
            Column("Instance", 8, grows=True, ids=8), Column("New expiry", 11, optional=2), when, outcomes,
            Column("Payment", max(price, 9), right=True, optional=1),
        )  # fmt: skip

    def _price(self, instance: Instance, months: int) -> str:
        return group_amount(period_price(instance.monthly_price, months), self.workspace.currency_of(instance.account))

    def _period(self, key: str) -> Row:
        cells = [Cell(f"{key} mo")]
        if self._single:
            cells.append(Cell(self._price(self.instances[0], int(key))))
            cells.append(Cell(in_column(self._until(self.instances[0], int(key)))))
        return Row(tuple(cells))

    def _head(self) -> Content:
        number = len(self.instances)
        if self._on == number:
            return Content("Already on: a new period, on the console schedule from now on (A8).")
        if self._on:
            return Content(f"Already on for {self._on:,} of {number:,}: their period changes (A8).")
        days = ", ".join(f"{day:+}" if day else "0" for day in self.workspace.policy.console_days)
        return Content(f"From tomorrow (A4): tried {days} days from expiry (A2).")

    def _until(self, instance: Instance, months: int) -> str:
        """The expiry after a successful payment."""
        until = paid_until(instance, months, self.workspace.policy)
        return "-" if until is None else tell_day(until, self.workspace.clock, self.workspace.calendar)

    # The payments

    def list_keys(self) -> Sequence[str]:
        """A row for each payment; in a long list, one for each instance."""
        order = self.in_order()
        if len(order) > limits.EVERY_PAYMENT:
            return order
        wanted = (self._months, order, self._known())
        if wanted != self._rows_for:
            self._rows_for = wanted
            self._rows = [key for name in order for key in self._rows_of(name)]
        return self._rows

    def in_order(self) -> Sequence[str]:
        """The ids: first those that can't be set, then those that are set too late for this expiry (A4)."""
        wanted = (self.ids, self.offences)
        if wanted != self._order_for:
            self._order_for = wanted
            bad, late = self.offences, self._too_late
            ids = super().in_order()
            self._order = (
                [
                    *(name for name in ids if name in bad),
                    *(name for name in late if name not in bad),
                    *(name for name in ids if name not in bad and name not in late),
                ]
                if late
                else ids
            )
        return self._order

    def _known(self) -> tuple[str, ...]:
        """The accounts with a known outcome, if each payment has a row of its own."""
        if self._rehearsal is None or len(self.ids) > limits.EVERY_PAYMENT:
            return ()
        first_ones = {instance.account: instance for instance in self.instances}
        return tuple(name for name, item in first_ones.items() if self._rehearsal.attempts(item) is not None)

    def _rows_of(self, name: str) -> list[str]:
        payments = () if name in self.offences else self._payments(self.workspace.world.instances[name])
        return [f"{name}\0{number}" for number in range(max(len(payments), 1))]

    def _prospect(self, instance: Instance) -> Prospect:
        workspace = self.workspace
        return prospect(instance, self._months, workspace.clock, workspace.policy, workspace.timetable)

    def _payments(self, instance: Instance) -> list[tuple[int, Attempt | None]]:
        """The payments that will be tried for the current expiry until one succeeds: the instant, and the outcome if it
        is known.
        """
        days = self._prospect(instance).payments
        attempts = None if self._rehearsal is None else self._rehearsal.attempts(instance)
        found: list[tuple[int, Attempt | None]] = []
        by_day = {attempt.at: attempt for attempt in attempts or ()}
        for day in days:
            found.append((day, by_day.get(day)))
            if (attempt := by_day.get(day)) is not None and attempt.reason is None:
                break
        return found

    def _each_row(self, key: str) -> Row | None:
        name, _, number = key.partition("\0")
        instance = self.workspace.world.instances.get(name)
        if instance is None:
            return None
        offence, late = self.offence_of(name), name in self._too_late
        title = Cell(f"! {one_line(name)}" if late else one_line(name), "overdue" if late else "")
        if offence is not None:
            cells = (Cell(one_line(name), "expired"), Cell("-"), Cell("-"), Cell(*short_reason(offence, instance)))
            return self._cells((*cells, Cell("-")))
        place = int(number or 0)
        first = Cell("") if place else title
        until, price = Cell(in_column(self._until(instance, self._months))), Cell(self._price(instance, self._months))
        payments = self._payments(instance)
        if place >= len(payments):
            return self._cells((first, until, Cell("none"), Cell("x no attempts left", "expired"), price))
        at, attempt = payments[place]
        when = Cell(in_column(short_moment(at, self.workspace)))
        return self._cells((first, until, when, self._outcome_cell(instance, attempt), price))

    def _cells(self, cells: tuple[Cell, ...]) -> Row:
        """A row of only the cells whose column is shown."""
        return Row(cells[2:4] if self._single else cells)

    def _outcome_cell(self, instance: Instance, attempt: Attempt | None) -> Cell:
        """How a payment ends and, if it succeeds, the new expiry."""
        if attempt is None:
            known = self._rehearsal is not None and self._rehearsal.attempts(instance) is not None
            return Cell("too far ahead" if known else "", "quiet")
        words, style = outcome(attempt, self.workspace.currency_of(instance.account), _OUTCOME)
        return Cell(words if attempt.reason else f"+ until {self._until(instance, self._months)}", style)

    def lacks_money(self) -> bool:
        """Whether a payment that is shown fails."""
        some = self.instances if len(self.ids) <= limits.EVERY_PAYMENT else ()
        overdue = self.account.overdue_since is not None
        return overdue or any(attempt and attempt.reason for item in some for _, attempt in self._payments(item))

    def look_again(self) -> None:
        """Rehearse again after a top-up."""
        self._months, self._rows_for = 0, ()
        super().look_again()

    # The result of the choice

    def action_now(self) -> EnableAutoRenewal | None:
        """The action with the chosen period."""
        months = self.query_one("#periods", RowTable).cursor
        return None if months is None else EnableAutoRenewal(self.ids, int(months))

    def choose(self) -> None:
        """Rehearse the chosen period."""
        action = self.action_now()
        if action is not None and action.months != self._months:
            self._months = action.months
            if self._rehearsal is not None:
                self._rehearsal.stop()
            self._rehearsal = Rehearsal(self.session, self._chosen, self._months, self._later, self.redraw)
        super().choose()

    def _later(self, step: object) -> None:
        if callable(step):
            self.set_timer(0.001, step)

    def leave_out(self) -> None:
        """Continue without the instances that can't be set."""
        self._months = 0
        super().leave_out()
        self.query_one("#opening", Static).update(self._head())

    def answer(self) -> list[Content]:
        """The warnings of A4, whether the money is enough, and the reminder of A9."""
        lines: list[Content] = []
        if not self.offences:
            lines += self._warnings() + self._summary()
        return [*lines, Content.styled(_REMINDER, "$quiet")]

    def _warnings(self) -> list[Content]:
        if not self._too_late or not self._months:
            return []
        each = self.each()
        under = (each.cursor or "").partition("\0")[0] if each is not None else ""
        name = under if under in self._too_late else next(iter(self._too_late))
        warnings = self._prospect(self.workspace.world.instances[name]).warnings
        more = f" And {len(self._too_late) - 1:,} more, marked !." if len(self._too_late) > 1 else ""
        text = " ".join(warnings).rstrip(".") + f" (A4).{more}"
        return [Content.styled(line, "$state-overdue") for line in self.fitted(f"! {text}")]

    def _summary(self) -> list[Content]:
        """How many of the payments succeed."""
        rehearsal = self._rehearsal
        if rehearsal is None:
            return []
        if any(rehearsal.too_many(account) for account in list(self._accounts)[:20]):
            return [Content.styled("The account is too large for a preview: see the Auto tab afterwards.", "$quiet")]
        if len(self.ids) > limits.EVERY_PAYMENT:
            return []
        outcomes = [self._payment_outcome(instance) for instance in self.instances]
        if "unknown" in outcomes:
            return []
        paid, failing = outcomes.count("paid"), outcomes.count("failing")
        if self._single or not paid + failing:
            return []
        monthly = sum(instance.monthly_price for instance in self.instances) if len(self._accounts) == 1 else 0
        price = group_amount(period_price(monthly, self._months), self.account.currency)
        whole = f"Together {price} every {self._months} mo.   " if monthly else ""
        told = [
            Content.styled(f"{sign}{count:,} {words}", style)
            for count, sign, words, style in (
                (paid, "+ ", "paid", "$state-running"),
                (failing, "x ", "not paid", "$state-expired"),
                (outcomes.count("far"), "", "beyond the forecast", "$quiet"),
            )
            if count
        ]
        return [Content.assemble(f"{whole}If nobody acts: ", Content("   ").join(told))]

    def _payment_outcome(self, instance: Instance) -> str:
        """Whether one of an instance's payments succeeds: paid, failing, far (beyond the rehearsed time) or unknown."""
        attempts = None if self._rehearsal is None else self._rehearsal.attempts(instance)
        if attempts is None:
            return "unknown"
        payments = self._payments(instance)
        if any(attempt is not None and attempt.reason is None for _, attempt in payments):
            return "paid"
        return "far" if payments and payments[-1][1] is None else "failing"
