"""The owners of single streams: each holds one subscription and tells whoever asked.

    push ──▶ convert once ──▶ latest ──▶ handler, handler …

A `StateOwner` has a stream that shows how things stand (bbo, book, context, mids): whatever was
missed, the next push makes good. A `TradeOwner` has a stream of events: what was missed is missing,
unless the venue's repetition reaches back to what was heard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, Protocol, TypeVar

from hive.domain.market import StreamCondition, StreamGap, Trade
from hive.hyperliquid.codec import to_trades
from hive.hyperliquid.subscriptions import Subscription
from hive.marketdata.ports import Lease, PushSource
from hive.marketdata.streams import GapLog, StreamHealth, TradeRun, VenueClock

V = TypeVar("V")

NS_BY_MS: Final = 1_000_000

FIRST_FRAME_WAIT_MS: Final = 2_000
"""The venue sends the first frame within 0.3 s of the subscription (protocol.md 3.3)."""


class Surroundings(Protocol):
    """What all owners of a process share."""

    heard_ns: int
    """When the last push of any stream arrived, on our monotonic clock: a proof of life."""
    changes: int
    """Of what a `StateOwner` knows, or of whether it can be trusted: how many so far."""

    @property
    def venue_clock(self) -> VenueClock: ...

    @property
    def gaps(self) -> GapLog: ...

    def venue_now_ms(self) -> int: ...

    def condition_changed(self, coin: str | None) -> None: ...

    def handler_failed(self, stream: str, error: Exception) -> None: ...


class OwnerWatch:
    """A handler's place with an owner."""

    __slots__ = ("_on_close",)

    def __init__(self, on_close: Callable[[], None]) -> None:
        self._on_close: Callable[[], None] | None = on_close

    def close(self) -> None:
        """Hear no more of it. Idempotent."""
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()


class Handlers(Generic[V]):
    """Who is told, in the order they came. A round goes to those it began with."""

    __slots__ = ("_around", "_handlers", "_stream")

    def __init__(self, stream: str, around: Surroundings) -> None:
        self._stream = stream
        self._around = around
        self._handlers: tuple[Callable[[V], None], ...] = ()

    def __len__(self) -> int:
        return len(self._handlers)

    def add(self, handler: Callable[[V], None], on_left: Callable[[], None]) -> OwnerWatch:
        """Tell this one too, once for each time it was added; `on_left` follows its close."""
        self._handlers = (*self._handlers, handler)

        def leave() -> None:
            left = list(self._handlers)
            left.remove(handler)
            self._handlers = tuple(left)
            on_left()

        return OwnerWatch(leave)

    def tell(self, value: V) -> None:
        for handler in self._handlers:
            try:
                handler(value)
            except Exception as error:  # noqa: BLE001 (one listener must not silence the others)
                self._around.handler_failed(self._stream, error)


