"""One WebSocket session: subscriptions, acks, heartbeat, silence, posts and complaints."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hive.domain.errors import BadFrame, LimitReached, NotSent
from hive.domain.identifiers import Address
from hive.hyperliquid import subscriptions as subs
from hive.hyperliquid.session import Session
from hive.hyperliquid.session_events import (
    AckOverdue,
    Confirmed,
    PeerSilent,
    PostOverdue,
    PostRefused,
    PostReplied,
    SessionEvent,
    SessionTiming,
    StreamFresh,
    StreamStale,
    SubscriptionRefused,
)
from hive.hyperliquid.subscriptions import Subscription
from hive.hyperliquid.wire import BboPush

ALICE = Address("0x" + "a1" * 20)
BOB = Address("0x" + "b0" * 20)
BTC = subs.bbo("BTC")
BOOK = subs.l2_book("BTC", fast=True)
PING = b'{"method":"ping"}'


def frame(channel: str, data: object) -> bytes:
    return json.dumps({"channel": channel, "data": data}).encode()


def ack(subscription: Subscription, method: str = "subscribe") -> bytes:
    """As the venue echoes: its own key order, defaults filled in, unknown extras."""
    echo: dict[str, Any] = subscription.to_wire()
    if subscription.type == "l2Book":
        echo = {"nSigFigs": None, "mantissa": None, "fast": False, **echo}
    return frame("subscriptionResponse", {"subscription": echo, "method": method})


def bbo_push(coin: str = "BTC") -> bytes:
    level = {"px": "100.0", "sz": "1.0", "n": 1}
    return frame("bbo", {"coin": coin, "time": 1, "bbo": [level, None]})


def book_push(coin: str = "BTC") -> bytes:
    return frame("l2Book", {"coin": coin, "time": 1, "levels": [[], []], "fast": True})


def sent(session: Session) -> list[dict[str, Any]]:
    return [json.loads(sent_frame) for sent_frame in session.take_outgoing()]


def subscribed(subscription: Subscription) -> dict[str, Any]:
    return {"method": "subscribe", "subscription": subscription.to_wire()}


def unsubscribed(subscription: Subscription) -> dict[str, Any]:
    return {"method": "unsubscribe", "subscription": subscription.to_wire()}


def opened(*wanted: Subscription, timing: SessionTiming | None = None) -> Session:
    """A session at 0 ms with everything wanted acked and all news taken."""
    session = Session(timing)
    for subscription in wanted:
        session.want(subscription, 0)
    session.opened(0)
    for subscription in wanted:
        session.receive(ack(subscription), 0)
    session.take_outgoing()
    session.take_events()
    return session


# --- subscribing -------------------------------------------------------------------------------


def test_nothing_is_sent_before_the_socket_opens() -> None:
    """What is wanted waits, then goes out at once, in the order it was wanted."""
    session = Session()
    session.want(BTC, 0)
    session.want(BOOK, 0)
    assert not session.has_news
    assert session.next_deadline_ms() is None
    session.opened(10)
    assert sent(session) == [subscribed(BTC), subscribed(BOOK)]


def test_a_second_wish_sends_nothing() -> None:
    """A duplicate queued before or after the opening never reaches the venue."""
    session = Session()
    session.want(BTC, 0)
    session.want(BTC, 0)
    session.opened(0)
    assert len(sent(session)) == 1
    session.want(BTC, 1)
    session.receive(ack(BTC), 2)
    session.want(subs.bbo("BTC"), 3)
    assert sent(session) == []


def test_an_echo_in_the_venues_words_confirms() -> None:
    """Lower-cased user, defaults filled in, another key order: the same subscription."""
    fills = Subscription(type="userFills", user=Address("0x" + "A1" * 20))
    session = Session()
    session.want(BOOK, 0)
    session.want(fills, 0)
    session.opened(0)
    session.receive(ack(BOOK), 1)
    echo = {"user": ALICE, "aggregateByTime": False, "type": "userFills"}
    session.receive(frame("subscriptionResponse", {"method": "subscribe", "subscription": echo}), 2)
    assert session.take_events() == [Confirmed(BOOK), Confirmed(fills)]


def test_already_subscribed_confirms() -> None:
    """The venue has it, which is all that was asked."""
    session = Session()
    session.want(BTC, 0)
    session.opened(0)
    session.receive(frame("error", 'Already subscribed: {"type":"bbo","coin":"BTC"}'), 1)
    assert session.take_events() == [Confirmed(BTC)]
    assert session.snapshot().active == 1


def test_fifty_wishes_and_duplicates_bring_fifty_acks() -> None:
    """No duplicate swallows what was queued behind it."""
    session = Session()
    coins = [f"C{number}" for number in range(50)]
    for coin in coins:
        session.want(subs.bbo(coin), 0)
        session.want(subs.bbo(coins[0]), 0)
    session.opened(0)
    assert len(sent(session)) == 50
    for coin in coins:
        session.receive(ack(subs.bbo(coin)), 1)
    assert len(session.take_events()) == 50
    assert session.snapshot().active == 50


def test_an_unanswered_subscribe_is_told_and_repeated_ever_more_slowly() -> None:
    """After 5 s, then 10 more, 20 more, until 60 s apart; the answer ends it."""
    session = Session(SessionTiming(ping_after_ms=10**6, dead_after_ms=10**7))
    trades = subs.trades("BTC")
    session.want(trades, 0)
    session.opened(0)
    session.take_outgoing()
    at_ms = []
    for attempt in range(1, 7):
        due_ms = session.next_deadline_ms()
        assert due_ms is not None
        session.tick(due_ms - 1)
        assert not session.has_news
        session.tick(due_ms)
        assert sent(session) == [subscribed(trades)]
        assert session.take_events() == [AckOverdue(trades, attempt)]
        at_ms.append(due_ms)
    assert at_ms == [5_000, 15_000, 35_000, 75_000, 135_000, 195_000]
    session.receive(ack(trades), 200_000)
    assert session.take_events() == [Confirmed(trades)]
    assert session.next_deadline_ms() == 200_000 + 10**6


def test_dropping_unsubscribes_and_delivers_nothing_more() -> None:
    """Frames still on their way are not delivered; the ack ends the matter."""
    session = opened(BTC)
    assert isinstance(session.receive(bbo_push(), 1), BboPush)
    session.drop(BTC, 2)
    assert sent(session) == [unsubscribed(BTC)]
    assert session.receive(bbo_push(), 3) is None
    session.receive(ack(BTC, "unsubscribe"), 4)
    assert session.receive(bbo_push(), 5) is None
    assert session.snapshot().wanted == 0
    assert session.snapshot().unrouted == 1


def test_dropping_what_is_not_held_does_nothing() -> None:
    """No frame, no fault."""
    session = opened()
    session.drop(BTC, 1)
    assert not session.has_news


def test_wanted_again_while_dropping_waits_for_the_answer() -> None:
    """Subscribing before the unsubscribe is answered would race it at the venue."""
    session = opened(BTC)
    session.drop(BTC, 1)
    session.want(BTC, 2)
    assert sent(session) == [unsubscribed(BTC)]
    session.receive(ack(BTC, "unsubscribe"), 3)
    assert sent(session) == [subscribed(BTC)]
    session.receive(ack(BTC), 4)
    assert session.take_events() == [Confirmed(BTC)]


def test_a_thousand_drops_and_wishes_leave_one_stream() -> None:
    """Churn leaves nothing behind: each push is delivered once."""
    session = opened(BTC)
    for round_ms in range(1_000):
        session.drop(BTC, round_ms)
        session.want(BTC, round_ms)
        for request in sent(session):
            session.receive(ack(BTC, request["method"]), round_ms)
        for request in sent(session):
            session.receive(ack(BTC, request["method"]), round_ms)
    session.take_events()
    assert isinstance(session.receive(bbo_push(), 1_000), BboPush)
    snapshot = session.snapshot()
    assert (snapshot.wanted, snapshot.active) == (1, 1)


def test_everything_wanted_is_subscribed_again_after_a_reopening() -> None:
    """What was dropped meanwhile is not; each one is confirmed anew."""
    session = opened(BTC, BOOK, subs.trades("ETH"))
    session.closed(100)
    session.drop(BOOK, 150)
    session.want(subs.bbo("SOL"), 160)
    assert not session.has_news
    session.opened(200)
    expected = [BTC, subs.trades("ETH"), subs.bbo("SOL")]
    assert sent(session) == [subscribed(subscription) for subscription in expected]
    for subscription in expected:
        session.receive(ack(subscription), 201)
    assert session.take_events() == [Confirmed(subscription) for subscription in expected]


def test_what_was_being_dropped_is_gone_after_a_reopening() -> None:
    """The closed socket has unsubscribed it."""
    session = opened(BTC)
    session.drop(BTC, 1)
    session.closed(2)
    session.opened(3)
    assert sent(session) == []


def test_two_streams_that_look_alike_do_not_share_a_socket() -> None:
    """Two users' order updates could not be told apart."""
    session = opened(subs.order_updates(ALICE))
    with pytest.raises(LimitReached) as refusal:
        session.want(subs.order_updates(BOB), 1)
    assert refusal.value.limit == "one stream per route"
    assert session.snapshot().wanted == 1


