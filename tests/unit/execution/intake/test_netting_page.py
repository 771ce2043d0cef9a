"""The worked examples of docs/netting.md, counted by the code they are about."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.unit.portfolio.fills import ACCOUNT, fill

from hive.domain.account import Funding
from hive.domain.identifiers import StrategyId
from hive.portfolio.forced_fills import Force, borne
from hive.portfolio.positions import UNATTRIBUTED, Owner, Positions

PAGE = (Path(__file__).parents[4] / "docs" / "netting.md").read_text()
TREND, MAKER = StrategyId("trend"), StrategyId("maker")
NAMES: dict[Owner, str] = {TREND: "trend", MAKER: "maker", UNATTRIBUTED: "unattributed"}
LOT = Decimal("0.00001")


@pytest.fixture(name="positions")
def _positions() -> Positions:
    positions = Positions()
    positions.book_fill(fill("0.30", "80000"), TREND)
    positions.book_fill(fill("-0.10", "80100"), MAKER)
    positions.book_fill(fill("0.05", "80050"), UNATTRIBUTED)
    return positions


def test_what_each_holds_sums_to_the_account(positions: Positions) -> None:
    for owner, name in NAMES.items():
        assert f"| {positions.size_of(owner, 'BTC'):+} |" in row(name, "holds")
    assert f"| {positions.account_size('BTC'):+} |" in row("the account", "holds")


def test_funding_is_shared_as_the_page_says(positions: Positions) -> None:
    paid = Funding(
        account=ACCOUNT,
        coin="BTC",
        usd=Decimal("-2.50"),
        size=Decimal("0.25"),
        rate=Decimal("0.0001"),
        venue_ms=2,
    )
    for owner, usd in positions.book_funding(paid).items():
        assert f"| {usd:+.2f} |" in row(NAMES[owner], "share of the payment")


def test_a_liquidation_is_borne_as_the_page_says(positions: Positions) -> None:
    forced = replace(fill("-0.10", "70000", fee="3.60"), liquidated_user=ACCOUNT)
    shares, unexplained = borne(forced, Force.LIQUIDATION, positions.sizes("BTC"), LOT)
    positions.book_shares(forced, shares)
    assert unexplained == 0
    assert {share.strategy for share in shares} == {TREND, UNATTRIBUTED}
    for share in shares:
        held = positions.size_of(share.strategy, "BTC")
        told = f"| {abs(share.size)} | {share.fee} | {held:+} |"
        assert told in row(NAMES[share.strategy], "closed")


def row(owner: str, column: str) -> str:
    """The owner's row of the table that has this column."""
    tables = [table for table in PAGE.split("\n\n") if f"| {column} |" in table]
    (found,) = [line for line in tables[0].splitlines() if line.startswith(f"| {owner}")]
    return found
