"""The server's core: sockets, silence, posts in flight, and a venue that drops sockets."""

from __future__ import annotations

import pytest
from tests.unit.serving.scripted_venue import IP, USER, Peer, ask, envelope, world

from hive.hyperliquid.limits import VenueLimits
from hive.serving.core import ServerCore
from hive.serving.port import NO_ANSWER, Reply

BBO = '{"type":"bbo","coin":"BTC"}'
TRADES = '{"type":"trades","coin":"BTC"}'


def test_nothing_is_said_first() -> None:
    _, core = world()
    assert Peer(core).take() == []


def test_a_socket_that_is_not_admitted_gets_no_number() -> None:
    venue, core = world()
    venue.admits = False
    assert core.ws_open(ip=IP, now_ms=0, send=print, drop=print) is None
    assert venue.events == []
    assert core.snapshot().sockets == 0


def test_a_published_frame_is_the_same_object_for_all_in_the_order_they_came() -> None:
    venue, core = world()
    heard: list[tuple[str, bytes]] = []

    def listen(name: str) -> int:
        connection = core.ws_open(
            ip=IP, now_ms=0, send=lambda frame: heard.append((name, frame)), drop=print
        )
        assert connection is not None
        return connection

    for name in ("second", "first", "third"):
        core.ws_frame(
            listen(name), b'{"method":"subscribe","subscription":' + BBO.encode() + b"}", 0
        )
    heard.clear()
    frame = b'{"channel":"bbo"}'
    venue.hub.publish(BBO, frame)
    assert [name for name, _ in heard] == ["second", "first", "third"]
    assert all(sent is frame for _, sent in heard)


def test_a_frame_for_a_stream_nobody_holds_goes_nowhere() -> None:
    venue, core = world()
    peer = Peer(core)
    peer.subscribe(type="bbo", coin="BTC")
    venue.hub.publish(TRADES, b"{}")
    assert peer.take() == []
    assert venue.hub.count(TRADES) == 0


def test_a_closed_socket_is_forgotten_everywhere() -> None:
    venue, core = world()
    peer = Peer(core)
    peer.subscribe(type="bbo", coin="BTC")
    core.ws_closed(peer.connection, 0)
    core.ws_closed(peer.connection, 0)
    assert venue.hub.count(BBO) == 0
    assert venue.hub.connections() == []
    assert venue.events[-1] == ("disconnected", peer.connection)
    assert venue.events.count(("disconnected", peer.connection)) == 1
    assert peer.say({"method": "ping"}) == []


def test_the_venue_cuts_a_socket_and_hears_of_it_after_its_own_work() -> None:
    venue, core = world()
    peer, other = Peer(core), Peer(core)

    def cut_and_work_on() -> None:
        venue.hub.cut(peer.connection)
        assert ("disconnected", peer.connection) not in venue.events

    venue.during_advance = cut_and_work_on
    core.advance(1)
    assert peer.is_dropped
    assert not other.is_dropped
    assert venue.events[-1] == ("disconnected", peer.connection)
    assert venue.hub.connections() == [other.connection]
    venue.hub.cut(peer.connection)
    assert core.snapshot().drops_by_reason == {"cut": 1}


def test_a_socket_that_was_told_nothing_for_a_minute_is_closed() -> None:
    _, core = world()
    peer = Peer(core, now_ms=1_000)
    assert core.next_deadline_ms() == 61_000
    core.advance(60_999)
    assert not peer.is_dropped
    core.advance(61_000)
    assert peer.is_dropped
    assert core.snapshot().drops_by_reason == {"silence": 1}


def test_what_the_client_says_does_not_break_the_silence_but_a_pong_does() -> None:
    venue, core = world()
    venue.exchange_reply = None
    quiet, pinging = Peer(core), Peer(core)
    for peer in (quiet, pinging):
        peer.now_ms = 50_000
    quiet.say({"method": "post", "id": 1, "request": {"type": "action", "payload": envelope()}})
    pinging.say({"method": "ping"})
    core.advance(60_000)
    assert quiet.is_dropped
    assert not pinging.is_dropped
    assert core.next_deadline_ms() == 110_000


def test_a_published_frame_breaks_the_silence_of_all_its_listeners() -> None:
    venue, core = world()
    peers = [Peer(core) for _ in range(3)]
    for peer in peers[:2]:
        peer.subscribe(type="bbo", coin="BTC")
    core.advance(30_000)
    venue.hub.publish(BBO, b"{}")
    core.advance(60_000)
    assert [peer.is_dropped for peer in peers] == [False, False, True]
    core.advance(90_000)
    assert [peer.is_dropped for peer in peers] == [True, True, True]


