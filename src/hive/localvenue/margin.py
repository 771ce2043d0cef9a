"""Cross margin: equity, what positions and open orders bind, and where liquidation lies.

Checked to the digit on recorded accounts (venue.md 3.3). The mark price of each coin is handed in.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from hive.localvenue.accounts import Account, Holding
from hive.localvenue.catalog import Listing
from hive.localvenue.units import units_text

LIQUIDATION_PX_DECIMALS = 10

MarkOf = Callable[[str], int]
"""The mark price of a coin, in units."""


class Summary(msgspec.Struct, frozen=True):
    """An account at present marks, all in millionths of a USD."""

    equity_usd: int
    notional_usd: int
    raw_usd: int
    margin_used_usd: int
    """Initial margin of the positions."""
    maintenance_usd: int
    bound_usd: int
    """Initial margin of the positions and of the worst that open orders could make of them."""

    @property
    def withdrawable_usd(self) -> int:
        """What is bound by neither positions nor orders; a tenth of the notional always stays."""
        return max(0, self.equity_usd - max(self.bound_usd, self.notional_usd // 10))


def summarize(account: Account, mark_of: MarkOf) -> Summary:
    equity = account.raw_usd
    notional = used = maintenance = bound = 0
    for holding in account.holdings.values():
        if holding.size:
            value = holding.size * mark_of(holding.listing.coin)
            equity += value
            magnitude = abs(value)
            notional += magnitude
            used += magnitude // holding.leverage
            maintenance += holding.listing.maintenance_usd(magnitude)
            bound += _bound_usd(holding, magnitude)
        elif holding.buying_size or holding.selling_size:
            bound += max(holding.buying_usd, holding.selling_usd) // holding.leverage
    return Summary(equity, notional, account.raw_usd, used, maintenance, bound)


def equity_usd(account: Account, mark_of: MarkOf) -> int:
    """Cash and positions at mark."""
    equity = account.raw_usd
    for coin, holding in account.holdings.items():
        if holding.size:
            equity += holding.size * mark_of(coin)
    return equity


def bound_with(holding: Holding, mark: int, *, is_buy: bool, size: int, px: int) -> int:
    """What the coin would bind with one more open order."""
    buying_size, buying_usd = holding.buying_size, holding.buying_usd
    selling_size, selling_usd = holding.selling_size, holding.selling_usd
    if is_buy:
        buying_size, buying_usd = buying_size + size, buying_usd + size * px
    else:
        selling_size, selling_usd = selling_size + size, selling_usd + size * px
    held = abs(holding.size) * mark
    upwards = _worst_usd(holding.size, held, buying_size, buying_usd)
    downwards = _worst_usd(-holding.size, held, selling_size, selling_usd)
    return max(held, upwards, downwards) // holding.leverage


def bound_usd(holding: Holding, mark: int) -> int:
    """What the coin binds now."""
    return _bound_usd(holding, abs(holding.size) * mark)


def _bound_usd(holding: Holding, held: int) -> int:
    upwards = _worst_usd(holding.size, held, holding.buying_size, holding.buying_usd)
    downwards = _worst_usd(-holding.size, held, holding.selling_size, holding.selling_usd)
    return max(held, upwards, downwards) // holding.leverage


def _worst_usd(position: int, held_usd: int, orders_size: int, orders_usd: int) -> int:
    """The notional if all orders of one side fill; `position` is signed as seen from that side.

    Orders against the position first close it; only what lies beyond opens anything.
    """
    if position >= 0:
        return held_usd + orders_usd
    opening = orders_size + position
    return orders_usd * opening // orders_size if opening > 0 else 0


def liquidation_px_text(
    holding: Holding, mark: int, *, equity_usd: int, maintenance_usd: int
) -> str | None:
    """The price at which equity meets maintenance if only this coin moves; None if none can.

    The tier is that of the notional *at* that price, so each tier is tried until the answer lies
    in it.
    """
    size = holding.size
    listing = holding.listing
    magnitude = abs(size)
    others_usd = maintenance_usd - listing.maintenance_usd(magnitude * mark)
    fixed_usd = equity_usd - size * mark
    for number, tier in enumerate(listing.tiers):
        doubled = 2 * tier.leverage_max
        # equity(px) = maintenance(px), each side linear in px, multiplied by twice the leverage.
        numerator = doubled * (others_usd - tier.deduction_usd - fixed_usd)
        denominator = doubled * size - magnitude
        if numerator * denominator <= 0:
            continue
        is_last = number + 1 == len(listing.tiers)
        notional = magnitude * numerator // denominator
        until_usd = 0 if is_last else listing.tiers[number + 1].from_usd
        if notional >= tier.from_usd and (is_last or notional < until_usd):
            return _px_text(abs(numerator), abs(denominator), listing)
    return None


def _px_text(numerator: int, denominator: int, listing: Listing) -> str:
    digits = 10**LIQUIDATION_PX_DECIMALS
    scaled = numerator * digits * 2 // (denominator * listing.px_scale)
    return units_text((scaled + 1) // 2, LIQUIDATION_PX_DECIMALS)
