"""A socket comes back, whatever it was lost to, and what was missed is told."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.connection.scripted_venue import (
    ALICE,
    BOB,
    Sink,
    World,
    bbo_push,
    settled,
)

from hive.domain.market import StreamCondition
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.subscriptions import (
    bbo,
    order_updates,
    trades,
    user_fills,
)

FRESH, STALE = StreamCondition.FRESH, StreamCondition.STALE


@pytest.fixture
def world() -> World:
    return World()


def test_fifty_cuts_and_everything_is_active_again_within_seconds() -> None:
    world = World(VenueLimits(new_connections_per_min=1_000))
    sinks = {coin: Sink() for coin in (f"C{number}" for number in range(20))}
    private = Sink()

    async def scene() -> None:
        for coin, sink in sinks.items():
            world.pool.subscribe(bbo(coin), sink)
        world.pool.subscribe(order_updates(ALICE), private)
        await settled()
        for _ in range(50):
            for socket in world.venue.open_sockets:
                socket.cut()
            await settled(2)
            assert len(world.venue.keys()) == 21, "each exactly once"
            await settled(15)
        snapshot = world.pool.snapshot()
        assert (snapshot.confirmed, snapshot.subscriptions, snapshot.stale) == (21, 21, 0)
        assert snapshot.reconnects == 100
        assert len(world.supervisor.snapshot().tasks) == 2

    world.play(scene)
    assert all(len(sink.gaps) == 50 for sink in [*sinks.values(), private])


def test_a_gap_spans_from_the_last_frame_of_the_socket_to_the_new_ack(world: World) -> None:
    sink = Sink()

    async def scene() -> None:
        world.pool.subscribe(user_fills(ALICE), sink)
        await settled()
        lost_ms = world.clock.now_ms()
        world.venue.sockets[0].push({"channel": "pong"})
        world.venue.refuses_connections = True
        await settled(2)
        world.venue.sockets[0].cut()
        await settled(60)
        world.venue.refuses_connections = False
        await settled(30)
        ((kind, from_ms, to_ms),) = sink.gaps
        assert kind == "userFills"
        assert from_ms == lost_ms
        assert lost_ms + 60_000 < to_ms <= world.clock.now_ms()

    world.play(scene)
    assert sink.order[:4] == ["fresh", "stale", "fresh", "gap"]


def test_a_wall_clock_that_steps_does_not_stretch_or_turn_a_gap(world: World) -> None:
    sink = Sink()

    async def scene() -> None:
        world.pool.subscribe(bbo("BTC"), sink)
        await settled()
        world.venue.sockets[0].push(bbo_push("BTC"))
        world.venue.sockets[0].cut()
        world.clock.step_wall(-3_600_000)
        await settled(5)
        ((_, from_ms, to_ms),) = sink.gaps
        assert 0 <= to_ms - from_ms < 5_000

    world.play(scene)


def test_a_venue_that_refuses_for_long_is_dialled_ever_less_often(world: World) -> None:
    async def scene() -> None:
        world.venue.refuses_connections = True
        world.pool.subscribe(bbo("BTC"), Sink())
        world.pool.subscribe(order_updates(ALICE), Sink())
        await settled(300)
        times = world.venue.dial_times_ms
        assert len(times) < 60
        in_any_minute = [
            sum(1 for other in times if start <= other < start + 60_000) for start in times
        ]
        assert max(in_any_minute) <= 30
        world.venue.refuses_connections = False
        await settled(30)
        assert len(world.venue.keys()) == 2

    world.play(scene)


def test_sockets_that_do_not_last_never_exceed_the_connections_of_a_minute() -> None:
    world = World(VenueLimits(new_connections_per_min=10))

    async def scene() -> None:
        for user in (ALICE, BOB):
            world.pool.subscribe(order_updates(user), Sink())
        world.pool.subscribe(bbo("BTC"), Sink())
        for _ in range(600):
            await settled(1)
            for socket in world.venue.open_sockets:
                socket.cut()
        times = world.venue.dial_times_ms
        in_any_minute = [
            sum(1 for other in times if start <= other < start + 60_000) for start in times
        ]
        assert max(in_any_minute) <= 10
        await settled(120)
        assert len(world.venue.keys()) == 3

    world.play(scene)


def test_reconnects_of_several_sockets_do_not_fall_on_one_moment() -> None:
    world = World()

    async def scene() -> None:
        world.pool.subscribe(bbo("BTC"), Sink())
        for user in (ALICE, BOB):
            world.pool.subscribe(order_updates(user), Sink())
        await settled(30)
        for socket in world.venue.open_sockets:
            socket.cut()
        await settled(10)
        assert len({*world.venue.dial_times_ms[3:]}) == 3

    world.play(scene)


def test_a_half_open_socket_is_given_up_and_replaced(world: World) -> None:
    sink = Sink()

    async def scene() -> None:
        world.pool.subscribe(trades("BTC"), sink)
        await settled()
        silent = world.venue.sockets[0]
        silent.keys.clear()
        world.venue.acknowledges = False
        silent.received.clear()
        act = world.venue.act
        silent.push({"channel": "pong"})
        world.venue.act = lambda socket, request: None  # type: ignore[method-assign]  # gone deaf
        await settled(40)
        world.venue.act = act  # type: ignore[method-assign]  # as above
        world.venue.acknowledges = True
        await settled(40)
        assert not silent.is_open
        assert len(world.venue.keys()) == 1
        assert "silent" in world.pool.snapshot().by_socket[0].last_reason

    world.play(scene)


def test_a_quiet_market_keeps_its_socket_for_hours(world: World) -> None:
    async def scene() -> None:
        world.pool.subscribe(trades("BTC"), Sink())
        await settled(3_600)
        assert world.venue.dials == 1
        pings = [r for r in world.venue.sockets[0].received if r["method"] == "ping"]
        assert len(pings) > 60

    world.play(scene)


def test_a_socket_lost_before_it_is_handed_over_is_replaced(world: World) -> None:
    connect = world.venue.connect_ws

    class Hasty:
        """Loses the first socket while it is being handed over."""

        lost = False

        async def connect_ws(self, url: str, listener: Any, *, timeout_ms: int) -> Any:
            link = await connect(url, listener, timeout_ms=timeout_ms)
            if not self.lost:
                self.lost = True
                world.venue.sockets[-1].is_open = False
                listener.on_closed("lost at once")
            return link

    world.venue.connect_ws = Hasty().connect_ws  # type: ignore[method-assign]  # the venue's whim

    async def scene() -> None:
        world.pool.subscribe(bbo("BTC"), Sink())
        await settled(5)
        assert len(world.venue.keys()) == 1

    world.play(scene)


def test_the_same_seed_gives_the_same_dials() -> None:
    def dials(seed: int) -> list[float]:
        world = World(seed=seed)

        async def scene() -> None:
            world.pool.subscribe(bbo("BTC"), Sink())
            for user in (ALICE, BOB):
                world.pool.subscribe(order_updates(user), Sink())
            for _ in range(10):
                await settled(3)
                for socket in world.venue.open_sockets:
                    socket.cut()

        world.play(scene)
        return world.venue.dial_times_ms

    assert dials(7) == dials(7)
    assert dials(7) != dials(8)
