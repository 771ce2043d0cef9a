"""The trading process of `growth`: warms up, trades for an hour, says its samples in one line.

Run as `python -m benchmarks.growth_process`.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.far_venue import FarVenue
from benchmarks.growth_trading import Sample, Trading, signers, venue_arguments
from benchmarks.heap import in_use_mb
from hive.app.fast_loop import YOUNG_OBJECTS_MAX
from hive.app.view.resident_memory import resident_mb

SURGE_ORDERS: Final = 39
"""In one action, which then weighs as little as one order."""
SURGE_MINUTES: Final = 6
WARM_MINUTES: Final = 40
MINUTES: Final = 60
MINUTE_S: Final = 60


def main() -> None:
    gc.set_threshold(YOUNG_OBJECTS_MAX, *gc.get_threshold()[1:])  # as `hive run` does
    owners = signers()
    with tempfile.TemporaryDirectory() as folder, FarVenue(*venue_arguments(owners)) as venue:
        trading = Trading(venue, owners, Path(folder))
        trading.start()
        trading.surge(SURGE_ORDERS)
        trading.pass_seconds(SURGE_MINUTES * MINUTE_S)
        trading.surge(0)
        trading.fill_history()
        trading.pass_seconds(WARM_MINUTES * MINUTE_S)
        samples = [_sample(trading, venue, 0)]
        for minute in range(1, MINUTES + 1):
            trading.pass_seconds(MINUTE_S)
            samples.append(_sample(trading, venue, minute))
    sys.stdout.buffer.write(msgspec.json.encode(samples) + b"\n")


def _sample(trading: Trading, venue: FarVenue, minute: int) -> Sample:
    asked = venue.oracle({"type": "counters"}, trading.now_ms)["asked"]
    return Sample(
        minute=minute,
        messages=trading.messages,
        rss_mb=resident_mb(),
        in_use_mb=in_use_mb(),
        orders=asked["orders"] + asked["modifies"],
    )


if __name__ == "__main__":
    main()
