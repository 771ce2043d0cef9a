"""A price that follows another one: what arbitrage makes of a token with a perp.

price = leader's price * first ratio * exp(basis)      the basis comes back within a minute
"""

from __future__ import annotations

from math import exp, sqrt
from typing import Final

from hive.localvenue.markets.chance import Chance
from hive.localvenue.markets.reference import BPS, ReferencePrice, WholeMarket
from hive.localvenue.markets.table import MarketSpec

_BASIS_S: Final = 60.0
_BASIS_SPREADS: Final = 0.8
"""How far the basis wanders, in spreads of the follower: beyond, somebody would trade it away."""


class FollowingPrice:
    """Stands where a `ReferencePrice` stands, for a coin that has a leader."""

    def __init__(self, spec: MarketSpec, chance: Chance, leader: ReferencePrice) -> None:
        self._chance = chance
        self._leader = leader
        self._ratio = spec.start_px / leader.px
        self._spread_bps = spec.spread_bps
        self._basis_bps = 0.0

    @property
    def px(self) -> float:
        return self._leader.px * self._ratio * exp(self._basis_bps * BPS)

    @property
    def oracle_px(self) -> float:
        return self._leader.oracle_px * self._ratio

    @property
    def drift_bps(self) -> float:
        return self._leader.drift_bps

    @property
    def heat(self) -> float:
        return self._leader.heat

    def step(self, dt_s: float, market: WholeMarket) -> None:  # noqa: ARG002 - the leader took it
        """Let the basis wander; the leader steps by itself."""
        keep = exp(-dt_s / _BASIS_S)
        fresh = _BASIS_SPREADS * self._spread_bps * sqrt(1.0 - keep * keep)
        self._basis_bps = self._basis_bps * keep + fresh * self._chance.gauss()

    def jump(self, bps: float) -> None:
        """A follower's jump is one of its basis, and comes back."""
        self._basis_bps += bps

    def changed_weather(self) -> None:
        """The weather is the leader's."""
