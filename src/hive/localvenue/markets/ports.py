"""What moves a local venue's books, and where it does so: the two ports of every market.

Synthetic, scripted, recorded and live markets all stand behind `Markets` and trade on a
`TradingFloor`, so the venue cannot tell one from another.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol, runtime_checkable

from hive.domain.identifiers import Address, Oid
from hive.domain.instruments import Instrument
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.localvenue.markets.table import MarketSpec

Parties = tuple[Address, Address]
"""Buyer and seller."""


class TradingFloor(Protocol):
    """Where the markets trade: the venue's books, for participants who need no account."""

    def instrument(self, coin: str) -> Instrument: ...

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
        """Match, and rest what is left if `tif` lets it; the resting order's id."""
        ...

    def cancel(self, coin: str, oid: Oid) -> None:
        """Nothing for an order that is gone."""
        ...

    def resting_size(self, coin: str, oid: Oid) -> Decimal:
        """What is left of an order; zero when it is gone."""
        ...


@runtime_checkable
class TapeFloor(TradingFloor, Protocol):
    """A floor that can follow what happens elsewhere; the venue's own is one."""

    def take(
        self, trader: Address, coin: str, *, side: Side, size: Decimal, limit_px: Decimal
    ) -> Decimal:
        """Trade as far as size and price reach, and rest nothing; how much was traded."""
        ...

    def print_trade(
        self, coin: str, *, side: Side, size: Decimal, px: Decimal, tid: int, users: Parties
    ) -> None:
        """Put a trade on the tape that happened elsewhere; no book and no account changes."""
        ...

    def shrink(self, coin: str, oid: Oid, size: Decimal) -> None:
        """Make a resting order so much smaller, at least a lot staying, where it stands."""
        ...


class Markets(Protocol):
    """What moves the books of a local venue."""

    @property
    def coins(self) -> list[str]: ...

    def open(self, floor: TradingFloor, now_ms: int) -> None:
        """Put the first quotes into the books. Called once."""
        ...

    def advance(self, now_ms: int) -> None:
        """Do every step that is due."""
        ...

    def next_deadline_ms(self) -> int: ...

    def oracle_px(self, coin: str) -> float:
        """What other venues would say the coin is worth."""
        ...


@runtime_checkable
class GrowingMarkets(Protocol):
    """Markets that can make one more coin's market while they run, and give one up."""

    def add_coin(self, spec: MarketSpec, now_ms: int) -> None: ...

    def drop_coin(self, coin: str) -> None:
        """Nothing for a coin that has no market."""
        ...


@runtime_checkable
class KnownMarks(Protocol):
    """Markets that know the mark price of another venue, which is then ours."""

    def mark_px(self, coin: str) -> float | None:
        """None while it is not known: then ours is made of book and oracle."""
        ...
