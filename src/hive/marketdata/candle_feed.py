"""The candles of one coin and length while somebody wants them: when to close, what to fetch.

What is true of candles is decided in `candles`; here is the waiting. Trades close candles as they
prove them closed, an alarm closes quiet ones. The alarm goes by the venue's time as of the last
push of any stream, so a dead line closes nothing: what was not heard is not claimed to be quiet.

    trades begin ──▶ history fetched (minutes and up) ──▶ ready: warm-ups are told ──▶ live
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from hive.domain.errors import HiveError
from hive.domain.market import INTERVAL_MS_BY_NAME, Candle, CandleHistory, Trade
from hive.hyperliquid.codec_info import decode_candles
from hive.marketdata.candles import (
    MINUTE_MS,
    WARMUP_MAX,
    CandleSeries,
    Span,
    aggregate,
    base_interval,
    check_interval,
    newest,
)
from hive.marketdata.ports import HistorySource, TaskHandle, TaskSource
from hive.marketdata.stream_owner import Handlers, OwnerWatch, Surroundings, TradeOwner

CLOSE_GRACE_MS: Final = 150
"""How much later than the fastest message a trade may arrive and still be in its candle."""

RECHECK_MS: Final = 200
"""How often to look again while the line is silent at a candle's close."""

ROW_SETTLE_MS: Final = 2_000
"""How long after its end a row of the venue's is taken as final."""

ROW_ATTEMPTS_MAX: Final = 3
ROWS_BEFORE_MS: Final = 10 * MINUTE_MS
"""Rows asked for before the missing ones, to tell a quiet minute from one not known yet."""

CLOSED_KEPT: Final = 200


class _Request:
    """Somebody waits for a warm-up."""

    __slots__ = ("count", "handler")

    def __init__(self, count: int, handler: Callable[[CandleHistory], None]) -> None:
        self.count = count
        self.handler = handler


class FeedSurroundings(Surroundings, Protocol):
    """What a feed needs around it."""

    @property
    def rest(self) -> HistorySource: ...

    @property
    def tasks(self) -> TaskSource: ...

    def venue_heard_ms(self) -> int: ...

    def next_number(self) -> int: ...


