"""The line between clients and venue: how long messages travel, and what is wrong with a socket.

    client ── up ──▶ server core ──▶ venue
           ◀─ down ─┘

A profile says how long one way takes: always the same, or as on a line that people have. Frames of
one socket never overtake each other, as with TCP; requests over HTTP do. Everything is drawn from
one seeded source, and nothing waits: what travels is postponed, and released as time goes by.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import log
from typing import Final

import msgspec

from hive.serving.port import Close, HalfOpen, Say, Slow, SocketTrouble, Tear
from hive.serving.postponed import Act, Postponed

_TINY: Final = 1e-12
LATENCY_MS_MAX: Final = 60_000.0


class LatencyProfile(msgspec.Struct, frozen=True, kw_only=True):
    """How long one way takes."""

    base_ms: float = 0.0
    jitter_ms: float = 0.0
    """The mean of what is added by chance, more often little than much."""
    spike_every_s: float = 0.0
    """The mean pause between two spikes; 0 for none."""
    spike_ms: tuple[float, float] = (0.0, 0.0)
    """What a spike adds while it lasts."""
    spike_s: tuple[float, float] = (0.0, 0.0)


PROFILES: Final[dict[str, LatencyProfile]] = {
    "none": LatencyProfile(),
    "lan": LatencyProfile(base_ms=0.6, jitter_ms=0.2),
    "home": LatencyProfile(
        base_ms=14.0, jitter_ms=4.0, spike_every_s=40.0, spike_ms=(80, 250), spike_s=(0.2, 0.8)
    ),
    "far": LatencyProfile(base_ms=95.0, jitter_ms=6.0),
    "mobile": LatencyProfile(
        base_ms=45.0, jitter_ms=25.0, spike_every_s=15.0, spike_ms=(300, 1_500), spike_s=(0.5, 2.0)
    ),
    "spiky": LatencyProfile(
        base_ms=8.0, jitter_ms=2.0, spike_every_s=5.0, spike_ms=(200, 800), spike_s=(0.1, 0.5)
    ),
}
"""By the name that the command line takes."""


def latency_profile(text: str) -> LatencyProfile:
    """A profile by name, or the one that always takes so many milliseconds.

    Raises:
        ValueError: it is neither.
    """
    known = PROFILES.get(text)
    if known is not None:
        return known
    base_ms = float(text)
    if not 0.0 <= base_ms <= LATENCY_MS_MAX:
        raise ValueError(f"{text} is out of range")
    return LatencyProfile(base_ms=base_ms)


class Line:
    """What all clients share: the profile, its chance, and what is under way."""

    def __init__(
        self, profile: LatencyProfile | None = None, uniform: Callable[[], float] | None = None
    ) -> None:
        """`uniform` is asked for numbers in [0, 1); without it nothing is left to chance."""
        self._profile = profile or LatencyProfile()
        self._uniform = uniform or (lambda: 0.5)
        self._postponed = Postponed(0)
        self._spike_ms = 0.0
        self._spike_ends_ms = 0
        self._next_spike_ms: int | None = None
        self.is_long = self._profile != LatencyProfile()
        """Whether messages take any time at all."""

    @property
    def now_ms(self) -> int:
        return self._postponed.now_ms

    def at(self, now_ms: int) -> None:
        """The present time, for what is sent from here on."""
        self._postponed.now_ms = now_ms

    def release(self) -> None:
        """Let what has arrived arrive."""
        self._postponed.release()

    @property
    def next_ms(self) -> int | None:
        """When the next message arrives."""
        return self._postponed.next_ms

    def carry(self, act: Act) -> None:
        """Let a message of its own connection arrive in its time."""
        if self.is_long:
            self._postponed.later(self.delay_ms(), act)
        else:
            act()

    def carry_by(self, due_ms: int, act: Act) -> None:
        """Let a message arrive at a time."""
        self._postponed.later(due_ms - self.now_ms, act)

    def delay_ms(self) -> int:
        """How long a message that leaves now is under way."""
        profile = self._profile
        if not self.is_long:
            return 0
        jitter_ms = -profile.jitter_ms * log(self._uniform() + _TINY) if profile.jitter_ms else 0.0
        return round(profile.base_ms + jitter_ms + self._extra_ms())

    def _extra_ms(self) -> float:
        """What the spike of now adds, if there is one."""
        if not self._profile.spike_every_s:
            return 0.0
        if self._next_spike_ms is None:
            self._plan_spike()
        assert self._next_spike_ms is not None
        if self.now_ms >= self._next_spike_ms:
            self._spike_ms = self._between(self._profile.spike_ms)
            self._spike_ends_ms = self.now_ms + round(1000 * self._between(self._profile.spike_s))
            self._plan_spike()
        return self._spike_ms if self.now_ms < self._spike_ends_ms else 0.0

    def _plan_spike(self) -> None:
        pause_s = -self._profile.spike_every_s * log(self._uniform() + _TINY)
        self._next_spike_ms = self.now_ms + round(1000 * pause_s)

    def _between(self, bounds: tuple[float, float]) -> float:
        return bounds[0] + (bounds[1] - bounds[0]) * self._uniform()


class Way:
    """One socket's way in and out, over the line, with what is wrong with it.

    `close` ends the socket with a close frame of that code, `tear` sends half of a frame and ends
    it.
    """

    def __init__(
        self,
        line: Line,
        send: Callable[[bytes], None],
        close: Callable[[int], None],
        tear: Callable[[bytes], None],
    ) -> None:
        self._line = line
        self._send = send
        self._close = close
        self._tear = tear
        self._said_by_ms = 0
        self._heard_by_ms = 0
        self._slow_ms = 0
        self._is_half_open = False
        self._is_to_be_torn = False
        self._is_gone = False

    def say(self, frame: bytes) -> None:
        """Send a frame, in its time."""
        if self._is_half_open or self._is_gone:
            return
        due_ms = max(self._line.now_ms + self._line.delay_ms() + self._slow_ms, self._said_by_ms)
        if due_ms <= self._line.now_ms:
            self._arrive(frame)
        else:
            self._said_by_ms = due_ms
            self._line.carry_by(due_ms, partial(self._arrive, frame))

    def hear(self, act: Act) -> None:
        """Let a frame of the client arrive, in its time."""
        if self._is_half_open:
            return
        due_ms = max(self._line.now_ms + self._line.delay_ms(), self._heard_by_ms)
        if due_ms <= self._line.now_ms:
            act()
        else:
            self._heard_by_ms = due_ms
            self._line.carry_by(due_ms, act)

    def suffer(self, trouble: SocketTrouble) -> None:
        """Let something be wrong from now on, or happen now."""
        match trouble:
            case HalfOpen():
                self._is_half_open = True
            case Slow(ms=ms):
                self._slow_ms = ms
            case Tear():
                self._is_to_be_torn = True
            case Close(code=code):
                self._close(code)
            case Say(frame=frame):
                self.say(frame)

    def end(self) -> None:
        """The socket is gone, and what is under way to it with it."""
        self._is_gone = True

    def _arrive(self, frame: bytes) -> None:
        if self._is_gone or self._is_half_open:
            return
        if self._is_to_be_torn:
            self._is_gone = True
            self._tear(frame)
        else:
            self._send(frame)
