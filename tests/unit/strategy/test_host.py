"""The host runs many strategies as if each were alone: news, timers, tasks, faults, life."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from tests.strategies.rig import Rig, scripted

from hive.domain.errors import CallerError, LimitReached, UnknownCoin
from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.market import Bbo, Candle, CandleHistory, Side, StreamCondition
from hive.domain.orders import Fill, OrderEvent, OrderNews, TimeInForce
from hive.hyperliquid.subscriptions import bbo, trades
from hive.localvenue.markets_scripted import PricePoint, ScriptedCoin, flow
from hive.strategy.containment import NoteKind
from hive.strategy.interface import Coin, Context, Params, Strategy, StrategyStopped, Usd
from hive.strategy.limits import HostLimits
from hive.strategy.seat import SeatState


class Settings(Params):
    coin: Coin = "BTC"
    size_usd: Usd = 50.0


class Recorder(Strategy[Settings]):
    """Notes whatever it is told."""

    def __init__(self, params: Settings | None = None) -> None:
        super().__init__(params)
        self.heard: list[str] = []
        self.bbos: list[Bbo] = []
        self.candles: list[Candle] = []
        self.history: list[CandleHistory] = []
        self.news: list[OrderEvent] = []
        self.fills: list[Fill] = []
        self.timers: list[tuple[str, int]] = []
        self.conditions: list[tuple[str, StreamCondition]] = []
        self.ctx: Context | None = None

    def on_start(self, ctx: Context) -> None:
        self.heard.append("start")
        self.ctx = ctx
        ctx.watch_bbo(self.params.coin)

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        self.bbos.append(bbo)

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        self.candles.append(candle)

    def on_history(self, ctx: Context, history: CandleHistory) -> None:
        self.history.append(history)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        self.news.append(event)

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        self.fills.append(fill)

    def on_timer(self, ctx: Context, name: str) -> None:
        self.timers.append((name, ctx.now_ms()))

    def on_condition(self, ctx: Context, coin: str, condition: StreamCondition) -> None:
        self.conditions.append((coin, condition))

    def on_stop(self, ctx: Context) -> None:
        self.heard.append("stop")

    @property
    def hands(self) -> Context:
        assert self.ctx is not None
        return self.ctx


class Faulty(Strategy[Settings]):
    """Raises at every bbo."""

    def on_start(self, ctx: Context) -> None:
        ctx.watch_bbo(self.params.coin)
        ctx.buy(self.params.coin, 0.001, 90_000.0, tif=TimeInForce.ALO)

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        raise ZeroDivisionError("a mistake")


def wandering(coin: str = "BTC", px: float = 100_000.0) -> ScriptedCoin:
    path = tuple(PricePoint(i * 1_000, px * (1 + 0.001 * (i % 2))) for i in range(120))
    return ScriptedCoin(coin=coin, path=path)


def rig(**limits: int) -> Rig:
    return scripted([wandering(), wandering("ETH", 4_000.0)], limits=HostLimits(**limits))


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


def test_floats_are_rounded_never_worse_and_decimals_are_taken_at_their_word() -> None:
    world = rig()
    strategy = Recorder()
    world.add("s", strategy)
    world.run_s(1)
    hands = strategy.hands
    buy = world.do(lambda: hands.buy("BTC", 0.00123456, 90_000.77))
    sell = world.do(lambda: hands.sell("BTC", 0.00123456, 110_000.22))
    exact = world.do(lambda: hands.buy("BTC", Decimal("0.00123456"), Decimal("90000.77")))
    world.run_s(1)
    bought, sold = hands.order(buy), hands.order(sell)
    assert bought is not None
    assert sold is not None
    assert (bought.size, bought.limit_px) == (Decimal("0.00123"), Decimal(90_000))
    assert (sold.size, sold.limit_px) == (Decimal("0.00123"), Decimal(110_001))
    refused = [e for e in strategy.news if e.news is OrderNews.REFUSED]
    assert [e.order.cloid for e in refused] == [exact]
    assert refused[0].reason.startswith("tick")


@pytest.mark.parametrize(
    ("size", "px", "rule"),
    [
        (float("nan"), 100_000.0, "size"),
        (-1.0, 100_000.0, "size"),
        (0.000001, 100_000.0, "size"),
        (0.01, float("inf"), "price"),
        (0.01, -5.0, "price"),
        (0.01, 0.0, "price"),
        (0.00001, 90_000.0, "minimum value"),
    ],
)
def test_numbers_that_no_rounding_can_save_are_refused_by_their_rule(
    size: float, px: float, rule: str
) -> None:
    """Nothing about a number is raised into a strategy: the refusal is news like any other."""
    world = rig()
    strategy = Recorder()
    world.add("s", strategy)
    world.run_s(1)
    world.do(lambda: strategy.hands.buy("BTC", size, px))
    assert strategy.news == [], "never told from within the verb"
    world.run_s(1)
    assert [e.news for e in strategy.news] == [OrderNews.REFUSED]
    assert strategy.news[0].reason.startswith(rule)


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


def test_replace_keeps_the_cloid_and_an_unchanged_replace_sends_nothing() -> None:
    world = rig()
    strategy = Recorder()
    world.add("s", strategy)
    world.run_s(1)
    hands = strategy.hands
    cloid = world.do(lambda: hands.buy("BTC", 0.01, 90_000.0))
    world.run_s(1)
    world.do(lambda: hands.replace(cloid, limit_px=90_000.4))
    assert world.desk.replaces == 0, "it rounds to what it is already"
    world.do(lambda: hands.replace(cloid, limit_px=91_000.0, size=0.02))
    world.run_s(1)
    order = hands.order(cloid)
    assert order is not None
    assert (order.size, order.limit_px) == (Decimal("0.02"), Decimal(91_000))
    assert [e.news for e in strategy.news] == [OrderNews.ACCEPTED, OrderNews.REPLACED]


def test_a_strategy_sees_only_its_own_orders_and_position() -> None:
    world = rig()
    mine, other = Recorder(), Recorder()
    world.add("mine", mine)
    world.add("other", other)
    world.run_s(1)
    cloid = world.do(lambda: mine.hands.buy("BTC", 0.01, 90_000.0))
    world.do(lambda: other.hands.buy("BTC", 0.01, 101_000.0, tif=TimeInForce.IOC))
    world.run_s(1)
    assert other.hands.order(cloid) is None
    world.do(lambda: other.hands.cancel(cloid))
    world.run_s(1)
    assert [o.cloid for o in mine.hands.open_orders()] == [cloid]
    assert other.hands.open_orders() == []
    assert mine.hands.position("BTC").is_flat
    held = other.hands.position("BTC")
    assert held.size == Decimal("0.01")
    assert held.unrealized_usd is not None
    assert mine.fills == []
    assert len(other.fills) >= 1
    snapshot = world.snapshot(StrategyId("other"))
    assert snapshot.fills == len(other.fills)
    assert snapshot.volume_usd > 900
    assert snapshot.profit_usd < 0, "spread and fee"


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
    assert "UnknownCoin" in snapshot.reason
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


def test_a_strategy_is_told_when_its_coins_data_cannot_be_trusted() -> None:
    world = rig()
    strategy = Recorder()
    world.add("s", strategy)
    world.run_s(1)
    sink = world.pool.sink_by_key[bbo("BTC").key]
    world.do(lambda: sink.on_condition(bbo("BTC"), StreamCondition.STALE))
    assert strategy.hands.condition("BTC") is StreamCondition.STALE
    world.run_s(2)
    assert strategy.conditions == [
        ("BTC", StreamCondition.FRESH),
        ("BTC", StreamCondition.STALE),
        ("BTC", StreamCondition.FRESH),
    ]


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


def test_a_side_is_only_a_word_for_buy_and_sell() -> None:
    world = rig()
    strategy = Recorder()
    world.add("s", strategy)
    world.run_s(1)
    cloid = world.do(lambda: strategy.hands.place("BTC", Side.SELL, 0.01, 120_000.0))
    order = strategy.hands.order(cloid)
    assert order is not None
    assert order.side is Side.SELL
