"""Silence: of the socket (heartbeat) and of one stream on a live socket (staleness)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.hyperliquid.session_frames import (
    ALICE,
    BOOK,
    BTC,
    PING,
    ack,
    bbo_push,
    book_push,
    frame,
    opened,
    sent,
    subscribed,
    unsubscribed,
)

from hive.hyperliquid import subscriptions as subs
from hive.hyperliquid.session import Session
from hive.hyperliquid.session_events import (
    Confirmed,
    PeerSilent,
    PostOverdue,
    SessionEvent,
    StreamFresh,
    StreamStale,
)
from hive.hyperliquid.subscriptions import Subscription

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


def test_a_silent_peer_that_owes_an_answer_is_pinged_at_once_and_given_up_sooner() -> None:
    """Whatever is sent to a dead socket is in doubt, so it is to be found out early."""
    session = opened()
    session.post("action", b"{}", 1_000, deadline_ms=6_000)
    session.take_outgoing()
    session.tick(6_000)
    assert session.take_outgoing() == [PING]
    assert session.take_events() == [PostOverdue(1)]
    assert session.next_deadline_ms() == 16_000
    session.tick(16_000)
    assert session.take_events() == [PeerSilent(16_000)]


def test_a_peer_that_speaks_and_owes_an_answer_is_not_suspected() -> None:
    session = opened(BTC)
    session.post("action", b"{}", 1_000, deadline_ms=6_000)
    session.take_outgoing()
    session.receive(bbo_push(), 5_000)
    session.tick(6_000)
    assert session.take_outgoing() == []
    assert session.take_events() == [PostOverdue(1)]
    session.tick(24_000)
    assert session.take_outgoing() == []


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
    """One channel stops, the socket does not: told within 3 s, revived, fresh when it speaks.

    What it says first it was asked for: a frozen one says as much.
    """
    session = opened(BOOK, subs.bbo("ALIVE"))
    for at_ms in range(0, 5_400, 540):
        session.receive(book_push(time_ms=at_ms), at_ms)
    assert run_until(session, 5_000, 9_000, every_ms=100) == [StreamStale(BOOK, 4_860)]
    assert sent(session) == [unsubscribed(BOOK)]
    assert session.snapshot().stale == 1
    session.receive(ack(BOOK, "unsubscribe"), 9_010)
    assert sent(session) == [subscribed(BOOK)]
    session.receive(ack(BOOK), 9_020)
    session.receive(book_push(time_ms=9_030), 9_030)
    assert session.take_events() == [Confirmed(BOOK)]
    assert session.snapshot().stale == 1
    session.receive(book_push(time_ms=9_540), 9_570)
    assert session.take_events() == [StreamFresh(BOOK)]
    assert session.snapshot().stale == 0
    assert session.snapshot().revivals == 1


def answer_all(session: Session, now_ms: int) -> None:
    """As the venue would: an ack for each request, and a snapshot behind each subscribe's."""
    while requests := sent(session):
        for request in requests:
            session.receive(ack(BOOK, request["method"]), now_ms)
            if request["method"] == "subscribe":
                session.receive(book_push(time_ms=now_ms), now_ms)


@pytest.mark.parametrize("slow_ms", [2_000, 5_400, 20_000])
def test_a_slower_cadence_of_the_venues_is_learned(slow_ms: int) -> None:
    """From 0.54 s to far more without notice: alarmed at most twice, then it is the cadence.

    Each revival brings a snapshot at once, so the gaps heard never show how slow it has become.
    """
    session = opened(BOOK, subs.bbo("ALIVE"))
    stale_at_ms: list[int] = []
    fresh_at_ms: list[int] = []
    for now_ms in range(0, 300_000, 20):
        session.receive(bbo_push("ALIVE"), now_ms)
        if now_ms % (540 if now_ms < 60_000 else slow_ms) == 0:
            session.receive(book_push(time_ms=now_ms), now_ms)
        session.tick(now_ms)
        answer_all(session, now_ms)
        told = session.take_events()
        stale_at_ms += [now_ms for event in told if isinstance(event, StreamStale)]
        fresh_at_ms += [now_ms for event in told if isinstance(event, StreamFresh)]
    assert len(fresh_at_ms) == len(stale_at_ms) <= 2
    assert max(stale_at_ms, default=0) < 80_000


# --- what a renewed subscription's first frame shows -------------------------------------------


