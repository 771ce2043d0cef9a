"""The whole server without sockets: requests and frames in, answers and frames out.

`web_server` drives it with real sockets, the simulation with messages. Every call takes the present
time; nothing here waits. Around a `VenuePort` it does what is the same for every venue:

    http      content type, size, JSON, envelope ─▶ port ─▶ answer, perhaps after a block
    ws_frame  one step of a `ServerSession` ─▶ port ─▶ ack, first frames, error text, or a drop
    advance   the port's due work, and sockets to which nothing was said for a minute

A socket that is dropped is forgotten at once, while the port hears of it when the call that dropped
it ends: the port may be in the middle of its own work.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from ipaddress import ip_address
from typing import Final

import msgspec

from hive.hyperliquid.limits import VenueLimits
from hive.serving.hub import SubscriberHub
from hive.serving.info_requests import MisfitRequest
from hive.serving.json_text import MalformedJson
from hive.serving.line import Line, Way
from hive.serving.port import (
    NO_ANSWER,
    Answer,
    Reply,
    SocketTrouble,
    Subscribing,
    VenuePort,
)
from hive.serving.post_slots import PostSlots
from hive.serving.requests import (
    BODY_BYTES_MAX,
    NOT_FOUND,
    TOO_LARGE,
    UNSUPPORTED_MEDIA,
    is_json_media,
    parse_exchange,
    parse_info,
    read_body,
    refusal,
)
from hive.serving.subscriptions import Canonical
from hive.serving.wire_session import (
    PONG,
    ActionPost,
    BadPost,
    Drop,
    InfoPost,
    Ping,
    Refuse,
    ServerSession,
    Subscribe,
    Unsubscribe,
    acknowledgement,
    action_reply,
    error_frame,
    failed_reply,
    info_reply,
    invalid_subscription,
)

FRAME_BYTES_MAX: Final = BODY_BYTES_MAX
SILENCE_MS_MAX: Final = 60_000
"""A socket to which nothing was sent for so long is closed."""


class ServingSnapshot(msgspec.Struct, frozen=True):
    """What the server has seen so far."""

    sockets: int
    sockets_peak: int
    subscriptions: int
    frames_received: int
    frames_sent: int
    requests: int
    drops_by_reason: dict[str, int]


class _Socket:
    """A client's WebSocket."""

    __slots__ = ("drop", "ip", "session", "way")

    def __init__(self, ip: str, drop: Callable[[], None], way: Way) -> None:
        self.ip = ip
        self.drop = drop
        self.way = way
        self.session = ServerSession()


