"""What an account has to spend and what it owes (M2, C5), read from its state."""

from core.world.model import Account, Coupon


def usable_coupons(account: Account, clock: int) -> list[Coupon]:
    """The coupons a charge at `clock` draws on, in the order it uses them (M2)."""
    if not account.coupons:
        return account.coupons
    usable = [
        coupon
        for coupon in account.coupons
        if coupon.remaining
        and (coupon.starts is None or coupon.starts <= clock)
        and (coupon.expires is None or clock < coupon.expires)
    ]
    if len(usable) > 1:
        usable.sort(key=lambda coupon: (coupon.expires is None, coupon.expires or 0, coupon.id))
    return usable


def drawn_from_coupons(account: Account, amount: int, clock: int) -> list[tuple[Coupon, int]]:
    """The coupons that a charge at `clock` draws on, each with what it gives, in the order of M2."""
    parts: list[tuple[Coupon, int]] = []
    for coupon in usable_coupons(account, clock):
        if not amount:
            break
        part = min(coupon.remaining, amount)
        parts.append((coupon, part))
        amount -= part
    return parts


def funds(account: Account, clock: int) -> int:
    """What a charge at `clock` can draw on: the balance and the usable coupons (M2)."""
    available = account.balance
    for coupon in usable_coupons(account, clock):
        available += coupon.remaining
    return available


def unpaid_sum(account: Account) -> int:
    """The sum of the account's unpaid bills."""
    return sum(bill.amount for bill in account.unpaid)


def available_credit(account: Account, clock: int) -> int:
    """Available credit as shown: balance and usable coupons less unpaid bills (C5)."""
    return funds(account, clock) - unpaid_sum(account)
