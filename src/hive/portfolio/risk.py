"""What a strategy and an account may do: an intent comes back Approved, or Refused with the limit.

Only `RiskGate.check` makes an `Approved`, and only an `Approved` goes further; so an order that was
never checked does not type-check.

A limit on a position counts what open orders could still add to it: an order that is on its way, or
of which nobody knows whether it arrived, is taken to be filled. Orders that only reduce are let
through all limits but the price band: they are the way out.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Final, final

import msgspec

from hive.domain.identifiers import StrategyId
from hive.domain.market import Side
from hive.domain.orders import OrderIntent
from hive.portfolio.exposure import Exposure
from hive.portfolio.positions import Positions

HUNDRED: Final = Decimal(100)
ZERO: Final = Decimal(0)


class RiskLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one strategy, or of a whole account. None is no bound."""

    order_notional_usd_max: Decimal | None = None
    position_notional_usd_max: Decimal | None = None
    """Of one coin, in either direction."""
    gross_notional_usd_max: Decimal | None = None
    """Of all coins together, each counted positive."""
    price_band_pct: Decimal | None = None
    """How much worse than the mark price a limit price may be."""
    orders_open_max: int | None = None


NO_LIMITS: Final = RiskLimits()


class KillState(Enum):
    """What may still be placed."""

    TRADING = "trading"
    REDUCING = "reducing"
    """Only orders that reduce."""
    PAUSED = "paused"
    """Nothing; cancels go on."""


@final
class Approved(msgspec.Struct, frozen=True):
    """An intent that passed every limit."""

    intent: OrderIntent


@final
class Refused(msgspec.Struct, frozen=True):
    """An intent that a limit stopped; `limit` is its name."""

    limit: str
    explanation: str

    @property
    def reason(self) -> str:
        return f"{self.limit}: {self.explanation}"


