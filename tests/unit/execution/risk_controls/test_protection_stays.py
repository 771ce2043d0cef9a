"""A stop that protects a position rests at the venue, whatever becomes of the process."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.unit.execution.venue_rig import VenueRig

from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.orders import TimeInForce
from hive.localvenue.actions.scheduled_cancel_rules import ScheduledCancelRules

SIZE = Decimal("0.02")
STOP_PX = Decimal(78_000)


def protected(rig: VenueRig) -> Cloid:
    """Hold a position behind a stop, with a bid in the book besides; the stop."""
    ctx = rig.ctx()
    rig.do(lambda: ctx.buy("BTC", SIZE, 81_000, tif=TimeInForce.IOC))
    rig.do(lambda: ctx.buy("BTC", SIZE, 50_000))
    stop: Cloid = rig.do(lambda: ctx.protect("BTC", stop_px=STOP_PX)).stop
    assert len(rig.open_cloids()) == 2
    return stop


def stop(rig: VenueRig) -> None:
    rig.loop.start(rig.runtime.stop())
    rig.run_s(20)


def pause(rig: VenueRig) -> None:
    host = rig.runtime.host
    assert host is not None
    rig.do(lambda: host.pause(StrategyId("alice"), reason="a test"))


@pytest.mark.parametrize("end", [stop, pause])
def test_what_ends_a_strategy_leaves_its_position_protected(
    end: Callable[[VenueRig], None],
) -> None:
    rig = VenueRig()
    protecting = protected(rig)
    end(rig)
    assert rig.open_cloids() == [protecting]
    rig.move(77_000)
    assert rig.venue_size() == 0
    assert rig.open_cloids() == []


def test_a_process_that_dies_leaves_it_protected_and_the_next_one_knows_of_it() -> None:
    rig = VenueRig()
    protecting = protected(rig)
    rig.die()
    rig.boot()
    assert protecting in [order.cloid for order in rig.ctx().open_orders()]
    rig.move(77_000)
    assert rig.venue_size() == rig.size() == 0


def test_a_stop_in_order_takes_the_dead_mans_switch_off_them() -> None:
    rules = ScheduledCancelRules(volume_usd_min=0)
    rig = VenueRig(run={"dead_man_ms": 20_000}, scheduled_cancels=rules)
    protecting = protected(rig)
    stop(rig)
    rig.run_s(60)
    assert rig.open_cloids() == [protecting]
