"""A venue that can be told to tick a coin, and says how long each answering order took to arrive.

It stands around the local venue as a `VenuePort` of its own. Both stamps are of this process: a
tick's is taken just before its bytes are handed to the sockets, an order's when the last of its
bytes have been read, before anything is made of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import msgspec

from benchmarks.stamping_loop import Reading
from hive.serving.port import (
    Answer,
    ExchangeRequest,
    Reply,
    Subscribers,
    Subscribing,
    VenuePort,
)
from hive.serving.subscriptions import key_of

PATIENCE_MS: Final = 2_000
"""A tick that nobody has answered by then is left unanswered."""
LISTENER_WAIT_MS: Final = 15_000
"""A plan whose coin nobody subscribes to by then ends without a tick."""
LISTENER_CHECK_MS: Final = 20


class TickPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Tick `coin` so often around a price, no faster than every `interval_ms`.

    With `orders` > 0 a tick also waits until its predecessor brought that many orders.
    """

    coin: str
    ticks: int
    interval_ms: int
    px: int
    orders: int = 0
    frames: int = 1
    """So many pushes leave together at each tick."""


class Arrival(msgspec.Struct):
    """A signed action with orders or cancels: when it was read, and whose they are."""

    read_ns: int
    is_cancel: bool
    cloids: list[str]


class Tick(msgspec.Struct):
    """When a tick left and when the orders that answer it were read, in nanoseconds."""

    sent_ns: int
    read_ns: list[int]
    """One entry an order, in the order of their reading."""
    actions: int = 0
    """How many signed actions brought them."""
    arrivals: list[Arrival] = []
    """What came, one by one."""


class StampingPort:
    """A `VenuePort` around another one. `on_done` gets the ticks of each plan with their orders."""

    def __init__(
        self, venue: VenuePort, reading: Reading, on_done: Callable[[list[Tick]], None]
    ) -> None:
        self._venue = venue
        self._reading = reading
        self._on_done = on_done
        self._subscribers: Subscribers | None = None
        self._plan: TickPlan | None = None
        self._ticks: list[Tick] = []
        self._next_ms = 0
        self._give_up_ms = 0
        self._listener_due_ms = 0

    # --- VenuePort ---

    def attach(self, subscribers: Subscribers) -> None:
        self._subscribers = subscribers
        self._venue.attach(subscribers)

    def info(self, request: dict[str, Any], *, ip: str | None, now_ms: int, answer: Answer) -> None:
        self._venue.info(request, ip=ip, now_ms=now_ms, answer=answer)

    def exchange(
        self, request: ExchangeRequest, *, ip: str | None, now_ms: int, answer: Answer
    ) -> None:
        read_ns = self._reading.read_ns
        kind = request.action.get("type")
        if self._ticks and kind == "order":
            tick = self._ticks[-1]
            tick.actions += 1
            orders = request.action["orders"]
            tick.read_ns.extend([read_ns] * len(orders))
            tick.arrivals.append(Arrival(read_ns, False, [order.get("c", "") for order in orders]))
        elif self._ticks and kind == "cancelByCloid":
            cloids = [cancel["cloid"] for cancel in request.action["cancels"]]
            self._ticks[-1].arrivals.append(Arrival(read_ns, True, cloids))
        self._venue.exchange(request, ip=ip, now_ms=now_ms, answer=answer)

    def may_connect(self, *, ip: str, now_ms: int) -> bool:
        return self._venue.may_connect(ip=ip, now_ms=now_ms)

    def connected(self, connection: int, *, ip: str, now_ms: int) -> None:
        self._venue.connected(connection, ip=ip, now_ms=now_ms)

    def disconnected(self, connection: int, *, now_ms: int) -> None:
        self._venue.disconnected(connection, now_ms=now_ms)

    def received(self, connection: int, *, now_ms: int) -> bool:
        return self._venue.received(connection, now_ms=now_ms)

    def subscribing(
        self, subscription: dict[str, Any], *, connection: int, now_ms: int
    ) -> Subscribing:
        return self._venue.subscribing(subscription, connection=connection, now_ms=now_ms)

    def subscribed(
        self, subscription: dict[str, Any], key: str, *, connection: int, now_ms: int
    ) -> list[bytes]:
        return self._venue.subscribed(subscription, key, connection=connection, now_ms=now_ms)

    def unsubscribed(
        self, subscription: dict[str, Any], key: str, *, connection: int, now_ms: int
    ) -> None:
        self._venue.unsubscribed(subscription, key, connection=connection, now_ms=now_ms)

    def oracle(self, request: dict[str, Any], *, now_ms: int) -> Reply:
        """Besides what the venue knows: `{"type": "tick", ...}` begins a `TickPlan`."""
        if request.get("type") != "tick":
            return self._venue.oracle(request, now_ms=now_ms)
        assert self._plan is None, "one plan at a time"
        self._plan, self._ticks = msgspec.convert(request, TickPlan), []
        self._next_ms = now_ms + self._plan.interval_ms
        self._listener_due_ms = now_ms + LISTENER_WAIT_MS
        return Reply(200, b"{}")

    def advance(self, now_ms: int) -> None:
        self._venue.advance(now_ms)
        if self._plan is not None and now_ms >= self._due_ms(self._plan):
            self._go_on(self._plan, now_ms)

    def next_deadline_ms(self) -> int:
        deadline_ms = self._venue.next_deadline_ms()
        return deadline_ms if self._plan is None else min(deadline_ms, self._due_ms(self._plan))

    # --- ticking ---

    def _due_ms(self, plan: TickPlan) -> int:
        is_answered = not self._ticks or len(self._ticks[-1].read_ns) >= plan.orders
        return self._next_ms if is_answered else self._give_up_ms

    def _go_on(self, plan: TickPlan, now_ms: int) -> None:
        """The next tick; after the last one, its interval and its answer: the end."""
        key = key_of({"type": "bbo", "coin": plan.coin})
        assert self._subscribers is not None
        is_heard = self._subscribers.count(key) > 0
        if len(self._ticks) == plan.ticks or (not is_heard and now_ms >= self._listener_due_ms):
            self._plan = None
            self._on_done(self._ticks)
            return
        if not is_heard:
            self._next_ms = now_ms + LISTENER_CHECK_MS
            return
        self._next_ms = now_ms + plan.interval_ms
        self._give_up_ms = max(self._next_ms, now_ms + PATIENCE_MS)
        frame = bbo_frame(plan.coin, now_ms, plan.px + len(self._ticks) % 2)
        tick = Tick(0, [])
        self._ticks.append(tick)
        tick.sent_ns = time.perf_counter_ns()
        for _ in range(plan.frames):
            self._subscribers.publish(key, frame)


def bbo_frame(coin: str, now_ms: int, bid: int) -> bytes:
    """A push of a best bid and an offer one dollar above it."""
    bbo = [{"px": f"{px}.0", "sz": "1.0", "n": 1} for px in (bid, bid + 1)]
    data = {"coin": coin, "time": now_ms, "bbo": bbo}
    return msgspec.json.encode({"channel": "bbo", "data": data})
