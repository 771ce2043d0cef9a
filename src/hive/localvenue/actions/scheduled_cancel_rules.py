"""Who may schedule a cancel of everything, and how often (protocol.md 2.11, venue.md 5)."""

from __future__ import annotations

import msgspec


class ScheduledCancelRules(msgspec.Struct, frozen=True):
    """The real venue's, as measured."""

    volume_usd_min: int = 1_000_000
    ahead_ms_min: int = 5_000
    triggers_a_day_max: int = 10
