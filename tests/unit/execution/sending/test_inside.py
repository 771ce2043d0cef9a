"""Opposite orders of one turn, crossed inside where that is configured."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.unit.execution.books.test_recovery import after, reread
from tests.unit.execution.desk_rig import ACCOUNT, ALICE, BOB, DeskRig

from hive.domain.market import Bbo, Level, Side
from hive.domain.orders import TimeInForce
from hive.execution.books.account_books import AccountBooks
from hive.execution.books.books_state import encoded
from hive.execution.books.recovery import recover
from hive.execution.desk.settings import DeskSettings
from hive.execution.sending.action_sender import SendSettings
from hive.storage.records import CrossedRecord

SETTINGS = DeskSettings(account=ACCOUNT, send=SendSettings(is_mainnet=False), cross_inside=True)
MID = Decimal("60000.5")


def started() -> DeskRig:
    rig = DeskRig(settings=SETTINGS).start()
    bid, ask = Level(60_000.0, 1.0, 1), Level(60_001.0, 1.0, 1)
    rig.marks.books["BTC"] = Bbo("BTC", 0, 0, bid, ask)
    rig.resting(1, px="50000")
    rig.resting(2, strategy=BOB, px="50000")  # both trade the coin
    return rig


def both(rig: DeskRig, *, buy: str = "0.01", sell: str = "0.01", px: str = "60000") -> None:
    """Alice buys at 60,010 and Bob sells at `px`, in one turn."""
    ioc: dict[str, Any] = {"tif": TimeInForce.IOC}
    rig.do(
        lambda: [
            rig.place(size=buy, px="60010", **ioc),
            rig.place(Side.SELL, strategy=BOB, size=sell, px=px, **ioc),
        ]
    )


def test_they_trade_with_each_other_at_the_mid_and_nothing_leaves() -> None:
    rig = started()
    sent = len(rig.actions)
    both(rig)
    assert len(rig.actions) == sent
    bought, sold = rig.alice.fills[-1], rig.bob.fills[-1]
    assert (bought.px, bought.size, bought.fee) == (MID, Decimal("0.01"), Decimal(0))
    assert (sold.px, sold.size, sold.side) == (MID, Decimal("0.01"), Side.SELL)
    desk = rig.desk
    assert desk.position(ALICE, "BTC").size == Decimal("0.01")
    assert desk.position(BOB, "BTC").size == Decimal("-0.01")
    assert desk.account_position("BTC").size == 0
    assert desk.account_position("BTC").volume_usd == 0
    assert rig.alice.events[-1].order.phase.value == "done"
    assert "crossed inside: 0.01 at 60000.5" in rig.alice.events[-1].reason
    assert desk.snapshot().crossed_inside == 1


def test_the_rest_goes_to_the_venue() -> None:
    rig = started()
    both(rig, buy="0.03")
    (order,) = rig.actions[-1]["orders"]
    assert (order["b"], order["s"]) == (True, "0.02")
    rig.answer({"filled": {"oid": 9, "totalSz": "0.02", "avgPx": "60001.0"}})
    cloid = rig.alice.events[-1].order.cloid
    rig.tell_fills(rig.fill(cloid, 9, trade=1, size="0.02"))
    assert rig.desk.position(ALICE, "BTC").size == Decimal("0.03")
    assert rig.alice.events[-1].order.phase.value == "done"


def test_a_rest_that_the_venue_would_not_take_ends_here() -> None:
    rig = started()
    both(rig, buy="0.0101")
    assert rig.alice.news[-1] == "refused"
    assert "too small for the venue" in rig.alice.events[-1].reason


def test_what_does_not_reach_the_mid_is_not_crossed() -> None:
    rig = started()
    both(rig, px="60001")
    assert rig.alice.fills == []
    assert rig.bob.news[-1] == "refused"  # it would have met Alice's at the venue


def test_without_a_fresh_book_nothing_is_crossed() -> None:
    rig = started()
    rig.marks.books.clear()
    both(rig)
    assert rig.alice.fills == []


def test_a_trade_that_cannot_be_written_is_not_made() -> None:
    rig = started()
    rig.journal.is_full = True
    both(rig)
    assert rig.alice.fills == []
    assert rig.desk.position(ALICE, "BTC").size == 0


def test_a_restart_knows_what_was_crossed() -> None:
    rig = started()
    both(rig)
    reborn = after(rig)
    for strategy in (ALICE, BOB):
        assert reborn.desk.position(strategy, "BTC") == rig.desk.position(strategy, "BTC")
    records = reread(rig.journal.records)
    assert sum(isinstance(record, CrossedRecord) for record in records) == 1
    books = AccountBooks(rig.journal, lambda cloid: None)
    recover(records, books)
    assert books.positions.account_size("BTC") == 0
    assert encoded(books.state()) == rig.desk.state()


def test_exits_that_the_venue_holds_to_reducing_are_freed_before_two_trade_inside() -> None:
    rig = DeskRig(settings=SETTINGS).start()
    rig.marks.books["BTC"] = Bbo("BTC", 0, 0, Level(60_000.0, 1.0, 1), Level(60_001.0, 1.0, 1))
    entry = rig.resting(1)
    rig.tell_fills(rig.fill(entry, 1, trade=1))
    exit_ = rig.resting(2, side=Side.SELL, px="61000", reduce_only=True)
    assert rig.actions[-1]["orders"][0]["r"] is True
    both(rig)
    rig.run_ms(100)
    # Inside, Alice would hold more than the account; the venue would see too little to close.
    modify = rig.actions[-1]["modifies"][0]
    assert (modify["oid"], modify["order"]["r"]) == (exit_, False)
    assert rig.desk.snapshot().crossed_inside == 0
    rig.answer({"resting": {"oid": 3}})
    rig.run_ms(200)
    assert rig.desk.snapshot().crossed_inside == 1
    assert rig.desk.position(ALICE, "BTC").size == Decimal("0.02")