def test_a_session_holds_a_bounded_number_of_streams() -> None:
    """One more is refused by name."""
    session = opened(BTC, timing=SessionTiming(streams_max=1))
    with pytest.raises(LimitReached) as refusal:
        session.want(BOOK, 1)
    assert refusal.value.limit == "streams_max"


# --- frames ------------------------------------------------------------------------------------


def test_a_malformed_frame_changes_nothing_but_the_heartbeat() -> None:
    """It is the shell's to keep; the stream goes on."""
    session = opened(BTC)
    for bad in (b"", b"{", b"[]", b'{"channel":"bbo"}', b"\xff\xfe", b'{"data":1}'):
        with pytest.raises(BadFrame):
            session.receive(bad, 5)
    assert isinstance(session.receive(bbo_push(), 6), BboPush)


def test_an_ack_that_is_no_subscription_is_a_bad_frame() -> None:
    """Nothing moves on account of it."""
    session = opened(BTC)
    echo = {"method": "subscribe", "subscription": {"coin": 7}}
    with pytest.raises(BadFrame):
        session.receive(frame("subscriptionResponse", echo), 1)
    assert session.snapshot().active == 1


def test_unknown_channels_are_counted_by_name() -> None:
    """Never silently ignored, and never more names than the bound."""
    session = opened()
    for number in range(100):
        session.receive(frame(f"news{number}", {}), 1)
    session.receive(frame("news0", {}), 1)
    unknown = session.snapshot().unknown
    assert unknown["news0"] == 2
    assert len(unknown) == 33
    assert unknown["other"] == 68


