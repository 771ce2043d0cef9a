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
from hive.localvenue.accounts import Account
from hive.localvenue.catalog import Listing
from hive.localvenue.margin import summarize
from hive.localvenue.units import USD, divided
from hive.localvenue.views_account import clearinghouse_state

RECORDED = Path(__file__).parents[2] / "data" / "recorded" / "metadata"
NAMES = ("small", "whale")

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
        assert abs(float(mine["returnOnEquity"]) / float(printed["returnOnEquity"]) - 1) < 1e-3


def test_every_printed_liquidation_price_comes_out_to_its_last_digit() -> None:
    """Of the whale. The small account is a unified one, whose spot coins count as well."""
    state = recorded("whale")
    account, marks = rebuilt(state)
    shown = clearinghouse_state(account, marks.__getitem__, state["time"])
    ours, theirs = _liquidation_pxs(shown), _liquidation_pxs(state)
    assert ours == theirs
    assert sum(px is not None for px in ours.values()) == 33


def _liquidation_pxs(state: Any) -> dict[str, str | None]:
    positions = [row["position"] for row in state["assetPositions"]]
    return {position["coin"]: position["liquidationPx"] for position in positions}