class RiskGate:
    """Judges orders against the limits of their strategy and of the account."""

    def __init__(
        self,
        positions: Positions,
        exposure: Exposure,
        *,
        account: RiskLimits = NO_LIMITS,
        strategy: RiskLimits = NO_LIMITS,
    ) -> None:
        """`strategy` bounds every strategy that gets no limits of its own."""
        self._positions = positions
        self._exposure = exposure
        self._account = account
        self._strategy = strategy
        self._own: dict[StrategyId, RiskLimits] = {}
        self.account_state = KillState.TRADING
        self._state_by_strategy: dict[StrategyId, KillState] = {}

    def limit(self, strategy: StrategyId, limits: RiskLimits) -> None:
        """Give a strategy limits of its own."""
        self._own[strategy] = limits

    def switch(self, state: KillState, strategy: StrategyId | None = None) -> None:
        """Throw the kill switch of a strategy, or of the whole account."""
        if strategy is None:
            self.account_state = state
        else:
            self._state_by_strategy[strategy] = state

    def state_of(self, strategy: StrategyId) -> KillState:
        """The stricter of the strategy's switch and the account's."""
        states = (self.account_state, self._state_by_strategy.get(strategy, KillState.TRADING))
        return max(states, key=list(KillState).index)

    def check(self, intent: OrderIntent, mark_px: Decimal | None) -> Approved | Refused:
        """Judge an order before it is taken up, so that it does not count against itself."""
        return self._judge(intent, mark_px, ZERO) or Approved(intent)

    def check_replace(
        self, intent: OrderIntent, mark_px: Decimal | None, open_size: Decimal
    ) -> Approved | Refused:
        """Judge an order as it would be after a replace; `open_size` of it is open already."""
        return self._judge(intent, mark_px, open_size, new_orders=0) or Approved(intent)

    def _judge(
        self,
        intent: OrderIntent,
        mark_px: Decimal | None,
        counted: Decimal,
        new_orders: int = 1,
    ) -> Refused | None:
        strategy = intent.strategy
        refused = self._switched_off(intent)
        own = self._own.get(strategy, self._strategy)
        if refused is not None or (own is NO_LIMITS and self._account is NO_LIMITS):
            return refused
        added = intent.size - counted
        for is_account, limits in ((False, own), (True, self._account)):
            if limits is NO_LIMITS:
                continue
            refused = _price_refused(intent, limits, mark_px)
            if refused is None and not intent.reduce_only:
                exposure = self._exposure
                open_now = (
                    exposure.account_orders_open if is_account else exposure.orders_open(strategy)
                )
                refused = _order_refused(intent, limits, open_now + new_orders)
                if refused is None and added > 0:
                    refused = self._position_refused(intent, limits, added, is_account)
            if refused is not None:
                whose = "account" if is_account else "strategy"
                return Refused(f"{whose} {refused.limit}", refused.explanation)
        return None

    def _switched_off(self, intent: OrderIntent) -> Refused | None:
        if self.account_state is KillState.TRADING and not self._state_by_strategy:
            return None
        state = self.state_of(intent.strategy)
        if state is KillState.PAUSED or (state is KillState.REDUCING and not intent.reduce_only):
            return Refused("kill_switch", f"{intent.strategy} is {state.value}")
        return None

    def _position_refused(
        self, intent: OrderIntent, limits: RiskLimits, added: Decimal, is_account: bool
    ) -> Refused | None:
        cap = limits.position_notional_usd_max
        if cap is None and limits.gross_notional_usd_max is None:
            return None
        strategy, coin, side = intent.strategy, intent.coin, intent.side
        if is_account:
            held = self._positions.account_size(coin)
            open_size = self._exposure.account_open_size(coin, side)
        else:
            held = self._positions.size_of(strategy, coin)
            open_size = self._exposure.open_size(strategy, coin, side)
        size = (held if side is Side.BUY else -held) + open_size + added
        notional = size * intent.limit_px
        if cap is not None and notional > cap:
            return Refused(
                "position_notional_usd_max",
                f"{coin} could reach {notional:.2f} USD, {cap} allowed",
            )
        return self._gross_refused(intent, limits, notional, is_account)

    def _gross_refused(
        self, intent: OrderIntent, limits: RiskLimits, notional: Decimal, is_account: bool
    ) -> Refused | None:
        cap = limits.gross_notional_usd_max
        if cap is None:
            return None
        positions = self._positions
        gross = abs(notional)
        for position in positions.whole() if is_account else positions.of_owner(intent.strategy):
            if position.coin != intent.coin:
                gross += abs(position.cost_usd)
        if gross > cap:
            return Refused(
                "gross_notional_usd_max",
                f"all together could reach {gross:.2f} USD, {cap} allowed",
            )
        return None


def _price_refused(
    intent: OrderIntent, limits: RiskLimits, mark_px: Decimal | None
) -> Refused | None:
    band = limits.price_band_pct
    if band is None:
        return None
    if mark_px is None:
        return Refused("price_band_pct", f"no price of {intent.coin} is known yet")
    is_buy, px = intent.side is Side.BUY, intent.limit_px
    if px <= mark_px if is_buy else px >= mark_px:
        return None  # not worse than the mark at all: the usual case, and the quick one
    worst_px = mark_px * (HUNDRED + band if is_buy else HUNDRED - band) / HUNDRED
    if px > worst_px if is_buy else px < worst_px:
        return Refused(
            "price_band_pct",
            f"{intent.limit_px} is more than {band} % worse than the mark price {mark_px}",
        )
    return None


def _order_refused(intent: OrderIntent, limits: RiskLimits, orders_open: int) -> Refused | None:
    notional_max, orders_max = limits.order_notional_usd_max, limits.orders_open_max
    if notional_max is not None and intent.size * intent.limit_px > notional_max:
        return Refused(
            "order_notional_usd_max",
            f"{intent.size * intent.limit_px:.2f} USD, {notional_max} allowed",
        )
    if orders_max is not None and orders_open > orders_max:
        return Refused("orders_open_max", f"{orders_max} are open or on their way")
    return None
