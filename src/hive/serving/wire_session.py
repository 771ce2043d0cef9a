"""One client's WebSocket as the server sees it: what a frame asks for, and how to answer it.

`read_frame` is total: every frame is one of the steps below. `ServerSession` adds what only this
socket knows, namely what it holds already. Texts are the venue's, word for word (protocol.md 3.1);
clients match on them.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from hive.serving.info_requests import MisfitRequest
from hive.serving.json_text import Decoded, MalformedJson, read_json
from hive.serving.port import ExchangeRequest, Reply
from hive.serving.request_fields import UINT64_MAX
from hive.serving.requests import parse_exchange, parse_info, refusal
from hive.serving.subscriptions import (
    Canonical,
    FatalSubscription,
    InvalidSubscription,
    MalformedSubscription,
    canonical,
)

PONG: Final = b'{"channel":"pong"}'
UNPARSABLE: Final = "Error parsing JSON into valid websocket request: "


class Ping(msgspec.Struct, frozen=True):
    """Wants a pong."""


class Subscribe(msgspec.Struct, frozen=True):
    """Wants a stream that this socket does not hold."""

    wanted: Canonical


class Unsubscribe(msgspec.Struct, frozen=True):
    """Gives up a stream that this socket holds."""

    held: Canonical


class InfoPost(msgspec.Struct, frozen=True):
    """An /info request over the socket; tidied."""

    post_id: int
    request: dict[str, Any]


class ActionPost(msgspec.Struct, frozen=True):
    """An /exchange request over the socket."""

    post_id: int
    request: ExchangeRequest


class BadPost(msgspec.Struct, frozen=True):
    """A post whose payload HTTP would have answered with this 4xx."""

    post_id: int
    reply: Reply


class Refuse(msgspec.Struct, frozen=True):
    """Deserves an error frame; the socket stays."""

    text: str


class Drop(msgspec.Struct, frozen=True):
    """Deserves that the socket is dropped without a word."""

    reason: str


Step = Ping | Subscribe | Unsubscribe | InfoPost | ActionPost | BadPost | Refuse | Drop


class ServerSession:
    """The subscriptions of one socket."""

    def __init__(self) -> None:
        self._held: dict[str, Canonical] = {}

    @property
    def held(self) -> list[Canonical]:
        """What the socket holds, oldest first."""
        return list(self._held.values())

    def receive(self, frame: bytes) -> Step:
        """What this frame asks for, given what the socket holds."""
        step = read_frame(frame)
        if isinstance(step, Subscribe) and step.wanted.key in self._held:
            return Refuse(f"Already subscribed: {step.wanted.text}")
        if isinstance(step, Unsubscribe) and step.held.key not in self._held:
            return Refuse(f"Already unsubscribed: {step.held.text}")
        return step

    def hold(self, subscription: Canonical) -> None:
        assert subscription.key not in self._held
        self._held[subscription.key] = subscription

    def release(self, subscription: Canonical) -> None:
        del self._held[subscription.key]


def read_frame(frame: bytes) -> Step:
    """What a client's frame asks for."""
    try:
        decoded = read_json(frame, trailing_ok=False)
    except MalformedJson:
        return _unparsable(frame)
    message = decoded.value
    if decoded.repeated or not isinstance(message, dict):
        return _unparsable(frame)
    match message.get("method"):
        case "ping":
            return Ping()
        case "subscribe" | "unsubscribe" as method:
            return _subscription(message.get("subscription"), method, frame)
        case "post":
            return _post(message, frame)
        case _:
            return _unparsable(frame)


def _subscription(
    subscription: Any, method: Literal["subscribe", "unsubscribe"], frame: bytes
) -> Step:
    try:
        named = canonical(subscription)
    except MalformedSubscription:
        return _unparsable(frame)
    except InvalidSubscription:
        return Refuse(invalid_subscription(subscription))
    except FatalSubscription as error:
        return Drop(f"bad subscription: {error}")
    return Subscribe(named) if method == "subscribe" else Unsubscribe(named)


def _post(message: dict[str, Any], frame: bytes) -> Step:
    post_id, request = message.get("id"), message.get("request")
    if not isinstance(post_id, int) or isinstance(post_id, bool) or not 0 <= post_id <= UINT64_MAX:
        return _unparsable(frame)
    if not isinstance(request, dict) or "payload" not in request:
        return _unparsable(frame)
    payload = Decoded(request["payload"], ())
    try:
        match request.get("type"):
            case "info":
                return InfoPost(post_id, parse_info(payload))
            case "action":
                return ActionPost(post_id, parse_exchange(payload))
            case _:
                return _unparsable(frame)
    except MisfitRequest as error:
        return BadPost(post_id, refusal(error))


def _unparsable(frame: bytes) -> Refuse:
    return Refuse(UNPARSABLE + frame.decode(errors="replace"))


def invalid_subscription(subscription: Any) -> str:
    """The error text for a subscription that has the right shape and cannot be."""
    return f"Invalid subscription {msgspec.json.encode(subscription).decode()}"


def acknowledgement(method: str, subscription: Canonical) -> bytes:
    """The ack of a (un)subscription, in the server's own form."""
    data = {"method": method, "subscription": subscription.form}
    return msgspec.json.encode({"channel": "subscriptionResponse", "data": data})


def error_frame(text: str) -> bytes:
    return msgspec.json.encode({"channel": "error", "data": text})


def info_reply(post_id: int, kind: str, reply: Reply) -> bytes:
    """The answer to an info post; the body goes in as it is."""
    if reply.status != 200:
        return failed_reply(post_id, reply)
    return b'{"channel":"post","data":{"id":%d,"response":{"type":"info","payload":%s}}}' % (
        post_id,
        b'{"type":"%s","data":%s}' % (kind.encode(), reply.body),
    )


def action_reply(post_id: int, reply: Reply) -> bytes:
    """The answer to an action post: the same body as over HTTP."""
    if reply.status != 200:
        return failed_reply(post_id, reply)
    return b'{"channel":"post","data":{"id":%d,"response":{"type":"action","payload":%s}}}' % (
        post_id,
        reply.body,
    )


def failed_reply(post_id: int, reply: Reply) -> bytes:
    """What would have been a 4xx or 5xx over HTTP."""
    text = reply.body.decode(errors="replace")
    response = {"type": "error", "payload": text if reply.is_text else f"{reply.status} {text}"}
    return msgspec.json.encode({"channel": "post", "data": {"id": post_id, "response": response}})
