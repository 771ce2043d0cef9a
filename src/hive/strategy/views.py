"""What a strategy is shown of its positions, and told of orders that belong together."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import msgspec

from hive.domain.identifiers import Cloid
from hive.strategy.ports import Holding


class PositionView(msgspec.Struct, frozen=True, kw_only=True):
    """What this strategy holds of one coin: its own part of the account's position."""

    coin: str
    size: Decimal
    """Signed, in coins; zero when flat."""
    entry_px: Decimal | None
    """Average price of what is held; None when flat."""
    realized_usd: Decimal
    """Earned by closing, before fees and funding."""
    fees_usd: Decimal
    """Paid; negative when rebates were more."""
    funding_usd: Decimal
    """Received; negative when more was paid."""
    unrealized_usd: Decimal | None
    """At the mark price; None while no mark is known."""

    @property
    def is_flat(self) -> bool:
        return self.size == 0


class Bracket(NamedTuple):
    """An entry and what protects it, by cloid; None for what was not asked for."""

    entry: Cloid
    stop: Cloid | None
    take_profit: Cloid | None


class Protection(NamedTuple):
    """What protects a position, by cloid; None for what was not asked for."""

    stop: Cloid | None
    take_profit: Cloid | None


def position_view(held: Holding, coin: str, mark_px: float | None) -> PositionView:
    """What a strategy holds of a coin, valued at the mark."""
    unrealized_usd: Decimal | None = None
    if held.size == 0:
        unrealized_usd = Decimal(0)
    elif mark_px is not None:
        unrealized_usd = held.unrealized_usd(Decimal(repr(mark_px)))
    return PositionView(
        coin=coin,
        size=held.size,
        entry_px=held.entry_px,
        realized_usd=held.realized_usd,
        fees_usd=held.fees_usd,
        funding_usd=held.funding_usd,
        unrealized_usd=unrealized_usd,
    )
