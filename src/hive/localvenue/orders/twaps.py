"""TWAPs: a size traded in equal slices over a time (protocol.md 2.11, venue.md 4).

    activated ──every 30 s a slice──▶ finished     all of it traded, or its time is over
        │                      ╰────▶ error        nothing is left that it could reduce
        ╰──cancel, delisting,──────▶ terminated
           liquidation

What a slice could not trade is caught up by later ones, by at most three times the usual slice. A
slice trades at the market, at most three per cent from the mark, whatever it is worth. Slices whose
time went by unseen are not sent all at once: the next one catches up for them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from hive.domain.identifiers import Address
from hive.localvenue.listings.catalog import Listing

SLICE_MS: Final = 30_000
CATCH_UP: Final = 3
SLIPPAGE_BPS: Final = 300
BPS: Final = 10_000
MINUTE_MS: Final = 60_000


class TwapRules(msgspec.Struct, frozen=True):
    """What a TWAP may be. Older sources end at a day (protocol.md 2.4), newer ones at a week."""

    minutes_min: int = 5
    minutes_max: int = 7 * 24 * 60
    usd_min: int = 100
    """Of the whole, as measured last (venue.md 5)."""
    usd_per_minute_min: int = 0
    """It was 10 before, and a text of its own said so; 0 asks for nothing."""
    running_max: int = 100
    """Of one account. That there is such a bound is known, its number is not."""


class TwapStatus(StrEnum):
    """In the venue's words."""

    ACTIVATED = "activated"
    FINISHED = "finished"
    TERMINATED = "terminated"
    ERROR = "error"


class TwapOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for, sizes in lots."""

    listing: Listing
    is_buy: bool
    size: int
    reduce_only: bool
    minutes: int
    is_randomized: bool


class Twap:
    """One that runs, or has run."""

    __slots__ = (
        "description",
        "ended_ms",
        "executed_size",
        "executed_usd",
        "order",
        "owner",
        "slices_done",
        "started_ms",
        "status",
        "twap_id",
    )

    def __init__(self, twap_id: int, owner: Address, order: TwapOrder, now_ms: int) -> None:
        self.twap_id = twap_id
        self.owner = owner
        self.order = order
        self.started_ms = now_ms
        self.slices_done = 0
        self.executed_size = 0
        self.executed_usd = 0
        """Price times size, in units."""
        self.status = TwapStatus.ACTIVATED
        self.description = ""
        self.ended_ms: int | None = None

    @property
    def slices(self) -> int:
        return self.order.minutes * MINUTE_MS // SLICE_MS

    @property
    def next_ms(self) -> int:
        """When the next slice is due."""
        return self.started_ms + self.slices_done * SLICE_MS

    def pass_over(self, now_ms: int) -> None:
        """Count the slices as done whose time has gone by altogether."""
        gone = (now_ms - self.started_ms) // SLICE_MS
        self.slices_done = max(self.slices_done, min(gone, self.slices))
        if self.slices_done >= self.slices:
            self.status = TwapStatus.FINISHED

    def next_size(self, draw: float) -> int:
        """The lots of the next slice; `draw` (0..1) varies it by a fifth if it is randomised."""
        size, slices = self.order.size, self.slices
        number = self.slices_done + 1
        left = size - self.executed_size
        if number >= slices:
            wanted = left
        else:
            wanted = size * number // slices - self.executed_size
            if self.order.is_randomized:
                wanted = round(wanted * (0.8 + 0.4 * draw))
        usual = -(-size // slices)
        return max(0, min(wanted, left, CATCH_UP * usual))

    def limit_px(self, mark: int) -> int:
        """How far a slice reaches: on the tick, and not beyond the bound."""
        away = mark * SLIPPAGE_BPS // BPS
        px = mark + away if self.order.is_buy else mark - away
        tick = self.order.listing.tick_at(px)
        return max(tick, px - px % tick if self.order.is_buy else px + -px % tick)

    def sliced(self, size: int, notional: int) -> None:
        """A slice was sent; so much of it traded."""
        self.slices_done += 1
        self.executed_size += size
        self.executed_usd += notional
        if self.executed_size == self.order.size or self.slices_done >= self.slices:
            self.status = TwapStatus.FINISHED

    def end(self, status: TwapStatus, description: str = "") -> None:
        self.status = status
        self.description = description
