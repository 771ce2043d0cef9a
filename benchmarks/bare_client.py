"""The barest floor: as `floor_client`, on the socket library that Hive itself uses.

Run as `python -m benchmarks.bare_client URL COIN ASSET PRIVATE_KEY ORDERS`.
"""

from __future__ import annotations

import asyncio
import sys

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks import live_loop
from benchmarks.least_order import LeastOrder, private_key, subscribe_frame


class Bare(WSListener):
    """Answers from within the socket's own call."""

    def __init__(self, coin: str, floor: LeastOrder) -> None:
        self._coin, self._floor = coin, floor
        self._closed = asyncio.get_running_loop().create_future()

    @property
    def closed(self) -> asyncio.Future[None]:
        return self._closed

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        transport.send(WSMsgType.TEXT, subscribe_frame(self._coin))

    def on_ws_disconnected(self, _: WSTransport) -> None:
        if not self._closed.done():
            self._closed.set_result(None)

    def on_ws_frame(self, _: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not WSMsgType.TEXT:
            return
        answer = self._floor.answer(frame.get_payload_as_memoryview())
        if answer is not None:
            self._transport.send(WSMsgType.TEXT, answer)


async def main(url: str, coin: str, floor: LeastOrder) -> None:
    bare = Bare(coin, floor)
    await ws_connect(lambda: bare, url.replace("http", "ws", 1) + "/ws")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await bare.closed


if __name__ == "__main__":
    url, coin, asset, key, orders = sys.argv[1:]
    live_loop.run(main(url, coin, LeastOrder(int(asset), private_key(key), int(orders))))
