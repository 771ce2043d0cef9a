"""Brackets that outlive their process, killed or without power, with what it has written."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest
from tests.unit.execution.order_types.bracket_deeds import (
    SHARED,
    alive,
    bracket,
    share_the_coin,
    size_at_venue,
)
from tests.unit.execution.venue_rig import VenueRig

from hive.app.processes.run_folder import journal_folder
from hive.domain.identifiers import Cloid
from hive.domain.market import Side
from hive.simulation.disk import MemoryDisk
from hive.strategy.views import Bracket


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

    def die() -> None:
        if not rig.loop.is_dead:
            rig.die()

    once_written(rig, tag, cloid, die)


def once_written(rig: VenueRig, tag: bytes, cloid: Cloid, deed: Callable[[], None]) -> None:
    """Do something as soon as a record with this tag names the order."""
    needles = (b"\xa4type" + msgspec.msgpack.encode(tag.decode()), cloid.encode())

    def look() -> None:
        folder = journal_folder(rig.signer.address)
        paths = [path for path in rig.disk.paths() if path.startswith(folder)]
        newest = rig.disk.find(max(paths)) or b""
        at = newest.rfind(needles[0])
        if at >= 0 and needles[1] in newest[at:]:
            rig.disk.on_change = lambda: None
            deed()

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


def test_a_child_whose_sending_and_end_a_power_cut_took_is_not_sent_once_more() -> None:
    """The venue is asked for it before it would leave."""
    rig = VenueRig(*SHARED)
    share_the_coin(rig)
    entry, stop, profit = bracket(rig, px=79_500)
    left: list[MemoryDisk] = []
    once_written(rig, b"fill", entry, lambda: left.append(rig.disk.after("kill", lambda: 0.5)))
    rig.move(79_400)
    assert {stop, profit} <= set(rig.open_cloids())
    rig.do(lambda: rig.ctx().cancel(stop))
    rig.die()
    (rig.disk,) = left
    placed_before = rig.venue.counters()["asked"]["orders"]
    rig.boot()
    assert rig.size() == 1
    assert set(alive(rig)) == {profit}
    assert rig.venue.counters()["asked"]["orders"] == placed_before


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
