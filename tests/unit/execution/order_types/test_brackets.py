"""Entries with a stop and a take-profit at the local venue: kept by the venue, or by the desk."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.execution.order_types.bracket_deeds import (
    SHARED,
    alive,
    bracket,
    share_the_coin,
    size_at_venue,
)
from tests.unit.execution.venue_rig import VenueRig

from hive.domain.market import Side
from hive.domain.orders import TimeInForce

# --- kept by the venue ---------------------------------------------------------------------------


def test_a_family_leaves_in_one_action_and_the_venue_keeps_it() -> None:
    rig = VenueRig()
    entry, stop, profit = bracket(rig, px=79_000)
    action = rig.actions[-1]
    assert action["grouping"] == "normalTpsl"
    assert [order["c"] for order in action["orders"]] == [entry, stop, profit]
    assert [order["r"] for order in action["orders"]] == [False, True, True]
    assert set(rig.open_cloids()) == {entry, stop, profit}
    assert {rig.news(each)[0] for each in (entry, stop, profit) if each} == {"accepted"}


def test_the_first_child_to_fill_ends_the_other() -> None:
    rig = VenueRig()
    entry, stop, profit = bracket(rig)
    assert stop is not None
    assert profit is not None
    assert rig.size() == 1
    rig.move(77_800)
    assert rig.size() == rig.venue_size() == 0
    assert rig.news(stop) == ["accepted", "triggered", "filled"]
    assert rig.news(profit)[-1] == "canceled"
    assert rig.open_cloids() == alive(rig) == []
    assert rig.ctx().order(stop).parent == entry


def test_children_of_an_entry_that_is_cancelled_go_with_it() -> None:
    rig = VenueRig()
    entry, stop, profit = bracket(rig, px=79_000)
    rig.do(lambda: rig.ctx().cancel(entry))
    assert [rig.news(each)[-1] for each in (entry, stop, profit) if each] == ["canceled"] * 3
    assert alive(rig) == []


def test_children_are_no_larger_than_what_their_entry_left_open() -> None:
    """A part of it closed what was held the other way round."""
    rig = VenueRig()
    rig.do(lambda: rig.ctx().sell("BTC", 0.3, 79_900.0))
    _, stop, profit = bracket(rig)
    assert rig.size() == rig.venue_size() == Decimal("0.7")
    assert size_at_venue(rig, stop) == size_at_venue(rig, profit) == Decimal("0.7")


def test_what_filled_of_an_entry_that_ends_early_is_protected_anew() -> None:
    """The venue drops the children of an entry that was not wholly filled."""
    rig = VenueRig()
    rig.markets.depth = Decimal("0.4")
    rig.run_s(1)
    entry, stop, profit = bracket(rig, tif=TimeInForce.IOC)
    rig.run_s(1)
    assert rig.size() == Decimal("0.4")
    assert not {entry, stop, profit} & set(alive(rig))
    orders = rig.ctx().open_orders()
    assert [order.parent for order in orders] == [entry, entry]
    assert {(order.trigger.px, order.size) for order in orders} == {
        (Decimal(78_000), Decimal("0.4")),
        (Decimal(82_000), Decimal("0.4")),
    }
    rig.markets.depth = Decimal(5)
    rig.move(82_500)
    assert rig.size() == rig.venue_size() == 0
    assert rig.open_cloids() == alive(rig) == []


def test_what_a_strategy_cancels_itself_is_not_placed_anew() -> None:
    rig = VenueRig()
    rig.markets.depth = Decimal("0.4")
    rig.run_s(1)
    bracket(rig)
    assert rig.size() == Decimal("0.4")
    rig.do(lambda: rig.ctx().cancel_all())
    assert rig.open_cloids() == alive(rig) == []
    assert rig.size() == Decimal("0.4")


def test_a_resting_entry_wakes_its_children_when_it_is_filled() -> None:
    rig = VenueRig()
    entry, stop, profit = bracket(rig, px=79_500)
    rig.move(79_400)
    assert rig.news(entry)[-1] == "filled"
    assert set(rig.open_cloids()) == {stop, profit}
    rig.move(77_800)
    assert rig.size() == rig.venue_size() == 0


def test_a_child_can_be_moved_while_it_sleeps() -> None:
    rig = VenueRig()
    entry, stop, _ = bracket(rig, px=79_500)
    assert stop is not None
    rig.do(lambda: rig.ctx().replace(stop, trigger_px=79_000.0))
    assert rig.news(stop)[-1] == "replaced"
    rig.move(79_400)
    rig.move(78_900)
    assert rig.news(entry)[-1] == "filled"
    assert rig.news(stop)[-1] == "filled"
    assert rig.size() == 0


def test_of_two_brackets_the_one_that_closes_leaves_the_other_whole() -> None:
    rig = VenueRig()
    first = bracket(rig, stop_px=78_000, take_profit_px=81_000)
    second = bracket(rig, stop_px=77_000, take_profit_px=85_000)
    assert rig.size() == 2
    rig.move(81_300)
    assert rig.size() == rig.venue_size() == 1
    assert set(alive(rig)) == {second.stop, second.take_profit}
    assert first.stop not in rig.open_cloids()
    rig.move(76_800)
    assert rig.size() == rig.venue_size() == 0


# --- kept by the desk ----------------------------------------------------------------------------


def test_on_a_shared_coin_the_desk_sends_the_children_when_the_entry_fills() -> None:
    rig = VenueRig(*SHARED)
    share_the_coin(rig)
    entry, stop, profit = bracket(rig, px=79_500)
    assert rig.open_cloids()[-1] == entry
    assert stop not in rig.open_cloids()
    assert set(alive(rig)) == {entry, stop, profit}
    rig.move(79_400)
    assert rig.size() == 1
    assert {stop, profit} <= set(rig.open_cloids())
    rig.move(77_800)
    assert rig.size() == 0
    assert alive(rig) == []


def test_it_grows_and_cuts_them_with_what_filled() -> None:
    rig = VenueRig(*SHARED)
    share_the_coin(rig)
    rig.markets.depth = Decimal("0.4")
    rig.run_s(1)
    entry, stop, profit = bracket(rig)
    assert rig.size() == Decimal("0.4")
    assert size_at_venue(rig, stop) == size_at_venue(rig, profit) == Decimal("0.4")
    rig.markets.depth = Decimal("0.5")
    rig.run_s(2)
    assert rig.size() == Decimal("0.9")
    assert size_at_venue(rig, stop) == size_at_venue(rig, profit) == Decimal("0.9")
    rig.do(lambda: rig.ctx().cancel(entry))
    assert set(alive(rig)) == {stop, profit}
    rig.markets.depth = Decimal(5)
    rig.move(82_500)
    assert rig.size() == 0
    assert alive(rig) == []


def test_opposed_strategies_are_each_protected_though_the_venue_sees_a_flat_account() -> None:
    rig = VenueRig(*SHARED)
    share_the_coin(rig)
    rig.do(lambda: rig.ctx("bob").market("BTC", Side.SELL, 1.0))
    mine = bracket(rig)
    assert rig.size() == 1
    assert rig.size("bob") == -1
    assert rig.venue_size() == 0
    rig.move(77_800)
    assert rig.size() == 0
    assert rig.venue_size() == rig.size("bob") == -1
    assert mine.take_profit not in rig.open_cloids()


def test_children_of_an_entry_that_never_fills_end_with_it_unsent() -> None:
    rig = VenueRig(*SHARED)
    share_the_coin(rig)
    entry, stop, profit = bracket(rig, px=79_000)
    rig.do(lambda: rig.ctx().cancel(entry))
    assert alive(rig) == []
    sent = {order["c"] for order in rig.orders_sent()}
    assert not {stop, profit} & sent


# --- both ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [("alice",), SHARED])
def test_a_bracket_with_a_bad_price_is_refused_whole(names: tuple[str, ...]) -> None:
    rig = VenueRig(*names)
    if len(names) > 1:
        share_the_coin(rig)
    sent = len(rig.actions)
    found = bracket(rig, stop_px=-1.0, take_profit_px=82_000)
    assert [rig.news(each) for each in found if each] == [["refused"]] * 3
    assert found.stop is not None
    assert rig.reason(found.stop).startswith("price")
    assert len(rig.actions) == sent


@pytest.mark.parametrize("names", [("alice",), SHARED])
@pytest.mark.parametrize("px", [79_500, 80_100])
def test_a_bracket_survives_a_restart(names: tuple[str, ...], px: float) -> None:
    """Before and after its entry has filled."""
    rig = VenueRig(*names)
    if len(names) > 1:
        share_the_coin(rig)
    bracket(rig, px=px)
    rig.die()
    rig.boot()
    rig.move(79_400)
    assert rig.size() == 1
    rig.move(77_800)
    assert rig.size() == 0
    assert alive(rig) == []


def test_one_exit_is_a_bracket_too() -> None:
    rig = VenueRig()
    entry, stop, profit = bracket(rig, stop_px=78_000)
    assert profit is None
    assert rig.open_cloids() == [stop]
    assert rig.news(entry)[-1] == "filled"


# --- positions -----------------------------------------------------------------------------------


def test_a_position_is_protected_as_large_as_it_is_and_its_own() -> None:
    rig = VenueRig(*SHARED)
    rig.do(lambda: rig.ctx("bob").market("BTC", Side.BUY, 2.0))
    rig.do(lambda: rig.ctx().market("BTC", Side.BUY, 1.0))
    found: Any = rig.do(lambda: rig.ctx().protect("BTC", stop_px=78_000.0, take_profit_px=82_000.0))
    assert rig.actions[-1]["grouping"] == "na"
    assert size_at_venue(rig, found.stop) == size_at_venue(rig, found.take_profit) == 1
    rig.move(77_800)
    assert rig.size() == 0
    assert rig.size("bob") == rig.venue_size() == 2
    assert alive(rig) == []


def test_nothing_is_protected_where_nothing_is_held() -> None:
    rig = VenueRig()
    assert rig.do(lambda: rig.ctx().protect("BTC", stop_px=78_000.0)) is None
