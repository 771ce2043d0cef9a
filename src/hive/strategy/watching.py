"""Which strategies watch which streams: one registration with market data for each stream.

The first strategy that asks opens the stream, the last that leaves closes it. A handler that the
strategy did not write is not called at all; the stream is still there to be asked (`ctx.bbo`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar

from hive.domain.market import CandleHistory, StreamCondition
from hive.strategy.containment import Containment, Handler
from hive.strategy.fanout import Fanout
from hive.strategy.interface import Context, Strategy
from hive.strategy.ports import MarketDataPort, Watch
from hive.strategy.seat import Seat

V = TypeVar("V")


class StreamKey(NamedTuple):
    """Names a stream as strategies know it. `detail` is a candle's length or a book's cadence."""

    kind: str
    coin: str = ""
    detail: int = 0


class _Stream:
    """One stream and who is on it; those who only ask are members without being called."""

    __slots__ = ("caught_up", "fanout", "members", "watch")

    def __init__(self, fanout: Fanout[Any], caught_up: Fanout[CandleHistory]) -> None:
        self.fanout = fanout
        self.caught_up = caught_up
        self.members: dict[str, None] = {}
        self.watch: Watch | None = None


Later = Callable[[Callable[[], None]], object]
"""Run a callable in a later turn of the loop."""


class StreamBoard:
    """Every stream that some strategy watches."""

    def __init__(
        self,
        market_data: MarketDataPort,
        containment: Containment,
        *,
        now_ns: Callable[[], int],
        later: Later,
    ) -> None:
        self._market_data = market_data
        self._containment = containment
        self._now_ns = now_ns
        self._later = later
        self._stream_by_key: dict[StreamKey, _Stream] = {}
        self._keys_by_strategy: dict[str, dict[StreamKey, Watch | None]] = {}
        """What each strategy is on, with the history it still waits for."""

    def __len__(self) -> int:
        return len(self._stream_by_key)

    def watches_of(self, seat: Seat) -> int:
        return len(self._keys_by_strategy.get(seat.strategy_id, ()))

    def join(self, key: StreamKey, seat: Seat, context: Context, *, warmup: int = 0) -> None:
        """Have the strategy hear the stream. Nothing changes if it does already.

        Raises:
            UnknownCoin: the venue lists nothing of that name.
            LimitReached: a candle length or warm-up that cannot be.
        """
        keys = self._keys_by_strategy.setdefault(seat.strategy_id, {})
        if key in keys:
            return
        pending: Watch | None = None
        if key.kind == "candle":  # asked first: what it refuses must leave nothing booked
            pending = self._market_data.history(
                key.coin, key.detail, warmup, partial(self._warm, key, seat, context)
            )
        stream = self._stream_by_key.get(key)
        is_new = stream is None
        if stream is None:
            stream = self._opened(key)
        stream.members[seat.strategy_id] = None
        keys[key] = pending
        if pending is not None:
            return
        handler = _written_handler(seat.strategy, key.kind, key.coin)
        if handler is not None:
            stream.fanout.join(seat, handler, context)
            if not is_new and key.kind != "trade" and stream.fanout.latest is not None:
                self._later(partial(self._tell_latest, key, seat, handler, context))

    def leave_all(self, seat: Seat) -> None:
        """Take the strategy off every stream; close those that nobody is left on."""
        for key, pending in self._keys_by_strategy.pop(seat.strategy_id, {}).items():
            if pending is not None:
                pending.close()
            stream = self._stream_by_key[key]
            stream.fanout.leave(seat)
            stream.caught_up.leave(seat)
            del stream.members[seat.strategy_id]
            if not stream.members:
                assert stream.watch is not None
                stream.watch.close()
                del self._stream_by_key[key]

    def calls_of(self, seat: Seat) -> int:
        """How often the streams called this strategy since it joined them."""
        streams = [self._stream_by_key[k] for k in self._keys_by_strategy.get(seat.strategy_id, ())]
        return sum(s.fanout.calls_of(seat) + s.caught_up.calls_of(seat) for s in streams)

    def _opened(self, key: StreamKey) -> _Stream:
        fanout: Fanout[Any] = Fanout(self._now_ns, self._containment)
        stream = _Stream(fanout, Fanout(self._now_ns, self._containment))
        market_data = self._market_data
        match key.kind:
            case "bbo":
                stream.watch = market_data.watch_bbo(key.coin, fanout.deliver)
            case "book":
                is_fast = bool(key.detail)
                stream.watch = market_data.watch_book(key.coin, fanout.deliver, fast=is_fast)
            case "trade":
                stream.watch = market_data.watch_trades(key.coin, fanout.deliver)
            case "context":
                stream.watch = market_data.watch_context(key.coin, fanout.deliver)
            case "mids":
                stream.watch = market_data.watch_mids(fanout.deliver)
            case "condition":
                stream.watch = market_data.watch_condition(key.coin, fanout.deliver)
            case "candle":
                stream.watch = market_data.watch_candles(
                    key.coin, key.detail, fanout.deliver, on_history=stream.caught_up.deliver
                )
            case other:
                raise AssertionError(f"no stream is called {other}")
        self._stream_by_key[key] = stream
        return stream

    def _warm(self, key: StreamKey, seat: Seat, context: Context, history: CandleHistory) -> None:
        """The warm-up has come: tell it, then let the strategy hear what is live."""
        keys = self._keys_by_strategy.get(seat.strategy_id, {})
        if key not in keys:
            return
        keys[key] = None
        stream = self._stream_by_key[key]
        on_history = _written_handler(seat.strategy, "history")
        if on_history is not None:
            if history.asked:
                self._containment.call(seat, on_history, context, history)
            if key not in self._keys_by_strategy.get(seat.strategy_id, {}):
                return  # its own warm-up was too much for it
            stream.caught_up.join(seat, on_history, context)
        on_candle = _written_handler(seat.strategy, "candle")
        if on_candle is not None:
            stream.fanout.join(seat, on_candle, context)

    def _tell_latest(self, key: StreamKey, seat: Seat, handler: Handler, context: Context) -> None:
        """Who comes late hears at once how things stand, not only of the next change."""
        if key in self._keys_by_strategy.get(seat.strategy_id, {}):
            self._containment.call(seat, handler, context, self._stream_by_key[key].fanout.latest)


def _written_handler(strategy: Strategy[Any], kind: str, coin: str = "") -> Handler | None:
    """The strategy's handler of that kind; None if it wrote none."""
    name = f"on_{kind}"
    if getattr(type(strategy), name) is getattr(Strategy, name):
        return None
    if kind == "condition":

        def on_condition(context: Context, condition: StreamCondition) -> None:
            strategy.on_condition(context, coin, condition)

        return on_condition
    handler: Handler = getattr(strategy, name)
    return handler
