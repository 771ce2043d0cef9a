"""Signals are what their textbooks say, and stay finite on prices that do not move."""

from __future__ import annotations

from statistics import fmean, pstdev

import pytest

from hive.domain.market import Candle
from hive.strategies.signals import Atr, Channel, Ema, ZScore


def candle(open_px: float, high_px: float, low_px: float, close_px: float) -> Candle:
    return Candle(
        coin="BTC",
        interval_ms=1_000,
        open_ms=0,
        open_px=open_px,
        high_px=high_px,
        low_px=low_px,
        close_px=close_px,
        volume=1.0,
        trades=1,
        is_closed=True,
    )


def test_ema_begins_at_the_first_price_and_closes_the_gap_by_its_share() -> None:
    ema = Ema(3)  # a share of 2 / (3 + 1)
    assert ema.add(100.0) == 100.0
    assert ema.add(104.0) == 102.0
    assert ema.add(104.0) == 103.0
    assert ema.count == 3


def test_atr_counts_the_gap_to_the_candle_before() -> None:
    atr = Atr(1)
    assert atr.add(candle(100, 102, 99, 101)) == 3
    assert atr.add(candle(105, 106, 104, 105)) == 5, "from the last close at 101 up to 106"


def test_a_channel_forgets_what_is_older_than_its_length() -> None:
    channel = Channel(2)
    for high_px, low_px in ((110, 90), (105, 95), (103, 97)):
        channel.add(high_px, low_px)
    assert (channel.high_px, channel.low_px, len(channel)) == (105, 95, 2)


def test_z_score_is_deviations_from_the_mean_of_the_window() -> None:
    pxs = [100.0, 101.0, 99.0, 102.0, 98.0, 103.0]
    score = ZScore(4)
    for px in pxs:
        score.add(px)
    assert score.is_warm
    assert score.mean_px == fmean(pxs[-4:])
    assert score.of(105.0) == pytest.approx((105 - fmean(pxs[-4:])) / pstdev(pxs[-4:]))


@pytest.mark.parametrize("px", [0.1, 1 / 3, 86_588.0, 1e-7])
def test_equal_prices_have_no_score(px: float) -> None:
    score = ZScore(7)
    for _ in range(20):
        score.add(px)
    assert score.of(px) == 0.0
    assert score.of(px * 2) == 0.0
