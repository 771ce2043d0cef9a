"""Orders that pay to come first within their class of a block (protocol.md 2.6)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.localvenue.still_venue import Stage, Trader, buy, sell


def paying(rate: int, *orders: dict[str, Any]) -> dict[str, Any]:
    return {"type": "order", "orders": list(orders), "grouping": {"p": rate}}


def together(stage: Stage, *asked: tuple[Trader, dict[str, Any]]) -> None:
    """Actions that reach the same block, in this order."""
    for trader, action in asked:
        stage.send(trader.request(action))
    stage.make_block()


def test_who_pays_more_trades_first_within_a_block() -> None:
    stage = Stage()
    maker, first, second = (stage.trader(number) for number in (1, 2, 3))
    maker.place(sell(80_000, 1))
    take = buy(80_000, 1, tif="Ioc")
    together(stage, (first, paying(0, take)), (second, paying(1_000, take)))
    assert (first.size(), second.size()) == ("0.0", "1.0")


def test_at_the_same_rate_the_first_to_arrive_is_first() -> None:
    stage = Stage()
    maker, first, second = (stage.trader(number) for number in (1, 2, 3))
    maker.place(sell(80_000, 1))
    take = buy(80_000, 1, tif="Ioc")
    together(stage, (first, paying(1_000, take)), (second, paying(1_000, take)))
    assert (first.size(), second.size()) == ("1.0", "0.0")


def test_the_rate_is_paid_on_top_of_the_fee() -> None:
    stage = Stage()
    maker, plain, eager = (stage.trader(number) for number in (1, 2, 3))
    maker.place(sell(80_000, 2))
    plain.place(buy(80_000, 1, tif="Ioc"))
    eager.act(paying(10_000, buy(80_000, 1, tif="Ioc")))  # one basis point
    fees = [float(trader.fills()[0]["fee"]) for trader in (plain, eager)]
    assert fees[1] - fees[0] == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("rate", "orders"),
    [
        (80_001, (buy(79_000, 1, tif="Ioc"),)),
        (10, (buy(79_000, 1),)),
        (10, (buy(79_000, 1, tif="Ioc"), buy(79_000, 1, tif="Alo"))),
        (10, (sell(81_000, 1, tif="Alo", reduce_only=True),)),
        (10, (buy("0.18", 100, asset=10_000, tif="Ioc"),)),
    ],
)
def test_a_batch_that_may_not_pay_is_refused_as_a_whole(
    rate: int, orders: tuple[dict[str, Any], ...]
) -> None:
    answer = Stage().trader(1).act(paying(rate, *orders))
    assert answer["status"] == "err"
    assert "riority" in answer["response"]
