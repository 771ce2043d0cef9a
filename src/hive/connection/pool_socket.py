"""One socket of the pool: it drives a session, comes back when it is lost, and carries posts.

    resting ──backoff over, connection admitted──▶ dialling ──▶ open
       ▲                                               │          │
       ╰───────────────────────── not sent ◀───────────╯  closed ◀╯

The session decides what is sent and what it means; here it meets the network, the clock and the
listeners. On the hot path a frame costs its decoding, two lookups and the listeners themselves.

A socket that the venue drops while it owes an answer to a subscribe may have been dropped *for*
that subscribe (an unknown coin does that, without a word). The venue answers in order, so the one
to suspect is the first unanswered; after `STRIKES_MAX` times in a row it is isolated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from hive.connection.inspection import Inspection
from hive.connection.outbox import Outbox
from hive.connection.posts import Poster, Posts
from hive.connection.rate_budget import IpBudget
from hive.connection.stream import Stream
from hive.domain.errors import BadFrame, LimitReached, NotSent
from hive.hyperliquid.codec_requests import PING_FRAME
from hive.hyperliquid.session import Session
from hive.hyperliquid.session_events import (
    AckOverdue,
    Confirmed,
    PeerSilent,
    PostOverdue,
    PostRefused,
    SessionEvent,
    SessionSnapshot,
    SessionTiming,
    StreamFresh,
    StreamStale,
    SubscriptionRefused,
)
from hive.hyperliquid.subscriptions import Route
from hive.hyperliquid.wire import PostReply
from hive.runtime.ports import Clock, Net, Rng

STRIKES_MAX: Final = 3
NS_BY_MS: Final = 1_000_000


class Redial(msgspec.Struct, frozen=True, kw_only=True):
    """How a lost socket is opened again."""

    timeout_ms: int = 10_000
    backoff_ms: int = 250
    """Before the first new dial; doubled with each that fails or does not last."""
    backoff_ms_max: int = 20_000
    steady_ms: int = 10_000
    """A socket that lived so long starts its backoff from the beginning."""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What every socket of a pool shares."""

    net: Net
    clock: Clock
    rng: Rng
    ip_budget: IpBudget
    inspection: Inspection
    url: str
    timing: SessionTiming
    redial: Redial
    isolate: Callable[[Stream], None]
    """Take a stream off its socket, because the venue seems to drop the socket for it."""


class SocketSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """How one socket stands."""

    name: str
    is_open: bool
    openings: int
    dials_failed: int
    last_reason: str
    """Why it was closed or could not be opened, the last time."""
    posts: int
    posts_unanswered: int
    session: SessionSnapshot


