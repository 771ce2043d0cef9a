"""How late the event loop runs: the difference between when a timer was due and when it ran."""

from __future__ import annotations

import asyncio
from typing import Final

from hive.app.view.lag_tally import LagTally
from hive.runtime.ports import Clock

SAMPLE_EVERY_MS: Final = 20
"""Five to ten minutes are remembered (`LagTally`)."""


class LoopLag:
    """Samples the loop it is started on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tally = LagTally()
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
        return self._tally.p99_ms()

    def _arm(self) -> None:
        self._due_ns = self._clock.monotonic_ns() + SAMPLE_EVERY_MS * 1_000_000
        self._timer = asyncio.get_running_loop().call_later(SAMPLE_EVERY_MS / 1_000, self._ran)

    def _ran(self) -> None:
        late_ms = (self._clock.monotonic_ns() - self._due_ns) / 1e6
        self._tally.add(late_ms)
        self._arm()
