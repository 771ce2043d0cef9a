"""Synthetic markets: seeded makers and takers that make a believable market out of nothing.

For each coin, at each of its steps: the reference price moves, makers cancel the quotes that no
longer fit and place the ones that are missing, takers come and take. A quote that meets somebody's
order matches it, as a maker picks off a stale price. Coins take turns, so that their steps do not
all fall into one block.

The price path of a coin depends on the seed alone, not on what anybody trades: paths, sizes and
takers draw from sources of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final, Protocol

import msgspec

from hive.domain.identifiers import Address, Oid
from hive.domain.instruments import Instrument
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.localvenue.markets_chance import Chance, Sources
from hive.localvenue.markets_quotes import Grid, LadderShape, QuoteMaker, wanted_indexes
from hive.localvenue.markets_reference import BPS, ReferencePrice, WholeMarket
from hive.localvenue.markets_table import MARKET_SPECS, MarketSpec
from hive.localvenue.markets_takers import TakerFlow

CATCH_UP_MS_MAX: Final = 2_000
"""After a longer pause the market goes on from now: nobody saw the time in between."""
_MAKERS: Final = 3
_TAKERS: Final = 12
_WORN: Final = Decimal("0.6")
"""A quote taken down to this share of its size is quoted anew."""
_TAKE_MAX: Final = 0.25
"""The most that is taken from a side in one step, of what a whole ladder holds there; so a side
that makers quote is empty only when others have emptied it."""
_TAKE_REACH_BPS: Final = 25.0


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


class MarketSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How much happens. `LIGHT` is for simulation, where a thousand events are a world."""

    step_ms: int = 250
    """Between two steps of one coin."""
    ladder: LadderShape = LadderShape()
    activity: float = 1.0
    """Of the takers in the table."""


LIGHT: Final = MarketSettings(
    step_ms=1_000, ladder=LadderShape(near_levels=2, far_levels=2), activity=0.5
)


class SyntheticMarkets:
    """Behind `Markets`: the coins of the table, or some of them."""

    def __init__(
        self,
        sources: Sources,
        coins: Iterable[str] = tuple(MARKET_SPECS),
        settings: MarketSettings | None = None,
    ) -> None:
        self._settings = settings or MarketSettings()
        self._specs = [MARKET_SPECS[coin] for coin in coins]
        self._sources = sources
        self._whole = WholeMarket(Chance(sources("whole market")))
        self._makers: dict[str, CoinMarket] = {}
        self._turn = 0
        self._opened_ms = 0
        self._stepped_ms = 0

    @property
    def coins(self) -> list[str]:
        return [spec.coin for spec in self._specs]

    def open(self, floor: TradingFloor, now_ms: int) -> None:
        self._opened_ms = self._stepped_ms = now_ms
        for spec in self._specs:
            market = CoinMarket(spec, floor, self._sources, self._settings)
            self._makers[spec.coin] = market
            market.requote()

    def advance(self, now_ms: int) -> None:
        if now_ms - self.next_deadline_ms() > CATCH_UP_MS_MAX:
            self._opened_ms, self._turn, self._stepped_ms = now_ms, 0, now_ms
        while self._makers and self.next_deadline_ms() <= now_ms:
            due_ms = self.next_deadline_ms()
            self._whole.step((due_ms - self._stepped_ms) / 1000)
            self._stepped_ms = due_ms
            spec = self._specs[self._turn % len(self._specs)]
            self._turn += 1
            self._makers[spec.coin].step(self._whole)

    def next_deadline_ms(self) -> int:
        return self._opened_ms + (self._turn + 1) * self._settings.step_ms // len(self._specs)

    def oracle_px(self, coin: str) -> float:
        return self._makers[coin].reference.oracle_px


class CoinMarket:
    """One coin: its reference price, its makers' ladder and its takers."""

    def __init__(
        self, spec: MarketSpec, floor: TradingFloor, sources: Sources, settings: MarketSettings
    ) -> None:
        self._spec = spec
        self._floor = floor
        self._instrument = floor.instrument(spec.coin)
        self._dt_s = settings.step_ms / 1000
        self._activity = settings.activity
        self.reference = ReferencePrice(spec, Chance(sources(f"{spec.coin} price")))
        self._quotes = QuoteMaker(
            spec, self._instrument, settings.ladder, Chance(sources(f"{spec.coin} quotes"))
        )
        self._takers = TakerFlow(
            spec,
            Chance(sources(f"{spec.coin} takers")),
            usd_max=_TAKE_MAX * settings.ladder.depth * spec.depth_usd,
        )
        self._who = Chance(sources(f"{spec.coin} traders"))
        self._ladder = Ladder(spec.coin, floor, self._draw_maker)
        self._grid = Grid(spec, self._instrument, self.reference.px)

    def step(self, whole: WholeMarket) -> None:
        """Let the price move, requote, and let takers come."""
        before_px = self.reference.px
        self.reference.step(self._dt_s, whole)
        self.requote()
        moved_bps = (self.reference.px / before_px - 1.0) / BPS
        pull = (moved_bps + self.reference.drift_bps) / self._spec.volatility_bps
        heat = self.reference.heat * self._activity
        for taker in self._takers.step(self._dt_s, heat=heat, pull=pull):
            self._take(taker.side, taker.usd)

    def requote(self) -> None:
        """Bring the ladder to where the reference price wants it."""
        px = self.reference.px
        if not self._grid.fits(self._instrument, px):
            self._ladder.clear()
            self._grid = Grid(self._spec, self._instrument, px)
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
                    quote = self._quotes.quote(side, index, rank, self._grid)
                    self._ladder.place(side, index, quote.size, quote.px)

    def _take(self, side: Side, usd: float) -> None:
        px = self.reference.px
        reach = 1.0 + side.sign * (_TAKE_REACH_BPS + self._spec.spread_bps) * BPS
        size = self._instrument.round_size(usd / px)
        self._floor.place(
            _trader("taker", self._who, _TAKERS),
            self._spec.coin,
            side=side,
            size=max(size, self._instrument.lot),
            limit_px=self._instrument.round_px(px * reach),
            tif=TimeInForce.IOC,
        )

    def _draw_maker(self) -> Address:
        return _trader("maker", self._who, _MAKERS)


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


def _trader(kind: str, chance: Chance, count: int) -> Address:
    """One of `count` participants, by name and chance."""
    number = int(chance.uniform() * count)
    return Address("0x" + (kind.encode().hex() + f"{number:04x}").rjust(40, "f"))
