"""The parts of a session: the table of a stream's life, its rhythm, complaints, open posts."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.domain.errors import IllegalMove, LimitReached
from hive.hyperliquid import subscriptions as subs
from hive.hyperliquid.complaints import Complaint, ComplaintKind, read_complaint
from hive.hyperliquid.heartbeat import Beat, Heartbeat
from hive.hyperliquid.open_posts import OpenPosts
from hive.hyperliquid.staleness import DEFAULT_PATIENCE, Patience, Rhythm, patience_for
from hive.hyperliquid.stream_life import (
    AWAITING,
    STREAM_MOVES,
    StreamCause,
    StreamPhase,
    stream_moved,
)

# --- the table ---------------------------------------------------------------------------------

VENUE_SAYS = (StreamCause.SUBSCRIBED, StreamCause.UNSUBSCRIBED, StreamCause.REFUSED)
WE_SAY = (StreamCause.ASKED, StreamCause.DROPPED, StreamCause.CLOSED)
ON_THE_SOCKET = (*AWAITING, StreamPhase.ACTIVE)


@pytest.mark.parametrize(("phase", "cause"), list(product(ON_THE_SOCKET, VENUE_SAYS)))
def test_the_venue_may_say_anything_at_any_time(phase: StreamPhase, cause: StreamCause) -> None:
    """No answer, however late or repeated, breaks a stream's life."""
    assert (phase, cause) in STREAM_MOVES


@pytest.mark.parametrize(
    ("phase", "cause"), list(product((*ON_THE_SOCKET, StreamPhase.WANTED), WE_SAY))
)
def test_we_may_change_our_mind_at_any_time(phase: StreamPhase, cause: StreamCause) -> None:
    """Asking, dropping and closing are always allowed."""
    assert (phase, cause) in STREAM_MOVES


def test_every_frame_sent_leads_to_awaiting_its_answer() -> None:
    """A subscribe leads to SENT, an unsubscribe to DROPPING or REVIVING, and only those wait."""
    for (phase, _), (after, method) in STREAM_MOVES.items():
        if method == "subscribe":
            assert after is StreamPhase.SENT
        elif method == "unsubscribe":
            assert after in (StreamPhase.DROPPING, StreamPhase.REVIVING)
        elif after in AWAITING:
            assert phase in AWAITING


def test_what_awaits_an_answer_can_be_overdue_and_nothing_else_can() -> None:
    """Each repeats what it had sent."""
    overdue = {phase for phase, cause in STREAM_MOVES if cause is StreamCause.OVERDUE}
    assert overdue == set(AWAITING)
    for phase in AWAITING:
        after, method = stream_moved(phase, StreamCause.OVERDUE)
        assert after is phase
        assert method == ("subscribe" if phase is StreamPhase.SENT else "unsubscribe")


def test_every_phase_can_be_reached_and_gone_is_the_end() -> None:
    """From WANTED all others follow; nothing follows GONE."""
    reached = {StreamPhase.WANTED}
    for _ in StreamPhase:
        reached |= {after for (phase, _), (after, _) in STREAM_MOVES.items() if phase in reached}
    assert reached == set(StreamPhase)
    assert not [phase for phase, _ in STREAM_MOVES if phase is StreamPhase.GONE]


def test_an_illegal_move_is_named() -> None:
    """A stream whose socket is closed cannot fall silent."""
    with pytest.raises(IllegalMove, match="wanted cannot be silent"):
        stream_moved(StreamPhase.WANTED, StreamCause.SILENT)


# --- rhythm ------------------------------------------------------------------------------------

PATIENCE = Patience(usual_gap_ms=1_000, stale_ms_min=3_000, stale_ms_max=60_000)


def test_before_anything_is_heard_the_usual_gap_is_expected() -> None:
    """Four of them are too many."""
    rhythm = Rhythm(PATIENCE, 0)
    assert not rhythm.is_too_long(3_999)
    assert rhythm.is_too_long(4_000)


def test_longer_gaps_are_learned_at_once_and_forgotten_slowly() -> None:
    """One gap of 5 s makes 20 s of patience; a hundred looks later it is back at the floor."""
    rhythm = Rhythm(PATIENCE, 0)
    rhythm.heard(5_000)
    assert not rhythm.is_too_long(5_001)
    assert rhythm.stale_after_ms == 20_000
    patience_ms = [20_000]
    for second in range(6, 106):
        rhythm.heard(second * 1_000)
        assert not rhythm.is_too_long(second * 1_000)
        assert rhythm.stale_after_ms <= patience_ms[-1]
        patience_ms.append(rhythm.stale_after_ms)
    assert patience_ms[1] > 17_000
    assert patience_ms[-1] < 4_100


def test_a_silence_called_stale_is_learned() -> None:
    """The next one must be four times as long."""
    rhythm = Rhythm(PATIENCE, 0)
    assert rhythm.is_too_long(4_000)
    rhythm.learn_silence(4_000)
    assert not rhythm.is_too_long(15_999)
    assert rhythm.is_too_long(16_000)


