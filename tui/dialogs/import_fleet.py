"""The dialog that imports a fleet from files: which files, what they lack, and a preview before anything is written."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, Final, NamedTuple, TypeVar

from textual.containers import Vertical

from core.base.counting import counted
from core.base.errors import BadInput, FleetMoved, LapseError
from core.formats.files import Loaded, Options, load_sources, options_for, read_sources
from core.rules.policy import Policy
from core.store.file import MEMORY
from core.words.sentences import tell_clock, tell_length
from core.workspace.importing import Imported, begin_from, check_taken, merge_into
from tui.commands.keymap import keymap_of
from tui.dialogs.form import WRONG, Field, Form, FormRow, Review, TickBox
from tui.dialogs.paths import completed, files_of, matching
from tui.live import wall_clock
from tui.live.right_of_way import RightOfWay
from tui.live.session import Session
from tui.text.cells import one_line
from tui.widgets.facts import Fact

T = TypeVar("T")

LABELS: Final = {
    "clock": "Clock",
    "balance": "Balance",
    "currency": "Currency",
    "account": "Account",
    "product": "Product",
    "monthly_price": "Monthly price",
    "prices": "Price list",
    "daily_charge": "Daily charge",
}
"""The labels of the fields for missing data, by the name of the command line option."""
NOTES: Final = {
    "clock": "the date of this data",
    "balance": "of each account",
    "currency": "of the accounts",
    "account": "the owner of the balance",
    "product": "taken instead of iot...",
    "monthly_price": "of each subscription",
    "daily_charge": "of each pay-as-you-go one",
}
_OPTION: Final = re.compile(r"--([a-z]+(?:-[a-z]+)*)(?: [A-Z]+\b)?")
_MOVED: Final = "Another program changed the fleet. It was reloaded; nothing was imported: {}."
_PATHS: Final = ("path", "prices")
_LISTED: Final = 5
"""The number of paths listed below the field."""


class ImportTarget(NamedTuple):
    """The target of an import: the fleet's file, its session if one is open, and the policy for reading."""

    path: Path
    session: Session | None
    policy: Policy


class _ReadResult(NamedTuple):
    """The result of reading, for the field values it used."""

    values: dict[str, str]
    files: tuple[Path, ...]
    lacks: tuple[str, ...]
    """The options for the data that the files lack."""
    loaded: Loaded | None
    wrong: str


