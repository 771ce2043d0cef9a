"""The pool shares streams among listeners and places them on few sockets."""

from __future__ import annotations

import pytest
from tests.unit.connection.scripted_venue import (
    ALICE,
    BOB,
    START_MS,
    Sink,
    World,
    bbo_push,
    settled,
)

from hive.connection.ports import Lease
from hive.domain.errors import LimitReached
from hive.domain.identifiers import Address
from hive.domain.market import StreamCondition
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.subscriptions import (
    Subscription,
    bbo,
    clearinghouse_state,
    l2_book,
    order_updates,
    trades,
    user_events,
    user_fills,
)
from hive.hyperliquid.wire import BboPush, Push

FRESH, STALE = StreamCondition.FRESH, StreamCondition.STALE


def nobody(request_id: int, answer: object) -> None:
    """Hears the end of no post, since there is none."""


@pytest.fixture
def world() -> World:
    return World()


def test_a_hundred_subscribers_of_one_stream_are_one_subscription_on_the_wire(
    world: World,
) -> None:
    sinks = [Sink() for _ in range(100)]

    async def scene() -> None:
        leases = [world.pool.subscribe(bbo("BTC"), sink) for sink in sinks]
        await settled()
        (socket,) = world.venue.sockets
        socket.push(bbo_push("BTC"))
        assert all(len(sink.pushes) == 1 for sink in sinks)
        assert [request["method"] for request in socket.received] == ["subscribe"]
        for lease in leases[1:]:
            lease.close()
        await settled()
        assert len(world.venue.keys()) == 1, "one still listens"
        leases[0].close()
        await settled()
        assert world.venue.keys() == []
        socket.push(bbo_push("BTC"))
        assert all(len(sink.pushes) == 1 for sink in sinks)

    world.play(scene)


def test_nothing_is_dialled_until_it_is_needed(world: World) -> None:
    async def scene() -> None:
        await settled(60)
        assert world.venue.dials == 0
        world.pool.subscribe(bbo("BTC"), Sink())
        await settled()
        assert world.venue.dials == 1

    world.play(scene)


def test_what_was_asked_for_before_the_start_is_opened_by_it() -> None:
    world = World()
    sink = Sink()
    world.pool.subscribe(bbo("BTC"), sink)

    async def scene() -> None:
        await settled()
        assert sink.conditions == [FRESH]

    world.play(scene)


def test_pushes_find_their_own_listener_and_no_other(world: World) -> None:
    btc, eth, book, fast_book = Sink(), Sink(), Sink(), Sink()

    async def scene() -> None:
        world.pool.subscribe(bbo("BTC"), btc)
        world.pool.subscribe(bbo("ETH"), eth)
        world.pool.subscribe(l2_book("BTC"), book)
        world.pool.subscribe(l2_book("BTC", fast=True), fast_book)
        await settled()
        (socket,) = world.venue.sockets
        socket.push(bbo_push("ETH"))
        fast = {"coin": "BTC", "time": START_MS, "levels": [[], []], "fast": True}
        socket.push({"channel": "l2Book", "data": fast})

    world.play(scene)
    assert [len(sink.pushes) for sink in (btc, eth, book, fast_book)] == [0, 1, 0, 1]
    assert isinstance(eth.pushes[0], BboPush)


def test_a_listener_that_raises_is_counted_and_takes_nobody_along(world: World) -> None:
    class Broken(Sink):
        def on_push(self, push: Push, received_ns: int) -> None:
            raise ValueError("not today")

        def on_condition(self, subscription: Subscription, condition: StreamCondition) -> None:
            raise ValueError("nor this")

    good = Sink()

    async def scene() -> None:
        world.pool.subscribe(bbo("BTC"), Broken())
        world.pool.subscribe(bbo("BTC"), good)
        await settled()
        for _ in range(3):
            world.venue.sockets[0].push(bbo_push("BTC"))
        snapshot = world.pool.snapshot()
        assert snapshot.sink_errors == 4, "three pushes and the confirmation"
        assert "not today" in snapshot.recent_sink_errors[-1]
        assert snapshot.sockets_open == 1

    world.play(scene)
    assert len(good.pushes) == 3
    assert FRESH in good.conditions


def test_a_listener_that_leaves_during_a_push_makes_no_other_miss_it(world: World) -> None:
    left, stays = Sink(), Sink()
    leases: list[Lease] = []

    class Leaving(Sink):
        def on_push(self, push: Push, received_ns: int) -> None:
            super().on_push(push, received_ns)
            for lease in leases:
                lease.close()

    leaving = Leaving()

    async def scene() -> None:
        leases.append(world.pool.subscribe(bbo("BTC"), leaving))
        leases.append(world.pool.subscribe(bbo("BTC"), left))
        world.pool.subscribe(bbo("BTC"), stays)
        await settled()
        for _ in range(2):
            world.venue.sockets[0].push(bbo_push("BTC"))

    world.play(scene)
    assert (len(leaving.pushes), len(left.pushes), len(stays.pushes)) == (1, 0, 2)


