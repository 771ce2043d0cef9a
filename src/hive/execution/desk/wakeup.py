"""Waiting for whichever comes first: a moment, or a word."""

from __future__ import annotations

import asyncio


class Wakeup:
    """One task's sleep, that others may cut short."""

    def __init__(self) -> None:
        self._is_rung = False
        self._waiter: asyncio.Future[None] | None = None

    def ring(self) -> None:
        """Wake it, or keep it from falling asleep the next time."""
        self._is_rung = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def sleep(self, longest_ms: int | None) -> None:
        """Sleep until rung, or for so long."""
        if not self._is_rung and (longest_ms is None or longest_ms > 0):
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            alarm = None if longest_ms is None else loop.call_later(longest_ms / 1000, self.ring)
            try:
                await self._waiter
            finally:
                self._waiter = None
                if alarm is not None:
                    alarm.cancel()
        self._is_rung = False
