"""The dialogs that buy a new Enterprise instance or upgrade a public instance: months, price, and consequences."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.widgets import Static

from core.ahead.offers import Offer, alike, free_id, last_bill, offer
from core.base.counting import counted
from core.base.errors import BadInput
from core.base.money import format_amount, group_amount
from core.base.reading import read_id, read_text
from core.simulation.credit import funds
from core.words.results import tell_done
from core.words.sentences import tell_day, tell_moment, tell_months
from core.workspace.change import Change
from core.workspace.workspace import Workspace
from core.world.actions import Purchase, Upgrade
from core.world.model import FROZEN, Account, Instance
from tui.dialogs.form import WRONG, Field, Form, Result, Review, TickBox
from tui.dialogs.top_up import Suggestion
from tui.dialogs.topping_up import top_up_from, wanted_for
from tui.live.session import Session
from tui.text.cells import one_line
from tui.text.states import KINDS, state_words
from tui.widgets.facts import Fact

_MOST_MONTHS: Final = 4
"""Maximum digits in a number of months: longer periods are not sold."""
_FIELD_OF: Final = {
    "unknown_account": "account",
    "duplicate_id": "id",
    "invalid_amount": "monthly_price",
    "invalid_period": "months",
}
"""The field that each refusal code is about."""


class _Order(Form[Result]):
    """The base of both orders: months and a monthly price, the period, and the total price."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def _period_fields(self, price: str) -> list[Field]:
        sold = self._session.workspace.policy.months_sold
        return [
            Field("months", "Months", str(sold[0]), amount=True),
            Field("monthly_price", "Monthly price", price, placeholder="e.g. 300.00", amount=True),
        ]

    def _months(self, text: str) -> int | None:
        return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_MONTHS else None

    def _review(self, action: Purchase | Upgrade, account: Account | None, wrong: dict[str, str]) -> Review:
        """The total price and the consequences. The rules are asked only if every field can be read."""
        sold = tell_months(self._session.workspace.policy.months_sold)
        notes = {"months": f"sold: {sold}", "monthly_price": f"{account.currency} a month" if account else ""}
        if not action.months and "months" not in wrong:
            wrong["months"] = f"Write a number of months: {sold}."
        if action.monthly_price == "":
            wrong["monthly_price"] = "Write the monthly price, like 300.00."
        if wrong:
            return Review(self._waiting(wrong), wrong, notes)
        workspace = self._session.workspace
        try:
            quoted = offer(action, workspace.world, workspace.policy)
        except BadInput as error:
            return Review((), {"monthly_price": _sentence(error)}, notes)
        refused = quoted.refused
        if refused is not None and (field := _FIELD_OF.get(refused.code)) is not None:
            return Review((), {field: refused.message}, notes)
        return Review(self._facts(quoted, account), {}, notes, refused is not None)

    # Topping up from this dialog

    def _ordered(self) -> tuple[Purchase | Upgrade, Account | None]:
        """The order as written, and the account that pays."""
        raise NotImplementedError

    def keys_now(self, review: Review) -> str:
        """The keys, including top-up if money is missing; in a text field it needs ctrl."""
        return f"ctrl+t top up · {self.keys_text}" if review.refused else self.keys_text

    async def action_top_up(self) -> None:
        """Top up the account that pays, then return to this dialog."""
        action, account = self._ordered()
        if account is not None:
            await top_up_from(self, self._session, account, self._wanted(action, account), self._show_consequences)

    def _wanted(self, action: Purchase | Upgrade, account: Account) -> Suggestion | None:
        workspace = self._session.workspace
        if not action.months or not action.monthly_price:
            return None
        try:
            period = offer(action, workspace.world, workspace.policy).period
        except BadInput:
            return None
        what = f"this order for {action.months} mo"
        return None if period is None else wanted_for(what, period.price, account, workspace.clock)

    def _show_consequences(self) -> None:
        """Show the consequences for the changed fleet."""
        for head in self.query(".head").results(Static):
            head.update(self.head())
        self.say_review()

    def _waiting(self, wrong: dict[str, str]) -> list[Fact]:
        """The text below the fields while a required field is still empty."""
        unwritten = [name for name in wrong if not self.values.get(name)]
        return [Fact("", "Simulated: nothing is bought, no money moves.", "$quiet")] if unwritten else []

    def _facts(self, quoted: Offer, account: Account | None) -> list[Fact]:
        workspace, period = self._session.workspace, quoted.period
        if period is None or account is None:
            return [Fact("", quoted.refused.message, WRONG)] if quoted.refused is not None else []
        clock, calendar, currency = workspace.clock, workspace.calendar, account.currency
        begins, ends = (tell_moment(at, clock, calendar) for at in (period.starts, period.expires))
        days = counted(calendar.day_of(period.expires) - calendar.day_of(period.starts), "day")
        there = group_amount(quoted.available, currency)
        facts = [
            Fact("Price", group_amount(period.price, currency), "bold"),
            Fact("Period", f"{begins} to {ends}, {days} (T6)"),
        ]
        if quoted.refused is not None:
            return [*facts, Fact("Money", quoted.refused.message, WRONG)]
        return [
            *facts,
            Fact("Money", f"enough: {group_amount(quoted.left, currency)} of {there} is left"),
            *self.further(),
            *(Fact("Advice", f"{advice.removesuffix('.')} (A9).", "$quiet") for advice in quoted.advice[:1]),
        ]

    def further(self) -> Sequence[Fact]:
        """Further consequences, if nothing is refused."""
        return ()


