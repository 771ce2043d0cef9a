"""The rest of the world for accounts whose strategies are opposed: a street that quotes and takes.

The price walks, and now and then it leaps so far that accounts are liquidated and counterparties
are deleveraged.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Final

from hive.domain.identifiers import Address, Oid
from hive.domain.market import Bbo, Level, Side
from hive.domain.orders import TimeInForce
from hive.localvenue.markets.ports import TradingFloor

COIN: Final = "BTC"
STREET: Final = Address("0x" + "57" * 20)
OPENING_PX: Final = 80_000
TICK: Final = 10
LEVELS: Final = 4
LEVEL_SIZE: Final = Decimal("0.4")
LEAP_CHANCE: Final = 0.02


class Street:
    """Behind `Markets`: one coin."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._floor: TradingFloor | None = None
        self._resting: list[Oid] = []
        self.px = OPENING_PX

    @property
    def coins(self) -> list[str]:
        return [COIN]

    def open(self, floor: TradingFloor, now_ms: int) -> None:
        self._floor = floor
        self._quote()

    def advance(self, now_ms: int) -> None:
        """A step of the walk, new quotes, and somebody in a hurry."""
        self._step()
        self._quote()
        if self._rng.random() < 0.7:
            self._take()

    def next_deadline_ms(self) -> int:
        return 0

    def oracle_px(self, coin: str) -> float:
        return float(self.px)

    @property
    def bbo(self) -> Bbo:
        """Its own best prices."""
        bid, ask = Level(self.px - 2.0 * TICK, 1.0, 1), Level(self.px + 2.0 * TICK, 1.0, 1)
        return Bbo(COIN, 0, 0, bid, ask)

    def _step(self) -> None:
        home = (OPENING_PX - self.px) / OPENING_PX
        away = self._rng.gauss(0.0, 0.0012) + 0.01 * home
        if self._rng.random() < LEAP_CHANCE:
            away = self._rng.choice((-1, 1)) * self._rng.uniform(0.02, 0.09)
        px = round(self.px * (1.0 + away))
        self.px = px - px % TICK

    def _quote(self) -> None:
        assert self._floor is not None
        for oid in self._resting:
            self._floor.cancel(COIN, oid)
        self._resting.clear()
        for level in range(1, LEVELS + 1):
            for side in Side:
                px = Decimal(self.px - side.sign * level * 2 * TICK)
                self._place(side, LEVEL_SIZE, px, TimeInForce.GTC)

    def _take(self) -> None:
        """Sweep what rests near the price, also others' orders."""
        side = self._rng.choice(list(Side))
        size = Decimal(self._rng.randrange(1, 300)) / 100
        reach = self._rng.randrange(1, 12) * TICK
        self._place(side, size, Decimal(self.px + side.sign * reach), TimeInForce.IOC)

    def _place(self, side: Side, size: Decimal, px: Decimal, tif: TimeInForce) -> None:
        assert self._floor is not None
        oid = self._floor.place(STREET, COIN, side=side, size=size, limit_px=px, tif=tif)
        if oid is not None:
            self._resting.append(oid)
