"""Dispatch, case by case: the life of an order (DS-01 to DS-15) and its states (DS-37 to DS-47).

Not here: DS-06 to DS-08 (trigger orders), DS-45 and DS-46 (reports by filter, grouped lists), which
are not offered yet.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from tests.unit.execution.dispatch_bench import V1, V2, DispatchBench, cloid_of, news, wishes

from hive.domain.identifiers import Oid
from hive.domain.orders import OrderNews, OrderPhase, TimeInForce
from hive.execution.dispatch import DispatchLimits
from hive.execution.dispatched import Dispatched, Verdict, Wish
from hive.execution.recently_seen import RecentlySeen


def test_ds_01_an_open_leg_is_accepted_once_and_bound() -> None:
    bench = DispatchBench()
    out = bench.open(V1)
    assert news(out) == ["accepted"]
    assert bench.life.view().oid == V1
    assert out.bound == [(bench.cloid, V1)]


def test_ds_02_a_report_of_an_unknown_order_is_external() -> None:
    bench = DispatchBench()
    out = bench.report(V1, "open", cloid=cloid_of(99))
    assert out.verdict is Verdict.EXTERNAL
    assert out.events == []


def test_ds_03_a_cancel_before_any_acceptance_tells_both() -> None:
    bench = DispatchBench()
    out = bench.report(V1, "canceled")
    assert news(out) == ["accepted", "canceled"]
    assert bench.dispatch.live(bench.cloid) is None
    assert bench.dispatch.has_ended(bench.cloid)


def test_ds_04_an_expired_order_is_canceled_with_the_venues_word() -> None:
    bench = DispatchBench()
    out = bench.report(V1, "scheduledCancel")
    assert news(out) == ["accepted", "canceled"]
    assert out.events[-1].reason == "scheduledCancel"


def test_ds_05_a_rejected_order_was_never_accepted() -> None:
    bench = DispatchBench()
    out = bench.report(V1, "badAloPxRejected")
    assert news(out) == ["rejected"]
    assert out.events[0].reason == "badAloPxRejected"
    assert bench.dispatch.has_ended(bench.cloid)


def test_ds_09_a_trigger_says_nothing_of_a_plain_limit_order() -> None:
    bench = DispatchBench()
    bench.open(V1)
    assert news(bench.report(V1, "triggered")) == []
    assert bench.life.phase is OrderPhase.RESTING


def test_ds_10_a_whole_fill_before_any_acceptance_tells_both() -> None:
    bench = DispatchBench()
    out = bench.fill(V1, "1")
    assert news(out) == ["accepted", "filled"]
    assert out.events[0].order.phase is OrderPhase.RESTING
    assert out.events[1].order.phase is OrderPhase.DONE


@pytest.mark.parametrize("is_accepted", [True, False])
def test_ds_11_two_halves_make_a_whole(is_accepted: bool) -> None:
    bench = DispatchBench()
    told = news(bench.open(V1)) if is_accepted else []
    told += news(bench.fill(V1, "0.5"))
    assert bench.life.is_live
    told += news(bench.fill(V1, "0.5"))
    assert told == ["accepted", "filled", "filled"]
    assert not bench.life.is_live


def test_ds_12_the_same_trade_is_one_fill() -> None:
    bench = DispatchBench()
    bench.open(V1)
    assert bench.fill(V1, "0.4", trade=7).is_new_fill
    again = bench.fill(V1, "0.4", trade=7)
    assert not again.is_new_fill
    assert news(again) == []
    assert bench.life.filled == Decimal("0.4")


def test_ds_13_a_fill_without_a_cloid_of_an_unknown_leg_is_external_and_booked() -> None:
    bench = DispatchBench()
    out = bench.fill(999, "1", cloid=None)
    assert out.verdict is Verdict.EXTERNAL
    assert out.is_new_fill
    assert out.owner is None


def test_ds_14_an_open_that_is_replayed_after_the_end_is_skipped() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.report(V1, "canceled")
    out = bench.open(V1)
    assert out.verdict is Verdict.SKIP
    assert out.events == []
    assert out.wishes == []


def test_ds_15_a_new_fill_after_the_end_is_booked() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.report(V1, "canceled")
    out = bench.fill(V1, "0.3")
    assert out.is_new_fill
    assert news(out) == ["filled"]
    assert out.events[0].order.phase is OrderPhase.DONE
    assert out.events[0].order.filled_size == Decimal("0.3")


def test_ds_37_and_38_an_order_is_found_by_its_cloid_and_no_other() -> None:
    bench = DispatchBench()
    assert bench.dispatch.life(bench.cloid) is bench.life
    assert bench.dispatch.life(cloid_of(2)) is None


def test_ds_39_accepting_twice_tells_once() -> None:
    bench = DispatchBench()
    assert news(bench.acked(V1)) == ["accepted"]
    assert news(bench.acked(V1)) == []
    assert news(bench.open(V1)) == []


def test_ds_40_the_same_fill_key_with_other_numbers_is_a_conflict_and_not_booked() -> None:
    bench = DispatchBench()
    bench.fill(V1, "0.4", trade=7)
    out = bench.fill(V1, "0.5", trade=7)
    assert out.is_conflict
    assert not out.is_new_fill
    assert bench.life.filled == Decimal("0.4")


def test_ds_41_a_full_set_forgets_its_oldest_only() -> None:
    seen: RecentlySeen[int, int] = RecentlySeen(100)
    for number in range(107):
        assert seen.add(number, number) is None
    assert [number for number in range(107) if number not in seen] == list(range(7))


def test_ds_41_ended_orders_are_forgotten_one_by_one() -> None:
    bench = DispatchBench(limits=DispatchLimits(ended_max=3))
    cloids = [cloid_of(number) for number in range(10, 15)]
    for number, cloid in enumerate(cloids):
        bench.place(cloid)
        bench.report(500 + number, "canceled", cloid=cloid)
    assert [bench.dispatch.has_ended(cloid) for cloid in cloids] == [False] * 2 + [True] * 3


def test_a_fill_of_a_forgotten_order_is_attributed_by_its_cloid() -> None:
    bench = DispatchBench(limits=DispatchLimits(ended_max=1))
    bench.report(V1, "canceled")
    other = bench.place(cloid_of(2))
    bench.report(V2, "canceled", cloid=other.cloid)
    out = bench.fill(V1, "0.2")
    assert out.is_new_fill
    assert out.owner == bench.life.strategy
    assert out.verdict is Verdict.OWN


def test_ds_42_a_replace_in_flight_shows_and_is_gone_when_refused() -> None:
    bench = DispatchBench()
    bench.open(V1)
    replacement = bench.replace("2", "105")
    assert bench.life.view().replace_pending
    assert bench.life.open_at_most == 2
    assert news(bench.replace_rejected(replacement)) == ["replace rejected"]
    view = bench.life.view()
    assert view.size == 1
    assert view.limit_px == 100
    assert not view.replace_pending


def test_ds_43_and_44_the_end_keeps_the_mark_and_drops_what_was_under_way() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.replace("2")
    bench.canceled()
    assert bench.dispatch.has_ended(bench.cloid)
    assert bench.life.replacement is None
    assert bench.life.wanted is None


def test_ds_47_every_order_is_known_before_it_is_sent() -> None:
    for tif in TimeInForce:
        bench = DispatchBench(tif)
        bench.life.is_sent = False
        assert bench.dispatch.live(bench.cloid) is bench.life


def test_an_order_that_never_left_ends_where_it_began() -> None:
    bench = DispatchBench()
    out = Dispatched()
    bench.life.not_sent(OrderNews.NOT_SENT, "link", out)
    assert news(bench.told(out)) == ["not sent"]
    assert not bench.life.is_live


def test_an_immediate_order_that_filled_in_part_ends_with_its_last_fill() -> None:
    bench = DispatchBench(TimeInForce.IOC)
    out = bench.acked(V1, "0.4")
    assert news(out) == ["accepted"]
    assert wishes(out) == [Wish.AWAIT_FILLS]
    assert news(bench.fill(V1, "0.4")) == ["filled", "canceled"]


def test_an_immediate_order_whose_fills_came_first_ends_with_its_answer() -> None:
    bench = DispatchBench(TimeInForce.IOC)
    assert news(bench.fill(V1, "0.4")) == ["accepted", "filled"]
    assert news(bench.acked(V1, "0.4")) == ["canceled"]


def test_what_a_resting_order_filled_at_once_is_not_booked_from_the_answer() -> None:
    bench = DispatchBench()
    bench.acked(V1, "0.4")
    assert bench.life.filled == 0
    assert bench.life.is_live


def test_an_unknown_status_is_asked_about_and_changes_nothing() -> None:
    bench = DispatchBench()
    bench.open(V1)
    out = bench.report(V1, "somethingNew")
    assert wishes(out) == [Wish.ASK]
    assert bench.life.phase is OrderPhase.RESTING


def test_an_open_leg_nobody_knew_of_an_order_that_is_over_is_asked_about() -> None:
    bench = DispatchBench()
    bench.rejected()
    out = bench.open(V1)
    assert out.verdict is Verdict.SKIP
    assert wishes(out) == [Wish.ASK]


def test_ds_62_an_external_order_leaves_nothing_behind() -> None:
    bench = DispatchBench()
    for status in ("open", "filled", "canceled"):
        assert bench.report(900, status, cloid=None).verdict is Verdict.EXTERNAL
    assert bench.dispatch.cloid_of(Oid(900)) is None
    assert bench.dispatch.snapshot().live == 1


def test_ds_91_fills_that_came_before_the_order_was_known_are_in_it() -> None:
    bench = DispatchBench()
    early = cloid_of(50)
    for size in ("0.1", "0.2"):
        out = bench.fill(700, size, cloid=early)
        assert out.is_new_fill
        assert out.owner == bench.life.strategy
    intent = msgspec.structs.replace(bench.life.intent, cloid=early)
    life = bench.dispatch.restore(intent, [Oid(700)])
    assert life.filled == Decimal("0.3")
    bench.report(700, "open", open_size="0.7", cloid=early)
    assert life.view().open_size == Decimal("0.7")
