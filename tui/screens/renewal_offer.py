"""The pane beside the list of the Renewal screen: the prices and the future of the selected instance."""

from typing import Final

from textual.content import Content

from core.ahead.forecast import Attempt
from core.ahead.renewal_preview import quote, reminders, renewed_until
from core.base.money import group_amount
from core.simulation.credit import funds
from core.words.sentences import tell_coming, tell_day, tell_moment
from core.workspace.workspace import Workspace
from core.world.events import StateChanged
from core.world.model import AUTO, RELEASED, Instance
from core.world.severity import badness
from tui.live.session import Session
from tui.text.cells import one_line, wrapped
from tui.text.states import content_style, style_of
from tui.widgets.explaining import Ahead, summary, what_comes
from tui.widgets.lifeline import dates, lifeline, scale_of
from tui.widgets.outcomes import outcome
from tui.widgets.running_total import FINAL, PERIODS, verdict
from tui.widgets.scrolled import Scrolled
from tui.widgets.tab_line import Part

_WAITING: Final = "Looking ahead..."
_GAP: Final = 2
_APART: Final = " " * _GAP
_OUTCOME: Final = 24
"""Most cells for the outcome of a payment."""

Line = tuple[Part, ...]


class RenewalOffer(Scrolled):
    """The lifeline of one instance, the prices of some periods, its payments, and what happens if nobody acts."""

    can_focus = False

    def __init__(self, session: Session) -> None:
        super().__init__(id="offer")
        self._session = session
        self._instance: Instance | None = None

    def show(self, instance: Instance | None) -> None:
        """Show an instance; None shows that none is selected."""
        before = None if self._instance is None else self._instance.id
        if self.scroll_offset.y and (instance is None or instance.id != before):
            self.scroll_home(animate=False)
        self._instance = instance
        self.write(self._explain)

    def _explain(self, width: int) -> list[Content]:
        if self._instance is None:
            return [Content.styled("No instance is selected.", "$quiet")]
        return offer_lines(self._instance, self._session, width)


def offer_lines(instance: Instance, session: Session, width: int) -> list[Content]:
    """The content of the pane, in lines of at most `width` cells."""
    workspace = session.workspace
    lines = [*summary(instance, workspace, width), Content(""), *_lifeline(instance, session, width)]
    if instance.state == RELEASED:
        return [*lines, Content(""), *(Content.styled(line, "$quiet") for line in wrapped(FINAL, width))]
    lines += [Content(""), *_prices(instance, workspace, width)]
    if instance.renewal.mode == AUTO:
        lines += [Content(""), *_payments(instance, session, width)]
    else:
        lines += [Content(""), *_reminders(instance, workspace, width)]
    return [*lines, Content(""), *_if_nobody_acts(instance, session, width)]


def _heading(title: str, note: str, width: int) -> list[Content]:
    """A heading with a note beside it or, if there is no room, below it."""
    beside = Content.assemble((title, "bold $accent"), (f"  {note}", "$quiet"))
    if not note or beside.cell_length <= width:
        return [beside]
    return [Content.styled(title, "bold $accent"), *(Content.styled(line, "$quiet") for line in wrapped(note, width))]


def _lifeline(instance: Instance, session: Session, width: int) -> list[Content]:
    workspace, forecast = session.workspace, session.forecasts.of(instance.account)
    heading = Content.styled("Lifeline", "bold $accent")
    if forecast is None:
        return [heading, Content.styled(_WAITING, "$quiet")]
    clock, calendar = workspace.clock, workspace.calendar
    scale = scale_of(clock, calendar, width, session.settings.horizon or None)
    cells = lifeline(forecast.outlook(instance, clock), forecast.until, scale, calendar)
    bar = Content.assemble(*((text, content_style(style)) for text, style in cells))
    return [heading, Content.styled(dates(scale, clock, calendar), "$quiet"), bar]


def _prices(instance: Instance, workspace: Workspace, width: int) -> list[Content]:
    """The price of each period, the new expiry, and whether the account can pay it (R1, R2, M2)."""
    account, clock, calendar = workspace.world.accounts[instance.account], workspace.clock, workspace.calendar
    there = group_amount(funds(account, clock), account.currency)
    rows: list[tuple[str, str, str, Part]] = []
    for months in PERIODS:
        if months in workspace.policy.months_sold:
            found = quote(instance.monthly_price, months, account, clock)
            until = renewed_until(instance, months, clock, workspace.policy)
            told = "too late" if until is None else f"to {tell_day(until, clock, calendar)}"
            price = group_amount(found.price, account.currency)
            rows.append((f"{months} mo", price, told, verdict(account, found.missing)))
    sizes = [max((len(row[place]) for row in rows), default=0) for place in range(3)]
    longest = max((len(row[3][0]) for row in rows), default=0)
    beside = sum(sizes) + longest + 3 * _GAP <= width
    lines = _heading("Prices", f"{one_line(account.id)} has {there}, coupons included", width)
    for number, price, day, words in rows:
        first: Part = (f"{number:>{sizes[0]}}{_APART}{price:>{sizes[1]}}", "")
        last: Part = (f"{_APART}{day:<{sizes[2]}}", "$quiet")
        if beside:
            lines.append(Content.assemble(first, last, _APART, words))
        else:
            lines += [*_joined((first, last), width), Content.assemble(" " * (sizes[0] + _GAP), words)]
    return lines


