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
from hive.domain.switches import EVERYTHING, Reach, Scope, Strength, Switch
from hive.portfolio.exposure import Exposure
from hive.portfolio.order_pace import OrderPace
from hive.portfolio.positions import Positions
from hive.portfolio.risk import RiskGate, RiskLimits

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
        self.marks: dict[str, Decimal | None] = dict.fromkeys(("BTC", "ETH", "SOL"), MARK)
        self.capital: dict[StrategyId | None, Decimal] = {}
        self.gate = RiskGate(
            self.positions,
            self.exposure,
            account=account,
            strategy=strategy,
            mark_px=self.marks.get,
            capital=self.capital.get,
        )

    def refusal(self, order: OrderIntent, mark_px: Decimal | None = MARK) -> str | None:
        refused = self.gate.check(order, mark_px)
        return None if refused is None else refused.limit


def bench(**limits: Any) -> Bench:
    return Bench(account=RiskLimits(), strategy=RiskLimits(**limits))


def test_without_limits_everything_is_approved() -> None:
    assert bench().gate.check(intent(size=Decimal(10) ** 9), None) is None


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


def test_a_limit_given_later_holds_from_the_next_order_on() -> None:
    limited = bench(gross_notional_usd_max=Decimal(1_000))
    assert limited.refusal(intent()) is None
    limited.gate.limit(ALICE, RiskLimits(gross_notional_usd_max=Decimal(50)))
    assert limited.refusal(intent()) == "strategy gross_notional_usd_max"


def test_a_replace_is_judged_without_what_it_replaces() -> None:
    limited = bench(position_notional_usd_max=Decimal(200))
    limited.exposure.change(ALICE, "BTC", Side.BUY, Decimal(2))
    assert limited.gate.check(intent(size=Decimal(2)), MARK, Decimal(2)) is None
    assert limited.gate.check(intent(size=Decimal(3)), MARK, Decimal(2)) is not None


@pytest.mark.parametrize(
    ("strength", "reduce_only", "is_refused"),
    [
        (Strength.PAUSE, False, True),
        (Strength.PAUSE, True, False),
        (Strength.CANCEL, True, False),
        (Strength.FLATTEN, True, True),
        (Strength.HALT, True, True),
    ],
)
@pytest.mark.parametrize(
    ("scope", "stops_bob"),
    [
        (EVERYTHING, True),
        (Scope(Reach.COIN, "BTC"), True),
        (Scope(Reach.COIN, "ETH"), None),
        (Scope(Reach.STRATEGY, ALICE), False),
    ],
)
def test_a_switch_stops_whom_it_names_as_far_as_it_says(
    strength: Strength, reduce_only: bool, is_refused: bool, scope: Scope, stops_bob: bool | None
) -> None:
    limited = bench()
    limited.gate.switches.throw(
        Switch(scope=scope, strength=strength, reason="a test", thrown_ms=1)
    )
    refusal = limited.refusal(intent(reduce_only=reduce_only))
    assert (refusal == "kill_switch") is (is_refused and stops_bob is not None)
    is_bobs = limited.refusal(intent(strategy=BOB, reduce_only=reduce_only)) is not None
    assert is_bobs is (is_refused and bool(stops_bob))


def test_what_the_desk_does_about_a_switch_is_stopped_by_nothing() -> None:
    limited = bench(price_band_pct=Decimal(1))
    switch = Switch(scope=EVERYTHING, strength=Strength.HALT, reason="a test", thrown_ms=1)
    limited.gate.switches.throw(switch)
    limited.gate.is_desks_own = True
    assert limited.refusal(intent(reduce_only=True, limit_px=Decimal(150))) is None


# --- limits by coin, all coins together ----------------------------------------------------------


def test_a_coins_own_limit_takes_the_place_of_the_one_for_all() -> None:
    limited = bench(
        position_notional_usd_max=Decimal(100),
        position_notional_usd_max_by_coin={"BTC": Decimal(500)},
        order_notional_usd_max_by_coin={"BTC": Decimal(400)},
    )
    assert limited.refusal(intent(size=Decimal(4))) is None
    assert limited.refusal(intent(size=Decimal(5))) == "strategy order_notional_usd_max"
    eth = intent(coin="ETH", size=Decimal(5))
    assert limited.refusal(eth) == "strategy position_notional_usd_max"


