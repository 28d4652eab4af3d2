"""The command table: its validation, its keys, and a check that every command can run."""

import re
from collections.abc import Callable

import pytest
from textual.dom import DOMNode

from tests.support.dashboards import sample
from tui.app.lapse_app import LapseApp
from tui.commands.obstacles import Situation
from tui.commands.table import (
    BY_NAME,
    COMMANDS,
    DIALOG,
    EVERYWHERE,
    GREETING,
    KEPT_FREE,
    LONG_RUN,
    MODES,
    OPENING,
    OVERVIEW,
    Command,
    bindings,
    check,
    of_screen,
)
from tui.dialogs.dialog import Dialog
from tui.dialogs.long_run import LongRun
from tui.screens.account_screen import AccountScreen
from tui.screens.greeting_screen import Greeting
from tui.screens.log_screen import LogScreen
from tui.screens.opening_screen import Opening
from tui.screens.overview_screen import OverviewScreen
from tui.screens.renewal_screen import RenewalScreen

SCREENS: dict[str, Callable[..., DOMNode]] = {
    "overview": OverviewScreen,
    "renewal": RenewalScreen,
    "account": AccountScreen,
    "log": LogScreen,
    DIALOG: Dialog,
    LONG_RUN: LongRun,
    GREETING: Greeting,
    OPENING: Opening,
}


def command(name: str, key: str, screens: frozenset[str] = EVERYWHERE) -> Command:
    return Command(name, (key,), name, "Time", "app.play", "Does it.", screens)


def test_every_built_key_of_the_design_is_in_the_table() -> None:
    keys = {key for item in of_screen(OVERVIEW) for key in item.keys}
    wanted = (
        "p plus equals_sign minus full_stop right shift+right right_square_bracket right_curly_bracket d 1 2 3 up down "
        "j k g G ctrl+d ctrl+u pageup pagedown tab enter escape slash s S colon ctrl+p question_mark space a y "
        "r t e m x c o T q"
    )
    assert set(wanted.split()) <= keys
    assert not keys & KEPT_FREE


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        (command("first", "u"), "the command first is there twice"),
        (command("other", "p"), "p on account means both first and other"),
        (command("back-in-time", "z"), "back-in-time: the key z is kept free"),
        (command("other", "u")._replace(group="Fun"), "other: there is no group Fun"),
        (command("other", "u")._replace(action="play"), "other: play must say on what it runs"),
    ],
)
def test_a_contradictory_table_is_refused(second: Command, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        check((command("first", "p"), second))


def test_one_key_may_differ_between_screens() -> None:
    assert check((command("first", "p", frozenset(("overview",))), command("other", "p", frozenset(("account",)))))


def test_every_action_exists_on_every_screen_of_its_command() -> None:
    for item in COMMANDS:
        owner, _, call = item.action.partition(".")
        method = f"action_{call.partition('(')[0]}"
        for screen in item.screens:
            holder = LapseApp if owner == "app" else SCREENS[screen]
            assert hasattr(holder, method), f"{item.name} on {screen}: there is no {method}"


def test_bindings_come_only_from_the_table() -> None:
    session = LapseApp(sample(), name="sample").session
    for mode in MODES:
        bound = {key for binding in bindings(mode) for key in binding.key.split(",")}
        assert {key for key, _ in SCREENS[mode](session)._bindings} == bound


def test_help_sentences_are_sentences_and_labels_are_short() -> None:
    for item in COMMANDS:
        assert item.help[0].isupper() and item.help[-1] in ".:", item.name
        assert len(item.label) <= 14, item.name


def test_an_impossible_command_gives_the_reason_in_the_words_of_the_rules() -> None:
    workspace = sample()
    instances, accounts = workspace.world.instances, workspace.world.accounts

    def why_not(name: str, *ids: str) -> str | None:
        chosen = tuple(instances[item] for item in ids)
        return BY_NAME[name].why_not(Situation(workspace, chosen, accounts["acme"]))

    assert why_not("renew", "plant-01") is None
    assert why_not("renew", "legacy-01") == (
        "legacy-01 has no period to renew: only Enterprise Edition instances expire."
    )
    assert why_not("renew") == "No instance is selected."
    assert why_not("renew", "plant-01", "vending-01") is None, "the dialog names who is on another account"
    assert "legacy-01 has no period" in (why_not("renew", "legacy-01", "trial-01") or "")
    assert why_not("continue-trial", "trial-04") is None
    assert why_not("continue-trial", "trial-01") == "trial-01 is not frozen: its trial continues by itself."
    assert "not a new public instance" in (why_not("devices", "plant-01") or "")
    assert workspace.world.events == 0, "asking must not change the fleet"
