"""Stops and take-profits through all floors, at the local venue: what waits, fires, moves, ends."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.execution.venue_rig import VenueRig

from hive.domain.identifiers import Cloid
from hive.domain.market import Side
from hive.domain.order_options import Trigger, TriggerKind
from hive.domain.orders import OrderPhase


def long(rig: VenueRig, size: float = 1.0, name: str = "alice") -> None:
    """Let a strategy buy at the market."""
    rig.do(lambda: rig.ctx(name).market("BTC", Side.BUY, size))
    assert rig.size(name) == Decimal(str(size))


def stop(rig: VenueRig, size: float = 1.0, px: float = 78_000, name: str = "alice") -> Cloid:
    cloid: Cloid = rig.do(lambda: rig.ctx(name).stop("BTC", Side.SELL, size, px))
    return cloid


def test_a_stop_waits_at_the_venue_fires_at_the_mark_and_closes_the_position() -> None:
    rig = VenueRig()
    long(rig)
    cloid = stop(rig)
    order = rig.ctx().order(cloid)
    assert order.phase is OrderPhase.RESTING
    assert order.trigger == Trigger(TriggerKind.STOP, Decimal(78_000))
    assert not order.is_triggered
    assert rig.open_cloids() == [cloid]
    rig.move(77_500)
    assert rig.venue_size() == rig.size() == 0
    assert rig.news(cloid) == ["accepted", "triggered", "filled"]
    assert rig.ctx().order(cloid).is_triggered


def test_the_bytes_of_a_stop_are_the_venues_own() -> None:
    """`p` is as far as the venue lets a triggered market order go."""
    rig = VenueRig()
    long(rig)
    cloid = stop(rig)
    assert rig.actions[-1] == {
        "type": "order",
        "orders": [
            {
                "a": 0,
                "b": False,
                "p": "70200",
                "s": "1",
                "r": True,
                "t": {"trigger": {"isMarket": True, "triggerPx": "78000", "tpsl": "sl"}},
                "c": cloid,
            }
        ],
        "grouping": "na",
    }


def test_a_take_profit_with_a_limit_rests_when_it_was_triggered_and_can_be_replaced() -> None:
    """What it then is on the wire is a plain limit order: its price has come."""
    rig = VenueRig()
    long(rig)
    ctx = rig.ctx()
    cloid = rig.do(lambda: ctx.take_profit("BTC", Side.SELL, 1.0, 82_000, limit_px=83_000))
    rig.move(82_300)
    assert rig.news(cloid) == ["accepted", "triggered"]
    assert ctx.order(cloid).is_triggered
    rig.do(lambda: ctx.replace(cloid, limit_px=82_800.0))
    assert rig.actions[-1]["modifies"][0]["order"]["t"] == {"limit": {"tif": "Gtc"}}
    assert rig.news(cloid)[-1] == "replaced"
    rig.do(lambda: ctx.replace(cloid, trigger_px=82_500.0))
    assert rig.news(cloid)[-1] == "replace rejected"
    assert rig.reason(cloid) == "trigger: its price has come already"
    rig.move(82_900)
    assert rig.size() == 0
    assert rig.news(cloid)[-1] == "filled"


def test_a_stop_is_moved_by_its_trigger_and_keeps_its_cloid() -> None:
    rig = VenueRig()
    long(rig)
    cloid = stop(rig)
    rig.do(lambda: rig.ctx().replace(cloid, trigger_px=79_000.0))
    order = rig.ctx().order(cloid)
    assert order.trigger.px == 79_000
    assert order.limit_px == 71_100
    assert rig.actions[-1]["modifies"][0]["order"]["t"]["trigger"]["triggerPx"] == "79000"
    rig.move(78_500)
    assert rig.size() == 0
    assert rig.news(cloid) == ["accepted", "replaced", "triggered", "filled"]


def test_a_stop_and_a_take_profit_of_one_position_may_both_be_whole() -> None:
    """Whichever trades first leaves the other nothing, and it goes."""
    rig = VenueRig()
    long(rig)
    first = stop(rig)
    second = rig.do(lambda: rig.ctx().take_profit("BTC", Side.SELL, 1.0, 82_000))
    third = rig.do(lambda: rig.ctx().sell("BTC", 1.0, 84_000.0, reduce_only=True))
    assert rig.news(second) == ["accepted"]
    assert rig.news(third) == ["accepted"]
    rig.move(82_500)
    assert rig.size() == rig.venue_size() == 0
    assert rig.news(second) == ["accepted", "triggered", "filled"]
    assert rig.news(first)[-1] == rig.news(third)[-1] == "canceled"
    assert rig.open_cloids() == []


def test_two_stops_may_not_close_more_than_there_is() -> None:
    rig = VenueRig()
    long(rig)
    stop(rig, 0.7)
    second = stop(rig, 0.4)
    assert rig.news(second) == ["refused"]
    assert rig.reason(second).startswith("reduce_only")


def test_a_stop_whose_price_has_come_is_rejected_by_the_venue() -> None:
    rig = VenueRig()
    long(rig)
    cloid = stop(rig, px=81_000)
    assert rig.news(cloid) == ["rejected"]
    assert rig.reason(cloid).startswith(("Invalid TP/SL price.", "badTriggerPxRejected"))


@pytest.mark.parametrize(
    ("px", "rule"), [(Decimal("78000.5"), "tick"), (float("nan"), "price"), (-1.0, "price")]
)
def test_a_trigger_price_keeps_the_rules_of_prices(px: float | Decimal, rule: str) -> None:
    rig = VenueRig()
    long(rig)
    cloid = rig.do(lambda: rig.ctx().stop("BTC", Side.SELL, 1.0, px))
    assert rig.news(cloid) == ["refused"]
    assert rig.reason(cloid).startswith(rule)


def test_a_stop_entry_opens_when_the_mark_comes_and_counts_as_open_until_then() -> None:
    rig = VenueRig()
    cloid = rig.do(lambda: rig.ctx().stop("BTC", Side.BUY, 0.5, 81_000, reduce_only=False))
    assert rig.news(cloid) == ["accepted"]
    rig.move(81_500)
    assert rig.size() == rig.venue_size() == Decimal("0.5")


def test_a_restart_finds_its_stop_again_with_its_trigger() -> None:
    rig = VenueRig()
    long(rig)
    cloid = stop(rig)
    rig.do(lambda: rig.ctx().replace(cloid, trigger_px=79_000.0))
    rig.die()
    rig.boot()
    order = rig.ctx().order(cloid)
    assert order.phase is OrderPhase.RESTING
    assert order.trigger == Trigger(TriggerKind.STOP, Decimal(79_000))
    rig.move(78_500)
    assert rig.size() == rig.venue_size() == 0
    assert rig.news(cloid) == ["triggered", "filled"]


def test_a_restart_learns_that_a_trigger_fired_meanwhile() -> None:
    """The list of open orders does not say so; the order is asked for by itself."""
    rig = VenueRig()
    long(rig)
    ctx = rig.ctx()
    cloid = rig.do(lambda: ctx.take_profit("BTC", Side.SELL, 1.0, 82_000, limit_px=83_000))
    rig.die()
    rig.move(82_300)
    rig.boot()
    rig.run_s(3)
    assert rig.ctx().order(cloid).is_triggered
    assert rig.news(cloid) == ["triggered"]