class StateOwner(Generic[V]):
    """Owns a stream each of whose pushes shows how things stand."""

    def __init__(
        self,
        subscription: Subscription,
        convert: Callable[[Any, int], V],
        around: Surroundings,
        on_idle: Callable[[], None],
    ) -> None:
        """`on_idle` is called once, when nobody is left who listens."""
        self.subscription = subscription
        self._convert = convert
        self._around = around
        self._on_idle = on_idle
        self._handlers: Handlers[V] = Handlers(subscription.key, around)
        self._health = StreamHealth()
        self._is_settled = False
        self._is_doubted = False
        self._gap: StreamGap | None = None
        self._lease: Lease | None = None
        self.latest: V | None = None

    @property
    def condition(self) -> StreamCondition:
        return self._health.condition

    @property
    def fresh(self) -> V | None:
        """The last push, while the stream can be trusted."""
        return self.latest if self._health.is_fresh else None

    def open(self, pool: PushSource) -> None:
        """Subscribe."""
        self._lease = pool.subscribe(self.subscription, self)

    def add(self, handler: Callable[[V], None]) -> OwnerWatch:
        """Tell this handler of every push from now on."""
        return self._handlers.add(handler, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if len(self._handlers) or self._lease is None:
            return
        self._lease.close()
        self._lease = None
        self._on_idle()

    def on_push(self, push: Any, received_ns: int) -> None:
        """The hot path: convert once, tell everybody. The pool routes by type."""
        value = self._convert(push.data, received_ns)
        around = self._around
        around.heard_ns = received_ns
        around.changes += 1
        self.latest = value
        if not self._is_settled:
            self._settle()
        self._handlers.tell(value)

    def _settle(self) -> None:
        """The first push, or the first after trouble: now the stream can be trusted.

        But not while the pool calls it stale: what comes then may only be what it answered.
        """
        if self._is_doubted:
            return
        self._is_settled = True
        self._health.heard()
        self._health.made_good()
        if self._gap is not None:
            self._around.gaps.record(self._gap)
            self._gap = None
        self._around.condition_changed(self.subscription.coin)

    def on_gap(self, subscription: Subscription, from_ms: int, to_ms: int) -> None:
        """Interrupted and back; the next push makes it good."""
        if self._gap is not None:
            from_ms = self._gap.from_ms  # nothing made that good yet: it is one gap
        self._gap = StreamGap(subscription.key, from_ms, to_ms, "interrupted", healed=True)
        self._health.missed()
        self._is_settled = False
        self._around.condition_changed(self.subscription.coin)

    def on_condition(self, subscription: Subscription, condition: StreamCondition) -> None:
        """The pool says that it has fallen silent, or is heard again."""
        self._is_doubted = condition is StreamCondition.STALE
        if self._is_doubted:
            self._health.fell_silent()
            self._is_settled = False
            self._around.condition_changed(subscription.coin)


class TradeListener(Protocol):
    """Who builds on the completeness of a coin's trades."""

    def on_trades(self, trades: Sequence[Trade]) -> None:
        """New ones, oldest first."""
        ...

    def on_interrupted(self) -> None:
        """Trades may be missing from now on: claim nothing."""
        ...

    def on_joined(self) -> None:
        """Nothing was missing after all."""
        ...

    def on_run(self, broke_at_ms: int | None, complete_from_ms: int) -> None:
        """Trades are complete again from there on; after `broke_at_ms` some were missed."""
        ...


class TradeOwner:
    """Owns a coin's trades: told once, in order, with the truth about what is missing."""

    def __init__(
        self, subscription: Subscription, around: Surroundings, on_idle: Callable[[], None]
    ) -> None:
        assert subscription.coin is not None
        self.subscription = subscription
        self._around = around
        self._on_idle = on_idle
        self._handlers: Handlers[Trade] = Handlers(subscription.key, around)
        self._run_listeners: dict[TradeListener, None] = {}
        self._health = StreamHealth()
        self._lease: Lease | None = None
        self._gap: StreamGap | None = None
        self._first_frame_alarm: asyncio.TimerHandle | None = None
        self.run = TradeRun(subscription.coin)

    @property
    def condition(self) -> StreamCondition:
        return self._health.condition

    def open(self, pool: PushSource) -> None:
        """Subscribe."""
        self._lease = pool.subscribe(self.subscription, self)
        self._await_first_frame()

    def add(self, handler: Callable[[Trade], None]) -> OwnerWatch:
        """Tell this handler of every new trade from now on."""
        return self._handlers.add(handler, self._close_if_idle)

    def add_listener(self, listener: TradeListener) -> OwnerWatch:
        """Tell this one of new trades and of completeness."""
        self._run_listeners[listener] = None

        def leave() -> None:
            del self._run_listeners[listener]
            self._close_if_idle()

        return OwnerWatch(leave)

    def _close_if_idle(self) -> None:
        if len(self._handlers) or self._run_listeners or self._lease is None:
            return
        self._lease.close()
        self._lease = None
        self._hush_alarm()
        self._on_idle()

    def on_push(self, push: Any, received_ns: int) -> None:
        """Take a frame: what repeats is dropped, what is new is told."""
        frame = to_trades(push.data, received_ns)
        around = self._around
        around.heard_ns = received_ns
        if frame:
            around.venue_clock.heard(frame[-1].venue_ms, received_ns // NS_BY_MS)
        before_ms = self.run.newest_ms
        new = self.run.accept(frame)
        if new.joined:
            self._resumed(healed=True)
            for listener in list(self._run_listeners):
                listener.on_joined()
        elif new.restarted_at_ms is not None:
            self._restarted(before_ms, new.restarted_at_ms)
        if new.trades:
            for listener in list(self._run_listeners):
                listener.on_trades(new.trades)
            for trade in new.trades:
                self._handlers.tell(trade)

    def _await_first_frame(self) -> None:
        """Where nobody traded lately no repetition comes: after a while the run just begins."""
        self._hush_alarm()
        self._first_frame_alarm = asyncio.get_running_loop().call_later(
            FIRST_FRAME_WAIT_MS / 1_000, self._begin_run, self._around.heard_ns
        )

    def _hush_alarm(self) -> None:
        if self._first_frame_alarm is not None:
            self._first_frame_alarm.cancel()
            self._first_frame_alarm = None

    def _begin_run(self, heard_before_ns: int) -> None:
        self._first_frame_alarm = None
        if self.run.is_running:
            return
        if self._around.heard_ns == heard_before_ns:
            self._await_first_frame()  # the line is silent altogether: nothing can be claimed
            return
        before_ms = self.run.newest_ms
        complete_from_ms = self._around.venue_now_ms()
        self.run.begin(complete_from_ms)
        self._restarted(before_ms, complete_from_ms)

    def _restarted(self, before_ms: int | None, complete_from_ms: int) -> None:
        self._resumed(healed=before_ms is None)
        for listener in list(self._run_listeners):
            listener.on_run(before_ms, complete_from_ms)

    def _resumed(self, *, healed: bool) -> None:
        self._health.heard()
        self._health.made_good()
        if self._gap is not None:
            gap = self._gap
            self._gap = None
            self._around.gaps.record(
                StreamGap(gap.stream, gap.from_ms, gap.to_ms, gap.reason, healed=healed)
            )
        self._around.condition_changed(self.subscription.coin)

    def on_gap(self, subscription: Subscription, from_ms: int, to_ms: int) -> None:
        """Interrupted and back: the first frame will show whether anything is missing."""
        self._gap = StreamGap(subscription.key, from_ms, to_ms, "interrupted", healed=False)
        self._health.missed()
        self.run.broke()
        self._interrupted()
        self._await_first_frame()

    def on_condition(self, subscription: Subscription, condition: StreamCondition) -> None:
        """The pool says that its socket is gone, or that the venue has confirmed it (again)."""
        assert subscription == self.subscription
        if condition is StreamCondition.STALE:
            self._health.fell_silent()
            self._interrupted()
        elif self.run.is_running:
            # If anything was missed, `on_gap` follows within this turn.
            asyncio.get_running_loop().call_soon(self._unbroken)
        elif self._lease is not None:
            self._await_first_frame()

    def _unbroken(self) -> None:
        """Back, and no gap was told: nothing was missed."""
        if not self.run.is_running:
            return
        self._health.heard()
        for listener in list(self._run_listeners):
            listener.on_joined()
        self._around.condition_changed(self.subscription.coin)

    def _interrupted(self) -> None:
        for listener in list(self._run_listeners):
            listener.on_interrupted()
        self._around.condition_changed(self.subscription.coin)
