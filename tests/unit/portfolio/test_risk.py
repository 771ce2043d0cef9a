"""Limits: each refuses by its name, and none stands in the way of getting out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.unit.portfolio.fills import fill

from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.market import Side
from hive.domain.orders import OrderIntent, TimeInForce
from hive.portfolio.exposure import Exposure
from hive.portfolio.positions import Positions
from hive.portfolio.risk import Approved, KillState, Refused, RiskGate, RiskLimits

ALICE, BOB = StrategyId("alice"), StrategyId("bob")
MARK = Decimal(100)


def intent(**changes: Any) -> OrderIntent:
    usual = OrderIntent(
        strategy=ALICE,
        cloid=Cloid("0x" + "00" * 16),
        coin="BTC",
        side=Side.BUY,
        size=Decimal(1),
        limit_px=MARK,
        tif=TimeInForce.GTC,
    )
    return msgspec.structs.replace(usual, **changes)


class Bench:
    def __init__(self, *, account: RiskLimits, strategy: RiskLimits) -> None:
        self.positions, self.exposure = Positions(), Exposure()
        self.gate = RiskGate(self.positions, self.exposure, account=account, strategy=strategy)

    def refusal(self, order: OrderIntent, mark_px: Decimal | None = MARK) -> str | None:
        judged = self.gate.check(order, mark_px)
        return judged.limit if isinstance(judged, Refused) else None


def bench(**limits: Any) -> Bench:
    return Bench(account=RiskLimits(), strategy=RiskLimits(**limits))


def test_without_limits_everything_is_approved() -> None:
    judged = bench().gate.check(intent(size=Decimal(10) ** 9), None)
    assert isinstance(judged, Approved)


def test_an_order_may_be_worth_so_much() -> None:
    limited = bench(order_notional_usd_max=Decimal(100))
    assert limited.refusal(intent()) is None
    assert limited.refusal(intent(size=Decimal("1.01"))) == "strategy order_notional_usd_max"


def test_a_position_counts_what_open_orders_could_still_add() -> None:
    limited = bench(position_notional_usd_max=Decimal(300))
    limited.positions.book_fill(fill("1"), ALICE)
    limited.exposure.change(ALICE, "BTC", Side.BUY, Decimal(1))
    assert limited.refusal(intent(size=Decimal(1))) is None
    assert limited.refusal(intent(size=Decimal("1.1"))) == "strategy position_notional_usd_max"
    assert limited.refusal(intent(side=Side.SELL, size=Decimal(4))) is None


def test_another_strategys_position_does_not_count_against_mine_but_against_the_accounts() -> None:
    limits = RiskLimits(position_notional_usd_max=Decimal(300))
    limited = Bench(account=limits, strategy=limits)
    limited.positions.book_fill(fill("3"), BOB)
    assert limited.refusal(intent()) == "account position_notional_usd_max"


def test_gross_adds_up_coins_in_either_direction() -> None:
    limited = bench(gross_notional_usd_max=Decimal(300))
    limited.positions.book_fill(fill("-2", coin="ETH"), ALICE)
    assert limited.refusal(intent()) is None
    assert limited.refusal(intent(size=Decimal("1.1"))) == "strategy gross_notional_usd_max"


@pytest.mark.parametrize(
    ("side", "px", "is_refused"),
    [
        (Side.BUY, 105, False),
        (Side.BUY, 106, True),
        (Side.BUY, 1, False),
        (Side.SELL, 95, False),
        (Side.SELL, 94, True),
        (Side.SELL, 999, False),
    ],
)
def test_the_price_band_stops_only_what_is_worse(side: Side, px: int, is_refused: bool) -> None:
    limited = bench(price_band_pct=Decimal(5))
    refusal = limited.refusal(intent(side=side, limit_px=Decimal(px)))
    assert (refusal == "strategy price_band_pct") is is_refused


def test_with_a_band_and_no_price_known_nothing_is_placed() -> None:
    assert bench(price_band_pct=Decimal(5)).refusal(intent(), None) == "strategy price_band_pct"


def test_so_many_orders_may_be_open() -> None:
    limited = bench(orders_open_max=2)
    limited.exposure.count(ALICE, 1)
    assert limited.refusal(intent()) is None
    limited.exposure.count(ALICE, 1)
    assert limited.refusal(intent()) == "strategy orders_open_max"
    assert limited.refusal(intent(strategy=BOB)) is None


def test_what_only_reduces_passes_every_limit_but_the_band() -> None:
    limited = bench(
        order_notional_usd_max=Decimal(1),
        position_notional_usd_max=Decimal(1),
        gross_notional_usd_max=Decimal(1),
        orders_open_max=0,
        price_band_pct=Decimal(5),
    )
    assert limited.refusal(intent(reduce_only=True)) is None
    far = intent(reduce_only=True, limit_px=Decimal(200))
    assert limited.refusal(far) == "strategy price_band_pct"


def test_a_replace_is_judged_without_what_it_replaces() -> None:
    limited = bench(position_notional_usd_max=Decimal(200))
    limited.exposure.change(ALICE, "BTC", Side.BUY, Decimal(2))
    judged = limited.gate.check_replace(intent(size=Decimal(2)), MARK, Decimal(2))
    assert isinstance(judged, Approved)
    judged = limited.gate.check_replace(intent(size=Decimal(3)), MARK, Decimal(2))
    assert isinstance(judged, Refused)


@pytest.mark.parametrize(
    ("state", "reduce_only", "is_refused"),
    [
        (KillState.TRADING, False, False),
        (KillState.REDUCING, False, True),
        (KillState.REDUCING, True, False),
        (KillState.PAUSED, True, True),
    ],
)
@pytest.mark.parametrize("of_whom", [None, ALICE])
def test_the_kill_switch_has_two_scopes(
    state: KillState, reduce_only: bool, is_refused: bool, of_whom: StrategyId | None
) -> None:
    limited = bench()
    limited.gate.switch(state, of_whom)
    refusal = limited.refusal(intent(reduce_only=reduce_only))
    assert (refusal == "kill_switch") is is_refused
    is_bobs = limited.refusal(intent(strategy=BOB, reduce_only=reduce_only)) is not None
    assert is_bobs is (is_refused and of_whom is None)
