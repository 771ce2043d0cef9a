"""Margin: equity, what positions and open orders bind, and where liquidation lies.

Checked to the digit on recorded accounts (venue.md 3.3). The mark price of each coin is handed in.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import astuple

from hive.localvenue.accounts.account import Account, Holding, MarginAccount
from hive.localvenue.listings.catalog import Listing
from hive.localvenue.units import units_text

LIQUIDATION_PX_DECIMALS = 10
FEE_RESERVE_DIVISOR = 500
"""A five-hundredth of the notional: no taker's, deployer's and builder's fees together are more."""

MarkOf = Callable[[str], int]
"""The mark price of a coin, in units."""


class Summary(msgspec.Struct, frozen=True):
    """A margin account at present marks, all in millionths of a USD.

    Cross positions share one equity; what isolated ones have and need is counted apart.
    """

    equity_usd: int = 0
    """Cash and cross positions."""
    notional_usd: int = 0
    """Of cross positions."""
    raw_usd: int = 0
    margin_used_usd: int = 0
    """Initial margin of the cross positions."""
    maintenance_usd: int = 0
    """Of cross positions."""
    bound_usd: int = 0
    """Initial margin of cross positions, and what the worst that open orders could make of all
    positions would need more."""
    isolated_raw_usd: int = 0
    isolated_notional_usd: int = 0
    isolated_margin_usd: int = 0
    """What isolated positions are worth with their margin: they use all of it."""

    @property
    def withdrawable_usd(self) -> int:
        """What is bound by neither positions nor orders; a tenth of the notional always stays."""
        return max(0, self.equity_usd - max(self.bound_usd, self.notional_usd // 10))


def summarize(margin: MarginAccount, mark_of: MarkOf) -> Summary:
    equity = margin.raw_usd
    notional = used = maintenance = bound = 0
    isolated_raw = isolated_notional = isolated_margin = 0
    for holding in margin.holdings.values():
        if not holding.size:
            if holding.buying_size or holding.selling_size:
                bound += _bound_usd(holding, 0)
            continue
        value = holding.size * mark_of(holding.listing.coin)
        magnitude = abs(value)
        bound += _bound_usd(holding, magnitude)
        if holding.is_isolated:
            isolated_raw += holding.raw_usd
            isolated_notional += magnitude
            isolated_margin += holding.raw_usd + value
            continue
        equity += value
        notional += magnitude
        used += magnitude // holding.leverage
        maintenance += holding.listing.maintenance_usd(magnitude)
    cross = (equity, notional, margin.raw_usd, used, maintenance, bound)
    return Summary(*cross, isolated_raw, isolated_notional, isolated_margin)


def summarize_common(margin: MarginAccount, mark_of: MarkOf) -> Summary:
    """What covers a dex's cross positions, and what it has to cover: of a unified account, that
    of all dexes together. What its open spot orders bind is not part of it."""
    if margin.sharing is None:
        return summarize(margin, mark_of)
    parts = [astuple(summarize(each, mark_of)) for each in margin.sharing.values()]
    return Summary(*map(sum, zip(*parts, strict=True)))


def unbound_usd(margin: MarginAccount, mark_of: MarkOf) -> int:
    """What `summarize_common` calls equity, less what it calls bound; every order asks for it."""
    if margin.sharing is not None:
        return sum(_unbound_usd(each, mark_of) for each in margin.sharing.values())
    return _unbound_usd(margin, mark_of)


def _unbound_usd(margin: MarginAccount, mark_of: MarkOf) -> int:
    unbound = margin.raw_usd
    for holding in margin.holdings.values():
        if holding.size:
            value = holding.size * mark_of(holding.listing.coin)
            if not holding.is_isolated:
                unbound += value
            unbound -= _bound_usd(holding, abs(value))
        elif holding.buying_size or holding.selling_size:
            unbound -= _bound_usd(holding, 0)
    return unbound


def fee_reserve_usd(size: int, px: int) -> int:
    """Cash that must be left when margin is put aside, because fees are not paid out of it."""
    return size * px // FEE_RESERVE_DIVISOR


def isolated_usd(holding: Holding, mark: int) -> int:
    """What an isolated position is worth with its margin; it is liquidated for that alone."""
    assert holding.is_isolated
    return holding.raw_usd + holding.size * mark


def equity_usd(account: Account, mark_of: MarkOf) -> int:
    """Cash and all positions at mark, on every dex."""
    equity = account.cash_usd
    for holding in account.each_holding():
        if holding.size:
            equity += holding.size * mark_of(holding.listing.coin)
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
    return (max(held, upwards, downwards) - _put_aside(holding, held)) // holding.leverage


def bound_usd(holding: Holding, mark: int) -> int:
    """What the coin binds now."""
    return _bound_usd(holding, abs(holding.size) * mark)


def _bound_usd(holding: Holding, held: int) -> int:
    """As `bound_with` without a further order, in one piece: every order asks it of each coin."""
    position = holding.size
    if position >= 0:
        worst = held + holding.buying_usd
        against_size, against_usd = holding.selling_size, holding.selling_usd
    else:
        worst = held + holding.selling_usd
        against_size, against_usd = holding.buying_size, holding.buying_usd
    opening = against_size - abs(position)
    if opening > 0:
        worst = max(worst, against_usd * opening // against_size)
    return (worst - held if holding.is_isolated else worst) // holding.leverage


def _put_aside(holding: Holding, held: int) -> int:
    """The notional whose margin is no longer in the common cash."""
    return held if holding.is_isolated else 0


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

    Both are the account's for a cross position, its own for an isolated one. The tier is that of
    the notional *at* that price, so each tier is tried until the answer lies in it.
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
