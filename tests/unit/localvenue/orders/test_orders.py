"""Orders as a client sees them: priority, times in force, reduce-only, self-trades."""

from __future__ import annotations

from typing import Any

from tests.unit.localvenue.still_venue import (
    BTC,
    BTC_PX,
    ETH,
    Stage,
    buy,
    cloid_of,
    order_action,
    sell,
)


def test_the_best_price_trades_first_and_the_maker_sets_the_price() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_200, 1), sell(80_100, 1), sell(80_300, 1))
    status = taker.place_one(buy(80_250, 2, tif="Ioc"))
    assert status["filled"]["totalSz"] == "2.0"
    assert [fill["px"] for fill in taker.fills()] == ["80200.0", "80100.0"]  # newest first
    assert status["filled"]["avgPx"] == "80150.0"


def test_at_one_price_the_oldest_order_trades_first() -> None:
    stage = Stage()
    early, late, taker = stage.trader(1), stage.trader(2), stage.trader(3)
    early.place(sell(80_100, 1))
    late.place(sell(80_100, 1))
    taker.place(buy(80_100, 1.5))
    assert early.size() == "-1.0"
    assert late.size() == "-0.5"


def test_a_gtc_order_rests_with_what_did_not_fill_and_is_called_filled() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_100, 1))
    status = taker.place_one(buy(80_100, 3))
    assert status["filled"]["totalSz"] == "1.0"
    (resting,) = taker.open_orders()
    assert (resting["sz"], resting["origSz"], resting["oid"]) == (
        "2.0",
        "3.0",
        status["filled"]["oid"],
    )


def test_a_gtc_order_that_meets_nobody_rests_under_its_cloid() -> None:
    stage = Stage()
    trader = stage.trader(1)
    status = trader.place_one(buy(79_000, 1, cloid=cloid_of(7)))
    assert status["resting"]["cloid"] == cloid_of(7)
    assert trader.status(cloid_of(7)) == "open"
    assert trader.status(status["resting"]["oid"]) == "open"


def test_an_ioc_order_takes_what_is_there_and_the_rest_is_canceled() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_100, 1))
    status = taker.place_one(buy(80_100, 3, tif="Ioc"))
    assert status["filled"]["totalSz"] == "1.0"
    assert taker.open_orders() == []
    assert taker.status(status["filled"]["oid"]) == "canceled"


def test_an_ioc_order_that_meets_nobody_is_refused_and_leaves_a_record() -> None:
    stage = Stage()
    trader = stage.trader(1)
    status = trader.place_one(buy(80_100, 1, tif="Ioc", cloid=cloid_of(1)))
    assert status == {
        "error": "Order could not immediately match against any resting orders. asset=0"
    }
    assert trader.status(cloid_of(1)) == "iocCancelRejected"


def test_a_post_only_order_that_would_trade_is_refused_with_the_bbo() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_100, 1), buy(79_900, 1))
    status = taker.place_one(buy(80_100, 1, tif="Alo", cloid=cloid_of(1)))
    assert status == {
        "error": "Post only order would have immediately matched, bbo was 79900.0@80100.0. asset=0"
    }
    assert taker.status(cloid_of(1)) == "badAloPxRejected"
    assert "resting" in taker.place_one(buy(80_099, 1, tif="Alo"))


def test_a_market_order_of_the_official_site_acts_like_an_ioc_order() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_100, 1))
    status = taker.place_one(buy(80_500, 2, tif="FrontendMarket"))
    assert status["filled"]["totalSz"] == "1.0"
    assert taker.open_orders() == []


def test_a_reduce_only_order_is_cut_to_the_position() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_100, 1), buy(79_900, 5))
    taker.place(buy(80_100, 1))
    status = taker.place_one(sell(79_900, 3, tif="Ioc", reduce_only=True))
    assert status["filled"]["totalSz"] == "1.0"
    assert taker.size() == "0.0"


def test_a_reduce_only_order_without_a_position_is_refused() -> None:
    stage = Stage()
    trader = stage.trader(1)
    text = "Reduce only order would increase position. asset=0"
    assert trader.place_one(sell(80_100, 1, reduce_only=True)) == {"error": text}


def test_of_reduce_only_orders_larger_than_the_position_the_older_leaves() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_100, 1))
    taker.place(buy(80_100, 1))
    older = taker.place_one(sell(80_500, 0.7, reduce_only=True))["resting"]["oid"]
    newer = taker.place_one(sell(80_600, 0.7, reduce_only=True))["resting"]["oid"]
    assert taker.status(older) == "reduceOnlyCanceled"
    assert taker.status(newer) == "open"


def test_reduce_only_orders_leave_when_their_position_is_closed_by_another() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_100, 1), buy(79_900, 1))
    taker.place(buy(80_100, 1))
    resting = taker.place_one(sell(80_500, 1, reduce_only=True))["resting"]["oid"]
    taker.place(sell(79_900, 1, tif="Ioc"))
    assert taker.size() == "0.0"
    assert taker.status(resting) == "reduceOnlyCanceled"


