"""Dispatch, case by case: cancel and replace (DS-16 to DS-36).

Two cases are decided by our types instead of at run time: a report always has a price (DS-19), and
a replace always knows its target, so no fill is ever held back for want of one (DS-35, DS-36).
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.execution.desk_rig import ALICE, DeskRig
from tests.unit.execution.dispatch_bench import V1, V2, DispatchBench, news, replacing, wishes

from hive.domain.errors import BadFrame
from hive.domain.orders import Order
from hive.execution.orders.dispatched import Verdict, Wish


def test_ds_16_the_old_legs_cancel_is_swallowed_after_the_new_leg() -> None:
    bench = replacing()
    assert news(bench.open(V2, px="101")) == ["replaced"]
    out = bench.report(V1, "canceled")
    assert out.verdict is Verdict.SKIP
    assert bench.life.view().oid == V2


def test_ds_17_a_promotion_takes_the_price_of_the_report() -> None:
    bench = replacing(px="101")
    out = bench.open(V2, px="101.5")
    assert news(out) == ["replaced"]
    assert out.events[0].order.limit_px == Decimal("101.5")


def test_ds_18_a_promotion_without_a_price_takes_the_one_that_was_asked_for() -> None:
    bench = replacing(px="101")
    out = bench.replaced(bench.replacement, V2)
    assert news(out) == ["replaced"]
    assert out.events[0].order.oid == V2
    assert out.events[0].order.limit_px == 101


def test_ds_19_a_row_without_a_price_is_not_read_and_moves_nothing() -> None:
    """A report always has a price; the order of an account's row without one cannot be known."""
    rig = DeskRig().start()
    cloid = rig.resting(V1)
    row = rig.update(cloid, V2, "open")
    del row["order"]["limitPx"]
    with pytest.raises(BadFrame):
        rig.tell_orders(row)
    order = rig.desk.order(cloid)
    assert order is not None
    assert order.oid == V1
    assert rig.alice.news == ["accepted"]


def test_ds_20_a_new_leg_without_a_replace_in_flight_is_a_promotion() -> None:
    bench = DispatchBench()
    bench.open(V1)
    assert news(bench.open(V2, px="101")) == ["replaced"]


def test_ds_21_the_old_legs_cancel_is_swallowed_before_the_new_leg() -> None:
    bench = replacing()
    assert news(bench.report(V1, "canceled")) == []
    assert news(bench.open(V2)) == ["replaced"]
    assert bench.life.replacement is None


def test_ds_22_once_the_replace_failed_the_cancel_is_the_orders() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.replace_rejected(bench.replace())
    assert news(bench.report(V1, "canceled")) == ["canceled"]


def test_ds_23_a_status_of_partly_filled_says_nothing() -> None:
    bench = DispatchBench()
    bench.open(V1)
    out = bench.report(V1, "open", open_size="0.4")
    assert news(out) == []
    assert bench.life.filled == 0


def test_ds_24_the_status_filled_alone_ends_nothing() -> None:
    bench = DispatchBench()
    bench.open(V1)
    out = bench.report(V1, "filled")
    assert news(out) == []
    assert wishes(out) == [Wish.AWAIT_FILLS]
    assert bench.life.is_live


def test_ds_25_the_fill_after_the_status_ends_it() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.report(V1, "filled")
    assert news(bench.fill(V1, "1")) == ["filled"]
    assert not bench.life.is_live


def test_ds_26_open_again_is_no_second_acceptance() -> None:
    bench = DispatchBench()
    assert news(bench.open(V1)) == ["accepted"]
    assert news(bench.open(V1)) == []


def test_ds_27_a_report_without_a_cloid_of_an_unknown_leg_is_external() -> None:
    bench = DispatchBench()
    assert bench.report(999, "open", cloid=None).verdict is Verdict.EXTERNAL


def test_ds_28_a_fill_of_the_new_leg_is_no_reason_to_trim() -> None:
    bench = replacing("1")
    out = bench.fill(V2, "0.4")
    assert news(out) == ["replaced", "filled"]
    assert out.events[0].order.size == 1
    assert bench.life.replacement is None
    assert wishes(out) == []


