"""Mean reversion earns on a price that comes back, and does not argue with one that does not."""

from __future__ import annotations

from tests.strategies.rig import scripted

from hive.domain.orders import TimeInForce
from hive.localvenue.markets.scripted import PricePoint, ScriptedCoin, flow, wave
from hive.strategies.mean_reversion import MeanReversion, MeanReversionParams

TAKES = flow("SOL", every_ms=300, usd=2_000.0, until_ms=500_000)


def reversion(**changes: float) -> MeanReversion:
    settings = {
        "interval_ms": 1_000,
        "length": 20,
        "entry_z": 1.4,
        "patience_ms": 4_000,
        "hold_ms_max": 60_000,
        "pause_ms": 1_000,
        **changes,
    }
    return MeanReversion(MeanReversionParams(coin="SOL", **settings))  # type: ignore[arg-type] # ints among floats


def test_it_earns_on_swings_around_a_mean() -> None:
    path = wave(low_px=99.7, high_px=100.3, half_ms=15_000, halves=24)
    world = scripted([ScriptedCoin(coin="SOL", path=path, spread_bps=1)], TAKES)
    name = world.add("reversion", reversion(length=30))
    world.run_s(360)
    snapshot = world.snapshot(name)
    assert snapshot.fills >= 10
    assert snapshot.profit_usd > 0.5, "after fees, taker fees on the way out included"


def test_its_stop_closes_a_position_that_runs_away() -> None:
    path = tuple(
        PricePoint(s * 1_000, 100 * (1 + 0.0002 * min(s, 40) + 0.0008 * max(0, s - 40)))
        for s in range(0, 120, 5)
    )
    world = scripted([ScriptedCoin(coin="SOL", path=path, spread_bps=1)], TAKES)
    name = world.add("reversion", reversion(stop_bps=40.0, pause_ms=3_600_000, length=10))
    world.run_s(110)
    snapshot = world.snapshot(name)
    assert world.size(name, "SOL") == 0
    assert snapshot.fills >= 2
    assert -0.9 < snapshot.profit_usd < -0.3, "40 bps of 120 USD and fees, though it ran 600"


def test_a_position_that_never_comes_back_is_closed_in_time() -> None:
    pxs = ((0, 100.0), (30, 100.0), (31, 100.2), (60, 100.4))
    path = tuple(PricePoint(s * 1_000, px) for s, px in pxs)
    world = scripted([ScriptedCoin(coin="SOL", path=path, spread_bps=1)], TAKES)
    name = world.add("reversion", reversion(hold_ms_max=5_000, exit_z=0.01, pause_ms=3_600_000))
    world.run_s(34)
    assert world.size(name, "SOL") < 0
    world.run_s(8)
    assert world.size(name, "SOL") == 0


def test_an_entry_that_is_not_filled_is_canceled_in_time() -> None:
    path = (PricePoint(0, 100.0), PricePoint(30_000, 100.0), PricePoint(31_000, 99.8))
    quiet = ScriptedCoin(coin="SOL", path=path, spread_bps=1)
    world = scripted([quiet], flow("SOL", every_ms=300, usd=20.0, until_ms=30_000))
    name = world.add("reversion", reversion(patience_ms=3_000))
    world.run_s(33)
    assert [order.tif for order in world.desk.open_orders(name)] == [TimeInForce.ALO]
    world.run_s(3)
    assert world.desk.cancels >= 1


def test_a_still_price_has_no_score_and_is_not_traded() -> None:
    still = ScriptedCoin(coin="SOL", path=(PricePoint(0, 100.0),), spread_bps=1)
    world = scripted([still], TAKES)
    name = world.add("reversion", reversion(entry_z=0.1, exit_z=0.05, deviation_bps_min=0.0))
    world.run_s(60)
    assert world.snapshot(name).orders == 0