def test_a_resting_reduce_only_order_fills_no_more_than_the_position() -> None:
    stage = Stage()
    maker, holder, taker = stage.trader(1), stage.trader(2), stage.trader(3)
    maker.place(sell(80_100, 2), buy(79_900, 1))
    holder.place(buy(80_100, 2))
    holder.place(sell(80_500, 2, reduce_only=True))
    holder.place(sell(79_900, 1, tif="Ioc"))  # one is left, the order still asks for two
    status = taker.place_one(buy(80_500, 2, tif="Ioc"))
    assert status["filled"]["totalSz"] == "1.0"
    assert holder.size() == "0.0"
    assert holder.open_orders() == []


def test_an_own_resting_order_expires_instead_of_trading() -> None:
    stage = Stage()
    trader, other = stage.trader(1), stage.trader(2)
    own = trader.place_one(sell(80_100, 1))["resting"]["oid"]
    other.place(sell(80_150, 1))
    status = trader.place_one(buy(80_150, 1, tif="Ioc"))
    assert trader.status(own) == "selfTradeCanceled"
    assert status["filled"]["avgPx"] == "80150.0"
    assert len(trader.fills()) == 1


def test_an_ioc_order_that_only_meets_its_owner_is_refused() -> None:
    stage = Stage()
    trader = stage.trader(1)
    trader.place(sell(80_100, 1))
    assert "error" in trader.place_one(buy(80_100, 1, tif="Ioc"))
    assert trader.fills() == []


def test_a_canceled_order_is_gone_and_cannot_be_canceled_again() -> None:
    stage = Stage()
    trader = stage.trader(1)
    oid = trader.place_one(buy(79_000, 1))["resting"]["oid"]
    assert trader.cancel(BTC, oid) == "success"
    assert trader.status(oid) == "canceled"
    text = "Order was never placed, already canceled, or filled. asset=0"
    assert trader.cancel(BTC, oid) == {"error": text}


def test_an_order_is_canceled_by_its_cloid_and_only_under_its_own_asset() -> None:
    stage = Stage()
    trader = stage.trader(1)
    trader.place(buy(79_000, 1, cloid=cloid_of(1)))

    def cancel(asset: int) -> Any:
        cancels = [{"asset": asset, "cloid": cloid_of(1)}]
        answer = trader.act({"type": "cancelByCloid", "cancels": cancels})
        return answer["response"]["data"]["statuses"][0]

    assert "error" in cancel(ETH)
    assert cancel(BTC) == "success"


def test_nobody_cancels_the_order_of_another() -> None:
    stage = Stage()
    trader, other = stage.trader(1), stage.trader(2)
    oid = trader.place_one(buy(79_000, 1))["resting"]["oid"]
    assert "error" in other.cancel(BTC, oid)
    assert trader.status(oid) == "open"


def test_a_batch_answers_order_by_order() -> None:
    stage = Stage()
    trader = stage.trader(1)
    statuses = trader.place(buy(79_000, 1), buy(79_000, 1, tif="Ioc"), buy(78_000, 1))
    assert ["resting" in status for status in statuses] == [True, False, True]


def test_in_a_block_cancels_and_post_only_orders_come_before_takers() -> None:
    stage = Stage()
    maker, taker, quoter = stage.trader(1), stage.trader(2), stage.trader(3)
    resting = maker.place_one(sell(80_100, 1))["resting"]["oid"]
    taken = stage.send(taker.request(order_action(buy(80_200, 1, tif="Ioc"))))
    stage.send(maker.request({"type": "cancel", "cancels": [{"a": BTC, "o": resting}]}))
    stage.send(quoter.request(order_action(sell(80_200, 1, tif="Alo"))))
    stage.make_block()
    assert b'"avgPx":"80200.0"' in taken[0].body  # the taker arrived first and was served last
    assert maker.size() == "0.0"
    assert quoter.size() == "-1.0"


def test_all_of_a_block_has_the_time_of_the_block() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_100, 1), sell(80_200, 1))
    taker.place(buy(80_200, 2))
    times = {fill["time"] for fill in taker.fills()}
    assert len(times) == 1
    assert times.pop() % 100 == 0


def test_a_fill_tells_everything_about_itself() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_100, 2, cloid=cloid_of(1)), buy(80_000, 2))
    taker.place(buy(80_100, 1, tif="Ioc", cloid=cloid_of(2)))
    taker.place(sell(80_000, 2, tif="Ioc"))
    flipped, opened = taker.fills()
    assert opened["cloid"] == cloid_of(2)
    assert (opened["dir"], opened["startPosition"], opened["side"]) == ("Open Long", "0.0", "B")
    assert (opened["crossed"], opened["fee"], opened["feeToken"]) == (True, "36.045", "USDC")
    assert (flipped["dir"], flipped["startPosition"]) == ("Long > Short", "1.0")
    assert flipped["closedPnl"] == "-100.0"  # the fee is apart
    assert maker.fills()[-1]["fee"] == "12.015"
    assert maker.fills()[-1]["tid"] == opened["tid"]
    assert maker.fills()[-1]["hash"] == opened["hash"]
    assert float(opened["px"]) == 80_100 > BTC_PX
