"""What kind of day it is in the synthetic markets: calm, trend, crash, burst, or the usual mix.

A regime scales what the table says of each coin and decides how prices are formed: which share of
a move stays and which comes back within seconds, whether trends and bursts come and which way,
how thick the books are and how well takers know where the price goes. That decides what a simple
maker earns: most of a calm day's moves come back to a patient quote, a crash runs it over.

A regime can be exchanged while the markets run; prices go on from where they are.
"""

from __future__ import annotations

from typing import Final

import msgspec

FLOOD_EVENTS: Final = 20_000
"""Orders, cancels and trades that a burst puts into one block."""


class SpellShape(msgspec.Struct, frozen=True, kw_only=True):
    """A drift that comes and goes."""

    every_s: float
    """The mean pause between two."""
    span_s: tuple[float, float]
    share: tuple[float, float]
    """The drift per second, in the coin's volatilities."""
    chance_up: float = 0.5


NO_SPELLS: Final = SpellShape(every_s=1e9, span_s=(1.0, 1.0), share=(0.0, 0.0))


class Regime(msgspec.Struct, frozen=True, kw_only=True):
    """Factors are of the table's values."""

    volatility: float = 1.0
    lasting: float = 0.5
    """Of a second's move, what stays (as a share of the volatility)."""
    fleeting: float = 0.75
    """And what comes back within seconds."""
    trends: SpellShape = SpellShape(every_s=90.0, span_s=(45.0, 180.0), share=(0.04, 0.14))
    bursts: SpellShape = SpellShape(every_s=90.0, span_s=(2.0, 6.0), share=(0.8, 2.0))
    home_s: float = 4 * 3600.0
    """The pull back to the first price, so that a venue that runs for days keeps believable
    prices."""
    spread: float = 1.0
    depth: float = 1.0
    activity: float = 1.0
    lean: float = 0.35
    """How much takers follow the price; 0.5 is always."""
    flood_every_s: float = 0.0
    """Between two floods of `FLOOD_EVENTS` in one block; 0 for none."""


REGIMES: Final[dict[str, Regime]] = {
    "usual": Regime(),
    "calm": Regime(
        volatility=0.6,
        lasting=0.25,
        fleeting=0.9,
        trends=NO_SPELLS,
        bursts=NO_SPELLS,
        depth=1.3,
        activity=0.8,
        lean=0.1,
    ),
    "trend": Regime(
        lasting=0.7,
        fleeting=0.5,
        trends=SpellShape(every_s=10.0, span_s=(120.0, 600.0), share=(0.12, 0.3)),
        lean=0.42,
        home_s=24 * 3600.0,
    ),
    "crash": Regime(
        volatility=3.0,
        lasting=0.85,
        fleeting=0.4,
        trends=SpellShape(every_s=40.0, span_s=(20.0, 60.0), share=(0.6, 1.5), chance_up=0.0),
        bursts=SpellShape(every_s=30.0, span_s=(2.0, 5.0), share=(2.0, 5.0), chance_up=0.25),
        home_s=900.0,
        spread=3.0,
        depth=0.35,
        activity=3.0,
        lean=0.48,
    ),
    "burst": Regime(activity=2.0, flood_every_s=10.0),
}
"""By the name that the command line takes."""


class Weather:
    """The regime of now, for all parts of the markets to look at."""

    def __init__(self, regime: Regime) -> None:
        self.regime = regime
