"""Every setting bounds what it says it bounds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from hive.app.config.blocks import StrategyEntry
from hive.app.config.limits import (
    account_limits,
    host_limits,
    ip_budget,
    session_timing,
    strategy_limits,
    venue_limits,
)
from hive.app.config.sections import (
    AccountSettings,
    MultiplexerSettings,
    RateSettings,
    RiskSettings,
    RuntimeSettings,
)
from hive.app.config.whole import HiveConfig
from hive.domain.identifiers import StrategyId
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.session_events import SessionTiming
from hive.portfolio.risk import NO_LIMITS, RiskLimits
from hive.strategy.interface import Params, Strategy

RISK = RiskSettings(
    max_order_notional_usd=Decimal(1),
    max_position_notional_usd=Decimal(2),
    max_gross_notional_usd=Decimal(3),
    price_band_pct=Decimal(4),
    max_open_orders=5,
)
LIMITS = RiskLimits(
    order_notional_usd_max=Decimal(1),
    position_notional_usd_max=Decimal(2),
    gross_notional_usd_max=Decimal(3),
    price_band_pct=Decimal(4),
    orders_open_max=5,
)


class Idle(Strategy[Params]):
    pass


def config(**sections: Any) -> HiveConfig:
    return HiveConfig(account=AccountSettings(key_env="KEY"), strategies=(), **sections)


def entry(risk: RiskSettings) -> StrategyEntry:
    return StrategyEntry(
        id=StrategyId("a"), strategy=Idle, params=Params(), orders_per_second_max=1, risk=risk
    )


def test_without_settings_the_rooms_have_their_own_defaults() -> None:
    assert venue_limits(config()) == VenueLimits()
    assert session_timing(config()) == SessionTiming()


def test_the_venues_limits_are_set() -> None:
    limits = venue_limits(
        config(
            rate_limiting=RateSettings(ip_weight_per_min=600, messages_per_min=700),
            multiplexer=MultiplexerSettings(max_connections=3, max_subscriptions=40),
        )
    )
    assert (limits.weight_per_min, limits.messages_per_min) == (600, 700)
    assert (limits.connections_max, limits.subscriptions_held_max) == (3, 40)


def test_the_reserve_is_kept_from_ordinary_requests() -> None:
    rates = RateSettings(ip_weight_per_min=1000, reserve_for_cancels=0.5)
    budget = ip_budget(config(rate_limiting=rates))
    assert not budget.weight.admits(600, 0)
    assert budget.weight.admits(600, 0, urgent=True)


@pytest.mark.parametrize("stale_after_ms", [1000, 50_000])
def test_no_stream_may_be_silent_for_longer_than_is_set(stale_after_ms: int) -> None:
    timing = session_timing(config(multiplexer=MultiplexerSettings(stale_after_ms=stale_after_ms)))
    assert timing.patience_by_type.keys() == SessionTiming().patience_by_type.keys()
    for patience in timing.patience_by_type.values():
        assert patience.stale_ms_min <= patience.stale_ms_max <= stale_after_ms


def test_the_host_is_as_patient_as_is_set() -> None:
    runtime = RuntimeSettings(max_errors=7, slow_handler_ms=8, max_strategies=9)
    limits = host_limits(config(runtime=runtime))
    assert (limits.errors_max, limits.slow_handler_ms, limits.strategies_max) == (7, 8, 9)


def test_risk_limits_of_account_and_strategy_are_set() -> None:
    assert account_limits(config(risk=RISK)) == LIMITS
    assert strategy_limits(entry(RISK)) == LIMITS


def test_open_orders_of_the_account_are_always_bounded() -> None:
    expected = msgspec.structs.replace(NO_LIMITS, orders_open_max=1000)
    assert account_limits(config()) == expected


def test_a_strategy_without_limits_is_not_asked_for_any() -> None:
    assert strategy_limits(entry(RiskSettings())) is NO_LIMITS