class Silenced:
    """A session whose bbo of BTC the venue has silenced; another coin's goes on."""

    def __init__(self) -> None:
        self.session = opened(BTC, subs.bbo("ALIVE"))
        self.now_ms = 0
        self.asked_at_ms: list[int] = []
        self.told: list[SessionEvent] = []

    def hear(self, px: str, *, time_ms: int | None = None) -> None:
        """The stream speaks."""
        stamp_ms = self.now_ms if time_ms is None else time_ms
        self.session.receive(bbo_push(time_ms=stamp_ms, px=px), self.now_ms)

    def until(self, end_ms: int, px: str = "", *, time_ms: int | None = None) -> None:
        """Let time pass; a renewed subscription is answered with `px`, or not at all."""
        session = self.session
        while self.now_ms < end_ms:
            self.now_ms += 100
            session.receive(bbo_push("ALIVE"), self.now_ms)
            session.tick(self.now_ms)
            for _ in ("unsubscribe", "subscribe"):
                for request in sent(session):
                    self._answer(request, px, time_ms)
            self.told += session.take_events()

    def _answer(self, request: dict[str, Any], px: str, time_ms: int | None) -> None:
        if request in (subscribed(BTC), unsubscribed(BTC)):
            self.session.receive(ack(BTC, request["method"]), self.now_ms)
        if request != subscribed(BTC):
            return
        self.asked_at_ms.append(self.now_ms)
        if px:
            self.hear(px, time_ms=time_ms)

    @property
    def stale_and_fresh(self) -> list[SessionEvent]:
        return [told for told in self.told if isinstance(told, StreamStale | StreamFresh)]

    @property
    def is_stale(self) -> bool:
        return self.session.snapshot().stale == 1


def busy_then_silent() -> Silenced:
    """BTC's best bid changes once a second for a minute, then is heard no more."""
    world = Silenced()
    for second in range(60):
        world.hear(f"{100 + second}.0")
        world.until(1_000 * second + 1_000)
    assert not world.told
    return world


def test_a_first_frame_that_repeats_what_was_heard_before_ends_no_staleness() -> None:
    """Asked ever anew, the venue answers with the very same old frame: it shows nothing."""
    world = busy_then_silent()
    world.until(600_000, "159.0", time_ms=59_000)
    assert len(world.asked_at_ms) > 3
    assert world.stale_and_fresh == [StreamStale(BTC, 59_000)]
    assert world.is_stale
    world.hear("159.0", time_ms=59_000)
    assert world.is_stale, "nor does repeating it unasked"
    world.hear("160.0")
    assert not world.is_stale


def test_a_stream_that_kept_a_change_to_itself_is_fresh_only_when_it_speaks_unasked() -> None:
    """The market moved and the stream did not say so: its answer is true, and it is deaf."""
    world = busy_then_silent()
    for px in range(170, 200):
        world.until(world.now_ms + 10_000, f"{px}.0")
    assert world.stale_and_fresh == [StreamStale(BTC, 59_000)]
    assert world.is_stale
    world.hear("201.0")
    assert not world.is_stale
    asked = len(world.asked_at_ms)
    world.until(world.now_ms + 10_500)
    assert len(world.asked_at_ms) == asked + 1, "its deafness was not taken for its pace"


def test_a_quiet_market_is_fresh_again_with_the_first_answer() -> None:
    """Just as it was before, from a later block: there was nothing to say."""
    world = busy_then_silent()
    world.until(71_000, "159.0")
    assert world.stale_and_fresh == [StreamStale(BTC, 59_000), StreamFresh(BTC)]
    (asked_ms,) = world.asked_at_ms
    world.until(asked_ms + 39_000, "159.0")
    assert world.asked_at_ms == [asked_ms], "its quiet was learned"
    world.until(3_600_000, "159.0")
    assert not world.is_stale
    assert len(world.asked_at_ms) < 3_600 / 100


def test_a_quiet_market_that_was_taken_for_deaf_is_fresh_with_the_next_answer() -> None:
    """The one change in an hour fell between two subscriptions."""
    world = busy_then_silent()
    world.until(71_000, "170.0")
    assert world.is_stale
    world.until(120_000, "170.0")
    assert not world.is_stale
    quiet_from = len(world.asked_at_ms)
    world.until(720_000, "170.0")
    assert len(world.asked_at_ms) - quiet_from <= 6, "its quiet was learned"


def test_a_stream_that_was_never_heard_is_fresh_with_its_first_answer() -> None:
    """There is nothing that it could repeat: it begins, as every stream does."""
    world = Silenced()
    world.until(30_000, "100.0")
    assert world.stale_and_fresh == [StreamStale(BTC, 0), StreamFresh(BTC)]


def test_who_asks_for_a_silenced_stream_that_was_just_let_go_is_told_when_it_is_silent() -> None:
    """They were told nothing of its silence, and trust the answer as of any stream that begins."""
    world = busy_then_silent()
    world.until(100_000, "170.0")
    assert world.is_stale
    world.session.drop(BTC, world.now_ms)
    world.session.want(BTC, world.now_ms)
    world.until(101_000, "171.0")
    assert not world.is_stale
    world.told.clear()
    world.until(120_000, "172.0")
    (stale,) = world.stale_and_fresh
    assert isinstance(stale, StreamStale)


def test_what_was_deaf_when_the_socket_closed_has_shown_no_pace() -> None:
    world = busy_then_silent()
    world.until(100_000, "170.0")
    assert world.is_stale
    world.session.closed(world.now_ms)
    world.session.opened(world.now_ms)
    world.told.clear()
    world.until(101_000, "171.0")
    world.until(120_000, "172.0")
    assert len(world.stale_and_fresh) == 1


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
    assert session.take_events() == [StreamStale(BOOK, heard_ms=0)]
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