def test_who_joins_a_running_stream_is_told_how_it_stands(world: World) -> None:
    late = Sink()

    async def scene() -> None:
        world.pool.subscribe(bbo("BTC"), Sink())
        await settled()
        world.pool.subscribe(bbo("BTC"), late)
        assert late.conditions == [], "never from within subscribe"
        await settled(0)
        assert late.conditions == [FRESH]

    world.play(scene)


def test_a_closed_lease_hears_nothing_of_what_is_still_on_its_way(world: World) -> None:
    sink = Sink()

    async def scene() -> None:
        lease = world.pool.subscribe(bbo("BTC"), sink)
        await settled()
        sink.conditions.clear()
        lease.close()
        lease.close()
        world.venue.sockets[0].push(bbo_push("BTC"))
        world.venue.sockets[0].cut()
        await settled(5)

    world.play(scene)
    assert (sink.pushes, sink.conditions, sink.gaps) == ([], [], [])


def test_churn_leaves_one_subscription_and_one_listener(world: World) -> None:
    sink = Sink()

    async def scene() -> None:
        lease = world.pool.subscribe(bbo("BTC"), sink)
        for turn in range(300):
            lease.close()
            lease = world.pool.subscribe(bbo("BTC"), sink)
            if turn % 7 == 0:
                await settled(0.015)
        await settled(120)
        assert len(world.venue.keys()) == 1
        sink.pushes.clear()
        world.venue.sockets[0].push(bbo_push("BTC"))
        assert len(sink.pushes) == 1

    world.play(scene)


def test_streams_that_name_no_user_have_a_socket_for_each_user(world: World) -> None:
    sinks = {user: Sink() for user in (ALICE, BOB)}

    async def scene() -> None:
        world.pool.subscribe(bbo("BTC"), Sink())
        for user, sink in sinks.items():
            world.pool.subscribe(order_updates(user), sink)
            world.pool.subscribe(user_events(user), sink)
            world.pool.subscribe(user_fills(user), sink)
        await settled()
        assert len(world.venue.open_sockets) == 3
        for socket in world.venue.open_sockets:
            users = {request["subscription"].get("user") for request in socket.received}
            assert len(users) == 1
        alices = next(s for s in world.venue.open_sockets if ALICE in str(s.received))
        alices.push({"channel": "user", "data": {"fills": []}})
        alices.push({"channel": "orderUpdates", "data": []})

    world.play(scene)
    assert (len(sinks[ALICE].pushes), len(sinks[BOB].pushes)) == (2, 0)


def test_an_account_that_acts_has_its_private_streams_where_it_acts(world: World) -> None:
    async def scene() -> None:
        world.pool.action_link(ALICE, nobody, nobody)
        world.pool.subscribe(user_fills(ALICE), Sink())
        world.pool.subscribe(clearinghouse_state(ALICE), Sink())
        world.pool.subscribe(user_fills(BOB), Sink())
        world.pool.subscribe(trades("BTC"), Sink())
        await settled()
        types = [
            [request["subscription"]["type"] for request in socket.received]
            for socket in world.venue.open_sockets
        ]
        assert types == [["userFills", "clearinghouseState"], ["userFills", "trades"]]

    world.play(scene)


def test_streams_that_cannot_be_told_apart_use_the_spare(world: World) -> None:
    coarse = Subscription(type="l2Book", coin="BTC", n_sig_figs=3)
    whole, rough = Sink(), Sink()

    async def scene() -> None:
        world.pool.subscribe(l2_book("BTC"), whole)
        lease = world.pool.subscribe(coarse, rough)
        await settled()
        assert [len(socket.received) for socket in world.venue.open_sockets] == [1, 1]
        book = {"coin": "BTC", "time": START_MS, "levels": [[], []]}
        world.venue.open_sockets[1].push({"channel": "l2Book", "data": book})
        assert (len(whole.pushes), len(rough.pushes)) == (0, 1)
        with pytest.raises(LimitReached, match="could not be told"):
            world.pool.subscribe(Subscription(type="l2Book", coin="BTC", n_sig_figs=4), Sink())
        lease.close()
        await settled()
        world.pool.subscribe(Subscription(type="l2Book", coin="BTC", n_sig_figs=4), Sink())

    world.play(scene)


def test_the_venues_limits_are_kept_before_it_has_to_say_no() -> None:
    limits = VenueLimits(subscriptions_held_max=3, users_max=2, connections_max=3)
    world = World(limits)

    async def scene() -> None:
        pool = world.pool
        pool.subscribe(user_fills(ALICE), Sink())
        lease = pool.subscribe(user_fills(BOB), Sink())
        with pytest.raises(LimitReached, match="users_max"):
            pool.subscribe(user_fills(Address("0x" + "cc" * 20)), Sink())
        pool.subscribe(bbo("BTC"), Sink())
        with pytest.raises(LimitReached, match="subscriptions_held_max"):
            pool.subscribe(bbo("ETH"), Sink())
        lease.close()
        pool.subscribe(order_updates(ALICE), Sink())
        pool.action_link(BOB, nobody, nobody)
        carol = Address("0x" + "cc" * 20)
        with pytest.raises(LimitReached, match="connections_max"):
            pool.action_link(carol, nobody, nobody)

    world.play(scene)
