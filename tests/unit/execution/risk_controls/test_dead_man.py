"""The venue's dead man's switch, put off while we live, with every trap that it has."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.unit.execution.venue_rig import VenueRig

from hive.domain.orders import TimeInForce
from hive.execution.risk_controls.dead_man import DeadMan, Setting
from hive.localvenue.actions.scheduled_cancel_rules import ScheduledCancelRules

AHEAD_MS = 20_000
FREE = ScheduledCancelRules(volume_usd_min=0)


def rig(rules: ScheduledCancelRules = FREE) -> VenueRig:
    return VenueRig(run={"dead_man_ms": AHEAD_MS}, scheduled_cancels=rules)


def rest(rig: VenueRig) -> None:
    """Have a bid far from the market."""
    ctx = rig.ctx()
    rig.do(lambda: ctx.buy("BTC", Decimal("0.01"), Decimal(50_000), tif=TimeInForce.GTC))


def settings(rig: VenueRig) -> list[dict[str, Any]]:
    return [action for action in rig.actions if action["type"] == "scheduleCancel"]


# --- at the venue ---------------------------------------------------------------------------------


def test_it_is_set_while_orders_are_open_and_put_off_in_time() -> None:
    world = rig()
    world.run_s(30)
    assert not settings(world), "with nothing to cancel it costs nothing"
    rest(world)
    world.run_s(60)
    assert len(world.open_cloids()) == 1
    assert 6 <= len(settings(world)) <= 8, "an action for each half of its time, not more"


def test_a_process_that_dies_leaves_no_orders_for_longer() -> None:
    world = rig()
    rest(world)
    world.run_s(5)
    world.die()
    world.run_s(AHEAD_MS / 1_000)
    assert world.open_cloids() == []


def test_it_does_not_go_off_for_nothing() -> None:
    world = rig()
    rest(world)
    world.do(world.ctx().cancel_all)
    world.run_s(60)
    assert settings(world)[-1].get("time") is None
    assert len(settings(world)) == 2


def test_a_stop_in_order_takes_it_back() -> None:
    world = rig()
    rest(world)
    world.loop.start(world.runtime.stop())
    world.run_s(20)
    assert settings(world)[-1].get("time") is None


def test_below_the_venues_volume_it_is_told_once_and_trading_goes_on() -> None:
    world = rig(ScheduledCancelRules())
    rest(world)
    world.run_s(600)
    assert len(settings(world)) == 1
    (account,) = world.runtime.accounts
    told = [text for text in account.desk.snapshot().recent_alarms if "dead man" in text]
    assert len(told) == 1
    assert "enough volume traded" in told[0]
    assert len(world.open_cloids()) == 1


# --- decisions ------------------------------------------------------------------------------------


def test_what_the_venue_refuses_is_asked_again_when_it_may_be_different() -> None:
    man = DeadMan(AHEAD_MS)
    noon = 1_800_000_000_000 - 1_800_000_000_000 % 86_400_000 + 43_200_000
    asked = man.due(0, noon, has_orders=True)
    assert asked == Setting(noon + AHEAD_MS)
    assert man.refused("Too many scheduled cancels triggered for the day. Limit is 10.", 0, noon)
    assert man.due(43_199_000, noon, has_orders=True) is None, "until the venue's next day"
    assert man.due(43_200_000, noon, has_orders=True) is not None
    assert not man.refused("Too many scheduled cancels", 43_200_000, noon), "said before"
    assert man.refusal.startswith("dead_man_switch: ")


def test_what_nobody_answered_is_said_again_soon() -> None:
    man = DeadMan(AHEAD_MS)
    assert man.due(0, 1_000, has_orders=True) is not None
    man.failed(0)
    assert man.due(999, 1_999, has_orders=True) is None
    assert man.due(1_000, 2_000, has_orders=True) is not None


def test_after_it_went_off_it_is_set_anew() -> None:
    man = DeadMan(AHEAD_MS)
    man.taken(Setting(21_000))
    assert man.due(0, 2_000, has_orders=True) is None
    assert man.due(20_001, 21_001, has_orders=True) == Setting(41_001)
