"""Requests that are bought: `reserveRequestWeight` (protocol.md 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from hive.domain.identifiers import Address
from hive.hyperliquid.actions import ReserveRequestWeightAction
from hive.localvenue.accounts.account import Account
from hive.localvenue.accounts.deeds import Deed
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.limits.address_budget import AddressBudget
from hive.localvenue.margin.requirements import MarkOf, summarize_common

REQUEST_USD: Final = 500
"""0.0005 USDC each, in millionths of a USD."""

NOTHING_RESERVED: Final = "Cannot reserve zero request weight."
UNAFFORDABLE: Final = "Insufficient balance to reserve request weight."
"""Both are ours: what the venue says is not known."""


class LimitActions:
    """What an account may do about its limits."""

    def __init__(
        self,
        house: ClearingHouse,
        mark_of: MarkOf,
        budget_of: Callable[[Address], AddressBudget],
    ) -> None:
        self._house = house
        self._mark_of = mark_of
        self._budget_of = budget_of

    def deeds(self) -> dict[type[msgspec.Struct], Deed]:
        return {ReserveRequestWeightAction: self._reserve}

    def _reserve(self, account: Account, action: ReserveRequestWeightAction) -> str | None:
        """Add to an address's budget, one's own unless another is named; the price is a fee."""
        if not action.weight:
            return NOTHING_RESERVED
        usd = action.weight * REQUEST_USD
        if usd > summarize_common(account.perps, self._mark_of).withdrawable_usd:
            return UNAFFORDABLE
        account.perps.raw_usd -= usd
        self._house.fees_usd += usd
        target = account.address if action.destination is None else Address(action.destination)
        self._budget_of(target).reserved += action.weight
        return None
