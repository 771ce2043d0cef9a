"""Scripted markets do what the script says, and nothing else."""

from __future__ import annotations

import pytest
from tests.unit.localvenue.markets.plain_floor import PlainFloor

from hive.domain.market import Side
from hive.localvenue.markets.scripted import (
    NEVER_MS,
    PricePoint,
    ScriptedCoin,
    ScriptedMarkets,
    ScriptedTake,
    flow,
    px_at,
    wave,
)

PATH = (PricePoint(0, 100.0), PricePoint(1_000, 110.0), PricePoint(2_000, 90.0))


@pytest.mark.parametrize(
    ("elapsed_ms", "px"),
    [(0, 100), (500, 105), (1_000, 110), (1_500, 100), (2_000, 90), (9_000, 90)],
)
def test_prices_lie_on_straight_lines_and_stay_at_the_end(elapsed_ms: int, px: float) -> None:
    assert px_at(PATH, elapsed_ms) == pytest.approx(px)


def test_a_wave_swings_between_its_prices() -> None:
    path = wave(low_px=99, high_px=101, half_ms=1_000, halves=4)
    assert [px_at(path, at_ms) for at_ms in (0, 500, 1_000, 1_500, 2_500, 4_000)] == [
        100,
        101,
        100,
        99,
        101,
        100,
    ]


def test_the_fence_follows_the_script() -> None:
    floor = PlainFloor()
    markets = ScriptedMarkets([ScriptedCoin(coin="SOL", path=PATH, levels=4, spread_bps=10)])
    assert markets.next_deadline_ms() == NEVER_MS
    markets.open(floor, 5_000)
    for elapsed_ms in range(0, 3_001, 100):
        markets.advance(5_000 + elapsed_ms)
        assert floor.mid("SOL") == pytest.approx(px_at(PATH, elapsed_ms), rel=2e-4)
        assert markets.oracle_px("SOL") == pytest.approx(px_at(PATH, elapsed_ms))
        spread = floor.side("SOL", Side.SELL)[0].px - floor.side("SOL", Side.BUY)[0].px
        assert float(spread) / px_at(PATH, elapsed_ms) * 1e4 == pytest.approx(10, abs=3)
        assert [len(floor.side("SOL", side)) for side in Side] == [4, 4]
    assert floor.prints == []


def test_takers_come_when_the_script_says() -> None:
    floor = PlainFloor()
    takes = [ScriptedTake(300, "SOL", Side.SELL, 500.0), ScriptedTake(150, "SOL", Side.BUY, 500.0)]
    markets = ScriptedMarkets([ScriptedCoin(coin="SOL", path=PATH[:1])], takes)
    markets.open(floor, 0)
    markets.advance(100)
    assert floor.prints == []
    markets.advance(200)
    assert [trade.side for trade in floor.prints] == [Side.BUY]
    markets.advance(1_000)
    assert [trade.side for trade in floor.prints] == [Side.BUY, Side.SELL]
    assert float(floor.prints[0].px * floor.prints[0].size) == pytest.approx(500, rel=0.01)


def test_a_flow_alternates_its_sides() -> None:
    takes = flow("SOL", every_ms=100, usd=50, until_ms=300)
    assert [(take.at_ms, take.side) for take in takes] == [
        (100, Side.BUY),
        (200, Side.SELL),
        (300, Side.BUY),
    ]


def test_what_was_taken_is_quoted_anew() -> None:
    floor = PlainFloor()
    takes = [ScriptedTake(100, "SOL", Side.BUY, 40_000.0)]
    script = ScriptedCoin(coin="SOL", path=PATH[:1], depth_usd=50_000)
    markets = ScriptedMarkets([script], takes)
    markets.open(floor, 0)
    markets.advance(100)
    assert float(floor.side("SOL", Side.SELL)[0].size) * 100 == pytest.approx(10_000, rel=0.01)
    markets.advance(200)
    assert float(floor.side("SOL", Side.SELL)[0].size) * 100 == pytest.approx(50_000, rel=0.01)
