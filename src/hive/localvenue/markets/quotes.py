"""A maker's ladder: which prices a synthetic maker wants to quote, and what has to change.

Levels lie on a fixed grid, near ones on every step of it and far ones on every fifth, so that a
small move of the reference changes one or two levels a side and not all of them:

    bids  ·  ·  ·  █    █    █  █ █ █ █   ref   █ █ █ █  █    █    █  ·  ·  ·  asks
                        far     near            near        far
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from math import ceil, floor
from typing import Final

import msgspec

from hive.domain.instruments import Instrument
from hive.domain.market import Side
from hive.localvenue.markets.chance import Chance
from hive.localvenue.markets.reference import BPS
from hive.localvenue.markets.table import MarketSpec

FAR_STRIDE: Final = 5
FAR_SIZE: Final = 2.0
_STEPS_PER_SPREAD_MIN: Final = 1.5
"""The spread of a coin that is quoted tightly is one or two steps of its grid."""
_STEP_VOLATILITIES_MAX: Final = 2.0
"""A step is no more than so many of the coin's volatilities: on a coarser grid, which a wide spread
would make, the middle of the book would jump more than the price does."""
_HEAT_MAX: Final = 4.0
_SIZE_SPREAD: Final = 0.45
_LEAST_USD: Final = 15.0


class LadderShape(msgspec.Struct, frozen=True):
    """How many levels a side has, near and far."""

    near_levels: int = 5
    far_levels: int = 5

    @property
    def depth(self) -> float:
        """What one side holds, in depths of a near level."""
        return self.near_levels + self.far_levels * FAR_SIZE


class Quote(msgspec.Struct, frozen=True):
    """A level that a maker wants: its place on the grid, its price and its size."""

    side: Side
    index: int
    px: Decimal
    size: Decimal


class Grid:
    """Prices on whole steps, each a multiple of the instrument's tick."""

    def __init__(
        self, spec: MarketSpec, instrument: Instrument, px: float, *, spread: float = 1.0
    ) -> None:
        """`spread` is a factor of the table's."""
        self.spread = spread
        self.tick = instrument.tick_at(Decimal(repr(px)))
        spread_bps = spec.spread_bps * spread
        wanted_bps = min(
            spread_bps / _STEPS_PER_SPREAD_MIN, spec.volatility_bps * _STEP_VOLATILITIES_MAX
        )
        ticks = (Decimal(repr(px * wanted_bps * BPS)) / self.tick).to_integral_value(
            ROUND_HALF_EVEN
        )
        self.step = self.tick * max(ticks, Decimal(1))
        self._step_px = float(self.step)
        steps = max(spread_bps * BPS * px / self._step_px, _STEPS_PER_SPREAD_MIN)
        # Rounding away from the middle adds half a step on either side.
        self._half_gap = (steps - 1.0) / 2.0

    def fits(self, instrument: Instrument, px: float, spread: float) -> bool:
        """Whether the ticks around this price and the spread are still what it was made for."""
        return spread == self.spread and instrument.tick_at(Decimal(repr(px))) == self.tick

    def px(self, index: int) -> Decimal:
        return self.step * index

    def best(self, reference_px: float, heat: float) -> tuple[int, int]:
        """Where the best bid and the best ask belong; further apart when it is wild."""
        place = reference_px / self._step_px
        gap = self._half_gap * min(max(heat, 1.0), _HEAT_MAX)
        return floor(place - gap), ceil(place + gap)


def wanted_indexes(best: int, away: int, shape: LadderShape) -> list[int]:
    """The levels of one side, best first; `away` is -1 for bids and +1 for asks."""
    near = [best + away * number for number in range(shape.near_levels)]
    edge = near[-1] + away
    first_far = (
        floor(edge / FAR_STRIDE) * FAR_STRIDE if away < 0 else ceil(edge / FAR_STRIDE) * FAR_STRIDE
    )
    far = [first_far + away * FAR_STRIDE * number for number in range(shape.far_levels)]
    return [index for index in near + far if index > 0]


class QuoteMaker:
    """Draws the sizes of a coin's quotes."""

    def __init__(
        self, spec: MarketSpec, instrument: Instrument, shape: LadderShape, chance: Chance
    ) -> None:
        self._spec = spec
        self._instrument = instrument
        self._chance = chance
        self.shape = shape

    def quote(self, side: Side, index: int, rank: int, grid: Grid, *, depth: float) -> Quote:
        """A fresh quote for a level; `rank` counts from the best, `depth` is a factor of the
        table's."""
        # Ticks are coarser beyond the next power of ten, where a level of this grid may lie.
        px = self._instrument.round_px(grid.px(index), side=side)
        usd = self._chance.lognormal(self._spec.depth_usd * depth, _SIZE_SPREAD)
        if rank >= self.shape.near_levels:
            usd *= FAR_SIZE
        size = self._instrument.round_size(max(usd, _LEAST_USD) / float(px))
        return Quote(side, index, px, max(size, self._instrument.lot))
