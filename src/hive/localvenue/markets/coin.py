"""One coin's synthetic market: a reference price, makers who quote around it, takers who come."""

from __future__ import annotations

from typing import Final

from hive.domain.identifiers import Address
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.localvenue.markets.chance import Chance, Sources
from hive.localvenue.markets.following import FollowingPrice
from hive.localvenue.markets.ladder import Ladder
from hive.localvenue.markets.ports import TradingFloor
from hive.localvenue.markets.quotes import Grid, LadderShape, QuoteMaker, wanted_indexes
from hive.localvenue.markets.reference import BPS, ReferencePrice, WholeMarket
from hive.localvenue.markets.regimes import Weather
from hive.localvenue.markets.table import MarketSpec
from hive.localvenue.markets.takers import TakerFlow

_MAKERS: Final = 3
_TAKERS: Final = 12
_TAKE_MAX: Final = 0.25
"""The most that is taken from a side in one step, of what a whole ladder holds there; so a side
that makers quote is empty only when others have emptied it."""
_TAKE_REACH_BPS: Final = 25.0


Reference = ReferencePrice | FollowingPrice
"""Where makers put the middle of their quotes."""


class CoinMarket:
    """One coin: its reference price, its makers' ladder and its takers."""

    def __init__(
        self,
        spec: MarketSpec,
        floor: TradingFloor,
        sources: Sources,
        weather: Weather,
        *,
        ladder: LadderShape,
        activity: float,
        leader: Reference | None = None,
    ) -> None:
        self._spec = spec
        self._floor = floor
        self._weather = weather
        self._instrument = floor.instrument(spec.coin)
        self._activity = activity
        chance = Chance(sources(f"{spec.coin} price"))
        self.reference: Reference = (
            FollowingPrice(spec, chance, leader)
            if isinstance(leader, ReferencePrice)
            else ReferencePrice(spec, chance, weather)
        )
        self._quotes = QuoteMaker(
            spec, self._instrument, ladder, Chance(sources(f"{spec.coin} quotes"))
        )
        self._takers = TakerFlow(
            spec,
            Chance(sources(f"{spec.coin} takers")),
            usd_max=_TAKE_MAX * ladder.depth * spec.depth_usd,
        )
        self._who = Chance(sources(f"{spec.coin} traders"))
        self._ladder = Ladder(spec.coin, floor, self._draw_maker)
        self._grid = self._new_grid()

    def step(self, whole: WholeMarket, dt_s: float) -> None:
        """Let the price move, requote, and let takers come."""
        before_px = self.reference.px
        self.reference.step(dt_s, whole)
        self.requote()
        regime = self._weather.regime
        moved_bps = (self.reference.px / before_px - 1.0) / BPS
        pull = (moved_bps + self.reference.drift_bps) / self._spec.volatility_bps
        heat = self.reference.heat * self._activity * regime.activity
        for taker in self._takers.step(dt_s, heat=heat, pull=pull, lean=regime.lean):
            self._take(taker.side, taker.usd * regime.depth)

    def requote(self) -> None:
        """Bring the ladder to where the reference price wants it."""
        px = self.reference.px
        regime = self._weather.regime
        if not self._grid.fits(self._instrument, px, regime.spread):
            self._ladder.clear()
            self._grid = self._new_grid()
        best_bid, best_ask = self._grid.best(px, self.reference.heat)
        shape = self._quotes.shape
        bids = wanted_indexes(best_bid, -1, shape)
        asks = wanted_indexes(best_ask, +1, shape)
        # All cancels first: a ladder never meets itself.
        self._ladder.withdraw(Side.BUY, bids)
        self._ladder.withdraw(Side.SELL, asks)
        for side, wanted in ((Side.BUY, bids), (Side.SELL, asks)):
            for rank, index in enumerate(wanted):
                if not self._ladder.holds(side, index):
                    quote = self._quotes.quote(side, index, rank, self._grid, depth=regime.depth)
                    self._ladder.place(side, index, quote.size, quote.px)

    def flicker(self, side: Side, steps: int) -> None:
        """Quote the least, so many steps of the grid behind the best, and cancel it at once."""
        best_bid, best_ask = self._grid.best(self.reference.px, self.reference.heat)
        index = best_bid - steps if side is Side.BUY else best_ask + steps
        oid = self._floor.place(
            self._draw_maker(),
            self._spec.coin,
            side=side,
            size=self._instrument.lot,
            limit_px=self._instrument.round_px(self._grid.px(max(index, 1)), side=side),
            tif=TimeInForce.GTC,
        )
        if oid is not None:
            self._floor.cancel(self._spec.coin, oid)

    def take_least(self, side: Side) -> None:
        """Take a single lot."""
        self._take(side, 0.0)

    def _take(self, side: Side, usd: float) -> None:
        px = self.reference.px
        reach = 1.0 + side.sign * (_TAKE_REACH_BPS + self._grid_reach_bps) * BPS
        size = self._instrument.round_size(usd / px)
        self._floor.place(
            _trader("taker", self._who, _TAKERS),
            self._spec.coin,
            side=side,
            size=max(size, self._instrument.lot),
            limit_px=self._instrument.round_px(px * reach),
            tif=TimeInForce.IOC,
        )

    @property
    def _grid_reach_bps(self) -> float:
        """A spread in the regime of now: takers reach over it."""
        return self._spec.spread_bps * self._weather.regime.spread

    def _new_grid(self) -> Grid:
        return Grid(
            self._spec,
            self._instrument,
            self.reference.px,
            spread=self._weather.regime.spread,
        )

    def _draw_maker(self) -> Address:
        return _trader("maker", self._who, _MAKERS)


def _trader(kind: str, chance: Chance, count: int) -> Address:
    """One of `count` participants, by name and chance."""
    number = int(chance.uniform() * count)
    return Address("0x" + (kind.encode().hex() + f"{number:04x}").rjust(40, "f"))
