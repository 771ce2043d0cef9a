"""A runtime that trades for hours keeps no more than one that has traded for minutes."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from statistics import median

import pytest
from benchmarks.far_venue import FarVenue
from benchmarks.growth_trading import MEMORY, Trading, signers, venue_arguments

ACCOUNTS = 3
PAUSE_MS = 400
ROUNDS_S = 40
"""Ten rounds of ten deeds: after each as much is under way as after the one before."""
SURGE_ORDERS = 39
WARM = 3
STRETCH = 6
SPARE_PER_ORDER = 0.1
"""Blocks; a single object that is kept of each order is ten times as much."""


def blocks(trading: Trading, times: int) -> float:
    """What Python's allocator has usually given out, seen so often."""
    found: list[int] = []
    for _ in range(times):
        trading.pass_seconds(ROUNDS_S)
        gc.collect()
        found.append(sys.getallocatedblocks())
    return median(found)


def ordered(venue: FarVenue, trading: Trading) -> int:
    asked = venue.oracle({"type": "counters"}, trading.now_ms)["asked"]
    return int(asked.get("orders", 0) + asked.get("modifies", 0))


@pytest.mark.full
def test_nothing_is_kept_of_an_order_once_the_bounded_memories_are_full(tmp_path: Path) -> None:
    """The venue is another process: nothing of it is counted."""
    owners = signers(ACCOUNTS)
    with FarVenue(*venue_arguments(owners)) as venue:
        trading = Trading(venue, owners, tmp_path, pause_ms=PAUSE_MS, hears_trades=False)
        trading.start()
        trading.surge(SURGE_ORDERS)
        while ordered(venue, trading) < 1.2 * ACCOUNTS * MEMORY.legs_max:
            trading.pass_seconds(ROUNDS_S // 10)
        trading.surge(0)
        trading.fill_history()
        blocks(trading, WARM)
        first = blocks(trading, STRETCH)
        before = ordered(venue, trading)
        second = blocks(trading, STRETCH)
        orders = ordered(venue, trading) - before
        trading.stop()
    assert orders > 1_000
    assert second - first < SPARE_PER_ORDER * orders
