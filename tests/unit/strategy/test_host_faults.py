"""What a strategy does wrong is contained: counted, named, bounded, paused; nobody else notices."""

from __future__ import annotations

import asyncio
import re

import pytest
from tests.strategies.recorder import Faulty, Recorder, rig

from hive.domain.errors import LimitReached, UnknownCoin
from hive.domain.identifiers import StrategyId
from hive.domain.market import Bbo
from hive.domain.orders import OrderEvent, OrderNews
from hive.strategy.containment import NoteKind
from hive.strategy.interface import Context
from hive.strategy.seat import SeatState


def test_a_strategy_that_raises_is_paused_by_name_and_the_others_go_on() -> None:
    world = rig(errors_max=5)
    good = Recorder()
    world.add("good", good)
    world.add("bad", Faulty())
    world.run_s(3)
    before = len(good.bbos)
    snapshot = world.snapshot(StrategyId("bad"))
    assert snapshot.state is SeatState.PAUSED
    assert snapshot.errors == 5
    assert "ZeroDivisionError('a mistake')" in snapshot.reason
    assert "on_bbo" in snapshot.reason
    assert snapshot.open_orders == 0, "its order was canceled"
    assert world.snapshot(StrategyId("good")).state is SeatState.RUNNING
    world.run_s(2)
    assert len(good.bbos) > before
    paused = [n for n in world.host.snapshot().notes if n.kind is NoteKind.PAUSED]
    assert [note.strategy_id for note in paused] == ["bad"]


def test_a_strategy_that_leaves_the_process_is_taken_for_one_that_raises() -> None:
    class Leaving(Recorder):
        def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
            raise SystemExit(4)

    world = rig(errors_max=3)
    good = Recorder()
    world.add("good", good)
    strategy_id = world.add("leaving", Leaving())
    world.run_s(3)
    assert world.snapshot(strategy_id).state is SeatState.PAUSED
    assert "SystemExit(4)" in world.snapshot(strategy_id).reason
    assert len(good.bbos) > 3


@pytest.mark.parametrize("handler", ["on_bbo", "on_order"])
def test_a_strategy_that_looks_at_what_was_cancelled_stops_nobody_else(handler: str) -> None:
    class Looking(Recorder):
        def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
            if not self.news:
                ctx.buy("BTC", 0.001, bbo.bid.px / 2 if bbo.bid else 1.0)
            self.look("on_bbo")

        def on_order(self, ctx: Context, event: OrderEvent) -> None:
            super().on_order(ctx, event)
            self.look("on_order")

        def look(self, where: str) -> None:
            if where == handler:
                future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                future.cancel()
                future.result()

    class Asking(Recorder):
        def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
            super().on_bbo(ctx, bbo)
            ctx.buy("BTC", 0.001, bbo.bid.px / 2 if bbo.bid else 1.0)

    world = rig(errors_max=3)
    good = Asking()
    strategy_id = world.add("looking", Looking())
    world.add("good", good)
    world.run_s(3)
    assert re.search(rf"{handler} \(\S+\): CancelledError", world.snapshot(strategy_id).last_error)
    assert len(good.bbos) > 3
    assert len(good.news) > 3


def test_an_unknown_coin_is_told_with_the_names_that_are_near() -> None:
    class Misspelt(Recorder):
        def on_start(self, ctx: Context) -> None:
            ctx.watch_bbo("BTCC")

    world = rig()
    strategy_id = world.add("misspelt", Misspelt())
    world.run_s(1)
    told = r"on_start \(test_host_faults.py:\d+\): no instrument is called 'BTCC'; did you mean BTC"
    assert re.match(told, world.snapshot(strategy_id).last_error)


def test_a_strategy_that_loops_on_refusals_is_paused() -> None:
    class Stubborn(Recorder):
        def on_order(self, ctx: Context, event: OrderEvent) -> None:
            super().on_order(ctx, event)
            if event.news is OrderNews.REFUSED:
                ctx.buy("BTC", 0.0, 1.0)

    world = rig(refusals_max=50)
    strategy = Stubborn()
    strategy_id = world.add("stubborn", strategy)
    world.do(lambda: strategy.hands.buy("BTC", 0.0, 1.0))
    world.run_s(1)
    snapshot = world.snapshot(strategy_id)
    assert snapshot.state is SeatState.PAUSED
    assert "50 orders refused" in snapshot.reason
    assert snapshot.refusals == 50


def test_a_task_that_raises_is_counted_against_its_strategy() -> None:
    class Tasked(Recorder):
        def on_start(self, ctx: Context) -> None:
            super().on_start(ctx)
            ctx.spawn(self.fail(), name="reader")

        async def fail(self) -> None:
            await asyncio.sleep(0.1)
            raise KeyError("lost")

    world = rig()
    strategy_id = world.add("tasked", Tasked())
    world.run_s(1)
    snapshot = world.snapshot(strategy_id)
    assert snapshot.errors == 1
    assert "reader" in snapshot.last_error
    assert "KeyError('lost')" in snapshot.last_error
    assert snapshot.state is SeatState.RUNNING


def test_half_a_start_is_no_start() -> None:
    class Unready(Recorder):
        def on_start(self, ctx: Context) -> None:
            super().on_start(ctx)
            ctx.watch_bbo("NOPE")

    world = rig()
    strategy_id = world.add("unready", Unready())
    snapshot = world.snapshot(strategy_id)
    assert snapshot.state is SeatState.PAUSED
    assert "no instrument is called 'NOPE'" in snapshot.reason
    assert world.pool.sink_by_key == {}


def test_an_unknown_coin_is_raised_at_once_because_it_is_a_mistake_in_the_code() -> None:
    world = rig()
    strategy = Recorder()
    world.add("s", strategy)
    world.run_s(1)
    with pytest.raises(UnknownCoin):
        strategy.hands.buy("BTCC", 1.0, 1.0)
    with pytest.raises(UnknownCoin):
        strategy.hands.watch_trades("NOPE")


def test_bounds_on_what_one_strategy_may_open_are_named() -> None:
    world = rig(watches_max=2, tasks_max=1)
    strategy = Recorder()
    world.add("s", strategy)
    world.run_s(0.1)
    hands = strategy.hands

    async def wait() -> None:
        await asyncio.sleep(3_600)

    def open_too_much() -> None:
        hands.spawn(wait())
        with pytest.raises(LimitReached, match="tasks_max"):
            hands.spawn(wait())
        with pytest.raises(LimitReached, match="watches_max"):
            hands.watch_bbo("ETH")

    world.do(open_too_much)
    world.stop()
