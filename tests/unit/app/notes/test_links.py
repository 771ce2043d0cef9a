"""What happens to sockets and frames is said once, in words; frames are kept in the log."""

from __future__ import annotations

from typing import Any

import msgspec

from hive.app.notes.links import LinkNotes
from hive.app.notes.notices import Notices
from hive.connection.inspection import BadFrameRecord
from hive.connection.pool_socket import SocketSnapshot
from hive.connection.ws_pool import WsPoolSnapshot
from hive.hyperliquid.session import Session
from hive.hyperliquid.session_events import SessionTiming
from hive.runtime.clock import ManualClock

QUIET = WsPoolSnapshot(
    sockets=1,
    sockets_open=1,
    subscriptions=0,
    confirmed=0,
    stale=0,
    leases=0,
    reconnects=0,
    frames=0,
    bad_frames=0,
    unrouted=0,
    unknown_fields={},
    sink_errors=0,
    posts=0,
    posts_unanswered=0,
    alarms=0,
    recent_alarms=(),
    recent_sink_errors=(),
    by_socket=(),
)


def socket(*, is_open: bool, openings: int) -> dict[str, Any]:
    one = SocketSnapshot(
        name="public",
        is_open=is_open,
        openings=openings,
        dials_failed=0,
        last_reason="connection lost (1006)",
        posts=0,
        posts_unanswered=0,
        session=Session(SessionTiming()).snapshot(),
    )
    return {"by_socket": (one,)}


def told(*pictures: dict[str, Any], bad_frames: tuple[BadFrameRecord, ...] = ()) -> list[str]:
    """What is said of these pictures of the pool, one after the other."""
    notices = Notices(ManualClock(1_000))
    notes = LinkNotes(notices)
    for changed in pictures:
        notes.look(msgspec.structs.replace(QUIET, **changed), bad_frames)
    return [f"{line.kind}: {line.text}" for line in notices.newest(100)]


def test_a_socket_that_is_lost_and_found_is_told_both_times() -> None:
    up, down = socket(is_open=True, openings=1), socket(is_open=False, openings=1)
    again = socket(is_open=True, openings=2)
    assert told(socket(is_open=False, openings=0), up, up) == []
    assert told(up, down, down, again, again) == [
        "link: public socket lost: connection lost (1006); dialling again",
        "link: public socket open again, after: connection lost (1006)",
    ]


def test_a_cut_too_short_to_be_seen_is_told_by_its_count() -> None:
    assert told(socket(is_open=True, openings=1), socket(is_open=True, openings=2)) == [
        "link: public socket open again, after: connection lost (1006)"
    ]


def test_each_bad_frame_is_told_once() -> None:
    kept = tuple(
        BadFrameRecord(received_ms=1, reason=f"frame {n} is no JSON", start=b"\xff{", length=2)
        for n in range(3)
    )
    assert told({"bad_frames": 2}, {"bad_frames": 2}, bad_frames=kept[:2]) == [
        "bad frame: frame 0 is no JSON",
        "bad frame: frame 1 is no JSON",
    ]
    assert told({"bad_frames": 2_000}, bad_frames=kept)[-1] == "bad frame: frame 2 is no JSON"


def test_alarms_and_what_a_listener_let_out_are_told() -> None:
    said = {"alarms": 1, "recent_alarms": ("public: no answer",), "sink_errors": 1}
    assert told({**said, "recent_sink_errors": ("sink: KeyError",)}) == [
        "link: public: no answer",
        "error: sink: KeyError",
    ]
