"""How a unified account shows: all balances and holds on spot (the documentation's words).

What a perp dex shows of it is the margin that its positions and open orders bind, and no more
(measured and recorded, docs/venue.md). `total` is what the account is worth in USDC, unrealised
profit and isolated margin included, because the documented ratio measures maintenance by it.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from hive.localvenue.accounts.account import Account
from hive.localvenue.listings.spot_balances import USDC, WEI_PER_USD_UNIT
from hive.localvenue.listings.spot_tokens import Tokens
from hive.localvenue.margin.requirements import MarkOf, Summary, summarize, summarize_common

Json = dict[str, Any]


class DexShare(msgspec.Struct, frozen=True):
    """What one dex shows of the common balance."""

    summary: Summary
    """Its own positions, and as much equity as they and its open orders bind."""
    covering_usd: int
    """The equity that covers all cross positions, those of other dexes too."""
    maintenance_usd: int
    """Of all cross positions."""


def dex_share(account: Account, dex: str, mark_of: MarkOf) -> DexShare:
    """The dex's part of a unified account. If there is less than is bound, each dex has its part
    of what there is."""
    common = summarize_common(account.perps, mark_of)
    margin = account.margins.get(dex)
    own = Summary() if margin is None else summarize(margin, mark_of)
    shown_usd = own.bound_usd
    if common.equity_usd < common.bound_usd:
        shown_usd = common.equity_usd * own.bound_usd // common.bound_usd
    shown = replace(
        own,
        equity_usd=shown_usd,
        raw_usd=own.raw_usd + shown_usd - own.equity_usd,
        bound_usd=max(shown_usd, own.bound_usd),  # so that nothing may be withdrawn from here
    )
    covering_usd = common.equity_usd + account.spot.total(USDC) // WEI_PER_USD_UNIT
    return DexShare(shown, covering_usd, common.maintenance_usd)


def usdc_row(account: Account, mark_of: MarkOf, tokens: Tokens) -> Json:
    """The balance with everything that is bound, as a row of `balances`."""
    common = summarize_common(account.perps, mark_of)
    worth_usd = common.equity_usd + common.isolated_margin_usd
    bound_usd = common.bound_usd + common.isolated_margin_usd
    total_wei = max(0, worth_usd * WEI_PER_USD_UNIT + account.spot.total(USDC))
    hold_wei = bound_usd * WEI_PER_USD_UNIT + account.spot.hold(USDC)
    token = tokens.of_index(USDC)
    return {
        "coin": token.name,
        "token": USDC,
        "total": token.text(total_wei),
        "hold": token.text(min(total_wei, hold_wei)),
        "entryNtl": "0.0",
    }


def after_maintenance(account: Account, mark_of: MarkOf, tokens: Tokens) -> list[list[Any]]:
    """What could be lost until cross positions are liquidated, by token."""
    common = summarize_common(account.perps, mark_of)
    left_usd = common.equity_usd - common.maintenance_usd
    wei = left_usd * WEI_PER_USD_UNIT + account.spot.total(USDC)
    return [[USDC, tokens.of_index(USDC).text(max(0, wei))]]
