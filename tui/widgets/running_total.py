"""The running total of a selection: the number of instances, their price, the money available, and whether it is
enough.
"""

from collections.abc import Mapping
from typing import Final

from rich.cells import cell_len
from textual.content import Content

from core.ahead.renewal_preview import quote
from core.base.money import group_amount
from core.simulation.credit import funds
from core.workspace.workspace import Workspace
from core.world.model import Account
from tui.lists.marks import Total
from tui.text.cells import cut, fit, one_line
from tui.widgets.tab_line import Part

LINES: Final = 2
PERIODS: Final = (1, 3, 12)
"""The periods in months whose prices are shown."""
_NAME: Final = 32
FINAL: Final = "released: can't be renewed any more (I2)"


def running_total(
    totals: Mapping[str, Total], who: str | None, workspace: Workspace, width: int, released: int = 0
) -> Content:
    """Two lines for the marked instances, by account, or for the single instance `who`. `released` is the number of
    released instances in the selection, which are not counted.
    """
    accounts = workspace.world.accounts
    chosen = [(accounts[name], total) for name, total in totals.items()]
    if not chosen:
        name = cut(one_line(who), _NAME) if who is not None else f"{released:,} marked"
        return Content.assemble((f" {name}", "bold"), (f"   {FINAL}", "$quiet")) if released else Content("")
    number = sum(total.number for _, total in chosen)
    title = cut(one_line(who), _NAME) if who is not None else f"{number:,} marked"
    title += f" and {released:,} released" if released else ""
    if len(chosen) == 1:
        return Content("\n").join(_one_account(*chosen[0], title, workspace, width))
    if len(chosen) <= LINES:
        first, *others = _aligned(chosen, workspace)
        final = f"  {released:,} {FINAL}" if released else ""
        if first.cell_length + len(final) > width:
            final = f"  {released:,} released"
        return Content("\n").join([Content.assemble(first, (final, "$quiet")), *others])
    return Content("\n").join(_many_accounts(chosen, title, workspace))


def verdict(account: Account, missing: int) -> Part:
    """Whether the money is enough, in words, and the style of these words."""
    if account.overdue_since is not None:
        return "! account overdue", "$state-overdue"
    if missing:
        return f"x short {group_amount(missing, account.currency)}", "$state-expired"
    return "+ enough", "$state-running"


def _one_account(account: Account, total: Total, title: str, workspace: Workspace, width: int) -> list[Content]:
    clock, currency = workspace.clock, account.currency
    there = group_amount(funds(account, clock), currency)
    first = Content.assemble(
        (f" {title}", "bold"), f"   {group_amount(total.monthly, currency)} a month",
        (f"   {one_line(account.id)} has {there}, coupons included", "$quiet"),
    )  # fmt: skip
    second = Content("")
    for months in PERIODS if account.overdue_since is None else PERIODS[:1]:
        found = quote(total.monthly, months, account, clock)
        told = Content.assemble(
            f"{'   ' if second else ' '}{months} mo {group_amount(found.price, currency)} ",
            verdict(account, found.missing),
        )
        if months in workspace.policy.months_sold and second.cell_length + told.cell_length <= width:
            second = Content.assemble(second, told)
    return [first, second]


def _aligned(chosen: list[tuple[Account, Total]], workspace: Workspace) -> list[Content]:
    """A line for each account, with aligned columns."""
    clock = workspace.clock
    rows = [
        (
            cut(one_line(account.id), _NAME),
            f"{total.number:,} marked",
            f"{group_amount(total.monthly, account.currency)} a month",
            f"has {group_amount(funds(account, clock), account.currency)}",
        )
        for account, total in chosen
    ]
    widths = [max(cell_len(row[place]) for row in rows) for place in range(4)]
    return [
        Content.assemble(
            (f" {fit(row[0], widths[0])}  {fit(row[1], widths[1], right=True)}", "bold"),
            f"  {fit(row[2], widths[2], right=True)}",
            (f"  {fit(row[3], widths[3])}  ", "$quiet"),
            verdict(account, quote(total.monthly, 1, account, clock).missing),
        )
        for row, (account, total) in zip(rows, chosen, strict=True)
    ]


def _many_accounts(chosen: list[tuple[Account, Total]], title: str, workspace: Workspace) -> list[Content]:
    clock = workspace.clock
    short = [
        account
        for account, total in chosen
        if account.overdue_since is not None or quote(total.monthly, 1, account, clock).missing
    ]
    first = Content.assemble(
        (f" {title}", "bold"), f" on {len(chosen):,} accounts",
        ("   an order is for one account (R4); setting the way of renewal is not", "$quiet"),
    )  # fmt: skip
    enough = len(chosen) - len(short)
    parts: list[Part] = [(" for a month:", "$quiet")]
    if enough:
        parts.append((f" + enough on {enough:,}", "$state-running"))
    if short:
        names = ", ".join(cut(one_line(account.id), _NAME) for account in short[:3])
        more = f" and {len(short) - 3:,} more" if len(short) > 3 else ""
        parts.append((f"   x not enough on {names}{more}", "$state-expired"))
    return [first, Content.assemble(*parts)]
