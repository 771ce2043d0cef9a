"""Frames on their way to the kernel, held back while the venue admits no more messages."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from hive.connection.sliding_window import SlidingWindow
from hive.domain.errors import NotSent
from hive.runtime.ports import Clock, WsLink

NS_BY_MS: Final = 1_000_000


class Outbox:
    """Sends in order and within the messages per minute. One per open socket.

    What is held is bounded by what a session can ask for: one frame per stream and a ping.
    """

    def __init__(self, link: WsLink, messages: SlidingWindow, clock: Clock) -> None:
        self._link = link
        self._messages = messages
        self._clock = clock
        self._held: deque[bytes] = deque()
        self._release: asyncio.TimerHandle | None = None

    def send(self, frame: bytes) -> None:
        """Send now or, after all that is held already, when the venue admits it.

        Raises:
            NotSent: the socket takes nothing any more.
        """
        now_ms = self._now_ms()
        if self._held or not self._messages.admits(1, now_ms):
            self._held.append(frame)
            self._wait()
        else:
            self._messages.spend(1, now_ms)
            self._link.send(frame)

    def admits_urgent(self, now_ms: int) -> bool:
        """Whether one more message may leave in this minute, the reserve included."""
        return self._messages.admits(1, now_ms, urgent=True)

    def send_urgent(self, frame: bytes, now_ms: int) -> None:
        """Send now, before what is held, and count it.

        Raises:
            NotSent: the socket takes nothing any more.
        """
        self._messages.spend(1, now_ms)
        self._link.send(frame)

    def stop(self) -> None:
        """The socket is gone: forget what is held."""
        self._held.clear()
        if self._release is not None:
            self._release.cancel()
            self._release = None

    def _wait(self) -> None:
        if self._release is None:
            wait_ms = max(1, self._messages.wait_ms(1, self._now_ms()))
            loop = asyncio.get_running_loop()
            self._release = loop.call_later(wait_ms / 1000, self._send_held)

    def _send_held(self) -> None:
        self._release = None
        held, self._held = self._held, deque()
        try:
            for frame in held:
                self.send(frame)
        except NotSent:
            self._link.close()  # the session begins anew with the next socket

    def _now_ms(self) -> int:
        return self._clock.monotonic_ns() // NS_BY_MS
