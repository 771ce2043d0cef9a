"""What stands behind the server: our own exchange today, the real desk behind the gateway later.

`serving` owns the transport and everything about requests as text: parsing, address forms, 4xx
rules, canonical subscriptions, acks, envelopes. A `VenuePort` owns what the answers say. All calls
are synchronous and take the present time, so the same code is driven by sockets in life and by
messages in simulation.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from hive.domain.identifiers import Address

Json = Any
"""A decoded JSON value."""


class Reply(msgspec.Struct, frozen=True):
    """An HTTP answer; `body` is JSON unless `is_text`."""

    status: int
    body: bytes
    is_text: bool = False


NO_ANSWER: Final = Reply(0, b"")
"""Say nothing: an HTTP connection is closed, a post stays open. For responses lost on purpose."""


Answer = Callable[[Reply], None]
"""Called once with the answer, perhaps within the call, perhaps after a block."""


class SignatureHex(msgspec.Struct, frozen=True):
    """r and s as they came (0x, padded or not), v 27 or 28."""

    r: str
    s: str
    v: int


class ExchangeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope of /exchange, parsed; the action still as JSON, in the sender's key order."""

    action: dict[str, Json]
    nonce: int
    signature: SignatureHex
    vault_address: Address | None
    expires_after: int | None


class Subscribing(Enum):
    """What to do with a subscription that is well-formed."""

    OK = "ok"
    INVALID = "invalid"
    """An error frame; the socket stays."""
    DROP_SOCKET = "drop socket"
    """The venue drops the socket on an unknown coin (protocol.md 3.1)."""
    TOO_MANY_USERS = "too many users"
    TOO_MANY = "too many"


class PostCounts(NamedTuple):
    """Posts that wait for their answers, the most that one IP had waiting, and how many were
    refused because it had too many."""

    in_flight: int
    peak: int
    refused: int


class Close(msgspec.Struct, frozen=True):
    """End the socket with a close frame of this code."""

    code: int


class HalfOpen(msgspec.Struct, frozen=True):
    """Leave the socket open, and let nothing through any more, either way."""


class Slow(msgspec.Struct, frozen=True):
    """Let what is said on the socket come so much later."""

    ms: int


class Tear(msgspec.Struct, frozen=True):
    """Send half of the next frame, and end the socket."""


class Say(msgspec.Struct, frozen=True):
    """Send a frame that belongs to no stream."""

    frame: bytes


SocketTrouble = Close | HalfOpen | Slow | Tear | Say
"""What a venue may have go wrong with a socket on purpose, besides cutting it."""


class Subscribers(Protocol):
    """Who listens; handed to the port by the server. Frames are encoded once, whoever listens."""

    def count(self, key: str) -> int:
        """How many sockets hold the subscription with this canonical key."""
        ...

    def publish(self, key: str, frame: bytes) -> None:
        """Send the frame to each of them, in the order they subscribed."""
        ...

    def cut(self, connection: int) -> None:
        """Drop a socket without a closing handshake."""
        ...

    def trouble(self, connection: int, trouble: SocketTrouble) -> None:
        """Have something go wrong with a socket."""
        ...

    def connections(self) -> list[int]:
        """The open sockets, oldest first."""
        ...

    def posts(self) -> PostCounts:
        """What is counted of posts over all sockets."""
        ...


class VenuePort(Protocol):
    """A venue without sockets: all that a server needs of what stands behind it.

    Whoever implements it gets Hyperliquid's wire for nothing: HTTP and WebSocket on one port, 4xx
    in the venue's words, canonical subscriptions and their acks, posts and their slots, sockets
    that are given up. What is left to do is thirteen calls in four groups:

        requests   info, exchange             answered through `answer`, now or later
        sockets    may_connect … unsubscribed limits, first frames, who holds what
        time       advance, next_deadline_ms  called when due; nothing else makes it move
        tools      attach, oracle

    It is told the time with every call, is never called twice at once, and speaks up on its own
    only through the `Subscribers` it was given. Subscriptions and requests come checked against
    the tables of `info_types` and `subscription_types`; a type that it does not offer it refuses
    itself. Nothing here names a book, an account or a block: a desk in front of the real venue
    fits as well as an exchange of one's own.
    """

    def attach(self, subscribers: Subscribers) -> None:
        """Called once, before anything else."""
        ...

    def info(
        self, request: dict[str, Json], *, ip: str | None, now_ms: int, answer: Answer
    ) -> None:
        """An /info request of a known type, tidied (`info_requests`): its own fields only, of the
        right JSON types, defaults filled in, absent or null options left out.

        `ip` is charged its weight; None for a post, which was counted as a message. Business
        answers are 200.
        """
        ...

    def exchange(
        self, request: ExchangeRequest, *, ip: str | None, now_ms: int, answer: Answer
    ) -> None:
        """A well-formed envelope; answered after its block. 422 for an action that does not fit.

        `ip` as in `info`.
        """
        ...

    def may_connect(self, *, ip: str, now_ms: int) -> bool:
        """Whether one more WebSocket is admitted now (counted, if so)."""
        ...

    def connected(self, connection: int, *, ip: str, now_ms: int) -> None: ...

    def disconnected(self, connection: int, *, now_ms: int) -> None: ...

    def received(self, connection: int, *, now_ms: int) -> bool:
        """Count one client message; False when over the messages-per-minute limit."""
        ...

    def subscribing(
        self, subscription: dict[str, Json], *, connection: int, now_ms: int
    ) -> Subscribing:
        """Judge a canonical subscription before its ack."""
        ...

    def subscribed(
        self, subscription: dict[str, Json], key: str, *, connection: int, now_ms: int
    ) -> list[bytes]:
        """The first frames for this socket, sent right after the ack."""
        ...

    def unsubscribed(
        self, subscription: dict[str, Json], key: str, *, connection: int, now_ms: int
    ) -> None: ...

    def oracle(self, request: dict[str, Json], *, now_ms: int) -> Reply:
        """Truth and fault commands for tests and tools; never part of the venue's own protocol."""
        ...

    def advance(self, now_ms: int) -> None:
        """Do everything that is due: blocks, pushes, funding, answers."""
        ...

    def next_deadline_ms(self) -> int:
        """When `advance` has something to do again."""
        ...
