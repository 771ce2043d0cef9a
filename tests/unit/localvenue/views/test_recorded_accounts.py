"""Margin arithmetic against two accounts as the real venue printed them (venue.md 3.3)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from tests.unit.localvenue.still_venue import catalog

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account
from hive.localvenue.listings.catalog import Listing
from hive.localvenue.margin.requirements import liquidation_px_text, summarize
from hive.localvenue.margin.unified_accounts import unify
from hive.localvenue.units import USD, divided
from hive.localvenue.views.account import clearinghouse_state
from hive.localvenue.views.spot import spot_state

RECORDED = Path(__file__).parents[3] / "data" / "recorded" / "metadata"
NAMES = ("small", "whale")

SPOT_COLLATERAL_USD = 528_243_881_726
"""What the small account must have had besides, in millionths; nothing else was recorded of it."""

TABLE_BY_COIN = {"OP": 51, "SEI": 51, "TIA": 52}
"""Coins that had 10× when the accounts were recorded and less in the catalog, with their table."""


def recorded(name: str) -> Any:
    return msgspec.json.decode((RECORDED / f"real_clearinghouse_{name}.json").read_bytes())


def listing_of(position: Any) -> Listing:
    """The coin with the margin tiers it had then."""
    listing = catalog().of_coin(position["coin"])
    assert listing is not None
    if position["maxLeverage"] == listing.leverage_max:
        return listing
    table_id = TABLE_BY_COIN[listing.coin]
    like = next(
        other for other in catalog().listings if other.instrument.margin_table_id == table_id
    )
    instrument = replace(listing.instrument, leverage_max=like.leverage_max)
    return Listing(instrument, like.tiers, listing.recorded)


def rebuilt(state: Any) -> tuple[Account, dict[str, int]]:
    """The account that would print this, and the marks at that moment."""
    account = Account(Address("0x" + "1" * 40), fills_kept=1)
    account.perps.raw_usd = round(Decimal(state["marginSummary"]["totalRawUsd"]) * USD)
    marks: dict[str, int] = {}
    for row in state["assetPositions"]:
        position = row["position"]
        listing = listing_of(position)
        holding = account.holding(listing)
        holding.size = round(Decimal(position["szi"]) * listing.size_scale)
        holding.leverage = position["leverage"]["value"]
        value = round(Decimal(position["positionValue"]) * USD)
        marks[listing.coin] = divided(value, abs(holding.size))
        unrealized = round(Decimal(position["unrealizedPnl"]) * USD)
        holding.cost_usd = value - unrealized if holding.size > 0 else value + unrealized
    return account, marks


@pytest.mark.parametrize("name", NAMES)
def test_equity_notional_and_margins_come_out_to_the_millionth(name: str) -> None:
    state = recorded(name)
    account, marks = rebuilt(state)
    summary = summarize(account.perps, marks.__getitem__)
    printed = state["marginSummary"]
    for found, text in (
        (summary.equity_usd, printed["accountValue"]),
        (summary.notional_usd, printed["totalNtlPos"]),
        (summary.margin_used_usd, printed["totalMarginUsed"]),
        (summary.maintenance_usd, state["crossMaintenanceMarginUsed"]),
    ):
        assert abs(found - Decimal(text) * USD) <= 1, text


@pytest.mark.parametrize("name", NAMES)
def test_every_position_prints_as_it_was_printed(name: str) -> None:
    state = recorded(name)
    account, marks = rebuilt(state)
    shown = clearinghouse_state(account, marks.__getitem__, state["time"])
    pairs = zip(shown["assetPositions"], state["assetPositions"], strict=True)
    for ours, theirs in pairs:
        mine, printed = ours["position"], theirs["position"]
        coin = printed["coin"]
        for field in ("coin", "leverage", "entryPx", "maxLeverage"):
            assert mine[field] == printed[field], (coin, field)
        assert float(mine["szi"]) == float(printed["szi"])  # theirs carries a float's noise
        for field in ("positionValue", "unrealizedPnl", "marginUsed"):
            assert abs(Decimal(mine[field]) - Decimal(printed[field])) <= Decimal("0.000001")
        assert mine["returnOnEquity"] == printed["returnOnEquity"], coin


@pytest.mark.parametrize("name", NAMES)
def test_summaries_print_as_they_were_printed(name: str) -> None:
    """Of cross accounts, so both summaries are the same. Theirs carry a float's noise."""
    state = recorded(name)
    account, marks = rebuilt(state)
    shown = clearinghouse_state(account, marks.__getitem__, state["time"])
    for part in ("marginSummary", "crossMarginSummary"):
        assert shown[part].keys() == state[part].keys()
        for field, text in state[part].items():
            assert abs(Decimal(shown[part][field]) - Decimal(text)) <= Decimal("0.000001"), field


