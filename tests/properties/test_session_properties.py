"""A session against a venue that answers late, twice or not at all, in any order of events."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hive.domain.errors import LimitReached, NotSent
from hive.domain.identifiers import Address
from hive.hyperliquid import subscriptions as subs
from hive.hyperliquid.session import Session
from hive.hyperliquid.session_events import (
    Confirmed,
    PostOverdue,
    PostRefused,
    SessionEvent,
    SubscriptionRefused,
)
from hive.hyperliquid.subscriptions import Subscription, canonical
from hive.hyperliquid.wire import PostReply

USER = Address("0x" + "a1" * 20)
STREAMS = [
    subs.bbo("BTC"),
    subs.l2_book("BTC", fast=True),
    subs.trades("BTC"),
    subs.order_updates(USER),
    subs.user_fills(USER),
    subs.all_mids(),
]


class Venue:
    """The far end of one socket: reads our frames in order and owes an answer to each."""

    def __init__(self) -> None:
        self.subscribed: dict[str, None] = {}
        self.owed: deque[bytes] = deque()
        self.duplicates = 0

    def take(self, frame: bytes) -> None:
        request = json.loads(frame)
        match request["method"]:
            case "ping":
                self._owe("pong", None)
            case "post":
                response = {"type": "action", "payload": {"status": "ok"}}
                self._owe("post", {"id": request["id"], "response": response})
            case method:
                self._switch(method, request["subscription"])

    def _switch(self, method: str, wire: dict[str, Any]) -> None:
        key = canonical(wire).key
        is_repeated = (key in self.subscribed) is (method == "subscribe")
        if is_repeated:
            self.duplicates += 1
            self._owe("error", f"Already {method}d: {json.dumps(wire)}")
            return
        if method == "subscribe":
            self.subscribed[key] = None
        else:
            del self.subscribed[key]
        echo = dict(reversed(wire.items()))
        self._owe("subscriptionResponse", {"method": method, "subscription": echo})

    def _owe(self, channel: str, data: object) -> None:
        self.owed.append(json.dumps({"channel": channel, "data": data}).encode())


class World:
    """A session, its venue, and what must hold between them after every step."""

    def __init__(self) -> None:
        self.session = Session()
        self.venue: Venue | None = None
        self.now_ms = 0
        self.wanted: dict[str, Subscription] = {}
        self.posts_open: set[int] = set()
        self.confirmed: list[Subscription] = []

    def open(self) -> None:
        if self.venue is None:
            self.venue = Venue()
            self.session.opened(self.now_ms)

    def close(self) -> None:
        self.venue = None
        assert set(self.session.closed(self.now_ms)) == self.posts_open
        self.posts_open.clear()

    def want(self, subscription: Subscription) -> None:
        self.session.want(subscription, self.now_ms)
        self.wanted[subscription.key] = subscription

    def drop(self, subscription: Subscription) -> None:
        self.session.drop(subscription, self.now_ms)
        self.wanted.pop(subscription.key, None)

    def post(self, _: Subscription) -> None:
        try:
            post_id = self.session.post("action", b"{}", self.now_ms, self.now_ms + 3_000)
        except (NotSent, LimitReached):
            return
        assert post_id not in self.posts_open
        self.posts_open.add(post_id)

    def answer(self, _: Subscription) -> None:
        if self.venue is not None and self.venue.owed:
            self._receive(self.venue.owed.popleft())

    def lose(self, _: Subscription) -> None:
        if self.venue is not None and self.venue.owed:
            self.venue.owed.popleft()

    def repeat(self, _: Subscription) -> None:
        if self.venue is not None and self.venue.owed:
            self._receive(self.venue.owed[0])

    def push(self, _: Subscription) -> None:
        data = {"coin": "BTC", "time": 1, "bbo": [None, None]}
        frame = json.dumps({"channel": "bbo", "data": data}).encode()
        delivered = self.session.receive(frame, self.now_ms)
        assert (delivered is not None) is (subs.bbo("BTC").key in self.wanted)

    def wait(self, pause_ms: int) -> None:
        """Time passes as the shell would let it: each deadline met on the dot."""
        end_ms = self.now_ms + pause_ms
        while True:
            due_ms = self.session.next_deadline_ms()
            if due_ms is None or due_ms > end_ms:
                break
            if due_ms > self.now_ms:
                self.session.tick(due_ms - 1)
                assert not self.session.has_news, "something was due before its deadline"
            self.now_ms = max(self.now_ms, due_ms)
            self.session.tick(self.now_ms)
            later_ms = self.session.next_deadline_ms()
            assert later_ms is None or later_ms > self.now_ms
            self.settle()
        self.now_ms = end_ms

    def settle(self) -> None:
        """What the shell does after every step: send frames, act on events."""
        for frame in self.session.take_outgoing():
            assert self.venue is not None, "a frame for a closed socket"
            self.venue.take(frame)
        for event in self.session.take_events():
            self._hear(event)
        snapshot = self.session.snapshot()
        assert snapshot.wanted == len(self.wanted)
        assert snapshot.active <= snapshot.wanted
        assert len(self.posts_open) <= snapshot.posts_in_flight

    def _receive(self, frame: bytes) -> None:
        """An ack is for the session itself; a reply is handed to whoever posted."""
        push = self.session.receive(frame, self.now_ms)
        if isinstance(push, PostReply):
            self.posts_open.discard(push.id)
        else:
            assert push is None

    def _hear(self, event: SessionEvent) -> None:
        match event:
            case Confirmed(subscription=subscription):
                self.confirmed.append(subscription)
            case PostRefused(id=post_id) | PostOverdue(id=post_id):
                self.posts_open.discard(post_id)
            case SubscriptionRefused():
                raise AssertionError(f"this venue refuses nothing: {event}")

    def calm_down(self) -> None:
        """Open, and a venue that answers everything: within two minutes all is as wanted."""
        self.open()
        self.settle()
        assert self.venue is not None
        for _ in range(120):
            self._answer_all(self.venue)
            self.wait(1_000)
        self._answer_all(self.venue)  # a silent stream may just be on its way to be asked anew

    def _answer_all(self, venue: Venue) -> None:
        while venue.owed:
            self.answer(STREAMS[0])
            self.settle()


def _steps(*verbs: str) -> st.SearchStrategy[list[tuple[str, Any]]]:
    return st.lists(
        st.one_of(
            st.tuples(st.sampled_from(verbs), st.sampled_from(STREAMS)),
            st.tuples(st.sampled_from(["open", "close"]), st.none()),
            st.tuples(st.just("wait"), st.sampled_from([0, 1, 999, 5_000, 25_000, 70_000])),
        ),
        max_size=60,
    )


steps = _steps("want", "drop", "post", "answer", "push")
faulty_steps = _steps("want", "drop", "post", "answer", "push", "lose", "repeat")


def run(steps: list[tuple[str, Any]]) -> World:
    world = World()
    for verb, what in steps:
        getattr(world, verb)(*([] if what is None else [what]))
        world.settle()
    return world


@given(steps)
def test_any_order_of_events_ends_with_what_is_wanted(steps: list[tuple[str, Any]]) -> None:
    """Once the venue answers again, each wish is active here and there, and nothing else is."""
    world = run(steps)
    world.calm_down()
    assert world.venue is not None
    assert set(world.venue.subscribed) == set(world.wanted)
    assert world.session.snapshot().active == len(world.wanted)
    assert world.posts_open == set()


@given(faulty_steps)
def test_lost_and_repeated_answers_are_healed(steps: list[tuple[str, Any]]) -> None:
    """The same where answers are lost or come twice: acks in doubt are asked for again."""
    world = run(steps)
    world.calm_down()
    assert world.venue is not None
    assert set(world.venue.subscribed) == set(world.wanted)
    assert world.session.snapshot().active == len(world.wanted)


@given(steps.map(lambda made: [step for step in made if step[0] != "wait"]))
def test_nothing_is_subscribed_twice(steps: list[tuple[str, Any]]) -> None:
    """As long as no answer is overdue, the venue never hears the same request again."""
    world = World()
    for verb, what in steps:
        getattr(world, verb)(*([] if what is None else [what]))
        world.settle()
        assert world.venue is None or world.venue.duplicates == 0


@given(st.lists(st.sampled_from(STREAMS), unique=True), st.integers(1, 5))
def test_each_reopening_confirms_each_wish_once(wanted: list[Subscription], openings: int) -> None:
    """As many confirmations as wishes, every time."""
    world = World()
    for subscription in wanted:
        world.want(subscription)
    for _ in range(openings):
        world.confirmed.clear()
        world.open()
        world.settle()
        assert world.venue is not None
        while world.venue.owed:
            world.answer(STREAMS[0])
            world.settle()
        assert world.confirmed == wanted
        world.close()
