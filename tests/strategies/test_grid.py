"""The grid earns on a market that goes back and forth, and gives up on one that leaves."""

from __future__ import annotations

from decimal import Decimal

from tests.strategies.rig import scripted

from hive.domain.market import Side
from hive.localvenue.markets.scripted import PricePoint, ScriptedCoin, flow, wave
from hive.strategies.grid import GridParams, GridTrader

TAKES = flow("ETH", every_ms=700, usd=2_000.0, until_ms=400_000)


def grid(**changes: float) -> GridTrader:
    settings = {"levels": 4, "step_bps": 10.0, "size_usd": 60.0, **changes}
    return GridTrader(GridParams(coin="ETH", **settings))  # type: ignore[arg-type] # ints among floats


def test_it_earns_a_step_on_each_swing() -> None:
    path = wave(low_px=3_985.0, high_px=4_015.0, half_ms=20_000, halves=20)
    world = scripted([ScriptedCoin(coin="ETH", path=path)], TAKES)
    name = world.add("grid", grid())
    world.run_s(300)
    snapshot = world.snapshot(name)
    assert snapshot.fills >= 30
    assert snapshot.profit_usd > 1
    assert snapshot.cancels == 0, "a grid that works is left alone"
    assert len(world.desk.open_orders(name)) == 8


def test_a_filled_level_is_answered_one_level_on() -> None:
    path = (PricePoint(0, 4_000.0), PricePoint(5_000, 4_000.0), PricePoint(8_000, 3_995.0))
    world = scripted([ScriptedCoin(coin="ETH", path=path)])
    name = world.add("grid", grid())
    world.run_s(12)
    bought = [fill for fill in world.desk.fills if fill.side is Side.BUY]
    assert {fill.px for fill in bought} == {Decimal("3996.0")}
    sells = sorted(o.limit_px for o in world.desk.open_orders(name) if o.side is Side.SELL)
    assert sells[0] == Decimal("4000.0"), "bought at -1, offered at 0"


def test_it_holds_no_more_than_its_levels() -> None:
    path = (PricePoint(0, 4_000.0), PricePoint(5_000, 4_000.0), PricePoint(30_000, 3_978.0))
    world = scripted([ScriptedCoin(coin="ETH", path=path)], TAKES)
    name = world.add("grid", grid(stop_bps=1_000.0))
    world.run_s(120)
    assert 0 < float(world.size(name, "ETH")) * 4_000 <= 4 * 60 + 1


def test_its_stop_closes_the_position_when_the_market_has_left() -> None:
    path = (PricePoint(0, 4_000.0), PricePoint(5_000, 4_000.0), PricePoint(60_000, 3_900.0))
    world = scripted([ScriptedCoin(coin="ETH", path=path)], TAKES)
    name = world.add("grid", grid(stop_bps=30.0, pause_ms=3_600_000))
    world.run_s(90)
    assert world.size(name, "ETH") == 0
    assert world.desk.open_orders(name) == []
    assert -2.5 < world.snapshot(name).profit_usd < -0.5
    assert world.snapshot(name).errors == 0


def test_after_its_rest_a_stopped_grid_is_laid_where_the_market_is() -> None:
    path = (PricePoint(0, 4_000.0), PricePoint(5_000, 4_000.0), PricePoint(30_000, 3_900.0))
    world = scripted([ScriptedCoin(coin="ETH", path=path)], TAKES)
    name = world.add("grid", grid(stop_bps=30.0, pause_ms=30_000))
    world.run_s(120)
    pxs = [order.limit_px for order in world.desk.open_orders(name)]
    assert len(pxs) == 8
    assert min(pxs) > 3_880
    assert max(pxs) < 3_920


def test_a_flat_grid_follows_a_market_that_has_strayed() -> None:
    path = (PricePoint(0, 4_000.0), PricePoint(2_000, 4_000.0), PricePoint(2_100, 4_009.9))
    world = scripted([ScriptedCoin(coin="ETH", path=path, levels=1)])
    name = world.add("grid", grid(step_bps=40.0, levels=1, recenter_ms=10_000))
    world.run_s(1)
    before = {order.limit_px for order in world.desk.open_orders(name)}
    world.run_s(30)
    after = {order.limit_px for order in world.desk.open_orders(name)}
    assert len(after) == 2
    assert after.isdisjoint(before)


def test_a_grid_whose_orders_were_all_taken_from_it_is_laid_anew() -> None:
    path = (PricePoint(0, 4_000.0),)
    world = scripted([ScriptedCoin(coin="ETH", path=path, spread_bps=4)], TAKES)
    name = world.add("grid", grid())
    world.run_s(1)
    world.do(lambda: world.desk.cancel_all(name))
    world.run_s(5)
    assert len(world.desk.open_orders(name)) == 8


def test_a_level_that_was_taken_away_is_laid_again_while_it_holds_a_position() -> None:
    path = (PricePoint(0, 4_000.0), PricePoint(5_000, 4_000.0), PricePoint(8_000, 3_995.0))
    world = scripted([ScriptedCoin(coin="ETH", path=path)])
    name = world.add("grid", grid(mend_ms=10_000))
    world.run_s(12)
    before = {(order.side, order.limit_px) for order in world.desk.open_orders(name)}
    lowest, *_, highest = sorted(world.desk.open_orders(name), key=lambda order: order.limit_px)
    world.do(lambda: world.desk.cancel(name, lowest.cloid))
    world.do(lambda: world.desk.cancel(name, highest.cloid))
    world.run_s(5)
    assert len(world.desk.open_orders(name)) == len(before) - 2
    world.run_s(10)
    assert {(order.side, order.limit_px) for order in world.desk.open_orders(name)} == before
    assert world.size(name, "ETH") > 0


def test_a_missing_level_waits_until_the_market_is_on_its_near_side() -> None:
    quiet, dip = PricePoint(5_000, 4_000.0), PricePoint(8_000, 3_995.0)
    path = (PricePoint(0, 4_000.0), quiet, dip, PricePoint(20_000, 3_995.0))
    world = scripted([ScriptedCoin(coin="ETH", path=(*path, PricePoint(22_000, 4_000.0)))])
    name = world.add("grid", grid(mend_ms=5_000))
    world.run_s(4)
    nearest = max(
        (order for order in world.desk.open_orders(name) if order.side is Side.BUY),
        key=lambda order: order.limit_px,
    )
    world.do(lambda: world.desk.cancel(name, nearest.cloid))
    world.run_s(14)
    assert len(world.desk.open_orders(name)) == 7
    world.run_s(7)
    laid = [order for order in world.desk.open_orders(name) if order.limit_px == nearest.limit_px]
    assert [order.side for order in laid] == [Side.BUY]
    assert world.desk.fills == []
