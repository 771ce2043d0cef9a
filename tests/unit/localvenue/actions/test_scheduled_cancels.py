"""The dead man's switch (protocol.md 2.11, venue.md 5)."""

from __future__ import annotations

from typing import Any

from tests.unit.localvenue.orders.test_triggers import Ring, triggered
from tests.unit.localvenue.still_venue import Stage, Trader, buy

from hive.localvenue.actions.scheduled_cancel_rules import ScheduledCancelRules

OPEN_TO_ALL = ScheduledCancelRules(volume_usd_min=0)
OK = {"status": "ok", "response": {"type": "default"}}


def schedule(trader: Trader, ahead_ms: int | None) -> Any:
    action: dict[str, Any] = {"type": "scheduleCancel"}
    if ahead_ms is not None:
        action["time"] = trader.stage.now_ms + ahead_ms
    return trader.act(action)


def test_who_has_traded_little_may_neither_set_nor_clear_it() -> None:
    trader = Stage().trader(1)
    text = (
        "Cannot set scheduled cancel time until enough volume traded. "
        "Required: $1000000. Traded: $0."
    )
    assert schedule(trader, 10_000) == {"status": "err", "response": text}
    assert schedule(trader, None) == {"status": "err", "response": text}


def test_at_its_time_every_order_is_cancelled_waiting_triggers_too() -> None:
    ring = Ring(scheduled_cancels=OPEN_TO_ALL)
    ring.long()
    resting = ring.trader.place_one(buy(70_000, 1))["resting"]["oid"]
    waiting = ring.trader.place_one(triggered(60_000, 1))["resting"]["oid"]
    assert schedule(ring.trader, 10_000) == OK
    ring.stage.pass_ms(9_000)
    assert len(ring.trader.open_orders()) == 2
    ring.stage.pass_ms(2_000)
    assert ring.trader.open_orders() == []
    assert [ring.trader.status(oid) for oid in (resting, waiting)] == ["scheduledCancel"] * 2


def test_it_can_be_put_off_and_cleared() -> None:
    stage = Stage(scheduled_cancels=OPEN_TO_ALL)
    trader = stage.trader(1)
    trader.place(buy(70_000, 1))
    schedule(trader, 10_000)
    schedule(trader, 60_000)
    stage.pass_ms(20_000)
    assert len(trader.open_orders()) == 1
    assert schedule(trader, None) == OK
    stage.pass_ms(60_000)
    assert len(trader.open_orders()) == 1


def test_it_must_lie_five_seconds_ahead() -> None:
    trader = Stage(scheduled_cancels=OPEN_TO_ALL).trader(1)
    assert schedule(trader, 4_000)["status"] == "err"
    assert schedule(trader, 5_100) == OK


def test_it_goes_off_ten_times_a_day_at_most() -> None:
    stage = Stage(scheduled_cancels=OPEN_TO_ALL)
    trader = stage.trader(1)
    for _ in range(10):
        assert schedule(trader, 5_500) == OK
        stage.pass_ms(6_000)
    assert schedule(trader, 5_500)["status"] == "err"
    stage.skip_ms(86_400_000)
    assert schedule(trader, 5_500) == OK
