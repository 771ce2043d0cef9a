"""What a strategy is told: streams are shared, late comers are told, gaps and timers are heard."""

from __future__ import annotations

import pytest
from tests.strategies.recorder import Recorder, rig, wandering
from tests.strategies.rig import scripted

from hive.domain.errors import LimitReached
from hive.domain.market import StreamCondition
from hive.hyperliquid.subscriptions import bbo, trades
from hive.localvenue.markets.scripted import PricePoint, ScriptedCoin, flow
from hive.strategy.containment import NoteKind
from hive.strategy.interface import Context


def test_all_strategies_on_a_coin_share_one_subscription_and_one_value() -> None:
    world = rig()
    strategies = [Recorder() for _ in range(20)]
    for i, strategy in enumerate(strategies):
        world.add(f"s{i}", strategy)
    world.run_s(3)
    assert world.pool.subscribed == [bbo("BTC").key]
    assert len(strategies[0].bbos) > 5
    assert all(s.bbos[-1] is strategies[0].bbos[-1] for s in strategies)


def test_who_comes_late_hears_at_once_how_things_stand() -> None:
    still = ScriptedCoin(coin="BTC", path=(PricePoint(0, 100_000.0),))
    world = scripted([still])
    world.add("early", Recorder())
    world.run_s(2)
    late = Recorder()
    world.add("late", late)
    world.run_s(0.05)
    assert len(late.bbos) == 1, "though the market stands still"


def test_a_history_comes_once_before_the_first_candle() -> None:
    class Charted(Recorder):
        def on_start(self, ctx: Context) -> None:
            self.ctx = ctx
            ctx.watch_candles("BTC", 2_000, warmup=3)

    takes = flow("BTC", every_ms=500, usd=100.0, until_ms=60_000)
    world = scripted([wandering()], takes)
    first = Charted()
    world.add("first", first)
    world.run_s(12)
    assert first.candles
    second = Charted()
    world.add("second", second)
    world.run_s(5)
    assert len(second.history) == 1
    told = second.history[0]
    assert (told.asked, len(told.candles)) == (3, 3)
    assert second.candles[0].open_ms == told.candles[-1].close_ms, "no seam between the two"
    assert world.pool.subscribed.count(trades("BTC").key) == 1


def test_a_warm_up_that_is_refused_leaves_the_stream_to_be_asked_for_again() -> None:
    class Greedy(Recorder):
        def on_start(self, ctx: Context) -> None:
            self.ctx = ctx
            with pytest.raises(LimitReached, match="warmup"):
                ctx.watch_candles("BTC", 2_000, warmup=1_000_000)

    takes = flow("BTC", every_ms=500, usd=100.0, until_ms=60_000)
    world = scripted([wandering()], takes)
    strategy = Greedy()
    world.add("greedy", strategy)
    assert world.pool.subscribed == [], "nothing is opened for one that is refused"
    world.do(lambda: strategy.hands.watch_candles("BTC", 2_000, warmup=1))
    world.run_s(12)
    assert len(strategy.history) == 1
    assert strategy.candles


def test_a_strategy_is_told_when_its_coins_data_cannot_be_trusted() -> None:
    world = rig()
    strategy = Recorder()
    world.add("s", strategy)
    world.run_s(1)
    sink = world.pool.sink_by_key[bbo("BTC").key]
    world.do(lambda: sink.on_condition(bbo("BTC"), StreamCondition.STALE))
    assert strategy.hands.condition("BTC") is StreamCondition.STALE
    world.do(lambda: sink.on_condition(bbo("BTC"), StreamCondition.FRESH))
    assert strategy.hands.condition("BTC") is StreamCondition.STALE, "it has said nothing yet"
    world.run_s(2)
    assert strategy.conditions == [
        ("BTC", StreamCondition.FRESH),
        ("BTC", StreamCondition.STALE),
        ("BTC", StreamCondition.FRESH),
    ]


def test_timers_fire_on_their_beat_and_aligned_ones_by_the_wall() -> None:
    class Timed(Recorder):
        def on_start(self, ctx: Context) -> None:
            ctx.every("beat", 250)
            ctx.every("whole", 1_000, aligned=True)
            ctx.after("once", 400)

    world = rig()
    world.run_s(0.3)
    strategy = Timed()
    world.add("timed", strategy)
    started_ms = world.clock.now_ms()
    world.run_s(2)
    by_name: dict[str, list[int]] = {}
    for name, at_ms in strategy.timers:
        by_name.setdefault(name, []).append(at_ms)
    assert [ms - started_ms for ms in by_name["beat"]] == list(range(250, 2_001, 250))
    assert all(ms % 1_000 == 0 for ms in by_name["whole"])
    assert len(by_name["whole"]) == 2
    assert [ms - started_ms for ms in by_name["once"]] == [400]


def test_calls_are_counted_without_counting_each_call() -> None:
    world = rig()
    strategy = Recorder()
    strategy_id = world.add("s", strategy)
    world.run_s(5)
    snapshot = world.snapshot(strategy_id)
    told = len(strategy.bbos) + len(strategy.conditions) + 1  # and on_start
    assert snapshot.calls == told
    world.do(lambda: world.host.pause(strategy_id))
    assert world.snapshot(strategy_id).calls == told


def test_what_a_strategy_shows_and_says_is_there_to_be_read() -> None:
    class Talker(Recorder):
        def on_start(self, ctx: Context) -> None:
            ctx.state["mood"] = 7
            ctx.log("hello", coin="BTC")

    world = rig()
    strategy_id = world.add("talker", Talker())
    assert world.snapshot(strategy_id).shown == {"mood": "7"}
    notes = [n for n in world.host.snapshot().notes if n.kind is NoteKind.LOG]
    assert [(n.strategy_id, n.message, n.fields) for n in notes] == [
        ("talker", "hello", {"coin": "BTC"})
    ]
