"""The header: the account whose balance it shows, and the accounts in trouble, on every screen."""

from collections.abc import Sequence

import pytest
from textual.pilot import Pilot

from core.workspace.workspace import Workspace
from core.world.actions import TopUp
from tests.support.dashboards import NARROW, WIDE, app_of, driven, sample, text_of, workspace_of
from tests.support.ledger import Form, account, auto, bill, document, enterprise, legacy
from tui.app.lapse_app import LapseApp
from tui.live.troubles import FAILING, LOW, OVERDUE, Trouble

pytestmark = pytest.mark.usefixtures("unpainted")

CLOCK = "2026-07-01T00:00:00+08:00"
SIZES = [(60, 15), NARROW, (100, 30), WIDE, (160, 50)]
WELL = account("acme", balance="1234.50")
OWING = account("globex", unpaid=[bill("b1", "2026-06-30T04:00:00+08:00", "12.00")])
SHORT = account("initech", balance="1.00")
POOR = account("umbrella", balance="5.00", low_balance_alert="20.00")
FAILS = enterprise("ent-9", "2026-07-20", account="initech", renewal=auto())
ENT = enterprise("ent-1", "2026-07-03", account="acme")
"""The next loss, so the cursor starts on it."""


def fleet(*entries: Form) -> Workspace:
    """A fleet whose first account has no trouble."""
    return workspace_of(document([WELL, ENT, *entries], CLOCK))


def header(workspace: Workspace, size: tuple[int, int] = WIDE, keys: Sequence[str] = ()) -> str:
    """The first line of the screen after some keys."""
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> str:
        await pilot.press(*keys)
        await pilot.pause()
        return text_of(app).splitlines()[0]

    return driven(app, steps, size)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("keys", [(), ("2",), ("3",), ("l",)])
def test_the_header_names_the_account_of_the_balance(size: tuple[int, int], keys: Sequence[str]) -> None:
    assert "acme CNY 1,234.50" in header(fleet(), size, keys)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("keys", [(), ("2",), ("3",), ("l",)])
@pytest.mark.parametrize("others", [(OWING,), (SHORT, FAILS), (POOR,)])
def test_another_account_in_trouble_shows_on_every_screen(
    size: tuple[int, int], keys: Sequence[str], others: Sequence[Form]
) -> None:
    name = str(others[0]["id"])
    line = header(fleet(*others), size, keys)
    assert f"! {name[:4]}" in line
    assert "acme CNY 1,234.50" in line and "2026-07-01 00:00" in line


def test_the_header_says_what_is_wrong_if_there_is_room() -> None:
    wide = (160, 50)
    assert "! globex overdue" in header(fleet(OWING), wide)
    assert "! initech short 17 Jul" in header(fleet(SHORT, FAILS), wide)
    assert "! umbrella low" in header(fleet(POOR), wide)


@pytest.mark.parametrize("size", SIZES)
def test_with_several_in_trouble_the_worst_is_named_and_the_others_counted(size: tuple[int, int]) -> None:
    """Overdue is worse than a failing payment, which is worse than a low balance."""
    line = header(fleet(POOR, SHORT, FAILS, OWING), size)
    assert "! glo" in line and "+2" in line


def test_the_account_shown_says_its_own_trouble() -> None:
    workspace = workspace_of(document([OWING, WELL, legacy("leg-1", account="globex")], CLOCK))
    for size in SIZES:
        line = header(workspace, size)
        assert "globex CNY 0.00  !" in line
        assert line.count("globex") == 1, "it isn't told again among the others"
    assert "! overdue" in line


WORDS = {LOW: "low", FAILING: "short", OVERDUE: "overdue"}


