"""Doubts that must come to an end: once each of them could last for ever, or end wrongly."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from tests.unit.execution.desk_rig import ALICE, DeskRig
from tests.unit.execution.dispatch_bench import DispatchBench, cloid_of

from hive.domain.orders import OrderPhase
from hive.execution.orders.unknowns import (
    READ_LAG_MS_MAX,
    STATUSES_APART_MS,
    Doubt,
    Source,
    Unknowns,
)
from hive.execution.settling.replies import Meaning, read_refusal
from hive.storage.records import OrderEndRecord, Record

BOOKED = 1
EXPIRES_MS = 5_000


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("500 null", Meaning.UNPROVEN),
        ("502 <html>bad gateway</html>", Meaning.UNPROVEN),
        ("504", Meaning.UNPROVEN),
        ("429 null", Meaning.BUSY),
        ("422 Failed to deserialize the JSON body", Meaning.REFUSED),
        ("5000 is too large a size", Meaning.REFUSED),
    ],
)
def test_a_post_that_fails_by_status_proves_what_http_would(text: str, meaning: Meaning) -> None:
    assert read_refusal(text, 1).meaning is meaning


def test_an_order_taken_up_with_all_its_fills_ends_when_the_venue_calls_it_filled() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(BOOKED)
    row = rig.fill(cloid, BOOKED, trade=1)
    rig.tell_fills(row)
    records = [each for each in rig.journal.records if not isinstance(each, OrderEndRecord)]
    decoder = msgspec.msgpack.Decoder(Record)
    reborn = DeskRig([decoder.decode(msgspec.msgpack.encode(each)) for each in records])
    reborn.registry.epoch = rig.registry.epoch
    reborn.info.fills = [row]
    reborn.info.status_by_cloid[cloid] = rig.status_of(cloid, BOOKED, "filled", open_size="0.0")
    reborn.start()
    reborn.run_ms(2_000)
    order = reborn.desk.order(cloid)
    assert order is not None
    assert (order.phase, order.filled_size) == (OrderPhase.DONE, Decimal("0.01"))
    assert reborn.desk.open_orders(ALICE) == []


def test_where_a_refused_leg_answers_for_the_cloid_the_one_we_hold_is_asked_for_by_oid() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=Decimal(60_001)))
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 2, "badAloPxRejected")
    rig.info.status_by_cloid[1] = rig.status_of(cloid, 1, "canceled")  # type: ignore[index]  # an oid is asked for like a cloid
    rig.lose_answer()
    rig.run_ms(2_000)
    assert rig.alice.news[-2:] == ["replace rejected", "canceled"]
    assert rig.desk.open_orders(ALICE) == []


def test_an_order_that_is_not_listed_is_asked_about_though_nothing_else_happens() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 1, "canceled")
    rig.run_ms(65_000)
    assert rig.alice.news == ["accepted", "canceled"]


def test_only_the_second_question_about_an_order_is_in_a_hurry() -> None:
    """Many in doubt would else use up the weight that the list and the fills need."""
    bench, unknowns = DispatchBench(), Unknowns()
    bench.unanswered()
    unknowns.add(bench.life, Doubt.ORDER, 10_000, 1, 0)
    late_ms = 10_000 + READ_LAG_MS_MAX + 1
    waits = []
    now_ms = late_ms
    for _ in range(6):
        assert unknowns.due(now_ms) == bench.cloid
        assert unknowns.said_no(bench.cloid, Source.STATUS, now_ms, now_ms) is None
        next_ms = unknowns.next_ask_ms()
        assert next_ms is not None
        waits.append(next_ms - now_ms)
        now_ms = next_ms
    assert waits[0] == STATUSES_APART_MS
    assert min(waits[1:]) > STATUSES_APART_MS
    assert waits[-1] >= 8_000


def test_a_source_that_speaks_for_all_is_asked_once_for_what_expires_together() -> None:
    """Orders lost on a dead socket, some in each second, would else cost a question each."""
    bench, unknowns = DispatchBench(), Unknowns()
    first_ms, apart_ms = 10_000, STATUSES_APART_MS // 2
    for number in range(6):
        life = bench.place(cloid_of(100 + number))
        unknowns.add(life, Doubt.ORDER, first_ms + number * apart_ms, 1, 0)
    asked_ms, now_ms = [], 0
    while (at_ms := unknowns.wanted_ms(Source.LIST, now_ms, now_ms)) is not None:
        asked_ms.append(at_ms - READ_LAG_MS_MAX - 1)
        now_ms = at_ms
        for cloid in unknowns.cloids():
            unknowns.said_no(cloid, Source.LIST, now_ms, now_ms)
    assert asked_ms == [first_ms + 2 * apart_ms, first_ms + 5 * apart_ms]


def test_an_orders_answer_that_is_lost_late_does_not_hide_a_doubt_about_its_replace() -> None:
    """A stream told of the order; its replace never arrived, and then its own answer is lost."""
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.tell_orders(rig.update(cloid, 1, "open"))
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=Decimal(60_001)))
    rig.lose_answer(post=1)
    rig.lose_answer(post=0)
    still_open = rig.update(cloid, 1, "open")
    rig.info.open_orders = [rig.listed(still_open)]
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 1, "open")
    rig.run_ms(40_000)
    assert rig.alice.news == ["accepted", "replace rejected"]
    order = rig.desk.order(cloid)
    assert order is not None
    assert not order.replace_pending


@pytest.mark.parametrize("slow_from_ms", [0, 3_400, 7_400])
def test_a_slow_answer_does_not_put_off_the_question_whose_no_counts(slow_from_ms: int) -> None:
    """One that was asked before a no counts, and answered after: it is asked again at once."""
    rig = DeskRig().start()
    rig.placed()
    rig.lose_answer()
    rig.run_ms(slow_from_ms)
    rig.info.delay_s = 0.8
    rig.run_ms(EXPIRES_MS + READ_LAG_MS_MAX + 3_500 - slow_from_ms)
    assert rig.alice.news == ["unconfirmed", "never arrived"]
