"""The venue's price list (venue.md 2): tiers by volume, rebates by maker share, stakes, referrals.

Read from the recorded answer to `userFees`, so that what is charged is what is shown. Rates are
counted in ten-millionths of the notional, discounts in hundredths, money in millionths of a USD.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from hive.domain.identifiers import Address
from hive.localvenue.units import USD, units_of

RATE_DECIMALS: Final = 7
SHARE_DECIMALS: Final = 6
"""Of maker shares."""
BPS_DECIMALS: Final = 10
"""Of a stake, as basis points of the supply."""
PERCENT: Final = 100


class SpotRates(msgspec.Struct, frozen=True):
    """Rates of the base tier for spot, in ten-millionths of the notional."""

    taker: int = 7_000
    maker: int = 4_000


class FeeTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What an account has besides what it earns here."""

    vip_tier: int | None = None
    """Its tier whatever it trades; 0 is the base."""
    rebate_tier: int | None = None
    """Its maker rebate whatever it makes; 0 is none."""
    staked_hype: Decimal = Decimal(0)
    is_referred: bool = False


class Fees(msgspec.Struct, frozen=True, kw_only=True):
    """Rates of the base tier (venue.md 2), and what can be chosen about the rest."""

    taker: int = 4_500
    maker: int = 1_500
    spot: SpotRates = SpotRates()
    referral_until_usd: int = 25_000_000 * USD
    """The volume up to which a referral is worth its discount."""
    exchange_day_usd: int | None = None
    """What others trade in a day, which decides how large a share one has; None for what the
    recorded day had."""
    terms: Mapping[Address, FeeTerms] = {}


class Rates(NamedTuple):
    taker: int
    maker: int
    spot_taker: int
    spot_maker: int

    def discounted(self, percent: int) -> Rates:
        """Less so many percent; a rebate stays whole."""
        kept = PERCENT - percent
        return Rates(*(rate * kept // PERCENT if rate > 0 else rate for rate in self))


class VipTier(NamedTuple):
    above_usd: int
    rates: Rates


class StakingTier(NamedTuple):
    above_bps: int
    """In units of the tenth decimal."""
    percent: int


class FeeSchedule:
    """The price list, with the base rates of the configuration."""

    def __init__(self, recorded: Mapping[str, Any], fees: Fees) -> None:
        base = Rates(fees.taker, fees.maker, fees.spot.taker, fees.spot.maker)
        self.tiers = [VipTier(0, base), *(_vip(row) for row in recorded["tiers"]["vip"])]
        self.rebates = [(0, 0), *(_rebate(row) for row in recorded["tiers"]["mm"])]
        """From which share of all making on, and the rate."""
        self.staking = [_staking(row) for row in recorded["stakingDiscountTiers"]]
        self.referral_percent = _units(recorded["referralDiscount"], 2)
        self.shown: dict[str, Any] = {
            **recorded,
            "cross": rate_text(base.taker),
            "add": rate_text(base.maker),
            "spotCross": rate_text(base.spot_taker),
            "spotAdd": rate_text(base.spot_maker),
        }
        """As it is told."""

    def tier_at(self, volume_usd: int) -> int:
        """The tier that a weighted volume of fourteen days has earned."""
        return sum(volume_usd > tier.above_usd for tier in self.tiers[1:])

    def rebate_at(self, share: int) -> int:
        """The rebate that a share of all making has earned; 0 is none."""
        return sum(share > above for above, _ in self.rebates[1:])

    def staking_at(self, stake_bps: int) -> StakingTier:
        """The discount of a stake."""
        earned = [tier for tier in self.staking if stake_bps > tier.above_bps]
        return earned[-1] if earned else self.staking[0]

    def rates(self, tier: int, rebate: int) -> Rates:
        """Before discounts. A maker rebate takes the place of the tier's own maker rates."""
        rates = self.tiers[tier].rates
        if not rebate:
            return rates
        rate = self.rebates[rebate][1]
        return rates._replace(maker=rate, spot_maker=rate)


def rate_text(rate: int) -> str:
    """A rate as the fee answer writes it: without needless zeros, but never bare."""
    text = format(Decimal(rate).scaleb(-RATE_DECIMALS).normalize(), "f")
    return text if "." in text else f"{text}.0"


def _units(text: str, decimals: int) -> int:
    return units_of(Decimal(text), decimals)


def _vip(row: Mapping[str, str]) -> VipTier:
    rates = (_units(row[name], RATE_DECIMALS) for name in ("cross", "add", "spotCross", "spotAdd"))
    return VipTier(int(Decimal(row["ntlCutoff"])) * USD, Rates(*rates))


def _rebate(row: Mapping[str, str]) -> tuple[int, int]:
    return _units(row["makerFractionCutoff"], SHARE_DECIMALS), _units(row["add"], RATE_DECIMALS)


def _staking(row: Mapping[str, str]) -> StakingTier:
    return StakingTier(_units(row["bpsOfMaxSupply"], BPS_DECIMALS), _units(row["discount"], 2))
