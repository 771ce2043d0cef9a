"""Draws from a uniform source: the distributions that markets are made of."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, exp, log, pi, sqrt
from typing import Final

Uniform = Callable[[], float]
"""A number in [0, 1), from a seeded source."""

Sources = Callable[[str], Uniform]
"""An independent uniform source by name: who draws more does not change what others draw."""

POISSON_MAX: Final = 50
"""Arrivals in one step are cut here; a mean is always far below."""
_TINY: Final = 1e-12


class Chance:
    """One part's dice."""

    def __init__(self, uniform: Uniform) -> None:
        self.uniform = uniform

    def gauss(self) -> float:
        """Standard normal."""
        radius = sqrt(-2.0 * log(self.uniform() + _TINY))
        return radius * cos(2.0 * pi * self.uniform())

    def lognormal(self, median: float, spread: float) -> float:
        """A positive number around `median`; `spread` is the deviation of its logarithm."""
        return median * exp(spread * self.gauss())

    def exponential(self, mean: float) -> float:
        return -mean * log(self.uniform() + _TINY)

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.uniform()

    def sign(self, chance_of_plus: float = 0.5) -> int:
        return 1 if self.uniform() < chance_of_plus else -1

    def happens(self, chance: float) -> bool:
        return self.uniform() < chance

    def poisson(self, mean: float) -> int:
        """How often something of this mean happened."""
        if mean <= 0.0:
            return 0
        floor = exp(-mean)
        product = self.uniform()
        count = 0
        while product > floor and count < POISSON_MAX:
            count += 1
            product *= self.uniform()
        return count
