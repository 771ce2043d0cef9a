"""Dispatch, case by case: cancel and replace (DS-16 to DS-36, DS-48 to DS-62, DS-75 to DS-82).

Two cases are decided by our types instead of at run time: a report always has a price (DS-19), and
a replace always knows its target, so no fill is ever held back for want of one (DS-35, DS-36).
"""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest
from tests.unit.execution.dispatch_bench import V1, V2, V3, DispatchBench, news, wishes

from hive.domain.orders import OrderPhase
from hive.execution.dispatched import Verdict, Wish


def replacing(size: str = "1", px: str = "101") -> DispatchBench:
    bench = DispatchBench()
    bench.open(V1)
    bench.replace(size, px)
    return bench


def test_ds_16_the_old_legs_cancel_is_swallowed_after_the_new_leg() -> None:
    bench = replacing()
    assert news(bench.open(V2, px="101")) == ["replaced"]
    out = bench.report(V1, "canceled")
    assert out.verdict is Verdict.SKIP
    assert bench.life.view().oid == V2


def test_ds_17_a_promotion_takes_the_price_of_the_report() -> None:
    bench = replacing(px="101")
    bench.open(V2, px="101.5")
    assert bench.life.limit_px == Decimal("101.5")


def test_ds_18_and_35_a_promotion_by_a_fill_takes_the_price_that_was_asked_for() -> None:
    bench = replacing(px="101")
    out = bench.fill(V2, "0.4")
    assert out.is_new_fill
    assert news(out) == ["replaced", "filled"]
    assert bench.life.limit_px == 101


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


def test_probe_g_a_cancel_before_the_refusal_of_the_replace_leaves_no_ghost() -> None:
    bench = DispatchBench()
    bench.open(V1)
    replacement = bench.replace()
    bench.report(V1, "canceled")
    assert news(bench.replace_rejected(replacement)) == ["replace rejected", "canceled"]
    assert not bench.life.is_live


def test_ds_23_and_26_open_again_says_nothing() -> None:
    bench = DispatchBench()
    bench.open(V1)
    assert news(bench.report(V1, "open", open_size="0.4")) == []


def test_ds_24_the_status_filled_alone_ends_nothing() -> None:
    bench = DispatchBench()
    bench.open(V1)
    out = bench.report(V1, "filled")
    assert news(out) == []
    assert wishes(out) == [Wish.AWAIT_FILLS]
    assert bench.life.is_live


def test_ds_25_and_52_the_fill_after_the_status_ends_it() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.report(V1, "filled")
    assert news(bench.fill(V1, "1")) == ["filled"]
    assert not bench.life.is_live


def test_ds_27_a_report_without_a_cloid_of_an_unknown_leg_is_external() -> None:
    bench = DispatchBench()
    assert bench.report(999, "open", cloid=None).verdict is Verdict.EXTERNAL


def test_a_report_without_a_cloid_is_known_by_its_leg() -> None:
    bench = DispatchBench()
    bench.open(V1)
    out = bench.report(V1, "canceled", cloid=None)
    assert out.verdict is Verdict.OWN
    assert news(out) == ["canceled"]


def test_ds_28_and_probe_c_a_fill_of_the_new_leg_is_no_reason_to_trim() -> None:
    bench = replacing("1")
    out = bench.fill(V2, "0.4")
    assert news(out) == ["replaced", "filled"]
    assert out.events[0].order.size == 1
    assert bench.life.replacement is None
    assert wishes(out) == []


def test_ds_29_a_query_that_shows_the_new_leg_promotes() -> None:
    bench = replacing("2")
    assert news(bench.report(V2, "open", size="2")) == ["replaced"]
    assert bench.life.size == 2
    assert bench.life.view().oid == V2


def test_ds_30_a_query_that_shows_the_old_leg_does_not() -> None:
    bench = replacing()
    assert news(bench.open(V1)) == []
    assert bench.life.replacement is not None


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


def test_ds_34_and_probe_i_a_late_fill_of_the_old_leg_leaves_the_binding() -> None:
    bench = replacing()
    bench.open(V2)
    out = bench.fill(V1, "0.4")
    assert news(out) == ["filled"]
    assert bench.life.view().oid == V2


def test_probe_d_a_late_fill_of_an_earlier_leg_never_takes_the_order_back() -> None:
    bench = replacing()
    bench.open(V2)
    bench.replace("1", "102")
    bench.fill(V1, "0.4")
    bench.open(V3, px="102")
    assert bench.life.view().oid == V3
    bench.fill(V1, "0.1")
    assert bench.life.view().oid == V3


def test_ds_48_and_63_a_skipped_or_open_report_keeps_the_order() -> None:
    bench = replacing()
    bench.open(V2)
    bench.report(V1, "canceled")
    assert bench.dispatch.live(bench.cloid) is bench.life


def test_ds_49_an_end_takes_the_order_out_of_the_live_ones() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.report(V1, "canceled")
    assert bench.dispatch.lives() == []


def test_ds_50_a_rejection_after_the_stream_told_the_end_is_silent() -> None:
    bench = DispatchBench()
    bench.report(V1, "iocCancelRejected")
    out = bench.rejected("Order could not immediately match against any resting orders.")
    assert out.events == []


