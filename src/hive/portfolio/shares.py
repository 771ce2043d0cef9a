"""Dividing an amount by weights so that the parts sum to it, to the last digit.

Every part is first rounded down to a step; what is left over by then is fewer steps than there are
parts, and goes, a step each, to those that the rounding took most from (the *largest remainder*
rule). Equal remainders are served in the order of the weights. All of it is whole-number
arithmetic, so nothing depends on how many digits a division keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

K = TypeVar("K")


def split(amount: Decimal, weights: Mapping[K, Decimal], step: Decimal) -> dict[K, Decimal]:
    """The parts of `amount` in proportion to `weights`, which must not sum to zero.

    Parts are multiples of `step` (a power of ten), or of the last digit of `amount` where that is
    finer. Weights of both signs are allowed: then some parts have the sign of the amount and some
    the other, as of those who pay and those who receive.
    """
    places = max(_places(amount), _places(step))
    units = _units(amount, places)
    scale = max(map(_places, weights.values()), default=0)
    whole_weights = {key: _units(weight, scale) for key, weight in weights.items()}
    total = sum(whole_weights.values())
    assert total, weights
    sign = 1 if total > 0 else -1
    parts: dict[K, int] = {}
    remainders: list[tuple[int, K]] = []
    for key, weight in whole_weights.items():
        parts[key], remainder = divmod(units * weight * sign, total * sign)
        remainders.append((remainder, key))
    left = units - sum(parts.values())
    assert 0 <= left < len(parts)
    remainders.sort(key=lambda each: -each[0])  # stable: equal ones stay in order
    for _, key in remainders[:left]:
        parts[key] += 1
    return {key: Decimal(part).scaleb(-places) for key, part in parts.items()}


def _places(number: Decimal) -> int:
    """Decimals after the point; none for a number that has none."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), number
    return max(0, -exponent)


def _units(number: Decimal, places: int) -> int:
    return int(number.scaleb(places))
