"""What dialogs with several fields share: labels in line, what is wrong under its field, and what follows below."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, Generic, NamedTuple, TypeVar

from textual import events
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from core.world.model import STOPPED
from tui.commands.keymap import keymap_of
from tui.dialogs.dialog import Dialog
from tui.text.cells import one_line
from tui.widgets.entry import Entry
from tui.widgets.facts import Fact, Facts

Result = TypeVar("Result")

WRONG: Final = f"$state-{STOPPED}"
"""The style of what is wrong."""


_OF_AMOUNTS: Final = tuple("0123456789., ")
"""What a number may hold."""


class Field(NamedTuple):
    """A field of a form. `options` are offered as they are typed; a `long` one takes the whole row, a `hidden` one is
    shown when it is asked for, in one for an `amount` j and k go up and down as elsewhere.
    """

    name: str
    label: str
    value: str = ""
    placeholder: str = ""
    options: tuple[str, ...] = ()
    long: bool = False
    hidden: bool = False
    amount: bool = False


class AmountEntry(Entry):
    """A field for a number: no letter belongs there, so j and k go down and up, and the key for topping up works."""

    async def _on_key(self, event: events.Key) -> None:
        form, sign = self.screen, event.character
        tops_up = event.key in keymap_of(self.app).by_name["top-up"].keys and sign not in _OF_AMOUNTS
        if isinstance(form, Form) and (tops_up or sign in ("j", "k")):
            event.stop()
            event.prevent_default()
            if tops_up:
                await form.action_run("top-up")
            else:
                form.action_move(1 if sign == "j" else -1)
        else:
            await super()._on_key(event)


class Review(NamedTuple):
    """What is to be said of the values as they stand: under fields, beside them, and below all. With anything wrong,
    or `refused`, the form isn't confirmed.
    """

    facts: Sequence[Fact] = ()
    wrong: Mapping[str, str] = {}
    notes: Mapping[str, str] = {}
    refused: bool = False


class Tick(Widget):
    """A yes or no, changed by space or a click."""

    can_focus = True

    def __init__(self, name: str, text: str, *, ticked: bool = False) -> None:
        super().__init__(id=f"tick-{name}", classes="tick")
        self.field = name
        self._text = text
        self.ticked = ticked

    def turn(self) -> None:
        """Set it, or take it away."""
        self.ticked = not self.ticked
        self.refresh()

    def render(self) -> Content:
        """The box and its text."""
        return Content.assemble(("[x]" if self.ticked else "[ ]", "bold $accent"), f" {self._text}")

    def on_click(self, event: events.Click) -> None:
        """A click changes it."""
        event.stop()
        if isinstance(self.screen, Form):
            self.screen.set_focus(self)
            self.screen.action_tick()


class FormRow(Vertical):
    """A field with its label, a note beside it and room under it for what is wrong."""

    def __init__(self, field: Field) -> None:
        entry = (AmountEntry if field.amount else Entry)(
            field.value, placeholder=field.placeholder, selects=not field.long, options=field.options
        )
        self.field = field.name
        self.entry = entry
        self._note = Static(classes="note", markup=False)
        self._wrong = Static(classes="wrong", markup=False)
        label = Static(field.label, classes="label", markup=False)
        line = [label, entry] if field.long else [label, entry, self._note]
        super().__init__(Horizontal(*line), self._wrong, id=f"field-{field.name}", classes="field")
        self.set_class(field.long, "-long")
        self.display = not field.hidden

    def on_descendant_focus(self) -> None:
        """Let the label say where the cursor is."""
        self.add_class("-current")

    def on_descendant_blur(self) -> None:
        """The cursor has gone on."""
        self.remove_class("-current")

    def say(self, note: str, wrong: str) -> None:
        """Show a note beside the field, and what is wrong under it."""
        self._note.update(Content(one_line(note)))
        self._wrong.update(Content.styled(one_line(wrong), WRONG))
        self._wrong.display = bool(wrong)
        self.set_class(bool(wrong), "-wrong")


class Form(Dialog[Result], Generic[Result]):
    """A dialog of fields. A subclass gives the fields, reviews their values, and makes the result of them."""

    lines_of_facts: ClassVar[int] = 4
    """Room kept below the fields, so that the box keeps its place while a person types."""

    def __init__(self) -> None:
        super().__init__()
        self._begun_with: dict[str, str] = {}
        self._asked = False

    # What a form says for itself

    def head(self) -> str:
        """What it says above its fields."""
        return ""

    def fields(self) -> Sequence[Field | Tick]:
        """Its fields, from top to bottom."""
        return ()

    def review(self) -> Review:
        """What is to be said of the values as they stand."""
        return Review()

    def keys_now(self, review: Review) -> str:
        """The keys that do something now."""
        return self.keys_text

    def submit(self) -> None:
        """Do it: nothing is wrong."""
        self.finish(None)

    # The form

    def parts(self) -> list[Widget]:
        """Head, fields and facts."""
        rows: list[Widget] = []
        for field in self.fields():
            if isinstance(field, Field):
                self._begun_with[field.name] = field.value
            rows.append(FormRow(field) if isinstance(field, Field) else field)
        head = self.head()
        body = Vertical(*rows, Facts(id="facts"), classes="form")
        return [Static(head, classes="head", markup=False), body] if head else [body]

    def on_mount(self) -> None:
        """Say what follows from what the fields begin with."""
        self.say_review()

    @property
    def values(self) -> dict[str, str]:
        """What is in the fields, without the spaces around it."""
        return {row.field: row.entry.value.strip() for row in self.query(FormRow)}

    def row(self, name: str) -> FormRow:
        """The row of a field."""
        return self.query_one(f"#field-{name}", FormRow)

    def ticked(self, name: str) -> bool:
        """Whether a tick is set."""
        return any(tick.ticked for tick in self.query(Tick) if tick.field == name)

    def reveal(self, names: Sequence[str]) -> None:
        """Show fields that were hidden; all others stay as they are."""
        for row in self.query(FormRow):
            if row.field in names:
                row.display = True
        self._keep_height()

    def reveal_only(self, names: Sequence[str], among: Sequence[str]) -> None:
        """Show these fields, and hide the others `among` which they are."""
        for row in self.query(FormRow):
            if row.field in among and row.field not in names:
                row.display = False
        self.reveal(names)

    def say_review(self) -> None:
        """Show what is to be said of the values; what is missing is wrong only when it was asked for."""
        review = self.review()
        for row in self.query(FormRow):
            begun = row.entry.value == self._begun_with.get(row.field, "")
            silent = begun and not self._asked
            row.say(review.notes.get(row.field, ""), "" if silent else review.wrong.get(row.field, ""))
        self.query_one(Facts).show(review.facts)
        self.query_one(".box").border_subtitle = keymap_of(self.app).reworded(self.keys_now(review))
        self._keep_height()

    def _keep_height(self) -> None:
        shown = sum(1 for widget in self._stops())
        self.query_one(".form").styles.min_height = shown + 1 + self.lines_of_facts

    def typed(self, text: str) -> None:
        """Say what follows."""
        self.changed()

    def changed(self) -> None:
        """A value changed."""
        self.say_review()

    def action_confirm(self) -> None:
        """Do it; or go to the first field that is wrong."""
        if self._finished:
            return
        self._asked = True
        review = self.review()
        self.say_review()
        wrong = next((row for row in self.query(FormRow) if row.field in review.wrong), None)
        if wrong is not None:
            self.set_focus(wrong.entry)
        elif not review.refused:
            self.submit()

    def action_tick(self) -> None:
        """Change the tick that has the focus."""
        if isinstance(self.focused, Tick):
            self.focused.turn()
            self.changed()

    # Moving between fields

    def _stops(self) -> list[Widget]:
        """What can have the focus, from top to bottom."""
        rows = self.query_one(".form").children
        return [
            row.entry if isinstance(row, FormRow) else row
            for row in rows
            if row.display and isinstance(row, FormRow | Tick)
        ]

    def action_field(self, steps: int) -> None:
        """Go to the next field, or the one before."""
        stops = self._stops()
        if stops:
            place = next((index for index, stop in enumerate(stops) if stop is self.focused), -steps)
            self.set_focus(stops[(place + steps) % len(stops)])

    def action_move(self, rows: int) -> None:
        """Go to the field below, or above."""
        self.action_field(rows)

    def action_page(self, pages: float) -> None:
        """Scroll what is higher than the screen."""
        self.query_one(".box").scroll_relative(y=4 if pages > 0 else -4, animate=False)
