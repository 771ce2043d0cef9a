"""The TWAP execution is on schedule, at bounded cost, and gives up when the market has left."""

from __future__ import annotations

from tests.strategies.rig import Rig, scripted

from hive.domain.market import Side
from hive.localvenue.markets.scripted import PricePoint, ScriptedCoin, flow, wave
from hive.strategies.twap import TwapExecution, TwapParams

PX = 100_000.0
TAKES = flow("BTC", every_ms=500, usd=500.0, until_ms=500_000)


def execution(**changes: object) -> TwapExecution:
    settings = {"total_usd": 2_000.0, "duration_ms": 100_000, "slices": 20, **changes}
    return TwapExecution(TwapParams(coin="BTC", **settings))  # type: ignore[arg-type] # mixed kinds


def calm() -> Rig:
    path = wave(low_px=PX * 0.9995, high_px=PX * 1.0005, half_ms=10_000, halves=40)
    return scripted([ScriptedCoin(coin="BTC", path=path, spread_bps=1)], TAKES)


def test_it_is_on_schedule_all_the_way_and_done_in_time() -> None:
    world = calm()
    name = world.add("twap", execution())
    beat_usd = 2_000 / 20
    for s in range(5, 101, 5):
        world.run_s(5)
        done_usd = float(world.size(name, "BTC")) * PX
        due_usd = 2_000 * s / 100
        assert abs(done_usd - due_usd) <= 2 * beat_usd, f"after {s} s"
    world.run_s(10)
    assert abs(float(world.size(name, "BTC")) * PX - 2_000) < 11
    assert world.desk.open_orders(name) == []
    assert "0.0" in world.snapshot(name).shown["done"]


def test_its_slippage_is_bounded_and_offers_save_the_taker_fee() -> None:
    world = calm()
    world.add("twap", execution(slippage_bps=8.0))
    world.run_s(110)
    fills = world.desk.fills
    assert all(float(fill.px) <= PX * (1 + 8.5 / 10_000) for fill in fills)
    paid = sum(fill.px * fill.size for fill in fills) / sum(fill.size for fill in fills)
    assert abs(float(paid) / PX - 1) * 10_000 < 5, "average slippage in bps"
    made = sum(fill.size for fill in fills if not fill.is_taker)
    assert made > 0


def test_it_never_does_more_than_it_was_told() -> None:
    """An offer may be filled while its cancel is on the way: nothing is taken before it ended."""
    world = calm()
    name = world.add("twap", execution(total_usd=5_000.0, slices=50))
    world.run_s(130)
    assert float(world.size(name, "BTC")) * PX <= 5_000 * 1.0005


def test_while_the_market_is_beyond_the_bound_the_schedule_waits_and_then_catches_up() -> None:
    path = (
        PricePoint(0, PX),
        PricePoint(30_000, PX),
        PricePoint(31_000, PX * 1.004),
        PricePoint(60_000, PX * 1.004),
        PricePoint(61_000, PX),
    )
    world = scripted([ScriptedCoin(coin="BTC", path=path, spread_bps=1)], TAKES)
    name = world.add("twap", execution(slippage_bps=10.0))
    world.run_s(35)
    waiting = world.size(name, "BTC")
    world.run_s(24)
    assert world.size(name, "BTC") == waiting
    world.run_s(60)
    assert abs(float(world.size(name, "BTC")) * PX - 2_000) < 11


def test_its_stop_gives_up_when_the_market_has_left() -> None:
    path = (PricePoint(0, PX), PricePoint(40_000, PX), PricePoint(60_000, PX * 1.02))
    world = scripted([ScriptedCoin(coin="BTC", path=path, spread_bps=1)], TAKES)
    strategy = execution(slippage_bps=10.0, abort_bps=100.0)
    name = world.add("twap", strategy)
    world.run_s(110)
    done_usd = float(world.size(name, "BTC")) * PX
    assert 600 < done_usd < 1_100
    assert strategy.executions == 1
    assert world.desk.open_orders(name) == []
    assert all(float(fill.px) <= PX * 1.0011 for fill in world.desk.fills)


def test_it_sells_as_it_buys_and_repeats_the_other_way() -> None:
    world = calm()
    strategy = execution(side="sell", duration_ms=20_000, slices=4, repeat=True)
    name = world.add("twap", strategy)
    world.run_s(24)
    assert abs(float(world.size(name, "BTC")) * PX + 2_000) < 30
    world.run_s(40)
    assert strategy.executions >= 2
    sides = [fill.side for fill in world.desk.fills]
    assert sides[0] is Side.SELL
    assert Side.BUY in sides
    assert world.snapshot(name).errors == 0


def test_a_whole_that_lots_make_too_small_for_an_order_is_not_told_as_done() -> None:
    world = calm()
    world.add("twap", execution(total_usd=10.4))
    world.run_s(5)
    (over,) = [note for note in world.host.snapshot().notes if note.message == "execution over"]
    assert over.fields["reason"] == "nothing done: too little for an order"
    assert world.desk.places == 0
