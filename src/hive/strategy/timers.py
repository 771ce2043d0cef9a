"""Whose timer is due, and when to look again.

Everything is planned on the monotonic clock, so a wall that steps never fires a timer twice nor
silences it. A timer that is late fires once, however many beats it missed, and the missed beats are
counted. The next beat is the next of its own row of beats, or (aligned) the wall's next multiple of
the interval that is at least half an interval away.
"""

from __future__ import annotations

import heapq
from typing import Final

import msgspec

from hive.domain.errors import LimitReached

INTERVAL_MS_MIN: Final = 10
TIMERS_PER_OWNER_MAX: Final = 64


class DueTimer(msgspec.Struct, frozen=True):
    """A timer that has to fire now."""

    owner: str
    name: str
    late_ms: int
    missed: int
    """Whole beats that passed unfired before this one."""


class _Timer(msgspec.Struct):
    owner: str
    name: str
    due_ms: int
    interval_ms: int | None
    """None: once."""
    is_aligned: bool = False
    is_canceled: bool = False


class TimerQueue:
    """The timers of all strategies of a process. Times are milliseconds, given by the caller."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, _Timer]] = []
        self._timers_by_owner: dict[str, dict[str, _Timer]] = {}
        self._sequence = 0
        self._sweep_at = 2 * TIMERS_PER_OWNER_MAX
        self.missed = 0

    def __len__(self) -> int:
        return sum(len(timers) for timers in self._timers_by_owner.values())

    @property
    def pending_entries(self) -> int:
        """Entries of the queue, canceled ones included; bounded by a multiple of the timers."""
        return len(self._heap)

    def every(
        self,
        owner: str,
        name: str,
        interval_ms: int,
        *,
        monotonic_ms: int,
        aligned_to_wall_ms: int | None = None,
    ) -> None:
        """Fire again and again, first one interval from now, or at the wall's next multiple of it.

        Raises:
            LimitReached: the interval is under `INTERVAL_MS_MIN`, or the owner has too many timers.
        """
        if interval_ms < INTERVAL_MS_MIN:
            raise LimitReached("interval_ms", f"a timer of {interval_ms} ms is too fast")
        delay_ms = interval_ms
        if aligned_to_wall_ms is not None:
            delay_ms = interval_ms - aligned_to_wall_ms % interval_ms
        timer = _Timer(owner, name, monotonic_ms + delay_ms, interval_ms)
        timer.is_aligned = aligned_to_wall_ms is not None
        self._add(timer)

    def after(self, owner: str, name: str, delay_ms: int, *, monotonic_ms: int) -> None:
        """Fire once, `delay_ms` from now (at least one).

        Raises:
            LimitReached: the owner has too many timers.
        """
        self._add(_Timer(owner, name, monotonic_ms + max(1, delay_ms), None))

    def cancel(self, owner: str, name: str) -> None:
        """Forget a timer; nothing happens if there is none."""
        timer = self._timers_by_owner.get(owner, {}).pop(name, None)
        if timer is not None:
            timer.is_canceled = True
            self._sweep()

    def cancel_all(self, owner: str) -> None:
        """Forget every timer of this owner."""
        for timer in self._timers_by_owner.pop(owner, {}).values():
            timer.is_canceled = True
        self._sweep()

    def next_due_ms(self) -> int | None:
        """When `pop_due` has something again, on the monotonic clock; None without timers."""
        while self._heap and self._heap[0][2].is_canceled:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self, monotonic_ms: int, wall_ms: int) -> DueTimer | None:
        """The next timer to fire now; None when none is due. Call until None.

        One at a time, so that a handler can still cancel the timers that come after its own.
        """
        due_ms = self.next_due_ms()
        if due_ms is None or due_ms > monotonic_ms:
            return None
        timer = heapq.heappop(self._heap)[2]
        late_ms = monotonic_ms - timer.due_ms
        if timer.interval_ms is None:
            del self._timers_by_owner[timer.owner][timer.name]
            return DueTimer(timer.owner, timer.name, late_ms, 0)
        missed = late_ms // timer.interval_ms
        self.missed += missed
        timer.due_ms = _next_due_ms(timer, timer.interval_ms, monotonic_ms, wall_ms)
        assert timer.due_ms > monotonic_ms, "a timer must not fire twice in one moment"
        self._push(timer)
        return DueTimer(timer.owner, timer.name, late_ms, missed)

    def _add(self, timer: _Timer) -> None:
        timers = self._timers_by_owner.setdefault(timer.owner, {})
        replaced = timers.pop(timer.name, None)
        if replaced is not None:
            replaced.is_canceled = True
        elif len(timers) >= TIMERS_PER_OWNER_MAX:
            raise LimitReached("timers_per_owner_max", f"{timer.owner} has {len(timers)} timers")
        timers[timer.name] = timer
        self._push(timer)
        self._sweep()

    def _push(self, timer: _Timer) -> None:
        self._sequence += 1
        heapq.heappush(self._heap, (timer.due_ms, self._sequence, timer))

    def _sweep(self) -> None:
        """Drop canceled timers when they are most of the heap, so that it stays bounded."""
        if len(self._heap) > self._sweep_at:
            self._heap = [entry for entry in self._heap if not entry[2].is_canceled]
            heapq.heapify(self._heap)
            self._sweep_at = 2 * len(self._heap) + TIMERS_PER_OWNER_MAX


def _next_due_ms(timer: _Timer, interval_ms: int, monotonic_ms: int, wall_ms: int) -> int:
    if not timer.is_aligned:
        behind_ms = (monotonic_ms - timer.due_ms) % interval_ms
        return monotonic_ms - behind_ms + interval_ms
    delay_ms = interval_ms - wall_ms % interval_ms
    if 2 * delay_ms < interval_ms:  # the wall was set back: this multiple has just been fired
        delay_ms += interval_ms
    return monotonic_ms + delay_ms
