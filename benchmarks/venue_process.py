"""The venue of the benchmarks, a process of its own: the local one, limits lifted, markets off.

Run as `python -m benchmarks.venue_process FUNDED_ADDRESS ...`. It says one line with its address,
then one line with the ticks of each plan that `/oracle` was given.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Final

import msgspec

from benchmarks.lifted import LIFTED
from benchmarks.stamping_loop import Reading, StampingLoop
from benchmarks.stamping_port import StampingPort, Tick
from benchmarks.still_venue import still_venue
from hive.runtime.clock import SystemClock
from hive.serving.web_server import VenueServer

HOST: Final = "127.0.0.1"


def say(value: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


async def main(reading: Reading, funded: list[str]) -> None:
    clock = SystemClock()

    def on_done(ticks: list[Tick]) -> None:
        say(ticks)

    port = StampingPort(still_venue(funded, clock.now_ms()), reading, on_done)
    server = VenueServer(port, clock, host=HOST, limits=LIFTED)
    bound = await server.start()
    say({"url": f"http://{HOST}:{bound}"})
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    loop = StampingLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(main(loop.reading, sys.argv[1:]))
