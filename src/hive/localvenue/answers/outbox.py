"""The way out for pushes: encoded once, late or lost where a fault says so.

Frames of one stream never overtake each other, as on a real socket; a late stream is late as a
whole.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

import msgspec

from hive.localvenue.faults.waiting import Faults
from hive.serving.port import Subscribers

_encode = msgspec.json.Encoder().encode


def encode_frame(channel: str, payload: Any) -> bytes:
    """A push as it goes over the wire."""
    return _encode({"channel": channel, "data": payload})


class Outbox:
    """Publishes frames, some of them later."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._subscribers: Subscribers | None = None
        self._late: list[tuple[int, int, str, bytes]] = []
        self._late_until_ms: dict[str, int] = {}
        self._number = 0
        self.pushes: dict[str, int] = {}
        """Frames made, by channel."""

    def attach(self, subscribers: Subscribers) -> None:
        self._subscribers = subscribers

    def push(self, channel: str, key: str, payload: Any, *, name: str, now_ms: int) -> None:
        """Send a payload to everybody who holds the key; `name` is its user or coin."""
        if self._late:
            self.release(now_ms)
        self.pushes[channel] = self.pushes.get(channel, 0) + 1
        passage = self._faults.passage(channel, name, now_ms)
        if not passage.copies:
            return
        frame = encode_frame(channel, payload)
        due_ms = max(now_ms + passage.delay_ms, self._late_until_ms.get(key, 0))
        for _ in range(passage.copies):
            if due_ms <= now_ms:
                self._publish(key, frame)
            else:
                self._number += 1
                heappush(self._late, (due_ms, self._number, key, frame))
                self._late_until_ms[key] = due_ms

    def release(self, now_ms: int) -> None:
        """Send what is due."""
        while self._late and self._late[0][0] <= now_ms:
            due_ms, _, key, frame = heappop(self._late)
            if self._late_until_ms.get(key) == due_ms:
                del self._late_until_ms[key]
            self._publish(key, frame)

    @property
    def next_ms(self) -> int | None:
        return self._late[0][0] if self._late else None

    def _publish(self, key: str, frame: bytes) -> None:
        assert self._subscribers is not None, "attach comes first"
        self._subscribers.publish(key, frame)
