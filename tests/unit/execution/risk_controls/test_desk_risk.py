"""What the desk does about risk by itself: it obeys switches, closes until flat, watches losses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.execution.desk_rig import ACCOUNT, ALICE, BOB, START_MS, DeskRig

from hive.domain.errors import LimitReached
from hive.domain.identifiers import DESK, StrategyId
from hive.domain.market import Side
from hive.domain.switches import EVERYTHING, Reach, Scope, Strength, Switch
from hive.execution.desk.settings import DeskSettings
from hive.execution.sending.action_sender import SendSettings
from hive.portfolio.limits import LossLimits, RiskLimits
from hive.storage.records import LossRecord

ALICES = Scope(Reach.STRATEGY, ALICE)
LOSS = LossLimits(daily_loss_usd_max=Decimal(50), on_breach=Strength.CANCEL)


def throw(rig: DeskRig, strength: Strength, scope: Scope = EVERYTHING, **more: Any) -> bool:
    switch = Switch(scope=scope, strength=strength, reason="a test", thrown_ms=START_MS, **more)
    thrown: bool = rig.do(lambda: rig.desk.risk.throw(switch))
    return thrown


def settings(**more: Any) -> DeskSettings:
    return DeskSettings(account=ACCOUNT, send=SendSettings(is_mainnet=False), **more)


def holding(rig: DeskRig, size: str = "0.01", strategy: StrategyId = ALICE, **row: Any) -> None:
    """Have a strategy buy so much."""
    oid = len(rig.streams.posts) + 100
    cloid = rig.resting(oid, strategy=strategy, size=size)
    rig.tell_fills(rig.fill(cloid, oid, trade=oid, size=size, **row))


# --- pause and cancel ----------------------------------------------------------------------------


def test_a_pause_keeps_what_rests_and_withholds_what_waits() -> None:
    rig = DeskRig().start()
    rig.resting(1)
    rig.streams.is_open = False
    waiting = rig.placed()
    posts = len(rig.streams.posts)
    throw(rig, Strength.PAUSE)
    rig.streams.is_open = True
    rig.run_ms(200)
    assert len(rig.streams.posts) == posts
    assert rig.alice.events[-1].order.cloid == waiting
    assert rig.alice.events[-1].reason.startswith("kill_switch")
    assert [order.oid for order in rig.desk.open_orders(ALICE)] == [1]


def test_a_pause_lets_positions_be_reduced() -> None:
    rig = DeskRig().start()
    holding(rig)
    throw(rig, Strength.PAUSE)
    rig.placed()
    assert rig.alice.events[-1].reason.startswith("kill_switch: all: pause (a test)")
    rig.placed(Side.SELL, reduce_only=True)
    assert rig.actions[-1]["type"] == "order"


def test_a_cancel_takes_out_the_orders_of_whom_it_names() -> None:
    rig = DeskRig().start()
    mine, his = rig.resting(1), rig.resting(2, strategy=BOB)
    throw(rig, Strength.CANCEL, ALICES)
    assert [wire["cloid"] for wire in rig.actions[-1]["cancels"]] == [mine]
    rig.placed(strategy=BOB)
    assert rig.actions[-1]["type"] == "order"
    assert rig.desk.order(his) is not None


def test_a_weaker_switch_changes_nothing() -> None:
    rig = DeskRig().start()
    assert throw(rig, Strength.HALT)
    assert not throw(rig, Strength.PAUSE)
    assert rig.desk.risk.thrown()[0].strength is Strength.HALT


def test_what_is_lifted_trades_again() -> None:
    rig = DeskRig().start()
    throw(rig, Strength.CANCEL)
    assert rig.do(lambda: rig.desk.risk.lift(EVERYTHING))
    rig.placed()
    assert rig.actions[-1]["type"] == "order"


def test_a_switch_for_a_day_ends_with_it() -> None:
    rig = DeskRig().start()
    throw(rig, Strength.CANCEL, until_ms=START_MS + 3_000)
    rig.placed()
    assert rig.alice.news[-1] == "refused"
    rig.run_ms(4_000)
    rig.placed()
    assert rig.actions[-1]["type"] == "order"


# --- flatten --------------------------------------------------------------------------------------


def test_flattening_closes_the_account_by_orders_of_the_desk() -> None:
    rig = DeskRig().start()
    holding(rig)
    throw(rig, Strength.FLATTEN)
    (wire,) = rig.actions[-1]["orders"]
    assert (wire["b"], wire["s"], wire["p"], wire["r"]) == (False, "0.01", "58800", True)
    assert wire["t"] == {"limit": {"tif": "Ioc"}}


def test_it_tries_again_until_flat_and_then_no_more() -> None:
    rig = DeskRig().start()
    holding(rig)
    throw(rig, Strength.FLATTEN)
    rig.answer({"error": "Order could not immediately match against any resting orders."})
    posts = len(rig.streams.posts)
    rig.run_ms(600)
    assert len(rig.streams.posts) == posts + 1
    cloid = rig.actions[-1]["orders"][0]["c"]
    rig.answer({"filled": {"oid": 9, "totalSz": "0.01", "avgPx": "59000.0"}})
    rig.tell_fills(rig.fill(cloid, 9, trade=5, start="0.01", side="A", px="59000.0"))
    posts = len(rig.streams.posts)
    rig.run_ms(20_000)
    assert len(rig.streams.posts) == posts
    assert rig.desk.account_position("BTC").size == 0


def test_what_the_desk_closed_is_theirs_who_held_it() -> None:
    rig = DeskRig().start()
    holding(rig)
    holding(rig, "0.03", strategy=BOB, start="0.01")
    throw(rig, Strength.FLATTEN)
    (wire,) = rig.actions[-1]["orders"]
    assert wire["s"] == "0.04"
    rig.answer({"filled": {"oid": 9, "totalSz": "0.04", "avgPx": "59000.0"}})
    rig.tell_fills(rig.fill(wire["c"], 9, trade=5, size="0.04", start="0.04", side="A"))
    for owner in (ALICE, BOB, DESK, None):
        assert rig.desk.position(owner, "BTC").size == 0
    assert rig.bob.fills[-1].size == Decimal("0.03")


def test_a_strategys_own_position_is_closed_in_its_own_name() -> None:
    rig = DeskRig().start()
    holding(rig)
    holding(rig, "0.03", strategy=BOB, start="0.01")
    throw(rig, Strength.FLATTEN, ALICES)
    (wire,) = rig.actions[-1]["orders"]
    assert wire["s"] == "0.01"
    rig.answer({"filled": {"oid": 9, "totalSz": "0.01", "avgPx": "59000.0"}})
    rig.tell_fills(rig.fill(wire["c"], 9, trade=5, start="0.04", side="A"))
    assert rig.desk.position(ALICE, "BTC").size == 0
    assert rig.desk.position(BOB, "BTC").size == Decimal("0.03")


def test_a_coin_without_a_price_is_asked_for() -> None:
    rig = DeskRig().start()
    holding(rig)
    rig.marks.px.clear()
    rig.info.mids = {"BTC": "50000.0"}
    throw(rig, Strength.FLATTEN)
    rig.run_ms(600)
    assert rig.actions[-1]["orders"][0]["p"] == "49000"


def test_a_coin_that_has_no_price_is_not_asked_for_without_a_pause() -> None:
    rig = DeskRig().start()
    holding(rig)
    rig.marks.px.clear()
    rig.info.delay_s = 0.001
    throw(rig, Strength.FLATTEN)
    rig.run_ms(10_000)
    assert len([each for each in rig.info.asked if each["type"] == "allMids"]) <= 21


def test_while_a_price_is_asked_for_the_rest_is_closed_all_the_same() -> None:
    rig = DeskRig().start()
    holding(rig)
    ether = rig.resting(7, coin="ETH", size="0.5", px="3000")
    fill = rig.fill(ether, 7, trade=7, size="0.5", px="3000.0")
    rig.tell_fills({**fill, "coin": "ETH"})
    assert rig.desk.account_position("ETH").size == Decimal("0.5")
    del rig.marks.px["ETH"]
    rig.info.delay_s = 60
    throw(rig, Strength.FLATTEN)
    rig.answer({"error": "Order could not immediately match against any resting orders."})
    posts = len(rig.streams.posts)
    rig.run_ms(600)
    assert len(rig.streams.posts) == posts + 1


def test_a_question_about_prices_that_finds_no_room_is_asked_again() -> None:
    rig = DeskRig().start()
    holding(rig)
    rig.marks.px.clear()
    rig.info.failure = LimitReached("waiting_max", "512 requests wait for the venue's weight")
    rig.info.mids = {"BTC": "50000.0"}
    throw(rig, Strength.FLATTEN)
    rig.run_ms(5_000)
    rig.info.failure = None
    rig.run_ms(1_000)
    assert rig.actions[-1]["orders"][0]["p"] == "49000"


def test_a_halt_refuses_even_what_reduces() -> None:
    rig = DeskRig().start()
    holding(rig)
    throw(rig, Strength.HALT)
    rig.placed(Side.SELL, reduce_only=True)
    assert "halt" in rig.alice.events[-1].reason


# --- losses ---------------------------------------------------------------------------------------


def test_a_days_loss_throws_the_strategys_switch() -> None:
    rig = DeskRig()
    rig.desk.limit(ALICE, RiskLimits(), LOSS)
    rig.start()
    holding(rig)
    rig.run_ms(600)
    rig.marks.px["BTC"] = 54_000.0
    rig.run_ms(600)
    (switch,) = rig.desk.risk.thrown()
    assert switch.scope == ALICES
    assert switch.reason.startswith("max_daily_loss_usd")
    assert rig.switches == [switch], "and whoever keeps switches hears of it"
    rig.placed()
    assert rig.alice.events[-1].reason.startswith("kill_switch")
    rig.placed(strategy=BOB)
    assert rig.actions[-1]["type"] == "order"


def test_the_accounts_loss_stops_everybody() -> None:
    rig = DeskRig(settings=settings(account_losses=LOSS)).start()
    holding(rig)
    rig.run_ms(600)
    rig.marks.px["BTC"] = 54_000.0
    rig.run_ms(600)
    rig.placed(strategy=BOB)
    assert rig.bob.events[-1].reason.startswith("kill_switch")


def test_a_restart_does_not_reset_what_was_lost() -> None:
    before = DeskRig(settings=settings(account_losses=LOSS)).start()
    holding(before)
    before.run_ms(600)
    assert any(isinstance(record, LossRecord) for record in before.journal.records)
    after = DeskRig(before.journal.records, settings=settings(account_losses=LOSS))
    after.info.positions = []
    after.info.fills = []
    after.marks.px["BTC"] = 54_000.0
    after.info.positions = before_positions()
    after.start()
    after.run_ms(600)
    assert [switch.scope.reach for switch in after.desk.risk.thrown()] == [Reach.ACCOUNT]


def before_positions() -> list[dict[str, Any]]:
    position = {
        "coin": "BTC",
        "szi": "0.01",
        "leverage": {"type": "cross", "value": 20},
        "entryPx": "60000.0",
        "positionValue": "600.0",
        "unrealizedPnl": "0.0",
        "returnOnEquity": "0.0",
        "liquidationPx": None,
        "marginUsed": "30.0",
        "maxLeverage": 40,
        "cumFunding": {"allTime": "0.0", "sinceOpen": "0.0", "sinceChange": "0.0"},
    }
    return [{"type": "oneWay", "position": position}]


def test_who_cannot_be_valued_may_add_nothing() -> None:
    rig = DeskRig(settings=settings(account_losses=LOSS)).start()
    holding(rig)
    rig.marks.px.clear()
    rig.run_ms(600)
    rig.placed()
    assert rig.alice.events[-1].reason.startswith("loss_unknown")
    rig.placed(Side.SELL, reduce_only=True)
    assert rig.actions[-1]["type"] == "order"


@pytest.mark.parametrize("strength", [Strength.CANCEL, Strength.HALT])
def test_switches_thrown_before_the_start_hold_from_the_first_order(strength: Strength) -> None:
    rig = DeskRig()
    switch = Switch(scope=EVERYTHING, strength=strength, reason="kept", thrown_ms=START_MS)
    assert rig.desk.risk.throw(switch)
    rig.start()
    rig.placed()
    assert rig.alice.events[-1].reason.startswith("kill_switch")
