"""The base of dialogs with several fields: aligned labels, errors under their fields, and the consequences below."""

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
"""The style of errors."""


_OF_AMOUNTS: Final = tuple("0123456789., ")
"""The characters that a number may contain."""


class Field(NamedTuple):
    """A field of a form. `options` are offered as completions. A `long` field takes the whole row; a `hidden` field is
    shown only on request; in an `amount` field, j and k move down and up as elsewhere.
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
    """A field for a number. It takes no letters, so j and k move down and up, and the top-up key works."""

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
    """The texts for the current values: facts below all fields, errors under the fields, and notes beside them. With
    any error, or if `refused`, the form can't be confirmed.
    """

    facts: Sequence[Fact] = ()
    wrong: Mapping[str, str] = {}
    notes: Mapping[str, str] = {}
    refused: bool = False


class TickBox(Widget):
    """A checkbox, changed by space or a click."""

    can_focus = True

    def __init__(self, name: str, text: str, *, ticked: bool = False) -> None:
        super().__init__(id=f"tick-{name}", classes="tick")
        self.field = name
        self._text = text
        self.ticked = ticked

    def turn(self) -> None:
        """Tick or untick the checkbox."""
        self.ticked = not self.ticked
        self.refresh()

    def render(self) -> Content:
        """The checkbox and its text."""
        return Content.assemble(("[x]" if self.ticked else "[ ]", "bold $accent"), f" {self._text}")

    def on_click(self, event: events.Click) -> None:
        """Toggle the checkbox."""
        event.stop()
        if isinstance(self.screen, Form):
            self.screen.set_focus(self)
            self.screen.action_tick()


class FormRow(Vertical):
    """A field with its label, a note beside it, and room for an error under it."""

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
        """Highlight the label of the focused field."""
        self.add_class("-current")

    def on_descendant_blur(self) -> None:
        """Remove the highlight from the label."""
        self.remove_class("-current")

    def say(self, note: str, wrong: str) -> None:
        """Show a note beside the field, and an error under it."""
        self._note.update(Content(one_line(note)))
        self._wrong.update(Content.styled(one_line(wrong), WRONG))
        self._wrong.display = bool(wrong)
        self.set_class(bool(wrong), "-wrong")


class Form(Dialog[Result], Generic[Result]):
    """A dialog of fields. A subclass defines the fields, reviews their values, and makes the result from them."""

    lines_of_facts: ClassVar[int] = 4
    """Lines reserved below the fields, so that the box does not move while a person types."""

    def __init__(self) -> None:
        super().__init__()
        self._begun_with: dict[str, str] = {}
        self._asked = False

    # What a subclass provides

    def head(self) -> str:
        """The text above the fields."""
        return ""

    def fields(self) -> Sequence[Field | TickBox]:
        """The fields, from top to bottom."""
        return ()

    def review(self) -> Review:
        """The review of the current values."""
        return Review()

    def keys_now(self, review: Review) -> str:
        """The keys that do something now."""
        return self.keys_text

    def submit(self) -> None:
        """Act on the values, which have no errors."""
        self.finish(None)

    # The form

    def parts(self) -> list[Widget]:
        """The head, the fields and the facts."""
        rows: list[Widget] = []
        for field in self.fields():
            if isinstance(field, Field):
                self._begun_with[field.name] = field.value
            rows.append(FormRow(field) if isinstance(field, Field) else field)
        head = self.head()
        body = Vertical(*rows, Facts(id="facts"), classes="form")
        return [Static(head, classes="head", markup=False), body] if head else [body]

    def on_mount(self) -> None:
        """Show the review of the initial values."""
        self.say_review()

    @property
    def values(self) -> dict[str, str]:
        """The values by field name, without surrounding spaces."""
        return {row.field: row.entry.value.strip() for row in self.query(FormRow)}

    def row(self, name: str) -> FormRow:
        """The row of a field."""
        return self.query_one(f"#field-{name}", FormRow)

    def ticked(self, name: str) -> bool:
        """Whether a checkbox is ticked."""
        return any(tick.ticked for tick in self.query(TickBox) if tick.field == name)

    def reveal(self, names: Sequence[str]) -> None:
        """Show hidden fields; all others stay as they are."""
        for row in self.query(FormRow):
            if row.field in names:
                row.display = True
        self._keep_height()

    def reveal_only(self, names: Sequence[str], among: Sequence[str]) -> None:
        """Show these fields, and hide the other fields in `among`."""
        for row in self.query(FormRow):
            if row.field in among and row.field not in names:
                row.display = False
        self.reveal(names)

    def say_review(self) -> None:
        """Show the review of the values. A missing value is an error only after an attempt to confirm."""
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
        """Review the new values."""
        self.changed()

    def changed(self) -> None:
        """A value changed."""
        self.say_review()

    def action_confirm(self) -> None:
        """Submit, or go to the first field with an error."""
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
        """Toggle the checkbox that has the focus."""
        if isinstance(self.focused, TickBox):
            self.focused.turn()
            self.changed()

    # Moving between fields

    def _stops(self) -> list[Widget]:
        """The widgets that can have the focus, from top to bottom."""
        rows = self.query_one(".form").children
        return [
            row.entry if isinstance(row, FormRow) else row
            for row in rows
            if row.display and isinstance(row, FormRow | TickBox)
        ]

    def action_field(self, steps: int) -> None:
        """Go to the next or the previous field."""
        stops = self._stops()
        if stops:
            place = next((index for index, stop in enumerate(stops) if stop is self.focused), -steps)
            self.set_focus(stops[(place + steps) % len(stops)])

    def action_move(self, rows: int) -> None:
        """Go to the field below or above."""
        self.action_field(rows)

    def action_page(self, pages: float) -> None:
        """Scroll a form that is taller than the screen."""
        self.query_one(".box").scroll_relative(y=4 if pages > 0 else -4, animate=False)
