"""The EMA cross rides a trend, turns with it, and is stopped out when the turn is sudden."""

from __future__ import annotations

from tests.strategies.rig import Rig, scripted

from hive.localvenue.markets.scripted import PricePoint, ScriptedCoin, flow
from hive.strategies.ema_cross import EmaCross, EmaCrossParams

PX = 100_000.0
TAKES = flow("BTC", every_ms=300, usd=2_000.0, until_ms=400_000)


def cross(**changes: float) -> EmaCross:
    settings = {"interval_ms": 2_000, "fast": 3, "slow": 8, "warm_candles": 8, **changes}
    return EmaCross(EmaCrossParams(coin="BTC", atr_length=5, **settings))  # type: ignore[arg-type] # ints among floats


def market(*points: tuple[float, float]) -> Rig:
    """A market through these points: seconds, and hundredths of a percent from the first price."""
    path = tuple(PricePoint(int(s * 1_000), PX * (1 + bps / 10_000)) for s, bps in points)
    return scripted([ScriptedCoin(coin="BTC", path=path, spread_bps=1)], TAKES)


def test_it_earns_on_a_trend_up_and_on_one_down() -> None:
    world = market((0, 0), (120, 180), (240, 0))
    name = world.add("cross", cross())
    world.run_s(115)
    assert world.size(name, "BTC") > 0
    world.run_s(125)
    assert world.size(name, "BTC") < 0
    snapshot = world.snapshot(name)
    assert snapshot.profit_usd > 2
    assert snapshot.orders <= 6, "two trends, a few orders"


def test_a_quiet_market_is_left_alone() -> None:
    world = market((0, 0), (200, 0))
    name = world.add("cross", cross(band_bps=2.0))
    world.run_s(200)
    assert world.snapshot(name).orders == 0


def test_its_stop_acts_long_before_the_averages_cross() -> None:
    world = market((0, 0), (60, 120), (61, 120), (64, 60))
    name = world.add("cross", cross(slow=20, warm_candles=6, stop_atrs=1.5, stop_bps_min=12.0))
    world.run_s(61)
    assert world.size(name, "BTC") > 0
    world.run_s(4)
    assert world.size(name, "BTC") == 0
    exits = [fill for fill in world.desk.fills if fill.is_taker][-1]
    assert float(exits.px) > PX * 1.0085, "near the stop, far above where the fall ends"
    assert world.snapshot(name).realized_usd > 0


def test_stopped_out_it_waits_for_the_next_cross() -> None:
    world = market((0, 0), (60, 120), (63, 90), (66, 110), (120, 160))
    name = world.add("cross", cross(slow=20, warm_candles=6, stop_atrs=1.0, stop_bps_min=10.0))
    world.run_s(64)
    assert world.size(name, "BTC") == 0
    orders = world.snapshot(name).orders
    world.run_s(50)
    assert world.snapshot(name).orders == orders, "the same trend is not joined twice"


def test_it_turns_its_position_in_one_order() -> None:
    world = market((0, 0), (60, 90), (130, -40))
    name = world.add("cross", cross(stop_atrs=500.0))
    world.run_s(125)
    assert world.size(name, "BTC") < 0
    assert world.snapshot(name).orders == 2
    assert abs(float(world.size(name, "BTC"))) * PX < 160
