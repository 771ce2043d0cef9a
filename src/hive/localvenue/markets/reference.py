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

from hive.localvenue.markets.chance import Chance
from hive.localvenue.markets.regimes import SpellShape, Weather
from hive.localvenue.markets.table import MarketSpec

BPS: Final = 1e-4

SHARED_VOLATILITY_BPS: Final = 1.15
"""The whole market's lasting moves within a second, before a regime takes its share."""

_MOOD_S: Final = 30.0
_MOOD_SPREAD: Final = 0.55
"""How long a calm or wild spell lasts, and how far the logarithm of the volatility wanders."""

_OVERSHOOT_S: Final = 12.0
"""Within how long what does not stay comes back."""

_OWN_SHARE_MIN: Final = 0.3
"""Of the lasting moves, what every coin has of its own, however much it follows the market."""


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
    """A drift that comes and goes: trends with long shapes, bursts with short ones."""

    def __init__(self, chance: Chance, shape: SpellShape) -> None:
        self._chance = chance
        self._left_s = chance.exponential(shape.every_s)
        self.drift = 0.0
        """Signed, in volatilities per second; 0 between spells."""

    def step(self, dt_s: float, shape: SpellShape) -> float:
        """The drift for this step."""
        self._left_s -= dt_s
        if self._left_s <= 0.0:
            if self.drift:
                self.drift = 0.0
                self._left_s = self._chance.exponential(shape.every_s)
            else:
                self.drift = self._chance.sign(shape.chance_up) * self._chance.between(*shape.share)
                self._left_s = self._chance.between(*shape.span_s)
        return self.drift

    def end(self, shape: SpellShape) -> None:
        """Begin with a pause: the kind of day has changed."""
        self.drift = 0.0
        self._left_s = self._chance.exponential(shape.every_s)


class WholeMarket:
    """What all coins share: one walk and one mood."""

    def __init__(self, chance: Chance, weather: Weather) -> None:
        self._chance = chance
        self._weather = weather
        self._mood = Mood(chance)
        self.walked_bps = 0.0

    def step(self, dt_s: float) -> None:
        regime = self._weather.regime
        volatility = SHARED_VOLATILITY_BPS * regime.volatility * regime.lasting
        self.walked_bps += volatility * self._mood.step(dt_s) * sqrt(dt_s) * self._chance.gauss()


class ReferencePrice:
    """One coin's price."""

    def __init__(self, spec: MarketSpec, chance: Chance, weather: Weather) -> None:
        self._spec = spec
        self._chance = chance
        self._weather = weather
        self._mood = Mood(chance)
        shared = spec.beta * SHARED_VOLATILITY_BPS / spec.volatility_bps
        self._own_share = sqrt(max(1.0 - shared * shared, _OWN_SHARE_MIN**2))
        self._trend = Spells(chance, weather.regime.trends)
        self._burst = Spells(chance, weather.regime.bursts)
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
        return (self._trend.drift + self._burst.drift) * self._spec.volatility_bps

    def jump(self, bps: float) -> None:
        """Be elsewhere at once: news."""
        self._level_bps += bps

    def changed_weather(self) -> None:
        """Another regime holds from here on."""
        self._trend.end(self._weather.regime.trends)
        self._burst.end(self._weather.regime.bursts)

    def step(self, dt_s: float, market: WholeMarket) -> None:
        """Let time pass."""
        regime = self._weather.regime
        mood = self._mood.step(dt_s)
        volatility_bps = self._spec.volatility_bps * regime.volatility
        drift = self._trend.step(dt_s, regime.trends) + self._burst.step(dt_s, regime.bursts)
        shared_bps = self._spec.beta * (market.walked_bps - self._shared_seen_bps)
        self._shared_seen_bps = market.walked_bps
        own_bps = volatility_bps * regime.lasting * self._own_share * mood
        self._level_bps += (
            shared_bps
            + drift * self._spec.volatility_bps * dt_s
            + own_bps * sqrt(dt_s) * self._chance.gauss()
            - self._level_bps * dt_s / regime.home_s
        )
        keep = exp(-dt_s / _OVERSHOOT_S)
        stationary_bps = volatility_bps * regime.fleeting * sqrt(_OVERSHOOT_S / 2.0)
        fresh = stationary_bps * mood * sqrt(1.0 - keep * keep)
        self._overshoot = self._overshoot * keep + fresh * self._chance.gauss()
        self.heat = mood * (1.0 + abs(self._burst.drift))
