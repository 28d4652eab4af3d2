"""All commands of the dashboard in one table. The bindings, the key bar, the palette and the help are made from it.

The table is checked when it is imported: no key may mean two things on one screen, and the keys reserved for going back
in time must stay free.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from tui.commands.key_names import key_name
from tui.commands.obstacles import (
    Obstacle,
    Situation,
    cant_buy,
    cant_continue,
    cant_enable,
    cant_renew,
    cant_set_manual,
    cant_set_non_renewal,
    cant_upgrade,
    is_kept,
    no_account,
    no_devices,
    no_filter,
    no_instance,
)

if TYPE_CHECKING:
    from textual.binding import Binding

OVERVIEW: Final = "overview"
RENEWAL: Final = "renewal"
ACCOUNT: Final = "account"
LOG: Final = "log"
MODES: Final = (OVERVIEW, RENEWAL, ACCOUNT)
DIALOG: Final = "dialog"
LONG_RUN: Final = "long run"
GREETING: Final = "greeting"
OPENING: Final = "opening"

EVERYWHERE: Final = frozenset((*MODES, LOG))
ON_MODES: Final = frozenset(MODES)
ON_LOG: Final = frozenset((LOG,))
ON_OVERVIEW: Final = frozenset((OVERVIEW,))
ON_RENEWAL: Final = frozenset((RENEWAL,))
OFF_RENEWAL: Final = EVERYWHERE - ON_RENEWAL
ON_ACCOUNT: Final = frozenset((ACCOUNT,))
ON_TABLES: Final = frozenset((OVERVIEW, RENEWAL))
LISTS: Final = EVERYWHERE | {DIALOG, GREETING}
WITH_FILTER: Final = ON_TABLES | ON_LOG
IN_GREETING: Final = frozenset((GREETING,))
FROM_THE_FIRST: Final = EVERYWHERE | IN_GREETING
IN_OPENING: Final = frozenset((OPENING,))
IN_DIALOGS: Final = frozenset((DIALOG,))
IN_LONG_RUNS: Final = frozenset((LONG_RUN,))

GROUPS: Final = ("Time", "Move", "Find", "Mark", "Act", "Program")
KEPT_FREE: Final = frozenset(("comma", "left", "shift+left", "left_square_bracket", "left_curly_bracket", "z", "Z"))
"""Keys reserved for future commands: going back in time, undo and redo."""


class Command(NamedTuple):
    """One thing a person can do. `action` is Textual's action; its prefix, "app." or "screen.", says which of the two
    runs it.
    """

    name: str
    keys: tuple[str, ...]
    label: str
    group: str
    action: str
    help: str
    screens: frozenset[str] = EVERYWHERE
    obstacle: Obstacle | None = None

    def why_not(self, situation: Situation) -> str | None:
        """Why the command isn't possible now, in one sentence; None if it is."""
        return None if self.obstacle is None else self.obstacle(situation)

    @property
    def key(self) -> str:
        """The command's first key, as people write it."""
        return key_name(self.keys[0])


