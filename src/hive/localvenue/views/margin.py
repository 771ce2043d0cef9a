"""What an account could trade of one coin, as JSON values: `activeAssetData` (venue.md 4)."""

from __future__ import annotations

from typing import Any

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account, Holding
from hive.localvenue.listings.catalog import Listing
from hive.localvenue.margin.requirements import (
    FEE_RESERVE_DIVISOR,
    MarkOf,
    bound_usd,
    isolated_usd,
    summarize_common,
)
from hive.localvenue.units import usd_text
from hive.localvenue.views.account import leverage

Json = dict[str, Any]


def active_asset(account: Account | None, user: Address, listing: Listing, mark_of: MarkOf) -> Json:
    """Leverage, and what may be bought and sold at most: as coins, and as margin in USD.

    Both pairs are [buy, sell]; the side against a position also has what closing it sets free.
    """
    mark = mark_of(listing.coin)
    margin = None if account is None else account.margins.get(listing.dex)
    if margin is None and account is not None and account.is_unified:
        margin = account.perps
    holding = margin.holdings.get(listing.coin) if margin else None
    if holding is None:
        holding = Holding(listing)
    free_usd = 0
    if margin is not None:
        summary = summarize_common(margin, mark_of)
        # The coin's own share is free for this coin; what orders of it need is taken off by side.
        free_usd = max(0, summary.equity_usd - summary.bound_usd + bound_usd(holding, mark))
    notionals = [_tradable_usd(holding, mark, free_usd, is_buy=is_buy) for is_buy in (True, False)]
    return {
        "user": user,
        "coin": listing.coin,
        "leverage": leverage(holding),
        "maxTradeSzs": [listing.size_text(_size(holding, usd, mark)) for usd in notionals],
        "availableToTrade": [usd_text(usd // holding.leverage) for usd in notionals],
        "markPx": listing.px_text(mark),
    }


def _size(holding: Holding, usd: int, mark: int) -> int:
    """How much that notional is; fees of an isolated position must be left besides its margin."""
    if holding.is_isolated:
        usd = usd * FEE_RESERVE_DIVISOR // (FEE_RESERVE_DIVISOR + holding.leverage)
    return usd // mark if mark else 0


def _tradable_usd(holding: Holding, mark: int, free_usd: int, *, is_buy: bool) -> int:
    """The notional that one more order of that side may have; the tier caps what it may reach."""
    position = holding.size if is_buy else -holding.size
    ordered_usd = holding.buying_usd if is_buy else holding.selling_usd
    held_usd = abs(position) * mark
    reach_usd = free_usd * holding.leverage
    if holding.is_isolated:
        # Cash need not cover the position; closing it sets its margin free for the other side.
        reach_usd += held_usd
        if position < 0:
            reach_usd += (isolated_usd(holding, mark)) * holding.leverage - held_usd
    limit_usd = _tier_limit_usd(holding)
    reach_usd = min(reach_usd, limit_usd) if limit_usd else reach_usd
    signed_usd = held_usd if position >= 0 else -held_usd
    return max(0, reach_usd - signed_usd - ordered_usd)


def _tier_limit_usd(holding: Holding) -> int:
    """From where on the coin's tiers do not allow that leverage; 0 if nowhere."""
    for tier in holding.listing.tiers:
        if tier.leverage_max < holding.leverage:
            return tier.from_usd
    return 0
