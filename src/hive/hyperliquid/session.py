"""One WebSocket session with the venue, without the socket.

The shell that owns the socket tells what happens and does what it is told:

    want, drop, post            what we would like
    opened, receive, closed     what the socket does
    tick                        time has passed

after each of which, while `has_news`: send every frame of `take_outgoing`, act on every event of
`take_events`, and arm a timer for `next_deadline_ms`. A `receive` that leaves no news cannot bring
the deadline nearer, so the hot path costs one lookup beyond the decoding.

What it keeps: each wanted subscription on its way to active (`stream_life`), a heartbeat, the
silence of each stream (`staleness`), and who waits for which post (`open_posts`). Acks are matched
by what they mean, never by their bytes. All times are monotonic milliseconds.
"""

from __future__ import annotations

from typing import Final

from hive.domain.errors import NotSent
from hive.hyperliquid.codec_push import decode_push
from hive.hyperliquid.codec_requests import PING_FRAME, post_frame
from hive.hyperliquid.complaints import ComplaintKind, read_complaint
from hive.hyperliquid.heartbeat import Beat, Heartbeat
from hive.hyperliquid.open_posts import OpenPosts
from hive.hyperliquid.session_events import (
    News,
    PeerSilent,
    PostKind,
    PostOverdue,
    PostRefused,
    SessionEvent,
    SessionSnapshot,
    SessionTiming,
    SubscriptionRefused,
)
from hive.hyperliquid.stream_life import StreamCause, StreamPhase
from hive.hyperliquid.stream_set import Stream, StreamSet
from hive.hyperliquid.subscriptions import Route, Subscription, canonical
from hive.hyperliquid.wire import (
    ErrorPush,
    Pong,
    PostReply,
    Push,
    SubscriptionResponse,
    UnknownPush,
)

UNKNOWN_CHANNELS_MAX: Final = 32
"""So many unknown channels are counted by name, the rest together as "other"."""

_GOOD_NEWS: Final = {
    ComplaintKind.ALREADY_SUBSCRIBED: StreamCause.SUBSCRIBED,
    ComplaintKind.ALREADY_UNSUBSCRIBED: StreamCause.UNSUBSCRIBED,
}
"""Complaints that say: it is already so."""