def asked_about_a_replace(oid: int, **row: str) -> tuple[DeskRig, Order]:
    """A replace to 0.02 after 0.004 filled, no answer, and a query that shows this leg open."""
    rig = DeskRig().start()
    cloid = rig.resting(V1)
    rig.tell_fills(rig.fill(cloid, V1, trade=1, size="0.004"))
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.02"), limit_px=Decimal(59_000)))
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, oid, "open", **row)
    rig.lose_answer()
    rig.run_ms(1_000)
    assert "orderStatus" in [request["type"] for request in rig.info.asked]
    order = rig.desk.order(cloid)
    assert order is not None
    return rig, order


def test_ds_29_a_query_that_shows_the_new_leg_promotes_to_the_target() -> None:
    rig, order = asked_about_a_replace(V2, size="0.016", open_size="0.016", px="59000.0")
    assert rig.alice.news == ["accepted", "filled", "replaced"]
    assert rig.alice.events[-1].order.size == Decimal("0.02")
    assert (order.oid, order.open_size) == (V2, Decimal("0.016"))
    assert not order.replace_pending


def test_ds_30_a_query_that_shows_the_old_leg_does_not() -> None:
    rig, order = asked_about_a_replace(V1, open_size="0.006")
    assert rig.alice.news == ["accepted", "filled"]
    assert order.oid == V1
    assert order.replace_pending


def test_ds_31_a_late_open_of_a_leg_that_filled_whole_says_nothing() -> None:
    bench = replacing()
    assert news(bench.fill(V2, "1")) == ["replaced", "filled"]
    out = bench.open(V2)
    assert out.verdict is Verdict.SKIP
    assert out.wishes == []


def test_ds_32_fills_of_the_new_leg_keep_their_order() -> None:
    bench = replacing()
    told = news(bench.fill(V2, "0.4")) + news(bench.fill(V2, "0.6"))
    assert told == ["replaced", "filled", "filled"]


def test_ds_33_a_fill_of_the_old_leg_is_told_at_once() -> None:
    bench = replacing()
    assert news(bench.fill(V1, "0.4")) == ["filled"]
    assert bench.life.replacement is not None


def test_ds_34_a_late_fill_of_the_old_leg_leaves_the_binding() -> None:
    bench = replacing()
    bench.open(V2)
    out = bench.fill(V1, "0.4")
    assert news(out) == ["filled"]
    assert bench.life.view().oid == V2


def test_ds_34_and_is_told_with_the_leg_it_was_of() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(V1)
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=Decimal(59_000)))
    rig.answer({"resting": {"oid": V2}})
    rig.tell_fills(rig.fill(cloid, V1, trade=1, size="0.004"))
    assert rig.alice.news == ["accepted", "replaced", "filled"]
    assert [fill.oid for fill in rig.alice.fills] == [V1]
    assert rig.alice.events[-1].order.oid == V2


def test_ds_35_a_fill_of_a_leg_without_a_known_price_is_booked_at_once() -> None:
    bench = replacing(px="101")
    out = bench.fill(V2, "0.4")
    assert out.is_new_fill
    assert out.owner == bench.life.strategy
    assert news(out) == ["replaced", "filled"]
    assert bench.life.limit_px == 101


@pytest.mark.parametrize("end", ["canceled", "filled"])
def test_ds_36_at_the_end_no_fill_waits_to_be_booked(end: str) -> None:
    bench = replacing()
    booked = [bench.fill(V2, "0.3").is_new_fill, bench.fill(V1, "0.2").is_new_fill]
    if end == "canceled":
        bench.report(V2, "canceled", open_size="0.7")
    else:
        booked.append(bench.fill(V2, "0.7").is_new_fill)
    assert all(booked)
    assert not bench.life.is_live
    assert bench.life.filled == (Decimal("0.5") if end == "canceled" else Decimal("1.2"))
    assert bench.dispatch.snapshot().fills_seen == len(booked)
