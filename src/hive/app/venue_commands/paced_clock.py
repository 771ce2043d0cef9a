"""A clock that goes faster or slower than another, for a venue whose days are to be short."""

from __future__ import annotations

from hive.runtime.ports import Clock


class PacedClock:
    """Behind `Clock`: `pace` times as fast as `clock`, from the moment it is made."""

    def __init__(self, clock: Clock, pace: float) -> None:
        assert pace > 0
        self._clock = clock
        self._pace = pace
        self._began_ms = clock.now_ms()
        self._began_ns = clock.monotonic_ns()

    def now_ms(self) -> int:
        return self._began_ms + round((self._clock.now_ms() - self._began_ms) * self._pace)

    def monotonic_ns(self) -> int:
        return self._began_ns + round((self._clock.monotonic_ns() - self._began_ns) * self._pace)
