"""An account's money: paying, settling bills, becoming overdue and clear (M2, C1 to C5), and new bills (B1, B3)."""

from collections.abc import Iterator

from core.rules.lifecycle import ACCOUNT_CLEARED, ACCOUNT_OVERDUE
from core.simulation.agenda import SETTLEMENT
from core.simulation.credit import drawn_from_coupons, funds
from core.simulation.engine import Engine
from core.world.events import AccountCleared, AccountOverdue, BillIssued, BillSettled, NoticeSent
from core.world.model import RESTORING, Account, Bill, Instance

_LOW_BALANCE = NoticeSent("sms", "low_balance")
_OVERDUE = NoticeSent("email", "account_overdue")
_CLEARED = NoticeSent("email", "account_cleared")


def pay(engine: Engine, account: Account, amount: int) -> tuple[int, int]:
    """Pay a charge that `funds` covers: from coupons first, the rest from the balance (M2).

    Returns both parts: from coupons, from the balance.
    """
    rest = amount
    for coupon, part in drawn_from_coupons(account, amount, engine.world.clock):
        coupon.remaining -= part
        rest -= part
    before = account.balance
    account.balance = after = before - rest
    alert = account.low_balance_alert
    # C3: only a movement from at or above the threshold to below it sends the SMS.
    if alert is not None and after < alert <= before:
        engine.notify(account.id, None, "N1", _LOW_BALANCE)
    engine.changed_accounts.add(account.id)
    return amount - rest, rest


def settle_bills(engine: Engine, account: Account) -> None:
    """Settle unpaid bills in full, oldest first, and make the account overdue or clear (C1)."""
    clock = engine.world.clock
    while account.unpaid and funds(account, clock) >= account.unpaid[0].amount:
        bill = account.unpaid.pop(0)
        from_coupons, from_balance = pay(engine, account, bill.amount)
        engine.emit(account.id, None, "C1", BillSettled(bill.id, bill.amount, from_coupons, from_balance))
    if account.unpaid and account.overdue_since is None:
        account.overdue_since = clock
        engine.emit(account.id, None, "C1", AccountOverdue())
        engine.notify(account.id, None, "N2", _OVERDUE)
        _update_legacy(engine, account, ACCOUNT_OVERDUE)
    elif not account.unpaid and account.overdue_since is not None:
        account.overdue_since = None
        engine.emit(account.id, None, "C1", AccountCleared())
        engine.notify(account.id, None, "N2", _CLEARED)
        _update_legacy(engine, account, ACCOUNT_CLEARED)
    engine.changed_accounts.add(account.id)


def _update_legacy(engine: Engine, account: Account, trigger: str) -> None:
    """Apply a change of the account to its legacy instances (L1, L2). It affects no other kind (E3, P1)."""
    for instance in engine.legacy_of(account):
        if engine.can_enter(instance, trigger):
            engine.enter(instance, trigger)
            if instance.state == RESTORING:
                start_restoration(engine, instance)
            engine.schedule(instance, SETTLEMENT)


def start_restoration(engine: Engine, instance: Instance) -> None:
    """Start a restoration now. It completes after the restore delay (C4, R3, L2)."""
    instance.restored_at = engine.world.clock + engine.policy.restore_delay


def issue_bill(engine: Engine, account: Account, name: str, amount: int, rule: str, note: str | None = None) -> None:
    """Issue a bill of `amount` minor units (B1, B3) without settling it (C1).

    Its id is `name`, or `name` with a number if an unpaid bill has that id.
    """
    taken = {bill.id for bill in account.unpaid}
    name = next(candidate for candidate in _names(name) if candidate not in taken)
    account.unpaid.append(Bill(name, engine.world.clock, amount))
    engine.changed_accounts.add(account.id)
    engine.emit(account.id, None, rule, BillIssued(name, amount, note))


def _names(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1
