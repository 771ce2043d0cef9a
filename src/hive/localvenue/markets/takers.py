"""Who takes: arrivals in clusters, sizes with heavy tails, sides that follow the price.

Each arrival makes the next one likelier for a second or two (a Hawkes process), so trades come in
flurries, as they do in life.
"""

from __future__ import annotations

from math import exp, tanh
from typing import Final

import msgspec

from hive.domain.market import Side
from hive.localvenue.markets.chance import Chance
from hive.localvenue.markets.table import MarketSpec

_OFFSPRING: Final = 0.55
"""How many further arrivals one brings on average; under one, or flurries would never end."""
_EXCITED_S: Final = 1.5
_HEAT_MAX: Final = 5.0
_SIZE_MEDIAN: Final = 0.12
_SIZE_SPREAD: Final = 1.3
"""Of a level's depth: most take a tenth, some walk through several levels."""
_LEAST_USD: Final = 12.0
_REPEAT: Final = 0.3
"""How often a taker is the next part of the order before it, and takes the same side."""


class Taker(msgspec.Struct, frozen=True):
    """Somebody who takes that much at once."""

    side: Side
    usd: float


class TakerFlow:
    """One coin's takers."""

    def __init__(self, spec: MarketSpec, chance: Chance, *, usd_max: float) -> None:
        """`usd_max`: the most that is taken from one side in a step."""
        self._spec = spec
        self._chance = chance
        self._usd_max = usd_max
        self._excited = 0.0
        self._last_side = Side.BUY

    def step(self, dt_s: float, *, heat: float, pull: float, lean: float) -> list[Taker]:
        """Who comes within `dt_s`. `pull` is how strongly the price asks for buyers (or, negative,
        for sellers), in units of its usual move; `lean`, how many listen to that."""
        base = self._spec.trades_per_s * (1.0 - _OFFSPRING) * min(heat, _HEAT_MAX)
        arrivals = self._chance.poisson((base + self._excited) * dt_s)
        self._excited *= exp(-dt_s / _EXCITED_S)
        self._excited += arrivals * _OFFSPRING / _EXCITED_S
        chance_of_buy = 0.5 + lean * tanh(pull)
        left_usd = dict.fromkeys(Side, self._usd_max)
        takers: list[Taker] = []
        for _ in range(arrivals):
            side = self._side(chance_of_buy)
            share = self._chance.lognormal(_SIZE_MEDIAN, _SIZE_SPREAD)
            usd = min(max(share * self._spec.depth_usd, _LEAST_USD), left_usd[side])
            left_usd[side] -= usd
            if usd >= _LEAST_USD:
                takers.append(Taker(side, usd))
        return takers

    def _side(self, chance_of_buy: float) -> Side:
        if not self._chance.happens(_REPEAT):
            is_buy = self._chance.happens(chance_of_buy)
            self._last_side = Side.BUY if is_buy else Side.SELL
        return self._last_side
