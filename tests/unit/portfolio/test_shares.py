"""Parts that sum to the whole, and who bears what nobody ordered."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import pytest
from msgspec.structs import replace
from tests.unit.portfolio.fills import ACCOUNT, fill

from hive.domain.fill_shares import FillShare
from hive.domain.identifiers import Address, StrategyId
from hive.domain.orders import Fill
from hive.portfolio.forced_fills import Force, borne, force_behind
from hive.portfolio.positions import UNATTRIBUTED, Owner, Positions
from hive.portfolio.shares import split

ALICE, BOB, CAROL = StrategyId("alice"), StrategyId("bob"), StrategyId("carol")
CENT, LOT = Decimal("0.01"), Decimal("0.001")


def numbers(parts: dict[str, Decimal]) -> list[str]:
    return [str(part) for part in parts.values()]


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        ("10", [1, 1], ["5.00", "5.00"]),
        ("1", [1, 1, 1], ["0.34", "0.33", "0.33"]),  # equal remainders: the first is served
        ("1", [1, 1, 2], ["0.25", "0.25", "0.50"]),
        ("0.05", [1, 2, 4], ["0.01", "0.01", "0.03"]),  # remainders 5/7, 3/7, 6/7: two steps left
        ("-1", [1, 1, 1], ["-0.33", "-0.33", "-0.34"]),
        ("-4", [3, -1], ["-6.00", "2.00"]),
        ("4", [-3, 1], ["6.00", "-2.00"]),
        ("0.001", [1, 1], ["0.001", "0.000"]),  # the last digit of the amount is the step
    ],
)
def test_the_largest_remainders_get_what_the_rounding_left(
    amount: str, weights: list[int], parts: list[str]
) -> None:
    keyed = {f"{number}": Decimal(weight) for number, weight in enumerate(weights)}
    assert numbers(split(Decimal(amount), keyed, CENT)) == parts


def sizes(shares: Iterable[FillShare]) -> dict[Owner, Decimal]:
    return {share.strategy: share.size for share in shares}


def forced(size: str, **more: object) -> Fill:
    return replace(fill(size, "100", fee="0.07"), liquidated_user=ACCOUNT, **more)


def test_a_liquidation_is_borne_by_those_on_the_side_that_was_closed() -> None:
    held = {ALICE: Decimal(3), BOB: Decimal(-2), CAROL: Decimal(1), UNATTRIBUTED: Decimal(1)}
    shares, unexplained = borne(forced("-3"), Force.LIQUIDATION, held, LOT)
    assert sizes(shares) == {
        ALICE: Decimal("-1.8"),
        CAROL: Decimal("-0.6"),
        UNATTRIBUTED: Decimal("-0.6"),
    }
    assert sum(share.fee for share in shares) == Decimal("0.07")
    assert unexplained == 0


def test_shares_are_whole_lots() -> None:
    held: dict[Owner, Decimal] = dict.fromkeys((ALICE, BOB, CAROL), Decimal("0.002"))
    shares, _ = borne(forced("-0.004"), Force.DELEVERAGING, held, LOT)
    assert [share.size for share in shares] == [
        Decimal("-0.002"),
        Decimal("-0.001"),
        Decimal("-0.001"),
    ]


def test_what_closes_more_than_is_held_is_nobodys_and_said() -> None:
    held: dict[Owner, Decimal] = {ALICE: Decimal(3)}
    shares, unexplained = borne(forced("-5"), Force.LIQUIDATION, held, LOT)
    assert sizes(shares) == {ALICE: -3, UNATTRIBUTED: -2}
    assert unexplained == 2


def test_a_settlement_closes_everybody_also_the_opposed() -> None:
    held: dict[Owner, Decimal] = {ALICE: Decimal(3), BOB: Decimal(-1)}
    shares, unexplained = borne(fill("-2"), Force.SETTLEMENT, held, LOT)
    assert sizes(shares) == {ALICE: -3, BOB: 1}
    assert unexplained == 0
    positions = Positions()
    positions.book_fill(fill("3", "90"), ALICE)
    positions.book_fill(fill("-1", "95"), BOB)
    positions.book_shares(fill("-2", "100"), shares)
    assert positions.of(ALICE, "BTC").realized_usd == 30
    assert positions.of(BOB, "BTC").realized_usd == -5
    assert positions.account("BTC").size == 0


@pytest.mark.parametrize(
    ("told", "force"),
    [
        ({"direction": "Auto-Deleveraging"}, Force.DELEVERAGING),
        ({"direction": "Liquidated Cross Long", "liquidated_user": ACCOUNT}, Force.LIQUIDATION),
        ({"direction": "Close Long", "liquidated_user": ACCOUNT}, Force.LIQUIDATION),
        ({"direction": "Close Long", "liquidated_user": Address("0x" + "99" * 20)}, None),
        ({"direction": "Settlement"}, Force.SETTLEMENT),
        ({"direction": "Spot Dust Conversion"}, Force.DUST),
        ({"direction": "Close Long"}, None),
    ],
)
def test_a_fill_tells_whether_the_venue_made_it(told: dict[str, object], force: object) -> None:
    assert force_behind(replace(fill("-1"), **told)) is force
