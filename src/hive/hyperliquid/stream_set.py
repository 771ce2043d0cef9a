"""All subscriptions of one socket, each on its way through its life.

Here the table of `stream_life` meets acks, time and silence. What comes of it (frames to send,
events to tell) goes to the session's `News`.
"""

from __future__ import annotations

from typing import Final

from hive.domain.errors import LimitReached
from hive.hyperliquid.codec_requests import subscribe_frame, unsubscribe_frame
from hive.hyperliquid.session_events import (
    AckOverdue,
    Confirmed,
    News,
    SessionTiming,
    StreamFresh,
    StreamStale,
)
from hive.hyperliquid.staleness import (
    Rhythm,
    Shown,
    is_newer,
    patience_for,
    what_first_frame_shows,
)
from hive.hyperliquid.stream_life import AWAITING, Method, StreamCause, StreamPhase, stream_moved
from hive.hyperliquid.subscriptions import Route, Subscription, route_of
from hive.hyperliquid.wire import Push

DOUBLINGS_MAX: Final = 16
"""After so many, an ack's timeout doubles no further (it has long met its ceiling)."""


class Stream:
    """One subscription's state on this socket; changed by its `StreamSet` alone."""

    __slots__ = (
        "attempts",
        "due_ms",
        "is_wanted",
        "key",
        "owes_first_frame",
        "phase",
        "rhythm",
        "route",
        "subscription",
        "was_deaf",
    )

    def __init__(self, subscription: Subscription, rhythm: Rhythm | None) -> None:
        self.subscription = subscription
        self.key = subscription.key
        self.route = route_of(subscription)
        self.rhythm = rhythm
        """How it speaks; None for streams whose silence means nothing."""
        self.phase = StreamPhase.WANTED
        self.is_wanted = True
        """Whether its pushes are delivered."""
        self.due_ms = 0
        """When the answer is overdue, in the phases that await one."""
        self.attempts = 0
        self.owes_first_frame = False
        """It was stale when it was asked for anew: its next frame only answers that."""
        self.was_deaf = False
        """While stale: what it answered had changed in its silence."""

    def begin_anew(self) -> None:
        """Whoever listens from now on was told nothing of its silence yet."""
        if self.rhythm is not None:
            self.rhythm.spoke_again(was_deaf=self.was_deaf)
            self.owes_first_frame = self.was_deaf = False


