"""What time it is at the venue, at the least.

Our wall clock may be an hour off or step back; an expiry stamped by it would then mean something
else to the venue. Every message the venue stamps tells a moment that has passed there, and since
then our monotonic clock has run: the latest such bound is never ahead of the venue, and behind it
by one message's way only.
"""

from __future__ import annotations


class VenueTime:
    """A lower bound of the venue's clock, from what it stamped."""

    __slots__ = ("_offset_ms",)

    def __init__(self) -> None:
        self._offset_ms: int | None = None

    def heard(self, venue_ms: int, monotonic_ms: int) -> None:
        """A message stamped `venue_ms` is here at `monotonic_ms`."""
        offset_ms = venue_ms - monotonic_ms
        if self._offset_ms is None or offset_ms > self._offset_ms:
            self._offset_ms = offset_ms

    def at_least_ms(self, monotonic_ms: int) -> int | None:
        """The venue's clock shows at least this; None before it told anything."""
        return None if self._offset_ms is None else self._offset_ms + monotonic_ms
