"""How often the loop was how late, in a few hundred counts.

To keep every sample and sort them for each picture would make it late itself.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

FINEST_MS: Final = 0.05
COARSENESS: Final = 1.05
"""Each step is so many times the one before: a figure is at most 5 % too high."""
STEPS: Final = 300
SAMPLES_MAX: Final = 15_000
"""In one half of what is remembered; then the older half is forgotten."""
ONE_IN: Final = 100

_STEPS_MS: Final = [FINEST_MS * COARSENESS**step for step in range(STEPS)]


class LagTally:
    """The newest `SAMPLES_MAX` samples, and up to as many before them."""

    def __init__(self) -> None:
        self._older = [0] * STEPS
        self._newer = [0] * STEPS
        self._count = 0

    def add(self, lag_ms: float) -> None:
        """One sample."""
        if self._count == SAMPLES_MAX:
            self._older, self._newer, self._count = self._newer, [0] * STEPS, 0
        self._count += 1
        self._newer[min(bisect_left(_STEPS_MS, lag_ms), STEPS - 1)] += 1

    def p99_ms(self) -> float:
        """The lag that one sample in a hundred exceeds; 0 while there are none."""
        left = (sum(self._older) + self._count) // ONE_IN
        for step in reversed(range(STEPS)):
            left -= self._older[step] + self._newer[step]
            if left < 0:
                return _STEPS_MS[step]
        return 0.0
