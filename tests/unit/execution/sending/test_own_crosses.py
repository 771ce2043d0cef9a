"""Who of an account's own would trade with whom, and how little is asked to know it."""

from __future__ import annotations

from decimal import Decimal

from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.market import Side
from hive.domain.orders import OrderIntent, TimeInForce
from hive.execution.orders.dispatch import Dispatch
from hive.execution.orders.order_life import OrderLife
from hive.execution.sending.own_crosses import OwnCrosses
from hive.portfolio.exposure import Exposure


class Lives:
    """The live orders of an account, which counts how often it is asked for them."""

    def __init__(self) -> None:
        self.all: list[OrderLife] = []
        self.asked = 0

    def __call__(self, strategy: StrategyId | None) -> list[OrderLife]:
        self.asked += 1
        return [life for life in self.all if strategy in (None, life.strategy)]

    def add(self, number: int, side: Side, *, is_sent: bool = True) -> OrderLife:
        intent = OrderIntent(
            strategy=StrategyId(f"strategy-{number}"),
            cloid=Cloid(f"0x{number:032x}"),
            coin="BTC",
            side=side,
            size=Decimal(1),
            limit_px=Decimal(60_000),
            tif=TimeInForce.GTC,
        )
        life = Dispatch(Exposure(), lambda cloid: None).register(intent)
        life.is_sent = is_sent
        self.all.append(life)
        return life


def test_a_crowd_on_one_side_is_asked_for_once_however_large_it_is() -> None:
    lives = Lives()
    crosses = OwnCrosses(lives)
    crowd = [lives.add(number, Side.BUY, is_sent=False) for number in range(50)]
    assert crosses.lets_pass(crowd[0], Decimal(59_000))
    asked = lives.asked
    assert all(crosses.lets_pass(life, Decimal(59_000)) for life in crowd[1:])
    assert lives.asked == asked


def test_an_order_that_left_stands_in_the_way_and_one_that_is_gone_does_not() -> None:
    lives = Lives()
    crosses = OwnCrosses(lives)
    bid, ask = lives.add(1, Side.BUY, is_sent=False), lives.add(2, Side.SELL, is_sent=False)
    assert crosses.lets_pass(bid, Decimal(60_000))
    assert not crosses.lets_pass(ask, Decimal(60_000))
    assert crosses.in_the_way(ask, Decimal(60_000)) == [bid]
    crosses.turn_over()
    lives.all.remove(bid)
    assert crosses.in_the_way(ask, Decimal(60_000)) == []
    assert crosses.lets_pass(ask, Decimal(60_000)), "what was counted anew is forgotten"


def test_a_strategy_is_never_in_its_own_way() -> None:
    lives = Lives()
    crosses = OwnCrosses(lives)
    bid, ask = lives.add(1, Side.BUY), lives.add(1, Side.SELL, is_sent=False)
    assert crosses.in_the_way(ask, bid.limit_px) == []
