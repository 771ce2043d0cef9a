"""`fanout`: processor time to hand one best bid and offer to 1, 100 and 1,000 strategies.

Both sides receive and decode over a socket and call the same handlers.
"""

from __future__ import annotations

import statistics
from typing import Final

from benchmarks.contenders import Contest, Venue
from benchmarks.measure import Figures, Yardstick, median_ratio
from benchmarks.stamping_port import TickPlan

SIZES: Final = (1, 100, 1_000)
ALTERNATIONS: Final = 10
TICKS: Final = 80
INTERVAL_MS: Final = 4
PX: Final = 86_000
FRAMES: Final = 8
"""So many leave at once: 2,000 a second, and waking up is not most of what is measured."""

YARDSTICKS: Final = {
    "cpu_ratio_100": Yardstick(bar_max=1.6),
    "cpu_ratio_1000": Yardstick(bar_max=1.6),
    "cpu_us_100": Yardstick(peer="51–55 at 16,000/s; 12.9 by a bare loop"),
    "cpu_us_1": Yardstick(peer="3.4 at 100,000/s; 2.4 by a bare loop"),
}


def run() -> Figures:
    """Microseconds a message, and the median ratio to the plain loop."""
    figures: Figures = {}
    for size in SIZES:
        figures |= _one_size(size)
    return figures


def _one_size(strategies: int) -> Figures:
    with Venue() as venue:
        contests = [
            Contest(venue.contender(module, coin, str(strategies)), _plan(coin))
            for module, coin in (("fanout_hive", "BTC"), ("fanout_floor", "ETH"))
        ]
        rounds = venue.alternate(contests, ALTERNATIONS)
    ours, floors = ([played.cpu_us for played in each] for each in rounds)
    return {
        f"cpu_us_{strategies}": statistics.median(ours),
        f"floor_cpu_us_{strategies}": statistics.median(floors),
        f"cpu_ratio_{strategies}": median_ratio(ours, floors),
    }


def _plan(coin: str) -> TickPlan:
    return TickPlan(coin=coin, ticks=TICKS, interval_ms=INTERVAL_MS, px=PX, frames=FRAMES)
