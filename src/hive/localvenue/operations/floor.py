"""Where synthetic markets trade: the venue's books, for participants with endless credit."""

from __future__ import annotations

from decimal import Decimal

from hive.domain.identifiers import Address, Oid
from hive.domain.instruments import Instrument
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.clearing.exchange import Exchange
from hive.localvenue.clearing.news import TradeRow
from hive.localvenue.identity import Identities
from hive.localvenue.markets.ports import Parties
from hive.localvenue.orders.books import Book
from hive.localvenue.orders.venue_order import Ticket, Tif, VenueOrder
from hive.localvenue.units import decimal_of, units_of


class MarketFloor:
    """Behind `markets.ports.TapeFloor`. Orders act at once, in the block that is being made."""

    def __init__(
        self,
        books: dict[str, Book],
        house: ClearingHouse,
        exchange: Exchange,
        identities: Identities,
    ) -> None:
        self._books = books
        self._house = house
        self._exchange = exchange
        self._identities = identities

    def instrument(self, coin: str) -> Instrument:
        return self._books[coin].listing.instrument

    def place(
        self,
        trader: Address,
        coin: str,
        *,
        side: Side,
        size: Decimal,
        limit_px: Decimal,
        tif: TimeInForce,
    ) -> Oid | None:
        if self._books[coin].listing.is_delisted:
            return None
        order = self._place(
            trader, coin, side=side, size=size, limit_px=limit_px, tif=Tif(tif.value)
        )
        return order.oid if order.is_live else None

    def take(
        self, trader: Address, coin: str, *, side: Side, size: Decimal, limit_px: Decimal
    ) -> Decimal:
        if self._books[coin].listing.is_delisted:
            return Decimal(0)
        order = self._place(trader, coin, side=side, size=size, limit_px=limit_px, tif=Tif.IOC)
        return decimal_of(order.filled_size, order.listing.size_decimals)

    def print_trade(
        self, coin: str, *, side: Side, size: Decimal, px: Decimal, tid: int, users: Parties
    ) -> None:
        book = self._books[coin]
        book.last_px = units_of(px, book.listing.px_decimals)
        self._identities.begin_action()
        self._house.news.trade(
            TradeRow(
                listing=book.listing,
                is_buy=side is Side.BUY,
                px=book.last_px,
                size=units_of(size, book.listing.size_decimals),
                ms=self._house.now_ms,
                hash=self._identities.hash,
                tid=tid,
                buyer=users[0],
                seller=users[1],
            )
        )

    def shrink(self, coin: str, oid: Oid, size: Decimal) -> None:
        book = self._books[coin]
        units = units_of(size, book.listing.size_decimals)
        assert 0 < units < book.orders[oid].open_size
        self._exchange.shrink(book.orders[oid], units)

    def cancel(self, coin: str, oid: Oid) -> None:
        order = self._books[coin].orders.get(oid)
        if order is not None:
            self._exchange.cancel(order)

    def resting_size(self, coin: str, oid: Oid) -> Decimal:
        book = self._books[coin]
        order = book.orders.get(oid)
        return decimal_of(order.open_size, book.listing.size_decimals) if order else Decimal(0)

    def _place(
        self,
        trader: Address,
        coin: str,
        *,
        side: Side,
        size: Decimal,
        limit_px: Decimal,
        tif: Tif,
    ) -> VenueOrder:
        listing = self._books[coin].listing
        account = self._house.open_account(trader, is_participant=True)
        ticket = Ticket(
            listing=listing,
            is_buy=side is Side.BUY,
            px=units_of(limit_px, listing.px_decimals),
            size=units_of(size, listing.size_decimals),
            tif=tif,
        )
        self._identities.begin_action()
        return self._exchange.place(account, ticket).order
