"""What is told of a run: what earlier runs left, what is still held at the end, whose fills."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.execution.venue_rig import VenueRig

from hive.app.processes.trader_messages import Stopped
from hive.app.view.runtime_view import RuntimeView
from hive.domain.identifiers import StrategyId
from hive.domain.market import Side
from hive.simulation.disk import MemoryDisk
from hive.simulation.virtual_time import NS_PER_MS
from hive.strategy.seat import SHOWN_MAX

FEE_SHARE = 0.00045
"""A taker's, in the venue's lowest tier."""


def view_of(rig: VenueRig) -> RuntimeView:
    return RuntimeView(rig.runtime, rig.clock, rig.runtime.notices)


def buy(rig: VenueRig, size: float, name: str = "alice") -> None:
    rig.do(lambda: rig.ctx(name).market("BTC", Side.BUY, size), for_s=2)
    assert rig.size(name) == Decimal(repr(size))


def end(rig: VenueRig, view: RuntimeView) -> Stopped:
    view.before_stop()
    task = rig.loop.start(rig.runtime.stop())
    left = rig.kernel.run_until_done(task, limit_ns=rig.kernel.now_ns + 60_000 * NS_PER_MS)
    return view.stopped(left)


def test_a_position_from_an_earlier_run_counts_before_anything_is_ordered() -> None:
    rig = VenueRig()
    buy(rig, 0.1)
    rig.die()
    rig.boot()
    rig.move(81_000)
    told = view_of(rig).snapshot()
    (row,) = told.strategies
    fee_usd = 0.1 * 80_010 * FEE_SHARE
    assert row.coins == "BTC"
    assert row.position_usd == pytest.approx(8_001)
    assert told.fees_usd == pytest.approx(fee_usd, rel=0.01)
    assert told.pnl_usd == row.pnl_usd == pytest.approx(0.1 * (81_000 - 80_010) - fee_usd, abs=2)
    assert told.fills == row.fills == 0, "they were the earlier run's"


def test_fills_that_nobody_here_ordered_are_not_counted() -> None:
    rig = VenueRig()
    buy(rig, 0.1)
    rig.die()
    rig.disk = MemoryDisk(lambda: 0.5)
    rig.boot()
    rig.run_s(60)
    view = view_of(rig)
    view.sample()
    assert rig.runtime.accounts[0].desk.snapshot().fills == 1, "booked, as the account's"
    assert (view.snapshot().fills, view.history().fills) == (0, [0])
    buy(rig, 0.2)
    view.sample()
    assert (view.snapshot().fills, view.history().fills) == (1, [0, 1])


def test_what_is_open_keeps_its_profit_when_the_streams_are_closed() -> None:
    rig = VenueRig()
    buy(rig, 0.1)
    rig.move(81_000)
    view = view_of(rig)
    live = view.snapshot()
    last = end(rig, view).snapshot
    assert rig.runtime.market_data is not None
    assert rig.runtime.market_data.mark_px("BTC") is None, "nobody tells it any more"
    assert last.pnl_usd == pytest.approx(live.pnl_usd) != pytest.approx(-live.fees_usd)
    assert last.strategies[0].pnl_usd == last.pnl_usd
    assert last.positions[0].mark_px == pytest.approx(81_000, abs=20)


def test_a_stop_tells_what_stays_open_and_whose_it_is() -> None:
    rig = VenueRig("alice", "bob")
    buy(rig, 1.5)
    rig.do(lambda: rig.ctx("bob").market("BTC", Side.SELL, 0.5), for_s=2)
    (held,) = end(rig, view_of(rig)).held
    assert (held.account, held.coin, held.size) == (rig.signer.address, "BTC", 1.0)
    assert held.value_usd == pytest.approx(80_000, rel=0.001)
    assert [(each.strategy, each.size) for each in held.holders] == [("alice", 1.5), ("bob", -0.5)]


def test_a_stop_with_nothing_open_tells_nothing() -> None:
    rig = VenueRig()
    buy(rig, 0.1)
    rig.do(lambda: rig.ctx().flatten("BTC"), for_s=2)
    assert rig.venue_size() == 0
    assert end(rig, view_of(rig)).held == []


def test_who_was_paused_is_told_with_the_reason_after_the_stop() -> None:
    rig = VenueRig("alice", "bob")
    host = rig.runtime.host
    assert host is not None
    rig.do(lambda: host.pause(StrategyId("bob"), reason="raised 5 times"))
    rows = end(rig, view_of(rig)).snapshot.strategies
    told = [(row.strategy, row.state, row.reason) for row in rows]
    assert told == [("alice", "stopped", "stopped"), ("bob", "paused", "raised 5 times")]


def test_what_a_strategy_adds_to_its_log_is_kept_by_whatever_name() -> None:
    rig = VenueRig()
    rig.do(lambda: rig.ctx().log("failed", error="disk is full", coin="BTC"))
    (line,) = [each for each in view_of(rig).snapshot().log if each.kind == "log"]
    assert (line.text, line.details) == ("alice: failed", "error=disk is full coin=BTC")


def test_what_a_strategy_puts_into_its_state_is_shown_as_far_as_there_is_room() -> None:
    class Broken:
        def __str__(self) -> str:
            raise ValueError("no text")

    rig = VenueRig()
    state = rig.ctx().state
    state |= {"edge_bps": 4.5, "why": "x" * 1_000, "odd": Broken()}
    (row,) = view_of(rig).snapshot().strategies
    assert row.shown == {"edge_bps": "4.5", "why": "x" * 80, "odd": "(ValueError in str)"}
    state |= {f"k{number}": number for number in range(1_000)}
    (row,) = view_of(rig).snapshot().strategies
    assert len(row.shown) == SHOWN_MAX
