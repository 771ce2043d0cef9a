"""A fill that is several owners', divided."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from hive.domain.identifiers import StrategyId
from hive.domain.market import Side
from hive.domain.orders import Fill


class FillShare(msgspec.Struct, frozen=True, kw_only=True):
    """One owner's part of a fill. `size` is signed, in coins; None is nobody's."""

    strategy: StrategyId | None
    size: Decimal
    fee: Decimal
    """In the fill's own token."""
    closed_pnl_usd: Decimal

    def of(self, fill: Fill) -> Fill:
        """The fill as this owner is told it: everything the venue said of it, at his size."""
        return msgspec.structs.replace(
            fill,
            side=Side.BUY if self.size > 0 else Side.SELL,
            size=abs(self.size),
            fee=self.fee,
            closed_pnl_usd=self.closed_pnl_usd,
        )
