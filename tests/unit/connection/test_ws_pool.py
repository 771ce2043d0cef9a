"""The pool, against a venue of a few lines in virtual time."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.unit.connection.scripted_venue import START_MS, Sink, Socket, World, bbo_push

from hive.connection.ports import Lease
from hive.domain.errors import LimitReached, NotSent
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

ALICE = Address("0x" + "a1" * 20)
BOB = Address("0x" + "b0" * 20)
FRESH, STALE = StreamCondition.FRESH, StreamCondition.STALE


@pytest.fixture
def world() -> World:
    return World()


class Desk:
    """Remembers how posts ended."""

    def __init__(self) -> None:
        self.replies: list[tuple[int, Any]] = []
        self.unanswered: list[tuple[int, str]] = []

    def on_reply(self, request_id: int, body: bytes) -> None:
        self.replies.append((request_id, json.loads(body)))

    def on_unanswered(self, request_id: int, reason: str) -> None:
        self.unanswered.append((request_id, reason))


def reply_at_once(socket: Socket, request: dict[str, Any]) -> None:
    payload = {"status": "ok", "response": {"type": "default"}}
    response = {"type": "action", "payload": payload}
    socket.push({"channel": "post", "data": {"id": request["id"], "response": response}})


async def settled(seconds: float = 1.0) -> None:
    await asyncio.sleep(seconds)


# --- sharing -----------------------------------------------------------------------------------


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


# --- placement ---------------------------------------------------------------------------------


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
        desk = Desk()
        world.pool.action_link(ALICE, desk.on_reply, desk.on_unanswered)
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
        desk = Desk()
        pool.action_link(BOB, desk.on_reply, desk.on_unanswered)
        carol = Address("0x" + "cc" * 20)
        with pytest.raises(LimitReached, match="connections_max"):
            pool.action_link(carol, desk.on_reply, desk.on_unanswered)

    world.play(scene)


# --- losing sockets ----------------------------------------------------------------------------


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


# --- what the venue says -----------------------------------------------------------------------


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


# --- actions -----------------------------------------------------------------------------------


def test_a_post_goes_out_at_once_and_its_answer_comes_back_opened(world: World) -> None:
    desk = Desk()
    world.venue.replies = reply_at_once

    async def scene() -> None:
        link = world.pool.action_link(ALICE, desk.on_reply, desk.on_unanswered)
        assert not link.is_open
        await settled()
        assert link.is_open
        body = b'{"action":{"type":"noop"},"nonce":1}'
        link.post(77, body, world.now_ms + 5_000)
        assert desk.replies == [], "never within the call"
        await settled()
        (request,) = world.venue.sockets[0].received
        assert request["request"] == {"type": "action", "payload": json.loads(body)}

    world.play(scene)
    assert desk.replies == [(77, {"status": "ok", "response": {"type": "default"}})]
    assert desk.unanswered == []


def test_without_a_socket_a_post_is_not_sent(world: World) -> None:
    desk = Desk()

    async def scene() -> None:
        link = world.pool.action_link(ALICE, desk.on_reply, desk.on_unanswered)
        with pytest.raises(NotSent):
            link.post(1, b"{}", world.now_ms + 5_000)
        await settled()
        world.venue.sockets[0].cut()
        world.venue.refuses_connections = True
        await settled(0)
        with pytest.raises(NotSent, match="connection lost"):
            link.post(2, b"{}", world.now_ms + 5_000)

    world.play(scene)
    assert (desk.replies, desk.unanswered) == ([], [])


def test_a_cut_tells_each_open_post_once_that_it_may_have_been_carried_out(
    world: World,
) -> None:
    desk = Desk()

    async def scene() -> None:
        link = world.pool.action_link(ALICE, desk.on_reply, desk.on_unanswered)
        await settled()
        for request_id in range(5):
            link.post(request_id, b"{}", world.now_ms + 5_000)
        world.venue.sockets[0].cut("reset")
        await settled(30)

    world.play(scene)
    assert [request_id for request_id, _ in desk.unanswered] == [0, 1, 2, 3, 4]
    assert "reset" in desk.unanswered[0][1]


def test_the_desk_may_post_again_from_within_the_news_of_a_loss(world: World) -> None:
    outcomes: list[str] = []

    async def scene() -> None:
        def on_unanswered(request_id: int, reason: str) -> None:
            try:
                link.post(request_id + 1, b"{}", world.now_ms + 5_000)
            except NotSent:
                outcomes.append("not sent")

        link = world.pool.action_link(ALICE, lambda _id, _body: None, on_unanswered)
        await settled()
        link.post(1, b"{}", world.now_ms + 5_000)
        world.venue.sockets[0].cut()
        await settled(5)

    world.play(scene)
    assert outcomes == ["not sent"]


def test_silence_until_the_deadline_is_unanswered_and_a_late_answer_is_still_passed_on(
    world: World,
) -> None:
    desk = Desk()
    requests: list[dict[str, Any]] = []

    async def scene() -> None:
        world.venue.replies = lambda _, request: requests.append(request)
        link = world.pool.action_link(ALICE, desk.on_reply, desk.on_unanswered)
        await settled()
        link.post(5, b"{}", world.now_ms + 2_000)
        await settled(3)
        assert desk.unanswered == [(5, "no answer in time")]
        reply_at_once(world.venue.sockets[0], requests[0])
        reply_at_once(world.venue.sockets[0], requests[0])

    world.play(scene)
    assert [request_id for request_id, _ in desk.replies] == [5]
    assert len(desk.unanswered) == 1


def test_a_post_the_venue_does_not_take_is_answered_with_its_words(world: World) -> None:
    desk = Desk()

    def refuse(socket: Socket, request: dict[str, Any]) -> None:
        response = {"type": "error", "payload": "too many"}
        socket.push({"channel": "post", "data": {"id": request["id"], "response": response}})

    async def scene() -> None:
        world.venue.replies = refuse
        link = world.pool.action_link(ALICE, desk.on_reply, desk.on_unanswered)
        await settled()
        link.post(5, b"{}", world.now_ms + 2_000)
        await settled()

    world.play(scene)
    assert desk.replies == [(5, {"status": "err", "response": "too many"})]


def test_posts_in_flight_are_bounded_before_the_venue_bounds_them() -> None:
    world = World(VenueLimits(posts_in_flight_max=10))
    desk = Desk()

    async def scene() -> None:
        link = world.pool.action_link(ALICE, desk.on_reply, desk.on_unanswered)
        await settled()

        def flood() -> None:
            for request_id in range(11):
                link.post(request_id, b"{}", world.now_ms + 2_000)

        with pytest.raises(NotSent, match="no room"):
            flood()
        await settled(5)
        assert world.ip_budget.posts.count == 0

    world.play(scene)
    assert len(desk.unanswered) == 9


def test_a_socket_that_takes_nothing_more_is_replaced(world: World) -> None:
    desk = Desk()

    async def scene() -> None:
        link = world.pool.action_link(ALICE, desk.on_reply, desk.on_unanswered)
        await settled()
        world.venue.is_clogged = True
        with pytest.raises(NotSent):
            link.post(1, b"{}", world.now_ms + 2_000)
        world.venue.is_clogged = False
        await settled(5)
        assert link.is_open
        assert world.venue.dials == 2

    world.play(scene)
    assert desk.unanswered == [], "what was not sent has no end of its own"


def test_a_desk_that_raises_does_not_take_its_socket_along(world: World) -> None:
    def broken(request_id: int, body: object) -> None:
        raise ValueError("not today")

    async def scene() -> None:
        world.venue.replies = reply_at_once
        link = world.pool.action_link(ALICE, broken, broken)
        await settled()
        link.post(1, b"{}", world.now_ms + 2_000)
        await settled()
        assert link.is_open
        assert world.pool.snapshot().sink_errors == 1

    world.play(scene)


def test_closing_the_pool_ends_open_posts_and_sockets(world: World) -> None:
    desk = Desk()

    async def scene() -> None:
        link = world.pool.action_link(ALICE, desk.on_reply, desk.on_unanswered)
        await settled()
        link.post(1, b"{}", world.now_ms + 60_000)

    world.play(scene)
    assert [request_id for request_id, _ in desk.unanswered] == [1]
    assert "shut down" in desk.unanswered[0][1]


# --- repeatability -----------------------------------------------------------------------------


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
