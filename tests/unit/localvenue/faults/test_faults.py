"""Faults by script: each does what it says, as often as it says, and is counted."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.unit.localvenue.still_venue import Stage, buy, cloid_of, order_action, sell

from hive.serving.port import NO_ANSWER


def fired(stage: Stage) -> dict[str, int]:
    counters = stage.oracle(type="counters")
    fired: dict[str, int] = counters["faults"]
    return fired


def test_a_lost_response_was_applied() -> None:
    stage = Stage()
    trader = stage.trader(1)
    stage.oracle(type="dropResponse", count=1)
    replies = stage.send(trader.request(order_action(buy(79_000, 1, cloid=cloid_of(1)))))
    stage.make_block()
    assert replies == [NO_ANSWER]
    assert trader.status(cloid_of(1)) == "open"
    assert trader.act({"type": "noop"})["status"] == "ok"
    assert fired(stage) == {"dropResponse": 1}


def test_a_lost_request_was_never_applied() -> None:
    stage = Stage()
    trader = stage.trader(1)
    stage.oracle(type="dropRequest", kind="order")
    assert trader.act({"type": "noop"})["status"] == "ok"  # of another kind
    request = trader.request(order_action(buy(79_000, 1, cloid=cloid_of(1))))
    assert stage.send(request) == [NO_ANSWER]
    stage.make_block()
    assert trader.status(cloid_of(1)) == "unknownOid"
    assert trader.act({"type": "noop"}, nonce=request.nonce)["status"] == "ok"


@pytest.mark.parametrize("status", [429, 500, 502])
def test_an_error_of_the_server_may_follow_what_was_applied(status: int) -> None:
    stage = Stage()
    trader = stage.trader(1)
    stage.oracle(type="failResponse", status=status)
    replies = stage.send(trader.request(order_action(buy(79_000, 1, cloid=cloid_of(1)))))
    stage.make_block()
    assert [reply.status for reply in replies] == [status]
    assert trader.status(cloid_of(1)) == "open"


def test_a_response_may_be_cut_in_the_middle() -> None:
    stage = Stage()
    stage.oracle(type="failResponse", status=200, path="info", kind="meta")
    reply = stage.ask_raw(type="meta")
    assert reply.status == 200
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(reply.body)
    assert stage.ask_raw(type="meta").status == 200


def test_questions_can_be_lost_too() -> None:
    stage = Stage()
    stage.oracle(type="dropResponse", path="info", kind="meta")
    assert stage.ask_raw(type="allMids").status == 200
    assert stage.ask_raw(type="meta") == NO_ANSWER


def rest(stage: Stage, trader: Any) -> None:
    trader.place(buy(79_000, 1))


def listening() -> tuple[Stage, Any]:
    stage = Stage()
    trader = stage.trader(1)
    stage.listen(type="orderUpdates", user=trader.address)
    return stage, trader


def test_a_push_is_lost_once() -> None:
    stage, trader = listening()
    stage.oracle(type="dropPush", channel="orderUpdates", count=1)
    rest(stage, trader)
    assert stage.heard("orderUpdates") == []
    rest(stage, trader)
    assert len(stage.heard("orderUpdates")) == 1
    assert fired(stage) == {"dropPush": 1}


def test_a_push_comes_twice() -> None:
    stage, trader = listening()
    stage.oracle(type="duplicatePush", channel="orderUpdates")
    rest(stage, trader)
    first, second = stage.heard("orderUpdates")
    assert first == second
    rest(stage, trader)
    assert len(stage.heard("orderUpdates")) == 1


def test_a_fault_may_name_whom_it_is_about() -> None:
    stage, trader = listening()
    stage.oracle(type="dropPush", channel="orderUpdates", name="0x" + "0" * 40)
    rest(stage, trader)
    assert len(stage.heard("orderUpdates")) == 1
    assert stage.oracle(type="counters")["faultsWaiting"] == 1


def test_a_late_channel_is_late_as_a_whole_and_keeps_its_order() -> None:
    stage, trader = listening()
    stage.listen(type="userFills", user=trader.address)
    stage.oracle(type="delayChannel", channel="orderUpdates", ms=1_000, forMs=150)
    oid = trader.place_one(buy(79_000, 1))["resting"]["oid"]
    stage.trader(2).place(sell(79_000, 1, tif="Ioc"))
    stage.pass_ms(200)
    assert len(stage.heard("userFills")) == 1  # other channels are on time
    assert stage.heard("orderUpdates") == []
    trader.place(buy(78_000, 1))  # no longer delayed itself, but behind those that are
    stage.pass_ms(2_000)
    updates = [update for frame in stage.heard("orderUpdates") for update in frame]
    assert [update["status"] for update in updates] == ["open", "filled", "open"]
    assert updates[0]["order"]["oid"] == oid


def test_a_channel_can_be_silent_for_a_while() -> None:
    stage, trader = listening()
    stage.oracle(type="silenceChannel", channel="orderUpdates", forMs=500)
    rest(stage, trader)
    assert stage.heard("orderUpdates") == []
    stage.pass_ms(500)
    rest(stage, trader)
    assert len(stage.heard("orderUpdates")) == 1


def test_a_channel_may_always_lag() -> None:
    stage = Stage(lag_ms_by_channel={"orderUpdates": 300})
    trader = stage.trader(1)
    stage.listen(type="orderUpdates", user=trader.address)
    rest(stage, trader)
    assert stage.heard("orderUpdates") == []
    stage.pass_ms(300)
    assert len(stage.heard("orderUpdates")) == 1


def test_stale_reads_show_what_was_true_then() -> None:
    stage = Stage()
    maker, trader = stage.trader(1), stage.trader(2)
    maker.place(sell(80_000, 1))
    stage.pass_ms(2_000)
    stage.oracle(type="staleReads", lagMs=1_000, forMs=10_000)
    trader.place(buy(80_000, 1, cloid=cloid_of(1)))
    stage.pass_ms(200)
    assert trader.status(cloid_of(1)) == "unknownOid"
    assert trader.fills() == []
    assert trader.size() == "0.0"
    assert [order["sz"] for order in maker.open_orders()] == ["1.0"]
    stage.pass_ms(1_000)
    assert trader.status(cloid_of(1)) == "filled"
    assert len(trader.fills()) == 1
    assert trader.size() == "1.0"
    assert maker.open_orders() == []
    stage.pass_ms(10_000)
    trader.place(buy(79_000, 1, cloid=cloid_of(2)))
    assert trader.status(cloid_of(2)) == "open"  # over


def test_reads_may_always_lag() -> None:
    stage = Stage(read_lag_ms=400)
    trader = stage.trader(1)
    trader.place(buy(79_000, 1, cloid=cloid_of(1)))
    assert trader.status(cloid_of(1)) == "unknownOid"
    stage.pass_ms(500)
    assert trader.status(cloid_of(1)) == "open"


def test_a_socket_is_cut_by_what_it_holds() -> None:
    stage = Stage()
    user = stage.trader(1).address
    stage.listen(type="bbo", coin="BTC", connection=1)
    stage.listen(type="orderUpdates", user=user, connection=2)
    stage.oracle(type="cutSocket", holds="orderUpdates")
    stage.oracle(type="cutSocket")
    stage.oracle(type="cutSocket", connection=2)
    assert stage.sockets.cut_connections == [2, 1, 2]
    assert fired(stage) == {"cutSocket": 3}
    reply = stage.venue.oracle({"type": "cutSocket", "connection": 9}, now_ms=stage.now_ms)
    assert reply.status == 422


def test_the_oracle_knows_what_it_does_not_know() -> None:
    stage = Stage()
    for request in ({"type": "meltdown"}, {"type": "credit", "user": "me", "usd": "1"}, {}):
        assert stage.venue.oracle(request, now_ms=stage.now_ms).status == 422


def test_the_oracle_tells_the_truth_of_an_account() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_000, 2, cloid=cloid_of(1)))
    taker.place(buy(80_000, "0.5"))
    (truth,) = stage.oracle(type="truth", user=maker.address)["accounts"]
    assert truth["positions"] == {"BTC": "-0.50000"}
    assert truth["openOrders"][0]["cloid"] == cloid_of(1)
    assert truth["openOrders"][0]["openSize"] == "1.50000"
    assert truth["fills"][0]["tid"] == maker.fills()[0]["tid"]
    assert len(stage.oracle(type="truth")["accounts"]) == 2
    assert stage.oracle(type="truth", user="0x" + "9" * 40)["accounts"] == []


def test_money_can_be_paid_in_by_the_oracle() -> None:
    stage = Stage()
    user = "0x" + "7" * 40
    stage.oracle(type="credit", user=user, usd="250.5")
    state = stage.ask(type="clearinghouseState", user=user)
    assert state["withdrawable"] == "250.5"


def test_refusals_are_counted_by_their_reason() -> None:
    stage = Stage()
    trader = stage.trader(1)
    trader.place(buy(80_000, 1, tif="Ioc"))
    trader.act({"type": "noop"}, nonce=1)
    counters = stage.oracle(type="counters")
    assert counters["refusals"] == {"iocCancelRejected": 1, "nonce": 1}
    assert counters["asked"] == {"orders": 1}
    assert counters["signedActions"] == 1
