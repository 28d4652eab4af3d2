"""The dialog that grants an account a coupon."""

from collections.abc import Sequence
from typing import ClassVar, Final

from core.base.errors import BadInput
from core.base.reading import read_id
from core.words.sentences import tell_distance, tell_moment
from core.world.actions import GrantCoupon
from core.world.model import Account
from tui.dialogs.amount import MoneyForm, Outcome, sentence
from tui.dialogs.form import Field, Review
from tui.live.session import Session
from tui.text.cells import one_line
from tui.widgets.facts import Fact

_FIELD_OF: Final = {"duplicate_id": "id", "invalid_amount": "amount", "invalid_period": "expires"}
"""The field that each refusal code is about."""


class CouponDialog(MoneyForm[GrantCoupon]):
    """Asks for a coupon's id, amount, start and end; returns the action."""

    keys_text = "tab next · enter grant · esc cancel"
    lines_of_facts: ClassVar[int] = 6

    def __init__(self, session: Session, account: Account) -> None:
        super().__init__(session, account)
        self.title_text = f"Grant {one_line(account.id)} a coupon"

    def fields(self) -> Sequence[Field]:
        """The amount comes first: an id is suggested, and without dates the coupon is usable at once and for ever."""
        taken = {coupon.id for coupon in self.account.coupons}
        number = next(number for number in range(1, len(taken) + 2) if f"coupon-{number}" not in taken)
        return [
            Field("amount", "Amount", placeholder="e.g. 100.00", amount=True),
            Field("id", "Id", f"coupon-{number}"),
            Field("starts", "Starts", placeholder="at once"),
            Field("expires", "Ends", placeholder="never"),
        ]

    def review(self) -> Review:
        """When the coupon can be used, and what it settles."""
        values, wrong = self.values, {}
        notes = {"amount": self.account.currency, "starts": "a date, or +7d", "expires": "a date, or +30d"}
        if (bad := self.wrong_amount(values["amount"])) is not None:
            wrong["amount"] = bad
        try:
            read_id(values["id"])
        except BadInput as error:
            wrong["id"] = sentence(error)
        when: dict[str, int | None] = {}
        for name in ("starts", "expires"):
            try:
                when[name] = self._instant(values[name])
            except BadInput as error:
                wrong[name] = sentence(error)
            else:
                notes[name] = self._moment(when[name]) or notes[name]
        if wrong:
            return Review(self.standing(), wrong, notes)
        outcome = self.rehearse(self._action())
        if outcome.refused is not None and (field := _FIELD_OF.get(outcome.refused.code)) is not None:
            return Review(self.standing(), {field: outcome.refused.message}, notes)
        return Review(self._facts(outcome, when["starts"], when["expires"]), {}, notes, outcome.refused is not None)

    def _instant(self, text: str) -> int | None:
        workspace = self.session.workspace
        return workspace.calendar.parse_when(text, workspace.clock) if text else None

    def _moment(self, instant: int | None) -> str:
        workspace = self.session.workspace
        if instant is None:
            return ""
        distance = tell_distance(instant, workspace.clock, workspace.calendar)
        return f"{tell_moment(instant, workspace.clock, workspace.calendar)}, {distance}"

    def _facts(self, outcome: Outcome, starts: int | None, expires: int | None) -> list[Fact]:
        if outcome.refused is not None:
            return self.refusal(outcome)
        later = starts is not None and starts > self.session.workspace.clock
        usable = f"from {self._moment(starts)}" if later else "at once, before the balance is used (M2)"
        facts = [Fact("Usable", usable)]
        if expires is not None:
            facts.append(Fact("Lost", f"what is left of it on {self._moment(expires)} (M2)"))
        return [*facts, *self.settled(outcome), self.afterwards(outcome)]

    def submit(self) -> None:
        """Return the grant."""
        self.finish(self._action())

    def _action(self) -> GrantCoupon:
        values = self.values
        starts, expires = self._instant(values["starts"]), self._instant(values["expires"])
        return GrantCoupon(self.account.id, values["id"], values["amount"], starts, expires)
