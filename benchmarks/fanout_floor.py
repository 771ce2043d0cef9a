"""The fan-out's floor: one socket, the same decode, a plain loop over the same handlers.

Run as `python -m benchmarks.fanout_floor URL COIN STRATEGIES`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks import live_loop
from benchmarks.ema import Ema, EmaParams
from hive.domain.market import Bbo
from hive.hyperliquid.codec import decode_push, to_bbo
from hive.hyperliquid.wire import BboPush
from hive.strategy.interface import Context

NO_CONTEXT = cast("Context", None)


class Floor(WSListener):
    """Hands each best bid and offer to every handler."""

    def __init__(self, coin: str, handlers: Sequence[Callable[[Context, Bbo], None]]) -> None:
        self._coin = coin
        self._handlers = handlers
        self._closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def closed(self) -> asyncio.Future[None]:
        return self._closed

    def on_ws_connected(self, transport: WSTransport) -> None:
        subscription: dict[str, Any] = {"type": "bbo", "coin": self._coin}
        frame = msgspec.json.encode({"method": "subscribe", "subscription": subscription})
        transport.send(WSMsgType.TEXT, frame)

    def on_ws_disconnected(self, _: WSTransport) -> None:
        if not self._closed.done():
            self._closed.set_result(None)

    def on_ws_frame(self, _: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not WSMsgType.TEXT:
            return
        push = decode_push(frame.get_payload_as_bytes())
        if isinstance(push, BboPush):
            bbo = to_bbo(push.data, time.monotonic_ns())
            for handler in self._handlers:
                handler(NO_CONTEXT, bbo)


async def main(url: str, coin: str, strategies: int) -> None:
    handlers = [Ema(EmaParams(coin=coin)).on_bbo for _ in range(strategies)]
    floor = Floor(coin, handlers)
    await ws_connect(lambda: floor, url.replace("http", "ws", 1) + "/ws")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await floor.closed


if __name__ == "__main__":
    live_loop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
