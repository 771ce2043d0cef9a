"""A venue that can be asked to tick a coin and says how long each answering order took to arrive.

It stands around the local venue as a `VenuePort` of its own: the tick's time is taken just before
its bytes are handed to the sockets, the order's when a message of its sender is read, before it is
parsed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from hive.serving.port import (
    Answer,
    ExchangeRequest,
    Reply,
    Subscribers,
    Subscribing,
    VenuePort,
)
from hive.serving.subscriptions import key_of


class TickPlan(msgspec.Struct, frozen=True):
    """Tick `coin` so often, so far apart, around this price; who answers posts, or uses HTTP."""

    coin: str
    ticks: int
    interval_ms: int
    px: int
    over_http: bool = False


class Tick(msgspec.Struct):
    """When a tick left and when the orders that answer it were read, in nanoseconds."""

    sent_ns: int
    read_ns: list[int]
    actions: int = 0


class StampingPort:
    """A `VenuePort` around another one."""

    def __init__(self, venue: VenuePort) -> None:
        self._venue = venue
        self._subscribers: Subscribers | None = None
        self._plan: TickPlan | None = None
        self._done: Callable[[list[Tick]], None] | None = None
        self._ticks: list[Tick] = []
        self._next_ms = 0
        self._read_ns = 0

    def run(self, plan: TickPlan, now_ms: int, done: Callable[[list[Tick]], None]) -> None:
        """Tick by the plan; `done` gets every tick with the orders it brought."""
        self._plan, self._done, self._ticks = plan, done, []
        self._next_ms = now_ms + plan.interval_ms

    # --- VenuePort ---

    def attach(self, subscribers: Subscribers) -> None:
        self._subscribers = subscribers
        self._venue.attach(subscribers)

    def info(self, request: dict[str, Any], *, ip: str, now_ms: int, answer: Answer) -> None:
        self._venue.info(request, ip=ip, now_ms=now_ms, answer=answer)

    def exchange(self, request: ExchangeRequest, *, ip: str, now_ms: int, answer: Answer) -> None:
        over_http = self._plan is not None and self._plan.over_http
        read_ns = time.perf_counter_ns() if over_http else self._read_ns
        if self._ticks and request.action.get("type") == "order":
            tick = self._ticks[-1]
            tick.actions += 1
            tick.read_ns.extend([read_ns] * len(request.action["orders"]))
        self._venue.exchange(request, ip=ip, now_ms=now_ms, answer=answer)

    def may_connect(self, *, ip: str, now_ms: int) -> bool:
        return self._venue.may_connect(ip=ip, now_ms=now_ms)

    def connected(self, connection: int, *, ip: str, now_ms: int) -> None:
        self._venue.connected(connection, ip=ip, now_ms=now_ms)

    def disconnected(self, connection: int, *, now_ms: int) -> None:
        self._venue.disconnected(connection, now_ms=now_ms)

    def received(self, connection: int, *, now_ms: int) -> bool:
        self._read_ns = time.perf_counter_ns()
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
        return self._venue.oracle(request, now_ms=now_ms)

    def advance(self, now_ms: int) -> None:
        self._venue.advance(now_ms)
        if self._plan is not None and now_ms >= self._next_ms:
            self._tick(self._plan, now_ms)

    def next_deadline_ms(self) -> int:
        deadline_ms = self._venue.next_deadline_ms()
        return min(deadline_ms, self._next_ms) if self._plan is not None else deadline_ms

    def _tick(self, plan: TickPlan, now_ms: int) -> None:
        if len(self._ticks) == plan.ticks:
            self._plan = None
            if self._done is not None:
                self._done(self._ticks)
            return
        self._next_ms = now_ms + plan.interval_ms
        bid = plan.px + len(self._ticks) % 2
        frame = msgspec.json.encode(
            {
                "channel": "bbo",
                "data": {
                    "coin": plan.coin,
                    "time": now_ms,
                    "bbo": [
                        {"px": f"{bid}.0", "sz": "1.0", "n": 1},
                        {"px": f"{bid + 1}.0", "sz": "1.0", "n": 1},
                    ],
                },
            }
        )
        assert self._subscribers is not None
        tick = Tick(0, [])
        self._ticks.append(tick)
        tick.sent_ns = time.perf_counter_ns()
        self._subscribers.publish(key_of({"type": "bbo", "coin": plan.coin}), frame)
