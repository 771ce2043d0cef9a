"""A venue of a few lines in virtual time: it acknowledges, remembers, and does as the test says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

from hive.connection.rate_budget import IpBudget
from hive.connection.ws_pool import WsPool
from hive.domain.errors import NotSent
from hive.domain.identifiers import Address
from hive.domain.market import StreamCondition
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.subscriptions import Subscription
from hive.hyperliquid.wire import Push
from hive.runtime.ports import HttpReply, WsLink, WsListener
from hive.runtime.rng import SeededRng
from hive.runtime.tasks import Supervisor, TaskCrash
from hive.simulation.clock import VirtualClock
from hive.simulation.virtual_time import Kernel, ProcessLoop

LATENCY_S = 0.01
START_MS = 1_700_000_000_000
ALICE = Address("0x" + "a1" * 20)
BOB = Address("0x" + "b0" * 20)


class Socket:
    """The venue's end of one connection, and the client's link to it."""

    def __init__(self, venue: ScriptedVenue, listener: WsListener) -> None:
        self._venue = venue
        self._listener = listener
        self.is_open = True
        self.keys: dict[str, dict[str, Any]] = {}
        self.received: list[dict[str, Any]] = []

    def send(self, frame: bytes) -> None:
        if not self.is_open:
            raise NotSent("the socket is closed")
        if self._venue.is_clogged:
            raise NotSent("the write buffer is full")
        asyncio.get_running_loop().call_later(LATENCY_S, self._arrive, frame)

    def close(self) -> None:
        self.cut("closed by us")

    def cut(self, reason: str = "connection lost (1006)") -> None:
        """End the connection; the client hears of it in the next turn."""
        if self.is_open:
            self.is_open = False
            asyncio.get_running_loop().call_soon(self._listener.on_closed, reason)

    def push(self, frame: bytes | dict[str, Any]) -> None:
        """Send the client one frame, now."""
        if self.is_open:
            whole = frame if isinstance(frame, bytes) else json.dumps(frame).encode()
            self._listener.on_frame(memoryview(whole))

    def _arrive(self, frame: bytes) -> None:
        if self.is_open:
            request = json.loads(frame)
            self.received.append(request)
            self._venue.act(self, request)


class ScriptedVenue:
    """Behind `Net`. Acknowledges what it is asked, unless a switch says otherwise."""

    def __init__(self) -> None:
        self.sockets: list[Socket] = []
        self.dials = 0
        self.dial_times_ms: list[float] = []
        self.refuses_connections = False
        self.acknowledges = True
        self.is_clogged = False
        self.poison: str | None = None
        """A coin whose subscription gets the socket dropped."""
        self.replies: Callable[[Socket, dict[str, Any]], None] = lambda _socket, _request: None

    @property
    def open_sockets(self) -> list[Socket]:
        return [socket for socket in self.sockets if socket.is_open]

    def keys(self) -> list[str]:
        """Every subscription active on an open socket, with repetitions if there are any."""
        return [key for socket in self.open_sockets for key in socket.keys]

    def socket_of(self, kind: str) -> Socket:
        """The open socket that carries a subscription of that type."""
        return next(
            socket
            for socket in self.open_sockets
            if any(subscription["type"] == kind for subscription in socket.keys.values())
        )

    async def connect_ws(self, url: str, listener: WsListener, *, timeout_ms: int) -> WsLink:
        self.dials += 1
        self.dial_times_ms.append(asyncio.get_running_loop().time() * 1000)
        await asyncio.sleep(LATENCY_S)
        if self.refuses_connections:
            raise NotSent(f"{url} refused")
        self.sockets.append(Socket(self, listener))
        return self.sockets[-1]

    async def post(self, url: str, body: bytes, *, timeout_ms: int) -> HttpReply:
        raise NotImplementedError

    async def aclose(self) -> None: ...

    def act(self, socket: Socket, request: dict[str, Any]) -> None:
        method = request["method"]
        if method == "ping":
            socket.push({"channel": "pong"})
        elif method == "post":
            self.replies(socket, request)
        elif self.poison is not None and request["subscription"].get("coin") == self.poison:
            socket.cut()
        elif self.acknowledges:
            key = json.dumps(request["subscription"], sort_keys=True)
            if method == "subscribe":
                socket.keys[key] = request["subscription"]
            else:
                socket.keys.pop(key, None)
            echo = {"method": method, "subscription": request["subscription"]}
            socket.push({"channel": "subscriptionResponse", "data": echo})


class Sink:
    """Remembers everything it is told."""

    def __init__(self) -> None:
        self.pushes: list[Push] = []
        self.gaps: list[tuple[str, int, int]] = []
        self.conditions: list[StreamCondition] = []
        self.order: list[str] = []

    def on_push(self, push: Push, received_ns: int) -> None:
        self.pushes.append(push)
        self.order.append("push")

    def on_gap(self, subscription: Subscription, from_ms: int, to_ms: int) -> None:
        self.gaps.append((subscription.type, from_ms, to_ms))
        self.order.append("gap")

    def on_condition(self, subscription: Subscription, condition: StreamCondition) -> None:
        self.conditions.append(condition)
        self.order.append(condition.value)


class World:
    """A pool and a scripted venue on one virtual loop."""

    def __init__(self, limits: VenueLimits | None = None, *, seed: int = 1) -> None:
        limits = limits or VenueLimits()
        self.kernel = Kernel()
        self.loop = ProcessLoop(self.kernel, "trader")
        self.clock = VirtualClock(self.kernel, START_MS)
        self.venue = ScriptedVenue()
        self.crashes: list[TaskCrash] = []
        rng = SeededRng(seed)
        self.supervisor = Supervisor(self.clock, rng, self.crashes.append)
        self.ip_budget = IpBudget(limits)
        self.pool = WsPool(
            self.venue,
            self.clock,
            rng,
            self.supervisor,
            url="ws://venue/ws",
            limits=limits,
            ip_budget=self.ip_budget,
        )

    @property
    def now_ms(self) -> int:
        return self.kernel.now_ns // 1_000_000

    def play(self, scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start the pool, play, close the pool; nothing may be left or have failed."""

        async def whole() -> None:
            await self.pool.start()
            await scene()
            await self.pool.aclose()

        self.kernel.run_until_done(
            self.loop.start(whole()), limit_ns=self.kernel.now_ns + 7_200 * 10**9
        )
        assert self.kernel.failures == []
        assert self.crashes == []
        assert self.venue.open_sockets == []
        assert self.supervisor.snapshot().tasks == ()
        assert self.ip_budget.posts.count == 0


def bbo_push(coin: str, px: str = "100.0", time_ms: int = START_MS) -> dict[str, Any]:
    level = {"px": px, "sz": "1.0", "n": 1}
    return {"channel": "bbo", "data": {"coin": coin, "time": time_ms, "bbo": [level, level]}}


async def settled(seconds: float = 1.0) -> None:
    """Let the world go on for so long."""
    await asyncio.sleep(seconds)
