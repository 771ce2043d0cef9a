"""A disk that fails takes no new risk, stops no cancel and no exit, and is well again by itself."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.unit.execution.desk_rig import ALICE, BOB, DeskRig

from hive.domain.market import Side
from hive.execution.books.journal_sync import SYNC_AFTER_MS, SYNC_LATE_MS
from hive.execution.books.record_writer import UNWRITTEN_MAX, RecordWriter
from hive.storage.records import (
    CancelsSentRecord,
    FillRecord,
    OrdersSentRecord,
    PurseRecord,
    SweptRecord,
)

WAIT_MAX_MS = 3_000
Failure = Callable[[DeskRig], None]


def full(rig: DeskRig) -> None:
    rig.journal.is_full = True


def silent(rig: DeskRig) -> None:
    """The disk takes bytes and does not sync them."""
    rig.journal.is_slow = True
    rig.placed()
    rig.answer({"resting": {"oid": 50}})
    rig.run_ms(SYNC_AFTER_MS + SYNC_LATE_MS + SYNC_AFTER_MS)


def unsyncable(rig: DeskRig) -> None:
    """A sync failed, and the disk is full as well."""
    silent(rig)
    rig.journal.tickets[-1].error = OSError(5, "Input/output error")
    rig.journal.is_full = True
    rig.run_ms(SYNC_AFTER_MS)


def well(rig: DeskRig) -> None:
    rig.journal.is_full = rig.journal.is_slow = False
    for ticket in rig.journal.tickets:
        ticket.done = ticket.error is None
    rig.run_ms(2 * SYNC_AFTER_MS)


@pytest.fixture
def rig() -> DeskRig:
    """Alice has an order at the venue, and a position to close."""
    rig = DeskRig().start()
    rig.tell_fills(rig.fill(rig.resting(1), 1, trade=1))
    rig.resting(2)
    rig.streams.posts.clear()
    return rig


@pytest.mark.parametrize("fail", [full, silent, unsyncable])
def test_d01_no_new_risk_leaves_and_the_reason_names_the_journal(
    rig: DeskRig, fail: Failure
) -> None:
    fail(rig)
    rig.streams.posts.clear()
    rig.placed()
    rig.run_ms(WAIT_MAX_MS + 100)
    assert rig.streams.posts == []
    assert rig.alice.events[-1].news.value == "not sent"
    assert rig.alice.events[-1].reason.startswith("journal:")
    rig.placed()
    rig.run_ms(100)
    assert rig.desk.snapshot().hold_reason.startswith("journal:")


@pytest.mark.parametrize("fail", [full, silent, unsyncable])
def test_d01_cancels_and_exits_leave_at_once(rig: DeskRig, fail: Failure) -> None:
    fail(rig)
    rig.streams.posts.clear()
    resting = next(order for order in rig.desk.open_orders(ALICE) if order.oid == 2)
    rig.do(lambda: rig.desk.cancel(ALICE, resting.cloid))
    rig.placed(Side.SELL, size="0.01", px="61000", reduce_only=True)
    rig.run_ms(200)
    assert [action["type"] for action in rig.actions] == ["cancelByCloid", "order"]


@pytest.mark.parametrize("fail", [full, silent, unsyncable])
def test_d01_it_is_well_again_by_itself_and_says_so_once(rig: DeskRig, fail: Failure) -> None:
    fail(rig)
    rig.run_ms(20_000)
    well(rig)
    rig.streams.posts.clear()
    rig.placed()
    assert [action["type"] for action in rig.actions] == ["order"]
    alarms = [alarm for alarm in rig.desk.snapshot().recent_alarms if "journal" in alarm]
    assert len(alarms) == 2, alarms
    assert not rig.desk.snapshot().journal_failed


def test_what_the_disk_refused_is_written_in_order_when_it_takes_it_again(rig: DeskRig) -> None:
    full(rig)
    before = len(rig.journal.records)
    cloid = next(order.cloid for order in rig.desk.open_orders(ALICE))
    rig.tell_fills(rig.fill(cloid, 2, trade=2, size="0.004", start="0.01"))
    rig.do(lambda: rig.desk.cancel(ALICE, cloid))
    rig.placed(Side.SELL, size="0.01", px="61000", reduce_only=True)
    rig.run_ms(200)
    assert rig.desk.position(ALICE, "BTC").size == Decimal("0.014"), "strategies are told all along"
    well(rig)
    kinds = [type(record) for record in rig.journal.records[before:]]
    assert [
        kind for kind in kinds if kind in (FillRecord, CancelsSentRecord, OrdersSentRecord)
    ] == [
        FillRecord,
        CancelsSentRecord,
        OrdersSentRecord,
    ]


def test_what_opens_risk_is_given_up_and_what_reduces_goes_of_one_batch(rig: DeskRig) -> None:
    full(rig)

    def both() -> None:
        rig.place(px="60000")
        rig.place(Side.SELL, size="0.01", px="61000", reduce_only=True)

    rig.do(both)
    rig.run_ms(200)
    (action,) = rig.actions
    assert [order["b"] for order in action["orders"]] == [False]
    assert [event.news.value for event in rig.alice.events[-1:]] == ["not sent"]


def test_a_disk_that_refuses_is_not_asked_again_for_every_message(rig: DeskRig) -> None:
    full(rig)
    rig.placed()
    before = rig.journal.attempts
    for trade in range(10, 60):
        rig.tell_fills(rig.fill(None, 900 + trade, trade=trade))
        rig.placed(Side.SELL, size="0.01", px="61000", reduce_only=True)
    assert rig.journal.attempts == before
    rig.run_ms(10 * SYNC_AFTER_MS)
    assert rig.journal.attempts == before + 10


def test_a_failed_sync_ends_the_segment(rig: DeskRig) -> None:
    silent(rig)
    rig.journal.tickets[-1].error = OSError(5, "Input/output error")
    rig.journal.is_slow = False
    rig.run_ms(2 * SYNC_AFTER_MS)
    assert rig.journal.abandoned == 1
    assert rig.journal.tickets[-1].done
    assert rig.desk.snapshot().hold_reason == ""


def test_one_sync_at_a_time_is_asked_for(rig: DeskRig) -> None:
    rig.run_ms(5 * SYNC_AFTER_MS)
    before = len(rig.journal.tickets)
    rig.journal.is_slow = True
    for oid in range(100, 120):
        rig.placed()
        rig.answer({"resting": {"oid": oid}})
        rig.run_ms(SYNC_LATE_MS // 30)
    assert len(rig.journal.tickets) == before + 1


def test_of_what_counts_only_until_the_next_nothing_piles_up(rig: DeskRig) -> None:
    journal = rig.journal
    writer = RecordWriter(journal)
    journal.records.clear()
    for number in range(1_000):
        writer.note_standing(PurseRecord(ALICE, number % 7, 3))
        writer.write()
    writer.note_standing(PurseRecord(BOB, 1, 1))
    writer.write_now(SweptRecord(1))
    purses = [PurseRecord(ALICE, 999 % 7, 3), PurseRecord(BOB, 1, 1)]
    assert journal.records == [*purses, SweptRecord(1)]


def test_more_than_can_be_kept_is_dropped_oldest_first_and_counted(rig: DeskRig) -> None:
    journal = rig.journal
    writer = RecordWriter(journal)
    journal.records.clear()
    journal.is_full = True
    for number in range(UNWRITTEN_MAX + 7):
        writer.keep(SweptRecord(number))
        writer.write()
    assert writer.lost == 7
    journal.is_full = False
    writer.write_all()
    assert journal.records[:2] == [SweptRecord(7), SweptRecord(8)]
    assert len(journal.records) == UNWRITTEN_MAX
