"""Whatever fifty accounts do with everything the venue offers, nothing is made and nothing is lost.

Others look closer at a part: perps (`test_conservation`), spot, money, margin. Here all of it
happens to the same accounts at once.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest
from tests.properties.crowd import Crowd
from tests.properties.crowd_deeds import DOINGS
from tests.properties.unified_checks import check_shown

from hive.localvenue.accounts.account import Account
from hive.localvenue.accounts.spot_clearing import bound_by
from hive.localvenue.listings.spot_balances import USDC, WEI_PER_USD_UNIT
from hive.localvenue.margin.estates import estates_of
from hive.localvenue.orders.venue_order import Waiting

ACTIONS_BY_TIER: Final = {"default": 3_000, "full": 100_000, "soak": 1_000_000}
ACTIONS_A_BLOCK: Final = 20
BLOCKS_A_LOOK: Final = 25
BLOCKS_A_CLOSE_LOOK: Final = 100
RARE: Final = {"trade: top up", "trade: isolated margin", "claim"}
"""What needs more luck than a short run has."""


def check_money(crowd: Crowd) -> None:
    """Every wei that was credited is in an account, staked, owed to a builder, gone or a fee."""
    engine, office = crowd.engine, crowd.office
    accounts = list(engine.house.accounts.values())
    for name, credited_wei in crowd.credited_wei.items():
        token = engine.market.catalog.tokens.of_name(name)
        assert token is not None
        index = token.index
        spot = engine.house.spot
        held = sum(account.spot.total(index) for account in accounts)
        held += office.cash.fees_wei.get(index, 0)
        held += spot.fees_wei.get(index, 0) + spot.market_wei.get(index, 0)
        if index == USDC:
            usd = sum(account.cash_usd for account in accounts)
            usd += engine.house.fees_usd + engine.clock.funding_residue_usd
            usd += office.cash.withdrawn_usd
            usd += sum(office.registry.referrals.unclaimed_usd(user) for user in crowd.names)
            held += (usd - crowd.credited_usd) * WEI_PER_USD_UNIT
        elif token is office.native:
            held += office.registry.stakes.total_wei
        assert held == credited_wei, name


def check_positions(crowd: Crowd) -> None:
    """For every long there is a short, and no book is crossed."""
    accounts = list(crowd.engine.house.accounts.values())
    for listing in crowd.listings:
        bid, ask = crowd.engine.market.books[listing.coin].top
        assert bid is None or ask is None or bid.px < ask.px, "crossed"
        if listing.pair is None:
            sizes = [account.size_of(listing.coin) for account in accounts]
            assert sum(sizes) == 0, listing
            long_size = sum(size for size in sizes if size > 0)
            known = crowd.engine.house.bounds.long_size_by_coin.get(listing.coin, 0)
            assert long_size == known, listing


def check_orders(crowd: Crowd) -> None:
    """What accounts, books, holds and bounds say of open orders is the same."""
    resting = {
        oid: order
        for listing in crowd.listings
        for oid, order in crowd.engine.market.books[listing.coin].orders.items()
    }
    owned = 0
    for account in crowd.engine.house.accounts.values():
        if account.is_participant:
            continue
        for oid, order in account.open_orders.items():
            assert order.is_live
            assert 0 < order.open_size <= order.size or order.waiting is not Waiting.NOT
            assert (resting.get(oid) is order) is (order.waiting is Waiting.NOT)
            owned += order.waiting is Waiting.NOT
        check_bounds(account)
        check_holds(account)
    participants = {a.address for a in crowd.engine.house.accounts.values() if a.is_participant}
    assert owned == sum(1 for order in resting.values() if order.owner not in participants)


def check_bounds(account: Account) -> None:
    """What a coin's open orders could do is the sum of them, and never negative."""
    counted: Counter[tuple[str, str]] = Counter()
    for order in account.open_orders.values():
        if order.waiting is Waiting.NOT and order.listing.pair is None and not order.reduce_only:
            side = "buy" if order.is_buy else "sell"
            counted[order.listing.coin, f"{side} size"] += order.open_size
            counted[order.listing.coin, f"{side} usd"] += order.open_size * order.px
    for holding in account.each_holding():
        coin = holding.listing.coin
        assert holding.buying_size == counted[coin, "buy size"]
        assert holding.buying_usd == counted[coin, "buy usd"]
        assert holding.selling_size == counted[coin, "sell size"]
        assert holding.selling_usd == counted[coin, "sell usd"]


def check_holds(account: Account) -> None:
    """A token is held back for open orders exactly, and nobody has less than nothing."""
    bound: Counter[int] = Counter()
    for order in account.open_orders.values():
        if order.listing.pair is not None:
            token, wei = bound_by(order, order.open_size)
            bound[token] += wei
    for index, balance in account.spot.held():
        assert 0 <= balance.hold <= balance.total
        assert balance.hold == bound.pop(index, 0)
    assert not +bound
    if account.is_unified:  # what of USDC nothing binds is with the perps
        unbound_wei = account.spot.total(USDC) - account.spot.hold(USDC)
        assert unbound_wei < WEI_PER_USD_UNIT


def check_nobody_owes(crowd: Crowd) -> None:
    """After a look at the marks nobody is worth less than nothing."""
    crowd.engine.liquidator.look()
    for account in crowd.engine.house.accounts.values():
        if account.is_participant:
            continue
        for estate in estates_of(account):
            health = estate.health(crowd.mark_of)
            assert health.equity_usd >= 0, (account, estate.kind)


def unified_fills(crowd: Crowd) -> set[str]:
    """What accounts with one balance have traded."""
    kinds = set()
    for account in crowd.engine.house.accounts.values():
        for fill in account.fills if account.is_unified else ():
            kinds.add("perp" if fill.spot is None else "spot")
            kinds.add(fill.listing.dex)
            if fill.liquidation is not None:
                kinds.add("liquidation")
    return kinds


@pytest.fixture(name="actions")
def _actions(tier: str) -> int:
    return ACTIONS_BY_TIER[tier]


def test_nothing_is_made_and_nothing_is_lost(actions: int) -> None:
    crowd = Crowd(7, DOINGS)
    for number in range(actions // ACTIONS_A_BLOCK):
        for _ in range(ACTIONS_A_BLOCK):
            crowd.act()
        crowd.make_block()
        check_money(crowd)
        check_positions(crowd)
        if number % BLOCKS_A_LOOK == 0:
            check_nobody_owes(crowd)
            if number % BLOCKS_A_CLOSE_LOOK == 0:
                assert check_shown(crowd)
            check_orders(crowd)
            check_money(crowd)
            crowd.help_the_ruined()
    counts = crowd.engine.executor.counts
    assert counts.refusals.keys() & {"nonce", "unknown signer", "address budget"} == set()
    # The world was worth looking at: everything was done, and things went wrong.
    is_long = actions >= 50_000
    assert unified_fills(crowd) >= {"perp", "spot", "xyz"} | ({"liquidation"} if is_long else set())
    never = {kind for kind in DOINGS if not crowd.accepted[kind]}
    assert never <= (set() if is_long else RARE)
    assert crowd.engine.archive.count > actions / 10
    assert crowd.engine.liquidator.liquidations > 0


def test_the_same_seed_makes_the_same_world() -> None:
    worlds = [Crowd(5, DOINGS), Crowd(5, DOINGS)]
    for crowd in worlds:
        for _ in range(400):
            crowd.act()
        crowd.make_block()
    left, right = (
        [[fill.tid for fill in crowd.engine.archive.of(name)] for name in crowd.names]
        for crowd in worlds
    )
    assert left == right
    assert sum(map(len, left)) > 20
