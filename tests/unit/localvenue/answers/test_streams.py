"""What is pushed: first frames, frames per block, frames by the clock."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.localvenue.still_venue import Stage, buy, cloid_of, sell

from hive.localvenue.config import Cadence, PageSizes


def stage_with_a_book(**config: Any) -> Stage:
    stage = Stage(**config)
    stage.trader(9).place(buy(79_900, 1), buy(79_800, 2), sell(80_100, 1), sell(80_200, 2))
    return stage


def trade_once(stage: Stage) -> None:
    stage.trader(8).place(buy(80_100, "0.5", tif="Ioc"))


def test_first_frames_say_what_is() -> None:
    stage = stage_with_a_book()
    trade_once(stage)
    (mids,) = stage.listen(type="allMids")
    assert mids["mids"]["BTC"] == "80000.0"
    assert mids["mids"]["PURR/USDC"]
    (book,) = stage.listen(type="l2Book", coin="BTC")
    assert book["levels"][0][0] == {"px": "79900.0", "sz": "1.0", "n": 1}
    assert "fast" not in book
    (fast,) = stage.listen(type="l2Book", coin="BTC", fast=True)
    assert fast["fast"] is True
    (bbo,) = stage.listen(type="bbo", coin="BTC")
    assert bbo["bbo"][1] == {"px": "80100.0", "sz": "0.5", "n": 1}
    (trades,) = stage.listen(type="trades", coin="BTC")
    assert [trade["px"] for trade in trades] == ["80100.0"]
    (candle,) = stage.listen(type="candle", coin="BTC", interval="1m")
    assert (candle["c"], candle["v"], candle["n"]) == ("80100.0", "0.5", 1)
    (context,) = stage.listen(type="activeAssetCtx", coin="BTC")
    assert context["ctx"]["midPx"] == "80000.0"


def test_a_users_streams_begin_with_a_snapshot_or_with_nothing() -> None:
    stage = Stage()
    user = stage.trader(1).address
    assert stage.listen(type="orderUpdates", user=user) == []
    assert stage.listen(type="userEvents", user=user) == []
    assert stage.listen(type="userFills", user=user) == [
        {"isSnapshot": True, "user": user, "fills": []}
    ]
    (state,) = stage.listen(type="clearinghouseState", user=user)
    assert (state["dex"], state["user"]) == ("", user)
    (orders,) = stage.listen(type="openOrders", user=user)
    assert orders == {"dex": "", "user": user, "orders": []}


def test_a_listed_spot_pair_has_a_stream_and_an_empty_book() -> None:
    stage = Stage()
    (book,) = stage.listen(type="l2Book", coin="PURR/USDC")
    assert book["levels"] == [[], []]
    stage.listen(type="activeAssetCtx", coin="PURR/USDC")
    stage.pass_ms(1_000)
    assert stage.heard("activeSpotAssetCtx")[0]["coin"] == "PURR/USDC"


def test_an_order_that_rests_fills_and_ends_is_told_step_by_step() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    stage.listen(type="orderUpdates", user=maker.address)
    maker.place(sell(80_100, 2, cloid=cloid_of(1)))
    taker.place(buy(80_100, "0.5", tif="Ioc"))
    taker.place(buy(80_100, "1.5", tif="Ioc"))
    updates = [update for frame in stage.heard("orderUpdates") for update in frame]
    seen = [(update["status"], update["order"]["sz"]) for update in updates]
    assert seen == [("open", "2.0"), ("open", "1.5"), ("filled", "0.0")]
    assert updates[1]["order"]["origSz"] == "2.0"
    assert updates[1]["order"]["cloid"] == cloid_of(1)
    assert "reduceOnly" not in updates[1]["order"]


def test_fills_come_on_both_channels_and_only_the_first_frame_is_a_snapshot() -> None:
    stage = stage_with_a_book()
    taker = stage.trader(1)
    stage.listen(type="userFills", user=taker.address)
    stage.listen(type="userEvents", user=taker.address)
    taker.place(buy(80_200, 2, tif="Ioc"))
    (frame,) = stage.heard("userFills")
    assert "isSnapshot" not in frame
    assert [fill["px"] for fill in frame["fills"]] == ["80100.0", "80200.0"]  # as they happened
    (event,) = stage.heard("user")
    assert event == {"fills": frame["fills"]}


def test_aggregated_fills_of_a_block_are_one_per_order() -> None:
    stage = stage_with_a_book()
    taker = stage.trader(1)
    stage.listen(type="userFills", user=taker.address, aggregateByTime=True)
    taker.place(buy(80_200, 2, tif="Ioc"))
    ((fill,),) = [frame["fills"] for frame in stage.heard("userFills")]
    assert (fill["px"], fill["sz"], fill["startPosition"]) == ("80150.0", "2.0", "0.0")
    asked = stage.ask(type="userFills", user=taker.address, aggregateByTime=True)
    assert asked == [fill]


def test_a_snapshot_of_fills_is_no_longer_than_configured() -> None:
    stage = stage_with_a_book(pages=PageSizes(fills_first_frame=3))
    taker = stage.trader(1)
    for _ in range(5):
        taker.place(buy(80_100, "0.1", tif="Ioc"))
    (first,) = stage.listen(type="userFills", user=taker.address)
    newest = stage.ask(type="userFills", user=taker.address)
    assert first["fills"] == newest[:3]


def test_trades_of_a_block_come_in_one_frame_and_name_buyer_and_seller() -> None:
    stage = stage_with_a_book()
    stage.listen(type="trades", coin="BTC")
    taker = stage.trader(1)
    taker.place(buy(80_200, 2, tif="Ioc"))
    (frame,) = stage.heard("trades")
    assert [trade["sz"] for trade in frame] == ["1.0", "1.0"]
    assert {trade["side"] for trade in frame} == {"B"}
    assert frame[0]["users"] == [taker.address, stage.trader(9).address]
    assert len({trade["tid"] for trade in frame}) == 2
    assert len({trade["hash"] for trade in frame}) == 1


def test_the_bbo_is_told_when_it_changes_and_once_per_block() -> None:
    stage = stage_with_a_book()
    stage.listen(type="bbo", coin="BTC")
    trader = stage.trader(1)
    trader.place(buy(79_000, 1))  # deep in the book
    stage.heard("bbo")
    trader.place(buy(79_100, 1))
    assert stage.heard("bbo") == []
    trader.place(buy(79_950, 1), buy(79_960, 1))
    (frame,) = stage.heard("bbo")
    assert frame["bbo"][0]["px"] == "79960.0"


@pytest.mark.parametrize(
    ("subscription", "channel", "every_ms"),
    [
        ({"type": "l2Book", "coin": "BTC"}, "l2Book", 5_400),
        ({"type": "l2Book", "coin": "BTC", "fast": True}, "l2Book", 540),
        ({"type": "allMids"}, "allMids", 5_000),
        ({"type": "activeAssetCtx", "coin": "BTC"}, "activeAssetCtx", 1_000),
    ],
)
def test_what_the_clock_sends_comes_at_its_pace_changed_or_not(
    subscription: dict[str, Any], channel: str, every_ms: int
) -> None:
    stage = stage_with_a_book()
    stage.listen(**subscription)
    stage.pass_ms(10 * every_ms)
    assert len(stage.heard(channel)) == 10


def test_a_candle_is_told_after_trades_and_at_most_at_its_pace() -> None:
    stage = stage_with_a_book(cadence=Cadence(candle_ms=1_000))
    stage.listen(type="candle", coin="BTC", interval="5m")
    stage.pass_ms(3_000)
    assert stage.heard("candle") == []
    trade_once(stage)
    stage.pass_ms(3_000)
    (candle,) = stage.heard("candle")
    assert (candle["i"], candle["c"]) == ("5m", "80100.0")
    assert candle["T"] - candle["t"] == 299_999


def test_accounts_are_told_when_they_changed_and_now_and_then_anyway() -> None:
    stage = stage_with_a_book()
    trader = stage.trader(1)
    stage.listen(type="clearinghouseState", user=trader.address)
    stage.listen(type="openOrders", user=trader.address)
    trader.place(buy(79_000, 1))
    stage.pass_ms(1_000)
    assert stage.heard("openOrders")[0]["orders"][0]["limitPx"] == "79000.0"
    assert len(stage.heard("clearinghouseState")) == 1
    stage.pass_ms(10_000)
    assert stage.heard("openOrders") == []
    assert len(stage.heard("clearinghouseState")) == 2


def test_nothing_is_made_for_streams_that_nobody_holds_any_more() -> None:
    stage = stage_with_a_book()
    stage.listen(type="bbo", coin="BTC", connection=1)
    stage.listen(type="bbo", coin="BTC", connection=2)
    stage.venue.disconnected(1, now_ms=stage.now_ms)
    trader = stage.trader(1)
    trader.place(buy(79_950, 1))
    assert len(stage.heard("bbo")) == 1
    stage.venue.disconnected(2, now_ms=stage.now_ms)
    trader.place(buy(79_960, 1))
    assert stage.heard("bbo") == []
    assert stage.oracle(type="counters")["pushes"]["bbo"] == 1


@pytest.mark.parametrize("is_order_told_first", [True, False])
def test_updates_and_fills_of_a_block_come_in_the_configured_order(
    is_order_told_first: bool,
) -> None:
    stage = stage_with_a_book(is_order_told_first=is_order_told_first)
    taker = stage.trader(1)
    stage.listen(type="orderUpdates", user=taker.address)
    stage.listen(type="userFills", user=taker.address)
    taker.place(buy(80_100, 1, tif="Ioc"))
    channels = [channel for channel, _ in stage.sockets.frames]
    expected = ["orderUpdates", "userFills"]
    assert channels == (expected if is_order_told_first else expected[::-1])
