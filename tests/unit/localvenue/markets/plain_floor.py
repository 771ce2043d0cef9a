"""Books with nothing around them: price-time matching for makers and takers, and what traded."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from hive.domain.identifiers import Address, Oid
from hive.domain.instruments import Instrument
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.localvenue.listings.catalog import recorded_catalog
from hive.localvenue.markets.ports import Parties


class Resting(msgspec.Struct):
    oid: Oid
    trader: Address
    px: Decimal
    size: Decimal


class Print(msgspec.Struct, frozen=True):
    coin: str
    side: Side
    px: Decimal
    size: Decimal
    maker: Address


CATALOG = recorded_catalog()


def instrument(coin: str) -> Instrument:
    listing = CATALOG.of_coin(coin)
    assert listing is not None, coin
    return listing.instrument


class PlainFloor:
    """Behind `TradingFloor`."""

    def __init__(self) -> None:
        self.prints: list[Print] = []
        self.placed = 0
        self.cancelled = 0
        self._orders: dict[Oid, Resting] = {}
        self._books: dict[tuple[str, Side], list[Resting]] = {}

    def instrument(self, coin: str) -> Instrument:
        return instrument(coin)

    def side(self, coin: str, side: Side) -> list[Resting]:
        """Resting orders, best first."""
        return self._books.setdefault((coin, side), [])

    def mid(self, coin: str) -> float:
        bid, ask = self.side(coin, Side.BUY)[0], self.side(coin, Side.SELL)[0]
        return float(bid.px + ask.px) / 2

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
        rules = instrument(coin)
        assert rules.is_legal_px(limit_px), (coin, limit_px)
        assert rules.is_legal_size(size), (coin, size)
        self.placed += 1
        across = self.side(coin, side.opposite)
        while size and across and (limit_px - across[0].px) * side.sign >= 0:
            best = across[0]
            taken = min(size, best.size)
            self.prints.append(Print(coin, side, best.px, taken, best.trader))
            size -= taken
            best.size -= taken
            if not best.size:
                del across[0]
                del self._orders[best.oid]
        if not size or tif is TimeInForce.IOC:
            return None
        order = Resting(Oid(self.placed), trader, limit_px, size)
        self._orders[order.oid] = order
        rows = self.side(coin, side)
        place = len(rows)
        while place and (rows[place - 1].px - limit_px) * side.sign < 0:
            place -= 1
        rows.insert(place, order)
        return order.oid

    def take(
        self, trader: Address, coin: str, *, side: Side, size: Decimal, limit_px: Decimal
    ) -> Decimal:
        before = len(self.prints)
        self.place(trader, coin, side=side, size=size, limit_px=limit_px, tif=TimeInForce.IOC)
        return sum((row.size for row in self.prints[before:]), Decimal(0))

    def print_trade(
        self, coin: str, *, side: Side, size: Decimal, px: Decimal, tid: int, users: Parties
    ) -> None:
        self.prints.append(Print(coin, side, px, size, users[side is Side.BUY]))

    def shrink(self, coin: str, oid: Oid, size: Decimal) -> None:
        assert 0 < size < self._orders[oid].size
        self._orders[oid].size -= size

    def cancel(self, coin: str, oid: Oid) -> None:
        order = self._orders.pop(oid, None)
        if order is not None:
            self.cancelled += 1
            for side in Side:
                self._books[coin, side] = [row for row in self.side(coin, side) if row is not order]

    def resting_size(self, coin: str, oid: Oid) -> Decimal:
        order = self._orders.get(oid)
        return order.size if order is not None else Decimal(0)