def test_what_is_held_is_valued_at_the_mark_however_low_the_order() -> None:
    limited = bench(position_notional_usd_max=Decimal(300))
    limited.positions.book_fill(fill("3"), ALICE)
    assert limited.refusal(intent(limit_px=Decimal(1))) == "strategy position_notional_usd_max"


def test_without_a_fresh_price_nothing_is_added_and_everything_may_be_reduced() -> None:
    limited = bench(position_notional_usd_max=Decimal(300), price_band_pct=Decimal(5))
    limited.positions.book_fill(fill("1"), ALICE)
    assert limited.refusal(intent(), None) == "strategy price_band_pct"
    exit_ = intent(side=Side.SELL, reduce_only=True)
    assert limited.refusal(exit_, None) is None
    unbanded = bench(position_notional_usd_max=Decimal(300))
    assert unbanded.refusal(intent(), None) == "strategy position_notional_usd_max"


def test_gross_counts_the_open_orders_of_all_coins() -> None:
    limited = bench(gross_notional_usd_max=Decimal(300))
    limited.exposure.change(ALICE, "ETH", Side.SELL, Decimal(2))
    assert limited.refusal(intent(size=Decimal("1.1"))) == "strategy gross_notional_usd_max"
    assert limited.refusal(intent()) is None
    limited.exposure.change(ALICE, "BTC", Side.BUY, Decimal(1))
    assert limited.refusal(intent(coin="SOL")) == "strategy gross_notional_usd_max"


def test_what_was_cancelled_makes_room_at_once() -> None:
    limited = bench(gross_notional_usd_max=Decimal(300))
    limited.exposure.change(ALICE, "ETH", Side.BUY, Decimal(3))
    assert limited.refusal(intent()) == "strategy gross_notional_usd_max"
    limited.exposure.change(ALICE, "ETH", Side.BUY, Decimal(-3))
    assert limited.refusal(intent()) is None


def test_gross_is_refused_where_a_price_of_something_held_is_missing() -> None:
    limited = bench(gross_notional_usd_max=Decimal(300))
    limited.positions.book_fill(fill("1", coin="ETH"), ALICE)
    limited.marks["ETH"] = None
    assert limited.refusal(intent()) == "strategy gross_notional_usd_max"


def test_leverage_is_of_the_accounts_equity() -> None:
    limits = RiskLimits(gross_leverage_max=Decimal(3))
    limited = Bench(account=limits, strategy=RiskLimits())
    assert limited.refusal(intent()) == "account gross_leverage_max"
    limited.capital[None] = Decimal(100)
    assert limited.refusal(intent(size=Decimal(3))) is None
    assert limited.refusal(intent(size=Decimal("3.1"))) == "account gross_leverage_max"


def test_a_slice_shrinks_by_what_was_lost_of_it() -> None:
    limited = bench(capital_usd=Decimal(200))
    limited.capital[ALICE] = Decimal(0)
    assert limited.refusal(intent(size=Decimal(2))) is None
    limited.capital[ALICE] = Decimal(-150)
    limited.gate.revalue()
    assert limited.refusal(intent()) == "strategy capital_usd"


# --- pace -----------------------------------------------------------------------------------------


def test_so_many_orders_in_any_minute_and_exits_besides() -> None:
    pace = OrderPace(RiskLimits(orders_per_minute_max=3))
    pace.limit(ALICE, RiskLimits(orders_per_minute_max=2))
    assert [pace.fault(ALICE, now_ms) for now_ms in (0, 10)] == [None, None]
    assert str(pace.fault(ALICE, 59_999)).startswith("strategy orders_per_minute_max")
    assert pace.fault(BOB, 59_999) is None
    assert str(pace.fault(BOB, 59_999)).startswith("account orders_per_minute_max")
    assert pace.fault(ALICE, 59_999, is_exit=True) is None
    assert pace.fault(ALICE, 120_000) is None
