"""`fanout`: processor time to hand one best bid and offer to 1, 100 and 1,000 strategies.

Both sides receive and decode over a socket and call the same handlers.
"""

from __future__ import annotations

import statistics
from typing import Any, Final

from benchmarks.contenders import Venue
from benchmarks.measure import Yardstick, median_ratio
from benchmarks.stamping_port import TickPlan

SIZES: Final = (1, 100, 1_000)
ALTERNATIONS: Final = 10
TICKS: Final = 80
WARM_UP: Final = 40
INTERVAL_MS: Final = 4
PX: Final = 86_000
FRAMES: Final = 8

YARDSTICKS: Final = {
    "cpu_ratio_100": Yardstick(bar_max=1.6),
    "cpu_ratio_1000": Yardstick(bar_max=1.6),
    "cpu_us_100": Yardstick(peer="51–55 at 16,000/s; 12.9 by a bare loop"),
    "cpu_us_1": Yardstick(peer="3.4 at 100,000/s; 2.4 by a bare loop"),
}


def run() -> dict[str, Any]:
    """Microseconds a message, and the median ratio to the plain loop."""
    figures: dict[str, Any] = {}
    for size in SIZES:
        figures |= _one_size(size)
    return figures


def _one_size(strategies: int) -> dict[str, Any]:
    ours: list[float] = []
    floors: list[float] = []
    with Venue() as venue:
        hive = venue.contender("fanout_hive", "BTC", str(strategies))
        floor = venue.contender("fanout_floor", "ETH", str(strategies))
        for ticks, is_kept in ((WARM_UP, False), *((TICKS, True),) * ALTERNATIONS):
            for process, coin, found in ((hive, "BTC", ours), (floor, "ETH", floors)):
                plan = TickPlan(
                    coin=coin, ticks=ticks, interval_ms=INTERVAL_MS, px=PX, frames=FRAMES
                )
                cpu_us = venue.play(process, plan).cpu_us
                if is_kept:
                    found.append(cpu_us)
    return {
        f"cpu_us_{strategies}": statistics.median(ours),
        f"floor_cpu_us_{strategies}": statistics.median(floors),
        f"cpu_ratio_{strategies}": median_ratio(ours, floors),
    }
