"""Where requests wait until the venue's weight budget lets them pass.

One line for ordinary requests and one for urgent ones, which go first and may use the reserve.
Within a line the order is that of arrival, so a heavy request is not passed for ever by light ones.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

import msgspec

from hive.connection.sliding_window import SlidingWindow
from hive.domain.errors import LimitReached
from hive.runtime.ports import Clock

WAITING_MAX: Final = 512
"""Requests in both lines; one more is refused rather than kept for minutes."""
NS_BY_MS: Final = 1_000_000


class _Waiting(msgspec.Struct, gc=False):
    """One request in line."""

    weight: int
    passed: asyncio.Future[None]


class WeightGate:
    """Spends a window's weight in order. Used on one loop."""

    def __init__(self, window: SlidingWindow, clock: Clock) -> None:
        self._window = window
        self._clock = clock
        self._urgent: deque[_Waiting] = deque()
        self._ordinary: deque[_Waiting] = deque()
        self._held_until_ms = 0
        self._alarm: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many requests wait."""
        return len(self._urgent) + len(self._ordinary)

    def now_ms(self) -> int:
        """Monotonic milliseconds, as the window counts them."""
        return self._clock.monotonic_ns() // NS_BY_MS

    async def enter(self, weight: int, *, urgent: bool = False) -> None:
        """Return when `weight` has been spent on the caller's behalf.

        Raises:
            LimitReached: `WAITING_MAX` wait already.
        """
        if not len(self) and self._admits(weight, urgent):
            self._window.spend(weight, self.now_ms())
            return
        if len(self) >= WAITING_MAX:
            raise LimitReached("waiting_max", f"{WAITING_MAX} requests wait for the venue's weight")
        waiting = _Waiting(weight, asyncio.get_running_loop().create_future())
        line = self._urgent if urgent else self._ordinary
        line.append(waiting)
        self._let_pass()
        await waiting.passed

    def hold(self, hold_ms: int) -> None:
        """Let nobody pass for so long: the venue has said that it is enough."""
        self._held_until_ms = max(self._held_until_ms, self.now_ms() + hold_ms)

    def _admits(self, weight: int, urgent: bool) -> bool:
        now_ms = self.now_ms()
        return now_ms >= self._held_until_ms and self._window.admits(weight, now_ms, urgent=urgent)

    def _let_pass(self) -> None:
        """Let pass whoever may; wake up again when the next one may."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        for line, urgent in ((self._urgent, True), (self._ordinary, False)):
            while line and (line[0].passed.cancelled() or self._admits(line[0].weight, urgent)):
                waiting = line.popleft()
                if not waiting.passed.cancelled():
                    self._window.spend(waiting.weight, self.now_ms())
                    waiting.passed.set_result(None)
            if line:
                self._wake_for(line[0], urgent)
                return

    def _wake_for(self, first: _Waiting, urgent: bool) -> None:
        now_ms = self.now_ms()
        wait_ms = max(
            self._held_until_ms - now_ms,
            self._window.wait_ms(first.weight, now_ms, urgent=urgent),
            1,
        )
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(wait_ms / 1000, self._let_pass)
