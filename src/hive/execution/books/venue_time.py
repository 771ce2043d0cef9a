"""What time it is at the venue, at the least.

Our wall clock may be an hour off or step back; an expiry stamped by it would then mean something
else to the venue. Every message the venue stamps tells a moment that has passed there, and since
then our monotonic clock has run: a bound that is behind the venue by one message's way.

    bound ── falls back by what two clocks can drift apart ──▶ until a later stamp lifts it again

So it stays a bound however long it is kept. A stamp far ahead of it is one wrong message, or our
machine was asleep: it is believed when another says so too, a moment later.
"""

from __future__ import annotations

from typing import Final

DRIFT_PART: Final = 5_000
"""One millisecond in so many: 200 millionths, more than the clock of a computer is ever off."""
LEAP_MS_MAX: Final = 5_000
"""A stamp further ahead than this needs a witness."""
WITNESS_AFTER_MS: Final = 1_000
"""Stamps of one message are no witnesses of each other."""


class VenueTime:
    """A lower bound of the venue's clock, from what it stamped."""

    __slots__ = ("_heard_ms", "_leap", "_offset_ms")

    def __init__(self) -> None:
        self._offset_ms: int | None = None
        """The venue's clock less ours, at the least, as it was when we last learned it."""
        self._heard_ms = 0
        self._leap: tuple[int, int] | None = None
        """When a stamp was too far ahead, and the offset it spoke for."""

    def heard(self, venue_ms: int, monotonic_ms: int) -> None:
        """A message stamped `venue_ms` is here at `monotonic_ms`."""
        offset_ms = venue_ms - monotonic_ms
        bound_ms = self._bound_ms(monotonic_ms)
        if bound_ms is not None:
            if offset_ms <= bound_ms:
                return
            if offset_ms > bound_ms + LEAP_MS_MAX and not self._is_witnessed(
                offset_ms, monotonic_ms
            ):
                return
        self._offset_ms, self._heard_ms, self._leap = offset_ms, monotonic_ms, None

    def at_least_ms(self, monotonic_ms: int) -> int | None:
        """The venue's clock shows at least this; None before it told anything."""
        bound_ms = self._bound_ms(monotonic_ms)
        return None if bound_ms is None else bound_ms + monotonic_ms

    def _bound_ms(self, monotonic_ms: int) -> int | None:
        if self._offset_ms is None:
            return None
        return self._offset_ms - (monotonic_ms - self._heard_ms) // DRIFT_PART

    def _is_witnessed(self, offset_ms: int, monotonic_ms: int) -> bool:
        """Whether an earlier message spoke for such a leap as well; else remember this one."""
        leap = self._leap
        if leap is None or abs(offset_ms - leap[1]) > LEAP_MS_MAX:
            self._leap = (monotonic_ms, offset_ms)
            return False
        return monotonic_ms - leap[0] >= WITNESS_AFTER_MS
