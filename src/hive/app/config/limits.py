"""Settings as the limits that the rooms below ask for: which key bounds what is said here alone."""

from __future__ import annotations

from hive.app.config.blocks import StrategyEntry
from hive.app.config.sections import RiskSettings
from hive.app.config.whole import HiveConfig
from hive.connection.rate_budget import IpBudget
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.session_events import SessionTiming
from hive.hyperliquid.staleness import DEFAULT_PATIENCE, Patience
from hive.portfolio.risk import NO_LIMITS, RiskLimits
from hive.strategy.limits import HostLimits


def venue_limits(config: HiveConfig) -> VenueLimits:
    """What we hold the venue to allow us."""
    return VenueLimits(
        weight_per_min=config.rate_limiting.ip_weight_per_min,
        messages_per_min=config.rate_limiting.messages_per_min,
        connections_max=config.multiplexer.max_connections,
        subscriptions_held_max=config.multiplexer.max_subscriptions,
    )


def ip_budget(config: HiveConfig) -> IpBudget:
    """The budget of this IP address."""
    reserve = config.rate_limiting.reserve_for_cancels
    return IpBudget(venue_limits(config), reserve_share=reserve)


def session_timing(config: HiveConfig) -> SessionTiming:
    """How patient sessions are."""
    limits = venue_limits(config)
    return SessionTiming(
        streams_max=limits.subscriptions_max,
        posts_max=limits.posts_in_flight_max,
        patience_by_type={
            kind: _capped(patience, config.multiplexer.stale_after_ms)
            for kind, patience in DEFAULT_PATIENCE.items()
        },
    )


def _capped(patience: Patience, stale_after_ms: int | None) -> Patience:
    if stale_after_ms is None:
        return patience
    return Patience(
        patience.usual_gap_ms,
        min(patience.stale_ms_min, stale_after_ms),
        min(patience.stale_ms_max, stale_after_ms),
    )


def host_limits(config: HiveConfig) -> HostLimits:
    """What each strategy may do wrong."""
    return HostLimits(
        errors_max=config.runtime.max_errors,
        slow_handler_ms=config.runtime.slow_handler_ms,
        strategies_max=config.runtime.max_strategies,
    )


def account_limits(config: HiveConfig) -> RiskLimits:
    """What the account may do. Its open orders are bounded by the venue if by nothing else."""
    orders_open_max = config.risk.max_open_orders or VenueLimits().orders_open_initial
    return _limits(config.risk, orders_open_max)


def strategy_limits(entry: StrategyEntry) -> RiskLimits:
    """What one strategy may do, beside the account's limits."""
    if entry.risk == RiskSettings():
        return NO_LIMITS
    return _limits(entry.risk, entry.risk.max_open_orders)


def _limits(risk: RiskSettings, orders_open_max: int | None) -> RiskLimits:
    return RiskLimits(
        order_notional_usd_max=risk.max_order_notional_usd,
        position_notional_usd_max=risk.max_position_notional_usd,
        gross_notional_usd_max=risk.max_gross_notional_usd,
        price_band_pct=risk.price_band_pct,
        orders_open_max=orders_open_max,
    )
