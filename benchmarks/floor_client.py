"""The floor: one socket, decode, sign, send. No runtime, no risk, no journal.

Run as `python -m benchmarks.floor_client URL COIN ASSET PRIVATE_KEY ORDERS`; each bbo of COIN is
answered with ORDERS immediate-or-cancel buys far below the market, in one signed action.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import msgspec
import sha3
from coincurve import PrivateKey
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks import live_loop


class Level(msgspec.Struct, gc=False):
    px: float
    sz: float
    n: int


class Bbo(msgspec.Struct, gc=False):
    coin: str
    time: int
    bbo: tuple[Level | None, Level | None]


class Push(msgspec.Struct, gc=False):
    channel: str
    data: Bbo


class Limit(msgspec.Struct, gc=False):
    tif: str


class Tif(msgspec.Struct, gc=False):
    limit: Limit


class Order(msgspec.Struct, gc=False):
    a: int
    b: bool
    p: str
    s: str
    r: bool
    t: Tif


class Action(msgspec.Struct, gc=False):
    type: str
    orders: list[Order]
    grouping: str


def keccak(data: bytes) -> bytes:
    return bytes(sha3.keccak_256(data).digest())


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


DOMAIN = keccak(
    keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    + keccak(b"Exchange")
    + keccak(b"1")
    + word(1337)
    + word(0)
)
AGENT = keccak(b"Agent(string source,bytes32 connectionId)")
SOURCE = keccak(b"b")
IOC = Tif(Limit("Ioc"))
PUSHES = msgspec.json.Decoder(Push, strict=False)


class Floor(WSListener):
    """Answers each bbo; everything on one call stack."""

    def __init__(self, coin: str, asset: int, key: PrivateKey, orders: int) -> None:
        self._coin, self._asset, self._key, self._orders = coin, asset, key, orders
        self._nonce = 0
        self._closed = asyncio.get_running_loop().create_future()

    @property
    def closed(self) -> asyncio.Future[None]:
        return self._closed

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        subscription = {"type": "bbo", "coin": self._coin}
        frame = msgspec.json.encode({"method": "subscribe", "subscription": subscription})
        transport.send(WSMsgType.TEXT, frame)

    def on_ws_disconnected(self, _: WSTransport) -> None:
        if not self._closed.done():
            self._closed.set_result(None)

    def on_ws_frame(self, _: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not WSMsgType.TEXT:
            return
        text = frame.get_payload_as_memoryview()
        if bytes(text[:14]) != b'{"channel":"bb':
            return
        push = PUSHES.decode(text)
        bid = push.data.bbo[0]
        if bid is None:
            return  # the first frame, of an empty book
        order = Order(self._asset, True, f"{bid.px * 0.95:.0f}", "1", False, IOC)
        self._send(Action("order", [order] * self._orders, "na"))

    def _send(self, action: Action) -> None:
        self._nonce = max(self._nonce + 1, time.time_ns() // 1_000_000)
        packed = msgspec.msgpack.encode(action) + self._nonce.to_bytes(8, "big") + b"\x00"
        digest = keccak(b"\x19\x01" + DOMAIN + keccak(AGENT + SOURCE + keccak(packed)))
        signature = self._key.sign_recoverable(digest, hasher=None)
        request: dict[str, Any] = {
            "action": action,
            "nonce": self._nonce,
            "signature": {
                "r": hex(int.from_bytes(signature[:32], "big")),
                "s": hex(int.from_bytes(signature[32:64], "big")),
                "v": signature[64] + 27,
            },
            "vaultAddress": None,
        }
        post = {"method": "post", "id": 1, "request": {"type": "action", "payload": request}}
        self._transport.send(WSMsgType.TEXT, msgspec.json.encode(post))


async def main(url: str, coin: str, asset: int, key: str, orders: int) -> None:
    private_key = PrivateKey(bytes.fromhex(key.removeprefix("0x")))
    ws_url = url.replace("http", "ws", 1) + "/ws"
    floor = Floor(coin, asset, private_key, orders)
    await ws_connect(lambda: floor, ws_url)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await floor.closed


if __name__ == "__main__":
    live_loop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5])))
