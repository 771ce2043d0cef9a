"""What the venue says about a stream, and what it says wrongly, stops nothing."""

from __future__ import annotations

import json

import pytest
from tests.unit.connection.scripted_venue import (
    ALICE,
    START_MS,
    Sink,
    World,
    bbo_push,
    settled,
)

from hive.domain.market import StreamCondition
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.subscriptions import (
    bbo,
    user_fills,
)

FRESH, STALE = StreamCondition.FRESH, StreamCondition.STALE


@pytest.fixture
def world() -> World:
    return World()


def test_a_malformed_frame_is_counted_kept_and_stops_nothing(world: World) -> None:
    sink = Sink()

    async def scene() -> None:
        world.pool.subscribe(bbo("BTC"), sink)
        await settled()
        (socket,) = world.venue.sockets
        for number in range(100):
            socket.push(b'{"channel":"bbo","data":{"coin":"BTC","time":%d' % number)
        socket.push(bbo_push("BTC", px="NaN"))
        socket.push(b"x" * 1_000_000)
        socket.push(bbo_push("BTC"))
        assert len(sink.pushes) == 1
        assert world.pool.snapshot().bad_frames == 102
        kept = world.pool.bad_frames()
        assert len(kept) == 20
        assert kept[-1].length == 1_000_000
        assert len(kept[-1].start) == 4_096
        assert b"NaN" in kept[-2].start
        assert kept[-2].reason
        assert socket.is_open

    world.play(scene)


def test_an_ack_that_does_not_come_is_asked_for_again_and_alarmed(world: World) -> None:
    async def scene() -> None:
        world.venue.acknowledges = False
        world.pool.subscribe(bbo("BTC"), Sink())
        await settled(20)
        assert any("no answer for" in alarm for alarm in world.pool.snapshot().recent_alarms)
        world.venue.acknowledges = True
        await settled(60)
        assert world.pool.snapshot().confirmed == 1

    world.play(scene)


def test_a_refused_subscription_is_alarmed_and_asked_for_again_on_the_next_socket(
    world: World,
) -> None:
    sink = Sink()

    async def scene() -> None:
        world.venue.acknowledges = False
        world.pool.subscribe(user_fills(ALICE), sink)
        await settled(0.1)
        world.venue.sockets[0].push(
            {"channel": "error", "data": "Cannot track more than 10 total users."}
        )
        assert sink.conditions == [STALE]
        assert "Cannot track" in world.pool.snapshot().recent_alarms[-1]
        world.venue.acknowledges = True
        world.venue.sockets[0].cut()
        await settled(5)
        assert sink.conditions[-1] is FRESH

    world.play(scene)


def test_a_subscription_that_gets_its_socket_dropped_is_moved_where_it_harms_nobody(
    world: World,
) -> None:
    """An unknown coin makes the venue drop the socket without a word."""
    healthy = Sink()

    async def scene() -> None:
        world.venue.poison = "TYPO"
        world.pool.subscribe(bbo("BTC"), healthy)
        world.pool.subscribe(bbo("TYPO"), Sink())
        world.pool.subscribe(bbo("ETH"), Sink())
        await settled(30)
        snapshot = world.pool.snapshot()
        assert snapshot.confirmed == 2
        assert any("TYPO" in alarm and "moved" in alarm for alarm in snapshot.recent_alarms)
        healthy.conditions.clear()
        await settled(600)
        assert STALE not in healthy.conditions
        assert {socket.name for socket in world.pool.snapshot().by_socket} == {"public", "spare"}

    world.play(scene)


def test_a_stream_that_falls_silent_alone_is_stale_then_asked_for_anew_and_its_gap_told(
    world: World,
) -> None:
    frozen, living = Sink(), Sink()

    async def scene() -> None:
        world.pool.subscribe(bbo("BTC"), frozen)
        world.pool.subscribe(bbo("ETH"), living)
        await settled()
        (socket,) = world.venue.sockets
        for second in range(120):
            if second < 60:
                socket.push(bbo_push("BTC", time_ms=START_MS + second))
            socket.push(bbo_push("ETH", time_ms=START_MS + second))
            await settled(1)
        methods = [
            request["method"]
            for request in socket.received
            if request.get("subscription", {}).get("coin") == "BTC"
        ]
        assert methods[:3] == ["subscribe", "unsubscribe", "subscribe"]

    world.play(scene)
    assert STALE in frozen.conditions
    assert frozen.gaps
    _, from_ms, to_ms = frozen.gaps[0]
    assert to_ms - from_ms > 10_000
    assert STALE not in living.conditions[:-1], "only at the end, when the pool is closed"


def test_a_silent_stream_that_is_refused_when_asked_for_anew_is_fresh_on_the_next_socket(
    world: World,
) -> None:
    """Of that one nobody has said that it is silent, so nobody would say that it speaks."""
    sink = Sink()

    async def scene() -> None:
        world.pool.subscribe(bbo("BTC"), sink)
        world.pool.subscribe(bbo("ETH"), Sink())
        await settled()
        (socket,) = world.venue.sockets
        for second in range(40):
            socket.push(bbo_push("ETH", time_ms=START_MS + second))
            await settled(1)
            if sink.conditions[-1] is STALE:
                break
        world.venue.acknowledges = False
        asked = json.dumps({"type": "bbo", "coin": "BTC"})
        unsubscribed = {"method": "unsubscribe", "subscription": json.loads(asked)}
        socket.push({"channel": "subscriptionResponse", "data": unsubscribed})
        socket.push({"channel": "error", "data": f"Invalid subscription {asked}"})
        assert any("was refused" in alarm for alarm in world.pool.snapshot().recent_alarms)
        world.venue.acknowledges = True
        socket.cut()
        await settled(5)
        assert sink.conditions[-1] is FRESH

    world.play(scene)
    assert sink.gaps


def test_more_subscriptions_than_messages_in_a_minute_wait_their_turn() -> None:
    world = World(VenueLimits(messages_per_min=40))

    async def scene() -> None:
        for number in range(100):
            world.pool.subscribe(bbo(f"C{number}"), Sink())
        await settled(1)
        assert len(world.venue.keys()) < 40
        await settled(300)
        assert len(set(world.venue.keys())) == 100

    world.play(scene)
