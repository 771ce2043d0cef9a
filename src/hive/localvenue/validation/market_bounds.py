"""What the venue allows a coin's market as a whole: its open interest, and how far prices may lie.

With open interest at its cap (protocol.md 2.10):

    an order that adds to its owner's position      increase refused
    one that turns the position round               flip refused
    one of somebody without a position              refused if it is priced through the oracle
    a resting order that would add when it trades   cancelled instead

Orders that only reduce always pass, and the markets' own participants are not bound. Which of the
refusals comes when is inferred from their names and texts; the text for a flip is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from hive.localvenue.accounts.account import Account
from hive.localvenue.listings.catalog import Listing, PerpDex
from hive.localvenue.margin.requirements import MarkOf
from hive.localvenue.orders.venue_order import Status, VenueOrder
from hive.localvenue.units import USD
from hive.localvenue.validation.order_rules import Objection

MINUTE_MS: Final = 60_000
BPS: Final = 10_000

AT_CAP: Final = "Order would increase open interest while open interest is capped"
FLIP_AT_CAP: Final = "Order would flip position while open interest is capped"
AGGRESSIVE_AT_CAP: Final = (
    "Order rejected due to price more aggressive than oracle while at open interest cap"
)
TOO_QUICKLY: Final = "Order would increase open interest too quickly"
FAR_FROM_ORACLE: Final = "Price too far from oracle"


class CoinBounds(msgspec.Struct, frozen=True, kw_only=True):
    """Of one coin; None where nothing is bounded. Money in millionths of a USD."""

    open_interest_cap_usd: int | None = None
    open_interest_growth_usd: int | None = None
    """How much it may grow within a minute of the venue's clock."""
    oracle_band_bps: int | None = None
    """How far from the oracle a price may lie; every order is within a factor of five anyway."""


UNBOUND: Final = CoinBounds()


class MarketBounds:
    """The bounds of every coin, and the open interest they are about."""

    def __init__(
        self, bounds: Mapping[str, CoinBounds], *, mark_of: MarkOf, oracle_of: Callable[[str], int]
    ) -> None:
        self._bounds = dict(bounds)
        self._mark_of = mark_of
        self._oracle_of = oracle_of
        self._at_minute: dict[str, tuple[int, int]] = {}
        """By coin, the minute that is counted and the open interest at its beginning."""
        self.long_size_by_coin: dict[str, int] = {}
        """What has been opened here: all long positions of a coin together."""

    def of(self, coin: str) -> CoinBounds:
        return self._bounds.get(coin, UNBOUND)

    def bind(self, coin: str, bounds: CoinBounds) -> None:
        """From now on; what rests stays until it trades."""
        self._bounds[coin] = bounds

    def open_interest(self, listing: Listing) -> int:
        """What was open when the coin was recorded, and what has been opened here since."""
        recorded = round(float(listing.recorded["openInterest"]) * listing.size_scale)
        return recorded + self.long_size_by_coin.get(listing.coin, 0)

    def capped(self, listings: Iterable[Listing]) -> list[str]:
        """The coins among them that are at their caps."""
        return [
            listing.coin
            for listing in listings
            if listing.coin in self._bounds and self._is_at_cap(listing)
        ]

    def objection(self, order: VenueOrder, account: Account, now_ms: int) -> Objection | None:
        """Why the market's bounds do not allow an order; None if they do."""
        listing = order.listing
        bounds = self._bounds.get(listing.coin)
        if bounds is None:
            return None
        if self._is_far(order, bounds):
            return Objection(Status.ORACLE_REJECTED, FAR_FROM_ORACLE)
        position = account.size_of(listing.coin) * (1 if order.is_buy else -1)
        opening = order.size + min(0, position)
        if order.reduce_only or opening <= 0:
            return None
        if self._is_at_cap(listing):
            return self._objection_at_cap(order, position)
        is_too_quick = self._is_too_quick(listing, bounds, opening, now_ms)
        too_quick = Objection(Status.OPEN_INTEREST_INCREASE_REJECTED, TOO_QUICKLY)
        return too_quick if is_too_quick else None

    def bars(self, maker: VenueOrder, position: int, size: int) -> bool:
        """Whether a resting order must not trade `size`; its owner's position as seen from it."""
        bounds = self._bounds.get(maker.listing.coin)
        return bounds is not None and size + min(0, position) > 0 and self._is_at_cap(maker.listing)

    def _objection_at_cap(self, order: VenueOrder, position: int) -> Objection | None:
        if position > 0:
            return Objection(Status.INCREASE_AT_CAP_REJECTED, AT_CAP)
        if position < 0:
            return Objection(Status.FLIP_AT_CAP_REJECTED, FLIP_AT_CAP)
        oracle = self._oracle_of(order.listing.coin)
        if order.px > oracle if order.is_buy else order.px < oracle:
            return Objection(Status.AGGRESSIVE_AT_CAP_REJECTED, AGGRESSIVE_AT_CAP)
        return None

    def _is_at_cap(self, listing: Listing) -> bool:
        cap_usd = self.of(listing.coin).open_interest_cap_usd
        return cap_usd is not None and self._worth(listing, self.open_interest(listing)) >= cap_usd

    def _is_far(self, order: VenueOrder, bounds: CoinBounds) -> bool:
        if bounds.oracle_band_bps is None:
            return False
        oracle = self._oracle_of(order.listing.coin)
        return abs(order.px - oracle) * BPS > oracle * bounds.oracle_band_bps

    def _is_too_quick(
        self, listing: Listing, bounds: CoinBounds, opening: int, now_ms: int
    ) -> bool:
        if bounds.open_interest_growth_usd is None:
            return False
        minute, size = now_ms // MINUTE_MS, self.open_interest(listing)
        counted, begun = self._at_minute.get(listing.coin, (-1, size))
        if counted != minute:
            self._at_minute[listing.coin] = minute, size
            begun = size
        grown_usd = self._worth(listing, size + opening - begun)
        return grown_usd > bounds.open_interest_growth_usd

    def _worth(self, listing: Listing, size: int) -> int:
        return size * self._mark_of(listing.coin)


def recorded_bounds(dexes: Iterable[PerpDex]) -> dict[str, CoinBounds]:
    """The caps that deployers have set for the perps of their dexes."""
    caps: list[tuple[str, Any]] = [
        cap for dex in dexes if dex.row for cap in dex.row.get("assetToStreamingOiCap", ())
    ]
    return {
        coin: CoinBounds(open_interest_cap_usd=round(float(cap_usd)) * USD)
        for coin, cap_usd in caps
    }
