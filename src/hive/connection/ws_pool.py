"""The socket pool: whoever wants a stream leases it here; nobody else talks to the venue's sockets.

    subscribe(subscription, sink) ──▶ Stream (one per key) ──▶ PoolSocket (placement says which)
    action_link(account, …) ────────────────────────────────▶ the account's PoolSocket

A hundred leases of one key are one subscription on the wire; the last one to be closed ends it.
Sockets are opened when they are first needed and kept open, reopened when they are lost, and every
stream on them is subscribed to again and confirmed, or an alarm says which is not.
"""

from __future__ import annotations

import asyncio

import msgspec

from hive.connection.inspection import BadFrameRecord, Inspection
from hive.connection.placement import PUBLIC, SPARE, Placement
from hive.connection.pool_socket import PoolSocket, Redial, SocketSnapshot, Surroundings
from hive.connection.ports import ActionLink, Lease, OnReply, OnUnanswered, PushSink
from hive.connection.posts import Poster
from hive.connection.rate_budget import IpBudget
from hive.connection.stream import Stream
from hive.domain.errors import LimitReached
from hive.domain.identifiers import Address
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.session_events import SessionTiming
from hive.hyperliquid.subscriptions import Subscription
from hive.runtime.ports import Clock, Net, Rng
from hive.runtime.tasks import CrashBudget, Supervisor, TaskHandle

__all__ = ["ActionLink", "Lease", "PushSink", "Redial", "WsPool", "WsPoolSnapshot"]


class WsPoolSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """How the pool stands."""

    sockets: int
    """Needed, open or not."""
    sockets_open: int
    subscriptions: int
    confirmed: int
    stale: int
    leases: int
    reconnects: int
    frames: int
    bad_frames: int
    unrouted: int
    unknown_fields: dict[str, int]
    """How often the venue sent a field or channel that we do not name (sampled)."""
    sink_errors: int
    posts: int
    posts_unanswered: int
    alarms: int
    recent_alarms: tuple[str, ...]
    recent_sink_errors: tuple[str, ...]
    by_socket: tuple[SocketSnapshot, ...]


