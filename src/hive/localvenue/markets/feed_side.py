"""One side of a fed book as orders in ours, and how they keep a paper order's place in the queue.

At each price the feed's size is held in one or more orders of the feed's own. What was there before
a paper order came stands before it, what comes later is put behind it:

    bid 100.0   ▓▓▓▓▓▓▓▓▓▓   paper   ▓▓▓        first in the queue on the left
                seen before          seen after

When a level shrinks and no trade explains it, somebody cancelled. Whether before or behind the
paper order is not to be seen, so it is taken to have been behind as far as there is anything
behind: a paper order advances by trades, and else only as fast as it must.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from hive.domain.identifiers import Address, Oid
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.localvenue.markets.feed_events import Rung
from hive.localvenue.markets.ports import TapeFloor

OWNER: Final = {
    Side.BUY: Address("0x" + "feed01".rjust(40, "0")),
    Side.SELL: Address("0x" + "feed02".rjust(40, "0")),
}
"""Two owners: a side must never be kept from trading as the owner of the other."""


class FedSide:
    """The feed's orders of one side of one coin."""

    def __init__(self, coin: str, side: Side, floor: TapeFloor) -> None:
        self._coin = coin
        self._side = side
        self._floor = floor
        self._oids_by_px: dict[Decimal, list[Oid]] = {}

    def cut(self, rungs: tuple[Rung, ...], *, reach: int) -> None:
        """Take away what a book does not show any more. Of a book that shows `reach` levels, what
        lies beyond the last of them may still be there."""
        wanted = dict(rungs)
        worst_px = rungs[-1][0] if len(rungs) >= reach else None
        for px in list(self._oids_by_px):
            if px in wanted:
                self._shrink(px, wanted[px])
            elif worst_px is None or self._is_better(px, worst_px):
                self._clear(px)

    def cut_better(self, than_px: Decimal) -> None:
        """Take away what stood before a price that is now the best, or that just traded."""
        for px in list(self._oids_by_px):
            if self._is_better(px, than_px):
                self._clear(px)

    def cut_to(self, rung: Rung) -> None:
        """Make one level no larger than that."""
        px, size = rung
        if px in self._oids_by_px:
            self._shrink(px, size)

    def clear(self) -> None:
        """Take everything away: nothing is known any more."""
        for px in list(self._oids_by_px):
            self._clear(px)

    def grow(self, rungs: Iterable[Rung]) -> None:
        """Put at the end of each level's queue what it has more than we hold.

        What crosses a paper order trades with it, at the paper order's price.
        """
        for px, size in rungs:
            missing = size - self._held(px)
            if missing <= 0:
                continue
            oid = self._floor.place(
                OWNER[self._side],
                self._coin,
                side=self._side,
                size=missing,
                limit_px=px,
                tif=TimeInForce.GTC,
            )
            if oid is not None:
                self._oids_by_px.setdefault(px, []).append(oid)

    def _held(self, px: Decimal) -> Decimal:
        oids = self._oids_by_px.get(px)
        if oids is None:
            return Decimal(0)
        return sum((self._floor.resting_size(self._coin, oid) for oid in oids), Decimal(0))

    def _shrink(self, px: Decimal, size: Decimal) -> None:
        """Bring a level down to `size`, from the end of its queue."""
        oids = self._oids_by_px[px]
        excess = self._held(px) - size
        while oids:
            last = self._floor.resting_size(self._coin, oids[-1])
            if last and excess < last:
                break
            self._floor.cancel(self._coin, oids.pop())
            excess -= last
        if not oids:
            del self._oids_by_px[px]
        elif excess > 0:
            self._floor.shrink(self._coin, oids[-1], excess)

    def _clear(self, px: Decimal) -> None:
        for oid in self._oids_by_px.pop(px):
            self._floor.cancel(self._coin, oid)

    def _is_better(self, px: Decimal, than_px: Decimal) -> bool:
        return (px - than_px) * self._side.sign > 0
