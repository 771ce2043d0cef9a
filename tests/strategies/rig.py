"""A small world for a strategy: scripted market, tiny floor, real market data and host."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from tests.strategies.tiny_desk import TinyDesk
from tests.strategies.tiny_floor import Match, TinyFloor
from tests.unit.marketdata.quiet_world import START_MS, FakePool, FakeRest

from hive.domain.identifiers import StrategyId
from hive.domain.instruments import Instrument, InstrumentKind, Universe
from hive.domain.market import Level, Side, StreamCondition
from hive.hyperliquid.subscriptions import Subscription, all_mids, bbo, trades
from hive.hyperliquid.wire import AllMidsPush, BboPush, TradesPush
from hive.hyperliquid.wire_public import AllMids, WsBbo, WsTrade
from hive.localvenue.markets.scripted import ScriptedCoin, ScriptedMarkets, ScriptedTake
from hive.localvenue.markets.synthetic import Markets
from hive.marketdata.market_data import MarketData
from hive.runtime.rng import SeededRng
from hive.runtime.tasks import Supervisor, TaskCrash
from hive.simulation.clock import VirtualClock
from hive.simulation.virtual_time import NS_PER_MS, Kernel, ProcessLoop
from hive.strategy.host import StrategyHost
from hive.strategy.interface import Strategy
from hive.strategy.limits import HostLimits
from hive.strategy.seat import StrategySnapshot

STEP_MS = 100
PULSE_MS = 1_000

UNIVERSE = Universe(
    Instrument(coin, number, InstrumentKind.PERP, size_decimals, 40)
    for number, (coin, size_decimals) in enumerate(
        (("BTC", 5), ("ETH", 4), ("SOL", 2), ("HYPE", 2), ("DOGE", 0))
    )
)


def scripted(
    scripts: Iterable[ScriptedCoin],
    takes: Iterable[ScriptedTake] = (),
    *,
    limits: HostLimits | None = None,
) -> Rig:
    """A rig whose market does what the scripts say."""
    return Rig(ScriptedMarkets(scripts, takes, step_ms=STEP_MS), limits=limits)


class Rig:
    """Runs strategies in a market, in virtual time."""

    def __init__(
        self, markets: Markets, *, universe: Universe = UNIVERSE, limits: HostLimits | None = None
    ) -> None:
        self.kernel = Kernel()
        self.loop = ProcessLoop(self.kernel, "rig")
        self.clock = VirtualClock(self.kernel, START_MS)
        self.crashes: list[TaskCrash] = []
        self.tasks = Supervisor(self.clock, SeededRng(7), self.crashes.append)
        self.pool = FakePool()
        self.market_data = MarketData(
            self.pool, FakeRest(), self.clock, self.tasks, universe=universe
        )
        self.desk = TinyDesk(self.clock.now_ms)
        self.host = StrategyHost(
            self.market_data, self.desk, self.clock, self.tasks, limits=limits or HostLimits()
        )
        self._markets = markets
        self._floor = TinyFloor(universe, self._matched)
        self.desk.floor = self._floor
        self._tape: dict[str, list[WsTrade]] = {}
        self._trade_number = 0
        self._last_bbo: dict[str, object] = {}
        self._silent: dict[str, None] = {}
        self._pulse_at_ms = 0
        self.do(lambda: self._markets.open(self._floor, self.clock.now_ms()))
        self.loop.call_soon(self._step)

    # --- driving -----------------------------------------------------------------------------

    def do(self, call: Callable[[], Any]) -> Any:
        """Call within the loop, as code of the process would; raises what it raises."""
        future: asyncio.Future[Any] = self.loop.create_future()

        def run() -> None:
            try:
                future.set_result(call())
            except Exception as error:  # noqa: BLE001 (handed on below)
                future.set_exception(error)

        self.loop.call_soon(run)
        return self.kernel.run_until_done(future, limit_ns=self.kernel.now_ns)

    def add(self, name: str, strategy: Strategy[Any]) -> StrategyId:
        """Take a strategy in and start it."""
        strategy_id = StrategyId(name)
        self.do(lambda: self.host.add(strategy_id, strategy))
        self.start()
        return strategy_id

    def start(self) -> None:
        self.loop.start(self.host.start())
        self.kernel.run(until_ns=self.kernel.now_ns)

    def stop(self) -> None:
        self.loop.start(self.host.stop())
        self.run_s(1)

    def run_s(self, seconds: float) -> None:
        self.kernel.run(until_ns=self.kernel.now_ns + int(seconds * 1_000) * NS_PER_MS)
        assert self.kernel.failures == [], self.kernel.failures
        assert self.crashes == []

    def snapshot(self, strategy_id: StrategyId) -> StrategySnapshot:
        return self.host.snapshot_of(strategy_id)

    def size(self, strategy_id: StrategyId, coin: str) -> Decimal:
        return self.desk.position(strategy_id, coin).size

    def silence(self, coin: str) -> None:
        """Let the coin's bbo say nothing more, and the pool notice it; its market goes on."""
        self._silent[coin] = None
        sink = self.pool.sink_by_key[bbo(coin).key]
        self.do(lambda: sink.on_condition(bbo(coin), StreamCondition.STALE))

    def end_silence(self, coin: str) -> None:
        """Let the coin's bbo be heard again, its present state first."""
        del self._silent[coin], self._last_bbo[coin]
        sink = self.pool.sink_by_key[bbo(coin).key]
        self.do(lambda: sink.on_condition(bbo(coin), StreamCondition.FRESH))

    # --- the venue's side --------------------------------------------------------------------

    def _matched(self, match: Match) -> None:
        self._trade_number += 1
        users = (match.taker, match.maker)
        self._tape.setdefault(match.coin, []).append(
            WsTrade(
                match.coin,
                match.taker_side,
                float(match.px),
                float(match.size),
                self.clock.now_ms(),
                "0x0",
                self._trade_number,
                users if match.taker_side is Side.BUY else (users[1], users[0]),
            )
        )
        self.desk.matched(match)

    def _step(self) -> None:
        self._markets.advance(self.clock.now_ms())
        for coin in self._markets.coins:
            self._push_bbo(coin)
            tape = self._tape.pop(coin, [])
            if tape:
                self._push(trades(coin), TradesPush(tuple(tape)))
        if self.clock.now_ms() >= self._pulse_at_ms:
            self._pulse_at_ms = self.clock.now_ms() + PULSE_MS
            self._push(all_mids(), AllMidsPush(AllMids({})))
        self.loop.call_later(STEP_MS / 1_000, self._step)

    def _push_bbo(self, coin: str) -> None:
        if coin in self._silent:
            return
        best = [self._floor.best(coin, side) for side in (Side.BUY, Side.SELL)]
        if self._last_bbo.get(coin) == best and bbo(coin).key in self.pool.told:
            return
        self._last_bbo[coin] = best
        bid, ask = (
            None if level is None else Level(float(level[0]), float(level[1]), level[2])
            for level in best
        )
        self._push(bbo(coin), BboPush(WsBbo(coin, self.clock.now_ms(), (bid, ask))))

    def _push(self, subscription: Subscription, push: Any) -> None:
        sink = self.pool.sink_by_key.get(subscription.key)
        if sink is not None:
            self.pool.told[subscription.key] = None
            sink.on_push(push, self.clock.monotonic_ns())
