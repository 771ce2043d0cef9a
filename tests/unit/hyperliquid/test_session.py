"""Subscriptions of one session: asked for, acknowledged, dropped, refused, asked for again."""

from __future__ import annotations

import pytest
from tests.unit.hyperliquid.session_frames import (
    ALICE,
    BOB,
    BOOK,
    BTC,
    ack,
    bbo_push,
    frame,
    opened,
    sent,
    subscribed,
    unsubscribed,
)

from hive.domain.errors import BadFrame, LimitReached
from hive.domain.identifiers import Address
from hive.hyperliquid import subscriptions as subs
from hive.hyperliquid.session import Session
from hive.hyperliquid.session_events import (
    AckOverdue,
    Confirmed,
    SessionTiming,
    SubscriptionRefused,
)
from hive.hyperliquid.subscriptions import Subscription
from hive.hyperliquid.wire import BboPush

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
