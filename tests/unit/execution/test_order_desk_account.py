"""The desk and its account: positions of many strategies, switches, settings, start and stop."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.execution.desk_rig import ACCOUNT, ALICE, BOB, START_MS, DeskRig

from hive.domain.errors import CallerError
from hive.domain.market import Side
from hive.domain.orders import OrderPhase
from hive.domain.switches import EVERYTHING, Strength, Switch
from hive.execution.desk.parts import NONCES_LOST_MS_MAX
from hive.storage.records import BootRecord

# --- positions -----------------------------------------------------------------------------------


def test_positions_of_strategies_and_nobodys_sum_to_the_accounts() -> None:
    rig = DeskRig().start()
    mine, theirs = rig.resting(1), rig.resting(2, strategy=BOB)
    rig.tell_fills(
        rig.fill(mine, 1, trade=1, size="0.004"),
        rig.fill(theirs, 2, trade=2, size="0.01", start="0.004"),
        rig.fill(None, 77, trade=3, size="0.1", start="0.014", side="A"),
    )
    desk = rig.desk
    sizes = [desk.position(owner, "BTC").size for owner in (ALICE, BOB, None)]
    assert sizes == [Decimal("0.004"), Decimal("0.01"), Decimal("-0.1")]
    assert desk.account_position("BTC").size == sum(sizes)
    assert len(rig.alice.fills) == 1


def test_a_reduce_only_order_is_held_to_its_strategys_own_position() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.tell_fills(rig.fill(cloid, 1, trade=1, size="0.01"))
    rig.placed(Side.SELL, size="0.02", reduce_only=True)
    assert rig.alice.events[-1].reason.startswith("reduce_only")
    rig.placed(Side.SELL, size="0.01", reduce_only=True)
    assert rig.actions[-1]["orders"][0]["r"] is True
    rig.placed(Side.SELL, size="0.005", reduce_only=True)  # all of it is being closed already
    assert rig.alice.events[-1].reason.startswith("reduce_only")


def test_where_strategies_are_opposed_the_venue_is_not_asked_to_enforce_reduce_only() -> None:
    rig = DeskRig().start()
    long, short = rig.resting(1), rig.resting(2, strategy=BOB, side=Side.SELL)
    rig.tell_fills(rig.fill(long, 1, trade=1), rig.fill(short, 2, trade=2, start="0.01", side="A"))
    assert rig.desk.account_position("BTC").size == 0
    rig.placed(Side.SELL, size="0.01", reduce_only=True)
    assert rig.actions[-1]["orders"][0]["r"] is False


def test_reduce_only_orders_never_outlive_what_they_reduce() -> None:
    rig = DeskRig().start()
    entry = rig.resting(1)
    rig.tell_fills(rig.fill(entry, 1, trade=1))
    exits = [rig.placed(Side.SELL, size="0.006", px="61000", reduce_only=True)]
    rig.answer({"resting": {"oid": 2}})
    exits.append(rig.placed(Side.SELL, size="0.004", px="62000", reduce_only=True))
    rig.answer({"resting": {"oid": 3}})
    other = rig.resting(4, side=Side.SELL, px="60000")
    rig.tell_fills(rig.fill(other, 4, trade=2, size="0.005", start="0.01", side="A"))
    cancels, modifies = rig.actions[-2:]
    assert [cancel["cloid"] for cancel in cancels["cancels"]] == [exits[1]]
    assert [(each["oid"], each["order"]["s"]) for each in modifies["modifies"]] == [
        (exits[0], "0.005")
    ]


def test_f12_a_liquidation_is_borne_pro_rata_and_told_to_each() -> None:
    rig = DeskRig().start()
    mine, theirs = rig.resting(1), rig.resting(2, strategy=BOB)
    rig.tell_fills(
        rig.fill(mine, 1, trade=1, size="0.01"),
        rig.fill(theirs, 2, trade=2, size="0.03", start="0.01"),
    )
    shown = {"liquidatedUser": ACCOUNT, "markPx": "60000.0", "method": "market"}
    row = rig.fill(None, 77, trade=3, size="0.02", start="0.04", side="A")
    rig.tell_fills({**row, "dir": "Close Long", "liquidation": shown})
    desk = rig.desk
    assert desk.position(ALICE, "BTC").size == Decimal("0.005")
    assert desk.position(BOB, "BTC").size == Decimal("0.015")
    assert desk.position(None, "BTC").size == 0
    told = rig.alice.fills[-1], rig.bob.fills[-1]
    assert [fill.size for fill in told] == [Decimal("0.005"), Decimal("0.015")]
    assert all(fill.liquidated_user == ACCOUNT for fill in told)
    assert sum(fill.fee for fill in told) == Decimal("0.1")
    assert rig.desk.snapshot().alarms == 0


def test_what_a_liquidation_closes_beyond_what_is_held_is_nobodys_and_loud() -> None:
    rig = DeskRig().start()
    row = rig.fill(None, 77, trade=3, size="0.02", side="A")
    rig.tell_fills({**row, "dir": "Liquidated Cross Long"})
    assert rig.desk.position(None, "BTC").size == Decimal("-0.02")
    assert "nobody held" in rig.desk.snapshot().recent_alarms[-1]


# --- the address budget --------------------------------------------------------------------------


def test_volume_that_the_venues_report_includes_raises_the_cap_no_second_time() -> None:
    rig = DeskRig()
    rig.info.fills = [
        rig.fill(None, 77, trade=trade, size="10", start=f"{10 * trade}", venue_ms=START_MS - 500)
        for trade in range(10)
    ]
    rig.start()
    assert rig.desk.snapshot().fills == 10
    assert rig.desk.snapshot().budget.cap == rig.info.requests_cap


def test_volume_after_the_report_raises_the_cap_at_once() -> None:
    rig = DeskRig().start()
    rig.run_ms(10)
    rig.tell_fills(rig.fill(None, 77, trade=1, size="0.01"))
    assert rig.desk.snapshot().budget.cap == rig.info.requests_cap + 600
    rig.info.requests_cap += 600
    rig.run_ms(61_000)
    assert rig.desk.snapshot().budget.cap == rig.info.requests_cap


# --- switches ------------------------------------------------------------------------------------


def test_the_kill_switch_cancels_and_refuses() -> None:
    rig = DeskRig().start()
    rig.resting(1)
    switch = Switch(scope=EVERYTHING, strength=Strength.CANCEL, reason="by hand", thrown_ms=1)
    rig.do(lambda: rig.desk.risk.throw(switch))
    assert rig.actions[-1]["type"] == "cancelByCloid"
    rig.placed(strategy=BOB)
    assert rig.bob.events[-1].reason.startswith("kill_switch")


def test_a_listener_that_raises_is_named_and_the_others_are_told() -> None:
    rig = DeskRig().start()

    def fall_over(event: object) -> None:
        raise ValueError("oops")

    rig.alice.on_event = fall_over
    rig.do(lambda: [rig.place(), rig.place(strategy=BOB)])
    rig.answer({"resting": {"oid": 1}}, {"resting": {"oid": 2}})
    assert rig.bob.news == ["accepted"]
    assert "alice" in rig.desk.snapshot().recent_alarms[-1]


# --- life ----------------------------------------------------------------------------------------


def test_the_start_is_written_down_before_anything_is_placed() -> None:
    rig = DeskRig().start()
    assert rig.journal.records[0] == BootRecord(ACCOUNT, 2, START_MS, NONCES_LOST_MS_MAX)


def test_placing_before_the_start_is_a_callers_mistake() -> None:
    rig = DeskRig()
    with pytest.raises(CallerError):
        rig.place()


def test_stopping_cancels_everything_and_waits_for_the_venues_word() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    task = rig.loop.start(rig.desk.stop())
    rig.run_ms(1_000)
    assert not task.done()
    assert rig.actions[-1]["cancels"][0]["cloid"] == cloid
    rig.answer("success")
    assert task.result().orders_left == 0


def test_stopping_gives_up_in_time_and_says_what_is_left() -> None:
    rig = DeskRig().start()
    rig.resting(1)
    report = rig.wait_for(rig.desk.stop())
    assert report.orders_left == 1
    assert rig.alice.events[-1].order.phase is OrderPhase.RESTING


def test_a_desk_that_is_stopping_takes_nothing_up() -> None:
    rig = DeskRig().start()
    rig.wait_for(rig.desk.stop())
    rig.placed()
    assert rig.alice.news == ["not sent"]
