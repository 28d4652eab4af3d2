"""Explains an instance as lines of a given width: its state, the reason, what comes next, and its history."""

from typing import Final, NamedTuple

from textual.content import Content

from core.ahead.foresight import coming
from core.base.money import group_amount
from core.rules.rulebook import rules_of
from core.words.sentences import tell, tell_coming, tell_distance, tell_length, tell_moment
from core.workspace.workspace import Workspace
from core.world.events import Event
from core.world.model import AUTO, ENTERPRISE, LEGACY_PUBLIC, MANUAL, RELEASED, Instance
from core.world.severity import DATA_LOST, SERVICE_LOST, badness
from tui.live.session import Session
from tui.text.cells import cut_id, one_line, wrapped
from tui.text.states import KINDS, state_content, style_of
from tui.widgets.dates import released_words, short_day

SOURCES: Final = {
    "vendor": "vendor documentation",
    "ours": "our interpretation",
    "both": "vendor documentation; details are our interpretation",
}
"""The name of each rule source."""
_LOST: Final = {SERVICE_LOST: "service stops", DATA_LOST: "data deleted"}
"""What is lost at each badness."""
_SHORT_ID: Final = 24
"""The width in cells of an id that shares its line with other text."""


class Reason(NamedTuple):
    """Why an instance is in its state."""

    rule: str
    source: str
    text: str


def reason(instance: Instance, workspace: Workspace) -> Reason:
    """Why an instance is in its state: the rule, the rule's source and its text."""
    if instance.rule is None:
        return Reason("I1", "", "Already in this state when the fleet was loaded.")
    rule = rules_of(workspace.policy)[instance.rule]
    return Reason(rule.id, SOURCES[rule.source], rule.text)


class Ahead(NamedTuple):
    """A coming event: when (None: no date is set), what, the rule, its style, and how bad it is."""

    at: int | None
    what: str
    rule: str
    style: str
    bad: int


def what_comes(instance: Instance, session: Session) -> list[Ahead]:
    """The coming events of an instance if nobody acts: from the forecast or, if it has none, from its dates."""
    workspace = session.workspace
    forecast = session.forecasts.of(instance.account)
    events = [] if forecast is None else forecast.coming(instance, workspace.clock)
    if forecast is not None and events:
        currency = workspace.currency_of(instance.account)
        return [
            Ahead(
                event.at,
                tell_coming(event, forecast.short(event), currency, workspace.calendar, workspace.clock),
                event.rule or "", style_of(event), badness(event),
            )
            for event in events
        ]  # fmt: skip
    account = workspace.world.accounts[instance.account]
    timetable = workspace.timetable
    found = coming(instance, account, workspace.clock, workspace.policy, timetable)
    return [Ahead(item.at, item.what, item.rule, "", item.bad) for item in found]


def since(instance: Instance, workspace: Workspace) -> str:
    """Since when the instance is in its state: "since 10 Jul 00:00, 8 h". For a released one, only the day is given:
    "28 Jul, 16 d ago".
    """
    if instance.state == RELEASED:
        return released_words(instance, workspace)
    if instance.since is None:
        return "since before the start"
    when = tell_moment(instance.since, workspace.clock, workspace.calendar)
    return f"since {when}, {tell_length(workspace.clock - instance.since)}"


def summary(instance: Instance, workspace: Workspace, width: int) -> list[Content]:
    """What the instance is, and its state."""
    lines = [Content.styled(line, "bold") for line in wrapped(one_line(instance.id), width)]
    if instance.name != instance.id:
        lines += [Content(line) for line in wrapped(one_line(instance.name), width)]
    lines += _quiet(" · ".join(_what(instance)[:2]), width)
    lines += _quiet(f"account {one_line(instance.account)}", width)
    lines.append(Content(""))
    lines.append(state_content(instance.state))
    if instance.state == RELEASED:
        lines += [Content(line) for line in wrapped(f"released {released_words(instance, workspace)}", width)]
        return lines
    lines += _quiet(since(instance, workspace), width)
    if instance.expires is not None:
        lines += [Content(line) for line in wrapped(_expiry(instance, workspace), width)]
    return [*lines, *(Content(line) for line in wrapped(_terms(instance, workspace), width) if line)]


def _what(instance: Instance) -> list[str]:
    kind = KINDS[instance.kind] + (" trial" if instance.trial else "")
    return [kind, one_line(instance.region) or "no region", one_line(instance.account)]


def _expiry(instance: Instance, workspace: Workspace) -> str:
    assert instance.expires is not None
    clock, calendar = workspace.clock, workspace.calendar
    verb = "expires" if instance.expires > clock else "expired"
    when = tell_moment(instance.expires, clock, calendar).removesuffix(" 00:00")
    return f"{verb} {tell_distance(instance.expires, clock, calendar)}, {when}"


