"""Who and what: addresses, order ids, strategy ids.

A `Cloid` is the one id that is ours before the venue has heard of the order. It is packed from six
numbers, so that after any crash an order found at the venue names its strategy by itself:

    tag 16 | instance 16 | account 16 | strategy 16 | boot epoch 24 | sequence 40      (128 bits)

The epoch grows with every start and is synced to disk before the first order of that start, so a
cloid is never issued twice, whatever was lost.
"""

from __future__ import annotations

import re
from typing import Final, NewType

import msgspec

from hive.domain.errors import MalformedIdentifier

Address = NewType("Address", str)
"""`0x` and forty lower-case hex digits."""

StrategyId = NewType("StrategyId", str)
"""A strategy's name, unique in its process."""

DESK: Final = StrategyId("hive.desk")
"""Orders by which the desk closes an account's positions; what they trade is divided among those
who held it."""

Cloid = NewType("Cloid", str)
"""Our order id: `0x` and 32 lower-case hex digits."""

Oid = NewType("Oid", int)
"""The venue's order id; a replace gives the order a new one."""

TradeId = NewType("TradeId", int)
"""The venue's 50-bit hash of a match, shared by both sides; never unique on its own."""

CLOID_TAG: Final = 0x4869
_HEX_BY_FIELD: Final = (4, 4, 4, 4, 6, 10)
_ADDRESS: Final = re.compile(r"(?:0x)?([0-9a-fA-F]{40})")
_CLOID: Final = re.compile(r"0x[0-9a-fA-F]{32}")


class CloidFields(msgspec.Struct, frozen=True):
    """What a cloid of ours says. Each number is unsigned and bounded by its width."""

    instance: int
    account: int
    strategy: int
    epoch: int
    sequence: int


def pack_cloid(fields: CloidFields) -> Cloid:
    """The cloid that carries these fields.

    Raises:
        MalformedIdentifier: a field does not fit its width.
    """
    numbers = (
        CLOID_TAG,
        fields.instance,
        fields.account,
        fields.strategy,
        fields.epoch,
        fields.sequence,
    )
    for number, digits in zip(numbers, _HEX_BY_FIELD, strict=True):
        if not 0 <= number < 16**digits:
            raise MalformedIdentifier(
                f"{fields} does not fit a cloid: {number} needs ≤ {digits} hex digits"
            )
    return Cloid("0x%04x%04x%04x%04x%06x%010x" % numbers)  # noqa: UP031 (half the cost of a format call)


def unpack_cloid(cloid: str) -> CloidFields | None:
    """The fields of a cloid of ours; None for anybody else's."""
    if _CLOID.fullmatch(cloid) is None or int(cloid[2:6], 16) != CLOID_TAG:
        return None
    numbers: list[int] = []
    start = 2
    for digits in _HEX_BY_FIELD:
        numbers.append(int(cloid[start : start + digits], 16))
        start += digits
    return CloidFields(*numbers[1:])


def parse_cloid(text: str) -> Cloid:
    """The canonical (lower-case) form of any cloid, ours or not.

    Raises:
        MalformedIdentifier: it is not `0x` and 32 hex digits.
    """
    if _CLOID.fullmatch(text) is None:
        raise MalformedIdentifier(f"{text[:40]!r} is not a cloid (0x and 32 hex digits)")
    return Cloid(text.lower())


def parse_address(text: str) -> Address:
    """The canonical form of an address; the `0x` may be absent, `0X` is refused (protocol.md 0.1).

    Raises:
        MalformedIdentifier: it is not forty hex digits.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise MalformedIdentifier(f"{text[:50]!r} is not an address (0x and 40 hex digits)")
    return Address("0x" + match[1].lower())
