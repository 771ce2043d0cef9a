"""How long sessions wait for a silent stream."""

from __future__ import annotations

import pytest

from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.session_events import SessionTiming
from hive.hyperliquid.session_timing import session_timing


def test_without_a_ceiling_patience_is_learned() -> None:
    assert session_timing(VenueLimits(), None) == SessionTiming()


def test_sessions_keep_within_the_venues_limits() -> None:
    timing = session_timing(VenueLimits(subscriptions_max=7, posts_in_flight_max=8), None)
    assert (timing.streams_max, timing.posts_max) == (7, 8)


@pytest.mark.parametrize("stale_after_ms", [1000, 50_000])
def test_no_stream_may_be_silent_for_longer_than_the_ceiling(stale_after_ms: int) -> None:
    patience_by_type = session_timing(VenueLimits(), stale_after_ms).patience_by_type
    assert patience_by_type.keys() == SessionTiming().patience_by_type.keys()
    for patience in patience_by_type.values():
        assert patience.stale_ms_min <= patience.stale_ms_max <= stale_after_ms
