"""What time it is at the venue: as it is told, ahead of that by what was skipped, or step by step.

It only goes forward, whatever it is told.
"""

from __future__ import annotations

from typing import Final

NEVER_MS: Final = 2**62


class VenueTime:
    """The venue's clock. With `is_stepped` only `step` moves it."""

    def __init__(self, start_ms: int, *, is_stepped: bool) -> None:
        self.is_stepped = is_stepped
        self.now_ms = start_ms
        self._skipped_ms = 0

    def forward(self, told_ms: int) -> int:
        """The present, now that we were told the time."""
        if not self.is_stepped:
            self.now_ms = max(self.now_ms, told_ms + self._skipped_ms)
        return self.now_ms

    def skip(self, ms: int) -> None:
        """Be so much ahead from now on."""
        self._skipped_ms += ms
        self.now_ms += ms

    def step_to(self, now_ms: int) -> None:
        """Go there, where time goes step by step."""
        assert self.is_stepped
        self.now_ms = max(self.now_ms, now_ms)

    def told_ms(self, deadline_ms: int) -> int:
        """When, by the time that we are told, a deadline of ours is; never, if only steps lead
        there."""
        return NEVER_MS if self.is_stepped else deadline_ms - self._skipped_ms
