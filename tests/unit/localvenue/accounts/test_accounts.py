"""Margin accounts: what cross positions share, and what an isolated one has for itself."""

from __future__ import annotations

import pytest
from tests.unit.localvenue.still_venue import catalog

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account, Holding, MarginAccount
from hive.localvenue.listings.catalog import dex_of
from hive.localvenue.margin.requirements import isolated_usd, summarize
from hive.localvenue.units import USD

BTC_UNIT = 100_000
"""Units of one BTC."""
PX_80K = 800_000
"""80,000 USD in units of a tenth."""


def isolated(leverage: int = 20) -> tuple[MarginAccount, Holding]:
    """An account with 10,000 USD whose BTC are isolated."""
    listing = catalog().of_coin("BTC")
    assert listing is not None
    margin = MarginAccount("")
    margin.raw_usd = 10_000 * USD
    holding = margin.holding(listing)
    holding.is_isolated = True
    holding.leverage = leverage
    return margin, holding


def worth(margin: MarginAccount, px: int) -> int:
    return margin.raw_usd + sum(each.raw_usd + each.size * px for each in margin.holdings.values())


def test_opening_puts_the_initial_margin_aside() -> None:
    margin, holding = isolated()
    margin.trade(holding, BTC_UNIT, PX_80K)
    assert margin.raw_usd == 6_000 * USD
    assert holding.raw_usd == (4_000 - 80_000) * USD
    assert isolated_usd(holding, PX_80K) == 4_000 * USD
    assert worth(margin, PX_80K) == 10_000 * USD


def test_closing_sets_its_share_of_margin_and_profit_free() -> None:
    margin, holding = isolated()
    margin.trade(holding, -BTC_UNIT, PX_80K)
    assert margin.trade(holding, BTC_UNIT // 4, PX_80K - 10_000) == 250 * USD
    assert margin.raw_usd == 6_000 * USD + 1_000 * USD + 250 * USD
    assert isolated_usd(holding, PX_80K) == 3_000 * USD
    margin.trade(holding, 3 * BTC_UNIT // 4, PX_80K)
    assert (holding.raw_usd, margin.raw_usd) == (0, 10_250 * USD)


@pytest.mark.parametrize("side", [1, -1])
def test_a_trade_through_zero_closes_all_and_opens_anew(side: int) -> None:
    margin, holding = isolated(leverage=10)
    margin.trade(holding, side * BTC_UNIT // 2, PX_80K)
    margin.trade(holding, -side * BTC_UNIT, PX_80K)
    assert isolated_usd(holding, PX_80K) == 4_000 * USD
    assert worth(margin, PX_80K) == 10_000 * USD


def test_an_isolated_position_pays_funding_out_of_its_own_margin() -> None:
    margin, holding = isolated()
    margin.trade(holding, BTC_UNIT, PX_80K)
    margin.pay_funding(holding, 7 * USD)
    assert isolated_usd(holding, PX_80K) == 3_993 * USD
    assert margin.raw_usd == 6_000 * USD


def test_isolated_positions_are_no_part_of_cross_equity() -> None:
    margin, holding = isolated()
    margin.trade(holding, BTC_UNIT, PX_80K)
    summary = summarize(margin, lambda _: PX_80K - 10_000)
    assert (summary.equity_usd, summary.notional_usd) == (6_000 * USD, 0)
    assert summary.isolated_margin_usd == 3_000 * USD
    assert summary.isolated_notional_usd == 79_000 * USD
    assert summary.withdrawable_usd == 6_000 * USD


def test_each_dex_has_cash_of_its_own() -> None:
    account = Account(Address("0x" + "1" * 40), fills_kept=1)
    account.pay_in(5 * USD)
    account.margin("xyz").raw_usd = 3 * USD
    assert (account.perps.raw_usd, account.cash_usd) == (5 * USD, 8 * USD)
    assert dex_of("xyz:TSLA") == "xyz"
    assert dex_of("BTC") == ""
