"""Dispatch, case by case: whose a word is, and what a new leg brings (DS-48 to DS-65)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.execution.desk_rig import ALICE, BOB, DeskRig
from tests.unit.execution.dispatch_bench import (
    V1,
    V2,
    V3,
    DispatchBench,
    cloid_of,
    news,
    replacing,
    wishes,
)

from hive.domain.identifiers import Cloid, Oid
from hive.execution.orders.dispatch import DispatchLimits
from hive.execution.orders.dispatched import Verdict, Wish

V4 = V3 + 1


def test_ds_48_a_skipped_report_keeps_the_order() -> None:
    bench = replacing()
    bench.open(V2)
    out = bench.report(V1, "canceled")
    assert out.verdict is Verdict.SKIP
    assert bench.dispatch.live(bench.cloid) is bench.life
    assert bench.dispatch.cloid_of(Oid(V1)) == bench.cloid


def test_ds_49_an_end_takes_the_order_out_of_the_live_ones() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.report(V1, "canceled")
    assert bench.dispatch.lives() == []


def test_ds_49_a_late_word_of_a_forgotten_order_still_finds_its_owner() -> None:
    bench = DispatchBench(limits=DispatchLimits(ended_max=1))
    bench.report(V1, "canceled")
    other = bench.place(cloid_of(2))
    bench.report(V2, "canceled", cloid=other.cloid)
    by_cloid = bench.fill(V1, "0.2")
    by_leg = bench.fill(V1, "0.1", cloid=None)
    assert by_cloid.is_new_fill
    assert by_cloid.owner == by_leg.owner == bench.life.strategy
    assert by_cloid.verdict is Verdict.OWN


def test_ds_50_a_rejection_after_the_stream_told_the_end_is_silent() -> None:
    bench = DispatchBench()
    bench.report(V1, "iocCancelRejected")
    out = bench.rejected("Order could not immediately match against any resting orders.")
    assert out.events == []


def test_ds_51_the_stream_after_a_rejection_is_silent() -> None:
    bench = DispatchBench()
    assert news(bench.rejected()) == ["rejected"]
    assert bench.report(V1, "iocCancelRejected").events == []


def test_ds_51_so_is_the_stream_when_it_knows_the_order_by_its_leg_alone() -> None:
    bench = DispatchBench()
    bench.acked(V1)
    bench.canceled()
    out = bench.report(V1, "canceled", cloid=None)
    assert out.verdict is Verdict.SKIP
    assert out.events == []


def test_ds_52_after_the_status_filled_it_is_the_fill_that_ends_the_order() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.report(V1, "filled")
    assert bench.dispatch.lives() == [bench.life]
    bench.fill(V1, "1")
    assert bench.dispatch.lives() == []


def test_ds_53_filled_of_the_new_leg_promotes_and_its_fill_ends() -> None:
    bench = replacing()
    assert news(bench.report(V2, "filled")) == ["replaced"]
    assert news(bench.fill(V2, "1")) == ["filled"]
    assert not bench.life.is_live


def test_ds_54_a_promotion_shows_the_target() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.fill(V1, "0.25")
    bench.replace("2")
    out = bench.open(V2, size="1.75")
    assert news(out) == ["replaced"]
    assert out.events[0].order.size == 2
    assert out.events[0].order.open_size == Decimal("1.75")


def test_ds_55_without_a_target_the_reports_size_counts() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.fill(V1, "0.25")
    out = bench.open(V2, size="1.5")
    assert news(out) == ["replaced"]
    assert out.events[0].order.size == Decimal("1.75")


def test_ds_56_a_fill_that_raced_the_replace_asks_for_a_trim() -> None:
    bench = replacing("1")
    bench.fill(V1, "0.3")
    assert wishes(bench.open(V2, size="1")) == [Wish.TRIM]


def sizes_sent(rig: DeskRig) -> list[str]:
    """What each replace asked the new leg to have."""
    return [action["modifies"][0]["order"]["s"] for action in rig.actions if "modifies" in action]


def racing() -> tuple[DeskRig, Cloid]:
    """A replace at the same size, during which the old leg gets 0.003 of 0.01."""
    rig = DeskRig().start()
    cloid = rig.resting(V1)
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=Decimal(59_000)))
    rig.tell_fills(rig.fill(cloid, V1, trade=1, size="0.003"))
    return rig, cloid


def test_ds_56_the_trim_is_to_the_target_less_what_filled() -> None:
    rig, _ = racing()
    rig.answer({"resting": {"oid": V2}})
    assert sizes_sent(rig) == ["0.01", "0.007"]
    rig.answer({"resting": {"oid": V3}})
    assert rig.desk.open_orders(ALICE)[0].open_size == Decimal("0.007")
    assert len(rig.actions) == 3


def test_ds_57_the_trim_counts_what_the_old_leg_got_and_not_what_the_new_one_did() -> None:
    """At the peer both count, and the order ends up smaller than was asked for."""
    rig, cloid = racing()
    rig.tell_fills(rig.fill(cloid, V2, trade=2, size="0.002"))
    assert sizes_sent(rig) == ["0.01", "0.005"]  # the new leg has 0.008 left
    rig.answer({"resting": {"oid": V2}}, post=1)
    rig.answer({"resting": {"oid": V3}}, post=2)
    assert len(rig.actions) == 3
    order = rig.desk.open_orders(ALICE)[0]
    assert (order.filled_size, order.open_size) == (Decimal("0.005"), Decimal("0.005"))


def test_ds_57_only_old_legs_fills_ask_for_a_trim() -> None:
    bench = replacing("1")
    bench.fill(V1, "0.3")
    out = bench.fill(V2, "0.2")
    assert wishes(out) == [Wish.TRIM]
    leg = bench.life.current
    assert leg is not None
    assert leg.size is not None
    assert leg.size - leg.filled == Decimal("0.8")
    assert bench.life.size - bench.life.filled == Decimal("0.5")


def test_ds_58_no_race_no_trim() -> None:
    bench = replacing()
    assert wishes(bench.open(V2)) == []


def test_ds_59_fills_that_outran_the_new_leg_are_in_what_is_trimmed() -> None:
    """Nothing is held back, so what a trim would ask for is right whenever it is asked."""
    bench = replacing("1")
    bench.fill(V1, "0.3")
    assert wishes(bench.fill(V2, "0.2")) == [Wish.TRIM]
    out = bench.open(V2, size="1")
    assert wishes(out) == [Wish.TRIM]
    assert bench.life.view().open_size == Decimal("0.5")


def test_ds_60_what_is_filled_whole_is_not_trimmed() -> None:
    bench = replacing("1")
    assert wishes(bench.fill(V2, "1")) == []


def test_ds_61_a_trim_chains_when_another_fill_races_it() -> None:
    rig, cloid = racing()
    rig.answer({"resting": {"oid": V2}})
    rig.tell_fills(rig.fill(cloid, V2, trade=2, size="0.001"))
    rig.answer({"resting": {"oid": V3}})
    assert sizes_sent(rig) == ["0.01", "0.007", "0.006"]
    rig.answer({"resting": {"oid": V4}})
    order = rig.desk.open_orders(ALICE)[0]
    assert (order.filled_size, order.open_size) == (Decimal("0.004"), Decimal("0.006"))
    assert not order.replace_pending
    assert len(rig.actions) == 4


def test_ds_62_an_external_order_leaves_nothing_behind() -> None:
    bench = DispatchBench()
    for status in ("open", "filled", "canceled"):
        assert bench.report(900, status, cloid=None).verdict is Verdict.EXTERNAL
    assert bench.dispatch.cloid_of(Oid(900)) is None
    assert bench.dispatch.snapshot().live == 1


def test_ds_63_an_open_report_keeps_the_order() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.report(V1, "open", open_size="0.5")
    assert bench.dispatch.live(bench.cloid) is bench.life
    assert bench.dispatch.cloid_of(Oid(V1)) == bench.cloid


def test_ds_64_an_own_order_is_told_by_events() -> None:
    bench = DispatchBench()
    out = bench.open(V1)
    assert out.verdict is Verdict.OWN
    assert out.events


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"px": "60000.5"}, "tick"),
        ({"size": "0.000001"}, "lot"),
        ({"size": "0.00001"}, "minimum value"),
        ({"size": "NaN"}, "size"),
        ({"px": "-1"}, "price"),
        ({"px": "0"}, "price"),
        ({"size": "0"}, "size"),
        ({"coin": "NOPE"}, "unknown coin"),
        ({"coin": "PURR/USDC"}, "not offered"),
        ({"reduce_only": True}, "reduce_only"),
    ],
)
def test_ds_65_an_illegal_order_is_refused_by_its_rule_and_costs_no_other(
    options: dict[str, str], rule: str
) -> None:
    rig = DeskRig().start()

    def deeds() -> None:
        rig.place(**options)  # type: ignore[arg-type]  # texts by name
        assert rig.alice.events == []  # never from within a verb
        rig.place(strategy=BOB)

    rig.do(deeds)
    assert rig.alice.news == ["refused"]
    assert rig.alice.events[0].reason.startswith(rule)
    assert len(rig.actions[0]["orders"]) == 1