class PurchaseDialog(_Order[Purchase]):
    """Asks for the details of a new instance; returns the action."""

    title_text = "Buy an Enterprise instance"
    keys_text = "tab next · space tick · enter buy · esc cancel"
    lines_of_facts: ClassVar[int] = 5

    def __init__(self, session: Session, account: Account, near: Instance | None) -> None:
        super().__init__(session)
        self._account = account
        self._alike = alike(session.workspace.world, account, near)
        self._several = len(session.workspace.world.accounts) > 1

    def head(self) -> str:
        """The account that pays, if there is only one."""
        workspace, account = self._session.workspace, self._account
        there = group_amount(funds(account, workspace.clock), account.currency)
        return "" if self._several else f"{one_line(account.id)} pays, and has {there}, coupons included."

    def fleet_changed(self) -> None:
        """Show the consequences for the changed fleet."""
        account = self._session.workspace.world.accounts.get(self._account.id)
        if account is not None:
            self._account = account
        elif not self._several:
            told = f"The account {one_line(self._account.id)} is no longer in the fleet: nothing was done."
            self._session.tell(told, "warning", besides=True)
            self.finish(None)
            return
        self._show_consequences()

    def fields(self) -> Sequence[Field | TickBox]:
        """The account if there are several, and the details of the instance."""
        world, like = self._session.workspace.world, self._alike
        price = "" if like is None else format_amount(like.monthly_price, self._account.currency)
        payer = [Field("account", "Account", self._account.id, options=tuple(world.accounts))] if self._several else []
        return [
            *payer,
            Field("id", "Id", free_id(world)),
            Field("name", "Name", placeholder="as the id"),
            Field("region", "Region", "" if like is None else like.region, placeholder="e.g. cn-shanghai"),
            *self._period_fields(price),
            TickBox("auto_renew", "with monthly auto-renewal (R5)"),
        ]

    def _action(self) -> Purchase:
        values = self.values
        return Purchase(
            values.get("account", self._account.id), values["id"], self._months(values["months"]) or 0,
            values["monthly_price"], values["name"] or None, values["region"] or None, self.ticked("auto_renew"),
        )  # fmt: skip

    def _ordered(self) -> tuple[Purchase, Account | None]:
        action = self._action()
        return action, self._session.workspace.world.accounts.get(action.account)

    def review(self) -> Review:
        """The price of the purchase and its consequences."""
        values, action = self.values, self._action()
        account = self._session.workspace.world.accounts.get(action.account)
        wrong: dict[str, str] = {}
        for field, read in (("account", read_id), ("id", read_id), ("name", read_text), ("region", read_text)):
            try:
                read(values.get(field, "-"))
            except BadInput as error:
                wrong[field] = _sentence(error)
        review = self._review(action, account, wrong)
        if account is None:
            return review
        there = group_amount(funds(account, self._session.workspace.clock), account.currency)
        return review._replace(notes={**review.notes, "account": f"{there} with coupons"})

    def submit(self) -> None:
        """Return the purchase."""
        self.finish(self._action())


