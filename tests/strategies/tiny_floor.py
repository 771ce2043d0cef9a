"""A trading floor small enough to be read at a glance: price-time matching, and who traded what.

It stands in for the local venue's books, so that a strategy can be judged in a market whose every
move is scripted (`localvenue.markets.scripted`).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from hive.domain.identifiers import Address, Oid
from hive.domain.instruments import Instrument, Universe
from hive.domain.market import Side
from hive.domain.orders import TimeInForce

ZERO = Decimal(0)


class Resting(msgspec.Struct):
    """An order in the book."""

    oid: Oid
    trader: Address
    side: Side
    px: Decimal
    size: Decimal


class Match(msgspec.Struct, frozen=True):
    """A taker met a resting order."""

    coin: str
    px: Decimal
    size: Decimal
    taker: Address
    taker_oid: Oid
    taker_side: Side
    maker: Address
    maker_oid: Oid


class TinyFloor:
    """Books of all coins; behind `localvenue.markets.TradingFloor`."""

    def __init__(self, universe: Universe, on_match: Callable[[Match], None]) -> None:
        self._universe = universe
        self._on_match = on_match
        self._books: dict[tuple[str, Side], list[Resting]] = {}
        self._last_oid = 0

    def instrument(self, coin: str) -> Instrument:
        return self._universe.of_coin(coin)

    def next_oid(self) -> Oid:
        self._last_oid += 1
        return Oid(self._last_oid)

    def side(self, coin: str, side: Side) -> list[Resting]:
        """Resting orders, best first, then oldest first."""
        return self._books.setdefault((coin, side), [])

    def best(self, coin: str, side: Side) -> tuple[Decimal, Decimal, int] | None:
        """Price, size and number of orders of the best level."""
        orders = self.side(coin, side)
        if not orders:
            return None
        level = [order for order in orders if order.px == orders[0].px]
        return orders[0].px, sum((order.size for order in level), ZERO), len(level)

    def crosses(self, coin: str, side: Side, px: Decimal) -> bool:
        """An order at that price would take."""
        other = self.side(coin, side.opposite)
        return bool(other) and (px - other[0].px) * side.sign >= 0

    def place(
        self,
        trader: Address,
        coin: str,
        *,
        side: Side,
        size: Decimal,
        limit_px: Decimal,
        tif: TimeInForce,
        oid: Oid | None = None,
    ) -> Oid | None:
        oid = oid or self.next_oid()
        others = self.side(coin, side.opposite)
        while size and others and self.crosses(coin, side, limit_px):
            resting = others[0]
            matched = min(size, resting.size)
            size -= matched
            resting.size -= matched
            if not resting.size:
                others.remove(resting)
            self._on_match(
                Match(
                    coin,
                    resting.px,
                    matched,
                    taker=trader,
                    taker_oid=oid,
                    taker_side=side,
                    maker=resting.trader,
                    maker_oid=resting.oid,
                )
            )
        if not size or tif is TimeInForce.IOC:
            return None
        mine = self.side(coin, side)
        mine.append(Resting(oid, trader, side, limit_px, size))
        mine.sort(key=lambda order: -order.px * side.sign)  # stable: older first at one price
        return oid

    def cancel(self, coin: str, oid: Oid) -> None:
        for side in Side:
            orders = self.side(coin, side)
            orders[:] = [order for order in orders if order.oid != oid]

    def resting_size(self, coin: str, oid: Oid) -> Decimal:
        orders = [*self.side(coin, Side.BUY), *self.side(coin, Side.SELL)]
        return next((order.size for order in orders if order.oid == oid), ZERO)
