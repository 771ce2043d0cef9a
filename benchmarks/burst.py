"""`burst`: a hundred strategies answer one tick, each with an order of its own.

The floor builds, signs and sends a hundred orders in one loop and one action, on the socket library
that Hive uses.
"""

from __future__ import annotations

import tempfile
from itertools import chain
from statistics import median
from typing import Final

from benchmarks.contenders import Contest, Round, Venue
from benchmarks.measure import Figures, Yardstick, median_ratio, percentile
from benchmarks.stamping_port import TickPlan
from benchmarks.tick_to_order import FLOOR, HIVE, Seat, funded

STRATEGIES: Final = 100
ALTERNATIONS: Final = 12
TICKS: Final = 10
INTERVAL_MS: Final = 60
US_BY_MS: Final = 1_000

YARDSTICKS: Final = {
    "last_us": Yardstick(bar_max=3 * US_BY_MS, peer="10,800–19,700"),
    "ratio_to_floor": Yardstick(bar_max=6.0),
    "signed_actions": Yardstick(bar_max=1, peer="100"),
}


def run() -> Figures:
    """Microseconds until the last of the orders has arrived, and in how many signed actions."""
    many = str(STRATEGIES)
    with tempfile.TemporaryDirectory() as folder, Venue(*funded(HIVE, FLOOR)) as venue:
        hive = venue.contender("hive_client", HIVE.coin, HIVE.key, many, folder)
        floor = venue.contender("bare_client", FLOOR.coin, str(FLOOR.asset_id), FLOOR.key, many)
        contests = [Contest(hive, _plan(HIVE)), Contest(floor, _plan(FLOOR))]
        return _figures(*venue.alternate(contests, ALTERNATIONS))


def _plan(seat: Seat) -> TickPlan:
    return TickPlan(
        coin=seat.coin, ticks=TICKS, interval_ms=INTERVAL_MS, px=seat.px, orders=STRATEGIES
    )


def _figures(hive: list[Round], floor: list[Round]) -> Figures:
    hive_us, floor_us = (
        list(chain.from_iterable(each.last_us for each in rounds)) for rounds in (hive, floor)
    )
    hive_p50s, floor_p50s = ([median(each.last_us) for each in rounds] for rounds in (hive, floor))
    hive_cpu, floor_cpu = ([each.cpu_us for each in rounds] for rounds in (hive, floor))
    return {
        "last_us": median(hive_us),
        "last_p99_us": percentile(hive_us, 0.99),
        "floor_last_us": median(floor_us),
        "ratio_to_floor": median_ratio(hive_p50s, floor_p50s),
        "signed_actions": max(chain.from_iterable(each.actions for each in hive)),
        "cpu_us": median(hive_cpu),
        "floor_cpu_us": median(floor_cpu),
        "cpu_ratio_to_floor": median_ratio(hive_cpu, floor_cpu),
        "bursts": len(hive_us),
        "unanswered": sum(each.unanswered for each in hive),
    }
