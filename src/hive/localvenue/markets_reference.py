"""Where a coin's price wants to be: the process behind a synthetic market.

    log price = level + overshoot
    level       diffusion with a volatility that itself wanders (calm and wild spells), half of it
                shared by all coins; trends of minutes; bursts of seconds
    overshoot   noise that comes back within seconds: what mean reversion lives on

Moves are in basis points (bps) of the price, times in seconds. The shared part is the market's own
walk, of which each coin takes `beta` times.
"""

from __future__ import annotations

from math import exp, sqrt
from typing import Final

from hive.localvenue.markets_chance import Chance
from hive.localvenue.markets_table import MarketSpec

BPS: Final = 1e-4

SHARED_VOLATILITY_BPS: Final = 0.75
"""The whole market's move within a second."""

_MOOD_S: Final = 30.0
_MOOD_SPREAD: Final = 0.55
"""How long a calm or wild spell lasts, and how far the logarithm of the volatility wanders."""

_LEVEL_SHARE: Final = 0.7
_OVERSHOOT_SHARE: Final = 0.55
_OVERSHOOT_S: Final = 12.0
"""Of the table's volatility: what stays, what comes back, and within how long."""

_TREND_EVERY_S: Final = 60.0
_TREND_S: Final = (45.0, 180.0)
_TREND_SHARE: Final = (0.08, 0.25)
"""The pause between trends, how long they last, and their drift per second in volatilities."""

_BURST_EVERY_S: Final = 60.0
_BURST_S: Final = (2.0, 7.0)
_BURST_SHARE: Final = (1.0, 2.5)

_HOME_S: Final = 4 * 3600.0
"""The pull back to the first price, so that a venue that runs for days keeps believable prices."""


class Mood:
    """A volatility that wanders around 1, in spells."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._log = _MOOD_SPREAD * chance.gauss()

    def step(self, dt_s: float) -> float:
        keep = exp(-dt_s / _MOOD_S)
        fresh = _MOOD_SPREAD * sqrt(1.0 - keep * keep)
        self._log = self._log * keep + fresh * self._chance.gauss()
        # Divided so that the mean of the square is one.
        return exp(self._log - _MOOD_SPREAD * _MOOD_SPREAD)


class Spells:
    """A drift that comes and goes: trends with long parameters, bursts with short ones."""

    def __init__(
        self,
        chance: Chance,
        *,
        every_s: float,
        span_s: tuple[float, float],
        drift: tuple[float, float],
    ) -> None:
        self._chance = chance
        self._every_s = every_s
        self._span_s = span_s
        self._drift_range = drift
        self._left_s = chance.exponential(every_s)
        self.drift = 0.0
        """Signed, per second; 0 between spells."""

    def step(self, dt_s: float) -> float:
        """The drift for this step."""
        self._left_s -= dt_s
        if self._left_s <= 0.0:
            if self.drift:
                self.drift = 0.0
                self._left_s = self._chance.exponential(self._every_s)
            else:
                self.drift = self._chance.sign() * self._chance.between(*self._drift_range)
                self._left_s = self._chance.between(*self._span_s)
        return self.drift


class WholeMarket:
    """What all coins share: one walk and one mood."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._mood = Mood(chance)
        self.walked_bps = 0.0

    def step(self, dt_s: float) -> None:
        volatility = SHARED_VOLATILITY_BPS * self._mood.step(dt_s)
        self.walked_bps += volatility * sqrt(dt_s) * self._chance.gauss()


class ReferencePrice:
    """One coin's price."""

    def __init__(self, spec: MarketSpec, chance: Chance) -> None:
        self._spec = spec
        self._chance = chance
        self._mood = Mood(chance)
        volatility = spec.volatility_bps
        shared_bps = spec.beta * SHARED_VOLATILITY_BPS
        own = (_LEVEL_SHARE * volatility) ** 2 - shared_bps**2
        self._own_bps = sqrt(max(own, (0.4 * volatility) ** 2))
        self._overshoot_bps = _OVERSHOOT_SHARE * volatility * sqrt(_OVERSHOOT_S / 2.0)
        self._trend = Spells(
            chance, every_s=_TREND_EVERY_S, span_s=_TREND_S, drift=_times(_TREND_SHARE, volatility)
        )
        self._burst = Spells(
            chance, every_s=_BURST_EVERY_S, span_s=_BURST_S, drift=_times(_BURST_SHARE, volatility)
        )
        self._level_bps = 0.0
        self._shared_seen_bps = 0.0
        self._overshoot = 0.0
        self.heat = 1.0
        """How wild it is now: 1 is usual, a burst several times that."""

    @property
    def px(self) -> float:
        """Where makers put the middle of their quotes."""
        return self._spec.start_px * exp((self._level_bps + self._overshoot) * BPS)

    @property
    def oracle_px(self) -> float:
        """The same without the noise that comes back: what other venues agree on."""
        return self._spec.start_px * exp(self._level_bps * BPS)

    @property
    def drift_bps(self) -> float:
        """Where trend and burst push, per second."""
        return self._trend.drift + self._burst.drift

    def step(self, dt_s: float, market: WholeMarket) -> None:
        """Let time pass."""
        mood = self._mood.step(dt_s)
        drift = self._trend.step(dt_s) + self._burst.step(dt_s)
        shared_bps = self._spec.beta * (market.walked_bps - self._shared_seen_bps)
        self._shared_seen_bps = market.walked_bps
        self._level_bps += (
            shared_bps
            + drift * dt_s
            + self._own_bps * mood * sqrt(dt_s) * self._chance.gauss()
            - self._level_bps * dt_s / _HOME_S
        )
        keep = exp(-dt_s / _OVERSHOOT_S)
        fresh = self._overshoot_bps * mood * sqrt(1.0 - keep * keep)
        self._overshoot = self._overshoot * keep + fresh * self._chance.gauss()
        self.heat = mood * (1.0 + abs(self._burst.drift) / self._spec.volatility_bps)


def _times(pair: tuple[float, float], factor: float) -> tuple[float, float]:
    return pair[0] * factor, pair[1] * factor
