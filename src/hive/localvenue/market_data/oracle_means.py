"""A coin's mean oracle price over the last hour: what positions settle at when it is delisted."""

from __future__ import annotations

from collections import deque
from typing import Final

from hive.localvenue.units import divided

SPAN_MS: Final = 60_000
SPANS: Final = 60
"""An hour, counted by the minute."""


class HourMean:
    """A time-weighted mean over an hour, to the minute."""

    __slots__ = ("_past", "_px_ms", "_time_ms")

    def __init__(self) -> None:
        self._past: deque[tuple[int, int]] = deque(maxlen=SPANS)
        # The minute that is forming: prices times how long each stood, and how long in all.
        self._px_ms = 0
        self._time_ms = 0

    def take(self, px: int, stood_ms: int) -> None:
        """A price that stood for so long."""
        self._px_ms += px * stood_ms
        self._time_ms += stood_ms
        if self._time_ms >= SPAN_MS:
            self._past.append((self._px_ms, self._time_ms))
            self._px_ms = self._time_ms = 0

    def px(self, now_px: int) -> int:
        """The mean; `now_px` if nothing has stood yet."""
        px_ms = self._px_ms + sum(span[0] for span in self._past)
        time_ms = self._time_ms + sum(span[1] for span in self._past)
        return divided(px_ms, time_ms) if time_ms else now_px
