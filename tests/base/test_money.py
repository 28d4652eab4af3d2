"""Amounts: which values are read, which are refused, and how they are written (M1)."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.errors import BadInput
from core.base.money import DECIMALS, check_currency, format_amount, group_amount, parse_amount, share


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("1000.00", 100000), ("1000", 100000), ("1000.5", 100050), ("0", 0), ("0.00", 0), ("0.01", 1), ("+5", 500),
        ("1,000.00", 100000), ("12,345,678.90", 1234567890), ("1 000.00", 100000), ("12 345 678", 1234567800),
        ("1\xa0000.00", 100000), ("12\u202f345\u202f678.90", 1234567890), ("1\u2009000,000", 100000000),
        ("\xa05.00\u202f", 500), ("\u20075", 500),
        ("  5.00  ", 500), ("\t5\n", 500), ("-0.00", 0), ("00005", 500), ("999999999999999.99", 99999999999999999),
        (5, 500), (0, 0), (Decimal("5.1"), 510), (Decimal("5.10"), 510), (Decimal("1E+2"), 10000), (Decimal("0.01"), 1),
    ],
)  # fmt: skip
def test_valid_amounts(written: object, minor: int) -> None:
    """M1: strings and JSON numbers, with spaces and thousands commas."""
    assert parse_amount(written, "CNY") == minor


@pytest.mark.parametrize(
    "written",
    [
        "", " ", ".", "-", "five", "NaN", "nan", "inf", "Infinity", "-Infinity", "1e3", "1E3", "1,00", "1,0000", ",100",
        "1,,000", "1.000.00", "1 00",
        "1\xa000", "1\xa0\xa0000", "1\n000", "1\u2028000", "1'000", "1\u2019000",
        "5-", "--5", "5 CNY", "¥5", "0x10", "１２", "1_000", "5.0.0", "- 5", "1000,00",
        "9" * 16, "1" + "0" * 15, True, False, None, [], {}, ["5"], 1.5, float("nan"), Decimal("NaN"), Decimal("sNaN"),
        Decimal("Infinity"), Decimal("1E+40"), 10**15, 10**4000, b"5",
    ],
    ids=lambda written: repr(written)[:20],
)  # fmt: skip
def test_invalid_amounts(written: object) -> None:
    """M1: NaN, infinities, text with an exponent, a bool, a float, an amount that is too large, anything else."""
    with pytest.raises(BadInput) as caught:
        parse_amount(written, "CNY")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("written", "currency", "fits"),
    [
        ("5.12", "CNY", True), ("5.123", "CNY", False), ("5.120", "CNY", False), ("5", "JPY", True), ("5.0",
        "JPY", False),
        ("5.5", "JPY", False), ("5.123", "KWD", True), ("5.1234", "KWD", False), ("5.1234", "CLF", True),
        (Decimal("5.123"), "USD", False), (Decimal("1E-3"), "USD", False),
    ],
)  # fmt: skip
def test_the_currencys_decimals(written: object, currency: str, fits: bool) -> None:
    """M1: more decimals than the currency has are bad input, even if they are zeros."""
    if fits:
        parse_amount(written, currency)
    else:
        with pytest.raises(BadInput, match="decimals"):
            parse_amount(written, currency)


def test_negative_amounts() -> None:
    """Negative amounts are bad input unless the caller allows them."""
    for written in ("-5", -5, Decimal("-0.01"), "-1,000.00"):
        with pytest.raises(BadInput, match="negative"):
            parse_amount(written, "CNY")
    assert parse_amount("-1,000.01", "CNY", negative=True) == -100001


def test_json_numbers_never_pass_through_a_float() -> None:
    """The contract: 0.1 + 0.2 is exactly 0.30, and 90071992547409.93 keeps all its digits."""
    numbers = json.loads("[0.1, 0.2, 90071992547409.93]", parse_float=Decimal)
    assert [parse_amount(number, "CNY") for number in numbers] == [10, 20, 9007199254740993]


@pytest.mark.parametrize(
    ("minor", "currency", "text", "grouped"),
    [
        (100000, "CNY", "1000.00", "CNY 1,000.00"), (0, "CNY", "0.00", "CNY 0.00"), (1, "USD", "0.01", "USD 0.01"),
        (-1, "USD", "-0.01", "USD -0.01"), (-123456, "CNY", "-1234.56", "CNY -1,234.56"), (0, "JPY", "0", "JPY 0"),
        (-1234567, "JPY", "-1234567", "JPY -1,234,567"), (5, "KWD", "0.005", "KWD 0.005"), (99, "CNY", "0.99",
        "CNY 0.99"),
        (10**17 + 1, "CNY", "1000000000000000.01", "CNY 1,000,000,000,000,000.01"),
    ],
)  # fmt: skip
def test_how_amounts_are_written(minor: int, currency: str, text: str, grouped: str) -> None:
    """M1: with the currency's own number of decimals."""
    assert format_amount(minor, currency) == text
    assert group_amount(minor, currency) == grouped


@settings(derandomize=True, database=None)
@given(st.integers(-(10**16), 10**16), st.sampled_from(["CNY", "JPY", "KWD", "CLF"]))
def test_a_written_amount_is_read_back(minor: int, currency: str) -> None:
    """M1: exactly, at any size that can be read."""
    assert parse_amount(format_amount(minor % 10**15, currency), currency) == minor % 10**15
    assert parse_amount(format_amount(-(minor % 10**15), currency), currency, negative=True) == -(minor % 10**15)


@pytest.mark.parametrize("code", ["", "cny", "RMB", "XXX", "CN", "CNYY", "¥", "BTC"])
def test_unknown_currencies(code: str) -> None:
    """Only ISO 4217 codes are currencies."""
    with pytest.raises(BadInput, match="currency"):
        check_currency(code)


def test_currencies() -> None:
    """M1: CNY 2, USD 2, JPY 0."""
    assert [DECIMALS[check_currency(code)] for code in ("CNY", "USD", "EUR", "JPY", "KRW", "KWD")] == [2, 2, 2, 0, 0, 3]


@pytest.mark.parametrize(
    ("amount", "part", "whole", "shared"),
    [(1, 1, 2, 1), (1, 43199, 86400, 0), (5, 1, 2, 3), (3, 1, 2, 2), (0, 1, 2, 0), (7, 0, 2, 0), (7, 2, 2, 7),
     (10, 1, 3, 3), (20, 1, 3, 7), (10**17 + 1, 1, 2, 5 * 10**16 + 1)],
)  # fmt: skip
def test_a_share_is_rounded_half_up(amount: int, part: int, whole: int, shared: int) -> None:
    """M1, B2."""
    assert share(amount, part, whole) == shared
