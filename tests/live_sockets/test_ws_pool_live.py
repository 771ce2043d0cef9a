"""The pool against the real server over real sockets: what is cut comes back and nothing leaks."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from tests.unit.connection.scripted_venue import ALICE, Sink, bbo_push
from tests.unit.serving.scripted_venue import ScriptedVenue

from hive.connection.rate_budget import IpBudget
from hive.connection.ws_pool import Redial, WsPool
from hive.domain.errors import NotSent
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.subscriptions import bbo, order_updates, user_fills
from hive.runtime.clock import SystemClock
from hive.runtime.net_live import LiveNet
from hive.runtime.rng import SeededRng
from hive.runtime.tasks import Supervisor, TaskCrash
from hive.serving.port import Reply
from hive.serving.web_server import VenueServer

WAIT_S_MAX = 20.0
LIMITS = VenueLimits(new_connections_per_min=100_000, messages_per_min=1_000_000)
PROMPT = Redial(backoff_ms=1, backoff_ms_max=5, steady_ms=0)
BODY = json.dumps(
    {
        "action": {"type": "noop"},
        "nonce": 1,
        "signature": {"r": "0x1", "s": "0x1", "v": 27},
        "vaultAddress": None,
        "expiresAfter": None,
    }
).encode()


class Place:
    """A served venue, a pool, and what went wrong in its tasks."""

    def __init__(self) -> None:
        self.venue = ScriptedVenue()
        self.clock = SystemClock()
        self.server = VenueServer(self.venue, self.clock, limits=LIMITS)
        self.net = LiveNet()
        self.crashes: list[TaskCrash] = []
        self.supervisor = Supervisor(self.clock, SeededRng(1), self.crashes.append)
        self.pool: WsPool | None = None

    async def opened(self) -> WsPool:
        port = await self.server.start()
        self.pool = WsPool(
            self.net,
            self.clock,
            SeededRng(2),
            self.supervisor,
            url=f"ws://127.0.0.1:{port}/ws",
            limits=LIMITS,
            ip_budget=IpBudget(LIMITS),
            redial=PROMPT,
        )
        await self.pool.start()
        return self.pool

    @property
    def now_ms(self) -> int:
        return self.clock.monotonic_ns() // 1_000_000

    async def until(self, holds: Callable[[], bool]) -> None:
        """Turn the loop until it holds."""
        loop = asyncio.get_running_loop()
        limit_s = loop.time() + WAIT_S_MAX
        while not holds():
            assert loop.time() < limit_s, "it never came to hold"
            await asyncio.sleep(0.001)

    async def closed(self) -> None:
        if self.pool is not None:
            await self.pool.aclose()
        await self.server.aclose()
        await self.net.aclose()


def play(scene: Callable[[Place, WsPool], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        place = Place()
        try:
            await scene(place, await place.opened())
        finally:
            await place.closed()
        assert place.crashes == []
        assert place.supervisor.snapshot().tasks == ()
        await place.until(lambda: len(asyncio.all_tasks()) == 1)

    asyncio.run(whole())


def test_fifty_cuts_and_every_subscription_is_active_again_without_leaking() -> None:
    coins = [f"C{number}" for number in range(20)]
    keys = [json.dumps({"type": "bbo", "coin": coin}, separators=(",", ":")) for coin in coins]

    async def scene(place: Place, pool: WsPool) -> None:
        sinks = [Sink() for _ in coins]
        private = Sink()
        for coin, sink in zip(coins, sinks, strict=True):
            pool.subscribe(bbo(coin), sink)
        pool.subscribe(order_updates(ALICE), private)
        await place.until(lambda: pool.snapshot().confirmed == 21)
        tasks, files = len(asyncio.all_tasks()), open_files()
        for cut in range(1, 51):
            for connection in place.venue.hub.connections():
                place.venue.hub.cut(connection)
            await place.until(
                lambda cut=cut: (
                    pool.snapshot().reconnects >= 2 * cut  # type: ignore[misc]  # bound now
                    and pool.snapshot().confirmed == 21
                )
            )
        assert all(place.venue.hub.count(key) == 1 for key in keys)
        assert all(len(sink.gaps) == 50 for sink in [*sinks, private])
        place.venue.hub.publish(keys[7], json.dumps(bbo_push("C7")).encode())
        await place.until(lambda: len(sinks[7].pushes) == 1)
        await place.until(lambda: len(asyncio.all_tasks()) <= tasks and open_files() <= files)

    play(scene)


def open_files() -> int:
    folder = Path("/proc/self/fd")
    return len(os.listdir(folder)) if folder.exists() else 0  # noqa: PTH208 (a count, no paths)


def test_an_action_is_answered_over_the_accounts_own_socket() -> None:
    replies: list[tuple[int, Any]] = []

    async def scene(place: Place, pool: WsPool) -> None:
        link = pool.action_link(
            ALICE,
            lambda request_id, body: replies.append((request_id, json.loads(body))),
            lambda request_id, reason: replies.append((request_id, reason)),
        )
        pool.subscribe(user_fills(ALICE), Sink())
        await place.until(lambda: link.is_open)
        link.post(9, BODY, place.now_ms + 5_000)
        await place.until(lambda: len(replies) == 1)
        assert pool.snapshot().sockets == 1
        (request,) = place.venue.exchange_requests
        assert request.action == {"type": "noop"}

    play(scene)
    assert replies == [(9, {"status": "ok"})]


def test_a_cut_before_the_answer_leaves_each_action_unanswered_once() -> None:
    ends: list[tuple[int, str]] = []

    async def scene(place: Place, pool: WsPool) -> None:
        place.venue.exchange_reply = None
        link = pool.action_link(
            ALICE,
            lambda request_id, body: ends.append((request_id, "answered")),
            lambda request_id, reason: ends.append((request_id, reason)),
        )
        await place.until(lambda: link.is_open)
        for request_id in range(3):
            link.post(request_id, BODY, place.now_ms + 60_000)
        await place.until(lambda: len(place.venue.exchange_requests) == 3)
        place.venue.hub.cut(place.venue.hub.connections()[0])
        await place.until(lambda: len(ends) == 3)
        for answer in place.venue.open_answers:
            answer(Reply(200, b'{"status":"ok"}'))
        await place.until(lambda: pool.snapshot().reconnects == 1)
        assert pool.snapshot().posts_unanswered == 3

    play(scene)
    assert [request_id for request_id, _ in ends] == [0, 1, 2]
    assert all("lost" in reason for _, reason in ends)


def test_a_venue_that_is_not_there_yet_is_found_when_it_comes() -> None:
    async def scene(place: Place, pool: WsPool) -> None:
        place.venue.admits = False
        link = pool.action_link(ALICE, lambda *_: None, lambda *_: None)
        await place.until(lambda: pool.snapshot().by_socket[0].dials_failed >= 3)
        try:
            link.post(1, BODY, place.now_ms + 1_000)
        except NotSent:
            place.venue.admits = True
        await place.until(lambda: link.is_open)

    play(scene)