COMMANDS: Final = (
    Command("play", ("p",), "play", "Time", "app.play", "Let the clock run, or pause it."),
    Command(
        "until-bad", ("b",), "until bad", "Time", "app.play_until_bad",
        "Play until something freezes, falls overdue, stops, expires or is released, or a payment fails.",
    ),
    Command("faster", ("plus", "equals_sign"), "faster", "Time", "app.speed(1)", "Faster, up to a month a second."),
    Command("slower", ("minus",), "slower", "Time", "app.speed(-1)", "Slower, down to an hour a second."),
    Command("next-event", ("full_stop",), "next event", "Time", "app.next_event", "Move the clock to the next event."),
    Command("day", ("right", "right_square_bracket"), "day", "Time", "app.step(1)", "Move the clock a day ahead."),
    Command(
        "week", ("shift+right", "right_curly_bracket"), "week", "Time", "app.step(7)", "Move the clock a week ahead.",
    ),
    Command("go-to", ("d",), "date", "Time", "app.go_to", "Move the clock to a date, or by +30d."),

    Command("overview", ("1",), "Overview", "Move", "app.mode('overview')", "The whole fleet: states, and why."),
    Command("renewal", ("2",), "Renewal", "Move", "app.mode('renewal')", "What to renew, when, and for how much."),
    Command("account", ("3",), "Account", "Move", "app.mode('account')", "Balances, bills, coupons, the ledger."),
    Command("up", ("up", "k"), "up", "Move", "screen.move(-1)", "The row above.", LISTS),
    Command("down", ("down", "j"), "down", "Move", "screen.move(1)", "The row below.", LISTS),
    Command("page-up", ("pageup",), "page up", "Move", "screen.page(-1.0)", "A page up.", LISTS),
    Command("page-down", ("pagedown",), "page down", "Move", "screen.page(1.0)", "A page down.", LISTS),
    Command("half-up", ("ctrl+u",), "half up", "Move", "screen.page(-0.5)", "Half a page up.", LISTS),
    Command("half-down", ("ctrl+d",), "half down", "Move", "screen.page(0.5)", "Half a page down.", LISTS),
    Command("first", ("g", "home"), "first", "Move", "screen.end(-1)", "The first row.", LISTS),
    Command("last", ("G", "end"), "last", "Move", "screen.end(1)", "The last row.", LISTS),
    Command(
        "next-pane", ("tab",), "next pane", "Move", "screen.pane(1)", "The next pane; j k then move in it.",
        OFF_RENEWAL,
    ),
    Command(
        "previous-pane", ("shift+tab",), "previous pane", "Move", "screen.pane(-1)", "The previous pane.", OFF_RENEWAL,
    ),
    Command("next-tab", ("tab",), "next tab", "Move", "screen.pane(1)", "Manual, Auto, Non-renewal.", ON_RENEWAL),
    Command("previous-tab", ("shift+tab",), "previous tab", "Move", "screen.pane(-1)", "The previous tab.", ON_RENEWAL),
    Command(
        "open", ("enter",), "open", "Move", "screen.open", "The whole history, or an event's instance.", ON_OVERVIEW,
    ),
    Command(
        "event-to-instance", ("enter",), "instance", "Move", "app.to_instance", "Show it on the Overview.", ON_LOG,
        no_instance,
    ),
    Command(
        "to-instance", ("enter",), "to instance", "Move", "screen.open", "Go to the instance of this line.", ON_ACCOUNT,
    ),
    Command("inbox", ("i",), "inbox", "Move", "app.inbox", "Show the account's inbox, or its ledger."),
    Command("back", ("escape",), "back", "Move", "screen.back", "Close what is open, then clear marks and filter."),

    Command(
        "filter", ("slash",), "filter", "Find", "screen.filter",
        'Words of any column, "words together", in 3 d, today; or account: region: state: kind: within:30d.', ON_TABLES,
    ),
    Command(
        "search", ("slash",), "filter", "Find", "screen.filter",
        'Words, "words together", or instance: account: kind:renewed state: rule:A6 bad:service on:2026-07.', ON_LOG,
    ),
    Command(
        "next-match", ("n",), "next match", "Find", "screen.match(1)", "The next match, wrapping round.",
        WITH_FILTER, no_filter,
    ),
    Command(
        "previous-match", ("N",), "previous match", "Find", "screen.match(-1)", "The previous match, wrapping round.",
        WITH_FILTER, no_filter,
    ),
    Command("log", ("l",), "log", "Find", "app.log", "Search everything that happened.", ON_MODES),
    Command(
        "log-of", ("L",), "its events", "Find", "app.log_of", "The log of the instance or account under the cursor.",
        obstacle=no_account,
    ),
    Command(
        "window", ("f",), "days to expiry", "Find", "screen.window", "Within 7, 15, 30 days, expired, or all.",
        ON_RENEWAL,
    ),
    Command("sort", ("s",), "sort", "Find", "screen.sort", "Sort by the next column.", ON_TABLES),
    Command("reverse", ("S",), "reverse", "Find", "screen.reverse", "Reverse the order.", ON_TABLES),
    Command("palette", ("colon", "ctrl+p"), "commands", "Find", "app.palette", "Find a command by name."),
    Command("help", ("question_mark", "f1"), "help", "Find", "app.help", "The keys that work here."),

    Command("mark", ("space",), "mark", "Mark", "screen.mark", "Mark or unmark the row.", ON_TABLES, no_instance),
    Command("mark-all", ("a",), "mark all", "Mark", "screen.mark_all", "Mark all rows shown.", ON_TABLES, no_instance),
    Command("copy", ("y",), "copy id", "Mark", "screen.copy_ids", "The id, or all marked ids.", ON_TABLES, no_instance),
    Command("copy-event", ("y",), "copy event", "Mark", "screen.copy_event", "The whole line.", ON_LOG),

    Command("renew", ("r",), "renew", "Act", "screen.renew", "Shows prices and new dates.", ON_TABLES, cant_renew),
    Command("buy", ("B",), "buy", "Act", "screen.buy", "Buy a new instance.", EVERYWHERE, cant_buy),
    Command(
        "upgrade", ("u",), "upgrade", "Act", "screen.upgrade", "Upgrade a public instance to Enterprise.", ON_TABLES,
        cant_upgrade,
    ),
    Command(
        "top-up", ("t", "ctrl+t"), "top up", "Act", "screen.top_up", "Top up the account.",
        EVERYWHERE | IN_DIALOGS, no_account,
    ),
    Command(
        "coupon", ("C",), "coupon", "Act", "screen.grant_coupon", "Grant the account a coupon.", EVERYWHERE, no_account,
    ),
    Command(
        "charge", ("dollar_sign",), "charge", "Act", "screen.charge", "Bill the account.", EVERYWHERE, no_account,
    ),
    Command("alert", ("A",), "alert", "Act", "screen.alert", "Set the low balance threshold.", EVERYWHERE, no_account),
    Command(
        "auto-renewal", ("e",), "auto-renewal", "Act", "screen.auto_renewal", "Turn it on, or change its period.",
        ON_TABLES, cant_enable,
    ),
    Command(
        "manual", ("m",), "manual", "Act", "screen.set_manual", "Set to manual renewal.", ON_TABLES, cant_set_manual,
    ),
    Command(
        "non-renewal", ("x",), "non-renewal", "Act", "screen.set_non_renewal", "Like manual, but with one reminder.",
        ON_TABLES, cant_set_non_renewal,
    ),
    Command(
        "continue-trial", ("c",), "continue trial", "Act", "screen.continue_trial", "Run a frozen instance again.",
        ON_TABLES, cant_continue,
    ),
    Command(
        "devices", ("o",), "devices on/off", "Act", "screen.devices", "Turn a public instance's devices on or off.",
        ON_TABLES, no_devices,
    ),

    Command("import", ("I",), "import", "Program", "app.import_fleet", "Import a fleet from a file."),
    Command(
        "keep", ("K",), "keep", "Program", "app.keep", "Keep the fleet in a new file.", obstacle=is_kept,
    ),
    Command("settings", ("O",), "settings", "Program", "app.settings", "Theme, columns, lifeline, mouse, symbols."),
    Command("theme", ("T",), "theme", "Program", "app.next_theme", "The next theme.", FROM_THE_FIRST),
    Command(
        "quit", ("q", "ctrl+q", "ctrl+c"), "quit", "Program", "app.quit", "Quit; what is saved in the file stays.",
        FROM_THE_FIRST | IN_OPENING,
    ),

    Command(
        "suspend", ("ctrl+z",), "suspend", "Program", "app.suspend_process", "Go to the shell; fg comes back.",
        FROM_THE_FIRST | IN_OPENING | IN_DIALOGS | IN_LONG_RUNS,
    ),

    Command("begin", ("enter",), "begin", "Move", "screen.begin", "Begin with this choice.", IN_GREETING),
    Command("import-first", ("I",), "import", "Program", "screen.import_first", "Begin from a file.", IN_GREETING),
    Command("begin-empty", ("B",), "buy", "Act", "screen.begin_empty", "Begin with one account only.", IN_GREETING),

    Command("confirm", ("enter",), "confirm", "Move", "screen.confirm", "Do it.", IN_DIALOGS),
    Command("leave", ("escape",), "cancel", "Move", "screen.leave", "Cancel; nothing is done.", IN_DIALOGS),
    Command("next-field", ("tab",), "next field", "Move", "screen.field(1)", "The next field.", IN_DIALOGS),
    Command(
        "field-before", ("shift+tab",), "previous field", "Move", "screen.field(-1)", "The previous field.", IN_DIALOGS,
    ),
    Command("tick", ("space",), "tick", "Mark", "screen.tick", "Tick or untick.", IN_DIALOGS),
    Command(
        "leave-out", ("o",), "leave out", "Mark", "screen.leave_out", "Leave out those that can't be done.", IN_DIALOGS,
    ),
    Command("quit-dialog", ("ctrl+q",), "quit", "Program", "app.quit", "Quit the program.", IN_DIALOGS),
    Command("cancel", ("escape", "q", "ctrl+q", "ctrl+c"), "stop", "Time", "screen.cancel", "Stop here.", IN_LONG_RUNS),
)  # fmt: skip
"""All commands, in the order in which the help shows them."""