class StreamSet:
    """The streams of one socket, by key and by route. Monotonic milliseconds."""

    def __init__(self, timing: SessionTiming, news: News) -> None:
        self._timing = timing
        self._news = news
        self._by_key: dict[str, Stream] = {}
        self._by_route: dict[Route, Stream] = {}
        self._awaiting: dict[str, Stream] = {}
        self._judge_ms = 0
        self.acks_overdue = 0
        self.revivals = 0
        self.of_route = self._by_route.get
        """The stream whose pushes have that route, or None: the hot path's one lookup."""

    def of(self, subscription: Subscription) -> Stream | None:
        return self._by_key.get(subscription.key)

    # Wishes.

    def want(self, subscription: Subscription, now_ms: int, *, is_open: bool) -> None:
        """Put it on its way, or keep it there.

        Raises:
            LimitReached: there are `streams_max`, or one whose pushes look just like its own.
        """
        stream = self.of(subscription)
        if stream is not None:
            if not stream.is_wanted:
                stream.begin_anew()
            self.move(stream, StreamCause.ASKED, now_ms)
            return
        stream = self._admit(subscription, now_ms)
        if is_open:
            self.move(stream, StreamCause.OPENED, now_ms)

    def drop(self, subscription: Subscription, now_ms: int) -> None:
        stream = self.of(subscription)
        if stream is not None:
            self.move(stream, StreamCause.DROPPED, now_ms)

    def _admit(self, subscription: Subscription, now_ms: int) -> Stream:
        if len(self._by_key) >= self._timing.streams_max:
            raise LimitReached("streams_max", f"{len(self._by_key)} streams on this socket")
        patience = patience_for(subscription, self._timing.patience_by_type)
        stream = Stream(subscription, None if patience is None else Rhythm(patience, now_ms))
        rival = self._by_route.get(stream.route)
        if rival is not None:
            raise LimitReached(
                "one stream per route", f"{stream.key} could not be told from {rival.key}"
            )
        self._by_key[stream.key] = stream
        self._by_route[stream.route] = stream
        return stream

    # The socket, and what the venue says.

    def opened(self, now_ms: int) -> None:
        self._judge_ms = now_ms + self._timing.judge_every_ms
        for stream in list(self._by_key.values()):
            self.move(stream, StreamCause.OPENED, now_ms)

    def closed(self, now_ms: int) -> None:
        for stream in list(self._by_key.values()):
            stream.begin_anew()
            self.move(stream, StreamCause.CLOSED, now_ms)
        assert not self._awaiting

    def move(self, stream: Stream, cause: StreamCause, now_ms: int) -> None:
        """The one place where a stream's life goes on, and where that leads to a frame."""
        before = stream.phase
        stream.phase, method = stream_moved(before, cause)
        stream.is_wanted = stream.phase not in (StreamPhase.DROPPING, StreamPhase.GONE)
        if method is not None:
            stream.attempts = stream.attempts + 1 if cause is StreamCause.OVERDUE else 0
            self._send(stream, method, now_ms)
            if stream.rhythm is not None:
                stream.owes_first_frame = method == "subscribe" and stream.rhythm.is_stale
        if stream.phase in AWAITING:
            self._awaiting[stream.key] = stream
        else:
            self._awaiting.pop(stream.key, None)
        if stream.phase is StreamPhase.GONE:
            del self._by_key[stream.key], self._by_route[stream.route]
        elif stream.phase is StreamPhase.ACTIVE and before is not StreamPhase.ACTIVE:
            if stream.rhythm is not None:
                stream.rhythm.restart(now_ms)
            self._news.tell(Confirmed(stream.subscription))

    def _send(self, stream: Stream, method: Method, now_ms: int) -> None:
        encode = subscribe_frame if method == "subscribe" else unsubscribe_frame
        self._news.send(encode(stream.subscription))
        timing = self._timing
        wait_ms = timing.ack_timeout_ms << min(stream.attempts, DOUBLINGS_MAX)
        stream.due_ms = now_ms + min(wait_ms, timing.ack_timeout_ms_max)

    def oldest_private_unanswered(self) -> Stream | None:
        """Whom a refusal for too many users means: the venue answers in the order it was asked."""
        for stream in self._awaiting.values():
            if stream.phase is StreamPhase.SENT and stream.subscription.is_private:
                return stream
        return None

    # Time.

    def tick(self, now_ms: int, *, socket_heard_ms: int) -> None:
        """Repeat what was not answered; look which streams have fallen silent."""
        for stream in [stream for stream in self._awaiting.values() if stream.due_ms <= now_ms]:
            self.acks_overdue += 1
            self.move(stream, StreamCause.OVERDUE, now_ms)
            self._news.tell(AckOverdue(stream.subscription, stream.attempts))
        if now_ms < self._judge_ms:
            return
        self._judge_ms = now_ms + self._timing.judge_every_ms
        for stream in self._by_key.values():
            if stream.rhythm is not None and stream.phase is StreamPhase.ACTIVE:
                self._judge(stream, stream.rhythm, now_ms, socket_heard_ms)

    def _judge(self, stream: Stream, rhythm: Rhythm, now_ms: int, socket_heard_ms: int) -> None:
        """Declare a stream stale that is silent for too long, and ask for it anew.

        On a socket that is silent altogether the stream is stale as well, but asking is pointless:
        the heartbeat decides about the socket.
        """
        if not rhythm.is_too_long(now_ms):
            return
        if not rhythm.is_stale:
            rhythm.fell_silent()
            self._news.tell(StreamStale(stream.subscription, rhythm.heard_ms))
        if socket_heard_ms > rhythm.heard_ms:
            rhythm.learn_silence(now_ms)
            self.revivals += 1
            self.move(stream, StreamCause.SILENT, now_ms)

    def heard_while_stale(self, stream: Stream, push: Push) -> None:
        """A stale stream was heard: it is fresh if that shows that it lives."""
        rhythm = stream.rhythm
        assert rhythm is not None
        if stream.owes_first_frame:
            stream.owes_first_frame = False
            shown = what_first_frame_shows(rhythm.last, push)
            if shown is not Shown.NOTHING:
                stream.was_deaf = shown is Shown.DEAFNESS
        else:
            shown = Shown.LIFE if is_newer(rhythm.last, push) else Shown.NOTHING
        if shown is Shown.LIFE:
            rhythm.spoke_again(was_deaf=stream.was_deaf)
            stream.was_deaf = False
            self._news.tell(StreamFresh(stream.subscription))

    def next_deadline_ms(self) -> int | None:
        """When `tick` has something to do."""
        deadlines = [stream.due_ms for stream in self._awaiting.values()]
        if any(stream.rhythm is not None for stream in self._by_key.values()):
            deadlines.append(self._judge_ms)
        return min(deadlines, default=None)

    def counts(self) -> tuple[int, int, int]:
        """How many are wanted, active and stale."""
        streams = self._by_key.values()
        return (
            sum(stream.is_wanted for stream in streams),
            sum(stream.phase is StreamPhase.ACTIVE for stream in streams),
            sum(stream.rhythm is not None and stream.rhythm.is_stale for stream in streams),
        )
