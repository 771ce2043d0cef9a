"""A pair's counting: fees to the wei as recorded, lots, notionals."""

from __future__ import annotations

import pytest

from hive.localvenue.listings.spot_pairs import SpotPair
from hive.localvenue.listings.spot_tokens import Token

USDC = Token(index=0, name="USDC", token_id="0x0", wei_decimals=8, sz_decimals=8)
TAKER = 7_000


def pair(name: str, sz_decimals: int, wei_decimals: int) -> SpotPair:
    token = Token(
        index=1, name=name, token_id="0x1", wei_decimals=wei_decimals, sz_decimals=sz_decimals
    )
    return SpotPair(
        base=token,
        quote=USDC,
        px_decimals=8 - sz_decimals,
        lot_wei=10 ** (wei_decimals - sz_decimals),
        notional_wei=1,
    )


@pytest.mark.parametrize(
    ("sz_decimals", "px", "size", "fee_wei"),
    [
        (2, 7_735_000, 1, 699),  # TEST11 of the test network: 0.01 at 7.735 cost 0.00000699
        (2, 7_711_900, 332, 232_399),  # 3.32 at 7.7119 cost 0.00232399
        (3, 16_032_000, 1_267, 88_689),  # USOL: 1.267 at 160.32 cost 0.00088689
    ],
)
def test_a_buyers_fee_is_cut_as_the_recorded_ones_are(
    sz_decimals: int, px: int, size: int, fee_wei: int
) -> None:
    bought = pair("BASE", sz_decimals, 8)
    fee_quote_wei = bought.quote_wei(px, size) * TAKER // 10_000_000
    assert bought.base_fee_wei(fee_quote_wei, px) == fee_wei


def test_a_sellers_fee_is_cut_to_the_quote_wei() -> None:
    """1.31 at 7.666 cost 0.00702972 USDC."""
    assert pair("BASE", 2, 8).quote_wei(7_666_000, 131) * TAKER // 10_000_000 == 702_972


def test_lots_within_an_amount() -> None:
    """92 USDC pay for 1.01 at 91, not for 1.02."""
    assert pair("BASE", 2, 8).lots_within(92 * 10**8, 91 * 10**6) == 101


def test_two_quote_tokens_are_recognised() -> None:
    assert pair("USDE", 2, 8).is_between_quotes
    assert not pair("HYPE", 2, 8).is_between_quotes