@given(st.lists(st.tuples(st.integers(0, 10**7), st.booleans()), max_size=60))
def test_patience_stays_between_its_floor_and_ceiling(steps: list[tuple[int, bool]]) -> None:
    """Whatever was heard, no stream is given up too early or waited for without end."""
    rhythm = Rhythm(PATIENCE, 0)
    now_ms = 0
    for pause_ms, speaks in steps:
        now_ms += pause_ms
        if speaks:
            rhythm.heard(now_ms)
        if rhythm.is_too_long(now_ms):
            rhythm.learn_silence(now_ms)
            assert now_ms - rhythm.heard_ms >= PATIENCE.stale_ms_min
        assert PATIENCE.stale_ms_min <= rhythm.stale_after_ms <= PATIENCE.stale_ms_max


def test_fast_and_slow_books_have_their_own_patience() -> None:
    """Tenfold cadences are not judged alike; events are not judged at all."""
    slow = patience_for(subs.l2_book("BTC"), DEFAULT_PATIENCE)
    fast = patience_for(subs.l2_book("BTC", fast=True), DEFAULT_PATIENCE)
    assert slow is not None
    assert fast is not None
    assert slow.usual_gap_ms == 10 * fast.usual_gap_ms
    assert patience_for(subs.trades("BTC"), DEFAULT_PATIENCE) is None


# --- complaints --------------------------------------------------------------------------------

BOOK = subs.l2_book("BTC")
UNPARSED = "Error parsing JSON into valid websocket request: "


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            'Already subscribed: {"type":"l2Book","coin":"BTC","nSigFigs":null,"fast":false}',
            Complaint(ComplaintKind.ALREADY_SUBSCRIBED, BOOK),
        ),
        (
            'Already unsubscribed: {"coin":"BTC","type":"l2Book"}',
            Complaint(ComplaintKind.ALREADY_UNSUBSCRIBED, BOOK),
        ),
        (
            'Invalid subscription {"type":"l2Book","coin":"BTC"} (what)',
            Complaint(ComplaintKind.REFUSED, BOOK),
        ),
        (
            UNPARSED + '{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC"}}',
            Complaint(ComplaintKind.REFUSED, BOOK),
        ),
        (
            UNPARSED + '{"method":"post","id":7,"request":{}}',
            Complaint(ComplaintKind.REFUSED, post_id=7),
        ),
        (
            "too many pending post requests id=12",
            Complaint(ComplaintKind.REFUSED, post_id=12),
        ),
        (
            "Cannot track more than 15 total users.",
            Complaint(ComplaintKind.TOO_MANY_USERS),
        ),
        ("", Complaint(ComplaintKind.REFUSED)),
        ("Already subscribed: {", Complaint(ComplaintKind.ALREADY_SUBSCRIBED)),
        ("Already subscribed: {]}", Complaint(ComplaintKind.ALREADY_SUBSCRIBED)),
        ('Invalid subscription {"type":7}', Complaint(ComplaintKind.REFUSED)),
        ('Error: {"method":"post","id":"x"}', Complaint(ComplaintKind.REFUSED)),
        ("} {", Complaint(ComplaintKind.REFUSED)),
    ],
)
def test_a_complaint_is_tied_to_what_it_quotes(text: str, complaint: Complaint) -> None:
    """The subscription or the post's id where the text holds one, else nothing."""
    assert read_complaint(text) == complaint


@given(st.text())
def test_reading_a_complaint_is_total(text: str) -> None:
    """No sentence of the venue's breaks us, quoting or not."""
    read_complaint(text)
    read_complaint("Already subscribed: {" + text + "}")


# --- heartbeat and posts -----------------------------------------------------------------------


def test_a_pong_in_the_millisecond_of_the_ping_counts() -> None:
    """What was heard is told by frames, not by the clock's grain."""
    heartbeat = Heartbeat(ping_after_ms=20, dead_after_ms=30)
    heartbeat.start(0)
    assert heartbeat.check(20) is Beat.PING
    heartbeat.frames += 1
    heartbeat.heard_ms = 20
    assert heartbeat.due_ms == 40
    assert heartbeat.check(30) is None


def test_posts_are_bounded_and_their_ids_grow() -> None:
    """A full set refuses by name; an answer makes room; ids are never used twice."""
    posts = OpenPosts(capacity=2, late_reply_ms=100)
    first, second = posts.start(0, 10), posts.start(0, 20)
    with pytest.raises(LimitReached):
        posts.start(0, 30)
    assert posts.answered(first)
    assert not posts.answered(first)
    third = posts.start(0, 30)
    assert first < second < third
    assert posts.next_deadline_ms() == 20
    assert posts.expire(25) == [second]
    assert posts.expire(25) == []
    assert posts.answered(second)
    assert posts.close() == [third]
    assert len(posts) == 0
    assert posts.next_deadline_ms() is None
