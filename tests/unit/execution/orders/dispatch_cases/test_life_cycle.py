"""Dispatch, case by case: the life of an order (DS-01 to DS-15)."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from tests.unit.execution.desk_rig import DeskRig
from tests.unit.execution.dispatch_bench import ALICE, V1, DispatchBench, cloid_of, news

from hive.domain.market import Side
from hive.domain.order_options import OrderOptions, Trigger, TriggerKind
from hive.domain.orders import OrderPhase
from hive.execution.orders.dispatched import Verdict
from hive.storage.records import FillRecord


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


@pytest.mark.parametrize("word", ["scheduledCancel", "outcomeSettledCanceled"])
def test_ds_04_an_expired_order_is_canceled_with_the_venues_word(word: str) -> None:
    """The venue's times that run out; it has no word "expired"."""
    bench = DispatchBench()
    out = bench.report(V1, word)
    assert news(out) == ["accepted", "canceled"]
    assert out.events[-1].reason == word


def test_ds_05_a_rejected_order_was_never_accepted() -> None:
    bench = DispatchBench()
    out = bench.report(V1, "badAloPxRejected")
    assert news(out) == ["rejected"]
    assert out.events[0].reason == "badAloPxRejected"
    assert bench.dispatch.has_ended(bench.cloid)
    assert bench.dispatch.lives() == []
    assert bench.exposure.open_sizes(ALICE, "BTC").on(Side.BUY) == 0


def triggered_limit(kind: TriggerKind) -> DispatchBench:
    trigger = Trigger(kind, Decimal(90), is_market=False)
    return DispatchBench(options=OrderOptions(trigger=trigger))


def test_ds_06_a_stop_limit_that_is_triggered_was_accepted_and_says_so_once() -> None:
    bench = triggered_limit(TriggerKind.STOP)
    out = bench.report(V1, "triggered")
    assert news(out) == ["accepted", "triggered"]
    assert bench.life.view().is_triggered
    assert news(bench.report(V1, "triggered")) == []
    assert bench.life.phase is OrderPhase.RESTING


def test_ds_07_the_venue_offers_no_trailing_stop_so_none_can_be_asked_for() -> None:
    assert [kind.value for kind in TriggerKind] == ["sl", "tp"]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"kind": "trailing", "px": "90"}, Trigger)


def test_ds_08_so_is_a_take_profit_limit() -> None:
    bench = triggered_limit(TriggerKind.TAKE_PROFIT)
    assert news(bench.report(V1, "triggered")) == ["accepted", "triggered"]
    assert news(bench.fill(V1, "1")) == ["filled"]


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
    assert bench.dispatch.lives() == []


def test_ds_10_a_fill_is_told_and_written_with_its_own_fee_and_the_token_it_was_paid_in() -> None:
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.tell_fills({**rig.fill(cloid, 1, trade=1), "fee": "-0.0007", "feeToken": "HYPE"})
    assert rig.alice.news == ["accepted", "filled"]
    (fill,) = rig.alice.fills
    assert (fill.fee, fill.fee_token) == (Decimal("-0.0007"), "HYPE")
    (written,) = [record for record in rig.journal.records if isinstance(record, FillRecord)]
    assert written.fill == fill


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