def test_the_deadline_is_the_sooner_of_the_venues_and_the_silence() -> None:
    venue, core = world()
    assert core.next_deadline_ms() == venue.deadline_ms
    Peer(core)
    assert core.next_deadline_ms() == 60_000
    venue.deadline_ms = 70
    assert core.next_deadline_ms() == 70


def test_too_many_messages_drop_the_socket() -> None:
    venue, core = world()
    venue.messages_left = 1
    peer = Peer(core)
    assert peer.say({"method": "ping"}) == [{"channel": "pong"}]
    assert peer.say({"method": "ping"}) == []
    assert peer.is_dropped
    assert core.snapshot().drops_by_reason == {"too many messages": 1}


def test_a_frame_beyond_the_bound_drops_the_socket() -> None:
    _, core = world()
    peer = Peer(core)
    assert peer.say(b" " * ((1 << 20) + 1)) == []
    assert peer.is_dropped


def fill_slots(core: ServerCore, peer: Peer, count: int) -> None:
    for post_id in range(count):
        request = {"type": "action", "payload": envelope()}
        assert peer.say({"method": "post", "id": post_id, "request": request}) == []


REFUSED = {"channel": "error", "data": "too many pending post requests id=99"}
ONE_MORE = {"method": "post", "id": 99, "request": {"type": "info", "payload": {"type": "meta"}}}


def test_posts_in_flight_are_counted_per_ip() -> None:
    venue, core = world(VenueLimits(posts_in_flight_max=3))
    venue.exchange_reply = None
    peer, sibling, stranger = Peer(core), Peer(core), Peer(core, ip="10.9.9.9")
    fill_slots(core, peer, 3)
    assert sibling.say(ONE_MORE) == [REFUSED]
    assert stranger.say(ONE_MORE) != [REFUSED]
    venue.open_answers[0](Reply(200, b"1"))
    assert sibling.say(ONE_MORE) != [REFUSED]


def test_a_closed_socket_gives_its_posts_back() -> None:
    venue, core = world(VenueLimits(posts_in_flight_max=3))
    venue.exchange_reply = None
    peer, sibling = Peer(core), Peer(core)
    fill_slots(core, peer, 3)
    core.ws_closed(peer.connection, 0)
    assert sibling.say(ONE_MORE) != [REFUSED]
    for answer in venue.open_answers:
        answer(Reply(200, b"1"))
    assert peer.take() == []


def test_a_lost_answer_holds_its_slot_for_a_minute_only() -> None:
    venue, core = world(VenueLimits(posts_in_flight_max=1))
    venue.exchange_reply = NO_ANSWER
    peer = Peer(core)
    fill_slots(core, peer, 1)
    assert peer.say(ONE_MORE) == [REFUSED]
    peer.now_ms = 60_000
    assert peer.say(ONE_MORE) != [REFUSED]


def test_a_slow_reader_is_dropped_with_its_reason() -> None:
    venue, core = world()
    peer = Peer(core)
    core.ws_give_up(peer.connection, reason="slow reader", now_ms=5)
    assert peer.is_dropped
    assert venue.events[-1] == ("disconnected", peer.connection)
    assert core.snapshot().drops_by_reason == {"slow reader": 1}


def test_the_snapshot_counts() -> None:
    venue, core = world()
    first, second = Peer(core), Peer(core)
    first.subscribe(type="bbo", coin="BTC")
    second.subscribe(type="bbo", coin="BTC")
    second.subscribe(type="orderUpdates", user=USER)
    venue.hub.publish(BBO, b"{}")
    core.ws_closed(first.connection, 0)
    ask(core, "/info", {"type": "meta"})
    seen = core.snapshot()
    assert (seen.sockets, seen.sockets_peak, seen.subscriptions) == (1, 2, 2)
    assert (seen.frames_received, seen.frames_sent, seen.requests) == (3, 5, 1)


@pytest.mark.parametrize("path", ["/info", "/exchange"])
def test_a_request_may_be_answered_later(path: str) -> None:
    venue, core = world()
    venue.exchange_reply = None
    replies: list[Reply] = []
    if path == "/exchange":
        body = b'{"action":{"type":"noop"},"nonce":1,"signature":{"r":"0x1","s":"0x1","v":27}}'
        core.http(
            path, body, content_type="application/json", ip=IP, now_ms=0, answer=replies.append
        )
        assert replies == []
        venue.open_answers[0](Reply(200, b"{}"))
    else:
        replies.append(ask(core, path, {"type": "meta"}))
    assert [reply.status for reply in replies] == [200]
