"""Dispatch, case by case: what is remembered, and for how long (DS-37 to DS-47)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest
from tests.unit.execution.desk_rig import DeskRig
from tests.unit.execution.dispatch_bench import (
    ALICE,
    V1,
    DispatchBench,
    cloid_of,
    fill_at,
    news,
)
from tests.unit.execution.orders.dispatch_cases.families import DRAFT, family

from hive.domain.identifiers import Cloid, Oid
from hive.domain.market import Side
from hive.domain.order_options import OrderOptions, Trigger, TriggerKind
from hive.domain.orders import TimeInForce as Tif
from hive.domain.quotes import QuoteLevel, QuoteTerms
from hive.execution.orders.dispatch import DispatchLimits
from hive.execution.orders.legs import LEGS_MAX
from hive.execution.orders.order_life import OrderLife
from hive.execution.orders.recently_seen import RecentlySeen
from hive.execution.settling.fill_sweep import FillSweep
from hive.storage.records import OrdersSentRecord

PX = Decimal(60_100)
SIZE = Decimal("0.01")


def ended(bench: DispatchBench, count: int) -> list[Cloid]:
    """So many other orders that came and went."""
    cloids = [cloid_of(number) for number in range(10, 10 + count)]
    for number, cloid in enumerate(cloids):
        bench.place(cloid)
        bench.report(500 + number, "canceled", cloid=cloid)
    return cloids


def restored(bench: DispatchBench, number: int) -> OrderLife:
    intent = msgspec.structs.replace(bench.life.intent, cloid=cloid_of(number))
    return bench.dispatch.take_over(bench.dispatch.as_adopted(intent, Oid(1)))


def test_ds_37_an_order_is_found_by_its_cloid_live_or_ended() -> None:
    bench = DispatchBench()
    assert bench.dispatch.life(bench.cloid) is bench.life
    bench.report(V1, "canceled")
    assert bench.dispatch.life(bench.cloid) is bench.life


def test_ds_38_a_cloid_nobody_registered_finds_nothing() -> None:
    bench = DispatchBench()
    assert bench.dispatch.life(cloid_of(2)) is None
    assert bench.dispatch.cloid_of(Oid(V1)) is None


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
    cloids = ended(bench, 5)
    assert [bench.dispatch.has_ended(cloid) for cloid in cloids] == [False] * 2 + [True] * 3


def test_ds_41_that_an_order_was_accepted_is_known_as_long_as_it_lives() -> None:
    """The peer clears its set of accepted orders when it is full, and accepts again."""
    bench = DispatchBench(limits=DispatchLimits(ended_max=3, fills_max=3, legs_max=3))
    bench.open(V1)
    ended(bench, 10)
    assert news(bench.open(V1)) == []
    assert news(bench.report(V1, "canceled")) == ["canceled"]


def test_ds_41_fills_are_forgotten_one_by_one() -> None:
    bench = DispatchBench(limits=DispatchLimits(fills_max=3))
    for trade in range(5):
        bench.fill(900, "1", trade=trade, cloid=None)
    recent = [bench.fill(900, "1", trade=trade, cloid=None).is_new_fill for trade in (2, 3, 4)]
    assert recent == [False] * 3
    assert bench.fill(900, "1", trade=0, cloid=None).is_new_fill


def test_ds_41_the_legs_of_all_orders_are_forgotten_one_by_one() -> None:
    bench = DispatchBench(limits=DispatchLimits(legs_max=3))
    for oid in range(V1, V1 + 5):
        bench.open(oid)
    owners = [bench.dispatch.cloid_of(Oid(oid)) for oid in range(V1, V1 + 5)]
    assert owners == [None] * 2 + [bench.cloid] * 3


def test_ds_41_the_legs_of_one_order_are_forgotten_one_by_one_and_never_the_current() -> None:
    bench = DispatchBench()
    last = V1 + 3 * LEGS_MAX
    for oid in range(V1, last + 1):
        bench.open(oid)
    for oid in range(V1, V1 + 2 * LEGS_MAX):
        assert bench.fill(oid, "0.001").is_new_fill  # legs long over, and most of them forgotten
    assert len(bench.life.legs) == LEGS_MAX
    assert bench.life.view().oid == last
    assert bench.life.filled == Decimal("0.001") * 2 * LEGS_MAX


def test_ds_41_twaps_are_forgotten_one_by_one() -> None:
    bench = DispatchBench(limits=DispatchLimits(twaps_max=3))
    for twap_id in range(5):
        bench.dispatch.bind_twap(twap_id, ALICE)
    fills = [bench.fill(900, "1", cloid=None, twap_id=twap_id) for twap_id in range(5)]
    assert [fill.owner for fill in fills] == [None] * 2 + [ALICE] * 3


def test_ds_41_early_fills_are_kept_for_so_many_orders_and_legs() -> None:
    bench = DispatchBench(limits=DispatchLimits(ended_max=2))
    legs = LEGS_MAX + 8
    for number in (50, 51, 52):
        for leg in range(legs):
            bench.fill(1000 * number + leg, "0.01", cloid=cloid_of(number))
    filled = [restored(bench, number).filled for number in (50, 51, 52)]
    assert filled == [Decimal(0)] + [Decimal("0.01") * legs] * 2


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


def test_ds_43_the_end_keeps_the_mark() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.canceled()
    assert bench.dispatch.live(bench.cloid) is None
    assert bench.dispatch.has_ended(bench.cloid)


def test_ds_44_the_end_drops_what_was_under_way() -> None:
    bench = DispatchBench()
    bench.open(V1)
    bench.replace("2")
    bench.life.wanted = (Decimal(3), Decimal(103), None)
    bench.canceled()
    assert bench.life.replacement is None
    assert bench.life.wanted is None
    assert bench.exposure.open_sizes(ALICE, "BTC").on(bench.life.intent.side) == 0


def test_ds_45_a_page_of_fills_begins_at_the_last_millisecond_and_not_behind_it() -> None:
    """Our one filter by time; open orders are listed without any."""
    sweep = FillSweep(certain_ms=1_000)
    assert sweep.begin(until_ms=5_000) == 1_000
    assert sweep.next_start_ms([fill_at(2_000), fill_at(3_000)]) == 3_000
    assert sweep.next_start_ms([fill_at(3_000), fill_at(5_000)]) is None
    assert sweep.certain_ms == 5_000


def test_ds_46_each_kind_of_list_names_its_grouping() -> None:
    rig = DeskRig().start()
    rig.do(lambda: [rig.place(), rig.place()])
    family(rig)
    rig.do(lambda: rig.desk.place_unit(ALICE, [DRAFT, DRAFT]))
    assert [action["grouping"] for action in rig.actions] == ["na", "normalTpsl", "na"]
    assert [len(action["orders"]) for action in rig.actions] == [2, 3, 2]


def limits_of_every_tif(rig: DeskRig) -> None:
    for tif in Tif:
        rig.place(tif=tif)


def stops(rig: DeskRig) -> None:
    for is_market in (True, False):
        options = OrderOptions(trigger=Trigger(TriggerKind.STOP, PX, is_market=is_market))
        rig.desk.place(ALICE, "BTC", Side.BUY, size=SIZE, limit_px=PX, tif=Tif.GTC, options=options)


def quotes(rig: DeskRig) -> None:
    rig.desk.quote(ALICE, "BTC", Side.BUY, [QuoteLevel(PX, SIZE)], QuoteTerms())


@pytest.mark.parametrize(
    "deed",
    [
        limits_of_every_tif,
        stops,
        quotes,
        lambda rig: rig.place(reduce_only=True, side=Side.SELL),
        lambda rig: rig.desk.place_unit(ALICE, [DRAFT, DRAFT]),
    ],
    ids=["limits", "stops", "quotes", "exits", "units"],
)
def test_ds_47_every_order_is_known_and_written_down_before_it_is_sent(
    deed: Callable[[DeskRig], object],
) -> None:
    """The peer skips what is not sized in coins."""
    rig = DeskRig().start()
    held = rig.resting(1)
    rig.tell_fills(rig.fill(held, 1, trade=1))
    sent: list[str] = []

    def leaves() -> None:
        written = [r for r in rig.journal.records if isinstance(r, OrdersSentRecord)]
        names = {intent.cloid for record in written for intent in record.intents}
        for order in rig.actions[-1]["orders"]:
            assert rig.desk.order(order["c"]) is not None
            assert order["c"] in names
            sent.append(order["c"])

    rig.streams.on_post = leaves
    rig.do(lambda: deed(rig))
    assert sent
    assert sorted(sent) == sorted(order.cloid for order in rig.desk.open_orders(ALICE))


def test_ds_47_so_is_a_family() -> None:
    rig = DeskRig().start()
    known: list[bool] = []

    def leaves() -> None:
        known.extend(rig.desk.order(o["c"]) is not None for o in rig.actions[-1]["orders"])

    rig.streams.on_post = leaves
    family(rig)
    assert known == [True] * 3