@pytest.mark.parametrize("keys", [(), ("p",)])
@pytest.mark.parametrize("name", ["acme", "a" * 30])
def test_no_trouble_mark_is_without_text(keys: Sequence[str], name: str) -> None:
    """Each mark is followed by the trouble or the beginning of an account's id, at any width."""
    own = account(name, balance="512.50", low_balance_alert="1.00")
    due = enterprise("ent-1", "2026-07-11", monthly_price="600.00", account=name, renewal=auto())
    app = app_of(workspace_of(document([own, due, OWING, SHORT, FAILS], CLOCK)))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press(*keys)
        for width in range(60, 164, 4):
            await pilot.resize_terminal(width, 30)
            await pilot.pause()
            line = text_of(app).splitlines()[0]
            assert "512.50" in line and "2026-07-0" in line and "! glo" in line
            for told in line.split("!")[1:]:
                word = told.split()[0]
                assert word.startswith("glo") or word in WORDS.values(), line

    driven(app, steps)


def test_the_missing_amount_says_within_how_many_days() -> None:
    due = enterprise("ent-2", "2026-07-11", monthly_price="600.00", account="acme", renewal=auto())
    assert "due in 30 days: CNY 600.00" in header(fleet(due), (160, 50))
    assert "due in 30 d: 600.00" in header(fleet(due, OWING), (112, 40))


def test_an_account_without_trouble_has_no_mark() -> None:
    assert "!" not in header(fleet())


def test_long_names_and_large_balances_never_cut_date_or_amount() -> None:
    long = account("a" * 60, balance="98765432.10")
    other = {**OWING, "id": "z" * 60}
    workspace = workspace_of(document([long, other, legacy("leg-1", account="a" * 60)], CLOCK))
    for size in SIZES:
        line = header(workspace, size)
        assert "2026-07-01 00:00" in line and "CNY 98,765,432.10" in line and "! zzz" in line


# Troubles, updated as the fleet changes


def troubles(app: LapseApp) -> dict[str, tuple[int, int]]:
    """The kind and instant of each account's trouble."""
    return {name: (trouble.what, trouble.at) for name, trouble in app.session.troubles.all().items()}


def test_troubles_follow_events_and_actions() -> None:
    workspace = fleet(OWING, SHORT, FAILS, POOR)
    app = app_of(workspace)
    day = workspace.calendar.parse

    async def steps(pilot: Pilot[None]) -> None:
        assert troubles(app) == {
            "globex": (OVERDUE, 0), "umbrella": (LOW, 0), "initech": (FAILING, day("2026-07-17 08:00")),
        }  # fmt: skip
        app.session.act(TopUp("globex", "50"))
        app.session.act(TopUp("umbrella", "50"))
        assert troubles(app) == {"initech": (FAILING, day("2026-07-17 08:00"))}
        app.session.advance(day("2026-07-18"))
        assert troubles(app) == {"initech": (FAILING, day("2026-07-19 08:00"))}, "the next payment that fails"
        app.session.act(TopUp("initech", "600"))
        assert troubles(app) == {}

    driven(app, steps)


@pytest.mark.parametrize("days", [0, 5, 9, 30])
def test_kept_troubles_equal_computed_ones(days: int) -> None:
    """After each day, the kept troubles equal those computed for each account of the sample fleet."""
    workspace = sample(days)
    app = app_of(workspace)

    async def steps(pilot: Pilot[None]) -> None:
        for _ in range(12):
            app.session.advance(workspace.clock + 86_400)
            found = {name: trouble.what for name, trouble in app.session.troubles.all().items()}
            for one in workspace.world.accounts.values():
                low = one.low_balance_alert is not None and one.balance < one.low_balance_alert
                if one.overdue_since is not None:
                    assert found.get(one.id) == OVERDUE
                elif found.get(one.id) != FAILING:
                    assert found.get(one.id) == (LOW if low else None)

    driven(app, steps)


def test_the_worst_trouble_comes_first() -> None:
    low, later, sooner, overdue = (
        Trouble(LOW, 0, "a"),
        Trouble(FAILING, 9, "b"),
        Trouble(FAILING, 5, "c"),
        Trouble(OVERDUE, 0, "d"),
    )
    assert sorted([low, later, sooner, overdue]) == [overdue, sooner, later, low]
