"""Posts of one session: matched by id, bounded, overdue, late, lost with the socket."""

from __future__ import annotations

import pytest
from tests.unit.hyperliquid.session_frames import (
    frame,
    opened,
)

from hive.domain.errors import LimitReached, NotSent
from hive.hyperliquid.session_events import (
    PostOverdue,
    PostRefused,
    SessionTiming,
)
from hive.hyperliquid.wire import PostReply

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
    info = post_reply(second, {"type": "l2Book", "data": {"coin": "BTC"}}, "info")
    assert session.receive(info, 1) == PostReply(second, "info", b'{"coin": "BTC"}')
    action = post_reply(first, {"status": "ok"})
    assert session.receive(action, 2) == PostReply(first, "action", b'{"status": "ok"}')
    assert session.take_events() == []
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
    assert session.receive(post_reply(first, {}), 2) == PostReply(first, "action", b"{}")


def test_an_unanswered_post_is_overdue_at_its_deadline_and_may_still_be_answered() -> None:
    """Overdue is not refused: a late reply is handed out like any."""
    session = opened()
    post_id = session.post("action", b"{}", 0, 1_000)
    assert session.next_deadline_ms() == 1_000
    session.tick(999)
    assert session.take_events() == []
    session.tick(1_000)
    assert session.take_events() == [PostOverdue(post_id)]
    late = session.receive(post_reply(post_id, {}), 5_000)
    assert late == PostReply(post_id, "action", b"{}")


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


def test_whoever_asks_first_knows_that_no_place_is_left_for_a_post() -> None:
    session = opened(timing=SessionTiming(posts_max=2))
    first = session.post("action", b"{}", 0, 1_000)
    assert session.takes_posts
    session.post("action", b"{}", 0, 1_000)
    assert not session.takes_posts
    session.receive(post_reply(first, {"status": "ok"}), 1)
    assert session.takes_posts