class ImportDialog(Form[Imported]):
    """Asks for a file, reads it, shows its contents, and imports it; returns the result of the import."""

    title_text = "Import a fleet"
    keys_text = "tab complete · enter read · esc cancel"
    lines_of_facts: ClassVar[int] = 7

    def __init__(self, target: ImportTarget) -> None:
        super().__init__()
        self._target = target
        self._outcome: _ReadResult | None = None
        self._working = ""
        self._importing = False

    # What is shown

    def fields(self) -> Sequence[Field | TickBox]:
        """The file field, and hidden fields for missing data, shown once it is known what is missing."""
        hints = {"currency": "e.g. CNY", "prices": "a CSV file: id, price", "product": "e.g. iot"}
        options = [
            Field(name, label, placeholder=hints.get(name, ""), long=name == "prices", hidden=True)
            for name, label in LABELS.items()
        ]
        again = TickBox("restart", "start over from the file")
        again.display = False
        return [Field("path", "File", placeholder="e.g. ~/fleet.json", long=True), *options, again]

    def review(self) -> Review:
        """The matching paths, or what was read."""
        outcome = self._current()
        if self._working:
            return Review([Fact("", self._working, "$quiet")], refused=True)
        if outcome is None:
            return Review(self._paths(), {}, NOTES)
        if outcome.loaded is None:
            return Review([Fact("", outcome.wrong, WRONG)], {}, NOTES)
        refused = self._is_late(outcome.loaded) and not self.ticked("restart")
        return Review(self._facts(outcome.loaded), {}, NOTES, refused)

    def _paths(self) -> list[Fact]:
        text = self.values["path"]
        if not text:
            return [
                Fact(
                    "",
                    "JSON, CSV, or the vendor's own export: give all its files with a pattern, such as export/*.json",
                )
            ]
        found = matching(text)
        if text in found or not found:
            return [Fact(" ", self._keys("enter reads it; nothing is written yet"), "$quiet")]
        head = text[: text.rfind("/") + 1]
        shown = [Fact(" ", one_line(path[len(head) :]), "$quiet") for path in found[:_LISTED]]
        more = len(found) - len(shown)
        completes = self._keys("tab completes what you type")
        return [*shown, *([Fact(" ", f"and {more:,} more: {completes}", "$quiet")] if more else [])]

    def _keys(self, told: str) -> str:
        """A hint that begins with a key, with the key that is in force here."""
        return keymap_of(self.app).reworded(told)

    def _facts(self, loaded: Loaded) -> list[Fact]:
        """What was read, and the consequences."""
        session, world, calendar = self._target.session, loaded.world, self._target.policy.calendar
        go = Fact(" ", self._keys("enter imports it"), "$accent")
        accounts, instances = counted(len(world.accounts), "account"), counted(len(world.instances), "instance")
        facts = [Fact("Holds", f"{instances} on {accounts}"), Fact("As of", tell_clock(world.clock, calendar))]
        facts += [Fact("Note", one_line(note), "$quiet") for note in loaded.notes]
        if session is None:
            return [*facts, Fact("Kept in", one_line(str(self._target.path))), go]
        clock = session.workspace.clock
        if world.clock < clock:
            return [*facts, *self._late(clock, go)]
        then = "existing entries are updated, new ones added, the rest stays"
        if world.clock > clock:
            ahead = tell_length(world.clock - clock)
            facts.append(Fact("First", f"the clock moves to that date, {ahead}, and everything due happens"))
        return [*facts, Fact("Then", then), go]

    def _late(self, clock: int, go: Fact) -> list[Fact]:
        """The facts if the fleet's clock is past the import: it can only start over."""
        stands = f"the fleet is past that: its clock is at {tell_clock(clock, self._target.policy.calendar)}"
        old = "the history until now is kept as a dated copy"
        if self._target.path == MEMORY:
            old = "the history until now is not saved and will be lost"
        if self.ticked("restart"):
            return [Fact("Starts over", old), go]
        return [Fact("Clock", stands, WRONG), Fact("To do", f"give a later clock, or start over: {old}")]

    def say_review(self) -> None:
        """Show the review, and the key for the next step."""
        super().say_review()
        outcome = self._current()
        ready = outcome is not None and outcome.loaded is not None
        for box in self.query(".box").results(Vertical):
            keys = "tab next · enter import · esc cancel" if ready else self.keys_text
            box.border_subtitle = self._keys(keys)

    # Completing

    def action_field(self, steps: int) -> None:
        """Complete a path as far as it is unambiguous; then go to the next field."""
        row = next((row for row in self.query(FormRow) if row.entry is self.focused), None)
        if steps == 1 and row is not None and row.field in _PATHS:
            # Only after the field has processed the keys typed before.
            row.entry.call_later(self._complete, row)
        else:
            super().action_field(steps)

    def _complete(self, row: FormRow) -> None:
        longer = completed(row.entry.value)
        if len(longer) > len(row.entry.value):
            row.entry.value = longer
            row.entry.cursor_position = len(longer)
        elif self.focused is row.entry:
            super().action_field(1)

    def action_move(self, rows: int) -> None:
        """Move between fields, without completing."""
        super().action_field(rows)

    # Reading and importing

    def _current(self) -> _ReadResult | None:
        """The result of reading, if the fields have not changed since."""
        outcome = self._outcome
        return outcome if outcome is not None and outcome.values == self.values else None

    def submit(self) -> None:
        """Read the files or, if they are read, import them."""
        values, outcome = self.values, self._current()
        if not values["path"]:
            return
        if outcome is None or outcome.loaded is None:
            path = self.row("path").entry.value
            self._work("Reading ...", lambda: self._read_beside(values, path), self._was_read)
        else:
            files, loaded = outcome.files, outcome.loaded
            anew = self._is_late(loaded) and self.ticked("restart")
            self._importing = True
            if self._target.session is not None:
                self._target.session.begin_import()
            self._work("Importing ...", lambda: self._import(files, loaded, anew=anew), self._was_imported)

    def _work(self, told: str, work: Callable[[], T], take: Callable[[T], None]) -> None:
        """Run `work` in a thread while the dialog shows `told`, then pass its result to `take`."""
        self._working = told
        self.say_review()
        # A worker of the app: the dialog may close before it ends. An unexpected error ends the program.
        app = self.app
        app.run_worker(lambda: app.call_from_thread(take, work()), thread=True)

    def action_leave(self) -> None:
        """Cancel; ignored while the import is being written."""
        if not self._importing:
            super().action_leave()

    def _read_beside(self, values: dict[str, str], path: str) -> _ReadResult:
        """In the thread: read, but let keys go first."""
        with RightOfWay().beside():
            return self._read(values, path)

    def _read(self, values: dict[str, str], path: str) -> _ReadResult:
        """In the thread: read the files at `path`, as typed, with the values of the fields."""
        files: list[Path] = []
        lacks: tuple[str, ...] = ()
        loaded, wrong = None, ""
        try:
            files = files_of(path)
            sources = read_sources(files)
            lacks = options_for(sources)
            loaded = load_sources(sources, self._target.policy, self._options(values, lacks), self._now())
            check_taken(loaded, files)
        except LapseError as error:
            loaded, wrong = None, str(error)
        return _ReadResult(values, tuple(files), lacks, loaded, wrong)

    def _options(self, values: dict[str, str], lacks: Sequence[str]) -> Options:
        given = {name: values[name] for name in LABELS if values[name] and name in lacks}
        clock, prices = given.pop("clock", None), given.pop("prices", None)
        try:
            instant = None if clock is None else self._target.policy.calendar.parse(clock)
        except BadInput as error:
            raise BadInput(f"--clock: {error}") from None
        return Options(
            instant, given.get("balance"), given.get("currency"), given.get("product"), given.get("monthly_price"),
            None if prices is None else _one_file(prices), given.get("daily_charge"), given.get("account"),
        )  # fmt: skip

    def _now(self) -> int:
        """The clock for files that name none: the fleet's, so that no time passes; without a fleet, the wall clock."""
        session = self._target.session
        return wall_clock.now() if session is None else session.workspace.clock

    def _was_read(self, outcome: _ReadResult) -> None:
        """Show what was read, and the fields for what the files lack."""
        self._working = ""
        if self._finished:
            return
        wrong, named = with_field_labels(outcome.wrong)
        loaded = outcome.loaded
        if loaded is not None and not loaded.clock_given:
            clock = self._target.policy.calendar.format(loaded.world.clock)
            self.row("clock").entry.value = clock[:19].replace("T", " ")
        late = loaded is not None and self._is_late(loaded)
        ours = outcome.lacks == ("clock",)
        self.query_one("#tick-restart", TickBox).display = late
        kept = [name for name in outcome.lacks if self.values[name]]
        wanted = [*(named if ours else outcome.lacks), *(("clock",) if late else ()), *kept]
        self.reveal_only(wanted, tuple(LABELS))
        self._outcome = outcome._replace(values=self.values if loaded is not None else outcome.values, wrong=wrong)
        first = next((name for name in named if name in outcome.lacks), None)
        if first is not None:
            self.set_focus(self.row(first).entry)
        elif late:
            self.set_focus(self.query_one("#tick-restart", TickBox))
        self.say_review()

    def _is_late(self, loaded: Loaded) -> bool:
        session = self._target.session
        return session is not None and loaded.world.clock < session.workspace.clock

    def _import(self, files: Sequence[Path], loaded: Loaded, *, anew: bool) -> Imported | LapseError:
        """In the thread: write the import."""
        path, session, policy = self._target

        def write() -> Imported:
            if session is None or anew:
                return begin_from(path, loaded, files, policy, wall_clock.today() if anew else None)
            return merge_into(session.workspace, loaded, files)

        try:
            return write() if session is None else session.import_fleet(write)
        except LapseError as error:
            return error

    def _was_imported(self, done: Imported | LapseError) -> None:
        """Close with the result, or show why the import failed."""
        self._working, self._importing = "", False
        session = self._target.session
        begun_anew = isinstance(done, Imported) and session is not None and done.workspace is not session.workspace
        if session is not None and not begun_anew:
            session.finish_import()
        if isinstance(done, Imported):
            self.finish(done)
        elif self._outcome is not None:
            again = _MOVED.format(self._keys("enter reads the file again"))
            wrong, _ = with_field_labels(again if isinstance(done, FleetMoved) else str(done))
            self._outcome = self._outcome._replace(loaded=None, wrong=wrong)
            self.say_review()


def _one_file(text: str) -> Path:
    files = files_of(text)
    if len(files) > 1:
        raise BadInput(f"--prices: {text} names {len(files)} files: give one, a CSV file of id and price")
    return files[0]


def with_field_labels(sentence: str) -> tuple[str, list[str]]:
    """A sentence from core, with command line options replaced by field labels, and the options that it names."""
    named: list[str] = []

    def label(match: re.Match[str]) -> str:
        name = match[1].replace("-", "_")
        if name in LABELS:
            named.append(name)
        return f'"{LABELS.get(name, match[1])}"'

    return _OPTION.sub(label, sentence), named
