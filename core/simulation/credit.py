"""How much an account can spend and how much it owes (M2, C5), in minor units of its currency."""

from core.world.model import Account, Coupon


def usable_coupons(account: Account, clock: int) -> list[Coupon]:
    """The coupons that a charge at `clock` can use, in the order in which it uses them (M2)."""
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
    """The coupons that a charge of `amount` at `clock` uses, each with the part it pays, in the order of M2."""
    parts: list[tuple[Coupon, int]] = []
    for coupon in usable_coupons(account, clock):
        if not amount:
            break
        part = min(coupon.remaining, amount)
        parts.append((coupon, part))
        amount -= part
    return parts


def funds(account: Account, clock: int) -> int:
    """The money that a charge at `clock` can use: the balance plus the usable coupons (M2)."""
    available = account.balance
    for coupon in usable_coupons(account, clock):
        available += coupon.remaining
    return available


def unpaid_sum(account: Account) -> int:
    """The sum of the account's unpaid bills."""
    return sum(bill.amount for bill in account.unpaid)


def available_credit(account: Account, clock: int) -> int:
    """Available credit as displayed: balance plus usable coupons minus unpaid bills (C5)."""
    return funds(account, clock) - unpaid_sum(account)
