"""`tick_to_order`: from a best bid and offer leaving the venue to the answering order's arrival.

Hive with risk, journal and signature, each on its own coin in its own process, against

    floor   decode, sign and send on aiohttp, msgspec and uvloop: the stack the bars were set by
    bare    the same on the socket library that Hive uses: the least a Python process can do here
    sdk     the official SDK as its packages install it; and once more with the faster signing
            library beside it, which it takes up by itself where it finds it
"""

from __future__ import annotations

import tempfile
from itertools import chain
from statistics import median
from typing import Final, NamedTuple

from benchmarks.contenders import Contest, Process, Round, Venue
from benchmarks.measure import Figures, Yardstick, median_ratio, percentile
from benchmarks.stamping_port import TickPlan
from hive.hyperliquid.signing import Signer

ALTERNATIONS: Final = 12
TICKS: Final = 80
SDK_TICKS: Final = 12
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

PLAIN_SIGNING: Final = {"ECC_BACKEND_CLASS": "eth_keys.backends.NativeECCBackend"}
"""What the SDK signs with where nobody has installed more than it asks for."""


class Seat(NamedTuple):
    """A contender's key, coin, and the price around which its coin is ticked."""

    key: str
    coin: str
    asset_id: int
    px: int


HIVE: Final = Seat("0x" + "11" * 32, "BTC", 0, 86_588)
FLOOR: Final = Seat("0x" + "22" * 32, "ETH", 1, 2_726)
SDK: Final = Seat("0x" + "33" * 32, "BNB", 7, 793)
BARE: Final = Seat("0x" + "44" * 32, "SOL", 5, 195)
FAST_SDK: Final = Seat("0x" + "55" * 32, "AVAX", 6, 13)
"""Keys for measuring, which own nothing anywhere; prices near the local venue's own."""


def funded(*seats: Seat) -> list[str]:
    return [Signer(seat.key).address for seat in seats]


def run() -> Figures:
    """Microseconds from tick to order, and the ratios to the others."""
    seats = (HIVE, FLOOR, BARE, SDK, FAST_SDK)
    with tempfile.TemporaryDirectory() as folder, Venue(*funded(*seats)) as venue:
        contests = [
            Contest(_hive(venue, folder), _plan(HIVE, TICKS)),
            Contest(_floor(venue, "floor_client", FLOOR), _plan(FLOOR, TICKS)),
            Contest(_floor(venue, "bare_client", BARE), _plan(BARE, TICKS)),
            Contest(_sdk(venue, SDK, PLAIN_SIGNING), _plan(SDK, SDK_TICKS)),
            Contest(_sdk(venue, FAST_SDK, {}), _plan(FAST_SDK, SDK_TICKS)),
        ]
        return _figures(*venue.alternate(contests, ALTERNATIONS))


def _hive(venue: Venue, folder: str) -> Process:
    return venue.contender("hive_client", HIVE.coin, HIVE.key, "1", folder)


def _floor(venue: Venue, module: str, seat: Seat) -> Process:
    return venue.contender(module, seat.coin, str(seat.asset_id), seat.key, "1")


def _sdk(venue: Venue, seat: Seat, environment: dict[str, str]) -> Process:
    return venue.contender("sdk_client", seat.coin, seat.key, environment=environment)


def _plan(seat: Seat, ticks: int) -> TickPlan:
    return TickPlan(coin=seat.coin, ticks=ticks, interval_ms=INTERVAL_MS, px=seat.px, orders=1)


def _figures(*found: list[Round]) -> Figures:
    hive, floor, bare = found[:3]
    hive_us, floor_us = (
        list(chain.from_iterable(each.first_us for each in rounds)) for rounds in (hive, floor)
    )
    p50s, floor_p50s, bare_p50s, sdk_p50s, fast_sdk_p50s = (
        [median(each.first_us) for each in rounds] for rounds in found
    )
    cpu, floor_cpu, bare_cpu = ([each.cpu_us for each in rounds] for rounds in (hive, floor, bare))
    return {
        "p50_us": median(hive_us),
        "p90_us": percentile(hive_us, 0.9),
        "p99_us": percentile(hive_us, 0.99),
        "floor_p50_us": median(floor_us),
        "floor_p99_us": percentile(floor_us, 0.99),
        "ratio_to_floor": median_ratio(p50s, floor_p50s),
        "cpu_us": median(cpu),
        "floor_cpu_us": median(floor_cpu),
        "cpu_ratio_to_floor": median_ratio(cpu, floor_cpu),
        "ratio_to_bare": median_ratio(p50s, bare_p50s),
        "cpu_ratio_to_bare": median_ratio(cpu, bare_cpu),
        "sdk_p50_us": median(sdk_p50s),
        "sdk_over_hive": median_ratio(sdk_p50s, p50s),
        "fast_sdk_over_hive": median_ratio(fast_sdk_p50s, p50s),
        "ticks": len(hive_us),
        "unanswered": sum(each.unanswered for each in hive),
    }
