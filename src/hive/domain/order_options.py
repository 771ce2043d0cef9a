"""What few orders have and most do without: a trigger, a parent, a fee for a builder, a short life.

They stand together in one value, so that a plain limit order carries a single None of them.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from hive.domain.identifiers import Address, Cloid
from hive.domain.market import Side

TRIGGER_SLIPPAGE_PCT: Final = 10
"""A market order that was triggered reaches so far beyond its trigger (protocol.md 2.6)."""


class TriggerKind(StrEnum):
    """Which way the price has to go, in the venue's words."""

    STOP = "sl"
    """Against the position: a seller's stop waits below the market, a buyer's above."""
    TAKE_PROFIT = "tp"


class Trigger(msgspec.Struct, frozen=True):
    """Wait until the venue's *mark* price reaches `px` (USD), then trade.

    With `is_market` at the best prices there are, up to a tenth beyond the trigger; else at the
    order's limit price, where it may rest.
    """

    kind: TriggerKind
    px: Decimal
    is_market: bool = True

    def is_above(self, side: Side) -> bool:
        """Whether the mark must rise to it: for the profits of sellers and the stops of buyers."""
        return (side is Side.BUY) is (self.kind is TriggerKind.STOP)


class BuilderFee(msgspec.Struct, frozen=True):
    """A fee on top of the venue's, for whoever built the client.

    The account must have approved it (`approveBuilderFee`, signed by its own key, not an agent's).
    """

    address: Address
    tenths_bps: int
    """In tenths of a basis point; at most 100 on perps."""


class Unit(msgspec.Struct, frozen=True):
    """Orders that leave in one signed action or not at all, in their order."""

    first: Cloid
    is_family: bool = False
    """The first is an entry and the others wait for it: the venue lets them, and ends those of
    them that another's fill leaves nothing to close."""


class Child(msgspec.Struct, frozen=True):
    """An order that protects what an entry opens."""

    cloid: Cloid
    trigger: Trigger
    limit_px: Decimal


class OrderOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an order has beyond side, size, price and time in force."""

    trigger: Trigger | None = None
    parent: Cloid | None = None
    """The entry that this order protects: it begins to wait once that one is filled."""
    children: tuple[Child, ...] = ()
    """Of an entry: what protects it."""
    unit: Unit | None = None
    builder: BuilderFee | None = None
    """The venue takes it with new orders only. A replace of what opens a position is refused
    (`builder`); that of an exit goes, and what comes of it pays none."""
    good_for_ms: int | None = None
    """Refused by the venue if it arrives later than so long after it was sent; so are its replaces.
    """
