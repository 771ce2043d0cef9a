"""Positions and profit from fills and funding, by hand-counted examples."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.portfolio.fills import ACCOUNT, fill

from hive.domain.account import Funding
from hive.domain.identifiers import StrategyId
from hive.portfolio.positions import UNATTRIBUTED, Positions

ALICE, BOB = StrategyId("alice"), StrategyId("bob")


def booked(*sizes_and_px: tuple[str, str]) -> Positions:
    positions = Positions()
    for size, px in sizes_and_px:
        positions.book_fill(fill(size, px), ALICE)
    return positions


@pytest.mark.parametrize(
    ("fills", "size", "entry_px", "realized_usd"),
    [
        ([("2", "100")], "2", "100", "0"),
        ([("2", "100"), ("2", "110")], "4", "105", "0"),
        ([("2", "100"), ("-1", "110")], "1", "100", "10"),
        ([("2", "100"), ("-2", "90")], "0", None, "-20"),
        ([("2", "100"), ("-5", "110")], "-3", "110", "20"),
        ([("-2", "100"), ("1", "90")], "-1", "100", "10"),
        ([("-2", "100"), ("3", "90")], "1", "90", "20"),
    ],
)
def test_a_fill_opens_adds_reduces_closes_and_flips(
    fills: list[tuple[str, str]], size: str, entry_px: str | None, realized_usd: str
) -> None:
    position = booked(*fills).of(ALICE, "BTC")
    assert position.size == Decimal(size)
    assert position.entry_px == (None if entry_px is None else Decimal(entry_px))
    assert position.realized_usd == Decimal(realized_usd)


def test_profit_counts_what_is_held_at_the_mark_after_fees() -> None:
    positions = Positions()
    positions.book_fill(fill("2", "100", fee="0.5"), ALICE)
    positions.book_fill(fill("-1", "110", fee="-0.1"), ALICE)
    position = positions.of(ALICE, "BTC")
    assert position.unrealized_usd(Decimal(120)) == 20
    assert position.fees_usd == Decimal("0.4")
    assert position.profit_usd(Decimal(120)) == Decimal("29.6")
    assert position.volume_usd == 310


def test_a_fee_in_the_coin_is_valued_at_the_price() -> None:
    positions = Positions()
    positions.book_fill(fill("1", "20", coin="@107", fee="0.01", paid_in="HYPE"), None)
    assert positions.account("@107").fees_usd == Decimal("0.2")


def test_opposed_strategies_net_to_what_the_venue_holds() -> None:
    positions = Positions()
    positions.book_fill(fill("3"), ALICE)
    positions.book_fill(fill("-3"), BOB)
    assert positions.of(ALICE, "BTC").size == 3
    assert positions.of(BOB, "BTC").size == -3
    assert positions.account("BTC").size == 0


def test_funding_is_split_by_size_and_opposed_owners_pay_and_receive() -> None:
    positions = Positions()
    positions.book_fill(fill("3"), ALICE)
    positions.book_fill(fill("-1"), BOB)
    shares = positions.book_funding(payment("-4", size="2"))
    assert shares == {ALICE: Decimal(-6), BOB: Decimal(2)}
    assert positions.account("BTC").funding_usd == -4


def test_funding_is_paid_by_those_who_held_when_it_was_due() -> None:
    positions = Positions()
    positions.book_fill(fill("3", venue_ms=1), ALICE)
    positions.book_fill(fill("-3", venue_ms=2), ALICE)  # of the same block: after the payment
    positions.book_fill(fill("5", venue_ms=3), BOB)
    assert positions.book_funding(payment("-6", size="3")) == {ALICE: Decimal(-6)}


def test_what_our_sizes_do_not_explain_of_a_payment_is_nobodys() -> None:
    positions = Positions()
    positions.book_fill(fill("3"), ALICE)
    shares = positions.book_funding(payment("-4", size="4"))
    assert shares == {ALICE: Decimal(-3), UNATTRIBUTED: Decimal(-1)}


def test_what_cannot_be_divided_goes_to_the_largest_to_the_last_digit() -> None:
    positions = Positions()
    for owner in (ALICE, BOB, UNATTRIBUTED):
        positions.book_fill(fill("1"), owner)
    positions.book_fill(fill("0.5"), BOB)
    shares = positions.book_funding(payment("0.00000001", size="3.5"))
    assert sum(shares.values()) == Decimal("0.00000001")
    assert shares[BOB] == Decimal("0.00000001")


def test_funding_on_a_position_we_do_not_know_is_nobodys() -> None:
    positions = Positions()
    assert positions.book_funding(payment("5", size="1")) == {UNATTRIBUTED: Decimal(5)}


def test_what_was_there_before_is_nobodys() -> None:
    positions = Positions()
    positions.book_fill(fill("1", "100"), ALICE)
    assert positions.anchor("BTC", Decimal(4), Decimal(90)) == 3
    assert positions.of(ALICE, "BTC").size == 1
    assert positions.of(UNATTRIBUTED, "BTC").size == 3
    assert positions.account("BTC").size == 4
    assert positions.anchor("BTC", Decimal(4), None) == 0


def payment(usd: str, *, size: str, venue_ms: int = 2) -> Funding:
    return Funding(
        account=ACCOUNT,
        coin="BTC",
        usd=Decimal(usd),
        size=Decimal(size),
        rate=Decimal("0.0001"),
        venue_ms=venue_ms,
    )
