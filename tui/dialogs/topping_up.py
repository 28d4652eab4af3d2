"""Topping up from a dialog that lacks the money: the top-up over it, and then the dialog anew."""

from collections.abc import Callable

from core.simulation.credit import available_credit
from core.world.actions import TopUp
from core.world.model import Account
from tui.dialogs.dialog import Dialog, Result
from tui.dialogs.top_up import Suggestion, TopUpDialog
from tui.live.session import Session


def wanted_for(what: str, price: int, account: Account, clock: int) -> Suggestion | None:
    """The least to top up so that an account can pay a price, its unpaid bills being settled first (C1); None where it
    can already.
    """
    missing = price - available_credit(account, clock)
    return Suggestion(what, None, missing) if missing > 0 else None


async def top_up_from(
    dialog: Dialog[Result], session: Session, account: Account, wanted: Suggestion | None, again: Callable[[], None]
) -> None:
    """Ask how much over a dialog, top up, and let the dialog look `again`."""

    def done(action: TopUp | None) -> None:
        if action is not None and session.act(action) is not None:
            again()

    await dialog.app.push_screen(TopUpDialog(session, account, wanted), done)
