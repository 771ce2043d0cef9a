"""What answers ask of us: to go slower, or to send only post-only orders for a while."""

from __future__ import annotations

import msgspec

from hive.execution.queue.economy import Throttle
from hive.execution.queue.overload import Overload
from hive.execution.queue.post_only import PostOnlyPeriod
from hive.execution.settling.replies import Meaning, Reading


class Restraint(msgspec.Struct, frozen=True, kw_only=True):
    """One account's."""

    throttle: Throttle
    post_only: PostOnlyPeriod

    def heed(self, meaning: Meaning, now_ms: int) -> None:
        """Send less from now on, if that is what the venue asks for."""
        if meaning in (Meaning.BUSY, Meaning.TOO_FAST):
            self.throttle.refused(now_ms)
        elif meaning is Meaning.POST_ONLY:
            self.post_only.refused(now_ms)

    def overload(self, reading: Reading, now_ms: int) -> Overload:
        """Why the venue has no room for what it turned away, and when it is worth asking again."""
        if reading.meaning is Meaning.POST_ONLY:
            return self.post_only.overload(now_ms)
        return Overload(f"throttle: {reading.text}", self.throttle.wait_ms(now_ms) or None)
