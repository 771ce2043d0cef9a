"""What moves a local venue's books, and where it does so: the two ports of every market.

Synthetic, scripted, recorded and live markets all stand behind `Markets` and trade on a
`TradingFloor`, so the venue cannot tell one from another.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from hive.domain.identifiers import Address, Oid
from hive.domain.instruments import Instrument
from hive.domain.market import Side
from hive.domain.orders import TimeInForce


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
