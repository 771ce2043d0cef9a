"""Weights and limits are those of the venue's documentation."""

from __future__ import annotations

import pytest

from hive.hyperliquid.limits import VenueLimits, exchange_weight, info_rows_weight, info_weight


@pytest.mark.parametrize(
    ("info_type", "weight"),
    [
        ("l2Book", 2),
        ("allMids", 2),
        ("clearinghouseState", 2),
        ("orderStatus", 2),
        ("spotClearinghouseState", 2),
        ("exchangeStatus", 2),
        ("userRole", 60),
        ("meta", 20),
        ("userFills", 20),
        ("frontendOpenOrders", 20),
        ("something new", 20),
    ],
)
def test_info_weights(info_type: str, weight: int) -> None:
    """Light ones 2, userRole 60, everything else 20."""
    assert info_weight(info_type) == weight


@pytest.mark.parametrize(
    ("info_type", "rows", "weight"),
    [
        ("userFills", 0, 0),
        ("userFills", 19, 0),
        ("userFills", 20, 1),
        ("userFillsByTime", 2000, 100),
        ("candleSnapshot", 59, 0),
        ("candleSnapshot", 5000, 83),
        ("recentTrades", 40, 2),
        ("meta", 2000, 0),
    ],
)
def test_answers_weigh_by_their_rows(info_type: str, rows: int, weight: int) -> None:
    """One more per 20 rows of a listing, per 60 candles."""
    assert info_rows_weight(info_type, rows) == weight


@pytest.mark.parametrize(
    ("batch_len", "weight"), [(0, 1), (1, 1), (39, 1), (40, 2), (79, 2), (80, 3)]
)
def test_exchange_weight(batch_len: int, weight: int) -> None:
    """1 + n // 40."""
    assert exchange_weight(batch_len) == weight


def test_defaults_are_the_smaller_of_what_sources_say() -> None:
    """10 connections and 10 users (elsewhere 100 and 15), 20 nonces (elsewhere 100)."""
    limits = VenueLimits()
    assert limits.connections_max == 10
    assert limits.users_max == 10
    assert limits.nonces_kept == 20
    assert limits.subscriptions_held_max < limits.subscriptions_max / 2


@pytest.mark.parametrize(
    ("cap", "cancel_cap"), [(10_000, 20_000), (100_000, 200_000), (150_000, 250_000)]
)
def test_cancels_may_go_further(cap: int, cancel_cap: int) -> None:
    """min(cap + 100,000, 2 × cap)."""
    assert VenueLimits().cancel_requests_max(cap) == cancel_cap


@pytest.mark.parametrize(
    ("volume_usd", "orders"),
    [(0, 1_000), (4_999_999, 1_000), (5_000_000, 1_001), (10**12, 5_000)],
)
def test_open_orders_grow_with_volume(volume_usd: int, orders: int) -> None:
    """A thousand, one more per five million, never above five thousand."""
    assert VenueLimits().orders_open_cap(volume_usd) == orders
