"""The market maker earns the spread in a market that stays, and gets out of one that leaves."""

from __future__ import annotations

from tests.strategies.rig import Rig, scripted

from hive.domain.market import Side, StreamCondition
from hive.domain.orders import TimeInForce
from hive.hyperliquid.subscriptions import bbo
from hive.localvenue.markets.scripted import PricePoint, ScriptedCoin, flow, wave
from hive.strategies.maker import MakerParams, MarketMaker

PX = 100_000.0


def calm() -> Rig:
    path = wave(low_px=PX * 0.9998, high_px=PX * 1.0002, half_ms=20_000, halves=20)
    market = ScriptedCoin(coin="BTC", path=path, spread_bps=8)
    return scripted([market], flow("BTC", every_ms=700, usd=2_000.0, until_ms=400_000))


def maker(**changes: float) -> MarketMaker:
    settings = {"edge_bps": 3.0, "rest_ms": 2_000, **changes}
    return MarketMaker(MakerParams(coin="BTC", **settings))  # type: ignore[arg-type] # ints among floats


def test_it_earns_the_spread_where_the_price_stays() -> None:
    world = calm()
    name = world.add("maker", maker())
    world.run_s(300)
    snapshot = world.snapshot(name)
    assert snapshot.fills >= 40
    assert snapshot.profit_usd > 1, "after fees"
    assert snapshot.errors == snapshot.refusals == 0


def test_it_never_holds_more_than_it_may_and_never_takes_by_quoting() -> None:
    world = calm()
    name = world.add("maker", maker(position_usd_max=250.0, size_usd=100.0))
    for _ in range(150):
        world.run_s(2)
        assert abs(float(world.size(name, "BTC"))) * PX <= 260.0
    quotes = {order.tif for event in world.desk.events for order in [event.order]}
    assert quotes == {TimeInForce.ALO}
    assert not any(fill.is_taker for fill in world.desk.fills)


def test_it_is_economical_when_nothing_happens() -> None:
    still = ScriptedCoin(coin="BTC", path=(PricePoint(0, PX),), spread_bps=8)
    world = scripted([still])
    world.add("maker", maker())
    world.run_s(120)
    assert world.desk.actions == 2, "one quote on each side, and then patience"


def test_its_stop_takes_the_loss_before_it_grows_and_rests() -> None:
    path = (PricePoint(0, PX), PricePoint(30_000, PX), PricePoint(60_000, PX * 0.95))
    falling = ScriptedCoin(coin="BTC", path=path, spread_bps=8)
    world = scripted([falling], flow("BTC", every_ms=700, usd=2_000.0, until_ms=400_000))
    name = world.add("maker", maker(loss_usd_max=3.0, pause_ms=3_600_000))
    world.run_s(90)
    assert world.size(name, "BTC") == 0
    assert world.desk.open_orders(name) == []
    snapshot = world.snapshot(name)
    assert -6 < snapshot.profit_usd < -2, "about the loss it was told to bear, not 5 % of 500 USD"
    exits = [f for f in world.desk.fills if f.is_taker]
    assert exits
    assert all(fill.side is Side.SELL for fill in exits)


def test_it_withdraws_its_quotes_when_it_cannot_see_the_price() -> None:
    world = calm()
    name = world.add("maker", maker())
    world.run_s(0.5)
    assert len(world.desk.open_orders(name)) == 2
    sink = world.pool.sink_by_key[bbo("BTC").key]
    world.do(lambda: sink.on_condition(bbo("BTC"), StreamCondition.STALE))
    assert all(order.cancel_pending for order in world.desk.open_orders(name))


def test_it_moves_an_endangered_quote_first() -> None:
    """The side that the price runs into is moved; the side it leaves behind may rest."""
    path = (PricePoint(0, PX), PricePoint(3_000, PX), PricePoint(4_000, PX * 1.0006))
    rising = ScriptedCoin(coin="BTC", path=path, spread_bps=8)
    world = scripted([rising])
    name = world.add("maker", maker(edge_bps=6.0, rest_ms=60_000))
    world.run_s(2)
    before = {order.side: order.limit_px for order in world.desk.open_orders(name)}
    world.run_s(4)
    after = {order.side: order.limit_px for order in world.desk.open_orders(name)}
    assert after[Side.SELL] > before[Side.SELL]
    assert after[Side.BUY] == before[Side.BUY]


def test_on_stop_nothing_is_left_and_if_told_so_nothing_is_held() -> None:
    world = calm()
    name = world.add("maker", maker(flatten_on_stop=True))
    world.run_s(31)
    assert world.size(name, "BTC") != 0
    world.stop()
    assert world.desk.open_orders(name) == []
    assert world.size(name, "BTC") == 0
