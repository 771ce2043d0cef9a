"""What a strategy may ask of the desk: numbers made legal, and only its own orders in its hands."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.strategies.recorder import Recorder, rig

from hive.domain.identifiers import StrategyId
from hive.domain.market import Side
from hive.domain.orders import OrderNews, TimeInForce


def test_floats_are_rounded_never_worse_and_decimals_are_taken_at_their_word() -> None:
    world = rig()
    strategy = Recorder()
    world.add("s", strategy)
    world.run_s(1)
    hands = strategy.hands
    buy = world.do(lambda: hands.buy("BTC", 0.00123456, 90_000.77))
    sell = world.do(lambda: hands.sell("BTC", 0.00123456, 110_000.22))
    exact = world.do(lambda: hands.buy("BTC", Decimal("0.00123456"), Decimal("90000.77")))
    world.run_s(1)
    bought, sold = hands.order(buy), hands.order(sell)
    assert bought is not None
    assert sold is not None
    assert (bought.size, bought.limit_px) == (Decimal("0.00123"), Decimal(90_000))
    assert (sold.size, sold.limit_px) == (Decimal("0.00123"), Decimal(110_001))
    refused = [e for e in strategy.news if e.news is OrderNews.REFUSED]
    assert [e.order.cloid for e in refused] == [exact]
    assert refused[0].reason.startswith("tick")


@pytest.mark.parametrize(
    ("size", "px", "rule"),
    [
        (float("nan"), 100_000.0, "size"),
        (-1.0, 100_000.0, "size"),
        (0.000001, 100_000.0, "size"),
        (0.01, float("inf"), "price"),
        (0.01, -5.0, "price"),
        (0.01, 0.0, "price"),
        (0.00001, 90_000.0, "minimum value"),
    ],
)
def test_numbers_that_no_rounding_can_save_are_refused_by_their_rule(
    size: float, px: float, rule: str
) -> None:
    """Nothing about a number is raised into a strategy: the refusal is news like any other."""
    world = rig()
    strategy = Recorder()
    world.add("s", strategy)
    world.run_s(1)
    world.do(lambda: strategy.hands.buy("BTC", size, px))
    assert strategy.news == [], "never told from within the verb"
    world.run_s(1)
    assert [e.news for e in strategy.news] == [OrderNews.REFUSED]
    assert strategy.news[0].reason.startswith(rule)


def test_replace_keeps_the_cloid_and_an_unchanged_replace_sends_nothing() -> None:
    world = rig()
    strategy = Recorder()
    world.add("s", strategy)
    world.run_s(1)
    hands = strategy.hands
    cloid = world.do(lambda: hands.buy("BTC", 0.01, 90_000.0))
    world.run_s(1)
    world.do(lambda: hands.replace(cloid, limit_px=90_000.4))
    assert world.desk.replaces == 0, "it rounds to what it is already"
    world.do(lambda: hands.replace(cloid, limit_px=91_000.0, size=0.02))
    world.run_s(1)
    order = hands.order(cloid)
    assert order is not None
    assert (order.size, order.limit_px) == (Decimal("0.02"), Decimal(91_000))
    assert [e.news for e in strategy.news] == [OrderNews.ACCEPTED, OrderNews.REPLACED]


def test_a_strategy_sees_only_its_own_orders_and_position() -> None:
    world = rig()
    mine, other = Recorder(), Recorder()
    world.add("mine", mine)
    world.add("other", other)
    world.run_s(1)
    cloid = world.do(lambda: mine.hands.buy("BTC", 0.01, 90_000.0))
    world.do(lambda: other.hands.buy("BTC", 0.01, 101_000.0, tif=TimeInForce.IOC))
    world.run_s(1)
    assert other.hands.order(cloid) is None
    world.do(lambda: other.hands.cancel(cloid))
    world.run_s(1)
    assert [o.cloid for o in mine.hands.open_orders()] == [cloid]
    assert other.hands.open_orders() == []
    assert mine.hands.position("BTC").is_flat
    held = other.hands.position("BTC")
    assert held.size == Decimal("0.01")
    assert held.unrealized_usd is not None
    assert mine.fills == []
    assert len(other.fills) >= 1
    snapshot = world.snapshot(StrategyId("other"))
    assert snapshot.fills == len(other.fills)
    assert snapshot.volume_usd > 900
    assert snapshot.profit_usd < 0, "spread and fee"


def test_a_side_is_only_a_word_for_buy_and_sell() -> None:
    world = rig()
    strategy = Recorder()
    world.add("s", strategy)
    world.run_s(1)
    cloid = world.do(lambda: strategy.hands.place("BTC", Side.SELL, 0.01, 120_000.0))
    order = strategy.hands.order(cloid)
    assert order is not None
    assert order.side is Side.SELL
