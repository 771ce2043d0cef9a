"""The local venue at its full size: every market it has, ten thousand accounts, and time going on.

    accounts      all funded; three in ten hold positions, three in ten have orders in the books
    orders        the crowd's mix (`venue_flow`), over the two hundred busiest coins
    listeners     a thousand account states, and fast books of twenty coins

A minute of the venue's time passes, an hour with its funding in the middle of it. What is measured
is the processor time between two blocks: it must fit into the time between two blocks. Then blocks
with many orders at once show how much more could be ordered. The start is the way to the first one.
"""

from __future__ import annotations

import gc
import os
import time
from decimal import Decimal
from typing import Final

import msgspec

from benchmarks.lifted import LIFTED
from benchmarks.measure import Figures, percentile, resident_mb
from benchmarks.venue_flow import Crowd, busiest
from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account
from hive.localvenue.config import VenueConfig
from hive.localvenue.listings.catalog import recorded_catalog
from hive.localvenue.markets.generic import venue_specs
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.markets.synthetic import SyntheticMarkets
from hive.localvenue.venue import LocalVenue
from hive.serving.core import ServerCore

ACCOUNTS: Final = 10_000
FUNDS_USD: Final = Decimal(100_000)
ACTING: Final = 3_000
"""How many of the accounts ever send anything."""
BLOCK_MS: Final = 70
BLOCKS: Final = 860
"""A minute."""
ACTIONS: Final = 30
"""In a block: about 430 a second."""
OPENING_BLOCKS: Final = 60
OPENING_ACTIONS: Final = 200
BUSY_BLOCKS: Final = 40
BUSY_ACTIONS: Final = 500
"""More than seven thousand a second."""
WATCHED_ACCOUNTS: Final = 1_000
WATCHED_BOOKS: Final = 20
HOUR_MS: Final = 3_600_000
START_MS: Final = 1_790_000_000_000 // HOUR_MS * HOUR_MS - 40_000
US_BY_NS: Final = 1e3


class FullVenue:
    """A venue with everything it has, somebody who acts and somebody who listens."""

    def __init__(self) -> None:
        started_ns = time.process_time_ns()
        names = [Address(f"0x{number + 1:040x}") for number in range(ACCOUNTS)]
        catalog = recorded_catalog()
        specs = venue_specs(catalog, None)
        self.markets = list(specs)
        self.venue = LocalVenue(
            VenueConfig(start_ms=START_MS, funded=dict.fromkeys(names, FUNDS_USD), limits=LIFTED),
            SyntheticMarkets(seeded_sources(7), specs, specs=specs),
            catalog,
        )
        self.server = ServerCore(self.venue, LIFTED)
        self.crowd = Crowd(self.venue.engine, names[:ACTING], busiest(catalog, len(specs)), seed=7)
        self.now_ms = START_MS
        self.server.advance(self.now_ms)
        self.start_s = (time.process_time_ns() - started_ns) / 1e9
        """Until the first block, without the interpreter's own start."""
        _listen(self.server, names, [each.coin for each in busiest(catalog, WATCHED_BOOKS)])
        for _ in range(OPENING_BLOCKS):
            self.pass_block(OPENING_ACTIONS)

    def pass_block(self, actions: int = ACTIONS) -> float:
        """Everything the venue does until the next block, with so many actions waiting for it;
        microseconds of processor time."""
        self.now_ms += BLOCK_MS
        submissions = self.crowd.submissions(actions, 1, self.now_ms)
        started_ns = time.process_time_ns()
        for submission in submissions:
            self.venue.engine.submit(submission, self.now_ms - 1)
        self.server.advance(self.now_ms)
        return (time.process_time_ns() - started_ns) / US_BY_NS

    @property
    def accounts_with_positions(self) -> int:
        accounts = self.venue.engine.house.accounts.values()
        return sum(1 for account in accounts if _has_position(account))


def scale_figures() -> Figures:
    """Microseconds of processor time between blocks, and megabytes (10⁶ bytes) that this process
    has resident with everything in it; seconds until the first block, and orders and cancels in a
    second of processor time, everything else of the venue included."""
    full = FullVenue()
    gc.freeze()  # as `hive venue serve` does
    spent_us = [full.pass_block() for _ in range(BLOCKS)]
    rss_mb = resident_mb(os.getpid())
    busy_us = sum(full.pass_block(BUSY_ACTIONS) for _ in range(BUSY_BLOCKS))
    return {
        "scale_start_s": full.start_s,
        "scale_markets": len(full.markets),
        "scale_accounts": ACCOUNTS,
        "scale_accounts_with_positions": full.accounts_with_positions,
        "scale_block_us": percentile(spent_us, 0.5),
        "scale_block_p99_us": percentile(spent_us, 0.99),
        "scale_block_max_us": max(spent_us),
        "scale_core_pct": 100.0 * sum(spent_us) / (BLOCKS * BLOCK_MS * 1e3),
        "scale_rss_mb": rss_mb,
        "scale_orders_per_core_s": BUSY_BLOCKS * BUSY_ACTIONS / busy_us * 1e6,
    }


def _listen(server: ServerCore, names: list[Address], coins: list[str]) -> None:
    connection = server.ws_open(ip="127.0.0.1", now_ms=START_MS, send=_read, drop=_read_no_more)
    assert connection is not None
    books = [{"type": "l2Book", "coin": coin, "fast": True} for coin in coins]
    states = [{"type": "clearinghouseState", "user": name} for name in names[:WATCHED_ACCOUNTS]]
    for subscription in (*books, *states):
        frame = msgspec.json.encode({"method": "subscribe", "subscription": subscription})
        server.ws_frame(connection, frame, START_MS)


def _has_position(account: Account) -> bool:
    return not account.is_participant and any(each.size for each in account.each_holding())


def _read(_: bytes) -> None:
    """Somebody who takes what comes."""


def _read_no_more() -> None:
    raise AssertionError("the venue drops nobody here")
