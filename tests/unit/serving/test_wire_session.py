"""A client's frames and the server's words (protocol.md 3.1 and 3.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.serving.scripted_venue import USER, Peer, envelope, world

from hive.hyperliquid import subscriptions
from hive.serving.port import Reply, Subscribing

LOUD_USER = USER.upper().replace("0X", "0x")


def ack(subscription: dict[str, Any], method: str = "subscribe") -> dict[str, Any]:
    data = {"method": method, "subscription": subscription}
    return {"channel": "subscriptionResponse", "data": data}


def error(text: str) -> dict[str, Any]:
    return {"channel": "error", "data": text}


@pytest.mark.parametrize(
    ("sent", "echoed"),
    [
        (
            {"coin": "BTC", "type": "l2Book", "extra": 1},
            '{"type":"l2Book","coin":"BTC","nSigFigs":null,"mantissa":null,"fast":false}',
        ),
        (
            {"type": "l2Book", "coin": "BTC", "fast": True, "mantissa": 2, "nSigFigs": 5},
            '{"type":"l2Book","coin":"BTC","nSigFigs":5,"mantissa":2,"fast":true}',
        ),
        (
            {"type": "candle", "coin": "BTC", "interval": "1m"},
            '{"type":"candle","interval":"1m","coin":"BTC"}',
        ),
        ({"coin": "BTC", "type": "bbo"}, '{"type":"bbo","coin":"BTC"}'),
        ({"type": "trades", "coin": "BTC"}, '{"type":"trades","coin":"BTC"}'),
        ({"type": "activeAssetCtx", "coin": "BTC"}, '{"type":"activeAssetCtx","coin":"BTC"}'),
        ({"type": "allMids"}, '{"type":"allMids","dex":""}'),
        ({"type": "orderUpdates", "user": LOUD_USER}, f'{{"type":"orderUpdates","user":"{USER}"}}'),
        ({"type": "userEvents", "user": USER[2:]}, f'{{"type":"userEvents","user":"{USER}"}}'),
        ({"type": "user", "user": LOUD_USER}, f'{{"type":"user","user":"{USER}"}}'),
        (
            {"type": "userFills", "user": USER},
            f'{{"type":"userFills","user":"{USER}","aggregateByTime":false}}',
        ),
        (
            {"type": "clearinghouseState", "user": USER},
            f'{{"type":"clearinghouseState","user":"{USER}","dex":""}}',
        ),
        (
            {"type": "openOrders", "user": USER, "dex": ""},
            f'{{"type":"openOrders","user":"{USER}","dex":""}}',
        ),
    ],
)
def test_the_ack_says_the_servers_own_form(sent: dict[str, Any], echoed: str) -> None:
    _, core = world()
    peer = Peer(core)
    frame = json.dumps({"method": "subscribe", "subscription": sent}).encode()
    core.ws_frame(peer.connection, frame, 0)
    (raw,) = peer.frames
    expected = '{"channel":"subscriptionResponse","data":{"method":"subscribe","subscription":'
    assert raw.decode() == expected + echoed + "}}"
    # Hive's own client takes the echo for what was sent.
    assert subscriptions.canonical(json.loads(echoed)) == subscriptions.canonical(sent)


def test_the_ack_comes_before_the_first_frames() -> None:
    venue, core = world()
    venue.first_frames = [b'{"first":1}', b'{"second":2}']
    answers = Peer(core).subscribe(type="trades", coin="BTC")
    assert answers == [ack({"type": "trades", "coin": "BTC"}), {"first": 1}, {"second": 2}]


def test_the_same_subscription_in_other_words_is_already_subscribed() -> None:
    _, core = world()
    peer = Peer(core)
    peer.subscribe(type="l2Book", coin="SOL")
    text = (
        "Already subscribed: "
        '{"type":"l2Book","coin":"SOL","nSigFigs":null,"mantissa":null,"fast":false}'
    )
    assert peer.subscribe(coin="SOL", type="l2Book", nSigFigs=None, fast=False) == [error(text)]


def test_unsubscribing_twice_is_already_unsubscribed() -> None:
    venue, core = world()
    peer = Peer(core)
    form = {"type": "bbo", "coin": "BTC"}
    assert peer.unsubscribe(**form) == [
        error('Already unsubscribed: {"type":"bbo","coin":"BTC"}'),
    ]
    peer.subscribe(**form)
    assert peer.unsubscribe(**form) == [ack(form, "unsubscribe")]
    venue.hub.publish('{"type":"bbo","coin":"BTC"}', b"{}")
    assert peer.take() == []
    assert peer.subscribe(**form) == [ack(form)]


def test_user_is_another_name_for_user_events() -> None:
    venue, core = world()
    peer, other = Peer(core), Peer(core)
    peer.subscribe(type="user", user=USER)
    other.subscribe(type="userEvents", user=USER)
    (refused,) = peer.subscribe(type="userEvents", user=USER)
    assert refused["data"].startswith("Already subscribed: ")
    key = f'{{"type":"userEvents","user":"{USER}"}}'
    assert venue.hub.count(key) == 2
    venue.hub.publish(key, b'{"channel":"user"}')
    assert peer.take() == other.take() == [{"channel": "user"}]


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"hello",
        b"[]",
        b"1",
        b"null",
        b"\xff\xfe",
        b'{"method":"dance"}',
        b'{"method":["ping"]}',
        b'{"method":"ping"} {"method":"ping"}',
        b'{"method":"ping","method":"ping"}',
        b'{"method":"subscribe"}',
        b'{"method":"subscribe","subscription":{"type":"noSuchStream"}}',
        b'{"method":"subscribe","subscription":{"type":"bbo"}}',
        b'{"method":"subscribe","subscription":{"type":"bbo","coin":["BTC","ETH"]}}',
        b'{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC","nSigFigs":"5"}}',
        b'{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC","fast":1}}',
        b'{"method":"post","request":{"type":"info","payload":{}}}',
        b'{"method":"post","id":-1,"request":{"type":"info","payload":{}}}',
        b'{"method":"post","id":1}',
        b'{"method":"post","id":1,"request":{"type":"info"}}',
        b'{"method":"post","id":1,"request":{"type":"explorer","payload":{}}}',
    ],
)
def test_a_frame_that_makes_no_sense_is_said_back(frame: bytes) -> None:
    _, core = world()
    peer = Peer(core)
    text = "Error parsing JSON into valid websocket request: " + frame.decode(errors="replace")
    assert peer.say(frame) == [error(text)]
    assert not peer.is_dropped


@pytest.mark.parametrize(
    "subscription",
    [
        {"type": "candle", "coin": "BTC", "interval": "7m"},
        {"type": "userFills", "user": "0X" + "ab" * 20},
        {"type": "orderUpdates", "user": "0x12"},
    ],
)
def test_the_right_shape_with_an_impossible_value_is_invalid(subscription: dict[str, str]) -> None:
    _, core = world()
    peer = Peer(core)
    text = "Invalid subscription " + json.dumps(subscription, separators=(",", ":"))
    assert peer.subscribe(**subscription) == [error(text)]
    assert not peer.is_dropped


@pytest.mark.parametrize(
    "rounding",
    [
        {"nSigFigs": 1},
        {"nSigFigs": 6},
        {"nSigFigs": 0},
        {"nSigFigs": 5, "mantissa": 1},
        {"nSigFigs": 5, "mantissa": 3},
        {"nSigFigs": 4, "mantissa": 2},
        {"mantissa": 5},
    ],
)
def test_bad_rounding_drops_the_socket_without_a_word(rounding: dict[str, int]) -> None:
    _, core = world()
    peer = Peer(core)
    assert peer.subscribe(type="l2Book", coin="BTC", **rounding) == []
    assert peer.is_dropped
    assert core.snapshot().drops_by_reason == {"bad subscription": 1}


def test_an_unknown_coin_drops_the_socket_without_a_word() -> None:
    venue, core = world()
    venue.verdict = Subscribing.DROP_SOCKET
    peer = Peer(core)
    assert peer.subscribe(type="bbo", coin="btc") == []
    assert peer.is_dropped
    assert venue.events == [("connected", 1), ("disconnected", 1)]


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (Subscribing.INVALID, 'Invalid subscription {"type":"allMids","dex":"xyz"}'),
        (Subscribing.TOO_MANY_USERS, "Cannot track more than 10 total users."),
        (Subscribing.TOO_MANY, "Cannot subscribe to more than 1000 channels."),
    ],
)
def test_what_the_venue_refuses_is_an_error_frame(verdict: Subscribing, text: str) -> None:
    venue, core = world()
    venue.verdict = verdict
    peer = Peer(core)
    assert peer.subscribe(type="allMids", dex="xyz") == [error(text)]
    assert venue.hub.count('{"type":"allMids","dex":"xyz"}') == 0


def test_a_ping_is_answered() -> None:
    _, core = world()
    assert Peer(core).say({"method": "ping"}) == [{"channel": "pong"}]


def post(kind: str, payload: Any, post_id: int = 7) -> dict[str, Any]:
    return {"method": "post", "id": post_id, "request": {"type": kind, "payload": payload}}


def posted(response: Any, post_id: int = 7) -> dict[str, Any]:
    return {"channel": "post", "data": {"id": post_id, "response": response}}


def test_an_info_post_names_its_type_and_carries_the_body() -> None:
    venue, core = world()
    peer = Peer(core)
    answer = posted({"type": "info", "payload": {"type": "meta", "data": {"a": 1}}})
    assert peer.say(post("info", {"type": "meta"})) == [answer]
    assert venue.info_requests == [{"type": "meta", "dex": ""}]


def test_a_posted_l2_book_of_an_unknown_coin_is_null_and_the_socket_survives() -> None:
    venue, core = world()
    venue.info_reply = Reply(200, b"null")
    peer = Peer(core)
    answer = posted({"type": "info", "payload": {"type": "l2Book", "data": None}})
    assert peer.say(post("info", {"type": "l2Book", "coin": "NOPE"})) == [answer]
    assert not peer.is_dropped


def test_an_action_post_carries_what_http_would_answer() -> None:
    venue, core = world()
    venue.exchange_reply = Reply(200, b'{"status":"err","response":"no"}')
    answer = posted({"type": "action", "payload": {"status": "err", "response": "no"}})
    assert Peer(core).say(post("action", envelope())) == [answer]


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("info", {"type": "noSuchThing"}),
        ("info", 5),
        ("action", {}),
        ("action", envelope(nonce=-1)),
    ],
)
def test_a_payload_that_does_not_fit_is_an_error_of_its_post(kind: str, payload: Any) -> None:
    _, core = world()
    (answer,) = Peer(core).say(post(kind, payload))
    assert answer["data"]["id"] == 7
    assert answer["data"]["response"]["type"] == "error"
    text = answer["data"]["response"]["payload"]
    assert text.startswith("Failed to deserialize the JSON body into the target type")


def test_what_http_would_refuse_is_an_error_of_its_post() -> None:
    venue, core = world()
    venue.info_reply = Reply(429, b"null")
    answer = posted({"type": "error", "payload": "429 null"})
    assert Peer(core).say(post("info", {"type": "meta"})) == [answer]


def test_answers_to_posts_come_when_their_block_is_done_in_any_order() -> None:
    venue, core = world()
    venue.exchange_reply = None
    peer = Peer(core)
    peer.say(post("action", envelope(), 1))
    assert peer.say(post("action", envelope(), 2)) == []
    first, second = venue.open_answers
    second(Reply(200, b'"second"'))
    first(Reply(200, b'"first"'))
    assert [answer["data"]["id"] for answer in peer.take()] == [2, 1]