class ServerCore:
    """A venue's wire. `answer`, `send` and `drop` must not call back into it: they queue."""

    def __init__(
        self, port: VenuePort, limits: VenueLimits | None = None, line: Line | None = None
    ) -> None:
        """Of `limits` the posts in flight are enforced here; the others the port judges, and they
        are only named in error texts here. `line` is how long messages travel; no time, if it is
        not given."""
        self._line = line or Line()
        self._port = port
        self._limits = limits or VenueLimits()
        self._sockets: dict[int, _Socket] = {}
        self._dropped: list[int] = []
        self._post_slots = PostSlots(self._limits.posts_in_flight_max)
        self._hub = SubscriberHub(
            partial(self._drop, reason="cut"), self._post_slots.counts, self._trouble
        )
        self._next_connection = 1
        self._silence_check_ms: int | None = None
        self._sockets_peak = 0
        self._frames_received = 0
        self._requests = 0
        self._drops_by_reason: dict[str, int] = {}
        port.attach(self._hub)

    # --- HTTP ---

    def http(
        self,
        path: str,
        body: bytes,
        *,
        content_type: str,
        ip: str,
        now_ms: int,
        answer: Answer,
    ) -> None:
        """A POST. `answer` is called once: now, or when its block is done."""
        self._at(now_ms)
        self._requests += 1
        if path == "/oracle" or not self._line.is_long:
            self._serve(path, body, content_type, ip, answer)
        else:

            def answer_over_the_line(reply: Reply) -> None:
                self._line.carry(lambda: answer(reply))

            self._line.carry(
                lambda: self._serve(path, body, content_type, ip, answer_over_the_line)
            )
        self._tell_dropped(now_ms)

    def _serve(self, path: str, body: bytes, content_type: str, ip: str, answer: Answer) -> None:
        if path not in ("/info", "/exchange", "/oracle"):
            answer(NOT_FOUND)
        elif not is_json_media(content_type):
            answer(UNSUPPORTED_MEDIA)
        elif len(body) > BODY_BYTES_MAX:
            answer(TOO_LARGE)
        else:
            self._carry_out(path, body, ip, self._line.now_ms, answer)

    def _carry_out(self, path: str, body: bytes, ip: str, now_ms: int, answer: Answer) -> None:
        try:
            decoded = read_body(body)
            if path == "/exchange":
                self._port.exchange(parse_exchange(decoded), ip=ip, now_ms=now_ms, answer=answer)
            elif path == "/info":
                self._port.info(parse_info(decoded), ip=ip, now_ms=now_ms, answer=answer)
            elif not ip_address(ip).is_loopback:
                answer(NOT_FOUND)
            elif not isinstance(decoded.value, dict):
                raise MisfitRequest("expected an object")
            else:
                answer(self._port.oracle(decoded.value, now_ms=now_ms))
        except (MalformedJson, MisfitRequest) as error:
            answer(refusal(error))

    # --- WebSocket ---

    def ws_open(
        self,
        *,
        ip: str,
        now_ms: int,
        send: Callable[[bytes], None],
        drop: Callable[[], None],
        close: Callable[[int], None] | None = None,
        tear: Callable[[bytes], None] | None = None,
    ) -> int | None:
        """A new socket's number; None when the venue does not admit it. Nothing is said first.

        A driver that can end a socket with a close code, or in the middle of a frame, says how;
        else it is just dropped.
        """
        self._at(now_ms)
        if not self._port.may_connect(ip=ip, now_ms=now_ms):
            return None
        connection = self._next_connection
        self._next_connection += 1
        way = Way(
            self._line, send, close or (lambda _code: drop()), tear or (lambda _frame: drop())
        )
        self._sockets[connection] = _Socket(ip, drop, way)
        self._sockets_peak = max(self._sockets_peak, len(self._sockets))
        self._hub.open(connection, way.say if self._line.is_long else send)
        silent_at_ms = now_ms + SILENCE_MS_MAX
        if self._silence_check_ms is None or silent_at_ms < self._silence_check_ms:
            self._silence_check_ms = silent_at_ms
        self._port.connected(connection, ip=ip, now_ms=now_ms)
        self._tell_dropped(now_ms)
        return connection

    def ws_frame(self, connection: int, frame: bytes, now_ms: int) -> None:
        """A text frame from a client; ignored when the socket was dropped meanwhile."""
        socket = self._sockets.get(connection)
        if socket is None:
            return
        self._at(now_ms)
        socket.way.hear(lambda: self._heard(connection, frame))
        self._tell_dropped(now_ms)

    def _heard(self, connection: int, frame: bytes) -> None:
        socket = self._sockets.get(connection)
        if socket is None:
            return
        now_ms = self._line.now_ms
        self._frames_received += 1
        if not self._port.received(connection, now_ms=now_ms):
            self._drop(connection, reason="too many messages")
        elif len(frame) > FRAME_BYTES_MAX:
            self._drop(connection, reason="frame too large")
        else:
            self._step(connection, socket, frame, now_ms)

    def ws_closed(self, connection: int, now_ms: int) -> None:
        """The client's side is gone. Idempotent, and nothing for a socket that we dropped."""
        if self._forget(connection) is not None:
            self._at(now_ms)
            self._port.disconnected(connection, now_ms=now_ms)
            self._tell_dropped(now_ms)

    def ws_give_up(self, connection: int, *, reason: str, now_ms: int) -> None:
        """Drop a socket for a reason that only the driver sees, such as a slow reader."""
        self._drop(connection, reason=reason)
        self._tell_dropped(now_ms)

    # --- time ---

    def advance(self, now_ms: int) -> None:
        """Do everything that is due."""
        self._at(now_ms)
        self._line.release()
        self._port.advance(now_ms)
        if self._silence_check_ms is not None and now_ms >= self._silence_check_ms:
            self._close_silent(now_ms)
        self._tell_dropped(now_ms)

    def next_deadline_ms(self) -> int:
        """When `advance` has something to do again."""
        deadline_ms = self._port.next_deadline_ms()
        arrival_ms = self._line.next_ms
        if arrival_ms is not None:
            deadline_ms = min(deadline_ms, arrival_ms)
        if self._silence_check_ms is None:
            return deadline_ms
        return min(deadline_ms, self._silence_check_ms)

    def snapshot(self) -> ServingSnapshot:
        return ServingSnapshot(
            sockets=len(self._sockets),
            sockets_peak=self._sockets_peak,
            subscriptions=self._hub.subscriptions,
            frames_received=self._frames_received,
            frames_sent=self._hub.frames_sent,
            requests=self._requests,
            drops_by_reason=dict(self._drops_by_reason),
        )

    # --- inside ---

    def _at(self, now_ms: int) -> None:
        """The present time, for everything that happens from here on."""
        self._hub.at(now_ms)
        self._line.at(now_ms)

    def _trouble(self, connection: int, trouble: SocketTrouble) -> None:
        socket = self._sockets.get(connection)
        if socket is not None:
            self._hub.reroute(connection, socket.way.say)
            socket.way.suffer(trouble)

    def _step(self, connection: int, socket: _Socket, frame: bytes, now_ms: int) -> None:
        match socket.session.receive(frame):
            case Ping():
                self._hub.send(connection, PONG)
            case Subscribe(wanted):
                self._subscribe(connection, socket, wanted, now_ms)
            case Unsubscribe(held):
                socket.session.release(held)
                self._hub.leave(connection, held.key)
                self._port.unsubscribed(held.form, held.key, connection=connection, now_ms=now_ms)
                self._hub.send(connection, acknowledgement("unsubscribe", held))
            case InfoPost() | ActionPost() as post:
                self._post(connection, socket, post, now_ms)
            case BadPost(post_id, reply):
                self._hub.send(connection, failed_reply(post_id, reply))
            case Refuse(text):
                self._hub.send(connection, error_frame(text))
            case Drop(reason):
                self._drop(connection, reason=reason.partition(":")[0])

    def _subscribe(self, connection: int, socket: _Socket, wanted: Canonical, now_ms: int) -> None:
        verdict = self._port.subscribing(wanted.form, connection=connection, now_ms=now_ms)
        if verdict is Subscribing.DROP_SOCKET:
            self._drop(connection, reason="unknown coin")
        elif verdict is not Subscribing.OK:
            self._hub.send(connection, error_frame(self._refusal_text(verdict, wanted)))
        else:
            socket.session.hold(wanted)
            self._hub.join(connection, wanted.key)
            self._hub.send(connection, acknowledgement("subscribe", wanted))
            first = self._port.subscribed(
                wanted.form, wanted.key, connection=connection, now_ms=now_ms
            )
            for frame in first:
                self._hub.send(connection, frame)

    def _refusal_text(self, verdict: Subscribing, wanted: Canonical) -> str:
        if verdict is Subscribing.TOO_MANY_USERS:
            return f"Cannot track more than {self._limits.users_max} total users."
        if verdict is Subscribing.TOO_MANY:
            return f"Cannot subscribe to more than {self._limits.subscriptions_max} channels."
        return invalid_subscription(wanted.form)

    def _post(
        self, connection: int, socket: _Socket, post: InfoPost | ActionPost, now_ms: int
    ) -> None:
        slot = self._post_slots.take(socket.ip, connection, now_ms)
        if slot is None:
            text = f"too many pending post requests id={post.post_id}"
            self._hub.send(connection, error_frame(text))
            return

        def answer(reply: Reply) -> None:
            if reply.status == NO_ANSWER.status:
                return  # lost on purpose: the client never hears, and its slot runs out by itself
            self._post_slots.give_back(socket.ip, slot)
            if isinstance(post, InfoPost):
                frame = info_reply(post.post_id, post.request["type"], reply)
            else:
                frame = action_reply(post.post_id, reply)
            self._hub.send(connection, frame)

        if isinstance(post, InfoPost):
            self._port.info(post.request, ip=None, now_ms=now_ms, answer=answer)
        else:
            self._port.exchange(post.request, ip=None, now_ms=now_ms, answer=answer)

    def _close_silent(self, now_ms: int) -> None:
        due_ms: int | None = None
        for connection in list(self._sockets):
            silent_at_ms = self._hub.last_sent_ms(connection) + SILENCE_MS_MAX
            if now_ms >= silent_at_ms:
                self._drop(connection, reason="silence")
            elif due_ms is None or silent_at_ms < due_ms:
                due_ms = silent_at_ms
        self._silence_check_ms = due_ms

    def _drop(self, connection: int, *, reason: str) -> None:
        socket = self._forget(connection)
        if socket is None:
            return
        self._drops_by_reason[reason] = self._drops_by_reason.get(reason, 0) + 1
        self._dropped.append(connection)
        socket.drop()

    def _forget(self, connection: int) -> _Socket | None:
        socket = self._sockets.pop(connection, None)
        if socket is not None:
            socket.way.end()
            self._hub.close(connection)
            self._post_slots.release(socket.ip, connection)
        return socket

    def _tell_dropped(self, now_ms: int) -> None:
        while self._dropped:
            self._port.disconnected(self._dropped.pop(0), now_ms=now_ms)
