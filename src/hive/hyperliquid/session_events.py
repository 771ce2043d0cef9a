"""What a session is told at the start, and all that it ever reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from hive.hyperliquid.staleness import DEFAULT_PATIENCE, Patience
from hive.hyperliquid.subscriptions import Subscription


class SessionTiming(msgspec.Struct, frozen=True, kw_only=True):
    """When a session loses patience; monotonic milliseconds throughout."""

    ping_after_ms: int = 20_000
    """Silence after which we ask. The venue closes when *it* has sent nothing for 60 s."""
    dead_after_ms: int = 30_000
    """Silence after which the peer is given up: a ping stayed unanswered for the difference."""
    ack_timeout_ms: int = 5_000
    """A subscribe or unsubscribe unanswered for so long is repeated, then at doubling intervals."""
    ack_timeout_ms_max: int = 60_000
    judge_every_ms: int = 1_000
    """How often streams are looked at for silence."""
    late_reply_ms: int = 60_000
    """How long after its deadline a post's reply is still waited for, and its slot kept."""
    streams_max: int = 1_000
    posts_max: int = 100
    patience_by_type: Mapping[str, Patience] = msgspec.field(
        default_factory=lambda: DEFAULT_PATIENCE
    )


PostKind = Literal["action", "info"]


class Confirmed(msgspec.Struct, frozen=True):
    """The venue streams it from now on; after every reopening and revival once more."""

    subscription: Subscription


class AckOverdue(msgspec.Struct, frozen=True):
    """No answer to a subscribe or unsubscribe for the `attempts`-th time; it was sent again."""

    subscription: Subscription
    attempts: int


class SubscriptionRefused(msgspec.Struct, frozen=True):
    """The venue will not stream it, and the session has let go of it; `text` is the venue's.

    None: something we sent was refused and the text does not tell what.
    """

    subscription: Subscription | None
    text: str


class PostRefused(msgspec.Struct, frozen=True):
    """The venue did not take the post: what it asked for was not done."""

    id: int
    text: str


class PostOverdue(msgspec.Struct, frozen=True):
    """No answer by the deadline: what it asked for may or may not be done."""

    id: int


class StreamStale(msgspec.Struct, frozen=True):
    """Silent for longer than it ever is, on a live socket; last heard at `heard_ms`."""

    subscription: Subscription
    heard_ms: int


class StreamFresh(msgspec.Struct, frozen=True):
    """A stale stream speaks again, of itself: it did more than to answer that it was asked for."""

    subscription: Subscription


class PeerSilent(msgspec.Struct, frozen=True):
    """Nothing at all came for `silence_ms`, a pong included: close the socket and open another."""

    silence_ms: int


SessionEvent = (
    Confirmed
    | AckOverdue
    | SubscriptionRefused
    | PostRefused
    | PostOverdue
    | StreamStale
    | StreamFresh
    | PeerSilent
)


class News:
    """What waits for the shell: frames to send and events to act on, in order."""

    __slots__ = ("events", "frames")

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.events: list[SessionEvent] = []

    def send(self, frame: bytes) -> None:
        self.frames.append(frame)

    def tell(self, event: SessionEvent) -> None:
        self.events.append(event)

    def take_frames(self) -> list[bytes]:
        frames, self.frames = self.frames, []
        return frames

    def take_events(self) -> list[SessionEvent]:
        events, self.events = self.events, []
        return events


class SessionSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A session's state and what it has counted since it was made."""

    is_open: bool
    wanted: int
    active: int
    stale: int
    posts_in_flight: int
    frames: int
    unrouted: int
    """Frames for nobody here: of streams already dropped, or empty ones."""
    unknown: Mapping[str, int]
    """Frames by channel we have no shape for."""
    refusals: int
    acks_overdue: int
    strays: int
    """Acks and replies that nobody here waits for."""
    revivals: int
    """Streams asked for anew because they had fallen silent."""
