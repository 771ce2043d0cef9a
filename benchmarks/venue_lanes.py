"""Clients as cheap as can be: lanes that send what was signed before, and readers that count."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any, Final, Self
from urllib.parse import urlsplit

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.signing import Signer

ASSET: Final = 0
CYCLE: Final = "QQCQTQCQCQTCQCQTCQCT"
"""Quotes, cancels and takers; a cancel always finds a quote from before it."""
PAYLOAD: Final = b'{"method":"post","id":%d,"request":{"type":"action","payload":%s}}'
HEAD: Final = (
    b"POST /exchange HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n"
)
LENGTH: Final = b"Content-Length: "


def presigned(
    signer: Signer, actions: int, batch: int, first_nonce: int, mid_px: float
) -> list[bytes]:
    """Bodies of /exchange: quotes far enough off the middle, cancels of them, takers."""
    chance = random.Random(first_nonce)
    quoted: list[list[str]] = []
    bodies: list[bytes] = []
    for number in range(actions):
        nonce = first_nonce + number
        kind = CYCLE[number % len(CYCLE)]
        if kind == "C":
            cancels = [{"asset": ASSET, "cloid": cloid} for cloid in quoted.pop(0)]
            action: dict[str, Any] = {"type": "cancelByCloid", "cancels": cancels}
        else:
            cloids = [f"0x{nonce:016x}{each:016x}" for each in range(batch)]
            if kind == "Q":
                quoted.append(cloids)
            orders = [_order(chance, mid_px, cloid, is_quote=kind == "Q") for cloid in cloids]
            action = {"type": "order", "orders": orders, "grouping": "na"}
        signature = signer.sign_l1(parse_action(action), nonce, is_mainnet=False)
        envelope = {"action": action, "nonce": nonce, "signature": signature}
        bodies.append(msgspec.json.encode(envelope))
    return bodies


def _order(chance: random.Random, mid_px: float, cloid: str, *, is_quote: bool) -> dict[str, Any]:
    is_buy = chance.random() < 0.5
    away = chance.uniform(0.01, 0.02) if is_quote else -0.02
    return {
        "a": ASSET,
        "b": is_buy,
        "p": str(round(mid_px * (1.0 - away if is_buy else 1.0 + away))),
        "s": "0.01" if is_quote else "0.001",
        "r": False,
        "t": {"limit": {"tif": "Alo" if is_quote else "Ioc"}},
        "c": cloid,
    }


class _Window:
    """What a lane has still to send, and when all of it is answered."""

    def __init__(self) -> None:
        self.answers = 0
        self.failures = 0
        self.last_failure = b""
        self._bodies: list[bytes] = []
        self._open = 0
        self._done: asyncio.Future[None] | None = None

    def begin(self, bodies: Sequence[bytes]) -> asyncio.Future[None]:
        self._bodies = list(reversed(bodies))
        self._open = len(bodies)
        self._done = asyncio.get_running_loop().create_future()
        return self._done

    def next(self) -> bytes | None:
        return self._bodies.pop() if self._bodies else None

    def heard(self, answer: bytes) -> None:
        self.answers += 1
        if b"error" in answer or b'"err"' in answer:
            self.failures += 1
            self.last_failure = answer
        self._open -= 1
        if self._open == 0:
            assert self._done is not None
            self._done.set_result(None)


class PostLane(WSListener):
    """Actions as posts over one WebSocket, some of them in flight at once."""

    def __init__(self, in_flight: int) -> None:
        self._in_flight = in_flight
        self._window = _Window()
        self._number = 0

    @classmethod
    async def opened(cls, url: str, in_flight: int) -> Self:
        lane = cls(in_flight)
        await ws_connect(lambda: lane, url.replace("http", "ws", 1) + "/ws")
        return lane

    @property
    def answers(self) -> int:
        return self._window.answers

    @property
    def failures(self) -> int:
        return self._window.failures

    @property
    def last_failure(self) -> bytes:
        return self._window.last_failure

    async def send(self, bodies: Sequence[bytes]) -> None:
        """Send all of them; returns with the last answer."""
        done = self._window.begin(bodies)
        for _ in range(self._in_flight):
            self._send_next()
        await done

    def close(self) -> None:
        self._transport.disconnect()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, _: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            self._window.heard(frame.get_payload_as_bytes())
            self._send_next()

    def _send_next(self) -> None:
        body = self._window.next()
        if body is not None:
            self._number += 1
            self._transport.send(WSMsgType.TEXT, PAYLOAD % (self._number, body))


class HttpLane(asyncio.Protocol):
    """Actions over one kept HTTP connection, one at a time."""

    def __init__(self) -> None:
        self._window = _Window()
        self._heard = b""

    @classmethod
    async def opened(cls, url: str, in_flight: int) -> Self:  # noqa: ARG003 (HTTP has one)
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        loop = asyncio.get_running_loop()
        _, lane = await loop.create_connection(cls, parts.hostname, parts.port)
        return lane

    @property
    def answers(self) -> int:
        return self._window.answers

    @property
    def failures(self) -> int:
        return self._window.failures

    @property
    def last_failure(self) -> bytes:
        return self._window.last_failure

    async def send(self, bodies: Sequence[bytes]) -> None:
        """Send all of them; returns with the last answer."""
        done = self._window.begin(bodies)
        self._send_next()
        await done

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, blank, body = self._heard.partition(b"\r\n\r\n")
        if not blank:
            return
        length = int(head.partition(LENGTH)[2].partition(b"\r\n")[0])
        if len(body) >= length:
            self._heard = body[length:]
            self._window.heard(body[:length])
            self._send_next()

    def _send_next(self) -> None:
        body = self._window.next()
        if body is not None:
            self._transport.write(HEAD % len(body) + body)


class BookReader(WSListener):
    """Subscribed to fast books, of which it counts the frames."""

    def __init__(self, coins: Sequence[str]) -> None:
        self._coins = coins
        self.frames = 0

    @classmethod
    async def opened(cls, url: str, coins: Sequence[str]) -> Self:
        reader = cls(coins)
        await ws_connect(lambda: reader, url.replace("http", "ws", 1) + "/ws")
        return reader

    def close(self) -> None:
        self._transport.disconnect()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        for coin in self._coins:
            wanted = {"type": "l2Book", "coin": coin, "fast": True}
            frame = msgspec.json.encode({"method": "subscribe", "subscription": wanted})
            transport.send(WSMsgType.TEXT, frame)

    def on_ws_frame(self, _: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            self.frames += 1
