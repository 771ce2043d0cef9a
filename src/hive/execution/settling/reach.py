"""Whether the venue answers questions; while it does not, one at a time is asked, ever less often.

An outage lasts as long as it lasts. A desk with a thousand orders in doubt must not spend the
minute's weight on asking into the void: one question finds out as well that somebody is there
again, and then all are asked.
"""

from __future__ import annotations

from typing import Final

PAUSE_MS: Final = 500
"""After a question that got no answer; doubled with each that follows."""
PAUSE_MS_MAX: Final = 10_000


class Reach:
    """One desk's. Times are monotonic milliseconds."""

    def __init__(self) -> None:
        self._failures = 0
        self._until_ms = 0
        self._is_probing = False

    def wait_ms(self, now_ms: int) -> int:
        """Before the next question may be asked; 0 is now."""
        if not self._failures:
            return 0
        return max(PAUSE_MS if self._is_probing else 0, self._until_ms - now_ms)

    def began(self) -> None:
        """A question is on its way."""
        self._is_probing = True

    def ended(self) -> None:
        """It is not on its way any more, however that came."""
        self._is_probing = False

    def answered(self) -> bool:
        """Somebody is there; True if nobody was before."""
        is_news = self._failures > 0
        self._failures = 0
        return is_news

    def failed(self, now_ms: int) -> None:
        """No answer, whatever the reason."""
        self._failures += 1
        pause_ms = min(PAUSE_MS << min(self._failures - 1, 10), PAUSE_MS_MAX)
        self._until_ms = now_ms + pause_ms
