"""Numbers as they cross the border, and the guard that stands there.

The venue writes prices, sizes and money as JSON strings (protocol.md 0.1). Private messages keep
that text until it becomes a `Decimal`; that it *is* a number is proven when the frame is decoded,
so a malformed one is refused as a whole, at one place. Public messages become floats there and
then; their bounds (`domain.market.Px`, `Sz`) shut out NaN, infinity and nonsense. What is taken for
a number in a public message is JSON's own grammar, as text or bare: no blanks, underscores, signs
in front, hexadecimal or words.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Final

import msgspec

from hive.domain.errors import BadFrame
from hive.domain.instruments import ZERO

NUMBER_LENGTH_MAX: Final = 42
_NUMBER: Final = r"-?(?:0|[1-9][0-9]{0,19})(?:\.[0-9]{1,20})?"
_is_number: Final = re.compile(_NUMBER).fullmatch

NumberText = Annotated[str, msgspec.Meta(pattern=rf"\A{_NUMBER}\Z", max_length=NUMBER_LENGTH_MAX)]
"""Text proven to be a plain decimal number, of either sign."""

CloidText = Annotated[str, msgspec.Meta(pattern=r"\A0x[0-9a-fA-F]{32}\Z")]

AddressText = Annotated[str, msgspec.Meta(pattern=r"\A0x[0-9a-fA-F]{40}\Z")]

Id = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""An oid, a trade id or a count: a JSON integer."""

Ms = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""A time of the venue's, milliseconds since the epoch."""

Word = Annotated[str, msgspec.Meta(max_length=200)]
"""A status, a kind, a coin: short, of an open set."""

Rate = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
"""A funding rate or premium; either sign."""


def exact(text: str) -> Decimal:
    """The number that a text of the venue's writes, to the last digit.

    Raises:
        BadFrame: it is not a plain decimal number of at most twenty digits on either side.
    """
    if _is_number(text) is None:
        raise BadFrame(f"{text[:NUMBER_LENGTH_MAX]!r} is not a number")
    return proven(text)


def proven(text: NumberText) -> Decimal:
    """`exact` for a text that the decoder has proven; a zero has no sign."""
    return Decimal(text) or ZERO


def venue_text(number: Decimal) -> str:
    """The text in which the venue writes a number: at least one decimal ("20.0"), never "-0.0".

    The number must be finite.
    """
    assert number.is_finite(), number
    whole, _, part = f"{number:f}".partition(".")
    text = f"{whole}.{part.rstrip('0') or '0'}"
    return text if number else "0.0"
