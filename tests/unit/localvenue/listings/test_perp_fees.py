"""Fees of builder dexes, by the published formula (venue.md 2)."""

from __future__ import annotations

import pytest

from hive.localvenue.listings.perp_fees import (
    SCALE_ONE,
    DeployerTerms,
    PerpFee,
    deployer_terms,
    perp_fee,
)

TEN_THOUSAND_USD = 10_000 * 10**6
TAKER = 4_500
REBATE = -300


def terms(scale: float, *, is_growth: bool = False) -> DeployerTerms:
    return DeployerTerms(fee_scale=round(scale * SCALE_ONE), is_growth=is_growth)


def test_off_builder_dexes_nobody_else_takes_a_part() -> None:
    assert perp_fee(TEN_THOUSAND_USD, TAKER, None) == PerpFee(4_500_000, None)


@pytest.mark.parametrize(
    ("scale", "venue_usd", "deployer_usd"),
    [
        (0.5, 4_500_000, 2_250_000),
        (1.0, 4_500_000, 4_500_000),  # 0.09 % together
        (3.0, 13_500_000, 13_500_000),
    ],
)
def test_a_taker_pays_the_venue_and_the_deployer(
    scale: float, venue_usd: int, deployer_usd: int
) -> None:
    fee = perp_fee(TEN_THOUSAND_USD, TAKER, terms(scale))
    assert fee == PerpFee(venue_usd + deployer_usd, deployer_usd)


def test_growth_mode_is_a_tenth() -> None:
    """0.009 % at scale 1."""
    assert perp_fee(TEN_THOUSAND_USD, TAKER, terms(1, is_growth=True)) == PerpFee(900_000, 450_000)


@pytest.mark.parametrize(("scale", "deployer_usd"), [(0.5, -100_000), (1.0, -150_000)])
def test_a_rebate_is_shared_and_not_enlarged(scale: float, deployer_usd: int) -> None:
    assert perp_fee(TEN_THOUSAND_USD, REBATE, terms(scale)) == PerpFee(-300_000, deployer_usd)


def test_terms_are_read_from_the_dex_and_the_coin() -> None:
    row = {
        "deployerFeeScale": "0.1111",
        "assetToFundingMultiplier": [["a:X", "0.05"]],
        "assetToFundingInterestRate": [["a:X", "0.0"]],
    }
    assert deployer_terms(row, {"name": "a:X", "growthMode": "enabled"}) == DeployerTerms(
        fee_scale=1_111, is_growth=True, funding_multiplier=500, interest_rate=0
    )
    assert deployer_terms(row, {"name": "a:Y", "deployerFeeScale": "2.0"}) == DeployerTerms(
        fee_scale=20_000
    )