class UpgradeDialog(_Order[Upgrade]):
    """Asks for how long a public instance becomes an Enterprise instance; returns the action."""

    keys_text = "tab next · enter upgrade · esc cancel"
    lines_of_facts: ClassVar[int] = 6

    def __init__(self, session: Session, instance: Instance) -> None:
        super().__init__(session)
        self._instance = instance
        self._account = session.workspace.world.accounts[instance.account]
        self.title_text = f"Upgrade {one_line(instance.id)}"

    def fleet_changed(self) -> None:
        """Show the consequences for the changed fleet."""
        world = self._session.workspace.world
        instance = world.instances.get(self._instance.id)
        if instance is None:
            told = f"{one_line(self._instance.id)} is no longer in the fleet: nothing was done."
            self._session.tell(told, "warning", besides=True)
            self.finish(None)
            return
        self._instance, self._account = instance, world.accounts[instance.account]
        self._show_consequences()

    def head(self) -> str:
        """What the instance is now, and the account that pays."""
        instance, account = self._instance, self._account
        there = group_amount(funds(account, self._session.workspace.clock), account.currency)
        now = f"{KINDS[instance.kind]}, {state_words(instance.state)}."
        return f"{now} {one_line(account.id)} has {there}, coupons included."

    def fields(self) -> Sequence[Field | TickBox]:
        """The months and the price."""
        like = alike(self._session.workspace.world, self._account, None)
        return self._period_fields("" if like is None else format_amount(like.monthly_price, self._account.currency))

    def _action(self) -> Upgrade:
        values = self.values
        return Upgrade(self._instance.id, self._months(values["months"]) or 0, values["monthly_price"])

    def _ordered(self) -> tuple[Upgrade, Account]:
        return self._action(), self._account

    def review(self) -> Review:
        """The price of the upgrade and its consequences."""
        return self._review(self._action(), self._account, {})

    def further(self) -> Sequence[Fact]:
        """What happens to the instance at once, and to the bill of its current cycle."""
        workspace, instance, account = self._session.workspace, self._instance, self._account
        runs = "runs again at once," if instance.state == FROZEN else "runs on"
        facts = [Fact("Then", f"{runs} as Enterprise Edition (P4)")]
        bill = last_bill(instance, account, workspace.clock, workspace.policy)
        if bill is not None and bill.amount:
            when = tell_moment(bill.issued, workspace.clock, workspace.calendar)
            used = group_amount(bill.amount, account.currency)
            facts.append(Fact("Last bill", f"{used} for today's use, {when} (L3)"))
        return facts

    def submit(self) -> None:
        """Return the upgrade."""
        self.finish(self._action())


def tell_bought(workspace: Workspace, action: Purchase | Upgrade, change: Change) -> str:
    """The message for a completed order: its price and what follows."""
    instance = workspace.world.instances[action.id if isinstance(action, Purchase) else action.instance]
    done = tell_done(action, change.events, workspace.world, workspace.calendar).removesuffix(".")
    payments = workspace.timetable.payments(instance, workspace.clock)
    then = "renew it by then"
    if payments:
        then = f"auto-renewal tries to pay from {tell_day(payments[0], workspace.clock, workspace.calendar)}"
    return one_line(f"{done}: {then}.")


def _sentence(error: BadInput) -> str:
    """An error from core as a sentence of its own."""
    text = str(error)
    return text if text.endswith(".") else f"{text}."
