"""The desk and the streams: gaps, repeats, holes, and words that do not fit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.execution.desk_rig import ACCOUNT, ALICE, BOB, DeskRig

from hive.domain.errors import Unanswered
from hive.execution.sending.orphan_cancels import OrphanCancels
from hive.execution.settling.reach import PAUSE_MS_MAX


def test_f05_one_trade_id_on_two_sides_and_two_coins_are_different_fills() -> None:
    rig = DeskRig().start()
    first = rig.fill(None, 1, trade=5)
    rig.tell_fills(first, {**first, "side": "A"}, {**first, "coin": "ETH"})
    assert rig.desk.snapshot().fills == 3


def test_f11_a_fill_with_other_numbers_is_neither_booked_nor_overwritten_and_is_said() -> None:
    rig = DeskRig().start()
    row = rig.fill(None, 1, trade=5, size="0.1")
    rig.tell_fills(row, {**row, "sz": "0.2"}, row)
    assert rig.desk.account_position("BTC").size == Decimal("0.1")
    (alarm,) = rig.desk.snapshot().recent_alarms
    assert "other numbers" in alarm


def test_f01_a_fill_that_no_stream_told_is_found_by_the_sweep() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.tell_orders(rig.update(cloid, 1, "filled", open_size="0.0"))
    assert rig.alice.fills == []
    rig.info.fills = [rig.fill(cloid, 1, trade=1)]
    rig.run_ms(1_100)
    assert rig.alice.news == ["accepted", "filled"]
    assert rig.desk.snapshot().fills_swept == 1


def test_a_hole_in_the_chain_of_positions_is_filled_by_the_next_sweep() -> None:
    rig = DeskRig().start()
    lost = rig.fill(None, 1, trade=1, size="0.5")
    rig.tell_fills(rig.fill(None, 1, trade=2, size="0.1", start="0.0"))
    rig.tell_fills(rig.fill(None, 1, trade=3, size="0.1", start="0.6"))
    rig.info.fills = [{**lost, "startPosition": "0.1"}]
    rig.run_ms(35_000)
    assert rig.desk.account_position("BTC").size == Decimal("0.7")


def test_a_hole_that_cannot_be_filled_is_loud_once_and_the_venues_word_is_taken() -> None:
    rig = DeskRig().start()
    rig.tell_fills(rig.fill(None, 1, trade=2, size="0.1", start="0.0"))
    rig.tell_fills(rig.fill(None, 1, trade=3, size="0.1", start="0.6"))
    rig.run_ms(300_000)
    alarms = [text for text in rig.desk.snapshot().recent_alarms if "cannot be found" in text]
    assert len(alarms) == 1


def test_funding_is_booked_once_and_split() -> None:
    rig = DeskRig().start()
    mine, theirs = rig.resting(1), rig.resting(2, strategy=BOB)
    rig.tell_fills(
        rig.fill(mine, 1, trade=1), rig.fill(theirs, 2, trade=2, size="0.03", start="0.01")
    )
    funding = {
        "time": rig.clock.now_ms() + 1,
        "coin": "BTC",
        "usdc": "-4.0",
        "szi": "0.04",
        "fundingRate": "0.0001",
        "nSamples": None,
    }
    for _ in range(2):
        rig.push({"channel": "user", "data": {"funding": funding}})
    assert rig.desk.position(ALICE, "BTC").funding_usd == -1
    assert rig.desk.position(BOB, "BTC").funding_usd == -3
    assert rig.desk.account_position("BTC").funding_usd == -4


def test_a_payment_that_no_stream_told_is_found_in_the_history_and_told_ones_are_not_doubled() -> (
    None
):
    rig = DeskRig().start()
    rig.tell_fills(rig.fill(rig.resting(1), 1, trade=1))
    hour_ms = 3_600_000
    due_ms = (rig.clock.now_ms() // hour_ms + 1) * hour_ms
    paid = {"coin": "BTC", "usdc": "-4.0", "szi": "0.01", "fundingRate": "0.0001"}
    told = {**paid, "time": due_ms + 31, "nSamples": None}
    rig.run_ms(hour_ms)
    rig.push({"channel": "user", "data": {"funding": told}})
    rig.info.fundings = [
        {
            "time": due_ms + n * hour_ms,
            "hash": "0x" + "0" * 64,
            "delta": {**paid, "type": "funding"},
        }
        for n in range(3)
    ]
    rig.run_ms(2 * hour_ms)
    assert rig.desk.account_position("BTC").funding_usd == -12
    assert rig.desk.position(ALICE, "BTC").funding_usd == -12
    rig.run_ms(hour_ms)
    assert rig.desk.account_position("BTC").funding_usd == -12


def test_an_order_that_the_venue_canceled_by_itself_is_asked_for() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.push({"channel": "user", "data": {"nonUserCancel": [{"coin": "BTC", "oid": 1}]}})
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 1, "liquidatedCanceled")
    rig.run_ms(1_100)
    assert rig.alice.events[-1].reason == "liquidatedCanceled"


def test_an_order_told_as_over_that_rests_after_all_is_cancelled_loudly() -> None:
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.answer({"error": "Insufficient margin to place order."})
    assert rig.alice.news == ["rejected"]
    rig.tell_orders(rig.update(cloid, 5, "open"))
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 5, "open")
    rig.run_ms(1_100)
    assert rig.actions[-1] == {"type": "cancel", "cancels": [{"a": 0, "o": 5}]}
    assert rig.desk.snapshot().orphans == 1


def orphaned() -> DeskRig:
    """A desk that has just sent a cancel for a leg that no order of ours answers for."""
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.answer({"error": "Insufficient margin to place order."})
    rig.tell_orders(rig.update(cloid, 5, "open"))
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 5, "open")
    rig.run_ms(1_100)
    assert rig.actions[-1]["type"] == "cancel"
    return rig


@pytest.mark.parametrize("trouble", ["lost", "refused"])
def test_the_cancel_of_an_orphan_is_sent_again_until_the_venue_has_answered(trouble: str) -> None:
    rig = orphaned()
    sent = len(rig.actions)
    if trouble == "lost":
        rig.lose_answer()
    else:
        rig.refuse("Too many cumulative requests sent (2 > 1) for cumulative volume traded $0.")
    rig.run_ms(2_100)
    assert rig.actions[sent:] == [{"type": "cancel", "cancels": [{"a": 0, "o": 5}]}]
    rig.answer("success")
    rig.run_ms(20_000)
    assert len(rig.actions) == sent + 1


def test_an_orphan_that_is_gone_already_is_left_alone() -> None:
    rig = orphaned()
    sent = len(rig.actions)
    rig.answer({"error": "Order was never placed, already canceled, or filled."})
    rig.run_ms(20_000)
    assert len(rig.actions) == sent


def test_the_cancel_of_an_orphan_that_is_never_answered_is_tried_so_often_and_no_more() -> None:
    rig = orphaned()
    rig.info.status_by_cloid.clear()  # no list brings it back
    sent = len(rig.actions)
    for _ in range(600):
        if rig.desk.snapshot().in_flight:
            rig.lose_answer()
        rig.run_ms(1_000)
    assert len(rig.actions) == sent + OrphanCancels.TRIES_MAX - 1


def test_f02_a_sweep_and_the_stream_race_and_book_once() -> None:
    for pause_ms in range(0, 1_200, 100):
        rig = DeskRig().start()
        cloid = rig.resting(1)
        row = rig.fill(cloid, 1, trade=1)
        rig.tell_orders(rig.update(cloid, 1, "filled", open_size="0.0"))
        rig.info.fills = [row]
        rig.run_ms(pause_ms)
        rig.tell_fills(row)
        rig.run_ms(2_000)
        assert len(rig.alice.fills) == 1


def test_questions_that_fail_are_asked_again() -> None:
    rig = DeskRig().start()
    rig.info.failure = Unanswered("no")
    rig.run_ms(120_000)
    rig.info.failure = None
    asked = len(rig.info.asked)
    rig.run_ms(PAUSE_MS_MAX)
    assert len(rig.info.asked) > asked


def test_every_question_names_the_account() -> None:
    rig = DeskRig().start()
    rig.run_ms(130_000)
    assert {request["user"] for request in rig.info.asked} == {ACCOUNT}
    kinds = [request["type"] for request in rig.info.asked]
    for kind in ("userFillsByTime", "frontendOpenOrders", "clearinghouseState", "userRateLimit"):
        assert kinds.count(kind) >= 3


def test_the_journal_is_synced_in_groups_behind_what_was_written() -> None:
    rig = DeskRig().start()
    rig.run_ms(1_000)
    syncs = len(rig.journal.tickets)
    for _ in range(10):
        rig.placed()
    assert len(rig.journal.tickets) == syncs
    rig.run_ms(1_000)
    assert len(rig.journal.tickets) == syncs + 1