class _Lease:
    """One listener's hold on a stream."""

    def __init__(self, pool: WsPool, stream: Stream, sink: PushSink) -> None:
        self._pool: WsPool | None = pool
        self._stream = stream
        self._sink = sink

    def close(self) -> None:
        """Let go. Idempotent."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.end(self._stream, self._sink)


class _AccountLink:
    """Behind `ActionLink`: posts of one account over its own socket."""

    def __init__(self, socket: PoolSocket, poster: Poster) -> None:
        self._socket = socket
        self._poster = poster

    @property
    def is_open(self) -> bool:
        return self._socket.takes_posts

    def post(self, request_id: int, body: bytes, deadline_ms: int) -> None:
        self._socket.post(self._poster, request_id, body, deadline_ms)


class WsPool:
    """Sockets to one venue from one egress address."""

    def __init__(
        self,
        net: Net,
        clock: Clock,
        rng: Rng,
        supervisor: Supervisor,
        *,
        url: str,
        limits: VenueLimits,
        ip_budget: IpBudget,
        timing: SessionTiming | None = None,
        redial: Redial | None = None,
    ) -> None:
        """`url` is the venue's WebSocket address, `ws://…/ws`."""
        self._supervisor = supervisor
        self._inspection = Inspection()
        self._placement = Placement(limits)
        self._around = Surroundings(
            net=net,
            clock=clock,
            rng=rng,
            ip_budget=ip_budget,
            inspection=self._inspection,
            url=url,
            timing=timing
            or SessionTiming(
                streams_max=limits.subscriptions_max, posts_max=limits.posts_in_flight_max
            ),
            redial=redial or Redial(),
            isolate=self._isolate,
        )
        self._streams: dict[str, Stream] = {}
        self._socket_by_name: dict[str, PoolSocket] = {}
        self._socket_by_key: dict[str, PoolSocket] = {}
        self._tasks: dict[str, TaskHandle] = {}
        self._is_started = False

    def subscribe(self, subscription: Subscription, sink: PushSink) -> Lease:
        """Have every push of a subscription, from one wire subscription for all who ask.

        A second listener shares the stream as it runs: it hears of its condition at once, and does
        not get the snapshot that the venue sends to the first.

        Raises:
            LimitReached: the venue's limits leave no room for one more, or the pushes could not be
                told from another's that is held, or that was let go of a moment ago and whose end
                the venue has not confirmed yet.
        """
        stream = self._streams.get(subscription.key)
        if stream is None:
            stream = self._begin(subscription, sink)
        else:
            stream.sinks = (*stream.sinks, sink)
            asyncio.get_running_loop().call_soon(stream.greet, sink)
        return _Lease(self, stream, sink)

    def action_link(
        self, account: Address | None, on_reply: OnReply, on_unanswered: OnUnanswered
    ) -> ActionLink:
        """A way to send the account's signed actions; its private streams share the socket.

        None is for accounts that have no socket of their own: the public one carries theirs.

        Raises:
            LimitReached: no further socket is allowed.
        """
        socket = self._socket(self._placement.claim(account))
        return _AccountLink(socket, Poster(on_reply, on_unanswered))

    async def start(self) -> None:
        """Open what is needed, now and from now on."""
        self._is_started = True
        for socket in self._socket_by_name.values():
            self._run(socket)

    async def aclose(self) -> None:
        """Close every socket and open none any more. Open posts are told as unanswered."""
        self._is_started = False
        tasks, self._tasks = self._tasks, {}
        for task in reversed(tasks.values()):
            task.cancel()
        for task in tasks.values():
            await task.wait()

    def bad_frames(self) -> tuple[BadFrameRecord, ...]:
        """The last frames that made no sense, oldest first."""
        return self._inspection.recent_bad_frames()

    def end(self, stream: Stream, sink: PushSink) -> None:
        """For leases: one listener has left."""
        at = next(index for index, other in enumerate(stream.sinks) if other is sink)
        stream.sinks = stream.sinks[:at] + stream.sinks[at + 1 :]
        if stream.sinks:
            return
        key = stream.subscription.key
        del self._streams[key]
        self._placement.release(stream.subscription)
        self._socket_by_key.pop(key).abandon(stream)

    def _begin(self, subscription: Subscription, sink: PushSink) -> Stream:
        """Place a stream that nobody holds yet."""
        key = subscription.key
        socket = self._socket(self._placement.place(subscription))
        stream = Stream(subscription, self._inspection)
        stream.sinks = (sink,)
        try:
            socket.carry(stream)
        except LimitReached:
            self._placement.release(subscription)
            raise
        self._streams[key] = stream
        self._socket_by_key[key] = socket
        return stream

    def _socket(self, name: str) -> PoolSocket:
        socket = self._socket_by_name.get(name)
        if socket is None:
            urgent = name not in (PUBLIC, SPARE)
            socket = PoolSocket(name, self._around, urgent=urgent)
            self._socket_by_name[name] = socket
            if self._is_started:
                self._run(socket)
        return socket

    def _run(self, socket: PoolSocket) -> None:
        if socket.name not in self._tasks:
            self._tasks[socket.name] = self._supervisor.spawn(
                f"socket {socket.name}",
                socket.run,
                restart=True,
                crash_budget=CrashBudget(crashes_max=100),
            )

    def _isolate(self, stream: Stream) -> None:
        """Give a stream that seems to get its socket dropped a socket where it harms nobody."""
        here = self._socket_by_key[stream.subscription.key]
        text = f"{here.name}: the venue drops the socket for {stream.subscription.key}"
        if not self._placement.may_isolate(stream.subscription):
            self._inspection.alarm(text)
            return
        self._inspection.alarm(f"{text}; moved to {SPARE}")
        self._placement.isolate(stream.subscription)
        here.abandon(stream)
        spare = self._socket_by_key[stream.subscription.key] = self._socket(SPARE)
        try:
            spare.carry(stream)
        except LimitReached as error:  # a twin is being let go of there at this very moment
            self._inspection.alarm(f"{spare.name}: {error}")

    def snapshot(self) -> WsPoolSnapshot:
        """Counts so far and how everything stands."""
        sockets = tuple(socket.snapshot() for socket in self._socket_by_name.values())
        streams = self._streams.values()
        return WsPoolSnapshot(
            sockets=len(sockets),
            sockets_open=sum(socket.is_open for socket in sockets),
            subscriptions=len(streams),
            confirmed=sum(stream.is_confirmed for stream in streams),
            stale=sum(stream.is_stale for stream in streams),
            leases=sum(len(stream.sinks) for stream in streams),
            reconnects=sum(max(0, socket.openings - 1) for socket in sockets),
            frames=sum(socket.session.frames for socket in sockets),
            bad_frames=self._inspection.bad_frames,
            unknown_fields=self._inspection.census.count_by_field,
            unrouted=sum(socket.session.unrouted for socket in sockets),
            sink_errors=self._inspection.sink_errors,
            posts=sum(socket.posts for socket in sockets),
            posts_unanswered=sum(socket.posts_unanswered for socket in sockets),
            alarms=self._inspection.alarms,
            recent_alarms=self._inspection.recent_alarms(),
            recent_sink_errors=self._inspection.recent_sink_errors(),
            by_socket=sockets,
        )
