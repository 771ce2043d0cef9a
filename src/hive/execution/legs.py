"""The parts of an order that the venue knows one by one."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.identifiers import Oid

ZERO: Final = Decimal(0)


class Leg:
    """One oid of an order. `size` is absolute, None where only a fill told us of the leg."""

    __slots__ = ("filled", "is_cut", "is_over", "oid", "size")

    def __init__(self, oid: Oid, size: Decimal | None) -> None:
        self.oid = oid
        self.size = size
        self.filled = ZERO
        self.is_over = False
        self.is_cut = False
        """The venue ended it at less than was sent (what is left of an immediate order)."""

    @property
    def is_whole(self) -> bool:
        """Every fill it will ever get is here."""
        return self.size is not None and self.filled >= self.size


class Replacement(msgspec.Struct, frozen=True):
    """A replace in flight: the order's size and price once it succeeds."""

    size: Decimal
    limit_px: Decimal
    sent_size: Decimal
    """What the new leg was asked to have: the size less what had filled then."""
    is_trim: bool = False
    """Ours, not the strategy's."""
