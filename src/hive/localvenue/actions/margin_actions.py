"""Leverage and isolated margin: the actions that change how a position is covered.

Each answers None, or the venue's words for why not (venue.md 5).

    updateLeverage              how much margin orders will need; cross or isolated, while flat
    updateIsolatedMargin        cash into an isolated position, or out of it
    topUpIsolatedOnlyMargin     the same, told by the leverage that it shall come to
"""

from __future__ import annotations

from typing import Final

from hive.hyperliquid.actions import (
    TopUpIsolatedOnlyMarginAction,
    UpdateIsolatedMarginAction,
    UpdateLeverageAction,
)
from hive.hyperliquid.number_text import canonical_text
from hive.localvenue.accounts.account import Account, Holding
from hive.localvenue.accounts.deeds import Deed
from hive.localvenue.listings.catalog import Catalog
from hive.localvenue.margin.requirements import MarkOf, isolated_usd, summarize_common
from hive.localvenue.units import parse_units

BAD_LEVERAGE: Final = "Invalid leverage value"
CROSS_NOT_ALLOWED: Final = "Cross margin is not allowed for this asset."
MODE_IS_FIXED: Final = "Cannot switch leverage type with open position."
CROSS_UNCOVERED: Final = (
    "Cross position does not have sufficient margin available to decrease leverage. "
    "To decrease leverage, deposit more collateral."
)
ISOLATED_UNCOVERED: Final = (
    "Isolated position does not have sufficient margin available to decrease leverage. "
    "To decrease leverage, add margin to the position."
)
ZERO_CHANGE: Final = "Update to isolated margin cannot be zero."
NOT_ISOLATED: Final = "Position does not use isolated margin."
NO_POSITION: Final = "Cannot update margin for empty position."
NO_CASH: Final = "Account does not have sufficient margin available for increase."
NO_MARGIN: Final = "Position does not have sufficient margin for reduction."
MARGIN_LOCKED: Final = (
    "Cannot remove isolated margin for this asset. To remove margin, reduce the position."
)

KEPT_DIVISOR: Final = 10
"""A tenth of the notional always stays when margin is taken out (venue.md 3.3)."""
LEVERAGE_DECIMALS: Final = 8


class MarginActions:
    """What the owner of an account may do about its margin."""

    def __init__(self, catalog: Catalog, mark_of: MarkOf) -> None:
        self._catalog = catalog
        self._mark_of = mark_of

    def deeds(self) -> dict[type, Deed]:
        """What carries out each action."""
        return {
            UpdateLeverageAction: self._update_leverage,
            UpdateIsolatedMarginAction: self._update_isolated_margin,
            TopUpIsolatedOnlyMarginAction: self._top_up,
        }

    def _update_leverage(self, account: Account, action: UpdateLeverageAction) -> str | None:
        listing = self._catalog.of_asset_id(action.asset)
        if listing is None or listing.pair is not None:
            return BAD_LEVERAGE
        if not 1 <= action.leverage <= listing.leverage_max:
            return BAD_LEVERAGE
        if action.is_cross and listing.instrument.is_isolated_only:
            return CROSS_NOT_ALLOWED
        holding = account.holding(listing)
        is_isolated = not action.is_cross
        if holding.size and holding.is_isolated is not is_isolated:
            return MODE_IS_FIXED
        before = holding.leverage, holding.is_isolated
        bound_usd = summarize_common(account.margin(listing.dex), self._mark_of).bound_usd
        holding.leverage, holding.is_isolated = action.leverage, is_isolated
        if action.leverage >= before[0] or self._is_covered(account, holding, bound_usd):
            return None
        holding.leverage, holding.is_isolated = before
        return ISOLATED_UNCOVERED if is_isolated else CROSS_UNCOVERED

    def _update_isolated_margin(
        self, account: Account, action: UpdateIsolatedMarginAction
    ) -> str | None:
        """Move cash by a signed amount; it makes no difference which side the action names."""
        if not action.ntli:
            return ZERO_CHANGE
        holding = self._isolated(account, action.asset)
        if isinstance(holding, str):
            return holding
        return self._move(account, holding, action.ntli)

    def _top_up(self, account: Account, action: TopUpIsolatedOnlyMarginAction) -> str | None:
        """Add what is missing for the leverage; a position that has more keeps it."""
        text = canonical_text(action.leverage)
        scaled = parse_units(text, LEVERAGE_DECIMALS) if text is not None else None
        if not scaled:
            return BAD_LEVERAGE
        holding = self._isolated(account, action.asset)
        if isinstance(holding, str):
            return holding
        mark = self._mark_of(holding.listing.coin)
        wanted_usd = -(-abs(holding.size) * mark * 10**LEVERAGE_DECIMALS // scaled)
        missing_usd = wanted_usd - isolated_usd(holding, mark)
        return self._move(account, holding, missing_usd) if missing_usd > 0 else None

    def _isolated(self, account: Account, asset_id: int) -> Holding | str:
        """The isolated position in a coin; or the venue's words if there is none."""
        listing = self._catalog.of_asset_id(asset_id)
        holding = None
        if listing is not None:
            holding = account.margin(listing.dex).holdings.get(listing.coin)
        if holding is None or not holding.is_isolated:
            return NOT_ISOLATED
        return holding if holding.size else NO_POSITION

    def _move(self, account: Account, holding: Holding, usd: int) -> str | None:
        """Cash into the margin of a position, or out of it if negative."""
        margin = account.margin(holding.listing.dex)
        mark = self._mark_of(holding.listing.coin)
        if usd > 0 and usd > summarize_common(margin, self._mark_of).withdrawable_usd:
            return NO_CASH
        if usd < 0:
            if holding.listing.instrument.is_margin_locked:
                return MARGIN_LOCKED
            notional = abs(holding.size) * mark
            kept_usd = max(notional // holding.leverage, notional // KEPT_DIVISOR)
            if isolated_usd(holding, mark) + usd < kept_usd:
                return NO_MARGIN
        margin.isolate(holding, usd)
        return None

    def _is_covered(self, account: Account, holding: Holding, bound_before_usd: int) -> bool:
        """Whether the account can carry the smaller leverage it has just been given."""
        mark = self._mark_of(holding.listing.coin)
        if holding.is_isolated and holding.size:
            needed_usd = abs(holding.size) * mark // holding.leverage
            if isolated_usd(holding, mark) < needed_usd:
                return False
        summary = summarize_common(account.margin(holding.listing.dex), self._mark_of)
        return summary.bound_usd <= max(bound_before_usd, summary.equity_usd)
