"""`tick_to_order`: from a best bid and offer leaving the venue to the answering order's arrival.

Hive with risk, journal and signature, against the floor (one socket, decode, sign, send) and the
official SDK, each on its own coin in its own process.
"""

from __future__ import annotations

import tempfile
from itertools import chain
from statistics import median
from typing import Final, NamedTuple

from benchmarks.contenders import Contest, Round, Venue
from benchmarks.measure import Figures, Yardstick, median_ratio, percentile
from benchmarks.stamping_port import TickPlan
from hive.hyperliquid.signing import Signer

ALTERNATIONS: Final = 12
TICKS: Final = 80
SDK_TICKS: Final = 25
"""Fewer, because it waits for each answer before it looks at the next tick."""
INTERVAL_MS: Final = 12

YARDSTICKS: Final = {
    "p50_us": Yardstick(peer="684–723, its risk checks bypassed"),
    "p90_us": Yardstick(peer="907–1,415"),
    "p99_us": Yardstick(peer="4,185–4,601"),
    "ratio_to_floor": Yardstick(bar_max=2.0),
    "cpu_ratio_to_floor": Yardstick(bar_max=2.5),
    "sdk_over_hive": Yardstick(bar_min=4.0),
}


class Seat(NamedTuple):
    """A contender's key, coin, and the price around which its coin is ticked."""

    key: str
    coin: str
    asset_id: int
    px: int


HIVE: Final = Seat("0x" + "11" * 32, "BTC", 0, 86_588)
FLOOR: Final = Seat("0x" + "22" * 32, "ETH", 1, 2_726)
SDK: Final = Seat("0x" + "33" * 32, "BNB", 7, 793)
"""Keys for measuring, which own nothing anywhere; prices near the local venue's own."""


def funded(*seats: Seat) -> list[str]:
    return [Signer(seat.key).address for seat in seats]


def run() -> Figures:
    """Microseconds from tick to order, and the ratios to the others."""
    with tempfile.TemporaryDirectory() as folder, Venue(*funded(HIVE, FLOOR, SDK)) as venue:
        hive = venue.contender("hive_client", HIVE.coin, HIVE.key, "1", folder)
        floor = venue.contender("floor_client", FLOOR.coin, str(FLOOR.asset_id), FLOOR.key, "1")
        sdk = venue.contender("sdk_client", SDK.coin, SDK.key)
        contests = [
            Contest(hive, _plan(HIVE, TICKS)),
            Contest(floor, _plan(FLOOR, TICKS)),
            Contest(sdk, _plan(SDK, SDK_TICKS)),
        ]
        return _figures(*venue.alternate(contests, ALTERNATIONS))


def _plan(seat: Seat, ticks: int) -> TickPlan:
    return TickPlan(coin=seat.coin, ticks=ticks, interval_ms=INTERVAL_MS, px=seat.px, orders=1)


def _figures(hive: list[Round], floor: list[Round], sdk: list[Round]) -> Figures:
    hive_us, floor_us, sdk_us = (
        list(chain.from_iterable(each.first_us for each in rounds)) for rounds in (hive, floor, sdk)
    )
    hive_p50s, floor_p50s, sdk_p50s = (
        [median(each.first_us) for each in rounds] for rounds in (hive, floor, sdk)
    )
    hive_cpu, floor_cpu = ([each.cpu_us for each in rounds] for rounds in (hive, floor))
    return {
        "p50_us": median(hive_us),
        "p90_us": percentile(hive_us, 0.9),
        "p99_us": percentile(hive_us, 0.99),
        "floor_p50_us": median(floor_us),
        "floor_p99_us": percentile(floor_us, 0.99),
        "ratio_to_floor": median_ratio(hive_p50s, floor_p50s),
        "cpu_us": median(hive_cpu),
        "floor_cpu_us": median(floor_cpu),
        "cpu_ratio_to_floor": median_ratio(hive_cpu, floor_cpu),
        "sdk_p50_us": median(sdk_us),
        "sdk_over_hive": median_ratio(sdk_p50s, hive_p50s),
        "ticks": len(hive_us),
        "unanswered": sum(each.unanswered for each in hive),
    }
