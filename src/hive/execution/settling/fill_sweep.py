"""Every fill since the last one that is certain, page by page.

The streams tell fills first; this is what makes sure. The venue pages fills by time, oldest first,
a limited number at once, and many may share a millisecond. So each page begins *at* the last
millisecond of the one before, never after it, and repeats are told apart by their keys. The sweep
is over when a page reaches what was the present at its beginning, or brings nothing later.

What is certain ends at the last fill that a *sweep* brought, for the stream may have lost one
before the last it told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hive.domain.orders import Fill

PAGES_MAX: Final = 100
"""More fills than the venue keeps within reach."""


class FillSweep:
    """One account's sweeps."""

    def __init__(self, certain_ms: int = 0) -> None:
        """`certain_ms`: every fill before it is booked; 0 for a history nobody has."""
        self.certain_ms = certain_ms
        self.sweeps = 0
        self.overfull_ms: list[int] = []
        """Milliseconds with more fills than a page holds: some may be out of reach."""
        self.forgotten: list[tuple[int, int]] = []
        """Spans whose fills the venue does not tell any more: it keeps the latest 10,000."""
        self._start_ms = certain_ms
        self._is_at_fill = True
        self._until_ms: int | None = None
        self._pages = 0
        self._longest = 0

    def begin(self, until_ms: int | None) -> int:
        """Where the first page starts (`startTime`). `until_ms` is the venue's present, at least.

        None if its time is not known: then until a page brings nothing later.
        """
        self._start_ms = self.certain_ms
        self._until_ms = until_ms
        self._pages = 0
        self._longest = 0
        return self._start_ms

    def next_start_ms(self, page: Sequence[Fill]) -> int | None:
        """Where the next page starts, after this one was booked; None if there is none."""
        self._pages += 1
        start_ms = self._start_ms
        self._look_for_a_cut(page)
        last_ms = max((fill.venue_ms for fill in page), default=start_ms)
        is_full = len(page) >= max(2, self._longest) and self._pages > 1
        self._longest = max(self._longest, len(page))
        if last_ms <= start_ms and is_full:
            self.overfull_ms.append(last_ms)
            last_ms += 1  # nothing can be asked for within a millisecond; go on behind it
            self._is_at_fill = False
        elif last_ms > start_ms:
            self._is_at_fill = True
        is_over = last_ms <= start_ms or self._pages >= PAGES_MAX
        self._start_ms = max(start_ms, last_ms)
        if is_over or (self._until_ms is not None and last_ms >= self._until_ms):
            self.certain_ms = self._start_ms
            self.sweeps += 1
            return None
        return self._start_ms

    def _look_for_a_cut(self, page: Sequence[Fill]) -> None:
        """A sweep begins at a fill that is known; if its first page does not, fills are gone.

        An answer that is old ends sooner, but it does not begin later.
        """
        first_ms = min((fill.venue_ms for fill in page), default=0)
        is_first = self._pages == 1 and self._is_at_fill and self.certain_ms > 0
        if is_first and first_ms > self.certain_ms:
            self.forgotten.append((self.certain_ms, first_ms))
