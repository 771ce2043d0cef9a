"""Synthetic markets: seeded makers and takers that make a believable market out of nothing.

For each coin, at each of its steps: the reference price moves, makers cancel the quotes that no
longer fit and place the ones that are missing, takers come and take. A quote that meets somebody's
order matches it, as a maker picks off a stale price. Coins take turns, so that their steps do not
all fall into one block; the quiet ones step more seldom, so that hundreds of coins cost little.

The price path of a coin depends on the seed and the regimes alone, not on what anybody trades:
paths, sizes and takers draw from sources of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from hive.localvenue.markets.chance import Chance, Sources
from hive.localvenue.markets.coin import CoinMarket
from hive.localvenue.markets.flood import flood
from hive.localvenue.markets.ports import Markets, TradingFloor
from hive.localvenue.markets.quotes import LadderShape
from hive.localvenue.markets.reference import WholeMarket
from hive.localvenue.markets.regimes import FLOOD_EVENTS, REGIMES, Regime, Weather
from hive.localvenue.markets.table import MARKET_SPECS, MarketSpec

__all__ = ["LIGHT", "MarketSettings", "Markets", "SyntheticMarkets", "TradingFloor"]

CATCH_UP_MS_MAX: Final = 2_000
"""After a longer pause the market goes on from now: nobody saw the time in between."""
SLOWER: Final = 4
"""How many times as long a quiet coin's step is."""
BUSY_TRADES_PER_S: Final = 0.5
NEVER_MS: Final = 2**62


class MarketSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How much happens. `LIGHT` is for simulation, where a thousand events are a world."""

    step_ms: int = 250
    """Between two steps of one busy coin."""
    ladder: LadderShape = LadderShape()
    activity: float = 1.0
    """Of the takers in the table."""
    regime: Regime = REGIMES["usual"]


LIGHT: Final = MarketSettings(
    step_ms=1_000, ladder=LadderShape(near_levels=2, far_levels=2), activity=0.5
)


class SyntheticMarkets:
    """Behind `Markets`: the coins that are named, each with the character that `specs` gives it."""

    def __init__(
        self,
        sources: Sources,
        coins: Iterable[str] = tuple(MARKET_SPECS),
        settings: MarketSettings | None = None,
        *,
        specs: Mapping[str, MarketSpec] = MARKET_SPECS,
    ) -> None:
        self._settings = settings or MarketSettings()
        self._sources = sources
        self._weather = Weather(self._settings.regime)
        self._whole = WholeMarket(Chance(sources("whole market")), self._weather)
        self._flooding = Chance(sources("flood"))
        self._specs = {coin: specs[coin] for coin in coins}
        self._markets: dict[str, CoinMarket] = {}
        self._rounds: list[Round] = []
        self._floor: TradingFloor | None = None
        self._stepped_ms = 0
        self._flood_ms = NEVER_MS

    @property
    def coins(self) -> list[str]:
        return list(self._specs)

    def open(self, floor: TradingFloor, now_ms: int) -> None:
        self._floor = floor
        for spec in self._specs.values():
            self._open_coin(spec, floor)
        busy = [coin for coin in self._markets if self._is_busy(coin)]
        quiet = [coin for coin in self._markets if not self._is_busy(coin)]
        step_ms = self._settings.step_ms
        self._rounds = [
            Round(coins, step_ms=each_ms)
            for coins, each_ms in ((busy, step_ms), (quiet, step_ms * SLOWER))
            if coins
        ]
        self._begin(now_ms)

    def add_coin(self, spec: MarketSpec, now_ms: int) -> None:
        """One more coin, among the quiet ones."""
        assert self._floor is not None, "open comes first"
        self._specs[spec.coin] = spec
        self._open_coin(spec, self._floor)
        turn = Round([spec.coin], step_ms=self._settings.step_ms * SLOWER)
        turn.begin(now_ms)
        self._rounds.append(turn)

    def drop_coin(self, coin: str) -> None:
        if self._specs.pop(coin, None) is None:
            return
        del self._markets[coin]
        for turn in self._rounds:
            turn.leave(coin)
        self._rounds = [turn for turn in self._rounds if turn.coins]

    def _open_coin(self, spec: MarketSpec, floor: TradingFloor) -> None:
        leader = self._markets.get(spec.follows)
        market = CoinMarket(
            spec,
            floor,
            self._sources,
            self._weather,
            ladder=self._settings.ladder,
            activity=self._settings.activity,
            leader=leader.reference if leader else None,
        )
        self._markets[spec.coin] = market
        market.requote()

    def advance(self, now_ms: int) -> None:
        if now_ms - self.next_deadline_ms() > CATCH_UP_MS_MAX:
            self._begin(now_ms)
        while self.next_deadline_ms() <= now_ms:
            turn = min(self._rounds, key=Round.next_ms)
            due_ms = turn.next_ms()
            self._whole.step((due_ms - self._stepped_ms) / 1000)
            self._stepped_ms = due_ms
            self._markets[turn.take()].step(self._whole, turn.step_ms / 1000)
        if now_ms >= self._flood_ms and self._markets:
            flood(list(self._markets.values()), FLOOD_EVENTS, self._flooding)
            self._plan_flood(now_ms)

    def next_deadline_ms(self) -> int:
        return min((turn.next_ms() for turn in self._rounds), default=NEVER_MS)

    def oracle_px(self, coin: str) -> float:
        return self._markets[coin].reference.oracle_px

    def set_regime(self, regime: Regime, now_ms: int) -> None:
        """Let another kind of day begin; prices go on from where they are."""
        self._weather.regime = regime
        for market in self._markets.values():
            market.reference.changed_weather()
        self._plan_flood(now_ms)

    def jump(self, coin: str, bps: float) -> None:
        """Let a coin's price be elsewhere from its next step on."""
        self._markets[coin].reference.jump(bps)

    def _is_busy(self, coin: str) -> bool:
        return self._specs[coin].trades_per_s >= BUSY_TRADES_PER_S

    def _begin(self, now_ms: int) -> None:
        """Take turns anew from now on."""
        self._stepped_ms = now_ms
        for turn in self._rounds:
            turn.begin(now_ms)
        self._plan_flood(now_ms)

    def _plan_flood(self, now_ms: int) -> None:
        every_s = self._weather.regime.flood_every_s
        self._flood_ms = now_ms + round(every_s * 1000) if every_s else NEVER_MS


class Round:
    """Coins that take turns: each has one within `step_ms`."""

    def __init__(self, coins: list[str], *, step_ms: int) -> None:
        assert coins
        self.step_ms = step_ms
        self._coins = coins
        self._began_ms = 0
        self._turn = 0

    def begin(self, now_ms: int) -> None:
        self._began_ms, self._turn = now_ms, 0

    def next_ms(self) -> int:
        """When the next turn is due."""
        return self._began_ms + (self._turn + 1) * self.step_ms // len(self._coins)

    @property
    def coins(self) -> list[str]:
        return self._coins

    def leave(self, coin: str) -> None:
        """A coin takes no more turns; the others go on from where they are."""
        if coin in self._coins:
            due_ms = self.next_ms()
            self._coins = [each for each in self._coins if each != coin]
            self._began_ms, self._turn = due_ms, 0

    def take(self) -> str:
        """Whose turn it is; it counts as taken."""
        coin = self._coins[self._turn % len(self._coins)]
        self._turn += 1
        return coin
