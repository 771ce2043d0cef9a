"""The only file of Hive that reads the time."""

from __future__ import annotations

import time
from typing import Final

NS_BY_MS: Final = 1_000_000


class SystemClock:
    """The operating system's two clocks."""

    def now_ms(self) -> int:
        """Wall time, epoch milliseconds. May step backwards."""
        return time.time_ns() // NS_BY_MS

    # Asked for every frame: the library's own function, without one of ours around it.
    monotonic_ns = staticmethod(time.monotonic_ns)


class ManualClock:
    """A clock that stands still until told otherwise.

    Time passes on both clocks with `advance_ms`; `step_wall_ms` moves the wall alone, as a time
    server or an operator does, so that whoever measures durations by the wall is found out.
    """

    def __init__(self, now_ms: int = 1_700_000_000_000, monotonic_ns: int = 0) -> None:
        self._now_ms = now_ms
        self._monotonic_ns = monotonic_ns

    def now_ms(self) -> int:
        """Wall time as it was last set, epoch milliseconds."""
        return self._now_ms

    def monotonic_ns(self) -> int:
        """Nanoseconds that `advance_ms` has let pass."""
        return self._monotonic_ns

    def advance_ms(self, elapsed_ms: int) -> None:
        """Let time pass."""
        assert elapsed_ms >= 0, "time does not run backwards; step_wall_ms moves the wall"
        self._now_ms += elapsed_ms
        self._monotonic_ns += elapsed_ms * NS_BY_MS

    def step_wall_ms(self, difference_ms: int) -> None:
        """Set the wall clock forward or back without time passing."""
        self._now_ms += difference_ms
