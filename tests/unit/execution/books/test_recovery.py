"""A desk that starts where another process ended, with all, some or none of its journal."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from tests.unit.execution.desk_rig import ALICE, BOB, DeskRig

from hive.domain.errors import OperatorError
from hive.domain.identifiers import Cloid
from hive.domain.market import Side
from hive.domain.orders import OrderPhase
from hive.domain.twaps import TwapIntent, TwapNews
from hive.execution.books.account_books import AccountBooks
from hive.execution.books.books_state import encoded
from hive.execution.books.recovery import recover
from hive.storage.checkpoints import pieces_of
from hive.storage.records import (
    CorrectionRecord,
    FillRecord,
    OrderEndRecord,
    OrdersSentRecord,
    Record,
    SweptRecord,
    TwapBoundRecord,
    TwapEndRecord,
    TwapSentRecord,
)


def reread(records: list[Record]) -> list[Record]:
    """As the journal would hold them."""
    decoder = msgspec.msgpack.Decoder(Record)
    return [decoder.decode(msgspec.msgpack.encode(record)) for record in records]


def after(rig: DeskRig, *, records: list[Record] | None = None) -> DeskRig:
    """The next process: same registry, same venue, what is left of the journal."""
    reborn = DeskRig(reread(rig.journal.records if records is None else records))
    reborn.registry.epoch = rig.registry.epoch
    reborn.info.open_orders = rig.info.open_orders
    reborn.info.fills = rig.info.fills
    reborn.info.positions = rig.info.positions
    reborn.clock.step_wall(60_000)
    return reborn


def test_positions_and_nonces_go_on_where_they_were() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    row = rig.fill(cloid, 1, trade=1)
    rig.tell_fills(row)
    rig.info.fills = [row]
    last_nonce = rig.streams.posts[-1][1]["nonce"]
    reborn = after(rig)
    reborn.clock.step_wall(-3_600_000)
    reborn.start()
    assert reborn.desk.position(ALICE, "BTC") == rig.desk.position(ALICE, "BTC")
    assert [r for r in reborn.journal.records if isinstance(r, FillRecord)] == []
    reborn.placed()
    assert reborn.streams.posts[-1][1]["nonce"] > last_nonce


def test_what_a_liquidation_took_from_whom_is_not_counted_again() -> None:
    rig = DeskRig().start()
    mine, theirs = rig.resting(1), rig.resting(2, strategy=BOB)
    forced = rig.fill(None, 77, trade=3, size="0.01", start="0.02", side="A")
    rows = [
        rig.fill(mine, 1, trade=1),
        rig.fill(theirs, 2, trade=2, start="0.01"),
        {**forced, "dir": "Auto-Deleveraging"},
    ]
    rig.tell_fills(*rows)
    rig.info.fills = rows
    reborn = after(rig).start()
    for owner in (ALICE, BOB, None):
        assert reborn.desk.position(owner, "BTC") == rig.desk.position(owner, "BTC")
    assert reborn.desk.position(ALICE, "BTC").size == Decimal("0.005")


def test_an_order_that_rests_is_taken_up_by_its_strategy() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.info.open_orders = [rig.listed(rig.update(cloid, 1, "open"))]
    reborn = after(rig).start()
    order = reborn.desk.order(cloid)
    assert order is not None
    assert (order.strategy, order.phase, order.oid) == (ALICE, OrderPhase.RESTING, 1)
    assert reborn.alice.news == ["accepted"]


def test_f09_and_f20_fills_that_were_missed_are_booked_and_known_ones_are_not() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    known = rig.fill(cloid, 1, trade=1, size="0.004")
    rig.tell_fills(known)
    missed = rig.fill(cloid, 1, trade=2, size="0.006", start="0.004")
    rig.info.fills = [known, missed]
    reborn = after(rig).start()
    reborn.tell_fills(known, missed, is_snapshot=True)
    assert reborn.desk.position(ALICE, "BTC").size == Decimal("0.01")
    order = reborn.desk.order(cloid)
    assert order is not None
    assert order.filled_size == Decimal("0.01")
    assert len(reborn.alice.fills) == 1


def test_an_order_that_is_nowhere_is_declared_lost_when_it_cannot_arrive_any_more() -> None:
    rig = DeskRig().start()
    cloid = rig.placed()
    reborn = after(rig).start()
    assert reborn.desk.open_orders(ALICE)[0].phase is OrderPhase.UNCONFIRMED
    reborn.run_ms(20_000)
    assert reborn.alice.news == ["never arrived"]
    ends = [r for r in reborn.journal.records if isinstance(r, OrderEndRecord)]
    assert [record.cloid for record in ends] == [cloid]


def test_after_a_power_cut_orders_are_owned_again_by_their_cloids() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1, strategy=BOB)
    row = rig.fill(cloid, 1, trade=1, size="0.004")
    rig.info.fills = [row]
    rig.info.open_orders = [rig.listed(rig.update(cloid, 1, "open", open_size="0.006"))]
    reborn = after(rig, records=[]).start()
    order = reborn.desk.order(cloid)
    assert order is not None
    assert order.strategy == BOB
    assert (order.filled_size, order.open_size) == (Decimal("0.004"), Decimal("0.006"))
    assert reborn.desk.position(BOB, "BTC").size == Decimal("0.004")
    assert reborn.desk.snapshot().adopted == 1
    assert reborn.placed() != cloid


def test_a_replace_under_way_at_death_is_settled_by_the_leg_that_is_found() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.02"), limit_px=Decimal(59_000)))
    row = rig.update(cloid, 2, "open", size="0.02", open_size="0.02", px="59000.0")
    rig.info.open_orders = [rig.listed(row)]
    reborn = after(rig).start()
    order = reborn.desk.order(cloid)
    assert order is not None
    assert (order.oid, order.size, order.limit_px) == (2, Decimal("0.02"), Decimal(59_000))


def test_somebody_elses_orders_and_fills_are_external_and_booked_to_nobody() -> None:
    rig = DeskRig()
    rig.info.open_orders = [rig.listed(rig.update(None, 9, "open"))]
    rig.info.fills = [rig.fill(None, 8, trade=1, size="0.5")]
    rig.start()
    snapshot = rig.desk.snapshot()
    assert (snapshot.external_orders, snapshot.unattributed_fills) == (1, 1)
    assert rig.desk.position(None, "BTC").size == Decimal("0.5")


def test_what_was_held_before_the_first_fill_is_corrected_once_it_lasts() -> None:
    rig = DeskRig()
    rig.info.positions = [held("0.7")]
    rig.start()
    assert rig.desk.account_position("BTC").size == 0
    rig.run_ms(10_000)
    assert rig.desk.account_position("BTC").size == Decimal("0.7")
    assert rig.desk.position(None, "BTC").size == Decimal("0.7")
    corrections = [r for r in rig.journal.records if isinstance(r, CorrectionRecord)]
    assert len(corrections) == 1
    reborn = after(rig).start()
    reborn.run_ms(10_000)
    assert reborn.desk.account_position("BTC").size == Decimal("0.7")
    assert [r for r in reborn.journal.records if isinstance(r, CorrectionRecord)] == []


def test_f03_starting_again_and_again_changes_nothing() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    row = rig.fill(cloid, 1, trade=1)
    rig.tell_fills(row)
    rig.info.fills = [row]
    held_first = rig.desk.position(ALICE, "BTC")
    records = list(rig.journal.records)
    for _ in range(5):
        rig = after(rig, records=records).start()
        records += rig.journal.records
    assert rig.desk.position(ALICE, "BTC") == held_first
    assert sum(isinstance(record, FillRecord) for record in records) == 1


def test_f19_a_venue_that_does_not_know_an_account_with_positions_is_the_wrong_one() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.tell_fills(rig.fill(cloid, 1, trade=1))
    reborn = after(rig)
    reborn.info.role = {"role": "missing"}
    with pytest.raises(OperatorError, match="does not know"):
        reborn.start()


def test_i23_reading_a_journal_back_gives_the_same_books_every_time() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.tell_fills(rig.fill(cloid, 1, trade=1, size="0.004"))
    rig.placed(strategy=BOB)
    records = reread(rig.journal.records)
    first, second = DeskRig(records).desk, DeskRig(records).desk
    for owner in (ALICE, BOB, None):
        assert first.position(owner, "BTC") == second.position(owner, "BTC")
    assert first.open_orders(ALICE) == second.open_orders(ALICE)


def test_a_running_twap_outlives_the_records_that_a_state_stands_for() -> None:
    """Else nobody would own its slices after the next start, and nobody would end it."""
    intent = TwapIntent(
        strategy=ALICE,
        cloid=Cloid("0x" + "1" * 32),
        coin="BTC",
        side=Side.BUY,
        size=Decimal("0.5"),
        minutes=30,
    )
    records: list[Record] = [
        TwapSentRecord(nonce=1, sent_ms=1, expires_ms=5_000, intent=intent),
        TwapBoundRecord(intent.cloid, 77),
    ]
    whole = AccountBooks(DeskRig().journal, lambda cloid: ALICE)
    recover(records, whole)
    (twap,) = whole.state().twaps
    assert twap.twap_id == 77
    shortened = AccountBooks(DeskRig().journal, lambda cloid: ALICE)
    recover(pieces_of(encoded(whole.state())), shortened)
    assert shortened.state().twaps == (twap,)
    ended = AccountBooks(DeskRig().journal, lambda cloid: ALICE)
    end = TwapEndRecord(intent.cloid, TwapNews.CANCELED, "", 9_000)
    recover([*pieces_of(encoded(whole.state())), end], ended)
    assert ended.state().twaps == ()


def test_what_is_certain_of_the_past_is_written_down() -> None:
    rig = DeskRig()
    rig.info.fills = [rig.fill(None, 8, trade=1)]
    rig.start()
    (swept,) = [record for record in rig.journal.records if isinstance(record, SweptRecord)]
    assert swept.certain_ms == rig.info.fills[0]["time"]
    reborn = after(rig).start()
    asked = [r for r in reborn.info.asked if r["type"] == "userFillsByTime"]
    assert asked[0]["startTime"] == swept.certain_ms


def test_recovery_tells_the_last_nonce_and_expiry() -> None:
    rig = DeskRig().start()
    rig.placed()
    sent = next(r for r in rig.journal.records if isinstance(r, OrdersSentRecord))
    reborn = DeskRig()
    books = AccountBooks(reborn.journal, lambda cloid: ALICE)
    found = recover(reread(rig.journal.records), books)
    assert (found.boots, found.orders_open) == (1, 1)
    assert (found.nonce_floor, found.expires_ms_max) == (sent.nonce, sent.expires_ms)


def held(size: str) -> dict[str, object]:
    position = {
        "coin": "BTC",
        "szi": size,
        "leverage": {"type": "cross", "value": 20},
        "entryPx": "60000.0",
        "positionValue": "42000.0",
        "unrealizedPnl": "0.0",
        "returnOnEquity": "0.0",
        "liquidationPx": None,
        "marginUsed": "2100.0",
        "maxLeverage": 40,
        "cumFunding": {"allTime": "0.0", "sinceOpen": "0.0", "sinceChange": "0.0"},
    }
    return {"type": "oneWay", "position": position}
