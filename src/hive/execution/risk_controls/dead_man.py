"""The venue's dead man's switch: it cancels all of an account's orders unless we put that off.

It has traps (protocol.md 2.11). Only an account that has traded a million dollars may set it; it
goes off ten times a day at most; it takes the orders of other instances on the account with it,
and the stops that protect positions. Each putting-off is an action. So it is set only while orders
are open, put off when half of its time is gone, and taken back before it would go off for nothing.

Times are the venue's milliseconds where they say so, else monotonic ones.
"""

from __future__ import annotations

from typing import Final

import msgspec

GATED_AGAIN_MS: Final = 3_600_000
"""After "not enough volume": volume grows slowly."""
REFUSED_AGAIN_MS: Final = 60_000
FAILED_AGAIN_MS: Final = 1_000
DAY_MS: Final = 86_400_000
TAKE_BACK_MS: Final = 3_000
"""So long before it goes off, with no order open, it is taken back."""
_GATED: Final = "Cannot set scheduled cancel time until enough volume traded"
_TOO_OFTEN: Final = "Too many scheduled cancels"


class Setting(msgspec.Struct, frozen=True):
    """What to ask of the venue: to cancel all at that time, or (None) not at all."""

    venue_ms: int | None


class DeadMan:
    """One account's. It decides; somebody else sends."""

    def __init__(self, ahead_ms: int) -> None:
        """`ahead_ms` is how long after our last word the venue is to cancel."""
        self._ahead_ms = ahead_ms
        self._goes_off_ms: int | None = None
        self._again_ms = 0
        self.refusal = ""
        """Why the venue does not keep it for us; empty while it does."""

    @property
    def is_set(self) -> bool:
        return self._goes_off_ms is not None

    def due(self, now_ms: int, venue_ms: int, *, has_orders: bool) -> Setting | None:
        """What to ask for now; None if nothing."""
        left_ms = None if self._goes_off_ms is None else self._goes_off_ms - venue_ms
        if left_ms is not None and left_ms < 0:
            self._goes_off_ms = left_ms = None
        if now_ms < self._again_ms:
            return None
        if has_orders and (left_ms is None or left_ms <= self._ahead_ms // 2):
            return Setting(venue_ms + self._ahead_ms)
        if not has_orders and left_ms is not None and left_ms <= TAKE_BACK_MS:
            return Setting(None)
        return None

    def taken(self, setting: Setting) -> None:
        """The venue keeps it so."""
        self._goes_off_ms = setting.venue_ms
        self.refusal = ""

    def refused(self, reason: str, now_ms: int, venue_ms: int) -> bool:
        """The venue does not: when to ask again. Whether the reason is news."""
        if reason.startswith(_GATED):
            wait_ms = GATED_AGAIN_MS
        elif reason.startswith(_TOO_OFTEN):
            wait_ms = DAY_MS - venue_ms % DAY_MS
        else:
            wait_ms = REFUSED_AGAIN_MS
        self._again_ms = now_ms + wait_ms
        is_news = not self.refusal
        self.refusal = f"dead_man_switch: {reason}"
        return is_news

    def failed(self, now_ms: int) -> None:
        """Nobody knows whether the venue heard: say it again, soon."""
        self._again_ms = now_ms + FAILED_AGAIN_MS
