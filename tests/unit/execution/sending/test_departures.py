"""Orders of several strategies on one coin: none meets another's, and no exit is thrown out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.execution.desk_rig import ALICE, BOB, DeskRig

from hive.domain.market import Side
from hive.domain.orders import TimeInForce


def started() -> DeskRig:
    return DeskRig().start()


def orders(rig: DeskRig) -> list[dict[str, Any]]:
    return [order for action in rig.actions for order in action.get("orders", [])]


# --- own orders never meet -----------------------------------------------------------------------


def test_what_would_meet_another_strategys_order_is_held_back_and_said() -> None:
    rig = started()
    rig.resting(1, px="60000")
    rig.placed(Side.SELL, strategy=BOB, px="60000")
    assert len(orders(rig)) == 1
    event = rig.bob.events[-1]
    assert event.news.value == "refused"
    assert event.reason.startswith("own_cross: another strategy's buy of BTC")
    assert rig.desk.snapshot().own_crosses == 1


@pytest.mark.parametrize(("side", "px"), [(Side.SELL, "60001"), (Side.BUY, "70000")])
def test_what_would_not_meet_it_leaves(side: Side, px: str) -> None:
    rig = started()
    rig.resting(1, px="60000")
    rig.placed(side, strategy=BOB, px=px)
    assert len(orders(rig)) == 2


def test_two_of_the_same_turn_do_not_meet_either() -> None:
    rig = started()
    rig.do(lambda: [rig.place(px="60000"), rig.place(Side.SELL, strategy=BOB, px="59000")])
    assert len(orders(rig)) == 1
    assert rig.bob.news == ["refused"]


def test_an_order_that_may_be_on_its_way_counts() -> None:
    rig = started()
    rig.placed(px="60000")
    rig.lose_answer()
    rig.placed(Side.SELL, strategy=BOB, px="60000")
    assert rig.bob.news == ["refused"]


def test_once_the_other_is_gone_the_way_is_free() -> None:
    rig = started()
    other = rig.resting(1, px="60000")
    rig.placed(Side.SELL, strategy=BOB, px="60000")
    rig.tell_orders(rig.update(other, 1, "canceled"))
    rig.placed(Side.SELL, strategy=BOB, px="60000")
    assert len(orders(rig)) == 2


def test_a_replace_does_not_walk_into_another_strategys_order() -> None:
    rig = started()
    rig.resting(1, px="60000")
    mine = rig.resting(2, strategy=BOB, side=Side.SELL, px="61000")
    rig.do(lambda: rig.desk.replace(BOB, mine, size=Decimal("0.01"), limit_px=Decimal(60_000)))
    assert rig.actions[-1]["type"] == "order"
    assert "own_cross" in rig.bob.events[-1].reason
    order = rig.desk.order(mine)
    assert order is not None
    assert order.limit_px == 61_000


def test_where_a_replace_is_going_counts_before_it_is_there() -> None:
    rig = started()
    mine = rig.resting(1, px="60000")
    rig.placed(Side.SELL, strategy=BOB, px="62000")
    rig.do(lambda: rig.desk.replace(ALICE, mine, size=Decimal("0.01"), limit_px=Decimal(61_000)))
    rig.placed(Side.SELL, strategy=BOB, px="61000")
    assert rig.bob.news == ["refused"]


def test_a_strategy_that_crosses_itself_is_left_to_the_venues_rule() -> None:
    rig = started()
    rig.resting(1, px="60000")
    rig.resting(2, strategy=BOB, px="50000")
    rig.placed(Side.SELL, px="60000")
    assert len(orders(rig)) == 3


def test_another_coin_is_another_book() -> None:
    rig = started()
    rig.resting(1, px="60000")
    rig.placed(Side.SELL, strategy=BOB, coin="ETH", px="3000")
    assert len(orders(rig)) == 2


def test_an_exit_has_the_right_of_way_and_what_it_would_meet_is_cancelled_first() -> None:
    rig = started()
    entry = rig.resting(1)
    rig.tell_fills(rig.fill(entry, 1, trade=1))
    other = rig.resting(2, strategy=BOB, px="60000")
    rig.placed(Side.SELL, px="59000", tif=TimeInForce.IOC, reduce_only=True)
    cancel, exit_ = rig.actions[-2:]
    assert cancel["cancels"][0]["cloid"] == other
    assert exit_["orders"][0]["p"] == "59000"
    rig.answer("success", post=-2)
    assert rig.bob.news[-1] == "canceled"
    assert "in the way of an exit" in rig.bob.events[-1].reason


# --- exits that the venue holds to reducing ------------------------------------------------------


def with_exit(tif: TimeInForce = TimeInForce.GTC) -> tuple[DeskRig, Any]:
    """Alice is long, alone on the coin, and her exit rests as reduce-only at the venue."""
    rig = started()
    entry = rig.resting(1)
    rig.tell_fills(rig.fill(entry, 1, trade=1))
    exit_ = rig.placed(Side.SELL, px="61000", tif=tif, reduce_only=True)
    assert rig.actions[-1]["orders"][0]["r"] is True
    if tif is not TimeInForce.IOC:
        rig.answer({"resting": {"oid": 2}})
    return rig, exit_


def test_an_exit_is_freed_from_the_venues_rule_before_anybody_else_may_turn_the_net() -> None:
    rig, exit_ = with_exit()
    rig.placed(Side.SELL, strategy=BOB, px="62000")
    assert len(orders(rig)) == 2, "the other strategy's order waits"
    rig.run_ms(100)
    modify = rig.actions[-1]["modifies"][0]
    assert (modify["oid"], modify["order"]["r"]) == (exit_, False)
    assert len(orders(rig)) == 2
    rig.answer({"resting": {"oid": 3}})
    rig.run_ms(200)
    assert len(orders(rig)) == 3
    assert rig.alice.events[-1].order.phase.value == "resting"


def test_an_order_that_waited_in_vain_is_told_why() -> None:
    rig, _ = with_exit()
    rig.placed(Side.SELL, strategy=BOB, px="62000")
    rig.run_ms(5_000)
    assert rig.bob.news == ["not sent"]
    assert rig.bob.events[-1].reason.startswith("shared_exit")


def test_an_immediate_exit_is_waited_for() -> None:
    rig, _ = with_exit(TimeInForce.IOC)
    rig.placed(Side.SELL, strategy=BOB, px="62000")
    rig.run_ms(500)
    assert len(orders(rig)) == 2
    rig.answer({"error": "nothing to match"}, post=1)
    rig.run_ms(200)
    assert len(orders(rig)) == 3


def test_while_somebody_else_has_orders_the_venue_is_not_asked_to_enforce_reduce_only() -> None:
    rig = started()
    entry = rig.resting(1)
    rig.tell_fills(rig.fill(entry, 1, trade=1))
    rig.resting(2, strategy=BOB, px="50000")
    rig.placed(Side.SELL, px="61000", reduce_only=True)
    assert rig.actions[-1]["orders"][0]["r"] is False


def test_reducing_orders_are_cut_to_what_there_is_to_reduce() -> None:
    rig = started()
    entry = rig.resting(1)
    rig.tell_fills(rig.fill(entry, 1, trade=1))
    exit_ = rig.placed(Side.SELL, px="61000", size="0.01", reduce_only=True)
    rig.answer({"resting": {"oid": 2}})
    other = rig.resting(3, side=Side.SELL, px="60000")
    rig.tell_fills(rig.fill(other, 3, trade=2, size="0.004", start="0.01", side="A"))
    modify = rig.actions[-1]["modifies"][0]
    assert (modify["oid"], modify["order"]["s"]) == (exit_, "0.006")
