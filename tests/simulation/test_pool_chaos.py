"""The pool in bad weather, seed by seed: whatever the network does, after it is calm everything is
subscribed to exactly once, every post has ended, and the venue was never dialled too often.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable

import pytest
from tests.unit.connection.scripted_venue import ALICE, BOB, Sink
from tests.unit.serving.scripted_venue import ScriptedVenue, envelope

from hive.connection.ports import Lease
from hive.connection.rate_budget import IpBudget
from hive.connection.ws_pool import WsPool
from hive.domain.errors import NotSent
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.subscriptions import (
    Subscription,
    bbo,
    candle,
    order_updates,
    trades,
    user_events,
    user_fills,
)
from hive.runtime.rng import SeededRng
from hive.runtime.tasks import Supervisor, TaskCrash
from hive.serving.core import ServerCore
from hive.serving.subscriptions import canonical
from hive.simulation.clock import VirtualClock
from hive.simulation.network import CALM, HttpAnswer, Network, Weather
from hive.simulation.virtual_time import Kernel, ProcessLoop

START_MS = 1_700_000_000_000
CHAOS_S = 180
CALM_S = 120
SEEDS_BY_TIER = {"default": 12, "full": 150, "soak": 2_000}
STREAMS = [
    *(trades(f"C{number}") for number in range(8)),
    *(bbo(f"C{number}") for number in range(3)),
    candle("C1", "1m"),
    *(make(user) for user in (ALICE, BOB) for make in (order_updates, user_events, user_fills)),
]


class Side:
    """A served venue as the simulated network sees it."""

    def __init__(self, core: ServerCore, kernel: Kernel) -> None:
        self._core = core
        self._kernel = kernel
        self.dials_ms: list[int] = []

    @property
    def now_ms(self) -> int:
        return START_MS + self._kernel.now_ns // 1_000_000

    def http(self, path: str, body: bytes, *, ip: str, answer: HttpAnswer) -> None:
        raise NotImplementedError

    def ws_open(
        self, *, ip: str, send: Callable[[bytes], None], drop: Callable[[], None]
    ) -> int | None:
        self.dials_ms.append(self.now_ms)
        return self._core.ws_open(ip=ip, now_ms=self.now_ms, send=send, drop=drop)

    def ws_frame(self, connection: int, frame: bytes) -> None:
        self._core.ws_frame(connection, frame, self.now_ms)

    def ws_closed(self, connection: int) -> None:
        self._core.ws_closed(connection, self.now_ms)

    def live(self) -> None:
        """Let the venue do what is due, second by second: it closes silent sockets."""
        self._core.advance(self.now_ms)
        self._kernel.after_ms(1_000, self.live)


class World:
    """One seed: weather, a venue, a pool, and a trader that comes and goes."""

    def __init__(self, seed: int) -> None:
        self.rng = SeededRng(seed)
        self.kernel = Kernel(self.rng.fork("ties").uniform)
        self.venue = ScriptedVenue()
        self.side = Side(ServerCore(self.venue), self.kernel)
        self._digest = hashlib.sha256()
        self.network = Network(
            self.kernel, self.rng.fork("network").uniform, self.side, self._trace
        )
        self.loop = ProcessLoop(self.kernel, "trader")
        self.clock = VirtualClock(self.kernel, START_MS)
        self.crashes: list[TaskCrash] = []
        limits = VenueLimits()
        self.budget = IpBudget(limits)
        self.pool = WsPool(
            self.network.of_process(self.loop, ip="10.0.0.1"),
            self.clock,
            self.rng.fork("pool"),
            Supervisor(self.clock, self.rng.fork("tasks"), self.crashes.append),
            url="ws://venue/ws",
            limits=limits,
            ip_budget=self.budget,
        )
        self.sinks: dict[str, Sink] = {}
        self.leases: dict[str, Lease] = {}
        self.posted: dict[int, list[str]] = {}
        self.drop_chance = 0.0

    def _trace(self, what: str, frame: bytes) -> None:
        self._digest.update(b"%d %b %b\n" % (self.kernel.now_ns, what.encode(), frame))

    @property
    def trace_hash(self) -> str:
        return self._digest.hexdigest()

    def run(self) -> None:
        self.side.live()
        limit_ns = (CHAOS_S + CALM_S + 60) * 10**9
        self.kernel.run_until_done(self.loop.start(self._play()), limit_ns=limit_ns)
        assert self.kernel.failures == []
        assert self.crashes == []

    async def _play(self) -> None:
        draw = self.rng.fork("trader").uniform
        self.network.weather = Weather(
            latency_ms_max=5 + 100 * draw(),
            spike_chance=0.02 * draw(),
            cut_chance=0.03 * draw(),
            half_open_chance=0.01 * draw(),
            refuse_chance=0.5 * draw(),
        )
        self.drop_chance = 0.1 * draw()
        link = self.pool.action_link(ALICE, self._replied, self._unanswered)
        await self.pool.start()
        for subscription in STREAMS:
            self._hold(subscription)
        body = b"%b" % str(envelope()).replace("'", '"').replace("None", "null").encode()
        for turn in range(CHAOS_S * 2):
            await asyncio.sleep(0.5)
            self._churn(draw)
            if draw() < 0.5:
                try:
                    link.post(turn, body, self.kernel.now_ns // 1_000_000 + 3_000)
                    self.posted[turn] = []
                except NotSent:
                    pass
        self.network.weather = CALM
        await asyncio.sleep(CALM_S)
        self._check()
        await self.pool.aclose()

    def _hold(self, subscription: Subscription) -> None:
        key = subscription.key
        self.sinks[key] = Sink()
        self.leases[key] = self.pool.subscribe(subscription, self.sinks[key])

    def _churn(self, draw: Callable[[], float]) -> None:
        """Now and then one stream is let go of or asked for again, or the venue drops a socket."""
        connections = self.venue.hub.connections()
        if connections and draw() < self.drop_chance:
            self.venue.hub.cut(connections[int(draw() * len(connections))])
        if draw() < 0.2:
            subscription = STREAMS[int(draw() * len(STREAMS))]
            lease = self.leases.pop(subscription.key, None)
            if lease is None:
                self._hold(subscription)
            else:
                lease.close()

    def _replied(self, request_id: int, body: bytes) -> None:
        self.posted[request_id].append("replied")

    def _unanswered(self, request_id: int, reason: str) -> None:
        self.posted[request_id].append("unanswered")

    def _check(self) -> None:
        for subscription in STREAMS:
            held = subscription.key in self.leases
            active = self.venue.hub.count(canonical(subscription.to_wire()).key)
            assert active == held, f"{subscription.key} is active {active} times"
        snapshot = self.pool.snapshot()
        assert snapshot.confirmed == snapshot.subscriptions == len(self.leases)
        assert snapshot.sockets_open == snapshot.sockets <= 4
        allowed = (["replied"], ["unanswered"], ["unanswered", "replied"])
        assert all(ends in allowed for ends in self.posted.values())
        assert self.budget.posts.count == 0
        for key in self.leases:
            self._check_told(key, self.sinks[key])
        dials = self.side.dials_ms
        assert all(
            sum(1 for other in dials if start <= other < start + 60_000) <= 30 for start in dials
        )

    def _check_told(self, key: str, sink: Sink) -> None:
        """Fresh at first; from then on whoever was told stale is told fresh and what it missed.

        `bbo` is expected to speak, which it never does here: it is asked for anew, with a gap each
        time, and stays stale.
        """
        told = "".join(word[0] for word in sink.order)
        expected = r"f(s+(fg|g)?g*)*" if "bbo" in key else r"f(s+fg)*"
        assert re.fullmatch(expected, told), f"{key}: {told}"
        assert all(from_ms <= to_ms for _, from_ms, to_ms in sink.gaps)


def test_after_any_weather_everything_is_whole_again(tier: str) -> None:
    for seed in range(SEEDS_BY_TIER[tier]):
        try:
            World(seed).run()
        except AssertionError as error:
            pytest.fail(f"seed {seed}: {error}")


def test_one_seed_gives_one_trace() -> None:
    traces = []
    for seed in (3, 3, 4):
        world = World(seed)
        world.run()
        traces.append(world.trace_hash)
    assert traces[0] == traces[1] != traces[2]
