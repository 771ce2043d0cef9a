"""How long sessions wait for a silent stream, with the ceiling that a person may set."""

from __future__ import annotations

from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.session_events import SessionTiming
from hive.hyperliquid.staleness import DEFAULT_PATIENCE, Patience


def session_timing(limits: VenueLimits, stale_after_ms: int | None) -> SessionTiming:
    """Sessions within `limits` that trust no stream that should move and was silent for so long.

    With None, how long is too long is learned from each stream.
    """
    return SessionTiming(
        streams_max=limits.subscriptions_max,
        posts_max=limits.posts_in_flight_max,
        patience_by_type={
            kind: _capped(patience, stale_after_ms) for kind, patience in DEFAULT_PATIENCE.items()
        },
    )


def _capped(patience: Patience, stale_after_ms: int | None) -> Patience:
    if stale_after_ms is None:
        return patience
    return Patience(
        patience.usual_gap_ms,
        min(patience.stale_ms_min, stale_after_ms),
        min(patience.stale_ms_max, stale_after_ms),
    )
