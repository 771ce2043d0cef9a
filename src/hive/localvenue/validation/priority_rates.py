"""Priority rates: what orders pay to come first within their class of a block (protocol.md 2.6).

Taken for batches that only take or only post, of perps; paid as a share of what trades, on top of
the fee.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hive.hyperliquid.actions import OrderWire, PriorityGrouping
from hive.localvenue.validation.order_rules import StaticFault

SCALE: Final = 100_000_000
RATE_MAX: Final = 80_000
"""Eight basis points."""
SPOT_FROM: Final = 10_000
BUILDER_PERPS_FROM: Final = 100_000

TOO_HIGH: Final = "Priority rate is too high."
MIXED: Final = "Priority rates are only for batches of IOC orders or of ALO orders that may open."
"""The venue's own words for these are not known."""


def fault(wires: Sequence[OrderWire], grouping: object) -> StaticFault | None:
    """Why a batch may not pay for priority."""
    if not isinstance(grouping, PriorityGrouping):
        return None
    if grouping.p > RATE_MAX:
        return StaticFault(TOO_HIGH)
    tifs = {wire.t.limit.tif if wire.t.limit else None for wire in wires}
    is_taking = tifs == {"Ioc"}
    is_posting = tifs == {"Alo"} and not any(wire.r for wire in wires)
    is_perps = all(not SPOT_FROM <= wire.a < BUILDER_PERPS_FROM for wire in wires)
    return None if (is_taking or is_posting) and is_perps else StaticFault(MIXED)


def owed_usd(notional_usd: int, rate: int) -> int:
    return notional_usd * rate // SCALE
