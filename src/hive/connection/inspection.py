"""What went wrong on the way from the venue, kept to be looked at and never in the way."""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from hive.hyperliquid.wire_census import FieldCensus

KEPT_MAX: Final = 20
"""How many bad frames, sink errors and alarms are kept for inspection."""
KEPT_BYTES_MAX: Final = 4_096


class BadFrameRecord(msgspec.Struct, frozen=True):
    """A frame that made no sense, and why. `start` is its first bytes."""

    received_ms: int
    reason: str
    start: bytes
    length: int


class Inspection:
    """What went wrong and is kept to be looked at. Bounded; the counts are not."""

    def __init__(self) -> None:
        self.bad_frames = 0
        self.sink_errors = 0
        self.alarms = 0
        self.census = FieldCensus()
        """What the venue says that we do not name."""
        self._bad_frames: deque[BadFrameRecord] = deque(maxlen=KEPT_MAX)
        self._sink_errors: deque[str] = deque(maxlen=KEPT_MAX)
        self._alarms: deque[str] = deque(maxlen=KEPT_MAX)

    def bad_frame(self, frame: bytes | memoryview, reason: str, now_ms: int) -> None:
        """Count and keep a frame that made no sense."""
        self.bad_frames += 1
        start = bytes(frame[:KEPT_BYTES_MAX])
        self._bad_frames.append(BadFrameRecord(now_ms, reason, start, len(frame)))

    def contained(self, who: str, error: Exception) -> None:
        """Count and keep an exception that somebody we called let out."""
        self.sink_errors += 1
        self._sink_errors.append(f"{who}: {error!r}")

    def alarm(self, text: str) -> None:
        """Count and keep what an operator should know."""
        self.alarms += 1
        self._alarms.append(text)

    def recent_bad_frames(self) -> tuple[BadFrameRecord, ...]:
        """The last few, oldest first."""
        return tuple(self._bad_frames)

    def recent_sink_errors(self) -> tuple[str, ...]:
        """The last few, oldest first."""
        return tuple(self._sink_errors)

    def recent_alarms(self) -> tuple[str, ...]:
        """The last few, oldest first."""
        return tuple(self._alarms)
