"""How late the event loop runs: the difference between when a timer was due and when it ran."""

from __future__ import annotations

import asyncio
from typing import Final

from hive.runtime.ports import Clock

SAMPLE_EVERY_MS: Final = 20
SAMPLES_MAX: Final = 30_000
"""Ten minutes; then the oldest half is forgotten."""


class LoopLag:
    """Samples the loop it is started on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._samples_ms: list[float] = []
        self._timer: asyncio.TimerHandle | None = None
        self._due_ns = 0

    def start(self) -> None:
        self._arm()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def p99_ms(self) -> float:
        """The lag that one sample in a hundred exceeds, in milliseconds."""
        if not self._samples_ms:
            return 0.0
        ordered = sorted(self._samples_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]

    def _arm(self) -> None:
        self._due_ns = self._clock.monotonic_ns() + SAMPLE_EVERY_MS * 1_000_000
        self._timer = asyncio.get_running_loop().call_later(SAMPLE_EVERY_MS / 1_000, self._ran)

    def _ran(self) -> None:
        late_ms = (self._clock.monotonic_ns() - self._due_ns) / 1e6
        self._samples_ms.append(max(0.0, late_ms))
        if len(self._samples_ms) > SAMPLES_MAX:
            del self._samples_ms[: SAMPLES_MAX // 2]
        self._arm()
