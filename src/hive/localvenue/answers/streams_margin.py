"""The stream about what an account could trade of one perp: `activeAssetData`."""

from __future__ import annotations

from typing import Final

from hive.domain.identifiers import Address
from hive.localvenue.answers.stream_forms import Json, Stream, on_change
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.config import Cadence
from hive.localvenue.views import margin as views_margin
from hive.localvenue.views.market_state import MarketState

SETTLED_TURNS: Final = 5
"""It is told this much more slowly when nothing happened but the marks moved."""


class MarginStreams:
    """What is told of an account's margin."""

    def __init__(self, market: MarketState, house: ClearingHouse, *, cadence: Cadence) -> None:
        self._market = market
        self._house = house
        self.by_type: dict[str, Stream] = {
            "activeAssetData": on_change(self._active_asset, cadence.account_ms, SETTLED_TURNS)
        }

    def _active_asset(self, form: Json, _now_ms: int) -> Json | None:
        """Of a spot pair there is nothing to tell (protocol.md 3.3)."""
        listing = self._market.catalog.of_coin(form["coin"])
        if listing is None or listing.pair is not None:
            return None
        user = Address(form["user"])
        account = self._house.accounts.get(user)
        if account is not None and account.is_participant:
            account = None
        return views_margin.active_asset(account, user, listing, self._market.prices.mark)