def test_acks_of_nothing_are_counted() -> None:
    """A stray ack moves nothing."""
    session = opened(BTC)
    session.receive(ack(BOOK), 1)
    assert session.snapshot().strays == 1
    assert not session.has_news


def test_a_stream_the_venue_ends_is_asked_for_again() -> None:
    """An unsubscribe we did not send leaves us wanting."""
    session = opened(BTC)
    session.receive(ack(BTC, "unsubscribe"), 1)
    assert sent(session) == [subscribed(BTC)]


def test_frames_after_the_closing_move_nothing() -> None:
    """A late ack belongs to a socket that is gone."""
    session = opened(BTC)
    session.closed(1)
    session.receive(ack(BTC), 2)
    session.receive(frame("error", "Cannot track more than 10 total users."), 2)
    assert session.take_events() == []
    assert session.snapshot().active == 0


# --- complaints --------------------------------------------------------------------------------


def test_an_invalid_subscription_is_let_go_and_told() -> None:
    """Whoever asked learns why; the others are not disturbed."""
    session = opened(BTC)
    wrong = Subscription(type="candle", coin="BTC", interval="7m")
    session.want(wrong, 1)
    session.take_outgoing()
    text = 'Invalid subscription {"type":"candle","coin":"BTC","interval":"7m"}'
    session.receive(frame("error", text), 2)
    assert session.take_events() == [SubscriptionRefused(wrong, text)]
    assert session.snapshot().wanted == 1
    session.closed(3)
    session.opened(4)
    assert sent(session) == [subscribed(BTC)]