def test_a_tenth_of_the_notional_holds_back_all_of_a_small_account() -> None:
    state = recorded("small")
    account, marks = rebuilt(state)
    shown = clearinghouse_state(account, marks.__getitem__, state["time"])
    assert shown["withdrawable"] == state["withdrawable"] == "0.0"
    # Initial margin alone would have left more than half of it.
    assert Decimal(state["marginSummary"]["totalMarginUsed"]) < 130_000


def test_what_the_whale_may_withdraw_is_less_than_its_positions_explain() -> None:
    """The one printed number that does not come out: its open orders were not recorded, and what
    is missing is what orders of some 46,256 USD of initial margin would bind."""
    state = recorded("whale")
    account, marks = rebuilt(state)
    shown = clearinghouse_state(account, marks.__getitem__, state["time"])
    missing = Decimal(shown["withdrawable"]) - Decimal(state["withdrawable"])
    assert round(missing, 6) == Decimal("46256.009310")


def test_spot_collateral_of_a_unified_account_counts_for_its_liquidation_prices() -> None:
    """Three prices were printed, and one amount of collateral explains all of their digits."""
    state = recorded("small")
    account, marks = rebuilt(state)
    summary = summarize(account.perps, marks.__getitem__)
    ours = {
        coin: liquidation_px_text(
            holding,
            marks[coin],
            equity_usd=summary.equity_usd + SPOT_COLLATERAL_USD,
            maintenance_usd=summary.maintenance_usd,
        )
        for coin, holding in account.perps.holdings.items()
    }
    assert ours == _liquidation_pxs(state)
    assert len(ours) == 3


def test_a_unified_account_with_orders_prints_all_of_the_small_one() -> None:
    """A dex shows what its positions and orders bind, whatever else there is on spot. What the
    orders bound was not recorded: it is what the printed account value is beyond the margin."""
    state = recorded("small")
    account, marks = rebuilt(state)
    printed = state["marginSummary"]
    beyond = Decimal(printed["accountValue"]) - Decimal(printed["totalMarginUsed"])
    bitcoin = account.perps.holdings["BTC"]
    bitcoin.selling_usd = round(beyond * USD) * bitcoin.leverage
    bitcoin.selling_size = 1
    unify(account, marks.__getitem__)
    account.pay_in(SPOT_COLLATERAL_USD)
    shown = clearinghouse_state(account, marks.__getitem__, state["time"])
    assert shown["withdrawable"] == state["withdrawable"]
    assert _liquidation_pxs(shown) == _liquidation_pxs(state)
    for field, text in printed.items():
        ours = Decimal(shown["marginSummary"][field])
        assert abs(ours - Decimal(text)) <= Decimal("0.000001"), field
    (row,) = spot_state(account, catalog().tokens, marks.__getitem__)["balances"]
    assert abs(Decimal(row["hold"]) - Decimal(printed["accountValue"])) <= Decimal("0.000001")
    left = Decimal(row["total"]) - Decimal(row["hold"])
    assert abs(left * USD - SPOT_COLLATERAL_USD) <= 1


def test_every_printed_liquidation_price_comes_out_to_its_last_digit() -> None:
    """Of the whale. The small account is a unified one: see above."""
    state = recorded("whale")
    account, marks = rebuilt(state)
    shown = clearinghouse_state(account, marks.__getitem__, state["time"])
    ours, theirs = _liquidation_pxs(shown), _liquidation_pxs(state)
    assert ours == theirs
    assert sum(px is not None for px in ours.values()) == 33


def _liquidation_pxs(state: Any) -> dict[str, str | None]:
    positions = [row["position"] for row in state["assetPositions"]]
    return {position["coin"]: position["liquidationPx"] for position in positions}