class Session:
    """The state of one client socket, through any number of openings."""

    def __init__(self, timing: SessionTiming | None = None) -> None:
        self._timing = timing = timing or SessionTiming()
        self._is_open = False
        self.news = News()
        """What waits for the shell; to be read only."""
        self.route: Route = ("", "", "")
        """Where the push goes that `receive` returned last."""
        self._heartbeat = Heartbeat(
            ping_after_ms=timing.ping_after_ms, dead_after_ms=timing.dead_after_ms
        )
        self._streams = StreamSet(timing, self.news)
        self._stream_of_route = self._streams.of_route
        self._posts = OpenPosts(timing.posts_max, timing.late_reply_ms)
        self._unrouted = 0
        self._unknown: dict[str, int] = {}
        self._refusals = 0
        self._strays = 0

    # What we would like.

    def want(self, subscription: Subscription, now_ms: int) -> None:
        """Have it streamed from now on, or from when the socket opens. Idempotent.

        Raises:
            LimitReached: `streams_max` are held, or a stream whose pushes could not be told from
                this one's (it needs a socket of its own).
        """
        self._streams.want(subscription, now_ms, is_open=self._is_open)

    def drop(self, subscription: Subscription, now_ms: int) -> None:
        """Have it streamed no longer; from now on none of its pushes is delivered. Idempotent."""
        self._streams.drop(subscription, now_ms)

    def post(self, kind: PostKind, payload: bytes, now_ms: int, deadline_ms: int) -> int:
        """Send a request over the socket; an event with the id returned tells how it ended.

        Raises:
            NotSent: the socket is not open.
            LimitReached: `posts_max` posts are unanswered.
        """
        if not self._is_open:
            raise NotSent("the socket is not open")
        post_id = self._posts.start(now_ms, deadline_ms)
        self.news.send(post_frame(post_id, kind, payload))
        return post_id

    @property
    def takes_posts(self) -> bool:
        """One more post has a place among those that the venue owes an answer."""
        return not self._posts.is_full

    # What the socket does.

    def opened(self, now_ms: int) -> None:
        """The socket is open: everything wanted is subscribed to."""
        assert not self._is_open
        self._is_open = True
        self._heartbeat.start(now_ms)
        self._streams.opened(now_ms)

    def closed(self, now_ms: int) -> list[int]:
        """The socket is gone. Returns the posts that were open: they will never be answered.

        What is wanted stays wanted, for the next opening. Frames not yet taken are dropped.
        """
        self._is_open = False
        self.news.take_frames()
        self._streams.closed(now_ms)
        return self._posts.close()

    def receive(self, frame: bytes | bytearray | memoryview, now_ms: int) -> Push | None:
        """Take one frame: a push for whoever wants its stream, a `PostReply` for whoever posted, or
        None if it was for us. A late reply, to a post that was told overdue, is a reply too.

        Raises:
            BadFrame: it is not what the protocol allows; nothing but the heartbeat has changed.
        """
        heartbeat = self._heartbeat
        heartbeat.heard_ms = now_ms
        heartbeat.frames += 1
        push = decode_push(frame)
        if type(push) is PostReply:
            return self._replied(push)
        route = self.route = push.route
        stream = self._stream_of_route(route)
        if stream is None:
            self._consume(push, now_ms)
            return None
        rhythm = stream.rhythm
        if rhythm is not None:
            rhythm.heard(now_ms)
            if rhythm.is_stale:
                self._streams.heard_while_stale(stream, push)
            rhythm.last = push
        return push if stream.is_wanted else None

    # Time.

    def tick(self, now_ms: int) -> None:
        """Do what is due. Nothing is before `next_deadline_ms`."""
        if not self._is_open:
            return
        overdue = self._posts.expire(now_ms)
        if overdue:
            self._heartbeat.answer_overdue(now_ms)
        match self._heartbeat.check(now_ms):
            case Beat.PING:
                self.news.send(PING_FRAME)
            case Beat.GIVE_UP:
                self.news.tell(PeerSilent(now_ms - self._heartbeat.heard_ms))
        self._streams.tick(now_ms, socket_heard_ms=self._heartbeat.heard_ms)
        for post_id in overdue:
            self.news.tell(PostOverdue(post_id))

    def next_deadline_ms(self) -> int | None:
        """When `tick` has something to do; None if it never has."""
        if not self._is_open:
            return None
        deadlines = (
            self._heartbeat.due_ms,
            self._streams.next_deadline_ms(),
            self._posts.next_deadline_ms(),
        )
        return min((at_ms for at_ms in deadlines if at_ms is not None), default=None)

    # What the shell must act on.

    @property
    def has_news(self) -> bool:
        """There are frames to send or events to act on, and the deadline may have moved."""
        return bool(self.news.frames or self.news.events)

    def take_outgoing(self) -> list[bytes]:
        """The frames to send now, in order; each is handed out once."""
        return self.news.take_frames()

    def take_events(self) -> list[SessionEvent]:
        """What happened, in order; each is handed out once."""
        return self.news.take_events()

    def snapshot(self) -> SessionSnapshot:
        wanted, active, stale = self._streams.counts()
        return SessionSnapshot(
            is_open=self._is_open,
            wanted=wanted,
            active=active,
            stale=stale,
            posts_in_flight=len(self._posts),
            frames=self._heartbeat.frames,
            unrouted=self._unrouted,
            unknown=dict(self._unknown),
            refusals=self._refusals,
            acks_overdue=self._streams.acks_overdue,
            strays=self._strays,
            revivals=self._streams.revivals,
        )

    # Frames for us.

    def _consume(self, push: Push, now_ms: int) -> None:
        match push:
            case SubscriptionResponse() if self._is_open:
                self._acked(push, now_ms)
            case ErrorPush() if self._is_open:
                self._complained(push.data, now_ms)
            case Pong():
                pass
            case UnknownPush():
                self._count_unknown(push.channel)
            case _:
                self._unrouted += 1

    def _acked(self, push: SubscriptionResponse, now_ms: int) -> None:
        stream = self._streams.of(canonical(push.data.subscription))
        if stream is None:
            self._strays += 1
        elif push.data.method == "subscribe":
            self._streams.move(stream, StreamCause.SUBSCRIBED, now_ms)
        else:
            self._streams.move(stream, StreamCause.UNSUBSCRIBED, now_ms)

    def _replied(self, reply: PostReply) -> PostReply | None:
        if not self._posts.answered(reply.id):
            self._strays += 1
        elif reply.kind == "error":
            self._refuse_post(reply.id, reply.text)
        else:
            return reply
        return None

    def _complained(self, text: str, now_ms: int) -> None:
        """An error frame: tied to what it is about where its text allows."""
        complaint = read_complaint(text)
        post_id = complaint.post_id
        if post_id is not None and self._posts.answered(post_id):
            self._refuse_post(post_id, text)
            return
        stream = self._streams.of(complaint.subscription) if complaint.subscription else None
        if complaint.kind in _GOOD_NEWS:
            if stream is not None:
                self._streams.move(stream, _GOOD_NEWS[complaint.kind], now_ms)
            return
        if complaint.kind is ComplaintKind.TOO_MANY_USERS:
            stream = self._streams.oldest_private_unanswered()
        self._refuse_stream(stream, text, now_ms)

    def _refuse_stream(self, stream: Stream | None, text: str, now_ms: int) -> None:
        self._refusals += 1
        if stream is None:
            self.news.tell(SubscriptionRefused(None, text))
            return
        self._streams.move(stream, StreamCause.REFUSED, now_ms)
        if stream.phase is StreamPhase.GONE:
            self.news.tell(SubscriptionRefused(stream.subscription, text))

    def _refuse_post(self, post_id: int, text: str) -> None:
        self._refusals += 1
        self.news.tell(PostRefused(post_id, text))

    def _count_unknown(self, channel: str) -> None:
        if channel not in self._unknown and len(self._unknown) >= UNKNOWN_CHANNELS_MAX:
            channel = "other"
        self._unknown[channel] = self._unknown.get(channel, 0) + 1
