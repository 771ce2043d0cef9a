"""The venue at its full size: every market it has, ten thousand accounts. Counts, not times."""

from __future__ import annotations

from typing import Final

import pytest
from benchmarks.venue_scale import ACCOUNTS, BLOCK_MS, FullVenue

from hive.localvenue.answers.stream_turns import TOLD_MAX
from hive.localvenue.config import Cadence

SECONDS: Final = 30
LOOKS_SHARE_MAX: Final = 0.2
"""Of the accounts with positions, how many are looked at when the marks have changed."""


@pytest.mark.full
def test_ten_thousand_accounts_on_every_market() -> None:
    full = FullVenue()
    engine = full.venue.engine
    house = engine.house
    looks, blocks = house.exposure.looks, engine.blocks
    states = full.venue.counters()["pushes"]["clearinghouseState"]
    for _ in range(SECONDS * 1_000 // BLOCK_MS):
        full.pass_block()

    assert len(full.markets) > 200
    assert sum(1 for account in house.accounts.values() if not account.is_participant) >= ACCOUNTS
    held = full.accounts_with_positions
    assert held > ACCOUNTS / 4
    resting = sum(len(account.open_orders) for account in house.accounts.values())
    assert resting > ACCOUNTS / 4

    # No block was left out, every market is quoted, and those that trade do.
    assert engine.blocks - blocks >= SECONDS * 1_000 // BLOCK_MS
    assert all(all(engine.market.books[coin].top) for coin in full.markets)
    assert sum(1 for coin in full.markets if engine.market.trades(coin, 1)) > 150

    # What grows with the accounts is bounded.
    updates = SECONDS * 1_000 / Cadence().prices_ms
    assert house.exposure.looks - looks < LOOKS_SHARE_MAX * held * updates
    pushed = full.venue.counters()["pushes"]["clearinghouseState"] - states
    assert pushed < 2 * TOLD_MAX * SECONDS * 1_000 / Cadence().account_ms

    # And nothing was made or lost.
    accounts = house.accounts.values()
    cash_usd = sum(account.cash_usd for account in accounts)
    paid_in_usd = sum(account.paid_in_usd for account in accounts)
    assert cash_usd == paid_in_usd - house.fees_usd - engine.clock.funding_residue_usd
    for coin in full.markets:
        assert sum(account.size_of(coin) for account in accounts) == 0
