"""Tokens by their names on the wire, and amounts of them."""

from __future__ import annotations

import pytest
from tests.unit.localvenue.still_venue import catalog

from hive.localvenue.listings.spot_tokens import Tokens, amount_units


@pytest.fixture(name="tokens")
def _tokens() -> Tokens:
    return catalog().tokens


def test_a_token_is_found_by_its_name_with_its_id(tokens: Tokens) -> None:
    usdc = tokens.named("USDC:0x6d1e7cde53ba9467b783cb7c530ce054")
    assert usdc is tokens.of_index(0)
    assert tokens.named("USDC") is None
    assert tokens.named("USDC:0x00") is None


def test_amounts_are_whole_wei(tokens: Tokens) -> None:
    purr = tokens.of_index(1)
    assert purr.wei_decimals == 5
    assert purr.wei_of("1.5") == 150_000
    assert purr.text(150_000) == "1.5"
    assert purr.wei_of("0.000001") is None  # finer than a wei


@pytest.mark.parametrize("amount", ["", "-1", "1e3", ".5", "1.", " 1", "nan", "1" * 25, "0x1"])
def test_what_is_no_plain_number_is_no_amount(amount: str) -> None:
    assert amount_units(amount, 8) is None


def test_trailing_zeros_make_nothing_finer() -> None:
    assert amount_units("1.000000000", 6) == 1_000_000
    assert amount_units("100", 0) == 100
    assert amount_units("100.0", 0) == 100
