"""What a perp trade costs: the venue's part, and on builder dexes the deployer's (venue.md 2).

    x > 0    scale < 1:  venue x              deployer x * scale
             else        venue x * scale      deployer x * scale
    x < 0    scale < 1:  venue x / (1+scale)  deployer x * scale / (1+scale)
             else        venue x / 2          deployer x / 2

`x` is the trader's rate, negative for a rebate. In growth mode everything is a tenth.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from hive.localvenue.units import parse_units

FEE_SCALE: Final = 10_000_000
"""Fee rates are counted in ten-millionths of the notional."""

SCALE_DECIMALS: Final = 4
SCALE_ONE: Final = 10**SCALE_DECIMALS
"""A deployer's scale and multipliers are counted in ten-thousandths."""

RATE_DECIMALS: Final = 10
GROWTH_DIVISOR: Final = 10


class DeployerTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a builder dex says about one of its perps."""

    fee_scale: int = SCALE_ONE
    is_growth: bool = False
    funding_multiplier: int = SCALE_ONE
    interest_rate: int | None = None
    """Of funding over eight hours, in tenth decimals; None for the venue's own."""


class PerpFee(NamedTuple):
    """A fee in millionths of a USD; `deployer_usd` is a part of `usd`, None off builder dexes."""

    usd: int
    deployer_usd: int | None = None


def deployer_terms(row: dict[str, Any], entry: dict[str, Any]) -> DeployerTerms:
    """The terms of a perp, from its dex's row of `perpDexs` and its own entry of the universe."""
    coin = entry["name"]
    # Older rows do not have all of these.
    multiplier = dict(row.get("assetToFundingMultiplier", ())).get(coin)
    interest = dict(row.get("assetToFundingInterestRate", ())).get(coin)
    return DeployerTerms(
        fee_scale=_scaled(entry.get("deployerFeeScale") or row.get("deployerFeeScale", "1.0")),
        is_growth=entry.get("growthMode") == "enabled",
        funding_multiplier=SCALE_ONE if multiplier is None else _scaled(multiplier),
        interest_rate=None if interest is None else _scaled(interest, RATE_DECIMALS),
    )


def perp_fee(notional_usd: int, rate: int, terms: DeployerTerms | None) -> PerpFee:
    """What a trade of that worth costs at the trader's rate."""
    if terms is None:
        return PerpFee(notional_usd * rate // FEE_SCALE)
    scale = terms.fee_scale
    if rate >= 0:
        venue = max(scale, SCALE_ONE)
        shares, whole = (venue, scale), SCALE_ONE
    elif scale < SCALE_ONE:
        shares, whole = (SCALE_ONE, scale), SCALE_ONE + scale
    else:
        shares, whole = (1, 1), 2
    whole *= FEE_SCALE * (GROWTH_DIVISOR if terms.is_growth else 1)
    venue_usd, deployer_usd = (notional_usd * rate * share // whole for share in shares)
    return PerpFee(venue_usd + deployer_usd, deployer_usd)


def _scaled(text: str, decimals: int = SCALE_DECIMALS) -> int:
    units = parse_units(text.rstrip("0").rstrip(".") if "." in text else text, decimals)
    assert units is not None, text
    return units
