"""Numbers as the venue writes them: plain decimals, never an exponent (protocol.md 2.5).

Prices and sizes travel as text, because the signature covers the text. There is one way to write
a number that is signed: at most eight decimals, no zero at either end that says nothing.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Final

import msgspec

from hive.domain.errors import IllegalOrder

Unsigned = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""An id, a time or a count on the wire."""

DECIMALS_MAX: Final = 8
TEXT_LENGTH_MAX: Final = 64
"""Longer text is refused unread; no price or size needs a third of it."""

_NUMBER: Final = re.compile(r"0*(0|[1-9][0-9]{0,19})(?:\.(?=[0-9])([0-9]{0,8}?)0*)?")


def wire_text(number: Decimal) -> str:
    """The one text of a price or size that the venue signs over: `Decimal("20.50")` is "20.5".

    Raises:
        IllegalOrder: it is negative, not finite, or has more than eight decimals.
    """
    text = str(number)
    if text.isdecimal():
        return text
    if "E" in text or not text[0].isdecimal():
        if not number.is_finite() or (number.is_signed() and number):
            raise IllegalOrder("number", f"{number} is not a number that an order may carry")
        text = f"{abs(number):f}"
    if "." in text:
        text = text.rstrip("0")
        if len(text) - text.index(".") - 1 > DECIMALS_MAX:
            raise IllegalOrder("decimals", f"{number} has more than {DECIMALS_MAX}")
    return text.removesuffix(".")


def canonical_text(text: str) -> str | None:
    """The one text for the number that `text` writes, zero padding removed; None if it is not one.

    Signs, exponents, a ninth decimal that is not zero and words like NaN are not numbers here.
    """
    if len(text) > TEXT_LENGTH_MAX:
        return None
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    whole, part = match.groups()
    return f"{whole}.{part}" if part else whole
