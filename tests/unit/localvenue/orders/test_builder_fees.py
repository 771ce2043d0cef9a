"""Builder fees: approved by the account, on top of the venue's, kept for the builder to claim."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.localvenue.still_venue import Stage, Trader, buy, order_action, sell

from hive.domain.identifiers import Address
from hive.hyperliquid.actions import BuilderWire
from hive.localvenue.orders.builder_fees import NOT_APPROVED, BuilderShare, share_of

HYPE = 10_107
BUILDER = Address("0x" + "b" * 40)
NOT_APPROVED_ANSWER = {"status": "err", "response": NOT_APPROVED}


def ordered(trader: Trader, order: dict[str, Any], tenths: int, builder: str = BUILDER) -> Any:
    return trader.act({**order_action(order), "builder": {"b": builder, "f": tenths}})


def approving(stage: Stage, rate: str) -> Trader:
    """A trader who lets a builder of means take that much."""
    stage.venue.credit(BUILDER, Decimal(100))
    trader = stage.trader(2)
    answer = trader.sign("approveBuilderFee", maxFeeRate=rate, builder=BUILDER)
    assert answer["status"] == "ok", answer
    return trader


@pytest.mark.parametrize(
    ("tenths", "approved", "is_spot", "is_taken"),
    [
        (10, 10, False, True),
        (11, 10, False, False),
        (0, 0, False, True),
        (1, 0, False, False),
        (100, 1_000, False, True),
        (101, 1_000, False, False),
        (101, 1_000, True, True),
        (1_000, 1_000, True, True),
        (1_001, 2_000, True, False),
    ],
)
def test_a_fee_is_taken_up_to_what_is_approved_and_what_is_allowed(
    tenths: int, approved: int, is_spot: bool, is_taken: bool
) -> None:
    share = share_of(
        BuilderWire(BUILDER.upper().replace("X", "x"), tenths),
        BUILDER,
        lambda _user, _builder: approved,
        is_spot=is_spot,
    )
    assert share == (BuilderShare(BUILDER, tenths) if is_taken else NOT_APPROVED)


def test_the_fee_comes_on_top_and_waits_for_the_builder() -> None:
    stage = Stage()
    stage.trader(1).place(sell(80_000, 1))
    trader = approving(stage, "0.01%")
    answer = ordered(trader, buy(80_000, 1), 10)
    assert answer["status"] == "ok", answer
    (fill,) = trader.fills()
    assert (fill["fee"], fill["builderFee"]) == ("44.0", "8.0")
    assert Decimal(trader.state()["marginSummary"]["totalRawUsd"]) == 1_000_000 - 80_000 - 44
    referrals = stage.engine.office.registry.referrals
    assert referrals.unclaimed_usd(BUILDER) == 8_000_000


def test_a_resting_order_pays_when_it_is_met() -> None:
    stage = Stage()
    trader = approving(stage, "0.01%")
    ordered(trader, sell(80_000, 1), 5)
    stage.trader(1).place(buy(80_000, 1))
    (fill,) = trader.fills()
    assert (fill["crossed"], fill["fee"], fill["builderFee"]) == (False, "16.0", "4.0")


@pytest.mark.parametrize(("builder", "tenths"), [(BUILDER, 11), ("0x" + "c" * 40, 1)])
def test_more_than_was_approved_is_refused_as_a_whole(builder: str, tenths: int) -> None:
    stage = Stage()
    trader = approving(stage, "0.01%")
    assert ordered(trader, buy(80_000, 1), tenths, builder) == NOT_APPROVED_ANSWER
    assert trader.open_orders() == []


def test_an_order_without_a_builder_pays_the_venue_alone() -> None:
    stage = Stage()
    stage.trader(1).place(sell(80_000, 1))
    trader = approving(stage, "0.01%")
    trader.place(buy(80_000, 1))
    assert "builderFee" not in trader.fills()[0]


def test_on_spot_only_who_sells_pays() -> None:
    """90 USDC less 0.07 % for the venue and 1 % for the builder; a buyer pays no such part."""
    stage = Stage()
    trader, other = approving(stage, "1%"), stage.trader(1)
    stage.venue.credit_token(trader.address, "HYPE", Decimal(1))
    stage.venue.credit_token(trader.address, "USDC", Decimal(200))
    stage.venue.credit_token(other.address, "USDC", Decimal(200))
    stage.venue.credit_token(other.address, "HYPE", Decimal(1))
    other.place(buy(90, 1, asset=HYPE))
    ordered(trader, sell(90, 1, asset=HYPE), 1_000)
    (sold,) = trader.fills()
    assert (sold["fee"], sold["builderFee"], sold["feeToken"]) == ("0.963", "0.9", "USDC")
    balances = stage.ask(type="spotClearinghouseState", user=trader.address)["balances"]
    assert {row["coin"]: row["total"] for row in balances} == {"USDC": "289.037"}
    assert stage.engine.office.registry.referrals.unclaimed_usd(BUILDER) == 900_000
    other.place(sell(90, "0.5", asset=HYPE))
    ordered(trader, buy(90, "0.5", asset=HYPE), 1_000)
    assert "builderFee" not in trader.fills()[0]
