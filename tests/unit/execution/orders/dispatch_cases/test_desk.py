"""Dispatch, case by case: what the desk asks and how it lives (DS-78 to DS-91)."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from tests.unit.execution.desk_rig import ACCOUNT, ALICE, DeskRig
from tests.unit.execution.dispatch_bench import (
    V1,
    DispatchBench,
    cloid_of,
    news,
)
from tests.unit.execution.venue_rig import VenueRig

from hive.domain.errors import OperatorError, Unanswered
from hive.domain.identifiers import Address, Cloid, Oid, parse_cloid
from hive.domain.market import Side
from hive.execution.orders.dispatched import Verdict


def test_ds_78_every_question_about_an_order_names_it() -> None:
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.lose_answer()
    rig.resting(2)
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 7, "badAloPxRejected")
    rig.run_ms(70_000)
    named = [request["oid"] for request in rig.info.asked if request["type"] == "orderStatus"]
    assert named
    assert all(isinstance(name, int) or parse_cloid(name) for name in named)


def test_ds_79_a_query_by_cloid_finds_the_order() -> None:
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 1, "open")
    rig.lose_answer()
    rig.run_ms(1_000)
    assert rig.alice.news == ["unconfirmed", "accepted"]


def test_ds_79_a_query_by_oid_finds_a_leg_that_is_over() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 2, "badAloPxRejected")
    rig.info.status_by_oid[1] = rig.status_of(cloid, 1, "marginCanceled")
    rig.run_ms(61_500)
    assert rig.alice.events[-1].reason == "marginCanceled"


@pytest.mark.parametrize("name", [None, cloid_of(999)])
def test_ds_79_a_row_with_another_name_is_known_by_its_leg(name: Cloid | None) -> None:
    bench = DispatchBench()
    bench.open(V1)
    out = bench.report(V1, "canceled", cloid=name)
    assert out.verdict is Verdict.OWN
    assert news(out) == ["canceled"]


def asked_about_a_replace(status: str, open_size: str) -> tuple[DeskRig, Cloid]:
    """A replace in flight without an answer, and a query that says this of the old leg."""
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=Decimal(59_000)))
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 1, status, open_size=open_size)
    rig.lose_answer()
    rig.run_ms(1_000)
    assert [r["oid"] for r in rig.info.asked if r["type"] == "orderStatus"] == [cloid]
    return rig, cloid


def test_ds_80_a_query_that_shows_the_old_leg_canceled_is_suppressed() -> None:
    rig, cloid = asked_about_a_replace("canceled", "0.01")
    assert rig.alice.news == ["accepted"]
    rig.tell_orders(rig.update(cloid, 2, "open", px="59000.0"))
    assert rig.alice.news == ["accepted", "replaced"]
    assert rig.desk.open_orders(ALICE)[0].oid == 2


def test_ds_80_a_query_that_shows_the_old_leg_filled_is_taken() -> None:
    rig, cloid = asked_about_a_replace("filled", "0.0")
    rig.info.fills = [rig.fill(cloid, 1, trade=1)]
    rig.run_ms(5_000)
    assert rig.alice.news[:2] == ["accepted", "filled"]
    assert rig.desk.position(ALICE, "BTC").size == Decimal("0.01")
    rig.run_ms(60_000)  # the venue never shows a new leg, and can no longer take one
    assert rig.alice.news == ["accepted", "filled", "replace rejected"]
    assert rig.desk.open_orders(ALICE) == []


def test_ds_81_an_order_is_asked_for_by_cloid_and_then_by_the_leg_we_hold() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 2, "badAloPxRejected")
    rig.info.status_by_oid[1] = rig.status_of(cloid, 1, "canceled")
    rig.run_ms(61_500)  # the list of open orders does not show it
    assert [r["oid"] for r in rig.info.asked if r["type"] == "orderStatus"] == [cloid, 1]
    assert rig.alice.news == ["accepted", "canceled"]


def test_ds_82_a_venue_that_does_not_know_an_order_changes_nothing() -> None:
    rig = DeskRig().start()
    rig.resting(1)
    rig.run_ms(200_000)
    assert "orderStatus" in [request["type"] for request in rig.info.asked]
    assert rig.alice.news == ["accepted"]


def test_ds_85_a_market_order_without_any_price_is_denied_here() -> None:
    rig = VenueRig()
    before = len(rig.actions)
    assert rig.do(lambda: rig.ctx().market("DOGE", Side.BUY, 100)) is None
    assert len(rig.actions) == before
    assert rig.hands["alice"].news == []


def test_ds_86_a_replace_asks_for_what_is_left_and_never_for_what_is_filled() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.tell_fills(rig.fill(cloid, 1, trade=1, size="0.004"))
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.02"), limit_px=Decimal(60_000)))
    assert rig.actions[-1]["modifies"][0]["order"]["s"] == "0.016"
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.004"), limit_px=Decimal(60_000)))
    assert rig.alice.events[-1].news.value == "replace rejected"
    assert rig.alice.events[-1].reason.startswith("already filled")


def test_ds_87_a_reconciliation_adopts_what_is_open_and_ours_and_asks_for_late_fills_only() -> None:
    rig = DeskRig().start()
    mine = rig.resting(1)
    rig.info.open_orders = [
        rig.listed(rig.update(cloid, oid, "open"))
        for cloid, oid in ((mine, 1), (cloid_of(77), 2), (None, 3))
    ]
    filled_ms = rig.clock.now_ms() + 1_000
    rig.info.fills = [rig.fill(None, 9, trade=1, venue_ms=filled_ms)]
    rig.run_ms(125_000)
    assert [order.cloid for order in rig.desk.open_orders(ALICE)] == [mine, cloid_of(77)]
    snapshot = rig.desk.snapshot()
    assert (snapshot.adopted, snapshot.external_orders) == (1, 1)
    starts = [r["startTime"] for r in rig.info.asked if r["type"] == "userFillsByTime"]
    assert starts == sorted(starts)
    assert starts[-1] == filled_ms


def test_ds_88_an_agents_key_trades_its_masters_account_and_no_other() -> None:
    rig = DeskRig()
    rig.info.role = {"role": "agent", "data": {"user": ACCOUNT}}
    rig.start()
    rig.resting(1)
    assert rig.alice.news == ["accepted"]
    assert {request["user"] for request in rig.info.asked if "user" in request} == {ACCOUNT}
    stranger = DeskRig()
    stranger.info.role = {"role": "agent", "data": {"user": Address("0x" + "99" * 20)}}
    with pytest.raises(OperatorError, match="does not trade"):
        stranger.start()


def test_ds_89_no_task_outlives_the_stop() -> None:
    rig = DeskRig().start()
    assert rig.tasks.snapshot().tasks
    rig.wait_for(rig.desk.stop())
    rig.run_ms(0)
    assert rig.tasks.snapshot().tasks == ()


def test_ds_90_streams_that_are_never_confirmed_end_the_start_by_name() -> None:
    rig = DeskRig()
    rig.streams.is_silent = True
    with pytest.raises(Unanswered, match="does not confirm"):
        rig.start()


def test_ds_91_fills_that_came_before_the_order_was_known_are_in_it() -> None:
    bench = DispatchBench()
    early = cloid_of(50)
    for size in ("0.1", "0.2"):
        out = bench.fill(700, size, cloid=early)
        assert out.is_new_fill
        assert out.owner == bench.life.strategy
    intent = msgspec.structs.replace(bench.life.intent, cloid=early)
    life = bench.dispatch.take_over(bench.dispatch.as_adopted(intent, Oid(700)))
    assert life.filled == Decimal("0.3")
    bench.report(700, "open", open_size="0.7", cloid=early)
    assert life.view().open_size == Decimal("0.7")


def test_ds_91_an_old_list_that_shows_what_filled_in_an_earlier_process_opens_nothing() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    listed = rig.listed(rig.update(cloid, 1, "open"))
    row = rig.fill(cloid, 1, trade=1)
    rig.tell_fills(row)
    rig.run_ms(1_000)
    reborn = DeskRig(rig.journal.records)
    reborn.info.open_orders = [listed]
    reborn.info.fills = [row]
    reborn.start()
    assert reborn.desk.snapshot().adopted == 1
    assert reborn.desk.open_orders(ALICE) == []
    assert reborn.desk.position(ALICE, "BTC").size == Decimal("0.01")
