"""The dialog that renews for some months now: one instance, or several in one order."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final

from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from core.ahead.renewal_preview import Quote, back_at, quote, renewed_until
from core.base.counting import counted
from core.base.money import group_amount
from core.simulation.credit import funds
from core.simulation.orders import Offence
from core.simulation.refusals import or_shorter
from core.simulation.renewals import period_price, short_period_advice
from core.words.sentences import tell_day, tell_distance, tell_moment
from core.world.actions import Renew
from core.world.model import AUTO, ENTERPRISE, EXPIRED, RELEASED, RUNNING, Instance
from tui.commands.keymap import keymap_of
from tui.dialogs.bulk import BulkDialog, named, short_reason
from tui.dialogs.top_up import Suggestion
from tui.dialogs.topping_up import wanted_for
from tui.live.session import Session
from tui.text.cells import fit, one_line
from tui.text.states import MARKS
from tui.widgets.dates import in_column
from tui.widgets.rows import Cell, Column, Row, RowTable
from tui.widgets.tab_line import Part

REASON: Final = 16
_NAMED: Final = 3
_MONTHLY: Final[Callable[[Instance], int]] = attrgetter("monthly_price")
_STATE: Final[Callable[[Instance], str]] = attrgetter("state")


def _not_renewable(instance: Instance) -> bool:
    """Whether an instance has no period that could be renewed, now or ever."""
    return instance.kind != ENTERPRISE or instance.state == RELEASED


def _counts_in_total(offence: Offence | None) -> bool:
    """Whether an instance counts in the total price: only its account or the period prevents its renewal, if anything
    does.
    """
    return offence is None or offence.code in ("account_overdue", "period_in_past", "invalid_period")


class RenewDialog(BulkDialog):
    """Asks for a number of months; returns the action."""

    keys_text = "enter renew · esc cancel"
    verb = "renewed"
    text_lines = 8

    def __init__(self, session: Session, instances: Sequence[Instance], months: int | None = None) -> None:
        """`months` is the period chosen at first."""
        self._first_chosen = months
        # The first instance's account is the order's account, so the first should be renewable.
        super().__init__(session, sorted(instances, key=_not_renewable))
        self._ticked = False
        self._number = 0
        self._monthly = 0
        self._automatic = False
        self._stopped = 0
        self.look()
        self._single = len(self.instances) == 1
        self.keys_text = self._own_keys()
        self.title_text = self.title_now()

    def look(self) -> None:
        """Add up the prices, and see whether all instances have auto-renewal on."""
        self._automatic = all(instance.renewal.mode == AUTO for instance in self.instances)
        self._add_up()

    def _add_up(self) -> None:
        """Add up the instances on the order's account that have a period to renew."""
        offences, renewable = self.offences, self.instances
        if offences:
            account = self.account.id
            there = (item for item in self.instances if item.account == account)
            renewable = tuple(item for item in there if _counts_in_total(offences.get(item.id)))
        self._number = len(renewable)
        self._monthly = sum(map(_MONTHLY, renewable))
        self._stopped = list(map(_STATE, renewable)).count(EXPIRED)

    def _own_keys(self) -> str:
        """The keys if nothing prevents the order."""
        lists, tick = "" if self._single else "tab lists · ", "" if self._automatic else "space auto-renewal · "
        return f"enter renew · {lists}{tick}esc cancel"

    def leave_out(self) -> None:
        """Continue without the instances that can't be renewed."""
        super().leave_out()
        self._automatic = all(instance.renewal.mode == AUTO for instance in self.instances)
        self._ticked = self._ticked and not self._automatic
        self.keys_text = self._own_keys()
        self.redraw()

    def check(self, *, wholly: bool = False) -> None:
        """Find the instances that can't be renewed, and add up the others."""
        before = self.offences
        super().check(wholly=wholly)
        if before or self.offences:
            self._add_up()

    def title_now(self) -> str:
        """The title, which names the instances."""
        return f"Renew {named(self.instances)}"

    # What is shown

    def parts(self) -> list[Widget]:
        """The periods, each instance with its new expiry, the checkbox, and the total of the order."""
        periods = RowTable(self._period_columns(), self._period, "No period is sold.", id="periods")
        periods.show([str(months) for months in self.workspace.policy.months_sold])
        if self._first_chosen is not None:
            periods.move_to_key(str(self._first_chosen))
        lists = [periods]
        if not self._single:
            lists.append(RowTable(self._each_columns(), self._each_row, "", id="each"))
            periods.styles.width = sum(column.width + 2 for column in periods.columns) + 1
        return [
            Static(id="opening", markup=False),
            Horizontal(*lists, classes="lists"),
            Static(id="tick", markup=False),
            Static(classes="answer", markup=False),
        ]

    def _period_columns(self) -> Sequence[Column]:
        months = self.workspace.policy.months_sold
        price = max(len(self._money(period_price(self._monthly, max(months)))), len("Price"))
        columns = [Column("Mo", 3, right=True), Column("Price", price, right=True)]
        if self._single:
            sold = [self._quote(number) for number in months]
            until = max(len(self._until(self.instances[0], number)) for number in months)
            money = max(len(self._verdict(found)[0]) for found in sold)
            return [*columns, Column("New expiry", until), Column("Money", money, grows=True)]
        return [*columns, Column("", 1)]

    def _each_columns(self) -> Sequence[Column]:
        months, dearest = max(self.workspace.policy.months_sold), max(map(_MONTHLY, self.instances))
        price = max(len(self._money(period_price(dearest, months))), len("Price"))
        return [
            Column("Instance", 14, grows=True, ids=14), Column("Expires", 17, optional=1), Column("New expiry", REASON),
            Column("Price", price, right=True),
        ]  # fmt: skip

    def _money(self, amount: int) -> str:
        return group_amount(amount, self.account.currency)

    def _quote(self, months: int) -> Quote:
        return quote(self._monthly, months, self.account, self.workspace.clock)

    def _verdict(self, found: Quote) -> Part:
        if self.account.overdue_since is not None:
            return "x account overdue", "expired"
        return (f"x short by {self._money(found.missing)}", "expired") if found.missing else ("+ enough", "running")

    def _period(self, key: str) -> Row:
        found = self._quote(int(key))
        words, style = self._verdict(found)
        cells = [Cell(key), Cell(self._money(found.price))]
        if self._single:
            cells += [Cell(in_column(self._until(self.instances[0], found.months))), Cell(words, style)]
        else:
            cells.append(Cell(words[0], style))
        return Row(tuple(cells))

    def _until(self, instance: Instance, months: int) -> str:
        """The new expiry: "13 Oct, in 95 d"."""
        workspace = self.workspace
        until = renewed_until(instance, months, workspace.clock, workspace.policy)
        if until is None:
            return "-"
        clock, calendar = workspace.clock, workspace.calendar
        return f"{tell_day(until, clock, calendar)}, {tell_distance(until, clock, calendar)}"

    def _each_row(self, key: str) -> Row | None:
        action, instance = self.action_now(), self.workspace.world.instances.get(key)
        if action is None or instance is None:
            return None
        now = in_column(self._day(instance.expires)) if instance.expires is not None else "no end"
        state = "" if instance.state == RUNNING else instance.state
        if state:
            # The state has no column of its own here.
            now = f"{MARKS[state]} {now}"
        offence = self.offence_of(key)
        price = Cell(self._money(period_price(instance.monthly_price, action.months)))
        if offence is not None:
            words, style = short_reason(offence, instance)
            return Row((Cell(one_line(key), style), Cell(now, state), Cell(words, style), Cell("-")))
        until = self._until(instance, action.months).partition(",")[0]
        return Row((Cell(one_line(key)), Cell(now, state), Cell(in_column(until)), price))

    def _day(self, instant: int | None) -> str:
        return "" if instant is None else tell_day(instant, self.workspace.clock, self.workspace.calendar)

    # The result of the choice

    def action_now(self) -> Renew | None:
        """The chosen order."""
        months = self.query_one("#periods", RowTable).cursor
        return None if months is None else Renew(self.ids, int(months), self._ticked)

    def lacks_money(self) -> bool:
        """Whether the account is overdue or money is missing."""
        action = self.action_now()
        missing = action is not None and bool(self._quote(action.months).missing)
        return missing or self.account.overdue_since is not None

    def wanted(self) -> Suggestion | None:
        """The top-up that the order needs."""
        action = self.action_now()
        if action is None:
            return None
        price = self._quote(action.months).price
        return wanted_for(f"this renewal for {action.months} mo", price, self.account, self.workspace.clock)

    def answer(self) -> list[Content]:
        """The order's price, how it is paid, what is left, and further notes."""
        self._write_head()
        action = self.action_now()
        if action is None:
            return []
        found = self._quote(action.months)
        words, style = self._verdict(found)
        number = self._number
        whom = "" if self._single else f" for {counted(number, 'instance')}"
        title = f"{action.months} mo{whom}"
        lines = [Content.assemble((f"{title}: {self._money(found.price)}", "bold"), (f"  {words}", f"$state-{style}"))]
        if not self.offences or self._single:
            lines += [Content.styled(line, "$quiet") for line in self.fitted(self._payment(found))]
            lines += [Content.styled(line, "$quiet") for line in self.fitted(self._notes(action.months))]
        return lines

    def _payment(self, found: Quote) -> str:
        key = keymap_of(self.app).key("top-up")
        if self.account.overdue_since is not None:
            return f"While the account is overdue, nothing can be paid (C2): top up to settle its bills ({key})."
        if found.missing:
            return (
                f"Top up {self._money(found.missing)} first ({key}){or_shorter(found.months, self.workspace.policy)}."
            )
        given = [f"{one_line(name)} {self._money(part)}" for name, part in found.coupons]
        more = f" and {len(given) - _NAMED} more" if len(given) > _NAMED else ""
        coupons = f"Coupons: {', '.join(given[:_NAMED])}{more}. " if given else ""
        return f"{coupons}From the balance: {self._money(found.from_balance)}, which leaves {self._money(found.left)}."

    def _notes(self, months: int) -> str:
        """When service is restored (R3), and the advice for a short period (A9)."""
        workspace = self.workspace
        sentences: list[str] = []
        if self._stopped:
            at = back_at(workspace.clock, workspace.policy)
            back = tell_moment(at, workspace.clock, workspace.calendar)
            whose = "Service" if self._single else f"Service of {self._stopped:,} expired"
            sentences.append(f"{whose} is back on {back} (R3).")
        if not self._ticked and not self._automatic:
            advice = short_period_advice(months, workspace.policy)
            sentences += [f"{sentence.removesuffix('.')} (A9)." for sentence in advice]
        return " ".join(sentences)

    def _write_head(self) -> None:
        account, clock = self.account, self.workspace.clock
        there = f"{one_line(account.id)} has {self._money(funds(account, clock))}, coupons included."
        trouble = " ! It is overdue: first settle its bills." if account.overdue_since is not None else ""
        self.query_one("#opening", Static).update(Content.assemble(there, (trouble, "$state-overdue")))
        self.query_one("#tick", Static).update(self._tick_line())

    def _tick_line(self) -> Content:
        if self.offences and not self._single:
            return Content("")
        if self._automatic:
            return Content.styled("Auto-renewal is already on.", "$quiet")
        box = ("[x]" if self._ticked else "[ ]", "bold $accent")
        return Content.assemble(box, " and turn on monthly auto-renewal (R5), paid from the account only")

    def action_tick(self) -> None:
        """Tick or untick "turn auto-renewal on" for the order."""
        if not self._automatic and (self._single or not self.offences):
            self._ticked = not self._ticked
            self.choose()

    def action_confirm(self) -> None:
        """Return the order, if it is possible and the money is enough."""
        action = self.action_now()
        if action is not None and self._quote(action.months).missing:
            self.query_one("#opening", Static).update(self._short(action.months))
            return
        super().action_confirm()

    def _short(self, months: int) -> Content:
        missing = self._money(self._quote(months).missing)
        shorter = or_shorter(months, self.workspace.policy)
        key = keymap_of(self.app).key("top-up")
        told = f"x Short by {missing}: top up {one_line(self.account.id)} ({key}){shorter}."
        return Content.styled(fit(told, max(self.query_one("#opening").size.width, 20)).rstrip(), "$state-expired")
