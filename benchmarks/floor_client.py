"""The floor: the stack whose figures the bars were set by, aiohttp and msgspec on uvloop.

Run as `python -m benchmarks.floor_client URL COIN ASSET PRIVATE_KEY ORDERS`.
"""

from __future__ import annotations

import sys

import aiohttp

from benchmarks import live_loop
from benchmarks.least_order import LeastOrder, private_key, subscribe_frame


async def main(url: str, coin: str, floor: LeastOrder) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}/ws") as socket:
        await socket.send_str(subscribe_frame(coin).decode())
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        async for message in socket:
            frame = floor.answer(message.data.encode())
            if frame is not None:
                await socket.send_str(frame.decode())


if __name__ == "__main__":
    url, coin, asset, key, orders = sys.argv[1:]
    live_loop.run(main(url, coin, LeastOrder(int(asset), private_key(key), int(orders))))