def test_ds_51_the_stream_after_a_rejection_is_silent() -> None:
    bench = DispatchBench()
    assert news(bench.rejected()) == ["rejected"]
    assert bench.report(V1, "iocCancelRejected").events == []


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
    bench.open(V2, size="1.75")
    view = bench.life.view()
    assert view.size == 2
    assert view.open_size == Decimal("1.75")


def test_ds_55_without_a_target_the_reports_size_counts() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.fill(V1, "0.25")
    bench.open(V2, size="1.5")
    assert bench.life.size == Decimal("1.75")


def test_ds_56_a_fill_that_raced_the_replace_asks_for_a_trim() -> None:
    bench = replacing("1")
    bench.fill(V1, "0.3")
    assert wishes(bench.open(V2, size="1")) == [Wish.TRIM]


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


def test_ds_60_what_is_filled_whole_is_not_trimmed() -> None:
    bench = replacing("1")
    assert wishes(bench.fill(V2, "1")) == []


def test_ds_61_a_trim_chains_when_another_fill_races_it() -> None:
    bench = replacing("1")
    bench.fill(V1, "0.3")
    bench.open(V2, size="1")
    bench.life.replacement = None
    bench.replace("1")
    bench.fill(V2, "0.1")
    assert wishes(bench.open(V3, size="0.7")) == [Wish.TRIM]


def test_ds_64_an_own_order_is_told_by_events() -> None:
    bench = DispatchBench()
    out = bench.open(V1)
    assert out.verdict is Verdict.OWN
    assert out.events


def test_ds_75_a_replace_is_known_before_any_answer() -> None:
    assert replacing().life.view().replace_pending


def test_ds_76_the_mark_stays_until_the_new_leg_is_known() -> None:
    bench = DispatchBench()
    bench.open(V1)
    replacement = bench.replace()
    assert bench.life.replacement is replacement
    assert news(bench.replaced(replacement, V2)) == ["replaced"]
    assert bench.life.replacement is None


def test_an_answer_to_an_earlier_replace_says_nothing_of_the_one_in_flight() -> None:
    bench = DispatchBench()
    bench.open(V1)
    first = bench.replace(px="101")
    bench.open(V2, px="101")
    second = bench.replace(px="102")
    assert news(bench.replaced(first, V2)) == []
    assert news(bench.replace_rejected(first)) == []
    assert bench.life.replacement is second


def test_ds_80_a_query_that_shows_the_old_leg_canceled_is_suppressed() -> None:
    bench = replacing()
    assert news(bench.report(V1, "canceled")) == []
    assert bench.life.is_live


def test_a_new_leg_that_the_venue_refuses_is_a_refused_replace() -> None:
    bench = replacing()
    assert news(bench.report(V2, "badAloPxRejected")) == ["replace rejected"]
    assert bench.life.is_live
    assert news(bench.report(V1, "canceled")) == ["canceled"]


def test_the_stream_repeats_the_refusal_of_a_replace_and_the_old_leg_lives_on() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.replace_rejected(bench.replace(), "Post only order would have immediately matched")
    out = bench.report(V2, "badAloPxRejected")
    assert out.verdict is Verdict.SKIP
    assert bench.life.view().oid == V1
    assert bench.life.phase is OrderPhase.RESTING


def test_an_old_leg_that_filled_whole_ends_the_order_once_the_replace_is_refused() -> None:
    bench = DispatchBench()
    bench.open(V1)
    replacement = bench.replace()
    assert news(bench.fill(V1, "1")) == ["filled"]
    assert bench.life.is_live
    out = bench.replace_rejected(replacement, "Cannot modify canceled or filled order.")
    assert news(out) == ["replace rejected"]
    assert out.events[0].order.phase is OrderPhase.DONE


def test_a_cancel_that_overtook_its_order_is_wanted_still() -> None:
    bench = DispatchBench()
    bench.life.cancel_asked = bench.life.cancel_sent = True
    assert news(bench.cancel_rejected()) == []
    out = bench.acked(V1)
    assert news(out) == ["accepted"]
    assert wishes(out) == [Wish.FOLLOW_UP]


def test_a_cancel_of_a_resting_order_that_fails_is_told_and_asked_about() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.life.cancel_asked = bench.life.cancel_sent = True
    out = bench.cancel_rejected()
    assert news(out) == ["cancel rejected"]
    assert wishes(out) == [Wish.ASK]


def test_a_trim_that_is_refused_ends_in_a_cancel() -> None:
    bench = DispatchBench()
    bench.open(V1)
    trim = bench.replace("1", "100")
    bench.life.replacement = trim = type(trim)(trim.size, trim.limit_px, trim.sent_size, True)
    out = bench.replace_rejected(trim)
    assert news(out) == []
    assert bench.life.cancel_asked
    assert wishes(out) == [Wish.FOLLOW_UP]


@pytest.mark.parametrize("order", list(permutations(["fill old", "open new", "cancel old"])))
def test_o04_however_the_words_of_a_replace_arrive_the_new_leg_is_current(
    order: tuple[str, ...],
) -> None:
    bench = replacing("1")
    words = {
        "fill old": lambda: bench.fill(V1, "0.3"),
        "open new": lambda: bench.open(V2, size="1"),
        "cancel old": lambda: bench.report(V1, "canceled", open_size="0.7"),
    }
    told = [name for word in order for name in news(words[word]())]
    assert bench.life.view().oid == V2
    assert bench.life.phase is OrderPhase.RESTING
    assert sorted(told) == ["filled", "replaced"]
    assert bench.life.filled == Decimal("0.3")
