"""TP/SL groups (protocol.md 2.6): children that wait for their parent, and end each other."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.localvenue.orders.test_triggers import Ring, cancel_all, triggered
from tests.unit.localvenue.still_venue import BTC, buy, cloid_of, sell

from hive.hyperliquid.limits import VenueLimits


def bracket(entry: dict[str, Any], size: float = 1) -> tuple[dict[str, Any], ...]:
    return entry, triggered(90_000, size, tpsl="tp"), triggered(78_000, size)


def test_children_wait_for_their_parent_and_show_beside_and_below_it() -> None:
    """As in the recorded answer: the newest first, each with the oid after the one before."""
    ring = Ring()
    ring.stage.listen(type="orderUpdates", user=ring.trader.address)
    parent, *answers = ring.statuses("normalTpsl", *bracket(buy(79_000, 1)))
    assert answers == ["waitingForFill", "waitingForFill"]
    assert ring.words() == ["open", "open", "open"]
    *children, row = ring.trader.open_orders()
    assert row["oid"] == parent["resting"]["oid"]
    assert [child["oid"] - row["oid"] for child in children] == [2, 1]
    assert [child["orderType"] for child in children] == ["Stop Market", "Take Profit Market"]
    assert row["children"] == children[::-1]
    assert {ring.trader.status(child["oid"]) for child in children} == {"open"}


def test_children_become_active_only_when_the_parent_is_wholly_filled() -> None:
    ring = Ring()
    ring.statuses("normalTpsl", *bracket(buy(79_000, 1)))
    ring.maker.place(sell(79_000, 0.4))
    ring.move(91_000)  # beyond the take-profit, which is not awake yet
    assert ring.trader.size() == "0.4"
    cancel_all(ring.maker)
    ring.maker.place(sell(79_000, 0.6))
    assert ring.trader.size() == "1.0"
    assert [row["orderType"] for row in ring.trader.open_orders()] == [
        "Stop Market",
        "Take Profit Market",
    ]
    ring.move(91_000)
    assert ring.trader.size() == "0.0"


def test_a_parent_that_fills_at_once_has_children_that_wait_for_their_triggers() -> None:
    ring = Ring()
    ring.maker.place(sell(80_000, 1))
    parent, *children = ring.statuses("normalTpsl", *bracket(buy(80_000, 1)))
    assert parent["filled"]["totalSz"] == "1.0"
    assert children == ["waitingForTrigger", "waitingForTrigger"]
    assert len(ring.trader.open_orders()) == 2


def test_a_parent_that_is_cancelled_takes_its_children_along_even_if_a_part_was_filled() -> None:
    ring = Ring()
    parent, *_ = ring.statuses("normalTpsl", *bracket(buy(79_000, 1)))
    ring.maker.place(sell(79_000, 0.4))
    *_, row = ring.trader.open_orders()
    children = [child["oid"] for child in row["children"]]
    ring.trader.cancel(BTC, parent["resting"]["oid"])
    assert ring.trader.open_orders() == []
    assert [ring.trader.status(oid) for oid in children] == ["canceled", "canceled"]
    assert ring.trader.size() == "0.4"


def test_one_child_that_fills_ends_the_other() -> None:
    ring = Ring()
    ring.maker.place(sell(80_000, 1))
    ring.statuses("normalTpsl", *bracket(buy(80_000, 1)))
    profit = next(row for row in ring.trader.open_orders() if "Profit" in row["orderType"])
    ring.move(77_000)
    assert ring.trader.size() == "0.0"
    assert ring.trader.status(profit["oid"]) in ("siblingFilledCanceled", "reduceOnlyCanceled")
    assert ring.trader.open_orders() == []


def test_a_child_of_half_a_position_ends_its_sibling_as_a_sibling() -> None:
    """The position remains, so it is the family that ends the other one."""
    ring = Ring()
    ring.long(2)
    ring.maker.place(sell(80_000, 1))
    ring.statuses("normalTpsl", *bracket(buy(80_000, 1)))
    profit = next(row for row in ring.trader.open_orders() if "Profit" in row["orderType"])
    ring.move(77_000)
    assert ring.trader.size() == "2.0"
    assert ring.trader.status(profit["oid"]) == "siblingFilledCanceled"


def test_a_refused_parent_refuses_its_children() -> None:
    ring = Ring()
    ring.maker.place(sell(80_000, 1))
    statuses = ring.statuses("normalTpsl", *bracket(buy(80_000, 1, tif="Alo")))
    assert [status["error"][:9] for status in statuses] == ["Post only"] * 3
    assert ring.trader.open_orders() == []


def test_children_over_the_cap_are_refused_and_the_parent_stands() -> None:
    ring = Ring(limits=VenueLimits(weight_per_min=10**6, orders_open_initial=2))
    ring.trader.place(buy(70_000, 1))
    _, *children = ring.statuses("normalTpsl", *bracket(buy(79_000, 1)))
    assert [child["error"] for child in children] == ["Too many open orders. asset=0"] * 2
    assert [row["children"] for row in ring.trader.open_orders()] == [[], []]


def test_a_modified_parent_keeps_its_children() -> None:
    ring = Ring()
    ring.statuses("normalTpsl", *bracket(buy(79_000, 1, cloid=cloid_of(1))))
    ring.trader.act(
        {"type": "modify", "oid": cloid_of(1), "order": buy(79_100, 1, cloid=cloid_of(1))}
    )
    row = ring.trader.open_orders()[0]
    assert row["limitPx"] == "79100.0"
    assert len(row["children"]) == 2


def test_a_modified_child_goes_on_waiting_for_its_parent() -> None:
    ring = Ring()
    ring.statuses("normalTpsl", *bracket(buy(79_000, 1)))
    stop = ring.trader.open_orders()[0]["oid"]
    modifies = [{"oid": stop, "order": triggered(77_000, 1)}]
    answer = ring.trader.act({"type": "batchModify", "modifies": modifies})
    assert answer["response"]["data"]["statuses"] == ["waitingForFill"]
    parent = next(row for row in ring.trader.open_orders() if not row["isTrigger"])
    assert [child["triggerPx"] for child in parent["children"]] == ["90000.0", "77000.0"]
    ring.maker.place(sell(79_000, 1))
    ring.move(76_900)
    assert ring.trader.size() == "0.0"
    assert ring.trader.open_orders() == []


def test_a_modified_stop_of_the_position_still_closes_all_of_it() -> None:
    ring = Ring()
    ring.long()
    ring.statuses("positionTpsl", triggered(78_000, 0))
    old = ring.trader.open_orders()[0]["oid"]
    ring.trader.act({"type": "modify", "oid": old, "order": triggered(77_500, 0)})
    (row,) = ring.trader.open_orders()
    assert (row["triggerPx"], row["isPositionTpsl"]) == ("77500.0", True)
    ring.long(2)
    ring.move(77_400)
    assert ring.trader.size() == "0.0"


@pytest.mark.parametrize("is_fast", [False, True])
def test_a_fast_cancel_takes_orders_in_the_book_and_no_waiting_triggers(is_fast: bool) -> None:
    ring = Ring()
    ring.long()
    resting = ring.trader.place_one(buy(79_000, 1))["resting"]["oid"]
    waiting = ring.trader.place_one(triggered(78_000, 1))["resting"]["oid"]
    cancels = [{"a": BTC, "o": waiting}, {"a": BTC, "o": resting}]
    answer = ring.trader.act(
        {"type": "cancel", "cancels": cancels, **({"f": True} if is_fast else {})}
    )
    refused = {"error": "Fast cancel cannot cancel trigger orders. asset=0"}
    assert answer["response"]["data"]["statuses"] == [refused if is_fast else "success", "success"]
    assert [row["oid"] for row in ring.trader.open_orders()] == ([waiting] if is_fast else [])


@pytest.mark.parametrize(
    "orders",
    [
        (triggered(78_000, 1),),
        (buy(79_000, 1),),
        (buy(79_000, 1), buy(78_000, 1)),
        (buy(79_000, 1), triggered(78_000, 1), triggered(77_000, 1)),
        (*bracket(buy(79_000, 1)), triggered(77_000, 1)),
    ],
)
def test_a_group_of_another_composition_is_refused_as_a_whole(
    orders: tuple[dict[str, Any], ...],
) -> None:
    ring = Ring()
    answer = ring.group("normalTpsl", *orders)
    assert answer == {"status": "err", "response": "Unexpected number of trigger orders"}
    assert ring.trader.open_orders() == []


def test_children_must_be_reduce_only() -> None:
    ring = Ring()
    child = triggered(78_000, 1, reduce_only=False)
    assert ring.group("normalTpsl", buy(79_000, 1), child)["status"] == "err"


def test_a_stop_of_the_position_closes_whatever_the_position_is_by_then() -> None:
    ring = Ring()
    ring.long()
    statuses = ring.statuses("positionTpsl", triggered(78_000, 0))
    assert statuses == ["waitingForTrigger"]
    (row,) = ring.trader.open_orders()
    assert (row["isPositionTpsl"], row["sz"], row["origSz"]) == (True, "0.0", "0.0")
    ring.long(2)
    ring.move(77_000)
    assert ring.trader.size() == "0.0"
    assert ring.trader.status(row["oid"]) == "filled"


def test_only_a_position_group_may_leave_its_size_open() -> None:
    ring = Ring()
    ring.long()
    assert ring.trader.act(
        {"type": "order", "orders": [triggered(78_000, 0)], "grouping": "na"}
    ) == {"status": "err", "response": "Order has zero size."}


def test_liquidation_ends_waiting_triggers() -> None:
    ring = Ring()
    trader = ring.stage.trader(9, usd=5_000)
    ring.maker.place(sell(80_000, 1))
    trader.place(buy(80_000, 1))
    oid = trader.place_one(triggered(70_000, 1))["resting"]["oid"]
    ring.move(75_000)
    assert trader.status(oid) == "liquidatedCanceled"


def test_a_delisting_ends_waiting_triggers() -> None:
    ring = Ring()
    ring.long()
    oid = ring.trader.place_one(triggered(70_000, 1))["resting"]["oid"]
    ring.stage.oracle(type="delist", coin="BTC")
    ring.stage.pass_ms(1_000)
    assert ring.trader.status(oid) == "delistedCanceled"
    assert ring.trader.open_orders() == []