def _terms(instance: Instance, workspace: Workspace) -> str:
    """Its price, and how it is renewed."""
    currency = workspace.currency_of(instance.account)
    if instance.kind == LEGACY_PUBLIC:
        return f"{group_amount(instance.daily_charge, currency)} a day, pay as you go"
    if instance.kind != ENTERPRISE:
        return "devices online" if instance.devices_online else "no device online"
    return f"{group_amount(instance.monthly_price, currency)} a month, {_renewal(instance, workspace)}"


def _renewal(instance: Instance, workspace: Workspace) -> str:
    """How it is renewed: "auto-renewal every 3 mo, next try 7 Jul"."""
    mode, _, months, _ = instance.renewal
    if mode != AUTO:
        return "manual renewal" if mode == MANUAL else "non-renewal"
    payments = () if instance.state == RELEASED else workspace.timetable.payments(instance, workspace.clock)
    following = f"next try {short_day(payments[0], workspace)}" if payments else "no attempts left"
    return f"auto-renewal every {months} mo, {following}"


def why(instance: Instance, workspace: Workspace, width: int) -> list[Content]:
    """The rule behind the state, the rule's source and its text."""
    rule, source, text = reason(instance, workspace)
    head = Content.assemble(("Why", "bold $accent"), (f"  {rule}", "bold"))
    beside = Content.assemble(head, (f"  {source}", "$quiet"))
    heads = [beside] if beside.cell_length <= width else [head, *_quiet(source, width)]
    return [*heads, *(Content(line) for line in wrapped(text, width))]


def following(instance: Instance, session: Session, width: int, most: int, opens: str) -> list[Content]:
    """The next events, at most `most` of them; `opens` is the key that shows the rest."""
    ahead, workspace = what_comes(instance, session), session.workspace
    lines = [Content.styled("Next", "bold $accent")]
    for item in ahead[:most]:
        when = "" if item.at is None else tell_moment(item.at, workspace.clock, workspace.calendar) + " "
        lines += _dated(when, f"{item.what} ({item.rule})", item.style, width)
    if len(ahead) > most:
        lines += _quiet(f"and {len(ahead) - most} more: {opens}", width)
    return lines


def history(events: list[Event], workspace: Workspace, width: int) -> list[Content]:
    """What happened to the instance, latest first."""
    lines = [Content.styled("History", "bold $accent")]
    if not events:
        lines += _quiet("Nothing has happened to it yet.", width)
    for event in events:
        when = tell_moment(event.at, workspace.clock, workspace.calendar) + " "
        told = one_line(tell(event, workspace.currency_of(event.account), workspace.calendar, workspace.clock))
        rule = f" ({event.rule})" if event.rule else ""
        lines += _dated(when, told + rule, style_of(event), width)
    return lines


def in_three_lines(instance: Instance, session: Session) -> list[Content]:
    """The explanation in three lines, for a small screen: what, why, next."""
    workspace = session.workspace
    rule, _, text = reason(instance, workspace)
    return [
        Content.assemble(
            (cut_id(one_line(instance.id), _SHORT_ID), "bold"), "  ", state_content(instance.state),
            (f"  {since(instance, workspace)}  {' · '.join(_what(instance))}", "$quiet"),
        ),
        Content.assemble(("Why   ", "bold $accent"), (rule, "bold"), f" {text}"),
        Content.assemble(("Next  ", "bold $accent"), *_next(what_comes(instance, session), workspace)),
    ]  # fmt: skip


def _next(ahead: list[Ahead], workspace: Workspace) -> list[tuple[str, str]]:
    """The coming events in one line, the worst first: "data deleted 28 Jul (E2) · 13 Jul expires"."""
    if not ahead:
        return [("nothing is due", "")]
    worst, first = max(ahead, key=lambda item: item.bad), ahead[0]
    parts, told = [(_worst(worst, workspace), worst.style)], 1
    if first is not worst:
        parts += [(" · ", "$quiet"), (_dated_words(first, workspace), first.style)]
        told = 2
    return [*parts, (f", and {len(ahead) - told} more", "$quiet")] if len(ahead) > told else parts


def _worst(item: Ahead, workspace: Workspace) -> str:
    """The worst coming event: what is lost, then when."""
    lost = _LOST.get(item.bad)
    if lost is None or item.at is None:
        return _dated_words(item, workspace)
    when = tell_moment(item.at, workspace.clock, workspace.calendar).removesuffix(" 00:00")
    return f"{lost} {when} ({item.rule})"


def _dated_words(item: Ahead, workspace: Workspace) -> str:
    when = "" if item.at is None else tell_moment(item.at, workspace.clock, workspace.calendar) + " "
    return f"{when}{item.what} ({item.rule})"


def _quiet(text: str, width: int) -> list[Content]:
    return [Content.styled(line, "$quiet") for line in wrapped(text, width)]


def _dated(when: str, text: str, style: str, width: int) -> list[Content]:
    first, *rest = wrapped(when + text, width, indent=2)
    head = Content.assemble((first[: len(when)], "$quiet"), (first[len(when) :], style))
    return [head, *(Content.styled(line, style) for line in rest)]
