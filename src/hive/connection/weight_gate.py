"""Where requests wait until the venue's weight budget lets them pass.

One line for actions, one for urgent questions and one for ordinary ones. The first two go first
and may use the reserve. Within a line the order is that of arrival, so a heavy request is not
passed for ever by light ones.
"""

from __future__ import annotations

import asyncio
from collections import deque
from enum import Enum
from typing import Final

import msgspec

from hive.connection.sliding_window import SlidingWindow
from hive.domain.errors import LimitReached, NotSent
from hive.runtime.ports import Clock

WAITING_MAX: Final = 512
"""Requests in all lines; one more is refused rather than kept for minutes."""
NS_BY_MS: Final = 1_000_000
TOO_LATE: Final = "the venue's weight did not let it pass in time"


class Rank(Enum):
    """Which line a request waits in, the first to go first."""

    ACTION = "action"
    """What changes something; only the window holds it, for it may be a cancel."""
    URGENT = "urgent"
    ORDINARY = "ordinary"


class _Waiting(msgspec.Struct, gc=False):
    """One request in line."""

    weight: int
    passed: asyncio.Future[None]


class WeightGate:
    """Spends a window's weight in order. Used on one loop."""

    def __init__(self, window: SlidingWindow, clock: Clock) -> None:
        self._window = window
        self._clock = clock
        self._lines: dict[Rank, deque[_Waiting]] = {rank: deque() for rank in Rank}
        self._held_until_ms = 0
        self._alarm: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many requests wait."""
        return sum(map(len, self._lines.values()))

    def first_wait_ms(self) -> int:
        """How long whoever is to go next has to wait yet; 0 if nobody waits."""
        for rank, line in self._lines.items():
            if line:
                return self._wait_ms(line[0], rank)
        return 0

    def now_ms(self) -> int:
        """Monotonic milliseconds, as the window counts them."""
        return self._clock.monotonic_ns() // NS_BY_MS

    async def enter(
        self, weight: int, rank: Rank = Rank.ORDINARY, *, deadline_ms: int | None = None
    ) -> None:
        """Return when `weight` has been spent on the caller's behalf.

        Raises:
            LimitReached: `WAITING_MAX` wait already.
            NotSent: it could not pass by `deadline_ms` (monotonic).
        """
        if deadline_ms is not None and self.now_ms() >= deadline_ms:
            raise NotSent(TOO_LATE)
        if not len(self) and self._admits(weight, rank):
            self._window.spend(weight, self.now_ms())
            return
        if len(self) >= WAITING_MAX:
            raise LimitReached("waiting_max", f"{WAITING_MAX} requests wait for the venue's weight")
        waiting = _Waiting(weight, asyncio.get_running_loop().create_future())
        self._lines[rank].append(waiting)
        self._let_pass()
        if deadline_ms is None:
            await waiting.passed
            return
        wait_s = (deadline_ms - self.now_ms()) / 1000
        alarm = asyncio.get_running_loop().call_later(wait_s, self._give_up, waiting)
        try:
            await waiting.passed
        finally:
            alarm.cancel()

    def hold(self, hold_ms: int) -> None:
        """Let no question pass for so long: the venue has said that it is enough.

        Actions pass: a cancel that the venue refuses is tried again, and one that waits is late.
        """
        self._held_until_ms = max(self._held_until_ms, self.now_ms() + hold_ms)

    def _give_up(self, waiting: _Waiting) -> None:
        if not waiting.passed.done():
            waiting.passed.set_exception(NotSent(TOO_LATE))
            self._let_pass()

    def _held_ms(self, rank: Rank, now_ms: int) -> int:
        """For how long a request of that rank is held."""
        return 0 if rank is Rank.ACTION else max(0, self._held_until_ms - now_ms)

    def _admits(self, weight: int, rank: Rank) -> bool:
        now_ms, urgent = self.now_ms(), rank is not Rank.ORDINARY
        is_held = self._held_ms(rank, now_ms)
        return not is_held and self._window.admits(weight, now_ms, urgent=urgent)

    def _let_pass(self) -> None:
        """Let pass whoever may; wake up again when the next one may."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        for rank, line in self._lines.items():
            while line and (line[0].passed.done() or self._admits(line[0].weight, rank)):
                waiting = line.popleft()
                if not waiting.passed.done():
                    self._window.spend(waiting.weight, self.now_ms())
                    waiting.passed.set_result(None)
            if line:
                self._wake_for(line[0], rank)
                return

    def _wake_for(self, first: _Waiting, rank: Rank) -> None:
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(self._wait_ms(first, rank) / 1000, self._let_pass)

    def _wait_ms(self, first: _Waiting, rank: Rank) -> int:
        now_ms, urgent = self.now_ms(), rank is not Rank.ORDINARY
        return max(
            self._held_ms(rank, now_ms),
            self._window.wait_ms(first.weight, now_ms, urgent=urgent),
            1,
        )
