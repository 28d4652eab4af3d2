"""The phrases of the palette, each a word with an argument: "advance 30d", "go 2026-08-15", "filter state:expired"."""

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from core.base.errors import shown
from core.base.money import group_amount
from core.simulation.renewals import period_price
from core.words.sentences import tell_clock, tell_distance, whole_years
from tui.commands.keymap import Keymap
from tui.commands.obstacles import Situation
from tui.commands.table import LOG, ON_TABLES, WITH_FILTER
from tui.dialogs.go_to import FAR, read_when
from tui.lists.filtering import read_filter
from tui.lists.log_filtering import read_log_filter
from tui.live.pacer import SPEEDS
from tui.text.cells import one_line

_MONTHS: Final = re.compile(r"0*([0-9]{1,3}) ?(?:mo|months?)?")


class Reading(NamedTuple):
    """The meaning of a phrase: a sentence that says what will be done, and the Textual action that does it. Without an
    action, the sentence says what is invalid or impossible. An `unusual` phrase needs a second enter.
    """

    told: str
    action: str | None = None
    unusual: bool = False


class Setting(NamedTuple):
    """The context of a phrase: a screen, its situation, the names of the themes, and the key map."""

    screen: str
    situation: Situation
    themes: Sequence[str]
    keymap: Keymap


class Phrase(NamedTuple):
    """A word that takes an argument. `why_not` gives the reason why a setting rules it out, whatever the argument."""

    verb: str
    example: str
    beside: str
    """The command that does the same without an argument, or asks for it."""
    help: str
    read: Callable[[str, Setting], Reading]
    screens: frozenset[str] | None = None
    """The screens on which it is valid; None means all."""

    @property
    def label(self) -> str:
        """How the phrase is written."""
        return f"{self.verb} {self.example}"


def _when(text: str, setting: Setting) -> Reading:
    workspace = setting.situation.workspace
    to = read_when(text, workspace)
    if isinstance(to, str):
        return Reading(to)
    when, far = tell_clock(to, workspace.calendar), tell_distance(to, workspace.clock, workspace.calendar)
    unusual = whole_years(workspace.clock, to, workspace.calendar) >= FAR
    return Reading(f"Moves the clock to {when}, {far}.", f"app.advance_to({to})", unusual)


def _filter(text: str, setting: Setting) -> Reading:
    problem = read_log_filter(text)[1] if setting.screen == LOG else read_filter(text).problem
    if problem is not None:
        return Reading(f"{problem[:1].upper()}{problem[1:]}.")
    where = "" if setting.screen in WITH_FILTER else "Goes to the Overview and "
    verb = "shows" if where else "Shows"
    return Reading(f"{where}{verb} only what matches.", f"app.filter_by({text!r})")


def _renew(text: str, setting: Setting) -> Reading:
    situation = setting.situation
    sold = situation.workspace.policy.months_sold
    found = _MONTHS.fullmatch(text.casefold())
    if found is None or int(found[1]) not in sold:
        return Reading(f"{shown(text)} is not a period that is sold: choose {', '.join(map(str, sold))} months.")
    why_not = setting.keymap.by_name["renew"].why_not(situation)
    if why_not is not None:
        return Reading(why_not)
    months, (first, *others) = int(found[1]), situation.instances
    if others:
        whom = f"{len(situation.instances):,} instances for {months} mo"
    else:
        price = period_price(first.monthly_price, months)
        currency = situation.workspace.currency_of(first.account)
        whom = f"{one_line(first.id)} for {months} mo, {group_amount(price, currency)}"
    return Reading(f"Asks whether to renew {whom}.", f"screen.renew({months})")


def _theme(text: str, setting: Setting) -> Reading:
    wanted = text.casefold()
    found = [name for name in setting.themes if name == wanted] or [
        name for name in setting.themes if name.startswith(wanted)
    ]
    if len(found) == 1:
        return Reading(f"Theme {found[0]}.", f"app.set_theme({found[0]!r})")
    if found:
        return Reading(f"Several themes begin with {shown(text)}: {', '.join(found)}.")
    return Reading(f"There is no theme {shown(text)}: there are {', '.join(setting.themes)}.")


def _speed(text: str, setting: Setting) -> Reading:
    wanted = text.casefold().removesuffix("/s").removesuffix(" a second").strip()
    for place, speed in enumerate(SPEEDS):
        number, unit = speed.title.removesuffix("/s").split()
        if wanted in (f"{number} {unit}", f"{number}{unit}", *([unit] if number == "1" else [])):
            return Reading(f"Plays at {speed.title}.", f"app.set_speed({place})")
    return Reading(f"{shown(text)} is not a speed: choose {', '.join(speed.title for speed in SPEEDS)}.")


PHRASES: Final = (
    Phrase("speed", "1 week/s", "slower", "How fast the clock plays.", _speed),
    Phrase("advance", "30d", "go-to", "Move the clock on by 30d, 2w or 3mo, or to a date.", _when),
    Phrase("go", "2026-08-15", "go-to", "Move the clock to a date, or to a date and a time.", _when),
    Phrase("filter", "within:7d", "search", "Show only what matches, like the filter field.", _filter),
    Phrase("renew", "3", "renew", "Ask to renew the selection for 3 months.", _renew, ON_TABLES),
    Phrase("theme", "lapse-light", "theme", "Another theme, by its name or first letters.", _theme),
)
"""All phrases."""


def phrases_on(screen: str) -> list[Phrase]:
    """The phrases that are valid on a screen."""
    return [phrase for phrase in PHRASES if phrase.screens is None or screen in phrase.screens]


def split_phrase(text: str, phrases: Sequence[Phrase]) -> tuple[Phrase, str] | None:
    """The phrase at the start of a text, and its argument, which may be empty; None if there is no phrase."""
    verb, _, argument = text.strip().partition(" ")
    return next(((phrase, argument.strip()) for phrase in phrases if phrase.verb == verb.casefold()), None)


def read_phrase(text: str, setting: Setting) -> Reading | None:
    """The meaning of a phrase in a setting; None if the text is not a phrase."""
    found = split_phrase(text, phrases_on(setting.screen))
    return None if found is None or not found[1] else found[0].read(found[1], setting)
