"""Trades that the venue makes by itself: into the vault, and against counterparties.

They happen outside the book, at a price the venue sets, without fees. Fills tell what they were:
`liquidation` on both sides, and a direction of their own (protocol.md 3.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal, NamedTuple

from hive.localvenue.accounts.account import Account, Holding
from hive.localvenue.clearing.clearing_house import ClearingHouse, Forced
from hive.localvenue.clearing.news import TradeRow
from hive.localvenue.identity import Identities
from hive.localvenue.listings.perp_fees import PerpFee
from hive.localvenue.margin.estates import Estate
from hive.localvenue.margin.requirements import MarkOf
from hive.localvenue.orders.venue_order import Ticket, Tif, VenueOrder

NO_FEE: Final = PerpFee(0)
ZERO_HASH: Final = "0x" + "0" * 64
AUTO_DELEVERAGING: Final = "Auto-Deleveraging"

Method = Literal["market", "backstop"]


class Side(NamedTuple):
    """Who trades, and whether the fill shows as taking."""

    account: Account
    is_taker: bool


class ForcedTrades:
    def __init__(self, house: ClearingHouse, identities: Identities, mark_of: MarkOf) -> None:
        self._house = house
        self._identities = identities
        self._mark_of = mark_of

    @contextmanager
    def shown_as(self, estate: Estate, holding: Holding, method: Method) -> Iterator[None]:
        """What trades meanwhile is part of a liquidation; the market's own words stay as they are,
        a position that is taken over has its own."""
        shown = {
            "liquidatedUser": estate.account.address,
            "markPx": holding.listing.px_text(self._mark_of(holding.listing.coin)),
            "method": method,
        }
        side = "Long" if holding.size > 0 else "Short"
        word = None if method == "market" else f"Liquidated {estate.kind} {side}"
        self._house.forced = Forced(shown, estate.account.address, word, AUTO_DELEVERAGING)
        try:
            yield
        finally:
            self._house.forced = None

    def close(self, holding: Holding, size: int, px: int, sides: tuple[Side, Side]) -> None:
        """Close `size` of the first side's position against the second, at that price."""
        closed, counter = sides
        now_ms = self._house.now_ms
        closing = closing_ticket(holding, size, px)
        against = Ticket(
            listing=closing.listing, is_buy=not closing.is_buy, px=px, size=size, tif=closing.tif
        )
        ours = VenueOrder(self._identities.oid(), closed.account.address, closing, now_ms)
        theirs = VenueOrder(self._identities.oid(), counter.account.address, against, now_ms)
        buyer, seller = (ours, theirs) if ours.is_buy else (theirs, ours)
        trade = TradeRow(
            listing=holding.listing,
            is_buy=ours.is_buy,
            px=px,
            size=size,
            ms=now_ms,
            hash=ZERO_HASH,
            tid=self._identities.tid(buyer.oid, seller.oid),
            buyer=buyer.owner,
            seller=seller.owner,
        )
        self._house.settle(ours, trade, NO_FEE, is_taker=closed.is_taker)
        self._house.settle(theirs, trade, NO_FEE, is_taker=counter.is_taker)


def closing_ticket(holding: Holding, size: int, px: int) -> Ticket:
    """The venue's own order that closes `size` of a position, at `px` or better."""
    return Ticket(
        listing=holding.listing,
        is_buy=holding.size < 0,
        px=px,
        size=size,
        tif=Tif.LIQUIDATION_MARKET,
    )