class Clash(ValueError):
    """Two commands, `first` and `second`, have the same key on one screen."""

    def __init__(self, key: str, screen: str, first: str, second: str) -> None:
        super().__init__(f"{key} on {screen} means both {first} and {second}")
        self.key, self.screen, self.first, self.second = key, screen, first, second


def check(commands: Iterable[Command]) -> dict[str, Command]:
    """The commands by name, after checking them.

    Raises ValueError for a name that occurs twice, an unknown group, an action without a prefix and a reserved key, and
    Clash for a key that would mean two things on one screen.
    """
    by_name: dict[str, Command] = {}
    taken: dict[tuple[str, str], str] = {}
    for command in commands:
        if command.name in by_name:
            raise ValueError(f"the command {command.name} is there twice")
        if command.group not in GROUPS:
            raise ValueError(f"{command.name}: there is no group {command.group}")
        if not command.action.startswith(("app.", "screen.")):
            raise ValueError(f"{command.name}: {command.action} must say on what it runs")
        for key in command.keys:
            if key in KEPT_FREE:
                raise ValueError(f"{command.name}: the key {key} is kept free")
            for screen in sorted(command.screens):
                if taken.get((screen, key), command.name) != command.name:
                    raise Clash(key, screen, taken[screen, key], command.name)
                taken[screen, key] = command.name
        by_name[command.name] = command
    return by_name


BY_NAME: Final = check(COMMANDS)
"""Each command by its name."""


def of_screen(screen: str) -> list[Command]:
    """The commands that are valid on a screen, in the table's order."""
    return [command for command in COMMANDS if screen in command.screens]


def bindings(screen: str) -> "list[Binding]":
    """Textual's bindings of a screen's keys to its commands. The user's own keys replace them by the command's name."""
    from textual.binding import Binding

    return [
        Binding(",".join(command.keys), f"screen.run('{command.name}')", command.label, show=False, id=command.name)
        for command in of_screen(screen)
    ]
