"""Entries with a stop and a take-profit at the local venue: kept by the venue, or by the desk."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.unit.execution.venue_rig import VenueRig

from hive.app.wiring import journal_folder
from hive.domain.identifiers import Cloid
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.strategy.views import Bracket

SHARED = ("alice", "bob")


def bracket(
    rig: VenueRig,
    size: float = 1.0,
    px: float = 80_100,
    *,
    name: str = "alice",
    tif: TimeInForce = TimeInForce.GTC,
    **exits: float,
) -> Bracket:
    """A long entry; with `px` at 80,100 it takes at once, below the market it rests."""
    ctx = rig.ctx(name)
    exits = exits or {"stop_px": 78_000, "take_profit_px": 82_000}
    entry = ctx.draft("BTC", Side.BUY, size, px, tif=tif)
    found: Bracket = rig.do(lambda: ctx.bracket(entry, **exits))
    return found


def share_the_coin(rig: VenueRig) -> None:
    """Bob has an order of BTC far away."""
    rig.do(lambda: rig.ctx("bob").buy("BTC", 0.01, 60_000.0))


def alive(rig: VenueRig, name: str = "alice") -> list[Cloid]:
    return [order.cloid for order in rig.ctx(name).open_orders()]


def size_at_venue(rig: VenueRig, cloid: Cloid | None) -> Decimal:
    return next(o.open_size for o in rig.truth.open_orders if o.cloid == cloid)


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


def test_an_entry_that_fills_while_the_process_is_down_is_protected_when_it_is_back() -> None:
    rig = VenueRig(*SHARED)
    share_the_coin(rig)
    _, stop, profit = bracket(rig, px=79_500)
    rig.die()
    rig.move(79_400)
    rig.boot()
    assert rig.size() == 1
    assert {stop, profit} <= set(rig.open_cloids())


def dies_once_written(rig: VenueRig, tag: bytes, cloid: Cloid) -> None:
    """The process ends as soon as a record with this tag names the order; what it wrote stays."""
    needles = (b"\xa4type" + msgspec.msgpack.encode(tag.decode()), cloid.encode())

    def look() -> None:
        folder = journal_folder(rig.signer.address)
        paths = [path for path in rig.disk.paths() if path.startswith(folder)]
        newest = rig.disk.find(max(paths)) or b""
        at = newest.rfind(needles[0])
        if at >= 0 and needles[1] in newest[at:] and not rig.loop.is_dead:
            rig.disk.on_change = lambda: None
            rig.die()

    rig.disk.on_change = look


@pytest.mark.parametrize("tag", [b"fill", b"end"])
@pytest.mark.parametrize("is_old", [False, True])
def test_a_death_between_an_entry_s_fill_and_its_children_leaves_it_protected(
    tag: bytes, is_old: bool
) -> None:
    """Also where a state has taken the place of the entry's records."""
    rig = VenueRig(*SHARED)
    share_the_coin(rig)
    entry, stop, profit = bracket(rig, px=79_500)
    if is_old:
        rig.die()
        rig.boot()
    dies_once_written(rig, tag, entry)
    rig.move(79_400)
    assert rig.loop.is_dead
    assert not {stop, profit} & set(rig.open_cloids())
    rig.boot()
    rig.die()
    rig.boot()
    assert rig.size() == 1
    assert {stop, profit} <= set(rig.open_cloids())
    assert size_at_venue(rig, stop) == size_at_venue(rig, profit) == 1
    rig.move(77_800)
    assert rig.size() == 0
    assert alive(rig) == []


def test_a_child_that_was_cancelled_asleep_does_not_return_with_a_restart() -> None:
    rig = VenueRig(*SHARED)
    share_the_coin(rig)
    entry, stop, profit = bracket(rig, px=79_500)
    rig.do(lambda: rig.ctx().cancel(stop))
    for _ in range(2):  # from the records, and from the state that follows them
        rig.die()
        rig.boot()
        assert set(alive(rig)) == {entry, profit}
    rig.move(79_400)
    assert profit in rig.open_cloids()
    assert stop not in rig.open_cloids()


def test_a_child_that_was_cancelled_before_its_entry_left_does_not_return() -> None:
    rig = VenueRig(*SHARED)
    share_the_coin(rig)

    def both() -> Bracket:
        ctx = rig.ctx()
        draft = ctx.draft("BTC", Side.BUY, 1.0, 79_500)
        found: Bracket = ctx.bracket(draft, stop_px=78_000, take_profit_px=82_000)
        ctx.cancel(found.stop)
        return found

    entry, _, profit = rig.do(both)
    rig.die()
    rig.boot()
    assert set(alive(rig)) == {entry, profit}


def test_a_child_that_was_sent_and_ended_does_not_return_from_a_state() -> None:
    rig = VenueRig(*SHARED)
    share_the_coin(rig)
    rig.markets.depth = Decimal("0.4")
    rig.run_s(1)
    entry, stop, profit = bracket(rig)
    rig.do(lambda: rig.ctx().cancel(stop))
    assert rig.size() == Decimal("0.4"), rig.news(entry)
    for _ in range(3):
        rig.die()
        rig.boot()
        assert set(alive(rig)) == {entry, profit}
    rig.markets.depth = Decimal(5)
    rig.run_s(2)
    assert rig.size() == 1
    assert size_at_venue(rig, profit) == 1
    assert stop not in rig.open_cloids()


def test_what_a_strategy_that_is_gone_left_is_protected_all_the_same() -> None:
    rig = VenueRig(*SHARED)
    share_the_coin(rig)
    _, stop, profit = bracket(rig, px=79_500)
    rig.die()
    rig.without("alice")
    rig.boot()
    rig.move(79_400)
    assert {stop, profit} <= set(rig.open_cloids())


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
