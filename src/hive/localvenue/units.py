"""Scaled integers: the venue's arithmetic is exact and fast because nothing in it is a fraction.

A size counts the smallest step of its coin, a price counts `10^-(6 - size decimals)` USD. Their
decimals sum to six for every perp, so `px * size` is a notional in millionths of a USD without any
rescaling; all money is held in those millionths (`_usd` of type int means that here).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

PERP_DECIMALS: Final = 6
"""Decimals of price and size together, and of money."""

USD: Final = 10**PERP_DECIMALS
"""One USD in millionths."""


def parse_units(text: str, decimals: int) -> int | None:
    """The units that canonical number text writes; None if it is finer than `decimals`."""
    whole, _, part = text.partition(".")
    if len(part) > decimals:
        return None
    return int(whole + part.ljust(decimals, "0"))


def units_text(units: int, decimals: int) -> str:
    """A number as the venue writes it: at least one decimal, none that says nothing."""
    if units < 0:
        return "-" + units_text(-units, decimals)
    if decimals == 0:
        return f"{units}.0"
    # Cutting text is four times as fast as dividing, and books are made of these.
    digits = str(units)
    if len(digits) <= decimals:
        digits = digits.zfill(decimals + 1)
    return f"{digits[:-decimals]}.{digits[-decimals:].rstrip('0') or '0'}"


def usd_text(usd: int) -> str:
    """Money as the venue writes it."""
    return units_text(usd, PERP_DECIMALS)


def ratio_text(numerator: int, denominator: int, decimals: int) -> str:
    """A quotient as the venue writes it, rounded to `decimals`."""
    return units_text(divided(numerator * 10**decimals, denominator), decimals)


def divided(numerator: int, denominator: int) -> int:
    """The nearest whole number to a quotient; a half goes away from zero."""
    assert denominator > 0
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def units_of(number: Decimal, decimals: int) -> int:
    """The units of an exact number, which must not be finer than `decimals`."""
    scaled = number.scaleb(decimals)
    units = int(scaled)
    assert units == scaled, (number, decimals)
    return units


def decimal_of(units: int, decimals: int) -> Decimal:
    """The exact number of so many units."""
    return Decimal(units).scaleb(-decimals)


def usd_of(usd: Decimal) -> int:
    """An amount of money in millionths; finer digits are cut."""
    return int(usd.scaleb(PERP_DECIMALS))
