"""Rules over several parameters: which values, together, turn a strategy upside down."""

from __future__ import annotations

from typing import Final, NamedTuple

from hive.domain.instruments import NOTIONAL_USD_MIN

PX_SHARE_BPS: Final = 10_000
"""So many of a price's hundredths of a percent are the whole price."""


class Rule(NamedTuple):
    """Whether it holds, and what is told if not."""

    holds: bool
    told: str


def require(*rules: Rule) -> None:
    """Raise ValueError with the texts of all that do not hold."""
    broken = [rule.told for rule in rules if not rule.holds]
    if broken:
        raise ValueError("; ".join(broken))


def worth_an_order(name: str, usd: float) -> Rule:
    """Sizes are rounded down to whole lots, so the venue's minimum itself is too little."""
    told = f"{name} ({usd:g}) must be above the venue's least order of {NOTIONAL_USD_MIN} USD"
    return Rule(usd > NOTIONAL_USD_MIN, told)