def test_too_many_users_is_told_to_the_oldest_private_wish() -> None:
    """The text names nobody; the venue answers in the order it was asked."""
    session = opened(BTC, subs.user_fills(ALICE))
    session.want(subs.trades("BTC"), 1)
    session.want(subs.user_fills(BOB), 1)
    session.want(subs.open_orders(BOB), 1)
    text = "Cannot track more than 10 total users."
    session.receive(frame("error", text), 2)
    assert session.take_events() == [SubscriptionRefused(subs.user_fills(BOB), text)]


def test_a_complaint_about_nothing_named_is_told_as_such() -> None:
    """Nobody is blamed; everything that waits is still repeated in time."""
    session = opened(BTC)
    session.receive(frame("error", "Something went wrong"), 1)
    assert session.take_events() == [SubscriptionRefused(None, "Something went wrong")]
    assert session.snapshot().refusals == 1


def test_a_complaint_about_an_active_stream_leaves_it() -> None:
    """It streams, whatever the venue says about a repeated request."""
    session = opened(BTC)
    session.receive(frame("error", 'Invalid subscription {"type":"bbo","coin":"BTC"}'), 1)
    assert session.take_events() == []
    assert session.snapshot().active == 1


# --- posts -------------------------------------------------------------------------------------


def post_reply(post_id: int, payload: object, kind: str = "action") -> bytes:
    return frame("post", {"id": post_id, "response": {"type": kind, "payload": payload}})


def test_a_post_carries_its_payload_untouched() -> None:
    """Signed bytes are not written anew."""
    session = opened()
    post_id = session.post("action", b'{"nonce":1, "z":"a"}', 0, 1_000)
    assert session.take_outgoing() == [
        b'{"method":"post","id":%d,"request":{"type":"action","payload":{"nonce":1, "z":"a"}}}'
        % post_id
    ]


def test_replies_are_matched_by_id_in_any_order() -> None:
    """The payload is the venue's JSON, as HTTP would have brought it."""
    session = opened()
    first = session.post("action", b"{}", 0, 1_000)
    second = session.post("info", b"{}", 0, 1_000)
    session.receive(post_reply(second, {"type": "l2Book", "data": {"coin": "BTC"}}, "info"), 1)
    session.receive(post_reply(first, {"status": "ok"}), 2)
    replies = session.take_events()
    assert [(reply.id, json.loads(reply.payload)) for reply in replies] == [  # type: ignore[union-attr]
        (second, {"coin": "BTC"}),
        (first, {"status": "ok"}),
    ]
    assert session.snapshot().posts_in_flight == 0


def test_a_reply_of_kind_error_is_a_refusal() -> None:
    """The venue did not take it; its words are kept."""
    session = opened()
    post_id = session.post("info", b"{}", 0, 1_000)
    session.receive(post_reply(post_id, "no such thing", "error"), 1)
    assert session.take_events() == [PostRefused(post_id, "no such thing")]


def test_too_many_posts_is_told_to_the_post() -> None:
    """The complaint names its id; others wait on."""
    session = opened()
    first = session.post("action", b"{}", 0, 1_000)
    second = session.post("action", b"{}", 0, 1_000)
    text = f"too many pending post requests id={second}"
    session.receive(frame("error", text), 1)
    assert session.take_events() == [PostRefused(second, text)]
    session.receive(post_reply(first, {}), 2)
    assert len(session.take_events()) == 1


