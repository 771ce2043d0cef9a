"""A venue that answers what it is told to, and the two ends of a wire to talk to it.

The real venue stands a floor above `serving`; its own tests and the SDK's drive both together.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hive.hyperliquid.limits import VenueLimits
from hive.serving.core import ServerCore
from hive.serving.port import Answer, ExchangeRequest, Reply, Subscribers, Subscribing

IP = "10.1.2.3"
USER = "0x" + "ab" * 20


class ScriptedVenue:
    """Says yes to everything, and remembers what it was asked."""

    def __init__(self) -> None:
        self.subscribers: Subscribers | None = None
        self.info_requests: list[dict[str, Any]] = []
        self.exchange_requests: list[ExchangeRequest] = []
        self.info_reply = Reply(200, b'{"a":1}')
        self.exchange_reply: Reply | None = Reply(200, b'{"status":"ok"}')
        """None keeps the answers in `open_answers`, as a venue does until its next block."""
        self.open_answers: list[Answer] = []
        self.verdict = Subscribing.OK
        self.first_frames: list[bytes] = []
        self.admits = True
        self.messages_left = 10**9
        self.events: list[tuple[str, int]] = []
        self.advanced_ms: list[int] = []
        self.deadline_ms = 10**15
        self.during_advance: Callable[[], None] = _nothing

    @property
    def hub(self) -> Subscribers:
        assert self.subscribers is not None
        return self.subscribers

    def attach(self, subscribers: Subscribers) -> None:
        self.subscribers = subscribers

    def info(self, request: dict[str, Any], *, ip: str | None, now_ms: int, answer: Answer) -> None:
        self.info_requests.append(request)
        answer(self.info_reply)

    def exchange(
        self, request: ExchangeRequest, *, ip: str | None, now_ms: int, answer: Answer
    ) -> None:
        self.exchange_requests.append(request)
        if self.exchange_reply is None:
            self.open_answers.append(answer)
        else:
            answer(self.exchange_reply)

    def may_connect(self, *, ip: str, now_ms: int) -> bool:
        return self.admits

    def connected(self, connection: int, *, ip: str, now_ms: int) -> None:
        self.events.append(("connected", connection))

    def disconnected(self, connection: int, *, now_ms: int) -> None:
        self.events.append(("disconnected", connection))

    def received(self, connection: int, *, now_ms: int) -> bool:
        self.messages_left -= 1
        return self.messages_left >= 0

    def subscribing(
        self, subscription: dict[str, Any], *, connection: int, now_ms: int
    ) -> Subscribing:
        return self.verdict

    def subscribed(
        self, subscription: dict[str, Any], key: str, *, connection: int, now_ms: int
    ) -> list[bytes]:
        self.events.append((f"subscribed {key}", connection))
        return self.first_frames

    def unsubscribed(
        self, subscription: dict[str, Any], key: str, *, connection: int, now_ms: int
    ) -> None:
        self.events.append((f"unsubscribed {key}", connection))

    def oracle(self, request: dict[str, Any], *, now_ms: int) -> Reply:
        return Reply(200, json.dumps(request).encode())

    def advance(self, now_ms: int) -> None:
        self.advanced_ms.append(now_ms)
        self.during_advance()

    def next_deadline_ms(self) -> int:
        return self.deadline_ms


def _nothing() -> None:
    pass


class Peer:
    """A client's end of one socket."""

    def __init__(self, core: ServerCore, *, ip: str = IP, now_ms: int = 0) -> None:
        self.core = core
        self.frames: list[bytes] = []
        self.is_dropped = False
        self.now_ms = now_ms
        connection = core.ws_open(ip=ip, now_ms=now_ms, send=self.frames.append, drop=self._drop)
        assert connection is not None
        self.connection = connection

    def say(self, message: Any) -> list[Any]:
        """Send a message (JSON, or bytes as they are); returns what comes back at once."""
        frame = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.core.ws_frame(self.connection, frame, self.now_ms)
        return self.take()

    def subscribe(self, **subscription: Any) -> list[Any]:
        return self.say({"method": "subscribe", "subscription": subscription})

    def unsubscribe(self, **subscription: Any) -> list[Any]:
        return self.say({"method": "unsubscribe", "subscription": subscription})

    def take(self) -> list[Any]:
        """What has arrived since it was last asked."""
        arrived = [json.loads(frame) for frame in self.frames]
        self.frames.clear()
        return arrived

    def _drop(self) -> None:
        self.is_dropped = True


def world(limits: VenueLimits | None = None) -> tuple[ScriptedVenue, ServerCore]:
    """A venue and its server."""
    venue = ScriptedVenue()
    return venue, ServerCore(venue, limits)


def ask(
    core: ServerCore,
    path: str,
    body: bytes | Any,
    *,
    content_type: str = "application/json",
    ip: str = IP,
) -> Reply:
    """The immediate answer to a POST."""
    replies: list[Reply] = []
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    core.http(path, raw, content_type=content_type, ip=ip, now_ms=0, answer=replies.append)
    (reply,) = replies
    return reply


def envelope(**changes: Any) -> dict[str, Any]:
    """A well-formed /exchange body, with changes; a field changed to ... is left out."""
    body = {
        "action": {"type": "noop"},
        "nonce": 1,
        "signature": {"r": "0x1", "s": "0x" + "f" * 64, "v": 27},
        "vaultAddress": None,
        "expiresAfter": None,
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}
