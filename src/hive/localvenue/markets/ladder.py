"""The quotes that a market's makers have resting, and which of them have to go."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.identifiers import Address, Oid
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.localvenue.markets.ports import TradingFloor

_WORN: Final = Decimal("0.6")
"""A quote taken down to this share of its size is quoted anew."""


class _Held(msgspec.Struct, frozen=True, gc=False):
    oid: Oid
    size: Decimal


class Ladder:
    """The quotes that rest in the book, by side and place on the grid."""

    def __init__(self, coin: str, floor: TradingFloor, draw_maker: Callable[[], Address]) -> None:
        self._coin = coin
        self._floor = floor
        self._draw_maker = draw_maker
        self._held: dict[Side, dict[int, _Held]] = {Side.BUY: {}, Side.SELL: {}}

    def holds(self, side: Side, index: int) -> bool:
        return index in self._held[side]

    def withdraw(self, side: Side, wanted: list[int]) -> None:
        """Cancel what is not wanted any more and what was mostly taken."""
        held = self._held[side]
        for index, quote in list(held.items()):
            left = self._floor.resting_size(self._coin, quote.oid)
            if index not in wanted or left < quote.size * _WORN:
                if left:
                    self._floor.cancel(self._coin, quote.oid)
                del held[index]

    def place(self, side: Side, index: int, size: Decimal, limit_px: Decimal) -> None:
        oid = self._floor.place(
            self._draw_maker(),
            self._coin,
            side=side,
            size=size,
            limit_px=limit_px,
            tif=TimeInForce.GTC,
        )
        if oid is not None:
            self._held[side][index] = _Held(oid, size)

    def clear(self) -> None:
        for side in self._held:
            self.withdraw(side, [])
