"""Modify: a new order with a new oid, the old one gone (protocol.md 2.7, 5.1)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.localvenue.still_venue import Stage, buy, cloid_of, order_action, sell

from hive.localvenue.validation.modify_rules import ModifyRules


def modify(oid: int | str, new: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "modify", "oid": oid, "order": new, **more}


def batch_modify(*modifies: tuple[int | str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    rows = [{"oid": oid, "order": new} for oid, new in modifies]
    return {"type": "batchModify", "modifies": rows, **more}


def trigger_of(px: float) -> dict[str, Any]:
    return {"trigger": {"isMarket": True, "triggerPx": str(px), "tpsl": "sl"}}


def test_a_modify_gives_a_new_oid_and_keeps_the_cloid() -> None:
    stage = Stage()
    trader = stage.trader(1)
    old = trader.place_one(buy(79_000, 1, cloid=cloid_of(1)))["resting"]["oid"]
    answer = trader.act(modify(old, buy(79_100, 2, cloid=cloid_of(1))))
    assert answer == {"status": "ok", "response": {"type": "default"}}
    (order,) = trader.open_orders()
    assert order["oid"] > old
    assert (order["cloid"], order["limitPx"], order["sz"]) == (cloid_of(1), "79100.0", "2.0")
    assert trader.status(old) == "canceled"
    assert trader.status(cloid_of(1)) == "open"  # the newest owner of the cloid


def test_the_size_of_a_modify_is_the_whole_new_order_and_not_the_rest() -> None:
    stage = Stage()
    trader, taker = stage.trader(1), stage.trader(2)
    trader.place(buy(79_000, 3, cloid=cloid_of(1)))
    taker.place(sell(79_000, 1, tif="Ioc"))
    trader.act(modify(cloid_of(1), buy(79_100, 3, cloid=cloid_of(1))))
    assert trader.open_orders()[0]["sz"] == "3.0"


@pytest.mark.parametrize("is_open_told_first", [True, False])
def test_the_two_events_come_in_the_configured_order(is_open_told_first: bool) -> None:
    stage = Stage(is_open_told_first=is_open_told_first)
    trader = stage.trader(1)
    trader.place(buy(79_000, 1, cloid=cloid_of(1)))
    stage.listen(type="orderUpdates", user=trader.address)
    trader.act(batch_modify((cloid_of(1), buy(79_100, 1, cloid=cloid_of(1)))))
    (updates,) = stage.heard("orderUpdates")
    expected = ["open", "canceled"] if is_open_told_first else ["canceled", "open"]
    assert [update["status"] for update in updates] == expected
    assert {update["order"]["cloid"] for update in updates} == {cloid_of(1)}


def test_batch_modify_answers_like_a_batch_of_orders() -> None:
    stage = Stage()
    trader, maker = stage.trader(1), stage.trader(2)
    first = trader.place_one(buy(79_000, 1))["resting"]["oid"]
    second = trader.place_one(buy(78_000, 1))["resting"]["oid"]
    maker.place(sell(80_100, 1))
    answer = trader.act(batch_modify((first, buy(79_500, 1)), (second, buy(80_100, 1))))
    resting, filled = answer["response"]["data"]["statuses"]
    assert answer["response"]["type"] == "order"
    assert resting["resting"]["oid"] > second
    assert filled["filled"]["totalSz"] == "1.0"


def test_an_order_that_is_gone_cannot_be_modified() -> None:
    stage = Stage()
    trader = stage.trader(1)
    oid = trader.place_one(buy(79_000, 1))["resting"]["oid"]
    trader.cancel(0, oid)
    answer = trader.act(modify(oid, buy(79_100, 1)))
    assert answer["status"] == "err"
    assert answer["response"].startswith("Cannot modify canceled or filled order")
    statuses = trader.act(batch_modify((oid, buy(79_100, 1))))["response"]["data"]["statuses"]
    assert statuses[0]["error"].startswith("Cannot modify canceled or filled order")
    assert trader.open_orders() == []


def test_the_old_order_is_gone_even_if_the_new_one_is_refused() -> None:
    stage = Stage()
    trader, maker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_100, 1))
    oid = trader.place_one(buy(79_000, 1))["resting"]["oid"]
    answer = trader.act(modify(oid, buy(80_200, 1, tif="Alo")))
    assert answer["response"].startswith("Error placing new order during modify: Post only")
    assert trader.status(oid) == "canceled"
    assert trader.open_orders() == []


def test_a_static_fault_leaves_the_old_order_alone() -> None:
    stage = Stage()
    trader = stage.trader(1)
    oid = trader.place_one(buy(79_000, 1))["resting"]["oid"]
    assert trader.act(modify(oid, buy(79_000, 0)))["response"] == "Order has zero size."
    assert trader.status(oid) == "open"


def test_a_modify_is_classed_by_its_new_order() -> None:
    stage = Stage()
    trader, taker = stage.trader(1), stage.trader(2)
    oid = trader.place_one(sell(80_100, 1))["resting"]["oid"]
    stage.send(taker.request(order_action(buy(80_300, 1, tif="Ioc"))))
    stage.send(trader.request(modify(oid, sell(80_300, 1, tif="Alo"))))
    stage.make_block()
    assert taker.fills()[0]["px"] == "80300.0"


# --- `a`, always place ---


@pytest.mark.parametrize("is_cloid", [False, True])
def test_an_order_that_is_gone_is_placed_anew_if_the_modify_says_so(is_cloid: bool) -> None:
    stage = Stage()
    trader = stage.trader(1)
    oid = trader.place_one(buy(79_000, 1, cloid=cloid_of(1)))["resting"]["oid"]
    trader.cancel(0, oid)
    name = cloid_of(1) if is_cloid else oid
    answer = trader.act(modify(name, buy(79_100, 1), a=True))
    assert answer == {"status": "ok", "response": {"type": "default"}}
    (order,) = trader.open_orders()
    assert order["limitPx"] == "79100.0"


def test_what_is_placed_anew_and_refused_is_told_its_own_reason_alone() -> None:
    stage = Stage()
    trader = stage.trader(1)
    answer = trader.act(batch_modify((7, buy(79_000, "0.0001")), a=True))
    (status,) = answer["response"]["data"]["statuses"]
    assert status == {"error": "Order must have minimum value of $10. asset=0"}


def resting_stage() -> Stage:
    """A venue that takes modifies as the documents describe them."""
    return Stage(modifies=ModifyRules(must_rest=True))


def test_by_the_documents_a_modify_posts_only() -> None:
    stage = resting_stage()
    trader, maker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_100, 1))
    oid = trader.place_one(buy(79_000, 1))["resting"]["oid"]
    trader.act(modify(oid, buy(79_100, 1)))
    (order,) = trader.open_orders()
    assert (order["limitPx"], order["tif"]) == ("79100.0", "Alo")
    answer = trader.act(modify(order["oid"], buy(80_200, 1)))
    assert answer["response"].startswith("Error placing new order during modify: Post only")
    assert trader.size() == "0.0"


@pytest.mark.parametrize(
    "new", [buy(79_100, 1, tif="Ioc"), {**buy(79_100, 1), "t": trigger_of(81_000)}]
)
def test_by_the_documents_a_modify_to_what_cannot_rest_leaves_the_old_order(
    new: dict[str, Any],
) -> None:
    stage = resting_stage()
    trader = stage.trader(1)
    oid = trader.place_one(buy(79_000, 1))["resting"]["oid"]
    answer = trader.act(modify(oid, new))
    assert answer["response"] == "Modify without always place must be a GTC or ALO order."
    assert trader.status(oid) == "open"


def test_by_the_documents_a_forced_modify_may_take_and_may_wait() -> None:
    stage = resting_stage()
    trader, maker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_100, 1))
    oid = trader.place_one(buy(79_000, 2))["resting"]["oid"]
    trader.act(modify(oid, buy(80_100, 2, cloid=cloid_of(1)), a=True))
    assert trader.size() == "1.0"
    stop = {**sell(70_000, 1, reduce_only=True), "t": trigger_of(70_000)}
    trader.act(batch_modify((cloid_of(1), stop), a=True))
    (order,) = trader.open_orders()
    assert order["isTrigger"] is True


def test_by_the_documents_a_modify_comes_before_the_takers_of_its_block() -> None:
    stage = resting_stage()
    trader, taker = stage.trader(1), stage.trader(2)
    oid = trader.place_one(sell(80_100, 1))["resting"]["oid"]
    stage.send(taker.request(order_action(buy(80_300, 1, tif="Ioc"))))
    stage.send(trader.request(modify(oid, sell(80_300, 1))))
    stage.make_block()
    assert taker.fills()[0]["px"] == "80300.0"


def test_the_open_of_a_modify_can_be_lost() -> None:
    stage = Stage(modifies=ModifyRules(is_open_told=False))
    trader = stage.trader(1)
    oid = trader.place_one(buy(79_000, 1))["resting"]["oid"]
    stage.listen(type="orderUpdates", user=trader.address)
    trader.act(modify(oid, buy(79_100, 1)))
    (updates,) = stage.heard("orderUpdates")
    assert [(row["order"]["oid"], row["status"]) for row in updates] == [(oid, "canceled")]
    (order,) = trader.open_orders()
    assert trader.status(order["oid"]) == "open"


def test_the_open_of_a_modify_can_be_lost_by_fault() -> None:
    stage = Stage()
    trader = stage.trader(1)
    trader.place(buy(79_000, 1, cloid=cloid_of(1)))
    stage.listen(type="orderUpdates", user=trader.address)
    stage.oracle(type="loseModifyOpen")
    told: list[list[str]] = []
    for px in (79_100, 79_200):
        trader.act(modify(cloid_of(1), buy(px, 1, cloid=cloid_of(1))))
        (updates,) = stage.heard("orderUpdates")
        told.append([update["status"] for update in updates])
        assert trader.status(cloid_of(1)) == "open"
    assert told == [["canceled"], ["open", "canceled"]]
    assert stage.oracle(type="counters")["faults"] == {"loseModifyOpen": 1}


def test_a_lost_open_leaves_no_empty_frame() -> None:
    stage = Stage()
    trader = stage.trader(1)
    stage.listen(type="orderUpdates", user=trader.address)
    stage.oracle(type="loseModifyOpen")
    trader.act({**modify(1, buy(79_000, 1, cloid=cloid_of(1))), "a": True})
    assert trader.status(cloid_of(1)) == "open"
    assert stage.heard("orderUpdates") == []
