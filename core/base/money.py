"""Exact money (M1): an amount is a whole number of the currency's minor units, never a binary float."""

import re
from typing import Final

from core.base.errors import BadInput, shown

# The currencies of ISO 4217 by their number of decimals.
_TWO_DECIMALS: Final = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR
IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN
NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB
TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_OTHER_DECIMALS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
DECIMALS: Final[dict[str, int]] = dict.fromkeys(_TWO_DECIMALS.split(), 2) | {
    code: decimals for decimals, codes in _OTHER_DECIMALS.items() for code in codes.split()
}
"""The number of decimals of each currency, by its ISO 4217 code."""

_MAX_DIGITS: Final = 15
_MAX_KEPT: Final = 40
"""The most digits of a stored amount: enough for the sum of as many amounts as there can be events."""
_NUMBER: Final = re.compile(r"([+-]?)([0-9]{1,3}(?:[ ,][0-9]{3})+|[0-9]+)?(?:\.([0-9]*))?")
_SPACES: Final = str.maketrans(dict.fromkeys("\xa0\u2007\u2009\u202f", " "))
"""Maps the no-break and thin spaces that spreadsheets and web pages put between thousands to plain spaces."""


class KeptAmount(str):
    """An amount that `format_amount` wrote. `parse_amount` reads it even if it has more digits than an input may."""

    __slots__ = ()


def check_currency(code: str) -> str:
    """The code itself, if it is an ISO 4217 currency. Raises BadInput."""
    if code not in DECIMALS:
        raise BadInput(f"{shown(code)} is not a currency: give an ISO 4217 code such as CNY, USD or JPY")
    return code


def parse_amount(value: object, currency: str, *, negative: bool = False) -> int:
    """Read an amount into minor units of `currency` (M1).

    Accepts a string, or an int or Decimal from JSON. A string may have spaces around it, and commas, spaces or no-break
    spaces between thousands. Raises BadInput for anything else, for more decimals than the currency has, for NaN and
    infinities, for more than 15 digits before the point unless it is a KeptAmount, and for negative amounts unless
    `negative` is set.
    """
    text = value.strip().translate(_SPACES) if isinstance(value, str) else plain_number(value)
    match = _NUMBER.fullmatch(text)
    if match is None or not any(character.isdigit() for character in text):
        raise BadInput(f'{shown(value)} is not an amount: write it like "1000.00"')
    sign, whole, fraction = match[1], re.sub("[ ,]", "", match[2] or ""), match[3] or ""
    decimals = DECIMALS[currency]
    if len(fraction) > decimals:
        raise BadInput(f"{shown(value)} has more decimals than {currency} has ({decimals})")
    if len(whole.lstrip("0")) > _MAX_DIGITS and not isinstance(value, KeptAmount):
        raise BadInput(f"{shown(value)} is too large: {_MAX_DIGITS} digits before the point at most")
    minor = int((whole.lstrip("0") or "0") + fraction.ljust(decimals, "0"))
    if sign == "-":
        if minor and not negative:
            raise BadInput(f"{shown(value)} is negative: an amount here is zero or more")
        minor = -minor
    return minor


def format_amount(minor: int, currency: str) -> str:
    """The amount as text with the currency's decimals: 100000 CNY is "1000.00"."""
    decimals = DECIMALS[currency]
    if not decimals:
        return str(minor)
    sign, digits = ("-", -minor) if minor < 0 else ("", minor)
    text = str(digits).zfill(decimals + 1)
    return f"{sign}{text[:-decimals]}.{text[-decimals:]}"


def read_amount(text: str, currency: str) -> int:
    """Read an amount that `format_amount` wrote, of at most 40 digits, into minor units. Raises ValueError."""
    whole, _, fraction = text.partition(".")
    digits = whole.removeprefix("-") + fraction
    plain = digits.isascii() and digits.isdigit() and len(digits) <= _MAX_KEPT
    if not plain or len(fraction) != DECIMALS[currency]:
        raise ValueError("no amount")
    return int(whole + fraction)


def group_amount(minor: int, currency: str) -> str:
    """The amount for people, with thousands commas: "CNY 12,500.50"."""
    sign = "-" if minor < 0 else ""
    whole, point, fraction = format_amount(abs(minor), currency).partition(".")
    return f"{currency} {sign}{int(whole):,}{point}{fraction}"


def share(amount: int, part: int, whole: int) -> int:
    """`amount` x `part` / `whole`, rounded half up to a minor unit (M1). The arguments must not be negative."""
    return (2 * amount * part + whole) // (2 * whole)


def plain_number(value: object) -> str:
    """An int or a Decimal as text, without an exponent if its size is sensible; "" for anything else."""
    # Imported here because most commands read amounts as text only, and `decimal` takes long to load.
    from decimal import Decimal

    if isinstance(value, Decimal):
        sensible = value.is_finite() and abs(value.adjusted()) <= 30
        return format(value, "f") if sensible else str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**30 else "9" * 31
    return ""
