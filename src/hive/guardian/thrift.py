"""How often the guardian may look at the venue.

All its accounts, and the trader besides, share one address's weight, and who has none left is told
nothing.

At first every look that is wanted is made: what is to be stopped is stopped within a second. Where
there is long to do, as with a position that nobody takes, looks keep a distance that can be kept
for good.
"""

from __future__ import annotations

from typing import Final

MINUTE_MS: Final = 60_000
BURST: Final = 900
"""Weight that may go at once, of the 1,200 that the venue grants in a minute."""
PER_MINUTE: Final = 300
"""And what may go in each minute besides."""


class Thrift:
    """A purse of weight. Times are monotonic milliseconds."""

    def __init__(self, now_ms: int) -> None:
        self._left = float(BURST)
        self._at_ms = now_ms

    def spent(self, weight: int, now_ms: int) -> None:
        """So much has gone; the last look may cost more than was left."""
        self._refill(now_ms)
        self._left -= weight

    def wait_ms(self, now_ms: int) -> int:
        """Until the next look; 0 is now."""
        self._refill(now_ms)
        return 0 if self._left > 0 else int(-self._left * MINUTE_MS / PER_MINUTE) + 1

    def _refill(self, now_ms: int) -> None:
        gained = (now_ms - self._at_ms) * PER_MINUTE / MINUTE_MS
        self._left = min(float(BURST), self._left + gained)
        self._at_ms = now_ms