def test_an_unanswered_post_is_overdue_at_its_deadline_and_may_still_be_answered() -> None:
    """Overdue is not refused: a late reply is handed out, and marked late."""
    session = opened()
    post_id = session.post("action", b"{}", 0, 1_000)
    assert session.next_deadline_ms() == 1_000
    session.tick(999)
    assert session.take_events() == []
    session.tick(1_000)
    assert session.take_events() == [PostOverdue(post_id)]
    session.receive(post_reply(post_id, {}), 5_000)
    assert session.take_events() == [PostReplied(post_id, "action", b"{}", is_late=True)]


def test_a_lost_reply_does_not_hold_its_slot_for_ever() -> None:
    """A minute after its deadline a post is forgotten; a reply even later is a stray."""
    session = opened(timing=SessionTiming(posts_max=1))
    post_id = session.post("action", b"{}", 0, 1_000)
    session.tick(1_000)
    with pytest.raises(LimitReached) as refusal:
        session.post("action", b"{}", 30_000, 31_000)
    assert refusal.value.limit == "posts_max"
    assert session.post("action", b"{}", 61_000, 62_000) == post_id + 1
    session.take_events()
    session.receive(post_reply(post_id, {}), 61_001)
    assert session.take_events() == []
    assert session.snapshot().strays == 1


def test_closing_returns_the_unanswered_and_never_reuses_ids() -> None:
    """They may have arrived: that is the caller's to settle. Overdue ones were told before."""
    session = opened()
    overdue = session.post("action", b"{}", 0, 100)
    session.tick(100)
    unanswered = [session.post("action", b"{}", 150, 10_000) for _ in range(3)]
    assert session.closed(200) == unanswered
    assert session.closed(201) == []
    session.opened(300)
    assert session.post("action", b"{}", 300, 400) > max(overdue, *unanswered)


def test_a_post_needs_an_open_socket() -> None:
    """Proof that nothing was sent."""
    session = opened()
    session.closed(1)
    with pytest.raises(NotSent):
        session.post("action", b"{}", 2, 1_000)


# --- the heartbeat -----------------------------------------------------------------------------


def test_a_quiet_socket_is_pinged_and_lives_on_pongs() -> None:
    """Half an hour without any news: pings every 20 s, never given up."""
    session = opened(subs.trades("QUIET"))
    for minute_ms in range(20_000, 1_800_000, 20_000):
        assert session.next_deadline_ms() == minute_ms
        session.tick(minute_ms)
        assert session.take_outgoing() == [PING]
        session.receive(frame("pong", None), minute_ms)
    assert session.take_events() == []


def test_a_busy_socket_is_never_pinged() -> None:
    """Frames are proof enough."""
    session = opened(BTC)
    for at_ms in range(0, 100_000, 1_000):
        session.receive(bbo_push(), at_ms)
        session.tick(at_ms)
    assert session.take_outgoing() == []


def test_a_silent_peer_is_given_up_once() -> None:
    """Twenty seconds to the ping, ten more for the pong, then it is told, once."""
    session = opened()
    session.tick(20_000)
    assert session.take_outgoing() == [PING]
    assert session.next_deadline_ms() == 30_000
    session.tick(30_000)
    assert session.take_events() == [PeerSilent(30_000)]
    session.tick(60_000)
    assert not session.has_news
    session.closed(60_000)
    session.opened(61_000)
    assert session.next_deadline_ms() == 81_000


def test_a_process_that_was_asleep_does_not_blame_the_peer() -> None:
    """After a minute's absence the peer still gets a ping and its ten seconds."""
    session = opened()
    session.tick(90_000)
    assert session.take_outgoing() == [PING]
    assert session.take_events() == []
    assert session.next_deadline_ms() == 100_000


# --- silence of a stream -----------------------------------------------------------------------


