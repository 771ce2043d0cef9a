"""A world for market data: virtual time, a pool that sends what it is told, a venue with rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from hive.domain.errors import Unanswered
from hive.domain.instruments import Instrument, InstrumentKind, Universe
from hive.domain.market import Candle, CandleHistory, StreamCondition
from hive.hyperliquid.codec import decode_push
from hive.hyperliquid.subscriptions import Subscription, all_mids, trades
from hive.marketdata.market_data import MarketData
from hive.marketdata.ports import PushSink
from hive.runtime.rng import SeededRng
from hive.runtime.tasks import Supervisor, TaskCrash
from hive.simulation.clock import VirtualClock
from hive.simulation.virtual_time import NS_PER_MS, Kernel, ProcessLoop

START_MS = 1_700_000_040_000
"""A whole minute."""

NOBODY = "0x" + "0" * 40


class FakePool:
    """Remembers who subscribed what, and pushes frames to them."""

    def __init__(self) -> None:
        self.sink_by_key: dict[str, PushSink] = {}
        self.subscribed: list[str] = []
        self.closed: list[str] = []
        self.told: dict[str, None] = {}
        """Streams that had a first push."""

    def subscribe(self, subscription: Subscription, sink: PushSink) -> FakeLease:
        assert subscription.key not in self.sink_by_key, "one owner per stream"
        self.sink_by_key[subscription.key] = sink
        self.subscribed.append(subscription.key)
        return FakeLease(self, subscription.key)


class FakeLease:
    def __init__(self, pool: FakePool, key: str) -> None:
        self._pool = pool
        self._key = key

    def close(self) -> None:
        del self._pool.sink_by_key[self._key]
        self._pool.told.pop(self._key, None)
        self._pool.closed.append(self._key)


class FakeRest:
    """Answers candleSnapshot from a list of one-minute rows; may fail first."""

    def __init__(self) -> None:
        self.minutes: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.failures = 0

    async def info(self, request: dict[str, Any]) -> bytes:
        self.requests.append(request)
        if self.failures:
            self.failures -= 1
            raise Unanswered("no answer")
        asked = request["req"]
        rows = [row for row in self.minutes if asked["startTime"] <= row["t"] <= asked["endTime"]]
        return msgspec.json.encode([{**row, "i": asked["interval"]} for row in rows])


def minute_row(open_ms: int, px: float, n: int = 1) -> dict[str, Any]:
    return {
        "t": open_ms,
        "T": open_ms + 59_999,
        "s": "BTC",
        "i": "1m",
        "o": str(px),
        "c": str(px + 1),
        "h": str(px + 2),
        "l": str(px - 1),
        "v": "3.5",
        "n": n,
    }


class World:
    """Everything below market data, played by hand."""

    def __init__(self) -> None:
        self.kernel = Kernel()
        self.loop = ProcessLoop(self.kernel, "test")
        self.clock = VirtualClock(self.kernel, START_MS)
        self.crashes: list[TaskCrash] = []
        self.tasks = Supervisor(self.clock, SeededRng(1), self.crashes.append)
        self.pool = FakePool()
        self.rest = FakeRest()
        self.market_data = MarketData(
            self.pool,
            self.rest,
            self.clock,
            self.tasks,
            universe=Universe(
                Instrument(coin, i, InstrumentKind.PERP, 5, 50)
                for i, coin in enumerate(("BTC", "ETH"))
            ),
        )
        self._trade_number = 0

    def do(self, call: Callable[[], Any]) -> Any:
        """Call within the loop, as code of the process would."""
        results: list[Any] = []
        self.loop.call_soon(lambda: results.append(call()))
        self.pass_ms(0)
        assert self.kernel.failures == [], self.kernel.failures
        return results[0]

    def pass_ms(self, elapsed_ms: int) -> None:
        self.kernel.run(until_ns=self.kernel.now_ns + elapsed_ms * NS_PER_MS)
        assert self.kernel.failures == [], self.kernel.failures
        assert self.crashes == []

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms()

    def push(self, subscription: Subscription, channel: str, data: object) -> None:
        """The venue says something on a stream."""
        sink = self.pool.sink_by_key[subscription.key]
        frame = msgspec.json.encode({"channel": channel, "data": data})
        self.do(lambda: sink.on_push(decode_push(frame), self.clock.monotonic_ns()))

    def push_bbo(self, coin: str, bid: float, ask: float) -> None:
        levels = [{"px": str(px), "sz": "1", "n": 1} for px in (bid, ask)]
        subscription = Subscription(type="bbo", coin=coin)
        self.push(subscription, "bbo", {"coin": coin, "time": self.now_ms, "bbo": levels})

    def push_pulse(self) -> None:
        """Something harmless is heard."""
        self.push(all_mids(), "allMids", {"mids": {"BTC": "100"}})

    def trade(self, venue_ms: int, px: float, number: int | None = None) -> dict[str, Any]:
        self._trade_number += 1
        return {
            "coin": "BTC",
            "side": "B",
            "px": str(px),
            "sz": "0.5",
            "time": venue_ms,
            "hash": "0x0",
            "tid": self._trade_number if number is None else number,
            "users": [NOBODY, NOBODY],
        }

    def push_trades(self, *rows: dict[str, Any]) -> None:
        self.push(trades("BTC"), "trades", list(rows))

    def pulses_ms(self, elapsed_ms: int, every_ms: int = 100) -> None:
        """Time passes, with the venue audible."""
        for _ in range(elapsed_ms // every_ms):
            self.pass_ms(every_ms)
            self.push_pulse()

    def lose_line(self, subscription: Subscription) -> None:
        sink = self.pool.sink_by_key[subscription.key]
        self.do(lambda: sink.on_condition(subscription, StreamCondition.STALE))

    def line_back(self, subscription: Subscription, lost_ms: int) -> None:
        sink = self.pool.sink_by_key[subscription.key]

        def back() -> None:
            sink.on_condition(subscription, StreamCondition.FRESH)
            sink.on_gap(subscription, lost_ms, self.now_ms)

        self.do(back)


class Ear:
    """Hears candles."""

    def __init__(self) -> None:
        self.live: list[Candle] = []
        self.history: list[CandleHistory] = []

    @property
    def live_opens_s(self) -> list[float]:
        """When the live ones opened, in seconds since the world's start."""
        return [(candle.open_ms - START_MS) / 1_000 for candle in self.live]

    @property
    def past_opens_s(self) -> list[float]:
        return [(c.open_ms - START_MS) / 1_000 for told in self.history for c in told.candles]
