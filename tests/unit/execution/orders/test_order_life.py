"""What single pieces of evidence do to an order, beside the numbered cases of dispatch."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest
from tests.unit.execution.dispatch_bench import (
    ALICE,
    V1,
    V2,
    DispatchBench,
    news,
    replacing,
    wishes,
)

from hive.domain.orders import OrderNews, OrderPhase, TimeInForce
from hive.execution.orders.dispatched import Dispatched, Verdict, Wish


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


def test_a_report_without_a_cloid_is_known_by_its_leg() -> None:
    bench = DispatchBench()
    bench.open(V1)
    out = bench.report(V1, "canceled", cloid=None)
    assert out.verdict is Verdict.OWN
    assert news(out) == ["canceled"]


def test_an_answer_to_an_earlier_replace_says_nothing_of_the_one_in_flight() -> None:
    bench = DispatchBench()
    bench.open(V1)
    first = bench.replace(px="101")
    bench.open(V2, px="101")
    second = bench.replace(px="102")
    assert news(bench.replaced(first, V2)) == []
    assert news(bench.replace_rejected(first)) == []
    assert bench.life.replacement is second


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


def test_the_slices_of_a_twap_are_its_strategys() -> None:
    bench = DispatchBench()
    assert bench.fill(900, "0.1", cloid=None, twap_id=7).owner is None
    bench.dispatch.bind_twap(7, ALICE)
    out = bench.fill(900, "0.1", cloid=None, twap_id=7)
    assert out.owner == ALICE
    assert out.verdict is Verdict.OWN
    assert bench.fill(900, "0.1", cloid=None, twap_id=8).verdict is Verdict.EXTERNAL
