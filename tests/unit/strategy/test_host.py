"""Strategies come, go, pause and stop, each as if it were alone with the host."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from tests.strategies.recorder import Recorder, Settings, rig

from hive.domain.errors import CallerError
from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.market import Bbo
from hive.domain.orders import TimeInForce
from hive.hyperliquid.subscriptions import bbo
from hive.strategy.interface import Context, StrategyStopped
from hive.strategy.seat import SeatState


def test_a_resumed_strategy_starts_again_with_a_clean_slate() -> None:
    world = rig()
    strategy = Recorder()
    strategy_id = world.add("s", strategy)
    world.run_s(1)
    world.do(lambda: world.host.pause(strategy_id, reason="lunch"))
    heard = len(strategy.bbos)
    world.run_s(2)
    assert len(strategy.bbos) == heard, "a paused strategy hears nothing"
    assert world.snapshot(strategy_id).reason == "lunch"
    assert world.pool.sink_by_key == {}, "its stream is closed"
    world.do(lambda: world.host.resume(strategy_id))
    world.run_s(2)
    assert len(strategy.bbos) > heard
    assert strategy.heard == ["start", "start"]


def test_stop_is_idempotent_and_closes_everything_the_strategy_opened() -> None:
    ended: list[str] = []

    class Busy(Recorder):
        def on_start(self, ctx: Context) -> None:
            super().on_start(ctx)
            ctx.watch_trades("ETH")
            ctx.watch_candles("BTC", 1_000, warmup=5)
            ctx.every("beat", 100)
            ctx.spawn(self.work())
            ctx.buy("BTC", 0.001, 90_000.0)
            ctx.sell("BTC", 0.001, 110_000.0)

        async def work(self) -> None:
            try:
                await asyncio.sleep(3_600)
            finally:
                ended.append("work")

    world = rig()
    strategy = Busy()
    strategy_id = world.add("busy", strategy)
    world.run_s(2)
    assert world.snapshot(strategy_id).open_orders == 2
    assert len(strategy.timers) == 19 or len(strategy.timers) == 20
    world.stop()
    beats = len(strategy.timers)
    world.stop()
    world.do(lambda: world.host.stop_one(strategy_id))
    world.run_s(2)
    assert ended == ["work"]
    assert strategy.heard == ["start", "stop"]
    assert world.pool.sink_by_key == {}
    assert world.host.snapshot().timers == 0
    assert len(strategy.timers) == beats
    assert world.snapshot(strategy_id).open_orders == 0
    assert world.snapshot(strategy_id).state is SeatState.STOPPED
    assert world.tasks.snapshot().tasks == ()


def test_a_stopped_strategy_cannot_act_any_more() -> None:
    world = rig()
    strategy = Recorder()
    world.add("s", strategy)
    world.run_s(1)
    world.stop()
    hands = strategy.hands
    for deed in (
        lambda: hands.buy("BTC", 1.0, 100.0),
        lambda: hands.watch_bbo("ETH"),
        lambda: hands.every("x", 100),
        lambda: hands.spawn(asyncio.sleep(0)),
        lambda: hands.replace(Cloid("0x" + "0" * 32), size=1.0),
    ):
        with pytest.raises(StrategyStopped):
            deed()
    hands.cancel_all()


def test_on_stop_may_still_flatten_and_nothing_else() -> None:
    class Holder(Recorder):
        def on_start(self, ctx: Context) -> None:
            super().on_start(ctx)
            ctx.watch_bbo("BTC")

        def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
            if ctx.position("BTC").is_flat and not ctx.open_orders() and bbo.ask:
                ctx.buy("BTC", 0.01, bbo.ask.px * 1.01, tif=TimeInForce.IOC)

        def on_stop(self, ctx: Context) -> None:
            with pytest.raises(StrategyStopped):
                ctx.buy("BTC", 0.01, 90_000.0)
            assert ctx.flatten("BTC") is not None
            super().on_stop(ctx)

    world = rig()
    strategy = Holder()
    strategy_id = world.add("holder", strategy)
    world.run_s(2)
    assert world.size(strategy_id, "BTC") == Decimal("0.01")
    world.stop()
    assert strategy.heard == ["start", "stop"]
    assert world.size(strategy_id, "BTC") == 0


def test_strategies_come_and_go_while_others_run() -> None:
    world = rig()
    staying = Recorder()
    world.add("staying", staying)
    leaving = world.add("leaving", Recorder(Settings(coin="ETH")))
    world.run_s(1)
    world.do(lambda: world.host.remove(leaving))
    assert bbo("ETH").key not in world.pool.sink_by_key
    world.run_s(1)
    again = Recorder(Settings(coin="ETH"))
    world.add("leaving", again)
    world.run_s(1)
    assert again.bbos
    assert [s.strategy_id for s in world.host.snapshot().strategies] == ["staying", "leaving"]
    with pytest.raises(CallerError, match="already"):
        world.do(lambda: world.host.add(StrategyId("staying"), Recorder()))


def test_a_thousand_strategies_start_hear_and_stop() -> None:
    world = rig()
    strategies = [Recorder(Settings(coin="BTC" if i % 2 else "ETH")) for i in range(1_000)]

    def add_all() -> None:
        for i, strategy in enumerate(strategies):
            world.host.add(StrategyId(f"s{i}"), strategy)

    world.do(add_all)
    world.start()
    world.run_s(1)
    assert all(strategy.bbos for strategy in strategies)
    assert len(world.pool.subscribed) == 4 - 2
    world.stop()
    assert world.pool.sink_by_key == {}
    assert all(s.state is SeatState.STOPPED for s in world.host.snapshot().strategies)