def _payments(instance: Instance, session: Session, width: int) -> list[Content]:
    """The coming auto-renewal payments, each with its outcome if nobody acts (A2, A5, A6)."""
    workspace = session.workspace
    attempts = _attempts(instance, session)
    lines = [Content.styled("Payments", "bold $accent")]
    if attempts is None:
        return [*lines, Content.styled(_WAITING, "$quiet")]
    if not attempts:
        return [*lines, *(Content.styled(line, "$quiet") for line in wrapped("None in the coming months.", width))]
    currency = workspace.currency_of(instance.account)
    moments = [tell_moment(attempt.at, workspace.clock, workspace.calendar) for attempt in attempts]
    amounts = [group_amount(attempt.amount, currency) for attempt in attempts]
    room = (max(map(len, moments)), max(map(len, amounts)))
    for attempt, when, amount in zip(attempts, moments, amounts, strict=True):
        words, style = outcome(attempt, currency, _OUTCOME)
        line = (
            (f"{when:>{room[0]}}", "$quiet"),
            (f"{_APART}{amount:>{room[1]}}", ""),
            (f"{_APART}{words}", content_style(style)),
        )
        lines += _joined(line, width)
    return lines


def _attempts(instance: Instance, session: Session) -> tuple[Attempt, ...] | None:
    """The payment attempts in the forecast; None while there is no forecast."""
    forecast = session.forecasts.of(instance.account)
    return None if forecast is None else forecast.outlook(instance, session.workspace.clock).attempts


def _reminders(instance: Instance, workspace: Workspace, width: int) -> list[Content]:
    """The coming reminders to the instance's owner (N2)."""
    clock, calendar = workspace.clock, workspace.calendar
    told = ", ".join(tell_moment(at, clock, calendar) for at in reminders(instance, clock, workspace.timetable))
    lines = wrapped(told or "None is left.", width)
    return [
        Content.styled("Reminders", "bold $accent"),
        *(Content.styled(line, "" if told else "$quiet") for line in lines),
    ]


def _if_nobody_acts(instance: Instance, session: Session, width: int) -> list[Content]:
    """The state changes of the instance if nobody acts."""
    workspace = session.workspace
    forecast = session.forecasts.of(instance.account)
    if forecast is None:
        ahead = what_comes(instance, session)
    else:
        currency = workspace.currency_of(instance.account)
        ahead = [
            Ahead(
                event.at, tell_coming(event, 0, currency, workspace.calendar, workspace.clock),
                event.rule or "", style_of(event), badness(event),
            )
            for event in forecast.coming(instance, workspace.clock)
            if isinstance(event.fact, StateChanged)
        ]  # fmt: skip
    lines = [Content.styled("If nobody acts", "bold $accent")]
    if not ahead:
        reach = workspace.clock if forecast is None else forecast.until
        until = tell_day(reach, workspace.clock, workspace.calendar)
        stays = wrapped(f"It stays {instance.state} until {until} at least.", width)
        return [*lines, *(Content.styled(line, "$quiet") for line in stays)]
    moments = [
        "" if at is None else tell_moment(at, workspace.clock, workspace.calendar) for at in (item.at for item in ahead)
    ]
    room = max(map(len, moments))
    for item, moment in zip(ahead, moments, strict=True):
        when = f"{moment:>{room}} " if moment else ""
        lines += _joined(((when, "$quiet"), (f"{item.what} ({item.rule})", item.style)), width)
    return lines


def _joined(parts: Line, width: int) -> list[Content]:
    """Join parts in one line; a part that does not fit starts a new, indented line."""
    lines: list[Content] = []
    line = Content("")
    for text, style in parts:
        if line and line.cell_length + len(text.rstrip()) > width:
            lines.append(line)
            first, *rest = wrapped(text.strip(), max(width - 2, 1))
            lines += [Content.styled(f"  {part}", style) for part in (first, *rest)][:-1]
            line = Content.styled(f"  {rest[-1] if rest else first}", style)
        else:
            line = Content.assemble(line, (text, style))
    return [*lines, line]
