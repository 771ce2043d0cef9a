"""Exact prices over real market data: looked up once between two changes, and never old."""

from __future__ import annotations

from decimal import Decimal

from tests.unit.marketdata.quiet_world import World

from hive.execution.intake.exact_marks import ExactMarks
from hive.hyperliquid.subscriptions import bbo


def test_a_price_follows_every_push_and_ends_with_the_trust_in_its_stream() -> None:
    world = World()
    marks = ExactMarks(world.market_data)
    assert marks.px("BTC") is None
    watch = world.do(lambda: world.market_data.watch_bbo("BTC", lambda _: None))
    assert marks.px("BTC") is None
    world.push_bbo("BTC", 99, 101)
    assert marks.px("BTC") == 100
    world.push_bbo("BTC", 99, 102)
    assert marks.px("BTC") == Decimal("100.5")
    world.lose_line(bbo("BTC"))
    assert marks.px("BTC") is None, "nobody knows what it is worth now"
    world.line_back(bbo("BTC"), world.now_ms)
    assert marks.px("BTC") is None
    world.push_bbo("BTC", 109, 111)
    assert marks.px("BTC") == 110
    world.do(watch.close)
    assert marks.px("BTC") is None, "nobody listens any more"


def test_orders_at_one_price_are_judged_by_one_number() -> None:
    """Until something is pushed the same object is given, whoever asks."""
    world = World()
    marks = ExactMarks(world.market_data)
    world.do(lambda: world.market_data.watch_bbo("BTC", lambda _: None))
    world.push_bbo("BTC", 99, 101)
    assert marks.px("BTC") is marks.px("BTC")
    assert marks.px("ETH") is None
