"""Quote sets at a desk on the bench: what is sent at once, what waits for what, what ends it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.unit.execution.desk_rig import ALICE, DeskRig
from tests.unit.execution.queue.short_actions import short_of_actions

from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.domain.quotes import QuoteLevel, QuoteTerms

EXACT = QuoteTerms(min_resize_pct=0.0)


def quote(rig: DeskRig, *levels: tuple[str, str], terms: QuoteTerms = EXACT) -> None:
    """Say which bids are wanted, `(px, size)` each."""
    wanted = [QuoteLevel(Decimal(px), Decimal(size)) for px, size in levels]
    rig.do(lambda: rig.desk.quote(ALICE, "BTC", Side.BUY, wanted, terms))


def rest(rig: DeskRig, first_oid: int, count: int) -> None:
    """The venue takes all of the last post."""
    rig.answer(*({"resting": {"oid": oid}} for oid in range(first_oid, first_oid + count)))


def quoted(*levels: tuple[str, str]) -> DeskRig:
    """A desk whose alice has these bids in the book, as oids 1, 2, …"""
    rig = DeskRig().start()
    quote(rig, *levels)
    rest(rig, 1, len(levels))
    return rig


def prices(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["p"], row["s"]) for row in rows]


def book(rig: DeskRig) -> list[tuple[Decimal, Decimal]]:
    return [(order.limit_px, order.open_size) for order in rig.desk.open_orders(ALICE)]


def test_levels_are_placed_post_only_and_together() -> None:
    rig = quoted(("60000", "0.01"), ("59900", "0.02"))
    (action,) = rig.actions
    assert sorted(prices(action["orders"])) == [("59900", "0.02"), ("60000", "0.01")]
    assert {order["t"]["limit"]["tif"] for order in action["orders"]} == {"Alo"}


def test_the_same_again_sends_nothing_answered_or_not() -> None:
    rig = DeskRig().start()
    for _ in range(3):
        quote(rig, ("60000", "0.01"), ("59900", "0.02"))
    rest(rig, 1, 2)
    quote(rig, ("59900", "0.02"), ("60000", "0.01"))
    assert len(rig.actions) == 1


def test_one_that_moves_is_replaced_and_the_others_keep_their_place() -> None:
    rig = quoted(("60000", "0.01"), ("59900", "0.02"))
    quote(rig, ("60000", "0.01"), ("59800", "0.02"))
    assert rig.actions[-1]["type"] == "batchModify"
    assert prices([row["order"] for row in rig.actions[-1]["modifies"]]) == [("59800", "0.02")]


def test_one_that_is_no_longer_wanted_is_cancelled_and_an_empty_set_takes_all() -> None:
    rig = quoted(("60000", "0.01"), ("59900", "0.02"))
    quote(rig, ("60000", "0.01"))
    assert len(rig.actions[-1]["cancels"]) == 1
    rig.answer("success")
    quote(rig)
    assert len(rig.actions[-1]["cancels"]) == 1
    rig.answer("success")
    assert book(rig) == []


def test_what_is_near_enough_is_left_alone() -> None:
    rig = quoted(("60000", "0.01"))
    terms = QuoteTerms(min_move_bps=2.0, min_resize_pct=10.0)
    quote(rig, ("60011", "0.0105"), terms=terms)
    assert len(rig.actions) == 1
    quote(rig, ("60013", "0.0105"), terms=terms)
    assert len(rig.actions) == 2


def test_a_move_in_flight_is_aimed_anew_only_if_it_has_to_be() -> None:
    rig = quoted(("60000", "0.01"))
    quote(rig, ("59990", "0.01"))
    quote(rig, ("59990", "0.01"))
    assert len(rig.actions) == 2
    quote(rig, ("59980", "0.01"))
    quote(rig, ("59970", "0.01"))
    assert len(rig.actions) == 2, "it waits for the answer, and the latest wish wins"
    rest(rig, 2, 1)
    assert prices([row["order"] for row in rig.actions[-1]["modifies"]]) == [("59970", "0.01")]


def test_what_fills_between_two_calls_is_topped_up_by_the_next() -> None:
    rig = quoted(("60000", "0.01"))
    (cloid,) = (order.cloid for order in rig.desk.open_orders(ALICE))
    rig.tell_fills(rig.fill(cloid, 1, trade=1, size="0.004"))
    assert len(rig.actions) == 1, "nobody has said anything since"
    quote(rig, ("60000", "0.01"))
    assert prices([row["order"] for row in rig.actions[-1]["modifies"]]) == [("60000", "0.01")]
    rest(rig, 2, 1)
    assert book(rig) == [(Decimal(60_000), Decimal("0.01"))]


def test_more_is_placed_only_when_what_it_comes_in_place_of_is_gone() -> None:
    """The order cannot be moved, for it may wait otherwise than the new one shall."""
    rig = quoted(("60000", "0.01"))
    quote(rig, ("59990", "0.01"), terms=QuoteTerms(tif=TimeInForce.GTC))
    assert [action["type"] for action in rig.actions] == ["order", "cancelByCloid"]
    rig.answer("success")
    assert prices(rig.actions[-1]["orders"]) == [("59990", "0.01")]


def test_what_filled_while_it_was_leaving_is_not_wanted_once_more() -> None:
    rig = quoted(("60000", "0.01"))
    (cloid,) = (order.cloid for order in rig.desk.open_orders(ALICE))
    quote(rig, ("59990", "0.01"), terms=QuoteTerms(tif=TimeInForce.GTC))
    rig.tell_fills(rig.fill(cloid, 1, trade=1, size="0.004"))
    rig.answer("success")
    assert prices(rig.actions[-1]["orders"]) == [("59990", "0.006")]


def test_one_grows_only_as_far_as_another_has_shrunk() -> None:
    rig = quoted(("60000", "0.01"), ("59900", "0.02"))
    quote(rig, ("60000", "0.025"), ("59900", "0.005"))
    (shrunk,) = [row["order"] for row in rig.actions[-1]["modifies"]]
    assert shrunk["s"] in ("0.005", "0.01")
    rest(rig, 3, 1)
    total = sum(size for _, size in book(rig))
    assert total <= Decimal("0.03")
    if len(rig.actions) == 3:
        rest(rig, 4, 1)
    assert sorted(book(rig)) == [
        (Decimal(59_900), Decimal("0.005")),
        (Decimal(60_000), Decimal("0.025")),
    ]


def test_while_an_order_of_the_side_is_in_doubt_nothing_is_added_there() -> None:
    rig = DeskRig().start()
    quote(rig, ("60000", "0.01"))
    rig.lose_answer()
    quote(rig, ("60000", "0.01"), ("59900", "0.01"))
    assert len(rig.actions) == 1
    (cloid,) = (order.cloid for order in rig.desk.open_orders(ALICE))
    rig.tell_orders(rig.update(cloid, 1, "open"))
    assert prices(rig.actions[-1]["orders"]) == [("59900", "0.01")]
    assert "refused" not in rig.alice.news


def test_what_the_venue_refuses_is_tried_again_by_the_next_call_and_not_before() -> None:
    rig = DeskRig().start()
    quote(rig, ("60000", "0.01"))
    rig.answer({"error": "Post only order would have immatched, bbo was 59990@60000."})
    rig.run_ms(5_000)
    assert rig.alice.news == ["rejected"]
    assert len(rig.actions) == 1
    quote(rig, ("59990", "0.01"))
    assert len(rig.actions) == 2


def test_an_order_that_cannot_be_moved_does_not_stay_where_it_is_not_wanted() -> None:
    rig = quoted(("60000", "0.01"))
    quote(rig, ("59990", "0.01"))
    rig.answer({"error": "Insufficient margin to place order. asset=0"})
    assert rig.alice.news[-1] == "replace rejected"
    assert rig.actions[-1]["type"] == "cancelByCloid"


def test_a_move_that_came_too_late_leaves_the_rest_to_the_fills() -> None:
    rig = quoted(("60000", "0.01"))
    (cloid,) = (order.cloid for order in rig.desk.open_orders(ALICE))
    quote(rig, ("59990", "0.01"))
    rig.answer({"error": "Cannot modify canceled or filled order"})
    assert rig.actions[-1]["type"] == "batchModify"
    rig.tell_fills(rig.fill(cloid, 1, trade=1))
    assert rig.alice.news[-1] == "filled"
    assert book(rig) == []


def test_stops_exits_and_other_strategies_are_none_of_the_set() -> None:
    rig = DeskRig().start()
    held = rig.resting(1)
    rig.tell_fills(rig.fill(held, 1, trade=1))
    rig.resting(2, side=Side.SELL, px="61000", reduce_only=True)
    sent = len(rig.actions)
    rig.do(lambda: rig.desk.quote(ALICE, "BTC", Side.SELL, [], EXACT))
    assert len(rig.actions) == sent


def test_cancelling_all_ends_what_still_waited() -> None:
    rig = quoted(("60000", "0.01"))
    quote(rig, ("59990", "0.01"), terms=QuoteTerms(tif=TimeInForce.GTC))
    rig.do(lambda: rig.desk.cancel_all(ALICE))
    rig.answer("success")
    assert [action["type"] for action in rig.actions] == ["order", "cancelByCloid"]


def test_a_strategys_own_orders_on_the_side_belong_to_its_set() -> None:
    rig = DeskRig().start()
    rig.resting(1, tif=TimeInForce.ALO)
    quote(rig, ("60000", "0.01"))
    assert len(rig.actions) == 1


def test_quotes_are_coarser_while_the_accounts_actions_are_short() -> None:
    rig = quoted(("60000", "0.01"))
    quote(rig, ("60001", "0.01"))
    assert len(rig.actions) == 2, "nothing is held back of a budget that lasts"
    rig = short_of_actions()
    quote(rig, ("60000", "0.01"))
    rest(rig, 100, 1)
    sent = len(rig.actions)
    bps = rig.desk.snapshot().economy.min_move_bps
    assert bps >= 5
    quote(rig, (str(60_000 + 6 * bps - 6), "0.01"))
    assert len(rig.actions) == sent
    assert book(rig) == [(Decimal(60_000), Decimal("0.01"))]
    assert rig.desk.snapshot().economy.held_back == 1
    quote(rig, (str(60_000 + 6 * bps + 6), "0.01"))
    assert len(rig.actions) == sent + 1