class CandleFeed:
    """One series of candles and who listens to it."""

    def __init__(
        self,
        owner: TradeOwner,
        interval_ms: int,
        around: FeedSurroundings,
        on_idle: Callable[[], None],
    ) -> None:
        """
        Raises:
            LimitReached: the interval is not whole seconds between a second and a week.
        """
        check_interval(interval_ms)
        coin = owner.subscription.coin
        assert coin is not None
        self._coin = coin
        self._interval_ms = interval_ms
        self._owner = owner
        self._around = around
        self._on_idle = on_idle
        self._base = base_interval(interval_ms)
        self._live: Handlers[Candle] = Handlers(f"candle {coin}", around)
        self._caught_up: Handlers[CandleHistory] = Handlers(f"candle {coin}", around)
        self._requests: dict[_Request, None] = {}
        self._series: CandleSeries | None = None
        self._is_ready = False
        self._is_held = False
        self._fetched_max = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._filler: TaskHandle | None = None
        self._trades = owner.add_listener(self)
        self._is_closed = False
        if owner.run.is_running:
            asyncio.get_running_loop().call_soon(self._begin_late)

    @property
    def series(self) -> CandleSeries | None:
        """The series, once trades are running."""
        return self._series

    # --- who listens -----------------------------------------------------------------------------

    def add(
        self, handler: Callable[[Candle], None], on_history: Callable[[CandleHistory], None]
    ) -> OwnerWatch:
        """Tell of each candle as it closes, and by `on_history` of those caught up on."""
        history = self._caught_up.add(on_history, _nothing)
        live = self._live.add(handler, self._close_if_idle)

        def leave() -> None:
            history.close()
            live.close()

        return OwnerWatch(leave)

    def history(self, count: int, handler: Callable[[CandleHistory], None]) -> OwnerWatch:
        """Call once, in a later turn, with the last `count` closed candles, or all there are."""
        request = _Request(min(count, WARMUP_MAX), handler)
        self._requests[request] = None
        asyncio.get_running_loop().call_soon(self._serve)
        return OwnerWatch(lambda: self._forget(request))

    def _forget(self, request: _Request) -> None:
        self._requests.pop(request, None)
        self._close_if_idle()

    def _close_if_idle(self) -> None:
        if len(self._live) or self._requests or self._is_closed:
            return
        self._is_closed = True
        if self._alarm is not None:
            self._alarm.cancel()
        if self._filler is not None:
            self._filler.cancel()
        self._trades.close()
        self._on_idle()

    def _serve(self) -> None:
        """Answer the warm-ups that can be answered; fetch for the others."""
        if not self._is_ready or self._is_closed:
            return
        series = self._series
        assert series is not None
        wanted = 0
        for request in list(self._requests):
            candles = series.closed(request.count)
            if len(candles) < request.count and self._can_fetch(request.count):
                wanted = max(wanted, request.count)
                continue
            del self._requests[request]
            history = CandleHistory(self._coin, self._interval_ms, candles, asked=request.count)
            self._tell(request.handler, history)
        if wanted:
            self._fill()

    def _tell(self, handler: Callable[[CandleHistory], None], history: CandleHistory) -> None:
        try:
            handler(history)
        except Exception as error:  # noqa: BLE001 (one listener must not silence the others)
            self._around.handler_failed(f"history of {self._coin}", error)

    def _can_fetch(self, count: int) -> bool:
        return self._base is not None and count > self._fetched_max

    # --- trades ----------------------------------------------------------------------------------

    def on_run(self, broke_at_ms: int | None, complete_from_ms: int) -> None:
        """Trades are complete from there on."""
        self._is_held = False
        if self._series is None:
            self._begin(complete_from_ms)
            return
        self._series.broke(broke_at_ms if broke_at_ms is not None else 0)
        self._series.complete_from(complete_from_ms)
        self._after_begin()

    def on_interrupted(self) -> None:
        """Claim nothing until trades are known to be complete."""
        self._is_held = True

    def on_joined(self) -> None:
        """Nothing was missed."""
        self._is_held = False

    def on_trades(self, trades: Sequence[Trade]) -> None:
        """Count them in, closing what they prove closed."""
        series = self._series
        if series is None:
            return
        for trade in trades:
            if trade.venue_ms >= series.next_close_ms and not self._is_held:
                self._emit(series.advance(trade.venue_ms))
            series.add(trade)

    def _begin_late(self) -> None:
        """Others have been listening for a while: what the run still holds is our past."""
        kept_from_ms = self._owner.run.kept_from_ms
        if self._series is None and kept_from_ms is not None and not self._is_closed:
            self._begin(kept_from_ms)
            self.on_trades(self._owner.run.kept())
            self._catch_up()

    def _begin(self, complete_from_ms: int) -> None:
        from_ms = self._around.venue_now_ms()
        if self._base is None:  # no row can help: begin with the first candle heard whole
            from_ms = -(-complete_from_ms // self._interval_ms) * self._interval_ms
        self._series = CandleSeries(
            self._coin, self._interval_ms, from_ms=from_ms, keep=CLOSED_KEPT
        )
        self._series.complete_from(complete_from_ms)
        self._after_begin()

    def _after_begin(self) -> None:
        assert self._series is not None
        if self._series.missing() is not None:
            self._series.wait_for_rows()
            self._fill()
        # What this very frame brings is counted in before anybody is told that it is there.
        asyncio.get_running_loop().call_soon(self._catch_up)

    def _catch_up(self) -> None:
        if self._is_closed or self._series is None:
            return
        self._close_due()
        if not self._is_ready:
            self._is_ready = True
        self._serve()
        self._set_alarm()

    # --- closing by time -------------------------------------------------------------------------

    def _close_due(self) -> None:
        """Close what the venue's time, as of the last push heard, has closed."""
        if self._series is not None and not self._is_held:
            until_ms = self._around.venue_heard_ms() - CLOSE_GRACE_MS
            self._emit(self._series.advance(until_ms))

    def _emit(self, candles: Sequence[Candle]) -> None:
        if not candles or not self._is_ready:
            return  # before it is ready, they are the warm-up
        news = newest(candles, self._around.venue_heard_ms() - CLOSE_GRACE_MS)
        past = candles[: len(candles) - len(news)]
        if past:
            history = CandleHistory(self._coin, self._interval_ms, tuple(past), asked=len(past))
            self._caught_up.tell(history)
        for candle in news:
            self._live.tell(candle)

    def _set_alarm(self) -> None:
        series = self._series
        if series is None or self._is_closed:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        wait_ms = series.next_close_ms + CLOSE_GRACE_MS - self._around.venue_now_ms()
        wait_ms = wait_ms if wait_ms > 0 else RECHECK_MS
        self._alarm = asyncio.get_running_loop().call_later(wait_ms / 1_000, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._close_due()
        self._set_alarm()

    # --- fetching --------------------------------------------------------------------------------

    def _fill(self) -> None:
        """See to it that somebody fetches what is wanted."""
        if self._filler is None and not self._is_closed:
            number = self._around.next_number()
            name = f"candles/{self._coin}/{self._interval_ms}/{number}"
            self._filler = self._around.tasks.spawn(name, self._fetch_all)

    async def _fetch_all(self) -> None:
        """Fetch until nothing is wanted that can be had."""
        try:
            while True:
                span = self._series.missing() if self._series is not None else None
                count = max((request.count for request in self._requests), default=0)
                if self._series is not None and self._can_fetch(count):
                    await self._fetch_warmup(self._series, count)
                elif span is not None and self._series is not None:
                    await self._fetch_missing(self._series, span)
                else:
                    return
        finally:
            self._filler = None

    async def _fetch_warmup(self, series: CandleSeries, count: int) -> None:
        assert self._base is not None
        end_ms = series.next_open_ms
        await self._sleep_until(end_ms + ROW_SETTLE_MS)
        start_ms = end_ms - (count + 1) * self._interval_ms
        rows = await self._rows(self._base, start_ms, end_ms)
        if rows is not None:
            series.keep(count)
            series.remember(aggregate(rows, self._interval_ms, before_ms=end_ms))
        self._fetched_max = max(self._fetched_max, count)
        self._serve()

    async def _fetch_missing(self, series: CandleSeries, span: Span) -> None:
        """Ask for the minutes that trades do not cover, once they are over."""
        rows: list[Candle] = []
        for _ in range(ROW_ATTEMPTS_MAX):
            await self._sleep_until(span.to_ms + ROW_SETTLE_MS)
            rows = await self._rows("1m", span.from_ms - ROWS_BEFORE_MS, span.to_ms) or []
            if rows and rows[-1].close_ms >= span.to_ms:
                break
            await asyncio.sleep(ROW_SETTLE_MS / 1_000)
        series.learn(rows, span)
        self._close_due()
        self._set_alarm()

    async def _rows(self, interval: str, start_ms: int, end_ms: int) -> list[Candle] | None:
        """The venue's rows that have closed by `end_ms`; None when it cannot be asked."""
        request: dict[str, Any] = {
            "type": "candleSnapshot",
            "req": {
                "coin": self._coin,
                "interval": interval,
                "startTime": start_ms,
                "endTime": end_ms - 1,
            },
        }
        try:
            body = await self._around.rest.info(request)
            rows = decode_candles(body, self._around.venue_now_ms())
        except HiveError as error:
            self._around.handler_failed(f"history of {self._coin} {interval}", error)
            return None
        length_ms = INTERVAL_MS_BY_NAME[interval]
        return [row for row in rows if row.interval_ms == length_ms and row.close_ms <= end_ms]

    async def _sleep_until(self, venue_ms: int) -> None:
        wait_ms = venue_ms - self._around.venue_now_ms()
        if wait_ms > 0:
            await asyncio.sleep(wait_ms / 1_000)


def _nothing() -> None:
    """Nobody has to be told."""
