"""The order that closes a position at once, and never at just any price."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from hive.domain.instruments import Instrument
from hive.domain.market import Side

HUNDRED: Final = Decimal(100)


class Closing(NamedTuple):
    """A reduce-only order that takes what is there now. `size` in coins, `limit_px` in USD."""

    side: Side
    size: Decimal
    limit_px: Decimal


def closing_of(
    instrument: Instrument, held: Decimal, mark_px: Decimal, slippage_pct: Decimal
) -> Closing:
    """How to close a signed position at most so much worse than the mark; the tick rounds inwards.

    Raises:
        IllegalOrder: no legal price lies there.
    """
    side = Side.SELL if held > 0 else Side.BUY
    worst_px = mark_px * (HUNDRED + side.sign * slippage_pct) / HUNDRED
    return Closing(side, abs(held), instrument.round_px(worst_px, side=side))
