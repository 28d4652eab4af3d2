"""Top-up from a dialog that lacks money: opens the top-up dialog over it, then updates it."""

from collections.abc import Callable

from core.simulation.credit import available_credit
from core.world.actions import TopUp
from core.world.model import Account
from tui.dialogs.dialog import Dialog, Result
from tui.dialogs.top_up import Suggestion, TopUpDialog
from tui.live.session import Session


def wanted_for(what: str, price: int, account: Account, clock: int) -> Suggestion | None:
    """The minimum top-up with which an account can pay a price after its unpaid bills are settled (C1); None if it
    already can.
    """
    missing = price - available_credit(account, clock)
    return Suggestion(what, None, missing) if missing > 0 else None


async def top_up_from(
    dialog: Dialog[Result], session: Session, account: Account, wanted: Suggestion | None, again: Callable[[], None]
) -> None:
    """Open the top-up dialog over `dialog`, top up, then call `again` so that `dialog` updates itself."""

    def done(action: TopUp | None) -> None:
        if action is not None and session.act(action) is not None:
            again()

    await dialog.app.push_screen(TopUpDialog(session, account, wanted), done)
