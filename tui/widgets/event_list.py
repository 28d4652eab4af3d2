"""An event as a row of the log, and in full: what it is about, what happened, and the rule behind it."""

from collections.abc import Sequence
from typing import Final

from textual.content import Content

from core.rules.rulebook import rules_of
from core.words.sentences import tell, tell_clock
from core.workspace.workspace import Workspace
from core.world.events import Event, StateChanged
from core.world.severity import badness, is_echo
from tui.text.cells import fit, one_line, wrapped
from tui.text.states import MARKS, cell_style_of, style_of
from tui.widgets.explaining import SOURCES
from tui.widgets.rows import Cell, Column, Row

COLUMNS: Final = (
    Column("When", 16),
    Column("About", 14),
    Column("", 1),
    Column("What happened", 20, grows=True),
    Column("Rule", 4),
)
_TROUBLE: Final = "!"
_LINES: Final = 4
"""The lines of an event shown in full, and how many of them its sentence takes at most."""
_MOST_LINES: Final = 2


def event_row(event: Event, workspace: Workspace) -> Row:
    """An event in one line. A change of state has the state's mark; other trouble has a mark of its own. A notice that
    repeats another event is quiet, but its text has the colour of that event's badness.
    """
    bad, fact, echo = badness(event), event.fact, is_echo(event)
    mark = MARKS[fact.target] if isinstance(fact, StateChanged) else _TROUBLE if bad else ""
    style = cell_style_of(event) or ("quiet" if echo else "")
    when = workspace.calendar.format(event.at)[:16].replace("T", " ")
    return Row(
        (
            Cell(when, "quiet"),
            Cell(one_line(event.instance or event.account or ""), "quiet" if echo else ""),
            Cell(mark, style),
            Cell(_told(event, workspace), style),
            Cell(event.rule or "", "quiet"),
        )
    )


def explained(event: Event, workspace: Workspace, width: int) -> list[Content]:
    """An event in full: what it is about, when it happened, its whole sentence, and its rule."""
    who = [one_line(event.instance)] if event.instance else []
    who += [f"account {one_line(event.account)}"] if event.account else []
    head = Content.assemble(
        (f" {' · '.join(who)}", "bold"), (f"  {tell_clock(event.at, workspace.calendar)}", "$quiet")
    )
    lines = [head.truncate(width, ellipsis=True)]
    told = _clipped(wrapped(_told(event, workspace), width), width, _MOST_LINES)
    lines += [Content.styled(f" {line}", style_of(event)) for line in told]
    rule = rules_of(workspace.policy).get(event.rule or "")
    if rule is not None:
        text = f"{rule.id} ({SOURCES[rule.source]}): {rule.text}"
        first, *rest = _clipped(wrapped(text, width, indent=len(rule.id) + 1), width, _LINES - len(lines))
        lines.append(Content.assemble((f" {rule.id}", "bold"), (first.removeprefix(rule.id), "$quiet")))
        lines += [Content.styled(f" {line}", "$quiet") for line in rest]
    return lines


def _clipped(lines: Sequence[str], width: int, most: int) -> Sequence[str]:
    """At most `most` lines; the last one shows that there were more."""
    return (
        lines if len(lines) <= most else (*lines[: most - 1], fit(f"{lines[most - 1]} {lines[most]}", width).rstrip())
    )


def _told(event: Event, workspace: Workspace) -> str:
    return one_line(tell(event, workspace.currency_of(event.account), workspace.calendar, workspace.clock))
