"""Whether the peer of a socket is still there.

    ──frame──▶ quiet ──ping_after──▶ ping ──no frame for the rest──▶ silent

The venue closes a socket on which *it* has sent nothing for 60 s, so a quiet market is kept alive
by our pings; and a peer that is gone without a word is found out by the pong that does not come.
One that owes an answer and is silent is asked at once: what is sent to it meanwhile is in doubt.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

SUSPICIOUS_MS: Final = 2_000
"""Silence that is worth a ping once an answer is overdue."""


class Beat(Enum):
    """What the heartbeat asks for."""

    PING = auto()
    GIVE_UP = auto()


class Heartbeat:
    """Counts frames and silence. Monotonic milliseconds.

    `frames` and `heard_ms` are written by the session on its hot path, for every frame.
    """

    __slots__ = (
        "_dead_after_ms",
        "_is_given_up",
        "_is_suspect",
        "_ping_after_ms",
        "_pinged_at_frame",
        "_pinged_ms",
        "frames",
        "heard_ms",
    )

    def __init__(self, *, ping_after_ms: int, dead_after_ms: int) -> None:
        assert 0 < ping_after_ms < dead_after_ms
        self._ping_after_ms = ping_after_ms
        self._dead_after_ms = dead_after_ms
        self._pinged_ms = 0
        self._pinged_at_frame = -1
        self._is_given_up = False
        self._is_suspect = False
        self.frames = 0
        self.heard_ms = 0

    def start(self, now_ms: int) -> None:
        """The socket has opened."""
        self.heard_ms = now_ms
        self._pinged_at_frame = -1
        self._is_given_up = self._is_suspect = False

    def answer_overdue(self, now_ms: int) -> None:
        """Something that the peer always answers was not: ping it, if it says nothing at all."""
        self._is_suspect = now_ms - self.heard_ms >= SUSPICIOUS_MS

    @property
    def due_ms(self) -> int | None:
        """When `check` has something to ask; None once the peer was given up.

        Giving up counts from the ping, not from the last frame: a process that was asleep must not
        take its own absence for the peer's.
        """
        if self._is_given_up:
            return None
        if self._pinged_at_frame == self.frames:
            return self._pinged_ms + self._dead_after_ms - self._ping_after_ms
        return self.heard_ms + (0 if self._is_suspect else self._ping_after_ms)

    def check(self, now_ms: int) -> Beat | None:
        """What is due now, told once: a ping to send, or that the peer is gone."""
        due_ms = self.due_ms
        if due_ms is None or now_ms < due_ms:
            return None
        if self._pinged_at_frame == self.frames:
            self._is_given_up = True
            return Beat.GIVE_UP
        self._is_suspect = False
        self._pinged_ms = now_ms
        self._pinged_at_frame = self.frames
        return Beat.PING
