"""Whatever the venue sends, the pool neither raises nor stops: it is total on frames."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.connection.scripted_venue import ALICE, Sink, World, bbo_push, settled

from hive.hyperliquid.subscriptions import bbo, l2_book, order_updates, trades, user_events

PUBLIC = ["bbo", "l2Book", "trades", "nobody"]
PRIVATE = ["user", "orderUpdates"]
OURS = ["post", "error", "pong", "subscriptionResponse"]
CHANNELS = st.sampled_from([*PUBLIC, *PRIVATE, *OURS])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 3), st.floats(), st.sampled_from(["BTC", "1.0", "x"])
)
NAMES = st.sampled_from(
    ["coin", "time", "bbo", "id", "response", "type", "payload", "method", "subscription", "fills"]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=8,
)
ACKS = st.builds(
    lambda method, coin: {
        "channel": "subscriptionResponse",
        "data": {"method": method, "subscription": {"type": "bbo", "coin": coin}},
    },
    st.sampled_from(["subscribe", "unsubscribe"]),
    st.sampled_from(["BTC", "ETH", "SOL"]),
)
ERRORS = st.builds(
    lambda text: {"channel": "error", "data": text},
    st.sampled_from(
        [
            'Already subscribed: {"type":"bbo","coin":"BTC"}',
            'Already unsubscribed: {"type":"bbo","coin":"ETH"}',
            'Invalid subscription {"type":"bbo","coin":"SOL"}',
            "Cannot track more than 10 total users.",
            "too many pending post requests id=1",
            "anything",
        ]
    ),
)
PUSHES = st.builds(lambda channel, data: {"channel": channel, "data": data}, CHANNELS, VALUES)
FRAMES = st.one_of(
    st.binary(max_size=60),
    st.one_of(PUSHES, ACKS, ERRORS).map(lambda frame: json.dumps(frame).encode()),
)


@given(st.lists(FRAMES, max_size=30))
def test_no_frame_stops_a_stream(frames: list[bytes]) -> None:
    world = World()
    btc, replies = Sink(), list[Any]()

    async def scene() -> None:
        link = world.pool.action_link(
            ALICE,
            lambda request_id, _: replies.append(request_id),
            lambda request_id, _: replies.append(request_id),
        )
        world.pool.subscribe(bbo("BTC"), btc)
        for subscription in (bbo("ETH"), l2_book("BTC"), trades("BTC")):
            world.pool.subscribe(subscription, Sink())
        for subscription in (order_updates(ALICE), user_events(ALICE)):
            world.pool.subscribe(subscription, Sink())
        await settled()
        link.post(1, b"{}", world.now_ms + 3_000)
        for frame in frames:
            for socket in world.venue.open_sockets:
                socket.push(frame)
        await settled(90)
        btc.pushes.clear()
        for socket in world.venue.open_sockets:
            if any(held.get("coin") == "BTC" for held in socket.keys.values()):
                socket.push(bbo_push("BTC"))
        snapshot = world.pool.snapshot()
        assert len(btc.pushes) == 1 or "refused" in str(snapshot.recent_alarms)
        assert snapshot.sink_errors == 0

    world.play(scene)
    assert 1 in replies
