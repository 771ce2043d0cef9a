"""What the venue's lists mean for ours."""

from __future__ import annotations

from decimal import Decimal

from tests.unit.portfolio.fills import ACCOUNT, fill

from hive.domain.account import AccountState, VenuePosition
from hive.domain.identifiers import Cloid, Oid, StrategyId
from hive.domain.market import Side
from hive.domain.orders import Order, OrderPhase, OrderReport, ReportKind, TimeInForce
from hive.portfolio.positions import Positions
from hive.portfolio.reconcile import (
    Adopt,
    AskForOrder,
    Confirm,
    Correction,
    LabelExternal,
    PositionDiffers,
    compare_orders,
    compare_positions,
)

ALICE = StrategyId("alice")
OURS, ENDED, FORGOTTEN, ALIEN = (Cloid(f"0x{number:032x}") for number in range(4))


def report(cloid: Cloid | None, oid: int = 1) -> OrderReport:
    return OrderReport(
        coin="BTC",
        side=Side.BUY,
        limit_px=Decimal(1),
        open_size=Decimal(1),
        original_size=Decimal(1),
        oid=Oid(oid),
        cloid=cloid,
        kind=ReportKind.OPEN,
        status="open",
        status_ms=1,
        reduce_only=False,
    )


def order(phase: OrderPhase) -> Order:
    return Order(
        cloid=OURS,
        strategy=ALICE,
        coin="BTC",
        side=Side.BUY,
        size=Decimal(1),
        limit_px=Decimal(1),
        tif=TimeInForce.GTC,
        reduce_only=False,
        phase=phase,
        oid=Oid(1),
        filled_size=Decimal(0),
        cancel_pending=False,
        replace_pending=False,
    )


def compared(*listed: OrderReport, phase: OrderPhase = OrderPhase.RESTING) -> list[Correction]:
    return compare_orders(
        listed,
        {OURS: order(phase)},
        over=lambda cloid: cloid == ENDED,
        owner_of=lambda cloid: ALICE if cloid in (ENDED, FORGOTTEN) else None,
    )


def test_an_order_that_both_know_is_confirmed() -> None:
    assert compared(report(OURS)) == [Confirm(report(OURS))]


def test_an_order_that_the_list_lacks_is_asked_for_not_declared_over() -> None:
    (correction,) = compared(phase=OrderPhase.UNCONFIRMED)
    assert isinstance(correction, AskForOrder)
    assert correction.cloid == OURS


def test_an_order_that_we_think_over_is_asked_for_because_lists_can_be_old() -> None:
    corrections = compared(report(OURS), report(ENDED))
    assert [type(correction) for correction in corrections] == [Confirm, AskForOrder]


def test_o26_our_own_cloid_without_a_record_is_adopted_and_others_are_external() -> None:
    corrections = compared(report(OURS), report(FORGOTTEN), report(ALIEN), report(None))
    assert corrections[1] == Adopt(report(FORGOTTEN), ALICE)
    assert [type(correction) for correction in corrections[2:]] == [LabelExternal] * 2


def test_every_coin_that_differs_is_listed_and_no_other() -> None:
    positions = Positions()
    positions.book_fill(fill("1", coin="BTC"), ALICE)
    positions.book_fill(fill("2", coin="ETH"), ALICE)
    state = AccountState(
        account=ACCOUNT,
        equity_usd=Decimal(0),
        margin_used_usd=Decimal(0),
        withdrawable_usd=Decimal(0),
        positions=(held("BTC", "1"), held("SOL", "-5")),
        venue_ms=1,
    )
    assert compare_positions(state, positions) == [
        PositionDiffers("ETH", Decimal(2), Decimal(0), None),
        PositionDiffers("SOL", Decimal(0), Decimal(-5), Decimal(7)),
    ]


def held(coin: str, size: str) -> VenuePosition:
    return VenuePosition(
        coin=coin,
        size=Decimal(size),
        entry_px=Decimal(7),
        leverage=1,
        unrealized_pnl_usd=Decimal(0),
        liquidation_px=None,
    )