def run_until(session: Session, start_ms: int, end_ms: int, *, every_ms: int) -> list[SessionEvent]:
    """Tick as the shell would while another stream keeps the socket alive."""
    events: list[SessionEvent] = []
    for now_ms in range(start_ms, end_ms, every_ms):
        session.receive(bbo_push("ALIVE"), now_ms)
        session.tick(now_ms)
        events += session.take_events()
    return events


def test_a_frozen_book_on_a_live_socket_is_stale_and_asked_for_anew() -> None:
    """One channel stops, the socket does not: told within 3 s, revived, fresh again."""
    session = opened(BOOK, subs.bbo("ALIVE"))
    for at_ms in range(0, 5_400, 540):
        session.receive(book_push(), at_ms)
    assert run_until(session, 5_000, 9_000, every_ms=100) == [StreamStale(BOOK, 4_860)]
    assert sent(session) == [unsubscribed(BOOK)]
    assert session.snapshot().stale == 1
    session.receive(ack(BOOK, "unsubscribe"), 9_010)
    assert sent(session) == [subscribed(BOOK)]
    session.receive(ack(BOOK), 9_020)
    session.receive(book_push(), 9_030)
    assert session.take_events() == [Confirmed(BOOK), StreamFresh(BOOK)]
    assert session.snapshot().stale == 0
    assert session.snapshot().revivals == 1


@pytest.mark.parametrize("slow_ms", [2_000, 5_400, 20_000])
def test_a_slower_cadence_of_the_venues_is_learned(slow_ms: int) -> None:
    """From 0.54 s to far more without notice: alarmed at most twice, then it is the cadence.

    Each revival brings a snapshot at once, so the gaps heard never show how slow it has become.
    """
    session = opened(BOOK, subs.bbo("ALIVE"))
    stale_at_ms: list[int] = []
    for now_ms in range(0, 300_000, 20):
        session.receive(bbo_push("ALIVE"), now_ms)
        if now_ms % (540 if now_ms < 60_000 else slow_ms) == 0:
            session.receive(book_push(), now_ms)
        session.tick(now_ms)
        while requests := sent(session):
            for request in requests:
                session.receive(ack(BOOK, request["method"]), now_ms)
                if request["method"] == "subscribe":
                    session.receive(book_push(), now_ms)
        told = session.take_events()
        stale_at_ms += [now_ms for event in told if isinstance(event, StreamStale)]
    assert len(stale_at_ms) <= 2
    assert max(stale_at_ms, default=0) < 80_000


@pytest.mark.parametrize(
    "subscription",
    [
        subs.trades("BTC"),
        subs.candle("BTC", "1m"),
        subs.order_updates(ALICE),
        subs.user_events(ALICE),
        subs.user_fills(ALICE),
        subs.clearinghouse_state(ALICE),
        subs.open_orders(ALICE),
    ],
    ids=lambda subscription: subscription.type,
)
def test_streams_of_events_are_never_stale_by_silence(subscription: Subscription) -> None:
    """An hour without a trade or a fill is a quiet hour."""
    session = opened(subscription, subs.bbo("ALIVE"))
    assert run_until(session, 0, 3_600_000, every_ms=5_000) == []


def test_on_a_silent_socket_streams_are_stale_but_not_asked_for() -> None:
    """The heartbeat decides about the socket; once it lives again they are asked for."""
    session = opened(BOOK, subs.bbo("ALIVE"))
    for at_ms in range(1_000, 12_000, 1_000):
        session.tick(at_ms)
    assert [event.subscription for event in session.take_events()] == [BOOK]  # type: ignore[union-attr]
    assert session.take_outgoing() == []
    session.receive(bbo_push("ALIVE"), 12_000)
    session.tick(12_000)
    assert sent(session) == [unsubscribed(BOOK)]


def test_a_closing_ends_all_staleness() -> None:
    """A gap is the shell's to tell then; the first push after it is no news of ours."""
    session = opened(BOOK, subs.bbo("ALIVE"))
    run_until(session, 0, 4_000, every_ms=100)
    assert session.snapshot().stale == 1
    session.closed(4_000)
    assert session.snapshot().stale == 0
