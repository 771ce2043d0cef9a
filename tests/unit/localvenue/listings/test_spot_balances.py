"""Spot tokens of one account: what is owned, what is bound, and what it had cost."""

from __future__ import annotations

import pytest

from hive.localvenue.listings.spot_balances import USDC, WEI_PER_USD_UNIT, SpotBalances

PURR = 1


def test_what_was_never_received_is_nothing() -> None:
    balances = SpotBalances()
    assert balances.total(PURR) == balances.free(PURR) == 0
    assert list(balances.held()) == []


def test_orders_bind_what_is_owned_and_let_it_go() -> None:
    balances = SpotBalances()
    balances.receive(USDC, 1_000)
    balances.bind(USDC, 700)
    assert (balances.total(USDC), balances.free(USDC)) == (1_000, 300)
    balances.release(USDC, 500)
    assert balances.free(USDC) == 800


@pytest.mark.parametrize("wei", [-1, 301])
def test_what_is_bound_or_not_there_is_never_given(wei: int) -> None:
    balances = SpotBalances()
    balances.receive(PURR, 1_000)
    balances.bind(PURR, 700)
    with pytest.raises(AssertionError):
        balances.give(PURR, wei)
    with pytest.raises(AssertionError):
        balances.bind(PURR, wei)


def test_the_price_paid_goes_along_with_what_is_given() -> None:
    balances = SpotBalances()
    balances.receive(PURR, 300, entry_usd=900)
    assert balances.give(PURR, 100) == 300
    ((token, left),) = balances.held()
    assert (token, left.total, left.entry_usd) == (PURR, 200, 600)
    assert balances.give(PURR, 200) == 600
    assert list(balances.held()) == []


def test_tokens_are_listed_by_index() -> None:
    balances = SpotBalances()
    for token in (150, 0, 1):
        balances.receive(token, 5)
    assert [token for token, _ in balances.held()] == [0, 1, 150]


def test_a_millionth_of_a_usd_is_a_hundred_wei_of_usdc() -> None:
    assert WEI_PER_USD_UNIT == 100
