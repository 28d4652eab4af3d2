"""The base of the dialogs that apply one action to several instances: the list of instances, refused ones first."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from textual import events
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from core.simulation.orders import Offence, RenewalAction
from core.workspace.workspace import Workspace
from core.world.model import Account, Instance
from tui.commands.keymap import keymap_of
from tui.dialogs.dialog import Dialog
from tui.dialogs.top_up import Suggestion
from tui.dialogs.topping_up import top_up_from
from tui.live import limits
from tui.live.session import Session
from tui.text.cells import one_line, wrapped
from tui.widgets.rows import RowTable
from tui.widgets.sized_screen import TALL
from tui.widgets.tab_line import Part

_ID: Final = attrgetter("id")
_FRAME: Final = 2
"""Lines taken by the border of the box."""
_PADDED: Final = 2
"""Lines taken by the padding on a tall screen."""


class BulkDialog(Dialog[RenewalAction]):
    """A list of instances and one action on all of them. If one is refused, the whole action is refused (R4)."""

    verb = "done"
    rows = 13
    """Lines of the lists, if there is room."""
    text_lines = 5
    """Lines of everything except the lists."""

    def __init__(self, session: Session, instances: Sequence[Instance]) -> None:
        super().__init__()
        self.session = session
        self.instances = tuple(instances)
        self.ids = tuple(map(_ID, self.instances))
        self.offences: dict[str, Offence] = {}
        self._shown: Sequence[str] = ()

    @property
    def workspace(self) -> Workspace:
        """The fleet."""
        return self.session.workspace

    @property
    def account(self) -> Account:
        """The account of the first instance, which is the account of the order."""
        return self.workspace.world.accounts[self.instances[0].account]

    # What a subclass provides

    def action_now(self) -> RenewalAction | None:
        """The chosen action; None if nothing is chosen."""
        raise NotImplementedError

    def answer(self) -> list[Content]:
        """The consequences, as lines. Reasons for a refusal are shown above them."""
        raise NotImplementedError

    def look(self) -> None:
        """Read all instances once. A subclass calls it when it starts; it runs again when instances were left out."""

    def lacks_money(self) -> bool:
        """Whether a top-up would help."""
        return False

    def wanted(self) -> Suggestion | None:
        """The amount to top up, if it is known."""
        return None

    def look_again(self) -> None:
        """Calculate everything again after a top-up."""
        self.offences = {}
        for table in self.query(RowTable):
            table.refresh()
        self.choose()

    async def action_top_up(self) -> None:
        """Top up the account that pays, then return to this dialog."""
        await top_up_from(self, self.session, self.account, self.wanted(), self.look_again)

    def list_keys(self) -> Sequence[str]:
        """The keys of the list's rows."""
        return self.in_order()

    # The list

    def each(self) -> RowTable | None:
        """The list of instances."""
        return next(iter(self.query("#each").results(RowTable)), None)

    def in_order(self) -> Sequence[str]:
        """The ids, with refused instances first."""
        return sorted(self.ids, key=lambda name: name not in self.offences) if self.offences else self.ids

    def offence_of(self, name: str) -> Offence | None:
        """Why one instance is refused, or None. If there are too many to check all while a person chooses, only this
        one is checked.
        """
        action = self.action_now()
        if name in self.offences or action is None or len(self.ids) <= limits.CHECKED_WHILE_CHOOSING:
            return self.offences.get(name)
        pair = (self.ids[0], name) if name != self.ids[0] else (name,)
        found = self.workspace.offences(action._replace(instances=pair))
        return next((offence for offence in found if offence.instance == name), None)

    def check(self, *, wholly: bool = False) -> None:
        """Find the refused instances. A long list is checked only `wholly`, just before the action."""
        action = self.action_now()
        if action is not None and (wholly or len(self.ids) <= limits.CHECKED_WHILE_CHOOSING):
            self.offences = {offence.instance: offence for offence in self.workspace.offences(action)}

    def choose(self) -> None:
        """Show the consequences of the choice."""
        self.check()
        self.redraw()

    def redraw(self) -> None:
        """Redraw the list and the answer."""
        if (each := self.each()) is not None:
            keys = self.list_keys()
            if keys is self._shown:
                each.refresh()
            else:
                self._shown = keys
                each.show(keys)
        self.say()

    def say(self) -> None:
        """Write the keys and the answer."""
        self.query_one(".box").border_subtitle = keymap_of(self.app).reworded(self._keys_now())
        for answer in self.query(".answer").results(Static):
            answer.update(Content("\n").join([*self._refusal(), *self.answer()]))

    def _keys_now(self) -> str:
        """The keys that do something now."""
        if self.lacks_money():
            return f"t top up · {self._keys_without_money()}"
        return self._keys_without_money()

    def _keys_without_money(self) -> str:
        offenders, number = len(self.offences), len(self.instances)
        if not offenders:
            return self.keys_text
        lists = "tab lists · " if len(self.query(RowTable)) > 1 else ""
        return f"{lists}esc cancel" if offenders == number else f"o leave them out · {lists}esc cancel"

    def _refusal(self) -> list[Content]:
        """Why the action is refused, and what would help."""
        number, offenders = len(self.instances), len(self.offences)
        if not offenders:
            return []
        offence = self._offence_in_sight()
        lines = [Content.styled(line, "$state-expired") for line in self.fitted(offence.message)]
        if number == 1:
            return lines
        told = f"x {offenders:,} of {number:,} can't be {self.verb}, so none is (R4)."
        helps = "" if offenders == number else f" {keymap_of(self.app).key('leave-out')} leaves them out."
        return [Content.assemble((told, "bold $state-expired"), helps), *lines]

    def _offence_in_sight(self) -> Offence:
        each = self.each()
        under = each.cursor if each is not None else None
        name = under.partition("\0")[0] if under is not None else ""
        return self.offences.get(name) or next(iter(self.offences.values()))

    def fitted(self, text: str) -> tuple[str, ...]:
        """A text wrapped to the width of the box."""
        answer = self.query_one(".answer", Static)
        return wrapped(one_line(text), max(answer.size.width or self.size.width - 8, 20))

    def fleet_changed(self) -> None:
        """Show the consequences for the changed fleet; close the dialog if an instance of the list is gone."""
        instances = self.workspace.world.instances
        gone = next((name for name in self.ids if name not in instances), None)
        if gone is not None:
            self.session.tell(f"{one_line(gone)} is no longer in the fleet: nothing was done.", "warning", besides=True)
            self.finish(None)
            return
        self.instances = tuple(map(instances.__getitem__, self.ids))
        self.look()
        self.choose()

    # Keys

    def on_mount(self) -> None:
        """Make the answer follow the cursors."""
        tables = list(self.query(RowTable))
        for table in tables:
            table.cursor_moved = self.say if table.id == "each" else self.choose
        self.set_focus(tables[0])
        self.choose()
        self._fit()

    def on_resize(self, event: events.Resize) -> None:
        """Give the lists the lines that the text leaves."""
        self._fit()
        self.call_after_refresh(self.redraw)

    def _fit(self) -> None:
        room = self.size.height - _FRAME - (_PADDED if self.size.height >= TALL else 0) - self.text_lines
        for part in self.query(".lists").results(Widget):
            part.styles.height = max(min(self.rows, room), 2)

    def _table(self) -> RowTable | None:
        tables = list(self.query(RowTable))
        return next((table for table in tables if table is self.focused), tables[0] if tables else None)

    def action_field(self, steps: int) -> None:
        """Move the focus to the next or the previous list."""
        tables = list(self.query(RowTable))
        place = next((index for index, table in enumerate(tables) if table is self.focused), 0)
        self.set_focus(tables[(place + steps) % len(tables)])

    def leave_out(self) -> None:
        """Continue without the refused instances, if any others remain."""
        if not self.offences or len(self.offences) == len(self.instances):
            return
        self.instances = tuple(instance for instance in self.instances if instance.id not in self.offences)
        self.ids = tuple(map(_ID, self.instances))
        self.offences = {}
        self.look()
        self.query_one(".box").border_title = self.title_now()
        self.choose()

    def title_now(self) -> str:
        """The title, which says how many instances there are."""
        return self.title_text

    def action_leave_out(self) -> None:
        """Leave the refused instances out."""
        self.leave_out()

    def action_confirm(self) -> None:
        """Return the action if nothing in it is refused."""
        action = self.action_now()
        self.check(wholly=True)
        if action is None or self.offences:
            self.redraw()
        else:
            self.finish(action)


def named(instances: Sequence[Instance]) -> str:
    """The instances in a few words: the only id, or their number."""
    return one_line(instances[0].id) if len(instances) == 1 else f"{len(instances):,} instances"


SHORT: Final = {
    "unknown_instance": "x not there",
    "wrong_kind": "x not Enterprise",
    "released": "x released",
    "account_overdue": "x overdue",
    "period_in_past": "x too short",
    "invalid_period": "x not sold",
}


def short_reason(offence: Offence, instance: Instance) -> Part:
    """Why an instance is refused, in 16 cells, and the style of these words."""
    if offence.code == "several_accounts":
        return f"x on {one_line(instance.account)}", "expired"
    return SHORT.get(offence.code, "x refused"), "expired"