class PoolSocket:
    """A `WsListener` with a session. `run` is its one task; everything else is called."""

    def __init__(self, name: str, around: Surroundings, *, urgent: bool) -> None:
        """`urgent`: it carries orders, so it may dial from the reserve of connections."""
        self.name = name
        self._around = around
        self._monotonic_ns = around.clock.monotonic_ns
        self._urgent = urgent
        self._session = Session(around.timing)
        self._news = self._session.news
        self._posts = Posts(around.ip_budget.posts, around.inspection)
        self._stream_by_key: dict[str, Stream] = {}
        self._stream_by_route: dict[Route, Stream] = {}
        self._refused: dict[str, Stream] = {}
        self._outbox: Outbox | None = None
        self._close_link: Callable[[], None] | None = None
        self._closed: asyncio.Future[None] | None = None
        self._heard_ns = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_ms = 0
        self._openings = 0
        self._dials_failed = 0
        self._our_reason = ""
        self._last_reason = "not opened yet"

    # What the pool asks for.

    @property
    def is_open(self) -> bool:
        """Frames can leave."""
        return self._outbox is not None

    @property
    def takes_posts(self) -> bool:
        """Frames can leave, and the venue does not owe answers to as many posts as it allows."""
        return self._outbox is not None and self._session.takes_posts

    def carry(self, stream: Stream) -> None:
        """Have the stream subscribed to, now and after every reopening.

        Raises:
            LimitReached: the session cannot take it.
        """
        self._session.want(stream.subscription, self._now_ms())
        self._stream_by_key[stream.subscription.key] = stream
        self._stream_by_route[stream.route] = stream
        self._attend()

    def abandon(self, stream: Stream) -> None:
        """Have the stream subscribed to no longer."""
        key = stream.subscription.key
        if self._stream_by_key.pop(key, None) is None:
            return  # it could not be carried
        del self._stream_by_route[stream.route]
        self._refused.pop(key, None)
        self._session.drop(stream.subscription, self._now_ms())
        self._attend()

    def post(self, poster: Poster, request_id: int, body: bytes, deadline_ms: int) -> None:
        """Send a signed action now; see `ActionLink.post`."""
        outbox = self._outbox
        if outbox is None:
            raise NotSent(f"{self.name}: the socket is closed ({self._last_reason})")
        now_ms = self._monotonic_ns() // NS_BY_MS
        if not self._around.ip_budget.posts.admits(urgent=True) or not outbox.admits_urgent(now_ms):
            raise NotSent(f"{self.name}: the venue's limits leave no room for a post")
        try:
            post_id = self._session.post("action", body, now_ms, deadline_ms)
        except LimitReached as error:
            raise NotSent(f"{self.name}: {error}") from error
        *earlier, frame = self._session.take_outgoing()
        for other in earlier:
            self._send(other)
        try:
            outbox.send_urgent(frame, now_ms)
        except NotSent as error:
            self._close(f"it takes nothing more: {error}")
            raise
        self._posts.start(post_id, poster, request_id)
        if self._alarm is None or deadline_ms < self._alarm_ms:
            self._arm()

    # The one task.

    async def run(self) -> None:
        """Keep a socket open until canceled."""
        failures = 0
        try:
            while True:
                await self._rest(failures)
                lived_ms = await self._live()
                failures = 1 if lived_ms >= self._around.redial.steady_ms else failures + 1
        except (asyncio.CancelledError, Exception) as end:
            self._close("shut down" if isinstance(end, asyncio.CancelledError) else repr(end))
            if self.is_open and self._closed is not None:
                await self._closed
            raise

    async def _rest(self, failures: int) -> None:
        """Back off, half of it by chance; then wait until the venue admits a new connection."""
        if failures:
            redial = self._around.redial
            whole_ms = min(redial.backoff_ms << min(failures - 1, 16), redial.backoff_ms_max)
            await asyncio.sleep(whole_ms * (0.5 + 0.5 * self._around.rng.uniform()) / 1000)
        window = self._around.ip_budget.connections
        while not window.admits(1, self._now_ms(), urgent=self._urgent):
            wait_ms = window.wait_ms(1, self._now_ms(), urgent=self._urgent)
            await asyncio.sleep(wait_ms / 1000)
        window.spend(1, self._now_ms())

    async def _live(self) -> int:
        """Dial, and stay until the socket is lost; how many milliseconds it lived."""
        closed = self._closed = asyncio.get_running_loop().create_future()
        around = self._around
        try:
            timeout_ms = around.redial.timeout_ms
            link = await around.net.connect_ws(around.url, self, timeout_ms=timeout_ms)
        except NotSent as error:
            self._dials_failed += 1
            self._last_reason = str(error)
            return 0
        self._openings += 1
        opened_ns = self._monotonic_ns()
        if not closed.done():  # a socket may be lost before it is handed over
            self._outbox = Outbox(link, around.ip_budget.messages, around.clock)
            self._close_link = link.close
            self._opened(opened_ns)
        await closed
        return (self._monotonic_ns() - opened_ns) // NS_BY_MS

    def _opened(self, now_ns: int) -> None:
        self._heard_ns = now_ns
        now_ms = now_ns // NS_BY_MS
        for stream in self._refused.values():  # what was refused then may be taken now
            self._session.want(stream.subscription, now_ms)
        self._refused.clear()
        self._session.opened(now_ms)
        self._attend()

    def _close(self, reason: str) -> None:
        if self._close_link is not None:
            self._our_reason = self._our_reason or reason
            self._close_link()

    # What the network calls.

    def on_frame(self, frame: bytes | memoryview) -> None:
        """The hot path: decode, look up, deliver."""
        received_ns = self._heard_ns = self._monotonic_ns()
        session, news = self._session, self._news
        try:
            push = session.receive(frame, received_ns // NS_BY_MS)
        except BadFrame as error:
            self._around.inspection.bad_frame(frame, str(error), self._around.clock.now_ms())
            return
        if push is None:
            if news.frames or news.events:
                self._attend()
            return
        if type(push) is PostReply:
            self._posts.replied(push.id, push.payload)
        else:
            if news.frames or news.events:
                self._attend()
            stream = self._stream_by_route.get(session.route)
            if stream is not None:
                stream.deliver(push, received_ns)
        self._around.inspection.census.saw(push, frame)

    def on_closed(self, reason: str) -> None:
        """The socket is gone. First our own state is settled, then everybody is told."""
        suspect = self._suspect() if not self._our_reason else None
        self._last_reason, self._our_reason = self._our_reason or reason, ""
        if self._outbox is not None:
            self._outbox.stop()
        self._outbox = self._close_link = None
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._session.closed(self._now_ms())
        if self._closed is not None and not self._closed.done():
            self._closed.set_result(None)
        self._posts.lost(self._last_reason)
        for stream in list(self._stream_by_key.values()):
            stream.interrupted(self._heard_ns)
        if suspect is not None:
            self._strike(suspect)

    # Doing as the session says.

    def _attend(self) -> None:
        """Send what the session wants sent and act on what it reports."""
        session = self._session
        while session.has_news:
            for frame in session.take_outgoing():
                self._send(frame)
            for event in session.take_events():
                self._act(event)
        self._arm()

    def _send(self, frame: bytes) -> None:
        if self._outbox is None:
            return
        try:
            if frame is PING_FRAME:
                self._outbox.send_urgent(frame, self._now_ms())
            else:
                self._outbox.send(frame)
        except NotSent as error:
            self._close(f"it takes nothing more: {error}")

    def _act(self, event: SessionEvent) -> None:
        match event:
            case PostRefused():
                refusal = {"status": "err", "response": event.text}
                self._posts.replied(event.id, msgspec.json.encode(refusal))
            case PostOverdue():
                self._posts.overdue(event.id)
            case PeerSilent():
                self._close(f"silent for {event.silence_ms} ms")
            case SubscriptionRefused():
                self._refuse(event)
            case AckOverdue():
                key = event.subscription.key
                text = f"{self.name}: no answer for {key}, asked {event.attempts} times more"
                self._around.inspection.alarm(text)
            case Confirmed() | StreamFresh() | StreamStale():
                self._change(event)

    def _change(self, event: Confirmed | StreamFresh | StreamStale) -> None:
        stream = self._stream_by_key.get(event.subscription.key)
        if stream is None:
            return
        match event:
            case Confirmed():
                stream.confirmed(self._monotonic_ns(), self._around.clock.now_ms())
            case StreamFresh():
                stream.spoke_again(self._monotonic_ns())
            case StreamStale():
                stream.fell_silent(event.heard_ms * NS_BY_MS)

    def _refuse(self, event: SubscriptionRefused) -> None:
        about = event.subscription
        what = "something" if about is None else about.key
        self._around.inspection.alarm(f"{self.name}: {what} was refused: {event.text}")
        stream = None if about is None else self._stream_by_key.get(about.key)
        if stream is not None:
            self._refused[stream.subscription.key] = stream
            stream.refused()

    def _suspect(self) -> Stream | None:
        """The first stream that the venue still owes an answer, if it has others to disturb."""
        if len(self._stream_by_key) < 2:
            return None
        for key, stream in self._stream_by_key.items():
            if not stream.is_confirmed and key not in self._refused:
                return stream
        return None

    def _strike(self, suspect: Stream) -> None:
        suspect.strikes += 1
        if suspect.strikes >= STRIKES_MAX:
            suspect.strikes = 0
            self._around.isolate(suspect)

    # Time.

    def _now_ms(self) -> int:
        return self._monotonic_ns() // NS_BY_MS

    def _arm(self) -> None:
        """Wake up when the session has something to do, not later."""
        deadline_ms = self._session.next_deadline_ms()
        if deadline_ms is None or (self._alarm is not None and self._alarm_ms <= deadline_ms):
            return  # nothing is due, or it will look again before
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_ms = deadline_ms
        wait_ms = max(1, deadline_ms - self._now_ms())
        self._alarm = asyncio.get_running_loop().call_later(wait_ms / 1000, self._wake)

    def _wake(self) -> None:
        self._alarm = None
        self._session.tick(self._now_ms())
        self._attend()

    def snapshot(self) -> SocketSnapshot:
        """How it stands."""
        return SocketSnapshot(
            name=self.name,
            is_open=self.is_open,
            openings=self._openings,
            dials_failed=self._dials_failed,
            last_reason=self._last_reason,
            posts=self._posts.started,
            posts_unanswered=self._posts.unanswered,
            session=self._session.snapshot(),
        )
