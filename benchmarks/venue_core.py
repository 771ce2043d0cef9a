"""The local venue's core: submitted actions carried out block by block, no sockets, no signatures.

Everything else is as in life: nonces, budgets, static checks, margin, matching, clearing, the
records of orders and fills, and the JSON of each answer.
"""

from __future__ import annotations

import statistics
import time
from typing import Final

from benchmarks.lifted import LIFTED
from benchmarks.measure import Figures
from benchmarks.still_venue import still_venue
from benchmarks.venue_flow import Crowd, busiest
from hive.domain.identifiers import Address
from hive.localvenue.clock.blocks import Submission
from hive.localvenue.listings.catalog import recorded_catalog
from hive.localvenue.venue import LocalVenue
from hive.serving.core import ServerCore

ACCOUNTS: Final = 200
COINS: Final = 20
BLOCK_MS: Final = 70
BLOCK_ORDERS: Final = 400
WARM_BLOCKS: Final = 25
BLOCKS: Final = 40
"""Of one round."""
ROUNDS: Final = 7
BATCH: Final = 10
START_MS: Final = 1_790_000_000_000


def core_figures() -> Figures:
    """Orders and cancels a second of processor time: one to an action, and ten."""
    return {
        "core_orders_per_s": _orders_per_s(1),
        f"core_orders_in_batches_of_{BATCH}_per_s": _orders_per_s(BATCH),
    }


def _orders_per_s(batch: int) -> float:
    names = [Address(f"0x{number + 1:040x}") for number in range(ACCOUNTS)]
    venue = still_venue(names, START_MS)
    server = ServerCore(venue, LIFTED)
    crowd = Crowd(venue.engine, names, busiest(recorded_catalog(), COINS), seed=7)
    now_ms = START_MS
    found: list[float] = []
    for number in range(ROUNDS + 1):
        spent_ns = 0
        for _ in range(BLOCKS if number else WARM_BLOCKS):
            now_ms += BLOCK_MS
            spent_ns += _block_ns(
                server, venue, crowd.submissions(BLOCK_ORDERS // batch, batch, now_ms), now_ms
            )
        if number:
            found.append(BLOCKS * BLOCK_ORDERS * 1e9 / spent_ns)
    refusals = venue.engine.executor.counts.refusals
    assert sum(refusals.values()) < BLOCKS * BLOCK_ORDERS, refusals
    assert venue.engine.archive.count > BLOCKS, "nobody traded"
    return statistics.median(found)


def _block_ns(
    server: ServerCore, venue: LocalVenue, submissions: list[Submission], now_ms: int
) -> int:
    """Processor time of one block, from the submitted actions to all answers."""
    started_ns = time.process_time_ns()
    for submission in submissions:
        venue.engine.submit(submission, now_ms)
    server.advance(now_ms + BLOCK_MS)
    return time.process_time_ns() - started_ns
