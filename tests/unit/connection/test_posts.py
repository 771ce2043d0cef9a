"""An action over a socket has exactly one end, and a loss is never taken for a no."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.connection.scripted_venue import (
    ALICE,
    Socket,
    World,
    settled,
)

from hive.connection.inspection import Inspection
from hive.connection.posts import LATE_MAX, Poster, Posts
from hive.connection.rate_budget import InFlight
from hive.domain.errors import NotSent
from hive.domain.market import StreamCondition
from hive.hyperliquid.limits import VenueLimits

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


def test_a_socket_that_loses_answers_for_ever_remembers_the_latest_of_them() -> None:
    desk, in_flight = Desk(), InFlight(10)
    posts, poster = Posts(in_flight, Inspection()), Poster(desk.on_reply, desk.on_unanswered)
    for post_id in range(LATE_MAX + 1):
        posts.start(post_id, poster, request_id=post_id)
        posts.overdue(post_id)
    for post_id in (0, 1, LATE_MAX):
        posts.replied(post_id, b"{}")
    assert len(desk.unanswered) == LATE_MAX + 1
    assert [request_id for request_id, _ in desk.replies] == [1, LATE_MAX]
    assert in_flight.count == 0
