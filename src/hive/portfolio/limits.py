"""The limits of one strategy, or of a whole account, as values."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

import msgspec

from hive.domain.switches import Strength

NO_COINS: Final[Mapping[str, Decimal]] = MappingProxyType({})


class RiskLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one strategy, or of a whole account. None is no bound."""

    order_notional_usd_max: Decimal | None = None
    order_notional_usd_max_by_coin: Mapping[str, Decimal] = NO_COINS
    """Of these coins, in place of the one for all."""
    position_notional_usd_max: Decimal | None = None
    """Of one coin, in either direction."""
    position_notional_usd_max_by_coin: Mapping[str, Decimal] = NO_COINS
    gross_notional_usd_max: Decimal | None = None
    """Of all coins together, each counted positive."""
    gross_leverage_max: Decimal | None = None
    """Of all coins together, by the capital: the slice of a strategy that has one, else the
    account's equity."""
    capital_usd: Decimal | None = None
    """A strategy's slice of the account. What it earns adds to it, what it loses is gone."""
    price_band_pct: Decimal | None = None
    """How much worse than the mark price a limit price may be."""
    orders_open_max: int | None = None
    orders_per_minute_max: int | None = None
    """Placed or replaced by a strategy, or by all; the next one is refused."""

    @property
    def bounds_gross(self) -> bool:
        """Whether all coins together are bounded in any way."""
        return (
            self.gross_notional_usd_max is not None
            or self.gross_leverage_max is not None
            or self.capital_usd is not None
        )

    @property
    def needs_marks(self) -> bool:
        """Whether a price must be known before an order that adds risk can be judged."""
        return (
            self.bounds_gross
            or self.price_band_pct is not None
            or self.position_notional_usd_max is not None
            or bool(self.position_notional_usd_max_by_coin)
        )

    def order_cap(self, coin: str) -> Decimal | None:
        """The most that one order of the coin may be worth, in USD."""
        by_coin = self.order_notional_usd_max_by_coin
        most = self.order_notional_usd_max
        return by_coin.get(coin, most) if by_coin else most

    def position_cap(self, coin: str) -> Decimal | None:
        """The most that a position of the coin may be worth, in USD."""
        by_coin = self.position_notional_usd_max_by_coin
        most = self.position_notional_usd_max
        return by_coin.get(coin, most) if by_coin else most


NO_LIMITS: Final = RiskLimits()


class LossLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much may be lost, and what happens then. None is no bound."""

    daily_loss_usd_max: Decimal | None = None
    """Since midnight UTC: realised and not, at mark prices, with fees and funding."""
    drawdown_pct_max: Decimal | None = None
    """Below the highest profit so far, in percent of the capital at that time."""
    on_breach: Strength = Strength.CANCEL

    @property
    def is_any(self) -> bool:
        return self.daily_loss_usd_max is not None or self.drawdown_pct_max is not None


NO_LOSS_LIMITS: Final = LossLimits()
