"""Fills that nobody ordered: whose are they?

The venue closes an account's positions by itself: when it liquidates, when it deleverages a
counterparty, when it settles a coin that is delisted, when it turns dust into dollars. Such a fill
names no order of ours, but what it closed was somebody's:

    liquidation, deleveraging, dust    those who hold the side that was closed bear it, pro rata;
                                       those on the other side keep what they hold
    flattening by our own desk         the same: a kill switch looks at the account, as the venue
                                       does
    settlement                         everybody's position is closed at the settlement price, for
                                       there is no book left in which anybody could close his own

A share is a whole number of lots, so that what a strategy is left with can still be ordered away.
Fees and the profit that the venue names are divided like the sizes. What our positions cannot
explain is nobody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Final, NamedTuple

from hive.domain.fill_shares import FillShare
from hive.domain.identifiers import StrategyId
from hive.domain.instruments import ZERO
from hive.domain.orders import Fill
from hive.portfolio.shares import split

MONEY_STEP: Final = Decimal("1e-8")
"""Of fees and profit; finer than the venue's own millionth of a dollar."""
NOBODY: Final = None

_DELEVERAGED: Final = "Auto-Deleveraging"
_SETTLED: Final = "Settlement"
_LIQUIDATED: Final = "Liquidated "
_DUST: Final = "Spot Dust Conversion"


class Force(Enum):
    """Why the venue traded by itself."""

    LIQUIDATION = "liquidation"
    DELEVERAGING = "deleveraging"
    SETTLEMENT = "settlement"
    DUST = "dust conversion"
    FLATTENING = "flattening"
    """The desk closed what the account held, whosever it was."""


def force_behind(fill: Fill) -> Force | None:
    """Why the venue made this trade; None if somebody ordered it.

    The mark of a liquidation is also on the fills of those who merely took the other side of it
    (protocol.md 3.4), so it counts only where it names this account.
    """
    if fill.direction == _DELEVERAGED:
        return Force.DELEVERAGING
    if fill.liquidated_user == fill.account or fill.direction.startswith(_LIQUIDATED):
        return Force.LIQUIDATION
    if fill.direction == _SETTLED:
        return Force.SETTLEMENT
    return Force.DUST if fill.direction == _DUST else None


class Borne(NamedTuple):
    """Who bears a forced fill, and how much of it; the sizes and the money sum to the fill's."""

    shares: tuple[FillShare, ...]
    unexplained: Decimal
    """What no position of ours accounts for, in coins; it is in nobody's share."""


def borne(
    fill: Fill, force: Force, held: Mapping[StrategyId | None, Decimal], lot: Decimal
) -> Borne:
    """Divide a forced fill. `held` are the signed sizes of all owners before it, also nobody's."""
    if force is Force.SETTLEMENT:
        sizes = {owner: -size for owner, size in held.items() if size}
    else:
        sizes = _closed(fill, held, lot)
    rest = fill.signed_size - sum(sizes.values(), ZERO)
    if rest:
        sizes[NOBODY] = sizes.get(NOBODY, ZERO) + rest
    sizes = {owner: size for owner, size in sizes.items() if size}
    weights = {owner: abs(size) for owner, size in sizes.items()}
    fees = split(fill.fee, weights, MONEY_STEP)
    profits = split(fill.closed_pnl_usd, weights, MONEY_STEP)
    shares = tuple(
        FillShare(strategy=owner, size=size, fee=fees[owner], closed_pnl_usd=profits[owner])
        for owner, size in sizes.items()
    )
    return Borne(shares, abs(rest))


def _closed(
    fill: Fill, held: Mapping[StrategyId | None, Decimal], lot: Decimal
) -> dict[StrategyId | None, Decimal]:
    """The signed sizes that those on the closed side bear, as far as they reach."""
    sign = fill.side.sign
    closable = {owner: abs(size) for owner, size in held.items() if size * sign < 0}
    there_is = sum(closable.values(), ZERO)
    if fill.size >= there_is:
        return {owner: size * sign for owner, size in closable.items()}
    return {
        owner: min(size, closable[owner]) * sign
        for owner, size in split(fill.size, closable, lot).items()
    }
