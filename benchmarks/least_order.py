"""The least code that answers a tick with a signed order; the floors differ in their sockets.

Each bbo is answered with so many immediate-or-cancel buys far below the market, in one signed
action. No runtime, no risk, no journal; nothing is learnt of what becomes of the orders.
"""

from __future__ import annotations

import time
from typing import Any, Final

import msgspec
import sha3
from coincurve import PrivateKey


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

BBO_HEAD: Final = b'{"channel":"bb'
BELOW: Final = 0.95


class LeastOrder:
    """Bytes of a tick to bytes of an order; everything on one call stack."""

    def __init__(self, asset: int, key: PrivateKey, orders: int) -> None:
        self._asset, self._key, self._orders = asset, key, orders
        self._nonce = 0

    def answer(self, text: bytes | memoryview) -> bytes | None:
        """The frame to send; None for what is no bbo, or the first one, of an empty book."""
        if bytes(text[: len(BBO_HEAD)]) != BBO_HEAD:
            return None
        bid = PUSHES.decode(text).data.bbo[0]
        if bid is None:
            return None
        order = Order(self._asset, True, f"{bid.px * BELOW:.0f}", "1", False, IOC)
        return self._signed(Action("order", [order] * self._orders, "na"))

    def _signed(self, action: Action) -> bytes:
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
        return msgspec.json.encode(post)


def subscribe_frame(coin: str) -> bytes:
    subscription = {"type": "bbo", "coin": coin}
    return msgspec.json.encode({"method": "subscribe", "subscription": subscription})


def private_key(text: str) -> PrivateKey:
    return PrivateKey(bytes.fromhex(text.removeprefix("0x")))
